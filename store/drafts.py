"""Drafts on SQLite: what a modal was opened with, kept for a week (domain/request/draft.py)."""

from __future__ import annotations

import sqlite3
from datetime import datetime

from pydantic import TypeAdapter

from bot.domain.request.draft import DRAFT_LIFE, Draft
from store.reader import Reader
from store.rows import time_text
from store.writer import Writer

_DRAFT = TypeAdapter(Draft)
_INSERT = "INSERT INTO drafts (key, created_at, body) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
_SELECT = "SELECT body FROM drafts WHERE key = ?"
_FORGET = "DELETE FROM drafts WHERE created_at < ?"


class SqliteDrafts:
    """The port Drafts."""

    def __init__(self, writer: Writer, reader: Reader) -> None:
        self._writer = writer
        self._reader = reader

    async def keep(self, draft: Draft, now: datetime) -> bool:
        return await self._writer.run(_keep, draft, now)

    async def get(self, key: str) -> Draft | None:
        return self._reader.ask(_get, key)


def _keep(db: sqlite3.Connection, draft: Draft, now: datetime) -> bool:
    db.execute(_FORGET, (time_text(now - DRAFT_LIFE),))
    body = _DRAFT.dump_json(draft).decode()
    return db.execute(_INSERT, (draft.key, time_text(now), body)).rowcount == 1


def _get(db: sqlite3.Connection, key: str) -> Draft | None:
    row = db.execute(_SELECT, (key,)).fetchone()
    return _DRAFT.validate_json(row[0]) if row else None
