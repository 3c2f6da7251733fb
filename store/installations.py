"""Workspaces that installed the app; what Slack gave them lies encrypted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bot.domain.workspace import NO_ACCOUNT, Installation, SlackToken
from store import heygen_keys
from store.database import Connection, Database
from store.rows import optional_text, optional_time, time_text
from store.sealing import Sealing

_COLUMNS = (
    "workspace_id, team_id, enterprise_id, name, app_id, bot_id, bot_user_id, scopes,"
    " installed_by, installed_at, sealed_token"
)
_KEEP = f"""
INSERT INTO installations ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (workspace_id) DO UPDATE SET team_id = excluded.team_id,
    enterprise_id = excluded.enterprise_id, name = excluded.name, app_id = excluded.app_id,
    bot_id = excluded.bot_id, bot_user_id = excluded.bot_user_id, scopes = excluded.scopes,
    installed_by = excluded.installed_by, installed_at = excluded.installed_at,
    sealed_token = excluded.sealed_token
"""
_ALL = f"SELECT {_COLUMNS} FROM installations ORDER BY installed_at, workspace_id"
_ONE = f"SELECT {_COLUMNS} FROM installations WHERE workspace_id = ?"
_SEALED = "SELECT workspace_id, sealed_token FROM installations WHERE sealed_token IS NOT NULL"
_SEALED_OF = "SELECT sealed_token FROM installations WHERE workspace_id = ? /*pg FOR UPDATE*/"
_SET = "UPDATE installations SET sealed_token = ? WHERE workspace_id = ?"


class SqlInstallations:
    """The port Installations."""

    def __init__(self, database: Database, sealing: Sealing) -> None:
        self._db = database
        self._sealing = sealing

    async def keep(self, installation: Installation) -> None:
        await self._db.change(_keep, installation, self._sealing)

    async def all(self) -> list[Installation]:
        return [self._opened(row) for row in await self._db.ask(_rows, _ALL)]

    async def get(self, workspace_id: str) -> Installation | None:
        rows = await self._db.ask(_rows, _ONE, workspace_id)
        return self._opened(rows[0]) if rows else None

    async def renew(self, workspace_id: str, used_refresh: str, token: SlackToken) -> bool:
        return await self._db.change(_renew, workspace_id, used_refresh, token, self._sealing)

    async def forget_token(self, workspace_id: str, access: str) -> bool:
        if not await self._db.change(_forget_token, workspace_id, access, self._sealing):
            return False
        await self._db.wipe("installations")
        return True

    def _opened(self, row: Sequence[Any]) -> Installation:
        workspace_id, team_id, enterprise_id, name, app_id, bot_id, bot_user_id, *rest = row
        scopes, installed_by, installed_at, sealed = rest
        return Installation(
            workspace_id=workspace_id,
            team_id=team_id,
            enterprise_id=enterprise_id,
            name=name,
            app_id=app_id,
            bot_id=bot_id,
            bot_user_id=bot_user_id,
            scopes=tuple(scopes.split(",")) if scopes else (),
            installed_by=installed_by,
            installed_at=datetime.fromisoformat(installed_at),
            token=self._token(workspace_id, sealed),
        )

    def _token(self, workspace_id: str, sealed: str | None) -> SlackToken | None:
        return None if sealed is None else _opened(self._sealing, workspace_id, sealed)


def _what(workspace_id: str) -> str:
    return f"Slack token of {workspace_id}"


def _sealed(sealing: Sealing, workspace_id: str, token: SlackToken) -> str:
    ends = optional_text(token.expires_at)
    secret = {"access": token.access, "refresh": token.refresh, "expires_at": ends}
    return sealing.seal(_what(workspace_id), secret)


def _opened(sealing: Sealing, workspace_id: str, sealed: str) -> SlackToken:
    secret = sealing.open(_what(workspace_id), sealed)
    return SlackToken(secret["access"], secret["refresh"], optional_time(secret["expires_at"]))


def _rows(db: Connection, question: str, *values: str) -> list[Any]:
    return db.execute(question, values).fetchall()


def _keep(db: Connection, each: Installation, sealing: Sealing) -> None:
    sealed = None if each.token is None else _sealed(sealing, each.workspace_id, each.token)
    values = (
        *(each.workspace_id, each.team_id, each.enterprise_id, each.name, each.app_id),
        *(each.bot_id, each.bot_user_id, ",".join(each.scopes), each.installed_by),
        *(time_text(each.installed_at), sealed),
    )
    db.execute(_KEEP, values)


def _renew(
    db: Connection, workspace_id: str, used_refresh: str, token: SlackToken, sealing: Sealing
) -> bool:
    row = db.execute(_SEALED_OF, (workspace_id,)).fetchone()
    if row is None or row[0] is None:
        return False
    if _opened(sealing, workspace_id, row[0]).refresh != used_refresh:
        return False
    db.execute(_SET, (_sealed(sealing, workspace_id, token), workspace_id))
    return True


def _forget_token(db: Connection, workspace_id: str, access: str, sealing: Sealing) -> bool:
    row = db.execute(_SEALED_OF, (workspace_id,)).fetchone()
    if row is None or row[0] is None:
        return False
    if _opened(sealing, workspace_id, row[0]).access != access:
        return False
    db.execute(_SET, (None, workspace_id))
    heygen_keys.retire(db, workspace_id, instead=NO_ACCOUNT)
    return True


def reseal(db: Connection, sealing: Sealing) -> int:
    rows = db.execute(_SEALED).fetchall()
    for workspace_id, sealed in rows:
        secret = sealing.open(_what(workspace_id), sealed)
        db.execute(_SET, (sealing.seal(_what(workspace_id), secret), workspace_id))
    return len(rows)
