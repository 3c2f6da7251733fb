"""A listening bot for each test: the workspace of the sandbox, our listeners, a real database."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient
from structlog.testing import capture_logs

from bot.sandbox.slack.server import SlackSandbox
from bot.slack.client import slack_client, slack_session
from store import open_store
from tests.block_kit.recorder import record
from tests.empty_database import write_empty_database
from tests.handlers.listening import ListeningBot, listening

Logs = list[Any]


@pytest.fixture(autouse=True)
def logs() -> Iterator[Logs]:
    with capture_logs() as lines:
        yield lines


@pytest.fixture
async def slack() -> AsyncIterator[SlackSandbox]:
    async with SlackSandbox() as sandbox:
        yield sandbox
        record(sandbox)


@pytest.fixture
async def bot(slack: SlackSandbox, tmp_path: Path) -> AsyncIterator[ListeningBot]:
    path = tmp_path / "bot.db"
    write_empty_database(path)
    store = open_store(f"sqlite:///{path}", busy_timeout_s=0.02)
    async with listening(slack, store):
        yield ListeningBot(slack, slack.person("ana"), store, path)
    await store.close()


@pytest.fixture
async def client(bot: ListeningBot) -> AsyncIterator[AsyncWebClient]:
    session = slack_session()
    yield slack_client(bot.slack.bot_token, bot.slack.api_url, session)
    await session.close()


@pytest.fixture
def locked(bot: ListeningBot) -> Iterator[sqlite3.Connection]:
    """Another process that holds the database; ROLLBACK lets go."""
    with closing(sqlite3.connect(bot.path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield other
