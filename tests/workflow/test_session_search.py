"""What HeyGen lists and does not show: nobody is kept waiting, nothing of ours is missed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest

from bot.domain.errors import (
    VideoAgentBlocked,
    VideoAgentBusy,
    VideoAgentNotFound,
    VideoAgentOutcomeUnknown,
    VideoAgentRefused,
    VideoAgentUnavailable,
)
from bot.domain.job.job import Job, JobState
from bot.domain.job.permissions import Who
from bot.domain.job.progress import Change
from bot.domain.news import ListedSession, NewSession, SessionNews
from bot.domain.request.video_request import Orientation
from bot.workflow.loop import all_of
from tests.builders import changed
from tests.fakes import FakeSession, Fate
from tests.workflow.fake_world import World
from tests.workflow.test_outages import (
    COMPLETED,
    CREATE,
    DAY_S,
    HOUR_S,
    ask_many,
    everything_fails,
    reads,
    states,
)

WorldOf = Callable[..., World]


def colleagues(world: World, error: Exception) -> FakeSession:
    """A session of another tool on the same account; HeyGen does not show it."""
    foreign = NewSession("other-tool", "Another tool of this account.", Orientation.LANDSCAPE)
    session = world.agent.add_session(foreign)
    ask = world.agent.get_session

    async def refuse(session_id: str) -> SessionNews:
        if session_id == session.session_id:
            world.agent.calls["get_session"] += 1
            raise error
        return await ask(session_id)

    world.agent.get_session = refuse  # type: ignore[method-assign]
    return session


@pytest.mark.parametrize(
    "error", [VideoAgentUnavailable(status=500), VideoAgentNotFound()], ids=["500", "404"]
)
async def test_session_of_ours_is_adopted_beside_one_that_cannot_be_read(
    world: World, error: Exception
) -> None:
    world.agent.honours_keys = False
    colleagues(world, error)
    world.agent.fail(CREATE, VideoAgentOutcomeUnknown(), times=3, is_done=True)
    jobs = await ask_many(world, 3)

    await world.advance(600)

    assert await states(world, jobs) == {COMPLETED}
    assert len(world.agent.sessions) == 4, "three of ours and the colleague's"


def not_shown(world: World, count: int, error: Exception) -> list[FakeSession]:
    """As many sessions of another tool, which HeyGen does not show."""
    return [colleagues(world, error) for _ in range(count)]


NOT_SHOWN = pytest.mark.parametrize(
    ("count", "error"),
    [
        (1, VideoAgentRefused(code="resource_access_denied", status=403)),
        (1, VideoAgentBlocked(code="plan_upgrade_required", status=402)),
        (1, VideoAgentUnavailable(status=503)),
        (4, VideoAgentUnavailable(status=503)),
    ],
    ids=["403", "402", "503", "four 503"],
)


@NOT_SHOWN
@pytest.mark.parametrize("is_done", [False, True], ids=["had no effect", "was taken"])
@pytest.mark.parametrize("hours", [0, 5], ids=["of that time", "older"])
async def test_sessions_of_others_that_are_not_shown_hold_up_nobody(
    world_of: WorldOf, count: int, error: Exception, hours: int, is_done: bool
) -> None:
    world = world_of(limit=1)
    world.agent.honours_keys = False
    theirs = not_shown(world, count, error)
    world.clock.advance(hours * HOUR_S)
    world.agent.fail(CREATE, VideoAgentOutcomeUnknown(status=503), is_done=is_done)
    job, other = await ask_many(world, 2)

    await world.advance(3 * HOUR_S)

    may_be_his = hours == 0 and not is_done  # nothing of HeyGen's says that it is not
    assert await world.state_of(job.id) is (JobState.PARKED if may_be_his else COMPLETED)
    assert await world.state_of(other.id) is COMPLETED
    assert len(world.agent.sessions) == len(theirs) + (1 if may_be_his else 2)


@NOT_SHOWN
async def test_cancelled_create_is_stopped_beside_sessions_that_are_not_shown(
    world: World, count: int, error: Exception
) -> None:
    not_shown(world, count, error)
    world.agent.fail(CREATE, VideoAgentOutcomeUnknown(status=503), is_done=True)
    world.agent.fate = Fate(render_s=DAY_S)
    job = await world.ask()
    await world.advance(5)

    await world.cancel(job.id)
    await world.advance(HOUR_S)

    ours = [s for s in world.agent.sessions.values() if s.new.key != "other-tool"]
    assert [s.is_stopped for s in ours] == [True]


@NOT_SHOWN
async def test_sweep_for_a_second_session_ends_beside_sessions_that_are_not_shown(
    world: World, count: int, error: Exception
) -> None:
    world.agent.fail(CREATE, VideoAgentOutcomeUnknown(status=503))
    job = await world.ask()
    while (await world.job(job.id)).render.session_id is None:
        await world.advance(15)
    not_shown(world, count, error)

    await world.advance(2 * HOUR_S)
    assert (await world.job(job.id)).attempt.sweep_at is not None, "one of them may be ours"
    await world.advance(30 * HOUR_S)
    world.agent.calls.clear()

    await world.advance(HOUR_S)

    assert reads(world) == 0


@pytest.mark.parametrize(("others", "listed_after_s"), [(0, 100), (4, 20 * 60)])
async def test_second_session_is_stopped_though_sessions_could_not_be_read_for_an_hour(
    world: World, others: int, listed_after_s: float
) -> None:
    world.agent.honours_keys = False
    world.agent.fates.append(Fate(render_s=DAY_S, listed_after_s=listed_after_s))
    world.agent.fail(CREATE, VideoAgentOutcomeUnknown(), is_done=True)
    job = await world.ask()
    while len(world.agent.sessions) < 2:
        await world.advance(15)
    world.agent.fail_always("get_session", VideoAgentUnavailable(status=503))
    not_shown(world, others, VideoAgentUnavailable(status=503))

    await world.advance(HOUR_S)
    world.agent.behave()
    await world.advance(HOUR_S / 2)

    first = next(s for s in world.agent.sessions.values() if s.new.key == job.id)
    assert first.is_stopped


async def test_job_on_hold_does_not_read_what_came_long_after_it_again_and_again(
    world: World,
) -> None:
    not_shown(world, 1, VideoAgentNotFound())
    world.agent.fail(CREATE, VideoAgentOutcomeUnknown(status=503))
    job = await world.ask()
    await world.advance(2 * HOUR_S)
    assert await world.state_of(job.id) is JobState.PARKED
    for _ in range(24):
        not_shown(world, 4, VideoAgentNotFound())
        await world.advance(HOUR_S)
    world.agent.calls.clear()

    await world.advance(HOUR_S)

    assert reads(world) <= 6 * 2 + 4 * 3


async def test_second_session_is_stopped_beside_one_that_cannot_be_read(world: World) -> None:
    world.agent.honours_keys = False
    colleagues(world, VideoAgentUnavailable(status=500))
    world.agent.fates.append(Fate(render_s=DAY_S, listed_after_s=90))
    world.agent.fail(CREATE, VideoAgentOutcomeUnknown(), is_done=True)
    await world.ask()
    await world.advance(30)

    await world.advance(2 * HOUR_S)

    ours = [s for s in world.agent.sessions.values() if s.new.key != "other-tool"]
    assert [s.is_stopped for s in ours] == [False], "the older session was found after all"


async def test_unreadable_session_of_long_after_the_send_parks_nobody(world: World) -> None:
    world.agent.fail(CREATE, VideoAgentOutcomeUnknown(status=503))
    world.agent.fail_always("list_sessions", VideoAgentUnavailable(status=503))
    job = await world.ask()
    await world.advance(HOUR_S)
    colleagues(world, VideoAgentNotFound())
    world.agent.behave()

    await world.advance(2 * HOUR_S)

    assert await world.state_of(job.id) is COMPLETED


@pytest.mark.parametrize("count", [1, 80])
async def test_old_sessions_that_fail_park_nobody(world: World, count: int) -> None:
    theirs = not_shown(world, count, VideoAgentUnavailable(status=503))
    world.clock.advance(5 * HOUR_S)
    world.agent.fail(CREATE, VideoAgentOutcomeUnknown(status=503))
    job = await world.ask()

    await world.advance(HOUR_S / 2)
    assert world.agent.calls[CREATE] == 1, "one of them may be ours, if our clock has jumped"
    for _ in range(6):
        await world.advance(HOUR_S)
        assert await world.state_of(job.id) is not JobState.PARKED
    for session in theirs:
        world.agent.sessions.pop(session.session_id)
    await world.advance(HOUR_S)

    assert await world.state_of(job.id) is COMPLETED


async def owe_sweeps(world: World, count: int, render_s: float) -> list[Job]:
    """As many jobs that are to be looked for once more, as if each had been sent twice."""
    world.agent.fate = Fate(render_s=render_s)
    jobs = await ask_many(world, count)
    await world.advance(300)
    for job in jobs:
        await world.updates.apply(
            job.id,
            lambda j, now: Change(changed(j, attempt_count=2, sweep_at=now, sweep_count=0), "test"),
        )
    return jobs


async def test_twenty_sweeps_beside_one_session_that_fails_cost_few_requests(
    world_of: WorldOf,
) -> None:
    world = world_of(limit=20)
    jobs = await owe_sweeps(world, 20, render_s=10)
    not_shown(world, 1, VideoAgentUnavailable(status=503))
    await world.advance(HOUR_S)
    owed = sum([(await world.job(job.id)).attempt.sweep_at is not None for job in jobs])
    assert owed == 20
    world.agent.calls.clear()

    await world.advance(HOUR_S)

    assert reads(world) <= owed * 2 * 7  # the list and the session, every ten minutes


async def test_list_that_is_refused_ends_the_looks_for_a_second_session(world: World) -> None:
    world.agent.fail(CREATE, VideoAgentOutcomeUnknown(status=503))
    job = await world.ask()
    while (await world.job(job.id)).render.session_id is None:
        await world.advance(15)
    world.agent.fail_always("list_sessions", VideoAgentNotFound())
    await world.advance(HOUR_S)
    world.agent.calls.clear()

    await world.advance(HOUR_S)
    assert 0 < reads(world) <= 7
    await world.advance(2 * DAY_S)

    assert (await world.job(job.id)).attempt.sweep_at is None


async def test_hour_that_the_clock_jumps_over_is_no_look(world: World) -> None:
    first = await a_second_session(world)
    world.agent.fail_always("get_session", VideoAgentUnavailable(status=503))
    await world.advance(30)

    world.bot_clock.jump(timedelta(hours=25))
    await world.advance(HOUR_S / 2)
    world.agent.behave()
    await world.advance(HOUR_S)

    assert first.is_stopped
    await world.advance(HOUR_S)
    assert not world.sweeper._search._unanswered, "what has its answers is forgotten"


async def a_second_session(world: World) -> FakeSession:
    """One job with two sessions: its own, and this one, which the list shows late."""
    world.agent.honours_keys = False
    world.agent.fate = Fate(render_s=3 * DAY_S)
    world.agent.fates.append(Fate(render_s=3 * DAY_S, listed_after_s=100))
    world.agent.fail(CREATE, VideoAgentOutcomeUnknown(), is_done=True)
    await world.ask()
    while len(world.agent.sessions) < 2:
        await world.advance(15)
    return next(iter(world.agent.sessions.values()))


async def test_sweep_that_broke_off_is_no_look(world: World) -> None:
    """At the last look one of the two others cannot be read."""
    first, second, own = await three_sessions(world)
    is_back = cannot_be_read(world, second)

    await world.advance(HOUR_S / 2)
    assert [s.is_stopped for s in (first, second, own)] == [True, False, False]
    is_back.set()
    await world.advance(HOUR_S)

    assert [s.is_stopped for s in (first, second, own)] == [True, True, False]


async def three_sessions(world: World) -> list[FakeSession]:
    """Three sends of one job were taken; before its last sweep two of them come to the list."""
    world.agent.honours_keys = False
    world.agent.fate = Fate(render_s=3 * DAY_S)
    world.agent.fates.extend([Fate(render_s=3 * DAY_S, listed_after_s=1_000)] * 2)
    world.agent.fail(CREATE, VideoAgentOutcomeUnknown(), times=2, is_done=True)
    job = await world.ask()
    while (await world.job(job.id)).attempt.sweep_count < 2:
        await world.advance(5)
    sessions = list(world.agent.sessions.values())
    for session in sessions:
        session.fate = world.agent.fate
    return sessions


def cannot_be_read(
    world: World, hidden: FakeSession, error: Exception | None = None
) -> asyncio.Event:
    """HeyGen shows this one no more, until the event is set."""
    is_back = asyncio.Event()
    ask = world.agent.get_session

    async def fails(session_id: str) -> SessionNews:
        if session_id == hidden.session_id and not is_back.is_set():
            raise error or VideoAgentUnavailable(status=503)
        return await ask(session_id)

    world.agent.get_session = fails  # type: ignore[method-assign]
    return is_back


async def test_older_session_comes_first_though_it_was_not_shown_at_first(world: World) -> None:
    world.agent.honours_keys = False
    world.agent.fate = Fate(render_s=DAY_S, listed_after_s=100)
    world.agent.fail(CREATE, VideoAgentOutcomeUnknown(), times=2, is_done=True)
    job = await world.ask()
    while len(world.agent.sessions) < 2:
        await world.advance(15)
    world.clock.advance(100)
    older, newer = world.agent.sessions.values()
    search, job = world.submitter._reconciler._search, await world.job(job.id)
    is_back = cannot_be_read(world, older)

    at_first = await search.find(job)
    is_back.set()
    later = await search.find(job)

    assert [s.session_id for s in at_first.sessions] == [newer.session_id]
    assert (at_first.unread, at_first.is_complete) == ((older.session_id,), False)
    assert [s.session_id for s in later.sessions] == [older.session_id, newer.session_id]
    assert later.is_complete


async def test_retry_after_of_a_session_puts_the_whole_look_off(world: World) -> None:
    first = await a_second_session(world)
    is_back = cannot_be_read(world, first, VideoAgentBusy(retry_after_s=500))
    world.clock.advance(100)

    await world.settle()
    is_back.set()
    await world.advance(490)
    assert not first.is_stopped
    await world.advance(20)

    assert first.is_stopped


async def test_second_session_is_stopped_while_the_answer_for_another_hangs(world: World) -> None:
    first = await a_second_session(world)
    theirs = not_shown(world, 1, VideoAgentNotFound())
    ask, is_over = world.agent.get_session, asyncio.Event()

    async def hangs(session_id: str) -> SessionNews:
        if session_id == theirs[0].session_id:
            await is_over.wait()
        return await ask(session_id)

    world.agent.get_session = hangs  # type: ignore[method-assign]
    world.clock.advance(600)
    sweep = asyncio.create_task(world.sweeper.step())
    async with asyncio.timeout(10):
        while not first.is_stopped:  # noqa: ASYNC110 - the fake sets no event
            await asyncio.sleep(0)
    is_over.set()
    await sweep


async def test_cancelled_create_is_stopped_though_our_clock_was_wrong(world: World) -> None:
    world.agent.fate = Fate(render_s=DAY_S)
    world.bot_clock.jump(timedelta(hours=2))
    world.agent.fail(CREATE, VideoAgentOutcomeUnknown(status=503), is_done=True)
    job = await world.ask()
    await world.advance(5)
    world.bot_clock.jump(timedelta(hours=-2))

    await world.cancel(job.id)
    await world.advance(3 * HOUR_S)

    assert [s.is_stopped for s in world.agent.sessions.values()] == [True]


async def test_cancelled_create_ends_beside_a_session_that_is_refused_for_good(
    world: World,
) -> None:
    not_shown(world, 1, VideoAgentRefused(code="resource_access_denied", status=403))
    world.agent.fail(CREATE, VideoAgentOutcomeUnknown(status=503))
    job = await world.ask()
    await world.advance(5)

    await world.cancel(job.id)
    await world.advance(2 * DAY_S)

    assert (await world.job(job.id)).due_at is None
    (why,) = [h.why for h in await world.store.jobs.history_of(job.id) if "cannot be read" in h.why]
    assert "may be its own" in why


async def test_cancelled_create_is_stopped_once_the_sessions_can_be_read(world: World) -> None:
    world.agent.fate = Fate(render_s=DAY_S)
    world.agent.fail(CREATE, VideoAgentOutcomeUnknown(status=503), is_done=True)
    world.agent.fail_always("get_session", VideoAgentUnavailable(status=503))
    job = await world.ask()
    await world.advance(5)

    await world.cancel(job.id)
    await world.advance(3 * HOUR_S)
    world.agent.behave()
    await world.advance(HOUR_S / 2)

    assert [s.is_stopped for s in world.agent.sessions.values()] == [True]


# -- clocks that are wrong, and a list that forgets ----------------------------------------


async def lost_and_not_shown(world: World, error: Exception) -> Job:
    """Its create was taken, the answer is lost, and no session can be read."""
    world.agent.honours_keys = False
    world.agent.fail(CREATE, VideoAgentOutcomeUnknown(status=503), is_done=True)
    world.agent.fail_always("get_session", error)
    return await world.ask()


@pytest.mark.parametrize("skew_s", [240, -420, 3_600])
@pytest.mark.parametrize(
    "error",
    [VideoAgentNotFound(), VideoAgentUnavailable(status=503), VideoAgentBlocked(status=401)],
    ids=["404", "503", "401"],
)
async def test_clock_that_is_wrong_all_the_time_pays_nothing_twice(
    world: World, skew_s: float, error: Exception
) -> None:
    world.bot_clock.jump(timedelta(seconds=skew_s))
    world.agent.fate = Fate(render_s=HOUR_S)
    job = await lost_and_not_shown(world, error)

    await world.advance(HOUR_S / 2)
    assert len(world.agent.sessions) == 1
    world.agent.behave()
    await world.advance(2 * HOUR_S)

    assert await world.state_of(job.id) is COMPLETED
    assert len(world.agent.sessions) == 1


@pytest.mark.parametrize(
    ("hours", "is_restarted"), [(25, False), (25, True), (1, False), (-1, False)]
)
async def test_clock_that_was_wrong_as_we_sent_pays_nothing_twice(
    world: World, hours: int, is_restarted: bool
) -> None:
    world.agent.fate = Fate(render_s=HOUR_S)
    world.bot_clock.jump(timedelta(hours=hours))
    job = await lost_and_not_shown(world, VideoAgentUnavailable(status=503))
    await world.settle()

    world.bot_clock.jump(timedelta(hours=-hours))
    if is_restarted:
        await world.restart()
    await world.advance(3 * HOUR_S)
    world.agent.behave()
    await world.advance(2 * HOUR_S)

    assert await world.state_of(job.id) is COMPLETED
    assert len(world.agent.sessions) == 1


@pytest.mark.parametrize("is_on_hold", [False, True], ids=["in its first hour", "on hold"])
async def test_session_that_vanishes_from_the_list_is_no_evidence(
    world: World, is_on_hold: bool
) -> None:
    job = await lost_and_not_shown(world, VideoAgentNotFound())
    await world.advance(2 * HOUR_S if is_on_hold else HOUR_S / 2)
    assert (await world.state_of(job.id) is JobState.PARKED) is is_on_hold

    (ours,) = world.agent.sessions.values()
    ours.fate = Fate(listed_after_s=30 * DAY_S)
    await world.restart()
    await world.advance(2 * HOUR_S)
    assert await world.state_of(job.id) is JobState.PARKED
    world.agent.behave()
    await world.advance(HOUR_S)

    assert await world.state_of(job.id) is COMPLETED
    assert len(world.agent.sessions) == 1


@pytest.mark.parametrize("ping", [None, VideoAgentRefused(status=400)], ids=["well", "refused"])
async def test_list_that_alone_is_refused_keeps_nobody_else_waiting(
    world_of: WorldOf, ping: Exception | None
) -> None:
    world = world_of(limit=2)
    if ping is not None:
        world.agent.fail_always("ping", ping)
    world.agent.fail(CREATE, VideoAgentOutcomeUnknown(status=503))
    world.agent.fail_always("list_sessions", VideoAgentBlocked(status=401))
    first, *others = await ask_many(world, 4)

    await world.advance(HOUR_S)

    assert await states(world, others) == {COMPLETED}
    assert await world.state_of(first.id) is JobState.SUBMITTING


async def test_second_session_that_cannot_be_stopped_shields_no_third(world: World) -> None:
    first, second, own = await three_sessions(world)
    stop = world.agent.stop_session

    async def fails(session_id: str) -> None:
        if session_id == first.session_id:
            raise VideoAgentUnavailable(status=500)
        await stop(session_id)

    world.agent.stop_session = fails  # type: ignore[method-assign]
    await world.advance(HOUR_S)

    assert [s.is_stopped for s in (first, second, own)] == [False, True, False]


async def test_outage_writes_nothing_of_sweeps_and_stops_that_cannot_ask(world_of: WorldOf) -> None:
    world = world_of(limit=40)
    jobs = await owe_sweeps(world, 40, render_s=DAY_S)
    everything_fails(world)
    for job in jobs[:20]:
        await world.cancel(job.id)
    await world.advance(HOUR_S / 4)
    before = [(await world.job(job.id)).version for job in jobs]
    world.agent.calls.clear()

    await world.advance(HOUR_S / 4)

    after = [(await world.job(job.id)).version for job in jobs]
    assert sum(after) - sum(before) <= reads(world) < 20


async def test_four_are_done_side_by_side_and_all_of_them_in_spite_of_errors() -> None:
    running, most, done = 0, 0, list[int]()

    async def work(item: int) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        running -= 1
        done.append(item)
        if item in (2, 5):
            raise ValueError(item)

    with pytest.raises(ValueError, match="2"):
        await all_of(work, range(9))

    assert (sorted(done), most) == (list(range(9)), 4)


async def test_sweep_that_began_before_another_attempt_stops_nothing_of_it(world: World) -> None:
    first = await a_second_session(world)
    (job,) = await world.store.jobs.recent(1)
    world.clock.advance(600)

    await world.sweeper._sweep(changed(job, attempt_count=job.attempt.send_count - 1))
    assert not first.is_stopped
    await world.sweeper._sweep(job)
    assert first.is_stopped


async def test_many_who_ask_at_one_moment_are_one_failure_of_an_old_session(world: World) -> None:
    not_shown(world, 1, VideoAgentUnavailable(status=503))
    world.clock.advance(5 * HOUR_S)
    world.agent.fail(CREATE, VideoAgentOutcomeUnknown(status=503))
    job = await world.ask()
    await world.settle()
    search, job = world.submitter._reconciler._search, await world.job(job.id)

    for _ in range(100):
        found = await search.find(job, reaches_far=True)

    assert (found.unread, found.unread_far) == ((), 1)
    for _ in range(60):
        world.clock.advance(60)
        found = await search.find(job, reaches_far=True)
    assert found.is_complete, "after an hour of separate failures"


async def test_old_session_that_was_shown_once_begins_anew(world_of: WorldOf) -> None:
    world = world_of(limit=2)
    theirs = world.agent.add_session(NewSession("other", "Another tool.", Orientation.LANDSCAPE))
    is_back = cannot_be_read(world, theirs)
    world.clock.advance(5 * HOUR_S)
    world.agent.fail(CREATE, VideoAgentOutcomeUnknown(status=503), times=2)
    jobs = await ask_many(world, 2)
    await world.settle()
    search = world.submitter._reconciler._search
    one, other = [await world.job(job.id) for job in jobs]

    for _ in range(59):
        world.clock.advance(60)
        await search.find(one, reaches_far=True)
    is_back.set()
    await search.find(one, reaches_far=True)
    is_back.clear()
    world.clock.advance(60)

    assert (await search.find(other, reaches_far=True)).unread_far == 1
    world.clock.advance(60)
    assert (await search.find(other, reaches_far=True)).unread_far == 1


@pytest.mark.parametrize("late_s", [-600, -75, 130, 600])
async def test_list_that_is_dated_wrongly_pays_nothing_twice(world: World, late_s: float) -> None:
    world.agent.list_dated_late_by = timedelta(seconds=late_s)
    world.agent.fate = Fate(render_s=HOUR_S)
    job = await lost_and_not_shown(world, VideoAgentNotFound())

    await world.advance(HOUR_S / 2)
    assert len(world.agent.sessions) == 1
    world.agent.behave()
    await world.advance(2 * HOUR_S)

    assert await world.state_of(job.id) is COMPLETED
    assert len(world.agent.sessions) == 1


@pytest.mark.parametrize("is_on_hold", [False, True], ids=["in its first hour", "on hold"])
async def test_session_once_near_stays_so_whatever_the_clock_says_later(
    world: World, is_on_hold: bool
) -> None:
    """The clock was behind as we sent, is set right, and a restart forgets the true time."""
    world.agent.honours_keys = False
    world.agent.fate = Fate(render_s=3 * HOUR_S)
    world.agent.fail(CREATE, VideoAgentOutcomeUnknown(status=503), is_done=True)
    world.agent.fail_always("get_session", VideoAgentNotFound())
    world.bot_clock.jump(timedelta(seconds=-900))
    job = await world.ask()
    await world.advance(2 * HOUR_S if is_on_hold else 300)

    world.bot_clock.jump(timedelta(seconds=900))
    await world.restart()
    await world.advance(HOUR_S / 2)
    assert len(world.agent.sessions) == 1
    world.agent.behave()
    await world.advance(3 * HOUR_S)

    assert await world.state_of(job.id) is COMPLETED
    assert len(world.agent.sessions) == 1


async def test_send_that_was_given_back_is_no_evidence_later(world: World) -> None:
    """Refused for three hours, in which another tool made sessions that HeyGen then forgot."""
    world.agent.fail_always(CREATE, VideoAgentBlocked(status=402))
    job = await world.ask()
    await world.advance(2 * HOUR_S)
    not_shown(world, 2, VideoAgentNotFound())
    await world.advance(HOUR_S)
    world.agent.behave()
    world.agent.fail(CREATE, VideoAgentOutcomeUnknown(status=503))

    await world.advance(2 * HOUR_S)

    assert await world.state_of(job.id) is COMPLETED


async def test_retry_after_of_a_session_puts_off_the_look_for_a_lost_answer(world: World) -> None:
    world.agent.fail(CREATE, VideoAgentOutcomeUnknown(status=503), is_done=True)
    world.agent.fail_always("get_session", VideoAgentBusy(retry_after_s=600))
    await world.ask()

    await world.advance(HOUR_S / 2)

    assert world.agent.calls["get_session"] <= 4


async def test_second_session_that_vanishes_from_the_list_is_still_looked_for(
    world: World,
) -> None:
    first = await a_second_session(world)
    is_back = cannot_be_read(world, first, VideoAgentNotFound())
    await world.advance(200)
    first.fate = Fate(render_s=3 * DAY_S, listed_after_s=30 * DAY_S)

    await world.advance(HOUR_S / 2)
    is_back.set()
    await world.advance(HOUR_S / 2)

    assert first.is_stopped


async def test_known_stop_does_not_wait_for_looks_that_hang(world_of: WorldOf) -> None:
    world = world_of(limit=9)
    world.agent.fate = Fate(render_s=DAY_S)
    (rendering,) = await ask_many(world, 1)
    await world.settle()
    world.agent.fail(CREATE, VideoAgentOutcomeUnknown(status=503), times=6)
    lost = [await world.ask(who=f"U-LOST-{n}") for n in range(6)]
    await world.advance(1)
    is_over = asyncio.Event()

    async def hangs(within: timedelta) -> list[ListedSession]:
        await is_over.wait()
        return []

    world.agent.list_sessions = hangs  # type: ignore[method-assign]
    for job in [*lost, rendering]:
        await world.controls.cancel(job.id, Who(job.request.requester_id))
    looks = asyncio.create_task(world.stopper.look_step())
    await world.stopper.step()

    (session, *_) = world.agent.sessions.values()
    assert session.is_stopped
    is_over.set()
    await looks


async def test_sweep_that_began_before_another_attempt_leaves_it_no_evidence(world: World) -> None:
    first = await a_second_session(world)
    cannot_be_read(world, first, VideoAgentNotFound())
    (job,) = await world.store.jobs.recent(1)
    world.clock.advance(100)
    await world.change(job.id, retry_count=1)

    await world.sweeper._sweep(job)
    assert (await world.job(job.id)).attempt.unread_sessions == ()
    await world.sweeper._sweep(await world.job(job.id))
    assert (await world.job(job.id)).attempt.unread_sessions == (first.session_id,)
