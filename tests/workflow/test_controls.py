"""Cancel, try again, look again, send again, on a real database."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from bot.domain import texts
from bot.domain.errors import (
    BotError,
    JobUnknown,
    NotYours,
    VideoAgentBlocked,
    VideoAgentBusy,
    VideoAgentNotFound,
    VideoAgentRefused,
    VideoAgentUnavailable,
)
from bot.domain.job.job import Job, JobState
from bot.domain.job.permissions import OF_REQUESTER, OPERATOR, Action, Who
from bot.domain.news import ListedSession, NewSession
from bot.domain.request.video_request import Orientation
from tests.builders import an_attachment
from tests.fakes import Crash, Fate, lost_after, lost_before
from tests.workflow.conftest import Logs
from tests.workflow.fake_world import World

ADA, BEN, BOSS = Who("U-ADA"), Who("U-BEN"), Who("U-BOSS", may_do_all=True)
HOUR_S, DAY_S = 3_600, 86_400
GOES_ON = "nothing keeps it on hold any more: looked for anew"
NEVER_ENDS = Fate(render_s=10 * DAY_S)
FOREIGN = NewSession("other-tool", "Another tool of this account.", Orientation.LANDSCAPE)

WorldOf = Callable[..., World]


async def rendering(world: World, fate: Fate = NEVER_ENDS) -> Job:
    world.agent.fate = fate
    job = await world.ask()
    await world.settle()
    assert await world.state_of(job.id) is JobState.RENDERING
    return job


async def parked(world: World, *, arrived: bool) -> Job:
    """Sent, no answer, and for an hour a session is listed that may be ours and is not shown."""
    trouble = lost_after() if arrived else lost_before()
    world.agent.fail("create_session", trouble.error, is_done=trouble.is_done)
    world.agent.fail_always("get_session", VideoAgentNotFound())
    job = await world.ask()
    if not arrived:
        world.agent.add_session(FOREIGN)
    await world.advance(2 * HOUR_S)
    assert await world.state_of(job.id) is JobState.PARKED
    world.agent.behave()
    return job


async def until_the_bot_s_own_look(
    world: World, press: Callable[[], Awaitable[None]], error: Exception | None = None
) -> None:
    """Somebody presses a button while the bot's list of sessions is on its way."""
    ask, pressed = world.agent.list_sessions, asyncio.Event()

    async def answer(within: timedelta) -> list[ListedSession]:
        world.agent.list_sessions = ask  # type: ignore[method-assign]
        await press()
        pressed.set()
        if error is not None:
            raise error
        return await ask(within)

    world.agent.list_sessions = answer  # type: ignore[method-assign]
    while not pressed.is_set():
        await world.advance(5)


def is_stopped(world: World) -> list[bool]:
    return [session.is_stopped for session in world.agent.sessions.values()]


async def assert_cancelled_in_silence(world: World, job: Job) -> None:
    assert await world.state_of(job.id) is JobState.CANCELLED
    assert (await world.job(job.id)).due_at is None, await world.history(job.id)
    assert world.threads.of_kind("result") == []
    assert world.threads.of_kind("failure") == []
    assert world.card(job.id).notice.job.state is JobState.CANCELLED


# -- cancel ----------------------------------------------------------------------------------


async def test_cancelled_in_the_queue_is_never_sent_and_asks_nothing_of_heygen(
    world_of: WorldOf,
) -> None:
    world = world_of(limit=0)
    job = await world.ask()
    await world.settle()

    await world.controls.cancel(job.id, ADA)
    await world.advance(2 * HOUR_S)

    await assert_cancelled_in_silence(world, job)
    assert sum(world.agent.calls.values()) == 0


async def test_cancelled_while_rendering_stops_the_session_and_posts_no_video(
    world: World,
) -> None:
    job = await rendering(world, Fate(render_s=60))

    await world.controls.cancel(job.id, ADA)
    await world.advance(2 * HOUR_S)

    await assert_cancelled_in_silence(world, job)
    assert is_stopped(world) == [True]
    assert world.agent.calls["stop_session"] == 1
    assert "its session at HeyGen is stopped" in await world.history(job.id)


