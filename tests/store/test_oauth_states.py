"""OAuth states: each installation that is begun here ends once, and in time."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.ports.store import Store
from store import open_store
from tests.builders import NOON

SECOND = timedelta(seconds=1)
ENDS_AT = NOON + timedelta(minutes=10)


async def test_state_is_taken_once(store: Store) -> None:
    await store.oauth_states.issue("one", NOON, ENDS_AT)
    await store.oauth_states.issue("two", NOON, ENDS_AT)

    assert await store.oauth_states.consume("one", NOON)
    assert not await store.oauth_states.consume("one", NOON)
    assert await store.oauth_states.consume("two", NOON)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        pytest.param(ENDS_AT, True, id="in-time"),
        pytest.param(ENDS_AT + SECOND, False, id="too-late"),
    ],
)
async def test_state_ends(store: Store, now: Any, expected: bool) -> None:
    await store.oauth_states.issue("one", NOON, ENDS_AT)

    assert await store.oauth_states.consume("one", now) is expected


@pytest.mark.parametrize(
    "state", ["", "unknown", "one ", "ONE", "half \ud83d", "nul \0", "x" * 99999]
)
async def test_state_that_nobody_issued_is_refused(store: Store, state: str) -> None:
    await store.oauth_states.issue("one", NOON, ENDS_AT)

    assert not await store.oauth_states.consume(state, NOON)
    assert await store.oauth_states.consume("one", NOON)


async def test_state_is_known_after_a_restart(database_url: str) -> None:
    store = open_store(database_url)
    await store.oauth_states.issue("one", NOON, ENDS_AT)
    await store.close()

    store = open_store(database_url)
    assert await store.oauth_states.consume("one", NOON)
    await store.close()


async def test_state_that_two_replicas_are_told_at_once_is_taken_by_one(
    postgres_url: str,
) -> None:
    replicas = [open_store(postgres_url) for _ in range(3)]
    await replicas[0].oauth_states.issue("one", NOON, ENDS_AT)

    taken = await asyncio.gather(*(each.oauth_states.consume("one", NOON) for each in replicas * 4))

    assert taken.count(True) == 1
    for each in replicas:
        await each.close()


async def test_only_hashes_are_kept_and_not_for_long(store: Store) -> None:
    await store.oauth_states.issue("one", NOON, ENDS_AT)
    assert "one" not in str(await _rows(store))

    await store.oauth_states.issue("two", ENDS_AT + SECOND, ENDS_AT + 2 * SECOND)

    assert len(await _rows(store)) == 1


async def _rows(store: Any) -> list[Any]:
    rows: list[Any] = await store._database.ask(
        lambda db: db.execute("SELECT * FROM oauth_states").fetchall()
    )
    return rows
