"""HeyGen's bad hours: everything settles by itself, nobody clicks, nothing is paid for twice."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import pytest

from bot.domain.errors import (
    VideoAgentBusy,
    VideoAgentOutcomeUnknown,
    VideoAgentRefused,
    VideoAgentUnavailable,
)
from bot.domain.job.job import Job, JobState
from bot.domain.job.progress import Change
from bot.domain.news import VideoNews
from bot.workflow.gate import Gate
from tests.builders import NOON, an_attachment
from tests.fakes import Crash, Fate
from tests.workflow.conftest import Logs
from tests.workflow.fake_world import World

HOUR_S, DAY_S = 3_600, 86_400
COMPLETED = JobState.COMPLETED
CREATE = "create_session"
READS = ("list_sessions", "get_session", "get_video", "video_statuses", "ping", "stop_session")
WorldOf = Callable[..., World]


def reads(world: World) -> int:
    return sum(world.agent.calls[method] for method in READS)


def everything_fails(world: World) -> None:
    world.agent.fail_always(CREATE, VideoAgentOutcomeUnknown(status=503))
    for method in READS:
        world.agent.fail_always(method, VideoAgentUnavailable(status=503))


async def ask_many(world: World, count: int) -> list[Job]:
    return [await world.ask(who=f"U-{n}") for n in range(count)]


async def states(world: World, jobs: list[Job]) -> set[JobState]:
    return {await world.state_of(job.id) for job in jobs}


async def written(world: World, jobs: list[Job]) -> list[datetime]:
    """When each of them was last written."""
    return [(await world.job(job.id)).updated_at for job in jobs]


# -- an outage settles by itself -----------------------------------------------------------


@pytest.mark.parametrize("is_done", [False, True], ids=["had no effect", "was taken"])
@pytest.mark.parametrize("minutes", [2, 19, 90, 600])
async def test_creates_that_are_unclear_for_long_end_as_one_video_each(
    world: World, minutes: int, is_done: bool
) -> None:
    world.agent.honours_keys = False
    world.agent.fail_always(CREATE, VideoAgentOutcomeUnknown(status=503), is_done=is_done)
    jobs = await ask_many(world, 8)

    await world.advance(minutes * 60)
    world.agent.behave()
    await world.advance(45 * 60)

    assert await states(world, jobs) == {COMPLETED}
    assert len(world.agent.sessions) == 8
    assert world.threads.of_kind("parked") == []


@pytest.mark.parametrize("hours", [1.5, 60], ids=["90 minutes", "a weekend"])
async def test_everything_out_for_long_ends_as_one_video_each(world: World, hours: float) -> None:
    first = await ask_many(world, 3)
    await world.advance(30)
    everything_fails(world)
    more = await ask_many(world, 9)

    await world.advance(hours * HOUR_S)
    world.agent.behave()
    await world.advance(45 * 60)

    assert await states(world, first + more) == {COMPLETED}
    assert len(world.agent.sessions) == 12
    assert world.threads.of_kind("parked") == []


async def test_an_hour_s_outage_with_a_hundred_waiting_costs_few_requests(world: World) -> None:
    jobs = await ask_many(world, 3)
    await world.advance(30)
    everything_fails(world)
    jobs += await ask_many(world, 100)
    world.agent.calls.clear()

    await world.advance(HOUR_S)

    assert world.agent.calls[CREATE] <= 40
    assert reads(world) <= 120
    world.agent.behave()
    await world.advance(3 * HOUR_S)
    assert await states(world, jobs) == {COMPLETED}


async def test_outage_writes_nothing_of_those_about_whom_nobody_can_ask(world_of: WorldOf) -> None:
    world = world_of(limit=50)
    world.agent.fate = Fate(render_s=3 * HOUR_S)
    jobs = await ask_many(world, 50)
    await world.advance(30)
    everything_fails(world)
    await world.advance(HOUR_S / 4)
    before = await written(world, jobs)
    world.agent.calls.clear()

    await world.advance(HOUR_S / 4)

    after = await written(world, jobs)
    changed = sum(a != b for a, b in zip(before, after, strict=True))
    assert 0 < changed <= reads(world) < 20


async def test_route_that_fails_alone_keeps_no_rendering_waiting(world_of: WorldOf) -> None:
    world = world_of(limit=9)
    done = await ask_many(world, 4)
    await world.advance(30)
    world.agent.fail_always(CREATE, VideoAgentOutcomeUnknown(status=503))
    world.agent.fail_always("list_sessions", VideoAgentUnavailable(status=503))
    await ask_many(world, 5)

    await world.advance(HOUR_S)

    assert await states(world, done) == {COMPLETED}


async def test_sessions_that_cannot_be_read_keep_no_video_waiting(world_of: WorldOf) -> None:
    world = world_of(limit=40)
    done = await ask_many(world, 10)
    await world.advance(30)
    world.agent.fate = Fate(video_id_after_s=9 * HOUR_S, render_s=9 * HOUR_S)
    await ask_many(world, 30)
    await world.advance(1)
    world.agent.fail_always("get_session", VideoAgentUnavailable(status=503))

    await world.advance(HOUR_S / 2)

    assert await states(world, done) == {COMPLETED}


async def test_jobs_nobody_asked_about_when_the_outage_began_stay_due(world_of: WorldOf) -> None:
    world = world_of(limit=20)
    world.agent.fate = Fate(render_s=HOUR_S, video_id_after_s=HOUR_S)  # each is asked about alone
    jobs = await ask_many(world, 20)
    await world.advance(1)
    everything_fails(world)
    before = await written(world, jobs)

    await world.advance(20)

    after = await written(world, jobs)
    assert sum(a != b for a, b in zip(before, after, strict=True)) == reads(world) < 5


async def test_looks_are_not_tried_before_they_may_pass(world_of: WorldOf) -> None:
    world = world_of(limit=9)
    everything_fails(world)
    jobs = await ask_many(world, 9)
    await world.advance(HOUR_S / 4)
    looked = sum([(await world.job(job.id)).version for job in jobs])

    await world.advance(HOUR_S / 4)

    looked = sum([(await world.job(job.id)).version for job in jobs]) - looked
    assert 0 < looked <= 3 * 10  # three have been sent; a question may pass every two minutes


async def test_creates_alone_out_for_an_hour_cost_few_requests(world: World) -> None:
    world.agent.fail_always(CREATE, VideoAgentOutcomeUnknown(status=503))
    await ask_many(world, 100)

    await world.advance(HOUR_S)

    assert world.agent.calls[CREATE] <= 40
    assert reads(world) <= 120


async def test_cards_of_those_who_wait_say_that_heygen_does_not_answer(world_of: WorldOf) -> None:
    world = world_of(limit=1)
    world.agent.fail_always(CREATE, VideoAgentOutcomeUnknown(status=503))
    first, waiting = await ask_many(world, 2)

    await world.advance(HOUR_S)

    assert await world.state_of(waiting.id) is JobState.QUEUED
    told = world.card(waiting.id).notice.waiting_for
    assert told is not None
    assert "does not answer" in told
    world.agent.behave()
    await world.advance(HOUR_S)
    assert await states(world, [first, waiting]) == {COMPLETED}
    assert world.card(waiting.id).notice.waiting_for is None


def test_after_an_outage_one_job_goes_first_and_then_all() -> None:
    gate = Gate(limit=3, interval_s=15.0)
    for _ in range(3):
        gate.send_failed(NOON)
    assert not gate.take_turn("first", NOON)
    gate.read_worked()
    again_at = gate.sends_again_at(NOON)
    assert again_at is not None

    assert gate.take_turn("first", again_at)
    assert not gate.take_turn("second", again_at)
    gate.end_turn("first")
    gate.answered()

    assert gate.take_turn("second", again_at)
    assert gate.take_turn("third", again_at)


async def test_video_that_ended_in_an_outage_is_told_within_minutes_of_its_end(
    world: World,
) -> None:
    job = await world.ask()
    await world.advance(30)
    everything_fails(world)
    await world.advance(3 * HOUR_S)
    assert reads(world) <= 3 * 120
    world.agent.behave()

    await world.advance(150)

    assert await world.state_of(job.id) is COMPLETED


async def test_uploads_during_an_outage_stop_with_the_breaker(world: World) -> None:
    logo = an_attachment("F1")
    world.files.add(logo, b"png")
    world.agent.fail_always("upload_asset", VideoAgentUnavailable(status=503))
    for number in range(50):
        await world.ask(who=f"U-{number}", attachments=[logo])

    await world.advance(HOUR_S)

    assert world.agent.calls["upload_asset"] <= 40


async def test_single_failures_of_different_jobs_do_not_open_the_breaker(world: World) -> None:
    for _ in range(10):
        world.agent.fail(CREATE, VideoAgentOutcomeUnknown(status=503), is_done=True)
        job = await world.ask()
        await world.advance(1)
        assert await world.state_of(job.id) is JobState.RENDERING
        good = await world.ask(who="U-BOB")
        await world.advance(1)
        assert await world.state_of(good.id) is JobState.RENDERING
        await world.advance(200)


@pytest.mark.parametrize("kills", [2, 3, 5])
async def test_killed_again_and_again_as_the_call_leaves_is_one_video(
    world: World, kills: int
) -> None:
    world.agent.honours_keys = False
    job = await world.ask()
    for _ in range(kills):
        world.agent.fail(CREATE, Crash("killed as the call leaves"))
        with pytest.raises(Crash):
            await advance_until_killed(world)
        await world.restart()

    await world.advance(2 * HOUR_S)

    assert await world.state_of(job.id) is COMPLETED
    assert len(world.agent.sessions) == 1


async def advance_until_killed(world: World) -> None:
    calls = world.agent.calls[CREATE]
    for _ in range(120):
        await world.advance(30)
        if world.agent.calls[CREATE] > calls:
            raise Crash
    raise AssertionError("nothing was sent in an hour")


# -- somebody else's session that cannot be read -------------------------------------------


async def test_session_of_ours_that_heygen_refuses_to_show_times_out(world: World) -> None:
    world.agent.fate = Fate(render_s=HOUR_S, video_id_after_s=HOUR_S)
    job = await world.ask()
    await world.settle()
    refusal = VideoAgentRefused(code="resource_access_denied", status=403)
    world.agent.fail_always("get_session", refusal)

    await world.advance(HOUR_S)
    assert len(world.threads.of_kind("slow")) == 1
    await world.advance(DAY_S)

    failed = await world.job(job.id)
    assert failed.outcome.failure is not None
    assert failed.outcome.failure.code == "timed_out"


async def test_cards_of_those_who_wait_are_told_late_after_a_locked_database(
    world_of: WorldOf,
) -> None:
    world = world_of(limit=1, busy_timeout_s=0.01)
    world.agent.fate = Fate(render_s=DAY_S)
    await world.ask()
    await world.settle()
    waiting = await world.ask(who="U-2")
    await world.advance(30)
    everything_fails(world)
    await world.advance(HOUR_S / 4)
    assert world.card(waiting.id).notice.waiting_for
    lock: list[sqlite3.Connection] = []

    async def take_the_lock() -> None:
        lock.append(locked(world))

    world.agent.behave()
    world.agent.meanwhile("get_video", take_the_lock)
    while not lock:
        await world.advance(5)
    lock[0].close()

    await world.advance(600)

    assert world.card(waiting.id).notice.waiting_for is None


# -- the breaker of reads ------------------------------------------------------------------


async def test_stop_that_ends_unclear_is_no_sign_that_heygen_can_be_read(world: World) -> None:
    job = await world.ask()
    await world.settle()
    everything_fails(world)
    world.agent.fail_always("stop_session", VideoAgentOutcomeUnknown(status=503))
    await world.advance(120)
    assert world.gate.waiting_for is not None

    await world.cancel(job.id)
    await world.advance(HOUR_S)

    assert world.gate.waiting_for is not None
    assert reads(world) <= 120


async def test_cards_say_so_too_while_all_slots_are_rendering(world: World) -> None:
    world.agent.fate = Fate(render_s=2 * HOUR_S)
    await ask_many(world, 3)
    await world.settle()
    waiting = await world.ask(who="U-LATE")
    everything_fails(world)

    await world.advance(10 * 60)

    told = world.card(waiting.id).notice.waiting_for
    assert told is not None
    assert "does not answer" in told


async def test_bulk_question_that_ends_last_lets_go_of_everybody(world: World) -> None:
    world.agent.fates.extend([Fate(render_s=10), Fate(render_s=600), Fate(render_s=600)])
    jobs = await ask_many(world, 3)
    await world.settle()
    reschedule = world.store.jobs.reschedule

    async def late(changes: Sequence[Change]) -> None:
        others = [t for t in world.poller.tasks._tasks if t is not asyncio.current_task()]
        await asyncio.wait(others)
        await reschedule(changes)

    world.crashing_store.jobs.reschedule = late  # type: ignore[attr-defined]
    world.poller._progress_reads.extend([world.clock.now()] * 30)  # no budget for progress
    await world.advance(20)
    del world.crashing_store.jobs.reschedule  # type: ignore[attr-defined]

    await world.advance(700)

    assert await states(world, jobs) == {COMPLETED}


# -- a second session ----------------------------------------------------------------------


@pytest.mark.parametrize("lag_s", [61, 90, 180, 400])
async def test_first_send_that_shows_up_late_is_stopped(world: World, lag_s: float) -> None:
    world.agent.honours_keys = False
    world.agent.fates.append(Fate(render_s=DAY_S, listed_after_s=lag_s))
    world.agent.fail(CREATE, VideoAgentOutcomeUnknown(), is_done=True)
    job = await world.ask()

    await world.advance(HOUR_S)

    assert await world.state_of(job.id) is COMPLETED
    late, ours = world.agent.sessions.values()
    assert (late.is_stopped, ours.is_stopped) == (True, False)
    history = await world.history(job.id)
    assert f"a second session of this video, {late.session_id}: stopped" in history


async def test_second_session_is_stopped_although_heygen_is_away_when_it_is_looked_for(
    world: World,
) -> None:
    world.agent.honours_keys = False
    world.agent.fates.append(Fate(render_s=10 * DAY_S, listed_after_s=90))
    world.agent.fail(CREATE, VideoAgentOutcomeUnknown(), is_done=True)
    await world.ask()
    await world.advance(80)
    everything_fails(world)
    await world.advance(5 * HOUR_S)
    world.agent.behave()

    await world.advance(HOUR_S)

    late, ours = world.agent.sessions.values()
    assert (late.is_stopped, ours.is_stopped) == (True, False)


async def test_two_sessions_found_together_the_older_is_kept_and_the_newer_stopped(
    world: World,
) -> None:
    world.agent.honours_keys = False
    world.agent.fate = Fate(render_s=600, listed_after_s=100)
    world.agent.fail(CREATE, VideoAgentOutcomeUnknown(), times=2, is_done=True)
    job = await world.ask()

    await world.advance(HOUR_S)

    older, newer = world.agent.sessions.values()
    assert (await world.job(job.id)).render.session_id == older.session_id
    assert (older.is_stopped, newer.is_stopped) == (False, True)
    assert await world.state_of(job.id) is COMPLETED


async def test_job_sent_once_is_not_looked_for_again(world: World) -> None:
    await world.ask()

    await world.advance(HOUR_S)

    assert world.agent.calls["list_sessions"] == 0


async def test_cancelled_after_two_sends_stops_both_sessions(world: World) -> None:
    world.agent.honours_keys = False
    world.agent.fate = Fate(render_s=10 * DAY_S, listed_after_s=150)
    world.agent.fail(CREATE, VideoAgentOutcomeUnknown(), times=2, is_done=True)
    job = await world.ask()
    await world.advance(90)
    assert len(world.agent.sessions) == 2

    await world.cancel(job.id)
    await world.advance(HOUR_S)

    assert [s.is_stopped for s in world.agent.sessions.values()] == [True, True]


# -- time alone is no verdict --------------------------------------------------------------


async def test_video_finished_during_two_days_without_power_is_delivered(world: World) -> None:
    job = await world.ask()
    await world.advance(20)
    world.clock.advance(2 * DAY_S)

    await world.restart()
    await world.advance(300)

    assert await world.state_of(job.id) is COMPLETED
    assert len(world.threads.of_kind("result")) == 1
    assert world.threads.of_kind("failure") == []


async def test_two_days_of_silence_are_no_time_out(world: World) -> None:
    job = await world.ask()
    await world.advance(20)
    for method in READS:
        world.agent.fail_always(method, VideoAgentUnavailable())

    await world.advance(2 * DAY_S)
    assert await world.state_of(job.id) is JobState.RENDERING
    world.agent.behave()
    await world.advance(900)

    assert await world.state_of(job.id) is COMPLETED


async def test_old_job_does_not_fail_at_the_first_refused_connection(world_of: WorldOf) -> None:
    world = world_of(limit=0)
    job = await world.ask()
    await world.settle()
    world.clock.advance(50 * HOUR_S)
    world.gate._limit = 3  # a slot is free at last
    world.agent.fail(CREATE, VideoAgentUnavailable())
    world.signals.submit()

    await world.advance(600)

    assert world.agent.calls[CREATE] == 2
    assert await world.state_of(job.id) is COMPLETED


# -- each kind of waiting is counted by itself ---------------------------------------------


async def test_many_429_and_then_one_409_do_not_fail_the_job(world: World) -> None:
    world.agent.fail(CREATE, VideoAgentBusy(status=429, retry_after_s=600), times=13)
    not_ready = VideoAgentBusy(code="resource_not_ready", status=409)
    world.agent.fail(CREATE, not_ready)
    job = await world.ask()

    await world.advance(3 * HOUR_S)

    assert await world.state_of(job.id) is COMPLETED


async def test_not_ready_with_short_pauses_has_its_three_quarters_of_an_hour(world: World) -> None:
    soon = VideoAgentBusy(code="brand_kit_not_ready", status=409, retry_after_s=1)
    world.agent.fail(CREATE, soon, times=600)
    job = await world.ask()

    await world.advance(HOUR_S)

    assert await world.state_of(job.id) is COMPLETED


@pytest.mark.parametrize("how", ["no power", "clock"])
async def test_hours_that_nobody_tried_do_not_fail_a_job(world: World, how: str) -> None:
    logo = world.files.add(an_attachment())
    world.agent.fail_always("upload_asset", VideoAgentUnavailable(status=503))
    job = await world.ask(attachments=[logo])
    await world.advance(4.5 * HOUR_S)

    if how == "no power":
        world.clock.advance(20 * HOUR_S)
        await world.restart()
    else:
        world.bot_clock.jump(timedelta(hours=25))
    await world.advance(700)
    world.agent.behave()
    await world.advance(HOUR_S)

    assert await world.state_of(job.id) is COMPLETED


async def test_what_never_becomes_ready_fails_in_words_that_do_not_promise_more(
    world: World,
) -> None:
    not_ready = VideoAgentBusy("It is being prepared.", code="resource_not_ready", status=409)
    world.agent.fail_always(CREATE, not_ready)
    job = await world.ask()

    await world.advance(3 * HOUR_S)

    failure = (await world.job(job.id)).outcome.failure
    assert failure is not None
    assert failure.code == "resource_not_ready"
    assert "It is being prepared." in failure.message
    assert "Nothing to do" not in failure.message + failure.hint
    assert "Try again" in failure.hint


# -- one answer that does not come ---------------------------------------------------------


async def test_session_whose_answer_hangs_keeps_nobody_waiting(world: World) -> None:
    world.agent.fate = Fate(render_s=20, video_id_after_s=10)
    stuck, *others = await ask_many(world, 3)
    await world.settle()
    stuck_session = (await world.job(stuck.id)).render.session_id
    release = asyncio.Event()
    ask = world.agent.get_session

    async def hang(session_id: str) -> object:
        if session_id == stuck_session:
            await release.wait()
        return await ask(session_id)

    world.agent.get_session = hang  # type: ignore[method-assign, assignment]
    world.hanging_polls = 1
    await world.advance(80)

    assert await states(world, others) == {COMPLETED}
    assert await world.state_of(stuck.id) is JobState.RENDERING
    release.set()
    world.hanging_polls = 0
    await world.advance(60)
    assert await world.state_of(stuck.id) is COMPLETED


# -- what HeyGen told is kept --------------------------------------------------------------


def locked(world: World) -> sqlite3.Connection:
    """Another process that holds the database, until it is closed."""
    connection = sqlite3.connect(world.database, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    return connection


async def test_session_told_while_the_database_is_locked_is_saved_as_soon_as_it_can(
    world_of: WorldOf,
) -> None:
    world = world_of(limit=1, busy_timeout_s=0.02)
    lock: list[sqlite3.Connection] = []

    async def take_the_lock() -> None:
        lock.append(locked(world))

    world.agent.meanwhile(CREATE, take_the_lock)
    job = await world.ask()
    await world.settle()
    assert await world.state_of(job.id) is JobState.SUBMITTING
    lock[0].close()

    await world.advance(2)

    assert await world.state_of(job.id) is JobState.RENDERING
    assert world.agent.calls["list_sessions"] == 0, "nothing had to be looked for"
    await world.advance(600)
    assert await world.state_of(job.id) is COMPLETED
    assert len(world.agent.sessions) == 1


async def test_task_that_breaks_leaves_its_job_due_soon(world: World, logs: Logs) -> None:
    world.agent.fail(CREATE, RuntimeError("a bug of ours"))
    job = await world.ask()

    await world.advance(180)

    logs[:] = [line for line in logs if line["event"] != "task failed"]
    assert await world.state_of(job.id) in (JobState.RENDERING, COMPLETED)
    assert len(world.agent.sessions) == 1


async def test_job_whose_news_break_us_is_asked_about_rarely_and_others_go_on(
    world: World, logs: Logs
) -> None:
    poison, *others = await ask_many(world, 3)
    await world.settle()
    broken = f"video-of-{(await world.job(poison.id)).render.session_id}"
    ask = world.agent.get_video

    async def get(video_id: str) -> VideoNews:
        if video_id == broken:
            raise RuntimeError("a bug of ours")
        return await ask(video_id)

    world.agent.get_video = get  # type: ignore[method-assign]
    for _ in range(300):  # a Loop comes by every 2 s
        await world.advance(2)

    failures = [line for line in logs if line["event"] == "task failed"]
    logs[:] = [line for line in logs if line["event"] != "task failed"]
    assert 0 < len(failures) <= 20
    assert await states(world, others) == {COMPLETED}


# -- the clock jumps -----------------------------------------------------------------------


@pytest.mark.parametrize("jump_h", [-1, -25, 25])
@pytest.mark.parametrize("at_s", [0, 1, 20, 70])
async def test_clock_that_jumps_stalls_nothing_and_fails_nothing(
    world: World, jump_h: float, at_s: float
) -> None:
    world.agent.honours_keys = False
    world.agent.fail(CREATE, VideoAgentOutcomeUnknown(), is_done=True)
    jobs = await ask_many(world, 5)
    await world.advance(at_s)

    world.bot_clock.jump(timedelta(hours=jump_h))
    for _ in range(60):  # a Loop looks every 2 s, whatever the clock said
        await world.advance(30)

    assert await states(world, jobs) == {COMPLETED}
    assert len(world.agent.sessions) == 5