async def test_cancel_frees_the_slot_for_the_next(world_of: WorldOf) -> None:
    world = world_of(limit=1)
    job = await rendering(world)
    waiting = await world.ask()
    await world.settle()

    await world.controls.cancel(job.id, ADA)
    await world.settle()

    assert await world.state_of(waiting.id) is JobState.RENDERING


@pytest.mark.parametrize(
    "error", [VideoAgentUnavailable(), VideoAgentBlocked(), lost_before().error], ids=repr
)
async def test_stop_is_told_again_until_heygen_hears_it(world: World, error: Exception) -> None:
    job = await rendering(world)
    world.agent.fail("stop_session", error, times=20)

    await world.controls.cancel(job.id, ADA)
    await world.advance(HOUR_S)

    await assert_cancelled_in_silence(world, job)
    assert is_stopped(world) == [True]


@pytest.mark.parametrize("error", [VideoAgentNotFound(), VideoAgentRefused()], ids=repr)
async def test_session_that_cannot_be_stopped_any_more_is_left_alone(
    world: World, error: Exception
) -> None:
    job = await rendering(world)
    world.agent.fail_always("stop_session", error)

    await world.controls.cancel(job.id, ADA)
    await world.advance(HOUR_S)

    await assert_cancelled_in_silence(world, job)
    assert world.agent.calls["stop_session"] == 1


async def test_heygen_away_for_a_day_is_told_to_stop_once_it_is_back(world: World) -> None:
    job = await rendering(world)
    world.agent.fail_always("stop_session", VideoAgentUnavailable())

    await world.controls.cancel(job.id, ADA)
    await world.advance(DAY_S)
    assert is_stopped(world) == [False]
    world.agent.behave()
    await world.advance(300)

    await assert_cancelled_in_silence(world, job)
    assert is_stopped(world) == [True]


async def test_stop_that_is_asked_to_wait_waits(world: World) -> None:
    job = await rendering(world)
    world.agent.fail_always("stop_session", VideoAgentBusy(status=429, retry_after_s=600))
    world.agent.calls.clear()

    await world.controls.cancel(job.id, ADA)
    await world.advance(590)

    assert world.agent.calls["stop_session"] == 1


async def test_hundred_cancelled_in_an_outage_write_little(world_of: WorldOf) -> None:
    world = world_of(limit=100)
    jobs = []
    world.agent.fate = NEVER_ENDS
    for n in range(100):
        jobs.append(await world.ask(who=f"U-{n}"))
    await world.advance(30)
    for method in ("stop_session", "get_video", "video_statuses", "get_session", "list_sessions"):
        world.agent.fail_always(method, VideoAgentUnavailable(status=503))
    for job in jobs:
        await world.controls.cancel(job.id, OPERATOR)
    await world.advance(300)
    before = [(await world.job(job.id)).version for job in jobs]

    await world.advance(600)

    written = sum([(await world.job(job.id)).version for job in jobs]) - sum(before)
    assert 0 < written <= 20  # each try, and none for those about whom nobody was asked


@pytest.mark.parametrize("arrived", [True, False], ids=["arrived", "never arrived"])
async def test_cancelled_with_an_open_attempt_looks_for_its_session_and_stops_it(
    world: World, arrived: bool
) -> None:
    trouble = lost_after() if arrived else lost_before()
    world.agent.fail("create_session", trouble.error, is_done=arrived)
    world.agent.fail("list_sessions", VideoAgentUnavailable(), times=3)
    job = await world.ask()
    await world.settle()
    assert (await world.job(job.id)).attempt.began_at is not None

    await world.controls.cancel(job.id, ADA)
    assert await world.state_of(job.id) is JobState.CANCELLED
    await world.advance(2 * HOUR_S)

    await assert_cancelled_in_silence(world, job)
    assert is_stopped(world) == [True] * arrived
    assert world.agent.calls["create_session"] == 1
    looks = world.agent.calls["list_sessions"]
    await world.advance(DAY_S)
    assert world.agent.calls["list_sessions"] == looks < 12


