"""A store on every backend we have, and the moves that many stories begin with."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from bot.domain.ports.store import Store
from store import open_store
from store.sqlite.database import SqliteDatabase
from store.store import SqlStore
from tests.builders import a_job, an_attachment


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind."""
    if request.param == "postgres":
        url: str = request.getfixturevalue("postgres_url")
        return url
    return f"sqlite:///{tmp_path / 'video-bot.db'}"


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    opened = open_store(database_url)
    yield opened
    await opened.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "video-bot.db"


@pytest.fixture
async def database(path: Path) -> AsyncIterator[SqliteDatabase]:
    opened = SqliteDatabase.open(path, busy_timeout_s=0.02)
    yield opened
    await opened.close()


@pytest.fixture
def sqlite_store(database: SqliteDatabase) -> SqlStore:
    return SqlStore(database)


@pytest.fixture
async def connection(sqlite_store: SqlStore, path: Path) -> AsyncIterator[sqlite3.Connection]:
    """A second connection to a database that has one job, `job-1`, with one attachment."""
    await sqlite_store.jobs.add(a_job(session_id="S1", callback_token_hash="h1"), [an_attachment()])
    with closing(sqlite3.connect(path, isolation_level=None)) as opened:
        opened.execute("PRAGMA foreign_keys = ON")
        yield opened
