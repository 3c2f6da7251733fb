"""A PostgreSQL server: a few connections, each used by a thread while it answers.

Whoever asks waits WITHIN_S at most, whatever has become of the server, and then hears that nothing
was done. What is given up is not committed later. Only where the commit itself is under way they
wait as long again, and then nobody can know: asking again finds what was made. A caller may be
cancelled; a change is then made whole or not at all.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from typing import Any, Concatenate

import psycopg
import structlog
from psycopg import RawCursor
from psycopg.conninfo import conninfo_to_dict
from psycopg_pool import ConnectionPool, PoolClosed

from bot.domain.errors import StoreUnavailable
from store.database import Connection, P, T
from store.postgres.dialect import translated
from store.postgres.migrate import migrate
from store.postgres.patience import Patience
from store.postgres.trouble import COLLISIONS, unavailable, words_of
from store.trouble import closed

log = structlog.get_logger(__name__)

WITHIN_S = 1.5  # well under Slack's 3 s for an ack: a form is to say that nothing was saved
CLOSE_WITHIN_S = 1.0  # for what is under way; a stop may take 5 s in all
CONNECTIONS = 8
LOCK_WITHIN_S = 12.0  # a renewal of a token, which has 10 s for its call
LOCKS_AT_ONCE = 8  # each is a connection, and a server has a hundred for everybody
_LOCK = "SELECT pg_advisory_lock(7233003, hashtext(%s))"
_CHANNEL = "video_bot"
TIMES = 5  # that a transaction is made anew when others are in its way
# Whoever is gone without a word (a cable, a killed network) is noticed within this.
_SOCKET: dict[str, Any] = {
    "connect_timeout": 2,
    "tcp_user_timeout": 2_000,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 2,
}
_WITHIN_MS = round(WITHIN_S * 1000)
# The last: a replica that is paused in a transaction keeps nobody else from its rows.
OPTIONS = (
    f"-c statement_timeout={_WITHIN_MS} -c lock_timeout={_WITHIN_MS}"
    f" -c idle_in_transaction_session_timeout={2 * _WITHIN_MS}"
)
_MIGRATION_OPTIONS = "-c idle_in_transaction_session_timeout=60000"
_WIPE_OPTIONS = f"-c lock_timeout={_WITHIN_MS}"  # those behind it would wait as long
_SESSION: dict[str, Any] = {
    "autocommit": True,
    "cursor_factory": RawCursor,
    "application_name": "video-bot",
    "client_encoding": "utf8",
}
_SNAPSHOT = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"


class PostgresConnection:
    """A Connection: the same statements, as PostgreSQL reads them."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection

    def execute(self, statement: str, values: Sequence[Any] = ()) -> psycopg.Cursor[Any]:
        return self._connection.execute(translated(statement), _kept(values) or None)

    def executemany(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        with self._connection.cursor() as cursor:
            cursor.executemany(translated(statement), map(_kept, rows))


def _kept(values: Sequence[Any]) -> list[Any]:
    """The values; no text of PostgreSQL's holds the character NUL, so it is left out."""
    return [v.replace("\0", "") if isinstance(v, str) and "\0" in v else v for v in values]


class _GivenUp(Exception):
    """Nobody waits for this change any more: it is rolled back."""


class PostgresDatabase:
    """A Database. Changes run side by side, each in a transaction of its own (READ COMMITTED)."""

    def __init__(self, url: str, pool: ConnectionPool[psycopg.Connection[Any]]) -> None:
        self._url = url
        self._pool = pool
        self._threads = ThreadPoolExecutor(CONNECTIONS, "store")
        self._under_way: dict[asyncio.Future[Any], Patience] = {}
        self._locks = asyncio.Semaphore(LOCKS_AT_ONCE)
        self._is_closed = False

    @classmethod
    def open(cls, url: str) -> PostgresDatabase:
        """Connect and migrate. Raises StoreUnavailable."""
        try:
            with psycopg.connect(url, **session(url, _MIGRATION_OPTIONS)) as connection:
                refuse_other_encodings(connection)
                migrate(connection, PostgresConnection(connection))
        except psycopg.Error as error:
            raise cannot_open(error) from error
        pool = ConnectionPool(
            url,
            kwargs=session(url, OPTIONS),
            min_size=1,
            max_size=CONNECTIONS,
            reconnect_timeout=WITHIN_S,  # then whoever needs a connection tries anew, at once
            open=True,
        )
        return cls(url, pool)

    async def ask(
        self,
        question: Callable[Concatenate[Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        patience = Patience()

        def asked(connection: Connection) -> T:
            return question(connection, *args, **kwargs)

        return await self._in_time(lambda: self._asked(asked, patience), patience)

    async def change(
        self,
        function: Callable[Concatenate[Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        patience = Patience()

        def changed(connection: Connection) -> T:
            return function(connection, *args, **kwargs)

        return await self._in_time(lambda: self._changed(changed, patience), patience)

    async def change_unflushed(
        self,
        function: Callable[Concatenate[Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """PostgreSQL flushes the commits of many at once by itself."""
        return await self.change(function, *args, **kwargs)

    @asynccontextmanager
    async def lock(self, name: str) -> AsyncIterator[None]:
        """An advisory lock of a connection's own: it ends with the connection, so with us."""
        async with self._locks, self._locked(name):
            yield

    @asynccontextmanager
    async def _locked(self, name: str) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(LOCK_WITHIN_S):
                connection = await self._connected()
        except (psycopg.Error, TimeoutError) as error:
            raise StoreUnavailable() from error
        async with connection:
            try:
                async with asyncio.timeout(LOCK_WITHIN_S):
                    await connection.execute(_LOCK, (name,))
            except (psycopg.Error, TimeoutError) as error:
                raise StoreUnavailable() from error
            yield

    async def wipe(self, table: str) -> None:
        """The table is written anew without them: VACUUM alone leaves the last row's bytes.

        PostgreSQL keeps what was in the rows where we cannot wipe it: in its WAL until that is
        recycled, in replicas and backups, on blocks of the disk that a file no longer has, and in
        the table as long as a transaction is open that may still see them.
        """
        try:
            async with (
                asyncio.timeout(LOCK_WITHIN_S),
                await self._connected(_WIPE_OPTIONS) as connection,
            ):
                await connection.execute(f"VACUUM FULL {table}".encode())
        except (psycopg.Error, TimeoutError) as error:
            why = words_of(error) if isinstance(error, psycopg.Error) else "it takes too long"
            log.warning("what was deleted is not overwritten yet", table=table, why=why)

    async def notify(self, words: str) -> None:
        with suppress(StoreUnavailable):  # whoever works looks every few seconds
            await self.ask(_notify, words)

    async def listen(self, on_words: Callable[[str], None]) -> None:
        while True:
            try:
                async with await self._connected() as connection:
                    await connection.execute(f"LISTEN {_CHANNEL}")
                    async for notice in connection.notifies():
                        on_words(notice.payload)
            except psycopg.Error as error:  # changes and questions say that it is away
                log.debug("listens no more", why=str(error))
            except Exception:
                log.exception("listens no more")
            await asyncio.sleep(WITHIN_S)

    async def _connected(self, options: str = "") -> psycopg.AsyncConnection[Any]:
        """Whole, or closed: the server would wait a minute for the rest of half a connection."""
        connect = psycopg.AsyncConnection.connect(
            self._url, **session(self._url, options) | {"cursor_factory": psycopg.AsyncCursor}
        )
        connecting = asyncio.create_task(connect)
        try:
            return await asyncio.shield(connecting)
        except asyncio.CancelledError:
            with suppress(psycopg.Error):
                await (await connecting).close()
            raise

    async def close(self) -> None:
        if self._is_closed:
            return
        self._is_closed = True
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=CLOSE_WITHIN_S)
        for patience in self._under_way.values():
            patience.cut()
        self._threads.shutdown(wait=False, cancel_futures=True)
        await asyncio.to_thread(self._pool.close, CLOSE_WITHIN_S)

    async def _in_time(self, work: Callable[[], T], patience: Patience) -> T:
        if self._is_closed:
            raise closed()
        loop = asyncio.get_running_loop()
        made = loop.run_in_executor(self._threads, work)
        self._under_way[made] = patience
        made.add_done_callback(self._ended)
        await asyncio.wait({made}, timeout=WITHIN_S)
        if not made.done() and not patience.settle():
            await asyncio.wait({made}, timeout=WITHIN_S)  # the commit is under way
        if not made.done():
            loop.call_later(WITHIN_S, self._cut, made)
            raise StoreUnavailable()
        try:
            return made.result()
        except PoolClosed as error:
            raise closed() from error
        except _GivenUp as error:
            raise StoreUnavailable() from error
        except psycopg.Error as error:
            raise unavailable(error) from error

    def _ended(self, made: asyncio.Future[Any]) -> None:
        """What became of something that was given up is nobody's error."""
        del self._under_way[made]
        with suppress(asyncio.CancelledError):
            made.exception()

    def _cut(self, made: asyncio.Future[Any]) -> None:
        """Still no word: its thread and its connection are needed."""
        if patience := self._under_way.get(made):
            patience.cut()

    def _asked(self, question: Callable[[Connection], T], patience: Patience) -> T:
        def snapshot(connection: psycopg.Connection[Any]) -> T:
            """A question of several statements sees the database of one moment."""
            connection.execute(_SNAPSHOT)
            try:
                return question(PostgresConnection(connection))
            finally:
                if not connection.broken:
                    connection.execute("COMMIT")

        return self._with_connection(snapshot, patience)

    def _changed(self, function: Callable[[Connection], T], patience: Patience) -> T:
        def transaction(connection: psycopg.Connection[Any]) -> T:
            with connection.transaction():
                value = function(PostgresConnection(connection))
                if not patience.settle():
                    raise _GivenUp
            return value

        return self._with_connection(transaction, patience)

    def _with_connection(
        self, work: Callable[[psycopg.Connection[Any]], T], patience: Patience
    ) -> T:
        """Anew where others were in the way, or the server ended the connection meanwhile.

        Not once a commit has begun: it may have been made.
        """
        for _ in range(TIMES - 1):
            if patience.is_settled:  # given up while it waited for a thread, or for its turn
                raise _GivenUp
            with self._pool.connection(WITHIN_S) as connection:
                try:
                    with patience.with_connection(connection):
                        return work(connection)
                except COLLISIONS:
                    continue
                except psycopg.OperationalError:
                    if patience.is_settled or not connection.broken:
                        raise
            self._pool.check()  # the others are broken, too: the server was started anew
        with self._pool.connection(WITHIN_S) as connection, patience.with_connection(connection):
            return work(connection)


def _notify(db: Connection, words: str) -> None:
    db.execute("SELECT pg_notify(?, ?)", (_CHANNEL, words))


def session(url: str, options: str) -> dict[str, Any]:
    """What psycopg is given beside the address, whose own options (a search_path) are kept."""
    own = conninfo_to_dict(url).get("options") or ""
    return {**_SOCKET, **_SESSION, "options": f"{own} {options}".strip()}


def refuse_other_encodings(connection: psycopg.Connection[Any]) -> None:
    """Raises StoreUnavailable: what people write is in every script there is."""
    row = connection.execute("SHOW server_encoding").fetchone()
    if row and row[0] != "UTF8":
        raise StoreUnavailable(
            f"The database has the encoding {row[0]}, and people write in all scripts.",
            hint="Make one with CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0.",
        )


def cannot_open(error: psycopg.Error) -> StoreUnavailable:
    return StoreUnavailable(
        f"The database cannot be opened: {words_of(error)}.",
        hint="Check DATABASE_URL: host, port, name, user and password, that it is running, and that"
        " the user may make tables in it.",
    )
