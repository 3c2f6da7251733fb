"""Home tabs: who opened one, which page it shows, when it is to be shown anew."""

from __future__ import annotations

from datetime import datetime

from bot.domain.job.job import Job
from bot.domain.job.pages import Home
from store.database import Connection, Database
from store.rows import optional_time, time_text
from store.scope import EVERYTHING, Scope

_OPEN = """
INSERT INTO home_tabs (team_id, user_id, page, rest_until, due_at) VALUES (?1, ?2, ?3, ?4, ?4)
ON CONFLICT (team_id, user_id) DO UPDATE SET page = ?3, due_at = ?4
"""
# Part of every move of a job. People who never opened their Home have no row; where there is one
# workspace only, the rows name none.
_REFRESH = """
UPDATE home_tabs SET due_at = CASE WHEN rest_until > ?1 THEN rest_until ELSE ?1 END
WHERE team_id IN ('', ?2) AND user_id = ?3
"""
_DUE = """
SELECT user_id, page FROM home_tabs WHERE team_id = ? AND due_at <= ? ORDER BY due_at LIMIT ?
"""
_NEXT = """
SELECT due_at FROM home_tabs WHERE team_id = ? AND due_at IS NOT NULL ORDER BY due_at LIMIT 1
"""
_PUT_OFF = "UPDATE home_tabs SET due_at = ?, rest_until = ? WHERE team_id = ? AND user_id = ?"
_SETTLE = "UPDATE home_tabs SET due_at = NULL WHERE team_id = ? AND user_id = ? AND due_at = ?"
_FORGET = "DELETE FROM home_tabs WHERE team_id = ? AND user_id = ?"


def refresh(db: Connection, job: Job, now: datetime) -> None:
    """What the Home of its requester shows is out of date."""
    request = job.request
    db.execute(_REFRESH, (time_text(now), request.thread.team_id, request.requester_id))


class SqlHomes:
    """The port Homes. A power cut may undo what is noted here: it is found out or done again."""

    def __init__(self, database: Database, scope: Scope = EVERYTHING) -> None:
        self._db = database
        self._team_id = scope.own_team

    async def open(self, user_id: str, page: int, now: datetime) -> None:
        await self._db.change_unflushed(_open, self._team_id, user_id, page, now)

    async def due(self, now: datetime, limit: int) -> list[Home]:
        return await self._db.ask(due, self._team_id, now, limit)

    async def next_due_at(self) -> datetime | None:
        return await self._db.ask(next_due_at, self._team_id)

    async def put_off(self, user_id: str, until: datetime, *, rest_until: datetime) -> None:
        await self._db.change_unflushed(put_off, self._team_id, user_id, until, rest_until)

    async def settle(self, user_id: str, put_off_until: datetime) -> None:
        await self._db.change_unflushed(settle, self._team_id, user_id, put_off_until)

    async def forget(self, user_id: str) -> None:
        await self._db.change_unflushed(_forget, self._team_id, user_id)


def _open(db: Connection, team_id: str, user_id: str, page: int, now: datetime) -> None:
    db.execute(_OPEN, (team_id, user_id, page, time_text(now)))


def due(db: Connection, team_id: str, now: datetime, limit: int) -> list[Home]:
    return [Home(*row) for row in db.execute(_DUE, (team_id, time_text(now), limit))]


def next_due_at(db: Connection, team_id: str) -> datetime | None:
    row = db.execute(_NEXT, (team_id,)).fetchone()
    return optional_time(row[0] if row else None)


def put_off(
    db: Connection, team_id: str, user_id: str, until: datetime, rest_until: datetime
) -> None:
    db.execute(_PUT_OFF, (time_text(until), time_text(rest_until), team_id, user_id))


def settle(db: Connection, team_id: str, user_id: str, put_off_until: datetime) -> None:
    db.execute(_SETTLE, (team_id, user_id, time_text(put_off_until)))


def _forget(db: Connection, team_id: str, user_id: str) -> None:
    db.execute(_FORGET, (team_id, user_id))
