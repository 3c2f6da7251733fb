"""The workspaces' own HeyGen keys, encrypted; earlier ones while a video still needs them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bot.domain.workspace import HeyGenKey
from store import jobs
from store.database import Connection, Database
from store.rows import time_text
from store.sealing import Sealing

_COLUMNS = "workspace_id, account, is_current, connected_by, connected_at, sealed"
_ALL = f"SELECT {_COLUMNS} FROM heygen_keys ORDER BY workspace_id, connected_at, account"
_RETIRE = "UPDATE heygen_keys SET is_current = 0 WHERE workspace_id = ?"
_KEEP = f"""
INSERT INTO heygen_keys ({_COLUMNS}) VALUES (?, ?, 1, ?, ?, ?)
ON CONFLICT (workspace_id, account) DO UPDATE SET is_current = 1,
    connected_by = excluded.connected_by, connected_at = excluded.connected_at,
    sealed = excluded.sealed
"""
# What may be at HeyGen stays with the account that it was sent to, and so does what may be there
# twice. A send that was refused was none (bot/domain/job/sends.py).
_TO_MOVE = """
team_id = ?1 AND state = 'queued' AND account <> ?2
AND attempt_count = 0 AND sweep_at IS NULL
"""
# The other account has these files, this one needs them uploaded.
_FORGET_UPLOADS = f"""
UPDATE attachments SET asset_id = NULL WHERE asset_id IS NOT NULL
AND job_id IN (SELECT id FROM jobs WHERE {_TO_MOVE})
"""
_MOVE = f"UPDATE jobs SET account = ?2, version = version + 1 WHERE {_TO_MOVE}"
_ADOPT = "UPDATE jobs SET account = ?3, version = version + 1 WHERE team_id = ?1 AND account = ?2"
_FORGET_ADOPTED_UPLOADS = """
UPDATE attachments SET asset_id = NULL WHERE asset_id IS NOT NULL
AND job_id IN (SELECT id FROM jobs WHERE team_id = ?1 AND account = ?2 AND state = 'queued')
"""
_EARLIER = "SELECT workspace_id, account FROM heygen_keys WHERE is_current = 0"
_FORGET = "DELETE FROM heygen_keys WHERE workspace_id = ? AND account = ? AND is_current = 0"
_SET = "UPDATE heygen_keys SET sealed = ? WHERE workspace_id = ? AND account = ?"


class SqlHeyGenKeys:
    """The port HeyGenKeys."""

    def __init__(self, database: Database, sealing: Sealing) -> None:
        self._db = database
        self._sealing = sealing

    async def keep(self, key: HeyGenKey) -> None:
        await self._db.change(_keep, key, self._sealing)

    async def retire(self, workspace_id: str, *, instead: str) -> None:
        await self._db.change(retire, workspace_id, instead)

    async def move_waiting(self, workspace_id: str, account: str) -> None:
        await self._db.change(move_queued, workspace_id, account)

    async def adopt(self, workspace_id: str, lost: str, account: str) -> None:
        await self._db.change(_adopt, workspace_id, lost, account)

    async def all(self) -> list[HeyGenKey]:
        return [_opened(self._sealing, row) for row in await self._db.ask(_rows)]

    async def forget_unused(self) -> int:
        forgotten = await self._db.change(_forget_unused)
        if forgotten:
            await self._db.wipe("heygen_keys")
        return forgotten


def _what(workspace_id: str, account: str) -> str:
    return f"HeyGen key of {workspace_id}, account {account}"


def _opened(sealing: Sealing, row: Sequence[Any]) -> HeyGenKey:
    workspace_id, account, is_current, connected_by, connected_at, sealed = row
    secret = sealing.open(_what(workspace_id, account), sealed)
    return HeyGenKey(
        workspace_id,
        account,
        secret["key"],
        is_current=bool(is_current),
        connected_by=connected_by,
        connected_at=datetime.fromisoformat(connected_at),
    )


def _rows(db: Connection) -> list[Any]:
    return db.execute(_ALL).fetchall()


def _keep(db: Connection, key: HeyGenKey, sealing: Sealing) -> None:
    db.execute(_RETIRE, (key.workspace_id,))
    sealed = sealing.seal(_what(key.workspace_id, key.account), {"key": key.secret})
    connected = (key.connected_by, time_text(key.connected_at))
    db.execute(_KEEP, (key.workspace_id, key.account, *connected, sealed))
    move_queued(db, key.workspace_id, key.account)


def retire(db: Connection, workspace_id: str, instead: str) -> None:
    db.execute(_RETIRE, (workspace_id,))
    move_queued(db, workspace_id, instead)


def move_queued(db: Connection, workspace_id: str, account: str) -> None:
    db.execute(_FORGET_UPLOADS, (workspace_id, account))
    db.execute(_MOVE, (workspace_id, account))


def _adopt(db: Connection, workspace_id: str, lost: str, account: str) -> None:
    db.execute(_FORGET_ADOPTED_UPLOADS, (workspace_id, lost))
    db.execute(_ADOPT, (workspace_id, lost, account))


def _forget_unused(db: Connection) -> int:
    needed = jobs.unfinished(db)
    unused = [row for row in map(tuple, db.execute(_EARLIER).fetchall()) if row not in needed]
    return sum(db.execute(_FORGET, row).rowcount for row in unused)


def reseal(db: Connection, sealing: Sealing) -> int:
    rows = db.execute(_ALL).fetchall()
    for workspace_id, account, *_, sealed in rows:
        secret = sealing.open(_what(workspace_id, account), sealed)
        anew = sealing.seal(_what(workspace_id, account), secret)
        db.execute(_SET, (anew, workspace_id, account))
    return len(rows)
