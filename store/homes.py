"""Home tabs: who opened one, which page it shows, when it is to be shown anew."""

from __future__ import annotations

from datetime import datetime

from bot.domain.job.pages import Home
from store.database import Connection, Database
from store.rows import optional_time, time_text

_OPEN = """
INSERT INTO homes (user_id, page, rest_until, due_at) VALUES (?1, ?2, ?3, ?3)
ON CONFLICT (user_id) DO UPDATE SET page = ?2, due_at = ?3
"""
# Part of every move of a job. People who never opened their Home have no row.
_REFRESH = """
UPDATE homes SET due_at = CASE WHEN rest_until > ?1 THEN rest_until ELSE ?1 END WHERE user_id = ?2
"""
_DUE = "SELECT user_id, page FROM homes WHERE due_at <= ? ORDER BY due_at LIMIT ?"
_NEXT = "SELECT due_at FROM homes WHERE due_at IS NOT NULL ORDER BY due_at LIMIT 1"
_PUT_OFF = "UPDATE homes SET due_at = ?, rest_until = ? WHERE user_id = ?"
_SETTLE = "UPDATE homes SET due_at = NULL WHERE user_id = ? AND due_at = ?"
_FORGET = "DELETE FROM homes WHERE user_id = ?"


def refresh(db: Connection, user_id: str, now: datetime) -> None:
    """What this person's Home shows is out of date."""
    db.execute(_REFRESH, (time_text(now), user_id))


class SqlHomes:
    """The port Homes. A power cut may undo what is noted here: it is found out or done again."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def open(self, user_id: str, page: int, now: datetime) -> None:
        await self._db.change_unflushed(_open, user_id, page, now)

    async def due(self, now: datetime, limit: int) -> list[Home]:
        return await self._db.ask(due, now, limit)

    async def next_due_at(self) -> datetime | None:
        return await self._db.ask(next_due_at)

    async def put_off(self, user_id: str, until: datetime, *, rest_until: datetime) -> None:
        await self._db.change_unflushed(put_off, user_id, until, rest_until)

    async def settle(self, user_id: str, put_off_until: datetime) -> None:
        await self._db.change_unflushed(settle, user_id, put_off_until)

    async def forget(self, user_id: str) -> None:
        await self._db.change_unflushed(_forget, user_id)


def _open(db: Connection, user_id: str, page: int, now: datetime) -> None:
    db.execute(_OPEN, (user_id, page, time_text(now)))


def due(db: Connection, now: datetime, limit: int) -> list[Home]:
    return [Home(*row) for row in db.execute(_DUE, (time_text(now), limit))]


def next_due_at(db: Connection) -> datetime | None:
    row = db.execute(_NEXT).fetchone()
    return optional_time(row[0] if row else None)


def put_off(db: Connection, user_id: str, until: datetime, rest_until: datetime) -> None:
    db.execute(_PUT_OFF, (time_text(until), time_text(rest_until), user_id))


def settle(db: Connection, user_id: str, put_off_until: datetime) -> None:
    db.execute(_SETTLE, (user_id, time_text(put_off_until)))


def _forget(db: Connection, user_id: str) -> None:
    db.execute(_FORGET, (user_id,))
