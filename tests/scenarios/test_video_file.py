"""The MP4 in the thread, through both stand-ins and over real HTTP."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from bot.domain.delivery.delivery import DeliveryKind, DeliveryState
from bot.sandbox.faults import Fault
from bot.sandbox.media import media_path
from bot.sandbox.slack.state import Message
from tests.scenarios.sandbox_world import World, running


def has_video(message: Message) -> bool:
    return any(file.name.endswith(".mp4") for file in message.files)


async def video_in_thread(world: World) -> bytes:
    """The bytes of the one video, once it is in the card's thread."""
    card = await world.card_says("Finished")
    reply = await world.message(has_video)
    assert reply.thread_ts == card.ts
    [file] = reply.files
    assert isinstance(file.content, Path)
    return await asyncio.to_thread(file.content.read_bytes)


async def settled(world: World) -> DeliveryState:
    """What became of the file once nothing is left to do for it."""
    for _ in range(500):
        [job] = await world.bot.store.jobs.recent(9)
        owed = await world.bot.store.deliveries.of(job.id)
        states = [one.state for one in owed if one.kind is DeliveryKind.FILE]
        if states and states[0] in (DeliveryState.POSTED, DeliveryState.DROPPED):
            return states[0]
        await asyncio.sleep(0.01)
    raise AssertionError(f"the file is still {states}")


@pytest.mark.parametrize("orientation", ["landscape", "portrait"])
async def test_video_in_the_thread_is_the_one_heygen_made(world: World, orientation: str) -> None:
    await world.ask(orientation=orientation)

    made = await asyncio.to_thread(media_path(f"{orientation}.mp4").read_bytes)
    assert await video_in_thread(world) == made
    assert sum(has_video(m) for m in world.slack.messages("general")) == 1


async def test_public_channel_without_the_bot_is_joined_for_the_file(world: World) -> None:
    plans = world.slack.add_channel("plans", members=(world.ana.user,), bot_is_member=False)

    await world.ask(channel="plans")

    await world.message(has_video, channel="plans")
    assert world.slack.bot.id in plans.members


async def test_video_for_oneself_comes_as_a_direct_message(world: World) -> None:
    await world.ask(channel=None)

    def look() -> Message | None:
        mine = world.slack.direct_messages(world.ana.user)
        return next((m for m in mine if has_video(m)), None)

    assert await world.slack.wait_for(look, 5.0, "the video in the direct messages")


@pytest.mark.parametrize("kind", ["drop_before", "drop_after", "status_after"])
async def test_lost_answer_of_the_share_leaves_one_video(world: World, kind: str) -> None:
    world.slack.faults.add(
        "files.completeUploadExternal",
        Fault(kind, 503),  # type: ignore[arg-type]
    )

    await world.ask()

    assert await settled(world) is DeliveryState.POSTED
    assert sum(has_video(m) for m in world.slack.messages("general")) == 1


@pytest.mark.parametrize(
    ("route", "fault"),
    [
        ("files.getUploadURLExternal", Fault("drop_after")),
        ("file upload", Fault("drop_after")),
        ("file upload", Fault("status", 429, headers={"Retry-After": "0"})),
    ],
    ids=["address lost", "bytes lost", "slow down"],
)
async def test_upload_that_broke_is_done_anew(tmp_path: Path, route: str, fault: Fault) -> None:
    async with running(tmp_path) as world:
        world.slack.faults.add(route, fault)

        await world.ask()

        assert await video_in_thread(world)
        assert sum(has_video(m) for m in world.slack.messages("general")) == 1


async def test_workspace_without_uploads_keeps_the_links(world: World) -> None:
    body = json.dumps({"ok": False, "error": "file_uploads_disabled"})
    world.slack.faults.add("files.getUploadURLExternal", Fault("status", 200, body))

    await world.ask()

    assert "/files/" in (await world.result()).text
    assert await settled(world) is DeliveryState.DROPPED
    [job] = await world.bot.store.jobs.recent(9)
    history = [line.why for line in await world.bot.store.jobs.history_of(job.id)]
    assert "file not shown: file_uploads_disabled" in history
