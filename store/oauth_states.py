"""Which installations were begun here; the states themselves are in people's browsers only."""

from __future__ import annotations

import hashlib
from datetime import datetime

from store.database import Connection, Database
from store.rows import time_text

_FORGET = "DELETE FROM oauth_states WHERE expires_at < ?"
_ISSUE = "INSERT INTO oauth_states (hash, expires_at) VALUES (?, ?)"
_CONSUME = "DELETE FROM oauth_states WHERE hash = ? AND expires_at >= ?"


class SqlOAuthStates:
    """The port OAuthStates."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def issue(self, state: str, now: datetime, expires_at: datetime) -> None:
        await self._db.change_unflushed(_issue, state, now, expires_at)

    async def consume(self, state: str, now: datetime) -> bool:
        return await self._db.change(_consume, state, now)


def _hash(state: str) -> str:
    return hashlib.sha256(state.encode(errors="replace")).hexdigest()


def _issue(db: Connection, state: str, now: datetime, expires_at: datetime) -> None:
    db.execute(_FORGET, (time_text(now),))
    db.execute(_ISSUE, (_hash(state), time_text(expires_at)))


def _consume(db: Connection, state: str, now: datetime) -> bool:
    return db.execute(_CONSUME, (_hash(state), time_text(now))).rowcount == 1
