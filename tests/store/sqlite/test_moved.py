"""The mark of a moved database: who opens it is told, and it can be taken off again."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.domain.errors import StoreUnavailable
from bot.domain.job.progress import Change
from store import open_store
from store.sqlite.database import SqliteDatabase
from store.sqlite.moved import mark, moved_to
from tests.builders import a_job
from tests.empty_database import write_empty_database

TARGET = "db.example.test:5432/bot"


@pytest.fixture
def url(path: Path) -> str:
    write_empty_database(path)
    return f"sqlite:///{path}"


def move_away(path: Path, target: str = TARGET) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        mark(connection, target)


def test_database_without_the_mark_was_not_moved(url: str, path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        assert moved_to(connection) is None


def test_mark_says_when_and_where_to_and_the_last_one_counts(url: str, path: Path) -> None:
    move_away(path, "elsewhere")
    move_away(path)

    with closing(sqlite3.connect(path)) as connection:
        found = moved_to(connection)
    assert found
    assert found[0].startswith("20")
    assert len(found[0]) == len("2026-12-01")
    assert found[1] == TARGET


@pytest.mark.parametrize("exclusive", [True, False])
def test_moved_database_is_refused_in_words(url: str, path: Path, exclusive: bool) -> None:
    move_away(path)

    with pytest.raises(StoreUnavailable) as caught:
        open_store(url, exclusive)

    assert f"were moved to PostgreSQL ({TARGET}) on 20" in caught.value.sentence
    assert "Set DATABASE_URL" in caught.value.sentence


async def test_whoever_moves_it_once_more_may_open_it(url: str, path: Path) -> None:
    move_away(path)

    await SqliteDatabase.open(path, even_if_moved=True).close()


async def test_without_the_table_all_is_as_before(url: str, path: Path) -> None:
    move_away(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DROP TABLE moved")

    store = open_store(url)

    assert await store.jobs.recent(1) == []
    await store.close()


async def test_command_that_had_it_open_changes_nothing_any_more(url: str, path: Path) -> None:
    beside = open_store(url, exclusive=False)
    job, _ = await beside.jobs.add(a_job(), [])
    move_away(path)

    with pytest.raises(StoreUnavailable):
        await beside.jobs.save(Change(job, "too late"), who="operator")
    assert await beside.jobs.get(job.id) == job
    await beside.close()