async def test_session_that_is_listed_late_is_stopped_all_the_same(world: World) -> None:
    world.agent.fate = Fate(render_s=10 * DAY_S, listed_after_s=1_000)
    world.agent.fail("create_session", lost_after().error, is_done=True)
    job = await world.ask()
    await world.settle()

    await world.controls.cancel(job.id, ADA)
    await world.advance(2 * HOUR_S)

    await assert_cancelled_in_silence(world, job)
    assert is_stopped(world) == [True]


async def test_parked_job_that_had_arrived_is_stopped_when_it_is_cancelled(world: World) -> None:
    job = await parked(world, arrived=True)

    await world.controls.cancel(job.id, ADA)
    await world.advance(2 * HOUR_S)

    await assert_cancelled_in_silence(world, job)
    assert is_stopped(world) == [True]


@pytest.mark.parametrize("moment", ["create_session", "jobs.save"], ids=["called", "answered"])
async def test_cancelled_while_the_create_is_under_way_stops_its_session(
    world: World, moment: str
) -> None:
    job = await world.ask()
    if moment == "create_session":
        world.agent.meanwhile(moment, lambda: world.cancel(job.id))
    else:
        world.crashing_store.meanwhile[moment] = lambda: world.cancel(job.id)
    world.agent.fate = NEVER_ENDS

    await world.advance(2 * HOUR_S)

    await assert_cancelled_in_silence(world, job)
    assert is_stopped(world) in ([True], [])
    assert len(world.agent.sessions) == world.agent.calls["create_session"]


async def cancelled_life(world: World, off_at: int | None, *, lost: bool) -> Job | None:
    """Ask, cancel, live on; the power goes off once, and Slack's payloads come again."""
    world.power.restore(off_at)
    world.agent.fate = NEVER_ENDS
    if lost:
        world.agent.fail("create_session", lost_after().error, is_done=True)
    job = None
    for _ in range(2):
        try:
            job = await world.ask(key="view-1")
            await world.settle()
            await world.controls.cancel(job.id, ADA)
            await world.advance(2 * HOUR_S)
        except Crash:
            await world.restart()
        else:
            return job
    return job


@pytest.mark.parametrize("lost", [False, True], ids=["rendering", "answer lost"])
async def test_crash_at_any_moment_loses_no_stop(world_of: WorldOf, lost: bool) -> None:
    for off_at in range(1, 100):
        world = world_of()
        job = await cancelled_life(world, off_at, lost=lost)
        assert job is not None
        note = f"died at {off_at}: {world.power.died_at}; {await world.history(job.id)}"
        assert await world.state_of(job.id) is JobState.CANCELLED, note
        assert (await world.job(job.id)).due_at is None, note
        assert all(is_stopped(world)), note
        if not world.power.died_at:
            assert off_at > 10
            return
    raise AssertionError("this life never ends")


async def test_cancel_twice_changes_nothing_and_is_answered_kindly(world: World) -> None:
    job = await rendering(world)
    first = await world.controls.cancel(job.id, ADA)
    await world.settle()
    history = await world.history(job.id)

    second = await world.controls.cancel(job.id, ADA)
    await world.advance(HOUR_S)

    assert (first.note, second.note) == (None, "This video is cancelled already.")
    assert await world.history(job.id) == history
    assert world.agent.calls["stop_session"] == 1


async def test_history_names_who_cancelled(world: World) -> None:
    job = await rendering(world)

    await world.controls.cancel(job.id, BOSS)

    (line,) = [x for x in await world.store.jobs.history_of(job.id) if x.to_state == "cancelled"]
    assert (line.who, line.why) == ("U-BOSS", "cancelled")


# -- try again -------------------------------------------------------------------------------


