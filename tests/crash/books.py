"""What the bot's database says, read beside the running bot; and waiting for it to settle."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import psycopg

from store.postgres.dialect import translated

_OPEN = """
SELECT 'job ' || id || ' ' || state FROM jobs WHERE state IN ('queued', 'submitting', 'rendering')
UNION ALL
SELECT 'delivery ' || id || ' ' || state FROM deliveries
WHERE state NOT IN ('posted', 'dropped') OR (state = 'posted' AND wanted > shown)
"""


class Books:
    """A reader of its own: it must tell the truth while the bot writes, and after it was killed."""

    def __init__(self, path: Path) -> None:
        self._address = f"{path.as_uri()}?mode=ro"

    def ask(self, question: str, *values: object) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(self._address, uri=True)) as connection:
            return connection.execute(question, values).fetchall()

    def unsettled(self) -> list[str]:
        """Every job and every message that is still on its way."""
        return [str(row[0]) for row in self.ask(_OPEN)]

    def states(self) -> dict[str, str]:
        """The state of each job, by its id."""
        return {str(job): str(state) for job, state in self.ask("SELECT id, state FROM jobs")}

    def history(self) -> list[str]:
        """What happened, oldest first."""
        return [str(row[0]) for row in self.ask("SELECT why FROM history ORDER BY id")]

    async def wait_until_settled(self, within_s: float) -> None:
        """Until nothing is on its way. It is another process's file: nobody tells of changes."""
        await until(lambda: not self.unsettled(), within_s, self.unsettled)


class PostgresBooks(Books):
    """The same of a PostgreSQL database; while that is down, psycopg.OperationalError."""

    def __init__(self, url: str) -> None:
        self._url = url

    def ask(self, question: str, *values: object) -> list[tuple[object, ...]]:
        with psycopg.connect(self._url, cursor_factory=psycopg.RawCursor) as connection:
            return connection.execute(translated(question).encode(), values or None).fetchall()


async def until(holds: Callable[[], bool], within_s: float, evidence: Callable[[], object]) -> None:
    """Look every 20 ms at something that wakes nobody; TimeoutError shows the evidence."""
    try:
        async with asyncio.timeout(within_s):
            while not holds():  # noqa: ASYNC110 - a file of another process sets no event
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise TimeoutError(f"after {within_s} s: {evidence()}") from None
