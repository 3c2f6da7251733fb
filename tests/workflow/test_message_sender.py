"""What threads are owed: each message exactly once, in its place, whatever Slack says."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest

from bot.domain.errors import SlackBusy, SlackOutcomeUnknown, SlackUnavailable
from bot.domain.job.job import JobState
from bot.slack.errors import refused
from tests.fakes import Fate
from tests.workflow.conftest import Logs
from tests.workflow.fake_world import World

LIFE_S = 600


def kinds(world: World) -> list[str]:
    return [str(m.notice.kind) for m in world.threads.messages]


async def test_card_comes_first_and_the_result_follows_in_its_thread(world: World) -> None:
    job = await world.ask()

    await world.advance(LIFE_S)

    assert kinds(world) == ["card", "result"]
    assert world.threads.messages[1].thread_ts == world.card(job.id).ts


async def test_request_from_a_thread_is_answered_in_that_thread(world: World) -> None:
    await world.ask(thread_ts="111.222")

    await world.advance(LIFE_S)

    assert [m.thread_ts for m in world.threads.messages] == ["111.222", "111.222"]


async def test_request_for_oneself_goes_to_the_direct_messages(world: World) -> None:
    job = await world.ask(channel="U-ADA", who="U-ADA")

    await world.advance(LIFE_S)

    assert [m.channel_id for m in world.threads.messages] == ["D-U-ADA"] * 2
    assert world.threads.messages[1].thread_ts == world.card(job.id).ts


# -- unclear outcomes ----------------------------------------------------------------------


@pytest.mark.parametrize("is_done", [True, False], ids=["it was posted", "it was not posted"])
@pytest.mark.parametrize("nth", [0, 1], ids=["card", "result"])
async def test_post_with_unknown_outcome_is_there_once(
    world: World, is_done: bool, nth: int
) -> None:
    job = await world.ask()
    if nth:
        await world.advance(60)
    world.threads.fail("post", SlackOutcomeUnknown(), is_done=is_done)

    await world.advance(LIFE_S)

    assert kinds(world) == ["card", "result"]
    assert world.card(job.id).notice.job.state is JobState.COMPLETED


async def test_unknown_outcome_where_history_is_closed_is_posted_again_and_logged(
    world: World, logs: Logs
) -> None:
    world.threads.unreadable.add("C1")
    world.threads.fail("post", SlackOutcomeUnknown(), is_done=True)
    await world.ask()

    await world.advance(LIFE_S)

    assert kinds(world) == ["card", "card", "result"]
    assert "may be a repeat" in [line["event"] for line in logs]


async def test_answers_that_are_always_lost_do_not_flood_a_channel_with_closed_history(
    world: World,
) -> None:
    world.threads.unreadable.add("C1")
    world.threads.fail_always("post", SlackOutcomeUnknown(), is_done=True)
    await world.ask()

    await world.advance(3_600)

    assert len(world.threads.messages) < 25


async def test_slow_down_while_looking_for_a_message_stops_the_queue(world: World) -> None:
    for n in range(2):
        await world.ask(who=f"U-{n}")
    world.threads.fail("post", SlackOutcomeUnknown(), times=2, is_done=True)
    world.threads.fail("find", SlackBusy(30))

    await world.advance(20)
    assert world.threads.calls["find"] == 1
    await world.advance(LIFE_S)

    assert sorted(kinds(world)) == ["card", "card", "result", "result"]


# -- Slack asks to wait, or is away --------------------------------------------------------


async def test_slow_down_pauses_the_whole_queue_for_the_time_slack_named(world: World) -> None:
    for n in range(3):
        await world.ask(who=f"U-{n}")
    world.threads.fail("post", SlackBusy(45))

    await world.advance(44)
    assert world.threads.messages == []
    await world.advance(2)

    assert kinds(world) == ["card"] * 3


async def test_outage_of_slack_delays_and_repeats_nothing(world: World) -> None:
    for method in ("post", "update"):
        world.threads.fail_always(method, SlackUnavailable())
    job = await world.ask()
    await world.advance(3_600)
    assert world.threads.calls["post"] < 50

    world.threads.behave()
    await world.advance(LIFE_S)

    assert kinds(world) == ["card", "result"]
    assert world.card(job.id).notice.job.state is JobState.COMPLETED


async def test_revoked_token_drops_nothing_and_resumes(world: World) -> None:
    job = await world.ask()
    await world.advance(10)
    world.threads.is_revoked = True
    await world.advance(24 * 3_600)

    world.threads.is_revoked = False
    await world.advance(1_200)

    assert kinds(world) == ["card", "result"]
    assert world.card(job.id).notice.job.state is JobState.COMPLETED


# -- nowhere to post -----------------------------------------------------------------------


@pytest.mark.parametrize("busy_first", [False, True], ids=["at once", "after a slow-down"])
async def test_public_channel_is_joined_and_posted_to(world: World, busy_first: bool) -> None:
    world.threads.not_joined.add("C1")
    if busy_first:
        world.threads.fail("post", SlackBusy(10))
    await world.ask()

    await world.advance(LIFE_S)

    assert [m.channel_id for m in world.threads.messages] == ["C1", "C1"]


@pytest.mark.parametrize("code", ["channel_not_found", "is_archived", "restricted_action"])
async def test_refused_channel_is_replaced_by_the_requesters_direct_messages(
    world: World, code: str
) -> None:
    world.threads.refusals["C1"] = code
    await world.ask()

    await world.advance(LIFE_S)

    card, result = world.threads.messages
    assert (card.channel_id, result.channel_id) == ("D-U-ADA", "D-U-ADA")
    assert card.notices[0].detour == code
    assert result.thread_ts == card.ts


async def test_private_channel_without_the_bot_goes_to_the_direct_messages(world: World) -> None:
    world.threads.private.add("C1")
    await world.ask()

    await world.advance(LIFE_S)

    assert [m.channel_id for m in world.threads.messages] == ["D-U-ADA"] * 2


async def test_joined_channel_that_still_refuses_is_not_joined_for_ever(world: World) -> None:
    world.threads.refusals["C1"] = "not_in_channel"
    await world.ask()

    await world.advance(LIFE_S)

    assert [m.channel_id for m in world.threads.messages] == ["D-U-ADA"] * 2


async def test_channel_archived_after_the_card_sends_the_result_to_the_direct_messages(
    world: World,
) -> None:
    await world.ask()
    await world.advance(30)
    world.threads.refusals["C1"] = "is_archived"

    await world.advance(LIFE_S)

    (result,) = world.threads.of_kind("result")
    assert (result.channel_id, result.notice.detour) == ("D-U-ADA", "is_archived")


async def test_nobody_to_tell_is_logged_once_and_ends(world: World, logs: Logs) -> None:
    world.threads.refusals |= {"C1": "is_archived", "D-U-ADA": "user_disabled"}
    job = await world.ask()

    await world.advance(3_600)

    assert await world.state_of(job.id) is JobState.COMPLETED
    told = [line["kind"] for line in logs if line["event"] == "nobody could be told"]
    assert sorted(told) == ["card", "result"]


# -- the card ------------------------------------------------------------------------------


async def test_progress_edits_a_card_at_most_every_ten_seconds(world: World) -> None:
    world.agent.fate = Fate(render_s=400)
    job = await world.ask()
    await world.advance(12)
    card = world.card(job.id)
    edits_before = len(card.edited_at)
    started_at = world.clock.now()

    for progress in range(1, 30):  # more news than Slack likes
        world.agent.sessions["session-1"].fate = Fate(render_s=400, progress=progress)
        await world.callbacks.by_id(session_id="session-1", video_id="")
        await world.advance(1)

    edits = card.edited_at[edits_before:]
    assert len(edits) <= 5
    assert all(b - a >= timedelta(seconds=10) for a, b in pairwise(edits))
    assert edits[0] >= started_at
    await world.advance(10)
    assert card.notice.job.render.progress == 29


async def test_change_of_state_is_shown_at_once(world: World) -> None:
    job = await world.ask()
    await world.advance(20)

    await world.cancel(job.id)
    await world.settle()

    assert world.card(job.id).notice.job.state is JobState.CANCELLED


@pytest.mark.parametrize("moment", ["deliveries.due", "jobs.get", "deliveries.mark_posting"])
async def test_change_while_the_card_is_about_to_be_posted_is_shown(
    world: World, moment: str
) -> None:
    job = await world.ask()
    (deliverer,) = [worker for worker in world.workers if worker.name == "deliver"]
    world.crashing_store.meanwhile[moment] = lambda: world.cancel(job.id)

    await deliverer.work()
    await world.settle()

    assert world.card(job.id).notice.job.state is JobState.CANCELLED


@pytest.mark.parametrize("error", [SlackUnavailable(), SlackOutcomeUnknown(), SlackBusy(20)])
async def test_edit_that_failed_is_repeated(world: World, error: Exception) -> None:
    world.threads.fail("update", error, times=3)
    job = await world.ask()

    await world.advance(LIFE_S)

    assert world.card(job.id).notice.job.state is JobState.COMPLETED


async def test_card_that_was_deleted_does_not_make_the_deliverer_spin(world: World) -> None:
    job = await world.ask()
    await world.advance(20)
    world.threads.delete(world.card(job.id))
    world.agent.sessions["session-1"].fate = Fate(render_s=120, progress=60)

    await world.advance(LIFE_S)

    assert "result" in kinds(world)


async def test_card_that_was_deleted_is_posted_anew(world: World) -> None:
    world.agent.fate = Fate(render_s=120, progress=30)
    job = await world.ask()
    await world.advance(20)
    world.threads.delete(world.card(job.id))
    world.agent.sessions["session-1"].fate = Fate(render_s=120, progress=60)

    await world.advance(LIFE_S)

    assert world.card(job.id).notice.job.state is JobState.COMPLETED


async def test_refused_edit_of_an_ended_job_is_left(world: World) -> None:
    job = await world.ask()
    await world.advance(30)
    world.threads.fail_always("update", refused("cant_update_message"))

    await world.advance(3_600)

    assert await world.state_of(job.id) is JobState.COMPLETED
    assert kinds(world) == ["card", "result"]


@pytest.mark.parametrize(
    "error", [SlackUnavailable(), SlackBusy(5.0), SlackOutcomeUnknown()], ids=repr
)
async def test_join_that_hiccups_is_tried_again_and_nobody_gets_a_detour(
    world: World, error: Exception
) -> None:
    world.threads.fail("post", refused("not_in_channel"))
    world.threads.fail("join", error)
    await world.ask()

    await world.advance(LIFE_S)

    assert {m.channel_id for m in world.threads.messages} == {"C1"}
    assert kinds(world)[:1] == ["card"]
