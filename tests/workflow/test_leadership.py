"""Who works: the lease over a real database, two replicas' clocks that only run, no waiting."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from bot.domain import texts
from bot.domain.errors import LeaseLost, StoreUnavailable
from bot.domain.lease import BEATS, Lease
from bot.domain.ports.store import Leases, Store
from bot.screens.language import language_of
from bot.workflow.leadership import LEASE, Leadership
from store import open_store
from tests.builders import NOON, a_job
from tests.fakes import FakeClock

LENGTH_S = 15.0
BEAT_S = LENGTH_S / BEATS


class Replica:
    """One of several: its leadership, and what it was told to do."""

    def __init__(
        self,
        store: Store,
        name: str,
        clock: FakeClock,
        leases: Leases | None = None,
        *,
        length_s: float = LENGTH_S,
    ) -> None:
        self.begins: list[Exception] = []  # what goes wrong, once each
        self.told: list[str] = []
        self.waiting_for: str | None = None
        self.clock = clock
        self.leadership = Leadership(
            leases or store.leases,
            name,
            clock,
            length_s=length_s,
            waiting_for=lambda: self.waiting_for,
            begin=self._note("begin"),
            end=self._note("end"),
        )

    def _note(self, word: str) -> Callable[[], Awaitable[None]]:
        async def note() -> None:
            if word == "begin" and self.begins:
                raise self.begins.pop()
            self.told.append(word)

        return note

    async def beat(self, seconds: float = BEAT_S) -> None:
        """The next beat, `seconds` later by this replica's clock."""
        self.clock.advance(seconds)
        await self.leadership.beat()


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path / 'bot.db'}", replica="first")
    yield opened
    await opened.close()


@pytest.fixture
def first(store: Store) -> Replica:
    return Replica(store, "first", FakeClock())


@pytest.fixture
def second(store: Store) -> Replica:
    return Replica(store, "second", FakeClock())


async def test_first_to_come_works_and_renews(first: Replica, second: Replica) -> None:
    await first.beat()
    for _ in range(100):
        await second.beat()
        await first.beat()

    assert (first.told, second.told) == (["begin"], [])
    assert first.leadership.is_leading
    assert not second.leadership.is_leading


async def test_another_takes_over_soon_after_the_lease_of_one_that_is_gone(
    first: Replica, second: Replica
) -> None:
    await first.beat()
    waited_s = 0.0
    while not second.told:
        await second.beat()
        waited_s += BEAT_S

    assert LENGTH_S < waited_s <= LENGTH_S + 5


async def test_lease_that_was_given_back_is_taken_at_the_next_beat(
    first: Replica, second: Replica
) -> None:
    await first.beat()
    await second.beat()

    await first.leadership.release()
    await second.beat()

    assert not first.leadership.is_leading
    assert second.told == ["begin"]


async def test_lease_is_over_for_its_holder_before_anybody_can_take_it(
    first: Replica, second: Replica
) -> None:
    """The other's clock runs at the same speed, and began when the renewal was there to see."""
    await first.beat()
    await second.beat(0)
    first.clock.advance(LENGTH_S)
    assert not first.leadership.is_leading

    await second.beat(LENGTH_S)

    assert second.told == []


async def test_one_that_was_paused_stops_working_when_it_wakes(
    first: Replica, second: Replica
) -> None:
    await first.beat()
    await second.beat()
    await second.beat(2 * LENGTH_S)
    assert second.told == ["begin"]

    first.clock.advance(60)
    assert not first.leadership.is_leading
    await first.beat()

    assert first.told == ["begin", "end"]


async def test_one_that_lost_the_database_for_a_while_goes_on_if_nobody_took_over(
    store: Store, first: Replica
) -> None:
    await first.beat()
    first.clock.advance(10 * LENGTH_S)
    assert not first.leadership.is_leading

    await first.beat()

    assert first.leadership.is_leading


class SlowLeases:
    """The database takes its time to answer."""

    def __init__(self, leases: Leases, clock: FakeClock, answers_after_s: float) -> None:
        self._leases, self._clock, self._after_s = leases, clock, answers_after_s

    async def read(self, name: str) -> Lease | None:
        self._clock.advance(self._after_s)
        return await self._leases.read(name)

    async def take(
        self,
        name: str,
        replica: str,
        seen: Lease | None,
        *,
        length_s: float = LENGTH_S,
        waiting_for: str | None = None,
    ) -> bool:
        taken = await self._leases.take(name, replica, seen, length_s=length_s)
        self._clock.advance(self._after_s)
        return taken

    async def release(self, name: str, replica: str) -> None:
        await self._leases.release(name, replica)