async def failed(world: World) -> Job:
    logo, script = an_attachment("F1"), an_attachment("F2", name="a.txt", filetype="txt")
    for attachment in (logo, script):
        world.files.add(attachment, b"Say this.")
    world.agent.fates.append(Fate(render_s=30, fails=True, failure_message="No."))
    job = await world.ask(attachments=[logo, script], thread_ts="17.1")
    await world.advance(600)
    assert await world.state_of(job.id) is JobState.FAILED
    return job


async def test_double_click_on_try_again_makes_one_new_job_with_the_same_request(
    world: World,
) -> None:
    job = await failed(world)

    first = await world.controls.retry(job.id, ADA)
    second = await world.controls.retry(job.id, ADA)
    await world.advance(600)
    third = await world.controls.retry(job.id, BOSS)

    assert first.job.id == second.job.id == third.job.id != job.id
    assert first.note is None
    assert second.note
    assert first.job.id in second.note
    new = await world.job(first.job.id)
    assert (new.state, new.request.parent_id) == (JobState.COMPLETED, job.id)
    assert (new.request.prompt, new.request.thread.thread_ts, new.request.requester_id) == (
        job.request.prompt,
        "17.1",
        "U-ADA",
    )
    assert (await world.history(new.id))[0] == f"asked for again, after job {job.id}"
    assert len(world.agent.sessions) == 2
    assert len(world.threads.of_kind("result", new.id)) == 1


async def test_retry_takes_over_what_heygen_and_we_have_of_the_attachments(world: World) -> None:
    job = await failed(world)
    downloads = world.files.calls["download"]

    new = (await world.controls.retry(job.id, ADA)).job
    await world.advance(600)

    assert world.files.calls["download"] == downloads
    assert len(world.agent.assets) == 1
    first, second = world.agent.sessions.values()
    assert first.new.asset_ids == second.new.asset_ids == ("asset-1",)
    assert "Say this." in second.new.prompt
    assert await world.store.jobs.attachments_of(new.id) == await world.store.jobs.attachments_of(
        job.id
    )


async def test_operator_s_retry_is_the_requester_s_video_and_named_in_the_history(
    world: World,
) -> None:
    job = await failed(world)

    new = (await world.controls.retry(job.id, OPERATOR)).job

    assert new.request.requester_id == "U-ADA"
    assert [line.who for line in await world.store.jobs.history_of(new.id)] == ["operator"]


# -- look again, send again ------------------------------------------------------------------


async def test_timed_out_job_that_is_looked_for_again_is_finished(world: World) -> None:
    job = await rendering(world, Fate(render_s=1.5 * DAY_S))
    await world.advance(DAY_S + 600)
    assert await world.state_of(job.id) is JobState.FAILED

    await world.controls.look_again(job.id, ADA)
    assert (await world.controls.look_again(job.id, ADA)).note
    await world.settle()
    assert world.card(job.id).notice.job.state is JobState.RENDERING
    await world.advance(DAY_S)

    assert await world.state_of(job.id) is JobState.COMPLETED
    assert (await world.job(job.id)).outcome.failure is None
    assert len(world.threads.of_kind("result")) == 1
    assert len(world.agent.sessions) == 1


async def test_parked_job_that_had_arrived_is_found_by_looking_again(world: World) -> None:
    job = await parked(world, arrived=True)

    await world.controls.look_again(job.id, ADA)
    await world.advance(600)

    assert await world.state_of(job.id) is JobState.COMPLETED
    assert world.agent.calls["create_session"] == 1


async def test_looking_again_is_one_look_at_once_and_the_job_stays_on_hold(world: World) -> None:
    job = await parked(world, arrived=True)
    world.agent.fail_always("get_session", VideoAgentNotFound())
    world.agent.calls.clear()

    outcome = await world.controls.look_again(job.id, ADA)
    await world.settle()

    assert outcome.note == texts.LOOKING_AGAIN
    assert world.agent.calls["list_sessions"] == 1
    assert world.card(job.id).notice.job.state is JobState.PARKED
    world.agent.behave()
    await world.advance(20 * 60)
    assert await world.state_of(job.id) is JobState.COMPLETED


