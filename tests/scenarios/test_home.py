"""The Home tab, as somebody sees it who looks in while videos are made."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain import texts
from bot.domain.job.job import JobState
from bot.sandbox.faults import Fault
from bot.sandbox.heygen.server import Outcome
from bot.sandbox.slack.person import Person
from bot.sandbox.slack.state import View
from bot.screens import ids
from tests.builders import a_job
from tests.scenarios.sandbox_world import PROMPT, World, running
from tests.scenarios.test_ways_in import form

MAKING = "HeyGen is making the video."


@pytest.fixture
async def slow_world(tmp_path: Path) -> AsyncIterator[World]:
    """Videos take a minute here."""
    async with running(tmp_path, render_s=60) as world:
        yield world


async def home(
    world: World, words: str, *, person: Person | None = None, timeout_s: float = 5.0
) -> View:
    """The Home tab once it says this."""
    person = person or world.ana

    def look() -> View | None:
        shown = person.home
        return shown if shown is not None and words in str(shown.blocks) else None

    return await world.slack.wait_for(look, timeout_s, f"a Home that says {words!r}")


def publishes(world: World) -> int:
    return len([call for call in world.slack.calls if call.method == "views.publish"])


async def until(world: World, fits: Callable[[], bool], what: str) -> None:
    await world.slack.wait_for(lambda: True if fits() else None, 5.0, what)


async def test_home_follows_a_video_from_the_request_to_its_link(either_world: World) -> None:
    world = either_world
    assert (await world.ana.open_home()).ok
    await home(world, texts.HOME_EMPTY)

    await world.ask()
    await home(world, PROMPT)

    shown = await home(world, "Finished.")
    video = next(iter(world.heygen.videos.values()))
    card = await world.card_says("Finished")
    assert f"/videos/{video.video_id}" in str(shown.blocks)
    assert f"/archives/{card.channel_id}/p{card.ts.replace('.', '')}" in str(shown.blocks)


async def test_home_shows_one_s_own_videos_alone(world: World) -> None:
    await world.ask()
    ben = world.slack.person("ben")

    await ben.open_home()

    await home(world, texts.HOME_EMPTY, person=ben)


async def test_home_that_nobody_opened_is_not_published(world: World) -> None:
    await world.ask()
    await world.card_says("Finished")

    assert publishes(world) == 0


async def test_other_tabs_publish_nothing(world: World) -> None:
    assert (await world.ana.open_home(tab="messages")).ok
    await world.ana.open_home()
    await home(world, texts.HOME_EMPTY)

    assert publishes(world) == 1


async def test_video_is_cancelled_in_home(slow_world: World) -> None:
    world = slow_world
    await world.ask()
    await world.ana.open_home()
    shown = await home(world, MAKING)

    assert (await world.ana.click(shown, ids.CANCEL_JOB)).ok

    await home(world, "Cancelled.")
    await world.card_says("Cancelled")


async def test_what_a_button_of_home_cannot_do_is_told(slow_world: World) -> None:
    world = slow_world
    await world.ask()
    await world.ana.open_home()
    shown = await home(world, MAKING)
    clicked = await world.ana.click(shown, ids.CANCEL_JOB)
    await home(world, "Cancelled.")

    await world.ana.deliver_again(clicked)

    said = texts.CANCELLED_ALREADY
    await until(
        world,
        lambda: (
            (world.ana.top_view is not None and said in str(world.ana.top_view.blocks))
            or any(said in m.text for m in world.slack.direct_messages(world.ana.user))
        ),
        "a word about it",
    )


async def test_failed_video_is_tried_again_from_home(world: World) -> None:
    world.heygen.script(PROMPT, Outcome(video="failed", failure_message="The voice is missing"))
    await world.ask()
    await world.ana.open_home()
    shown = await home(world, "This did not work.")

    await world.ana.click(shown, ids.RETRY_JOB)

    await home(world, "Finished.")


async def test_new_video_is_asked_for_in_home(world: World) -> None:
    await world.ana.open_home()
    shown = await home(world, texts.HOME_EMPTY)

    assert (await world.ana.click(shown, ids.NEW_VIDEO)).ok
    await world.ana.submit(await form(world), {ids.PROMPT: PROMPT})

    await home(world, PROMPT)
    await world.direct_message("is ready")


async def test_older_videos_are_a_page_away(world: World) -> None:
    for n in range(12):
        job = a_job(f"{n:012x}", requester_id=world.ana.user.id, prompt=f"Video {n:02}")
        await world.bot.store.jobs.add(replace(job, state=JobState.COMPLETED), [])
    await world.ana.open_home()
    newest = await home(world, "Page 1")
    assert "Video 00" not in str(newest.blocks)

    await world.ana.click(newest, ids.HOME_OLDER)
    oldest = await home(world, "Page 2")
    assert "Video 00" in str(oldest.blocks)
    await world.ana.click(oldest, ids.HOME_NEWER)

    await home(world, "Page 1")


async def test_home_survives_a_restart_of_the_bot(tmp_path: Path) -> None:
    async with running(tmp_path) as world:
        await world.ana.open_home()
        await home(world, texts.HOME_EMPTY)
        ana = world.ana.user
    async with running(tmp_path) as world:
        job = a_job("0123456789ab", requester_id=ana.id, prompt=PROMPT)
        world.slack.state.users[ana.id] = ana

        await world.bot.store.jobs.add(job, [])

        await until(world, lambda: ana.id in world.slack.homes, "the Home of before")


async def test_rate_limit_delays_home_and_loses_nothing(world: World) -> None:
    limited = Fault("status", 429, "{}", headers={"Retry-After": "1"})
    world.slack.faults.add("views.publish", limited)

    await world.ana.open_home()

    await home(world, texts.HOME_EMPTY)


async def test_workspace_without_home_tabs_is_left_alone(world: World) -> None:
    refused = Fault("status", 200, '{"ok": false, "error": "not_enabled"}')
    world.slack.faults.add("views.publish", refused)

    await world.ana.open_home()
    await world.ask()
    await world.card_says("Finished")

    assert publishes(world) == 0
    await world.ana.open_home()
    await home(world, "Finished.")