async def test_lease_counts_from_before_it_was_asked_for(store: Store) -> None:
    """The others count theirs from when they see it, which may be before we hear of it."""
    clock = FakeClock()
    slow = Replica(store, "first", clock, SlowLeases(store.leases, clock, LENGTH_S / 3))

    await slow.leadership.beat()
    assert slow.leadership.is_leading
    clock.advance(LENGTH_S / 3)

    assert not slow.leadership.is_leading


async def test_one_that_sees_another_s_lease_stops_whatever_its_own_clock_says(
    store: Store, first: Replica
) -> None:
    """A machine that was suspended: its clock may not have counted that time."""
    await first.beat()
    await store.leases.take(LEASE, "second", await store.leases.read(LEASE))

    await first.beat(0)

    assert not first.leadership.is_leading
    assert first.told == ["begin", "end"]


async def test_lease_lasts_as_long_as_its_holder_said(store: Store) -> None:
    """While POLL_INTERVAL_S is changed on one replica after the other."""
    await Replica(store, "long", FakeClock()).beat()
    short = Replica(store, "short", FakeClock(), length_s=LENGTH_S / 5)

    await short.beat()
    await short.beat(LENGTH_S - 1)
    assert short.told == []
    await short.beat(3)

    assert short.told == ["begin"]


async def test_lease_that_says_it_lasts_for_ever_does_not(store: Store, second: Replica) -> None:
    await store.leases.take(LEASE, "odd", None, length_s=1e9)

    await second.beat()
    await second.beat(2 * LENGTH_S)

    assert second.told == ["begin"]


async def test_work_that_could_not_begin_begins_at_the_next_beat(first: Replica) -> None:
    """What it reads first may be locked for a moment: by a migration, say."""
    first.begins.append(StoreUnavailable())
    with pytest.raises(StoreUnavailable):
        await first.beat()
    assert first.told == []

    await first.beat()

    assert first.told == ["begin"]


async def test_one_that_missed_somebody_else_s_work_begins_anew(
    first: Replica, second: Replica
) -> None:
    """The other has even given the lease back: what the first remembers is stale all the same."""
    await first.beat()
    await second.beat()
    await second.beat(2 * LENGTH_S)
    await second.leadership.release()

    await first.beat(0)
    assert first.told == ["begin", "end"]
    assert not first.leadership.is_leading
    await first.beat()

    assert first.told == ["begin", "end", "begin"]


async def test_others_know_why_the_one_that_works_sends_nothing(
    first: Replica, second: Replica
) -> None:
    first.waiting_for = texts.HEYGEN_OUTAGE
    await first.beat()
    await second.beat()
    assert second.leadership.waiting_for == texts.HEYGEN_OUTAGE
    assert language_of("de")(second.leadership.waiting_for) != texts.HEYGEN_OUTAGE

    first.waiting_for = None
    await first.beat()
    await second.beat()

    assert second.leadership.waiting_for is None


async def test_two_that_see_the_same_lease_run_out_do_not_both_take_it(
    store: Store, first: Replica, second: Replica
) -> None:
    await Replica(store, "gone", FakeClock()).beat()
    await first.beat()
    await second.beat()
    first.clock.advance(2 * LENGTH_S)
    second.clock.advance(2 * LENGTH_S)
    seen = await store.leases.read(LEASE)

    taken = [await store.leases.take(LEASE, name, seen) for name in ("first", "second")]

    assert taken == [True, False]


async def test_nothing_of_a_stale_one_is_written(store: Store, first: Replica) -> None:
    await first.beat()
    of_first = store.while_held(LEASE)
    await of_first.jobs.add(a_job("in time"), [])
    await store.leases.take(LEASE, "second", await store.leases.read(LEASE))

    with pytest.raises(LeaseLost):
        await of_first.jobs.add(a_job("late"), [])
    with pytest.raises(LeaseLost):
        await of_first.jobs.make_due("late", NOON)

    assert [job.id for job in await store.jobs.recent(9)] == ["in time"]


async def test_database_that_is_away_leaves_the_lease_to_run_out(
    store: Store, first: Replica
) -> None:
    await first.beat()
    await store.close()

    first.clock.advance(BEAT_S)
    with pytest.raises(StoreUnavailable):
        await first.leadership.beat()
    assert first.leadership.is_leading
    first.clock.advance(LENGTH_S)
    with pytest.raises(StoreUnavailable):
        await first.leadership.beat()

    assert first.told == ["begin", "end"]