async def test_looking_again_for_what_is_still_not_shown_sends_nothing(
    world: World,
) -> None:
    job = await parked(world, arrived=False)
    sent = world.agent.calls["create_session"]
    world.agent.fail_always("get_session", VideoAgentNotFound())

    await world.controls.look_again(job.id, ADA)
    await world.advance(2 * HOUR_S)

    assert await world.state_of(job.id) is JobState.PARKED
    assert world.agent.calls["create_session"] == sent
    assert len(world.threads.of_kind("parked")) == 1


async def test_looking_again_for_what_never_arrived_sends_it_now_that_this_is_clear(
    world: World,
) -> None:
    job = await parked(world, arrived=False)

    await world.controls.look_again(job.id, ADA)
    await world.advance(600)

    assert await world.state_of(job.id) is JobState.COMPLETED
    assert len(world.agent.sessions) == 2, "another tool's and ours"


async def test_job_on_hold_that_had_arrived_is_found_by_itself_once_it_is_shown(
    world: World,
) -> None:
    job = await parked(world, arrived=True)

    await world.advance(20 * 60)

    assert await world.state_of(job.id) is JobState.COMPLETED
    assert len(world.agent.sessions) == 1


async def test_job_on_hold_that_never_arrived_is_sent_by_itself_once_that_is_clear(
    world: World,
) -> None:
    job = await parked(world, arrived=False)

    await world.advance(20 * 60)

    assert await world.state_of(job.id) is JobState.COMPLETED
    assert len(world.agent.sessions) == 2, "another tool's and ours"
    looked_anew = (await world.history(job.id)).index(GOES_ON)
    assert any("look 1 of 2" in why for why in (await world.history(job.id))[looked_anew:])


async def test_job_on_hold_that_goes_on_by_itself_keeps_to_the_limit(world_of: WorldOf) -> None:
    world = world_of(limit=1)
    await parked(world, arrived=False)
    world.agent.fate = Fate(render_s=HOUR_S)
    other = await world.ask(who="U-2")
    await world.settle()
    assert await world.state_of(other.id) is JobState.RENDERING

    await world.advance(20 * 60)

    assert world.agent.running_count == 1


async def test_job_on_hold_is_asked_about_rarely_told_once_and_left_to_a_person_after_a_week(
    world: World,
) -> None:
    job = await parked(world, arrived=False)
    world.agent.fail_always("get_session", VideoAgentNotFound())
    lines = len(await world.history(job.id))
    edits = world.threads.calls["update"]
    world.agent.calls.clear()

    await world.advance(DAY_S)
    looks = world.agent.calls["list_sessions"]
    await world.advance(7 * DAY_S)
    world.agent.calls.clear()
    await world.advance(DAY_S)

    assert 24 * 6 - 2 <= looks <= 24 * 6
    assert world.agent.calls["list_sessions"] == 0
    assert world.threads.calls["update"] == edits
    assert await world.state_of(job.id) is JobState.PARKED
    assert len(await world.history(job.id)) == lines
    assert len(world.threads.of_kind("parked")) == 1


@pytest.mark.parametrize("status", [400, 503])
async def test_job_on_hold_is_asked_about_rarely_too_while_the_list_cannot_be_read(
    world: World, status: int
) -> None:
    await parked(world, arrived=False)
    error = VideoAgentRefused if status == 400 else VideoAgentUnavailable
    world.agent.fail_always("list_sessions", error(status=status))
    world.agent.calls.clear()

    await world.advance(DAY_S)

    assert 24 * 5 <= world.agent.calls["list_sessions"] <= 24 * 6


