"""The lease on every backend: one holder at a time, and no change of one who has lost it."""

from __future__ import annotations

import asyncio
import threading
from datetime import timedelta

import psycopg
import pytest

from bot.domain.errors import LeaseLost
from bot.domain.job.job import Job, JobState
from bot.domain.lease import Lease
from bot.domain.ports.store import Store
from store import is_shared, open_store
from store.database import Connection
from store.leases import HeldDatabase
from store.postgres.database import PostgresDatabase
from store.store import SqlStore
from tests.builders import NOON, a_job

WORK = "work"
MINUTE = timedelta(minutes=1)
LIMIT = 5


async def claim(store: Store) -> Job | None:
    return await store.jobs.claim_next(
        NOON, limit_running=LIMIT, lease_until=NOON + 15 * MINUTE, horizon=NOON + 60 * MINUTE
    )


async def test_lease_that_nobody_had_is_nobodys(store: Store) -> None:
    assert await store.leases.read(WORK) is None


async def test_first_who_takes_a_lease_has_it(store: Store) -> None:
    assert await store.leases.take(WORK, "one", None)

    assert not await store.leases.take(WORK, "two", None)
    assert await store.leases.read(WORK) == Lease("one", 1)


async def test_renewed_lease_has_one_beat_more(store: Store) -> None:
    await store.leases.take(WORK, "one", None)

    assert await store.leases.take(WORK, "one", Lease("one", 1))
    assert await store.leases.read(WORK) == Lease("one", 2)


async def test_lease_is_taken_as_it_was_seen(store: Store) -> None:
    await store.leases.take(WORK, "one", None)

    assert await store.leases.take(WORK, "two", Lease("one", 1))
    assert await store.leases.read(WORK) == Lease("two", 2)


@pytest.mark.parametrize("seen", [Lease("one", 2), Lease("three", 1)])
async def test_lease_that_has_changed_since_is_not_taken(store: Store, seen: Lease) -> None:
    await store.leases.take(WORK, "one", None)

    assert not await store.leases.take(WORK, "two", seen)
    assert await store.leases.read(WORK) == Lease("one", 1)


async def test_of_many_who_saw_the_same_one_takes_it(store: Store) -> None:
    await store.leases.take(WORK, "one", None)
    names = [f"replica-{n}" for n in range(8)]

    taken = await asyncio.gather(*(store.leases.take(WORK, n, Lease("one", 1)) for n in names))

    assert sum(taken) == 1
    assert await store.leases.read(WORK) == Lease(names[taken.index(True)], 2)


async def test_lease_is_given_back_by_its_holder_only(store: Store) -> None:
    await store.leases.take(WORK, "one", None)

    await store.leases.release(WORK, "two")
    assert await store.leases.read(WORK) == Lease("one", 1)
    await store.leases.release(WORK, "one")
    assert await store.leases.read(WORK) == Lease("", 1)


async def test_change_of_who_has_lost_the_lease_is_not_made(database_url: str) -> None:
    name = "one" if is_shared(database_url) else ""  # who is alone on its database has no name
    store = open_store(database_url, replica=name)
    await store.jobs.add(a_job("job-1"), [])
    held = store.while_held(WORK)
    await store.leases.take(WORK, name, None)
    assert await held.jobs.release_claims(NOON) == 0

    await store.leases.take(WORK, "two", Lease(name, 1))
    with pytest.raises(LeaseLost):
        await claim(held)
    with pytest.raises(LeaseLost):
        await held.jobs.add(a_job("job-2"), [])

    job = await held.jobs.get("job-1")  # to read is free
    assert job is not None
    assert job.state is JobState.QUEUED
    assert await store.jobs.get("job-2") is None
    await store.close()


async def test_claims_at_once_stay_within_the_limit(store: Store) -> None:
    for n in range(20):
        await store.jobs.add(a_job(f"job-{n}", requester_id=f"U{n}"), [])

    claimed = [job for job in await asyncio.gather(*(claim(store) for _ in range(20))) if job]

    assert len(claimed) == len({job.id for job in claimed}) == LIMIT


async def test_lease_is_taken_after_a_change_that_is_being_made(postgres_url: str) -> None:
    """Else the change would come after the first looks of whoever has the lease then."""
    one, two = PostgresDatabase.open(postgres_url), PostgresDatabase.open(postgres_url)
    await SqlStore(one).leases.take(WORK, "one", None)
    began, ends = threading.Event(), threading.Event()

    def slow(_: Connection) -> None:
        began.set()
        ends.wait(1)

    changing = asyncio.create_task(HeldDatabase(one, WORK, "one").change(slow))
    await asyncio.to_thread(began.wait, 1)
    taking = asyncio.create_task(SqlStore(two).leases.take(WORK, "two", Lease("one", 1)))
    taken, _ = await asyncio.wait({taking}, timeout=0.2)
    ends.set()

    assert not taken
    await changing
    assert await taking
    await one.close()
    await two.close()


async def test_job_that_is_cancelled_while_it_is_claimed_is_not_claimed(
    store: Store, database_url: str
) -> None:
    """On PostgreSQL a cancel comes between the choice and the claim; SQLite's writer lets none."""
    if not is_shared(database_url):
        await store.jobs.add(a_job("only"), [])
        assert await claim(store) is not None
        return
    await store.jobs.add(a_job("first"), [])
    await store.jobs.add(a_job("second", created_at=NOON + MINUTE), [])
    with psycopg.connect(database_url) as other:
        other.execute("UPDATE jobs SET state = 'cancelled', version = 1 WHERE id = 'first'")
        claiming = asyncio.create_task(claim(store))
        await _until_somebody_waits(database_url)
        other.commit()

    claimed = await claiming

    assert claimed is not None
    assert claimed.id == "second"


async def _until_somebody_waits(url: str) -> None:
    waits = "SELECT count(*) FROM pg_locks WHERE NOT granted"
    with psycopg.connect(url, autocommit=True) as admin:
        while admin.execute(waits).fetchone() == (0,):  # noqa: ASYNC110 - the server tells nobody
            await asyncio.sleep(0.005)
