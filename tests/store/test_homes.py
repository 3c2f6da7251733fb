"""Home tabs in the store: what makes one due, and that no move of a job is missed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.job.job import JobState, move
from bot.domain.job.pages import Home
from bot.domain.job.progress import Change
from bot.domain.ports.store import Store
from store import open_store
from tests.builders import NOON, a_job

SECOND = timedelta(seconds=1)
REST_UNTIL = NOON + 5 * SECOND
GUARD = NOON + 30 * SECOND
ADA = "U-ADA"


async def shown(store: Store, user_id: str = ADA, page: int = 0) -> None:
    """This person's Home is open and up to date; it rests for five seconds."""
    await store.homes.open(user_id, page, NOON)
    await store.homes.put_off(user_id, GUARD, rest_until=REST_UNTIL)
    await store.homes.settle(user_id, GUARD)


async def test_opened_home_is_due_at_once_with_its_page(store: Store) -> None:
    await store.homes.open(ADA, 3, NOON)

    assert await store.homes.due(NOON, 9) == [Home(ADA, 3)]
    assert await store.homes.next_due_at() == NOON


async def test_home_opened_again_shows_the_page_asked_for_last(store: Store) -> None:
    await shown(store, page=3)

    await store.homes.open(ADA, 0, NOON + SECOND)

    assert await store.homes.due(NOON + SECOND, 9) == [Home(ADA, 0)]


async def test_shown_home_is_not_due(store: Store) -> None:
    await shown(store)

    assert await store.homes.due(NOON + 99 * SECOND, 9) == []
    assert await store.homes.next_due_at() is None


async def test_new_job_makes_its_requester_s_home_due_after_its_rest(store: Store) -> None:
    await shown(store)
    await shown(store, "U-BEN")

    await store.jobs.add(a_job(created_at=NOON + SECOND), [])

    assert await store.homes.next_due_at() == REST_UNTIL
    assert await store.homes.due(REST_UNTIL, 9) == [Home(ADA, 0)]


async def test_move_of_a_job_makes_the_home_due(store: Store) -> None:
    await store.jobs.add(a_job(), [])
    await shown(store)

    later = NOON + 60 * SECOND
    await store.jobs.save(Change(move(a_job(), JobState.CANCELLED, later), "cancelled"), who=ADA)

    assert await store.homes.next_due_at() == later


async def test_change_without_a_move_leaves_the_home_alone(store: Store) -> None:
    await store.jobs.add(a_job(), [])
    await shown(store)

    await store.jobs.save(Change(a_job(progress=40), "progress", card="soon"), who="bot")

    assert await store.homes.next_due_at() is None


async def test_move_while_the_home_is_being_published_is_not_settled_away(
    store: Store,
) -> None:
    await store.homes.open(ADA, 0, NOON)
    await store.homes.put_off(ADA, GUARD, rest_until=REST_UNTIL)
    await store.jobs.add(a_job(created_at=NOON + SECOND), [])

    await store.homes.settle(ADA, GUARD)

    assert await store.homes.next_due_at() == REST_UNTIL


async def test_home_that_was_never_opened_is_never_due(store: Store) -> None:
    await store.jobs.add(a_job(), [])

    assert await store.homes.next_due_at() is None


async def test_forgotten_home_stays_away_until_it_is_opened(store: Store) -> None:
    await shown(store)

    await store.homes.forget(ADA)
    await store.jobs.add(a_job(), [])

    assert await store.homes.next_due_at() is None
    await store.homes.open(ADA, 0, NOON)
    assert await store.homes.next_due_at() == NOON


async def test_home_whose_publisher_died_is_due_again_after_a_restart(database_url: str) -> None:
    store = open_store(database_url)
    await store.homes.open(ADA, 2, NOON)
    await store.homes.put_off(ADA, GUARD, rest_until=REST_UNTIL)
    await store.close()

    store = open_store(database_url)

    assert await store.homes.due(GUARD, 9) == [Home(ADA, 2)]
    await store.close()


@pytest.mark.parametrize("limit", [1, 2])
async def test_most_overdue_homes_come_first(store: Store, limit: int) -> None:
    for seconds, who in enumerate(("U1", "U2", "U3")):
        await store.homes.open(who, 0, NOON - seconds * SECOND)

    due = await store.homes.due(NOON, limit)

    assert [home.user_id for home in due] == ["U3", "U2"][:limit]
