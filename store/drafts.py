"""Drafts: what a modal was opened with, kept for a week (domain/request/draft.py)."""

from __future__ import annotations

from datetime import datetime

from pydantic import TypeAdapter

from bot.domain.request.draft import DRAFT_LIFE, Draft
from store.database import Connection, Database
from store.rows import time_text
from store.scope import EVERYTHING, Scope

_DRAFT = TypeAdapter(Draft)
_INSERT = "INSERT INTO drafts (key, created_at, body) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
_SELECT = "SELECT body FROM drafts WHERE key = ?"
_FORGET = "DELETE FROM drafts WHERE created_at < ?"


class SqlDrafts:
    """The port Drafts."""

    def __init__(self, database: Database, scope: Scope = EVERYTHING) -> None:
        self._db = database
        self._scope = scope

    async def keep(self, draft: Draft, now: datetime) -> bool:
        if not self._scope.has(draft.team_id):
            raise ValueError("a draft of another workspace")
        return await self._db.change(_keep, draft, now)

    async def get(self, key: str) -> Draft | None:
        draft = await self._db.ask(_get, key)
        return draft if draft is not None and self._scope.has(draft.team_id) else None


def _keep(db: Connection, draft: Draft, now: datetime) -> bool:
    db.execute(_FORGET, (time_text(now - DRAFT_LIFE),))
    body = _DRAFT.dump_json(draft).decode()
    return db.execute(_INSERT, (draft.key, time_text(now), body)).rowcount == 1


def _get(db: Connection, key: str) -> Draft | None:
    row = db.execute(_SELECT, (key,)).fetchone()
    return _DRAFT.validate_json(row[0]) if row else None
