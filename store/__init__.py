"""The database: `open_store(url)` gives the Store that the URL names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bot.domain.ports.store import Store
from store.sealing import Sealing
from store.sqlite.database import BUSY_TIMEOUT_S, SqliteDatabase
from store.store import SqlStore

if TYPE_CHECKING:
    from store.move import Move

__all__ = ["is_shared", "move_to_postgres", "open_store"]

_SQLITE = "sqlite:///"
_POSTGRES = ("postgresql://", "postgres://")


def open_store(
    url: str,
    exclusive: bool = True,
    *,
    busy_timeout_s: float = BUSY_TIMEOUT_S,
    on_lost: Callable[[], None] = lambda: None,
    replica: str = "",
    encryption_keys: Sequence[str] = (),
) -> Store:
    """Open (and if need be create or migrate) the database of DATABASE_URL.

    `postgresql://user:password@host/name`, `sqlite:///relative.db` or `sqlite:////absolute.db`;
    ValueError for anything else. Raises StoreUnavailable when it cannot be opened.

    Of SQLite: AlreadyRunning while another process holds the database; `exclusive=False` asks for
    no lock, to look in while the bot runs, and makes no file; `on_lost` is called, in another
    thread, should the database be taken over or moved away.

    `replica` is the name under which this process writes, where there are several;
    `encryption_keys` are for secrets of workspaces, newest first (store/sealing.py).
    """
    sealing = Sealing(encryption_keys)
    if is_shared(url):
        # Only those who use it load it: 10 MB of memory.
        from store.postgres.database import PostgresDatabase

        return SqlStore(PostgresDatabase.open(url), replica, sealing=sealing)
    path = _sqlite_path(url)
    return SqlStore(
        SqliteDatabase.open(
            path,
            exclusive=exclusive,
            busy_timeout_s=busy_timeout_s,
            on_lost=on_lost,
            wipes=bool(encryption_keys),
        ),
        replica,
        sealing=sealing,
    )


def move_to_postgres(url: str, target_url: str) -> Move:
    """Copy all of the SQLite database of `url` into PostgreSQL's; no bot works on it afterwards.

    ValueError when `url` names no SQLite database. Raises AlreadyRunning and StoreUnavailable, as
    store/move.py says.
    """
    from store.move import move

    return move(_sqlite_path(url), target_url)


def is_shared(url: str) -> bool:
    """Whether several replicas may work on this database."""
    return url.lower().startswith(_POSTGRES)


def _sqlite_path(url: str) -> Path:
    name = url.removeprefix(_SQLITE)
    if name == url or not name.strip("/") or name == ":memory:":
        # The URL itself stays out of the sentence: it may carry a password.
        raise ValueError(
            "DATABASE_URL must name a file, such as sqlite:///video-bot.db "
            "or sqlite:////var/lib/video-bot/video-bot.db (four slashes: from the root)."
        )
    return Path(name)
