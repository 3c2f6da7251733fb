"""One SQLite file: opened, migrated, owned by one process."""

from __future__ import annotations

import asyncio
import sqlite3
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager, closing
from pathlib import Path
from typing import Concatenate

import structlog
from sqlite_utils import Database, Migrations

from bot.domain.errors import StoreUnavailable
from store import migrations
from store.database import Connection, P, T
from store.sqlite.lock_file import LockFile
from store.sqlite.moved import moved_to, refuse_moved
from store.sqlite.reader import Reader
from store.sqlite.writer import Writer

log = structlog.get_logger(__name__)

READ_TIMEOUT_S = 0.1  # readers do not wait in WAL mode, but for a recovery by another process
# How long a change waits for another process that writes (`video-bot jobs`). Under Slack's 3 s for
# an ack, so that a form is told that its request could not be saved.
BUSY_TIMEOUT_S = 2.0
# How long a start waits for it: a backup or a repair ends, and nobody need start the bot again.
OPEN_WITHIN_S = 30.0
_WRITER_CACHE_KB = 500  # the usual 2 MB would be filled by one list of 5,000 voices, and stay so
_WAL_PAGES = 1_000  # the log is folded into the database every 4 MB, within a few milliseconds


class SqliteDatabase:
    """Changes go to the one writer and are on disk when awaited; questions never wait for them."""

    def __init__(self, path: Path, writer: Writer, reader: Reader, lock: LockFile | None) -> None:
        self._path = path
        self.writer = writer
        self.reader = reader
        self._lock = lock
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def ask(
        self,
        question: Callable[Concatenate[Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        return self.reader.ask(question, *args, **kwargs)

    async def change(
        self,
        function: Callable[Concatenate[Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        return await self.writer.run(function, *args, **kwargs)

    async def change_unflushed(
        self,
        function: Callable[Concatenate[Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        return await self.writer.run_unflushed(function, *args, **kwargs)

    @asynccontextmanager
    async def lock(self, name: str) -> AsyncIterator[None]:
        """This process is the only one that works on the database."""
        async with self._locks[name]:
            yield

    async def wipe(self, table: str) -> None:
        """SQLite overwrites what is deleted (`secure_delete`); its log is emptied as well.

        The log is left to a later change while somebody reads it.
        """
        await asyncio.to_thread(_empty_log, self._path)

    async def notify(self, words: str) -> None:
        """Nobody else is there."""

    async def listen(self, on_words: Callable[[str], None]) -> None:
        await asyncio.Event().wait()

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        exclusive: bool = True,
        even_if_moved: bool = False,
        busy_timeout_s: float = BUSY_TIMEOUT_S,
        open_within_s: float = OPEN_WITHIN_S,
        on_lost: Callable[[], None] = lambda: None,
        wipes: bool = False,
    ) -> SqliteDatabase:
        """Take the lock (if exclusive), open, migrate, start the writer.

        A database that another program writes to is waited for: `open_within_s` by its owner.
        One whose jobs were moved to PostgreSQL is refused (store/sqlite/moved.py).

        `on_lost` is called in the writer's thread when the database is no longer ours; nothing
        is written any more then. `wipes`: what is deleted is overwritten.
        """
        with ExitStack() as undo:
            try:
                lock = LockFile.take(path) if exclusive else None
                if lock is not None:
                    undo.callback(lock.release)
                # Who only looks in makes no database: a wrong path would show an empty one.
                mode, patience_s = ("rwc", open_within_s) if exclusive else ("rw", busy_timeout_s)
                writing = _connect(path, mode, patience_s)
                undo.callback(writing.close)
                if not even_if_moved:
                    refuse_moved(writing.conn, path)
                _prepare(writing)
                if wipes:
                    writing.execute("PRAGMA secure_delete = ON")
                check = _ownership(writing, lock, on_lost) if lock else _anybody
                writing.execute(f"PRAGMA busy_timeout = {round(1_000 * busy_timeout_s)}")
                reading = _connect(path, "ro", min(busy_timeout_s, READ_TIMEOUT_S))
            except (OSError, sqlite3.Error) as error:
                raise _cannot_open(path, error) from error
            undo.pop_all()
        return cls(path, Writer(writing, "store-writer", check), Reader(reading), lock)

    async def close(self) -> None:
        """Finish what was asked for, close the file, let go of the lock. Twice is harmless."""
        self.reader.close()
        await self.writer.close()
        if self._lock is not None:
            self._lock.release()


def _connect(path: Path, mode: str, busy_timeout_s: float) -> Database:
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}",
        uri=True,
        timeout=busy_timeout_s,
        isolation_level=None,  # transactions begin and end where we say so
        check_same_thread=False,  # one after the other: here, the writer, its callers
    )
    return Database(connection, execute_plugins=False)


def _prepare(db: Database) -> None:
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA foreign_keys = ON")
    db.execute(f"PRAGMA cache_size = -{_WRITER_CACHE_KB}")
    db.execute(f"PRAGMA wal_autocheckpoint = {_WAL_PAGES}")
    db.execute("PRAGMA temp_store = MEMORY")  # what a savepoint may need is no file of its own
    migrate(db)


def _empty_log(path: Path) -> None:
    """Raises nothing: whatever keeps the log from being emptied, it is overwritten in time."""
    try:
        with closing(_connect(path, "rw", BUSY_TIMEOUT_S)) as db:
            is_busy, _, _ = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.Error as error:
        log.warning("the log of the database was not emptied", why=str(error))
    else:
        if is_busy:
            log.warning("the log of the database was not emptied: somebody reads it")


def migrate(db: Database) -> None:
    """Bring the database up to date; all of it or nothing, and nothing when it already is."""
    steps = Migrations("video_bot")
    for step in migrations.STEPS:
        steps()(step)  # type: ignore[type-var]  # it takes a Database, ours any Connection
    if not steps.pending(db):
        return
    db.execute("BEGIN IMMEDIATE")  # a second opener waits here and then finds nothing to do
    try:
        steps.apply(db)
        db.commit()
    finally:
        db.rollback()  # does nothing after the commit


def _ownership(
    db: Database, lock: LockFile, on_lost: Callable[[], None]
) -> Callable[[sqlite3.Connection], None]:
    """What the writer asks in each transaction: whether the database is still this process's.

    Each owner counts the file's user_version up by one. Should a lock not hold (a file system
    without locks, a file that was moved and another one put in its place), the former owner
    finds out before it writes, and so before it pays for anything.
    """
    db.execute("BEGIN IMMEDIATE")
    epoch = db.execute("PRAGMA user_version").fetchone()[0] + 1
    db.execute(f"PRAGMA user_version = {epoch}")
    db.execute("COMMIT")

    def check(connection: sqlite3.Connection) -> None:
        (now,) = connection.execute("PRAGMA user_version").fetchone()
        if now != epoch or not lock.is_still_there():
            on_lost()
            raise sqlite3.OperationalError("the database is no longer this process's")

    return check


def _anybody(connection: sqlite3.Connection) -> None:
    """Who writes beside a running bot owns nothing; nor may it, once the jobs are elsewhere."""
    if moved_to(connection) is not None:
        raise sqlite3.OperationalError("its jobs were moved to PostgreSQL")


def _cannot_open(path: Path, error: Exception) -> StoreUnavailable:
    if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY:
        return StoreUnavailable(
            f"The database {path} cannot be opened: another program is writing to it.",
            hint="Let it end, or end it; then start the video bot again.",
        )
    return StoreUnavailable(
        f"The database {path} cannot be opened: {error}.",
        hint="Check DATABASE_URL: its folder must exist and be writable for the video bot.",
    )