@pytest.mark.parametrize(
    "error",
    [None, VideoAgentUnavailable(status=503), VideoAgentBusy(status=429, retry_after_s=600)],
    ids=["nothing found", "503", "429"],
)
async def test_send_again_during_the_bot_s_own_look_is_not_put_off(
    world: World, error: Exception | None
) -> None:
    job = await parked(world, arrived=False)
    sent = world.agent.calls["create_session"]

    async def press() -> None:
        await world.controls.send_again(job.id, ADA)

    await until_the_bot_s_own_look(world, press, error)

    assert world.agent.calls["create_session"] == sent + 1


async def test_look_again_during_the_bot_s_own_look_is_a_look_of_its_own(world: World) -> None:
    job = await parked(world, arrived=True)
    world.agent.fail_always("get_session", VideoAgentNotFound())
    world.agent.calls.clear()

    async def press() -> None:
        await world.controls.look_again(job.id, ADA)
        world.agent.calls.clear()

    await until_the_bot_s_own_look(world, press)

    assert world.agent.calls["list_sessions"] == 2, "the one under way, and the one asked for"


async def test_callback_for_a_job_on_hold_is_worth_a_look(world_of: WorldOf) -> None:
    world = world_of(public_url="https://bot.test")
    job = await parked(world, arrived=True)
    (session,) = world.agent.sessions.values()
    token = str(session.new.callback_url).rpartition("/")[2]

    assert await world.callbacks.by_token(token)
    await world.settle()

    assert await world.state_of(job.id) is JobState.RENDERING


async def test_fault_of_ours_while_looking_for_a_job_on_hold_is_not_the_end_of_it(
    world: World, logs: Logs
) -> None:
    job = await parked(world, arrived=True)
    world.agent.fail("list_sessions", RuntimeError("a bug of ours"))
    world.agent.calls.clear()

    for _ in range(600):  # a Loop comes by every 2 s
        await world.advance(2)

    failures = [line for line in logs if line["event"] == "task failed"]
    logs[:] = [line for line in logs if line["event"] != "task failed"]
    assert len(failures) == 1
    assert world.agent.calls["list_sessions"] <= 3
    assert await world.state_of(job.id) is JobState.COMPLETED


async def test_send_again_sends_once_however_often_it_is_clicked(world: World) -> None:
    job = await parked(world, arrived=False)
    sent = world.agent.calls["create_session"]

    first = await world.controls.send_again(job.id, ADA)
    second = await world.controls.send_again(job.id, ADA)
    await world.advance(600)
    third = await world.controls.send_again(job.id, ADA)

    assert first.note is None
    assert second.note
    assert third.note
    assert await world.state_of(job.id) is JobState.COMPLETED
    assert world.agent.calls["create_session"] == sent + 1
    assert len(world.agent.sessions) == 2, "another tool's and ours"


async def test_send_again_whose_answer_is_lost_too_is_looked_for_like_any_other(
    world: World,
) -> None:
    job = await parked(world, arrived=False)
    sent = world.agent.calls["create_session"]
    world.agent.fail("create_session", lost_after().error, is_done=True)

    await world.controls.send_again(job.id, ADA)
    await world.advance(600)

    assert await world.state_of(job.id) is JobState.COMPLETED
    assert world.agent.calls["create_session"] == sent + 1


# -- who -------------------------------------------------------------------------------------


@pytest.mark.parametrize("action", sorted(OF_REQUESTER))
async def test_refused_action_changes_nothing(world: World, action: Action) -> None:
    job = await rendering(world)
    before, history = await world.job(job.id), await world.history(job.id)

    with pytest.raises(NotYours):
        await world.controls.act(action, job.id, BEN)

    assert await world.job(job.id) == before
    assert await world.history(job.id) == history
    assert len(await world.store.jobs.recent(10)) == 1


@pytest.mark.parametrize("action", [*sorted(OF_REQUESTER), Action.OTHER_ORIENTATION])
async def test_unknown_job_is_said_in_words(world: World, action: Action) -> None:
    with pytest.raises(JobUnknown) as refused:
        await world.controls.act(action, "no-such-job", OPERATOR)

    assert isinstance(refused.value, BotError)
    assert refused.value.sentence
