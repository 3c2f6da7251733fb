"""The buttons of a card, as people press them in Slack."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.domain.job.progress import TIMED_OUT, fail
from bot.sandbox.faults import Fault
from bot.sandbox.heygen.server import Outcome
from bot.sandbox.slack.person import Person
from bot.sandbox.slack.state import Message
from bot.screens import ids
from tests.scenarios.sandbox_world import PROMPT, World, running, session_stopped

CREATE = "POST /v3/video-agents"
SESSION = "GET /v3/video-agents/{session_id}"
STOP = "POST /v3/video-agents/{session_id}/stop"
MAKING = "making the video"
ON_HOLD = "On hold"


@pytest.fixture
async def slow_world(tmp_path: Path) -> AsyncIterator[World]:
    """Videos take a minute here."""
    async with running(tmp_path, render_s=60) as world:
        yield world


@pytest.fixture
async def hasty_world(tmp_path: Path) -> AsyncIterator[World]:
    """Sixty looks take two seconds here."""
    async with running(tmp_path, POLL_INTERVAL_S="0.01") as world:
        yield world


def buttons_of(message: Message) -> list[str]:
    """The buttons that one sees; the menu behind the dots is none."""
    rows = (b["elements"] for b in message.blocks if b["type"] == "actions")
    shown = (element for row in rows for element in row if element["type"] == "button")
    return [element["action_id"] for element in shown]


def replies(world: World) -> list[Message]:
    return [m for m in world.slack.messages("general") if m.is_reply]


async def told_privately(world: World, who: Person, words: str) -> Message:
    def fits(message: Message) -> bool:
        return message.ephemeral_to == who.user.id and words in message.text

    return await who.wait_for_message("general", fits, 5.0)


async def on_hold(world: World) -> Message:
    """The card of a job whose create was taken, and whose session HeyGen lists and never shows."""
    world.heygen.faults.add(CREATE, Fault("drop_after"))
    gone = '{"error": {"code": "not_found", "message": "No such session"}}'
    spell = world.heygen.faults.begin(Fault("status", 404, gone), routes={SESSION})
    await world.ask()
    card = await world.message(
        lambda m: not m.is_reply and ON_HOLD in m.text,
        timeout_s=40,  # sixty looks
    )
    world.heygen.faults.end(spell)
    return card


# -- Cancel


async def test_cancel_is_asked_about_then_stops_the_session_and_no_video_comes(
    slow_world: World,
) -> None:
    world = slow_world
    await world.ask()
    card = await world.card_says(MAKING)
    button = next(b for b in card.blocks if b["type"] == "actions")["elements"][0]
    assert button["confirm"]["deny"]["text"] == "Go back"

    assert (await world.ana.click(card, ids.CANCEL_JOB)).ok

    card = await world.card_says("Cancelled")
    await session_stopped(world.heygen)
    assert replies(world) == []
    assert buttons_of(card) == [ids.RETRY_JOB, ids.EDIT_JOB]


async def test_session_that_ignores_the_stop_brings_no_video_to_the_thread(world: World) -> None:
    world.heygen.script(PROMPT, Outcome(ignores_stop=True, render_s=0.5))
    await world.ask()
    card = await world.card_says(MAKING)

    await world.ana.click(card, ids.CANCEL_JOB)
    await world.card_says("Cancelled")
    await session_stopped(world.heygen)
    await world.ask("Another video.")
    await world.result()

    assert len([m for m in replies(world) if "is ready" in m.text]) == 1


async def test_stop_that_heygen_did_not_hear_is_sent_again(slow_world: World) -> None:
    world = slow_world
    world.heygen.faults.add(STOP, Fault("drop_before"), times=2)
    await world.ask()

    await world.ana.click(await world.card_says(MAKING), ids.CANCEL_JOB)

    await session_stopped(world.heygen)


async def test_second_click_on_cancel_is_answered_kindly(slow_world: World) -> None:
    world = slow_world
    await world.ask()
    card = await world.card_says(MAKING)
    answer = await world.ana.click(card, ids.CANCEL_JOB)
    await world.card_says("Cancelled")

    await world.ana.deliver_again(answer)

    await told_privately(world, world.ana, "cancelled already")


# -- who


async def test_somebody_else_is_told_privately_that_it_is_not_theirs(slow_world: World) -> None:
    world, ben = slow_world, slow_world.slack.person("ben")
    await world.ask()
    card = await world.card_says(MAKING)

    assert (await ben.click(card, ids.CANCEL_JOB)).ok

    await told_privately(world, ben, "Only the person who asked for this video")
    await world.card_says(MAKING)
    assert "users.info" in [call.method for call in world.slack.calls]


async def test_admin_may_cancel_somebody_s_video(slow_world: World) -> None:
    world = slow_world
    world.slack.add_user("boss", is_admin=True)
    await world.ask()

    await world.slack.person("boss").click(await world.card_says(MAKING), ids.CANCEL_JOB)

    await world.card_says("Cancelled")


async def test_without_the_scope_to_see_admins_only_the_requester_decides(
    slow_world: World,
) -> None:
    world = slow_world
    world.slack.state.scopes -= {"users:read"}
    boss = world.slack.person(world.slack.add_user("boss", is_admin=True).name)
    await world.ask()
    card = await world.card_says(MAKING)

    await boss.click(card, ids.CANCEL_JOB)
    await told_privately(world, boss, "Only the person who asked for this video")
    await world.ana.click(card, ids.CANCEL_JOB)

    await world.card_says("Cancelled")


async def test_admin_of_another_workspace_is_nobody_here(slow_world: World) -> None:
    world = slow_world
    stranger = world.slack.add_user("stranger", is_admin=True)
    stranger.team_id = "T0OTHER"
    await world.ask()
    person = world.slack.person("stranger")

    await person.click(await world.card_says(MAKING), ids.CANCEL_JOB)

    await told_privately(world, person, "Only the person who asked for this video")


async def test_requester_s_click_asks_slack_for_nobody(slow_world: World) -> None:
    world = slow_world
    await world.ask()
    card = await world.card_says(MAKING)
    world.slack.calls.clear()

    await world.ana.click(card, ids.CANCEL_JOB)

    await world.card_says("Cancelled")
    assert "users.info" not in [call.method for call in world.slack.calls]


# -- Try again, Look again, Send again


async def test_try_again_on_a_failed_video_makes_one_new_card_and_its_video(world: World) -> None:
    world.heygen.script(PROMPT, Outcome(video="failed", failure_message="The voice is missing"))
    await world.ask()
    card = await world.card_says("did not work")
    assert buttons_of(card) == [ids.RETRY_JOB, ids.EDIT_JOB]

    answer = await world.ana.click(card, ids.RETRY_JOB)
    await world.ana.deliver_again(answer)

    result = await world.result()
    assert result.thread_ts != card.ts
    await told_privately(world, world.ana, "again already, as job")
    assert len([m for m in world.slack.messages("general") if not m.is_reply]) == 2
    assert len(world.heygen.sessions) == 2


async def test_look_again_on_a_timed_out_video_brings_it(tmp_path: Path) -> None:
    async with running(tmp_path, render_s=1) as world:
        await world.ask()
        await world.card_says(MAKING)
        (job,) = await world.bot.store.jobs.recent(1)
        while not await world.bot.store.jobs.save(
            fail(job, TIMED_OUT, datetime.now(UTC)), who="test"
        ):
            (job,) = await world.bot.store.jobs.recent(1)
        card = await world.card_says("did not work")
        assert buttons_of(card) == [ids.LOOK_AGAIN, ids.RETRY_JOB, ids.EDIT_JOB]

        await world.ana.click(card, ids.LOOK_AGAIN)

        await world.result()
        assert len(world.heygen.sessions) == 1


async def test_look_again_on_a_video_on_hold_finds_what_heygen_took(hasty_world: World) -> None:
    world = hasty_world
    card = await on_hold(world)
    assert buttons_of(card) == [ids.LOOK_AGAIN, ids.SEND_AGAIN, ids.CANCEL_JOB]

    await world.ana.click(card, ids.LOOK_AGAIN)

    await world.result()
    assert len(world.heygen.sessions) == 1
    assert len([r for r in world.heygen.requests if r.route == CREATE]) == 1


async def test_send_again_is_asked_about_and_sends_once(hasty_world: World) -> None:
    world = hasty_world
    card = await on_hold(world)
    row = next(b for b in card.blocks if b["type"] == "actions")["elements"]
    send = next(b for b in row if b["action_id"] == ids.SEND_AGAIN)
    assert "second time" in send["confirm"]["text"]["text"]
    before = len([r for r in world.heygen.requests if r.route == CREATE])

    answer = await world.ana.click(card, ids.SEND_AGAIN)
    await world.ana.deliver_again(answer)

    await world.result()
    assert len(world.heygen.sessions) == 1
    assert len([r for r in world.heygen.requests if r.route == CREATE]) == before + 1


async def test_button_of_an_old_card_says_what_has_become_of_it(world: World) -> None:
    await world.ask()
    card = await world.message(lambda m: not m.is_reply and ids.CANCEL_JOB in buttons_of(m))
    old = replace(card, blocks=list(card.blocks))
    await world.result()
    await world.card_says("Finished")
    world.slack.channel("general").messages.append(old)

    await world.ana.click(old, ids.CANCEL_JOB)

    await told_privately(world, world.ana, "nothing left to cancel")
