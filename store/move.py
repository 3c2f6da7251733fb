"""All that a SQLite database holds, copied into one of PostgreSQL's: jobs in flight included.

No job is ever in both: the SQLite database is marked as moved (store/sqlite/moved.py), on its
disk, before PostgreSQL commits the copy. Should the copy be lost in between, no bot works on
either, and the same command once more makes it.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
from psycopg import RawCursor, ServerCursor
from psycopg.conninfo import conninfo_to_dict

from bot.domain.errors import StoreUnavailable
from store.postgres.database import PostgresConnection, refuse_other_encodings
from store.postgres.migrate import migrate
from store.postgres.trouble import words_of
from store.sqlite.database import OPEN_WITHIN_S, SqliteDatabase
from store.sqlite.moved import mark, moved_to

# In the order of their references, each with its primary key.
TABLES = {
    "jobs": "id",
    "attachments": "job_id, position",
    "sessions": "session_id",
    "deliveries": "id",
    "history": "id",
    "drafts": "key",
    "home_tabs": "team_id, user_id",
    "account_catalogue": "account, kind, id",
    "account_catalogue_incoming": "account, kind, id",
    "account_catalogue_reads": "account, kind",
    "installations": "workspace_id",
    "heygen_keys": "workspace_id, account",
    "oauth_states": "hash",
}
# Which replica works on a database, and what became of it, each says for itself. What is left of
# earlier releases has its place in other tables now (store/migrations.py, m0010).
NOT_COPIED = frozenset(
    {
        *("leases", "moved", "_sqlite_migrations"),
        *("homes", "catalogue", "catalogue_incoming", "catalogue_reads"),
    }
)
_NOT_TO_BE_MIXED = {
    "SELECT id FROM jobs": "jobs",
    "SELECT workspace_id FROM installations": "workspaces",
}
CONNECT_WITHIN_S = 5
LOCK_WITHIN_S = 5  # for whoever else writes to the target
ROWS_AT_ONCE = 1_000
LIKE = "postgresql://user:password@host/name"
NOTHING_COPIED = "Nothing was copied."

Cells = list[Any]


@dataclass(frozen=True, slots=True)
class Sum:
    """What two tables have in common that hold the same rows."""

    rows: int
    checksum: str  # SHA-256, in hexadecimal, of all rows in the order of their primary key


@dataclass(frozen=True, slots=True)
class Move:
    """What is now in both databases, table by table."""

    path: Path
    target: str  # host:port/name
    sums: Mapping[str, Sum]
    is_new: bool  # False: an earlier move had made the copy
    changed_texts: int  # that held NUL, which PostgreSQL takes in no text, or were no UTF-8


def move(path: Path, url: str) -> Move:
    """Copy, compare, mark. Not in an event loop: it takes as long as it takes.

    Raises AlreadyRunning while a bot holds the SQLite database, and StoreUnavailable, in words
    that never hold a password, for all else that keeps the copy from being made.
    """
    target = _name_of(url)
    if not path.is_file():
        raise _not_moved(
            f"There is no database {path}.", "Set DATABASE_URL to the one that is to be moved."
        )
    owned = SqliteDatabase.open(path, even_if_moved=True)
    try:
        with _opened(url) as connection:
            return _move(path, target, connection)
    finally:
        asyncio.run(owned.close())


def _move(path: Path, target: str, there: psycopg.Connection[Any]) -> Move:
    text = _Text()
    is_marked = False
    with closing(sqlite3.connect(path, timeout=OPEN_WITHIN_S, isolation_level=None)) as here:
        here.text_factory = text
        try:
            here.execute("BEGIN IMMEDIATE")  # `video-bot jobs` changes nothing meanwhile
            _refuse_second_target(here, path, target)
            with there.transaction():
                sums, is_new = _copy(here, there, target)
                if is_new or moved_to(here) is None:
                    mark(here, target)
                here.execute("COMMIT")
                is_marked = True
        except sqlite3.Error as error:
            raise _not_moved(
                f"{path} could not be read or marked as moved: {error}.",
                "Check its disk and the file itself; then repeat this command.",
            ) from error
        except psycopg.Error as error:
            raise (_in_doubt(path, error) if is_marked else _interrupted(error)) from error
    return Move(path, target, sums, is_new, text.changed)


class _Text:
    """sqlite3's text_factory: text as PostgreSQL can keep it."""

    def __init__(self) -> None:
        self.changed = 0

    def __call__(self, raw: bytes) -> str:
        try:
            text = raw.decode()
        except UnicodeDecodeError:
            self.changed += 1
            text = raw.decode(errors="replace")
        else:
            self.changed += "\0" in text
        return text.replace("\0", "")


def _name_of(url: str) -> str:
    """`host:port/name`. An address that is read in two ways could show a part of its password."""
    try:
        parts = urlsplit(url)
        port = parts.port or 5432
        conninfo_to_dict(url)
    except (ValueError, psycopg.ProgrammingError):
        raise _no_address() from None
    is_clear = url.count("@") == parts.netloc.count("@") <= 1
    name = parts.path.strip("/")
    if parts.scheme not in ("postgresql", "postgres") or not (is_clear and parts.hostname and name):
        raise _no_address()
    return f"{parts.hostname}:{port}/{name}"


@contextmanager
def _opened(url: str) -> Iterator[psycopg.Connection[Any]]:
    """A connection to the target, whose tables are there and up to date."""
    try:
        connection = psycopg.connect(
            url,
            autocommit=True,  # transactions begin and end where we say so
            cursor_factory=RawCursor,
            application_name="video-bot",
            connect_timeout=CONNECT_WITHIN_S,
        )
    except psycopg.Error as error:
        raise _cannot_open(error, url) from error
    with closing(connection):
        try:
            refuse_other_encodings(connection)
            migrate(connection, PostgresConnection(connection))
        except psycopg.Error as error:
            raise _cannot_open(error, url) from error
        yield connection


def _copy(
    here: sqlite3.Connection, there: psycopg.Connection[Any], target: str
) -> tuple[dict[str, Sum], bool]:
    """The sums of both, and whether the rows were copied now, in this transaction of `there`."""
    for setting in ("statement_timeout", "idle_in_transaction_session_timeout"):
        there.execute(f"SET LOCAL {setting} = 0".encode())
    there.execute(f"SET LOCAL lock_timeout = '{LOCK_WITHIN_S}s'".encode())
    # A bot that runs there may read; its changes wait, and then it has these jobs to work on.
    there.execute(f"LOCK TABLE {', '.join(TABLES)} IN EXCLUSIVE MODE".encode())
    columns = _columns(here, there)
    is_in_use = False
    for question, what in _NOT_TO_BE_MIXED.items():
        kept = _ids(there.execute(question.encode()))
        if others := kept - _ids(here.execute(question)):
            raise _not_moved(
                f"{target} holds other {what} ({len(others)}); the copy would mix them. "
                f"{NOTHING_COPIED}",
                "Name an empty database.",
            )
        is_in_use |= bool(kept)
    if is_in_use:
        return _sums_of_earlier(here, there, columns, target), False
    return _copied(here, there, columns), True


def _copied(
    here: sqlite3.Connection, there: psycopg.Connection[Any], columns: Mapping[str, str]
) -> dict[str, Sum]:
    for table in reversed(TABLES):
        there.execute(f"DELETE FROM {table}".encode())  # lists and forms of an idle bot's
    read = {table: _sum(_copied_rows(here, there, table, columns[table])) for table in TABLES}
    there.execute(
        b"SELECT setval(pg_get_serial_sequence('history', 'id'), coalesce(max(id), 0) + 1, false)"
        b" FROM history"
    )
    kept = {table: _sum(_rows_there(there, table, columns[table])) for table in TABLES}
    if differing := _differing(read, kept):
        raise _not_moved(
            f"The copy is not what was copied: {differing}. {NOTHING_COPIED}",
            "Look for triggers or rules on these tables of PostgreSQL's, or name a new database; "
            "then repeat this command.",
        )
    return read


def _sums_of_earlier(
    here: sqlite3.Connection,
    there: psycopg.Connection[Any],
    columns: Mapping[str, str],
    target: str,
) -> dict[str, Sum]:
    """Of a copy that was made before and that nobody has worked on."""
    ours = {table: _sum(_rows_here(here, table, columns[table])) for table in TABLES}
    theirs = {table: _sum(_rows_there(there, table, columns[table])) for table in TABLES}
    if differing := _differing(ours, theirs):
        raise _not_moved(
            f"These jobs were copied to {target} before, and one of the two databases has been "
            f"worked on since: {differing}. {NOTHING_COPIED}",
            "If the bot has worked on PostgreSQL, set DATABASE_URL to it and go on there. "
            "If it has not, name an empty database.",
        )
    return ours


def _copied_rows(
    here: sqlite3.Connection, there: psycopg.Connection[Any], table: str, columns: str
) -> Iterator[Cells]:
    """The rows as they are sent. All in one statement, for jobs refer to each other."""
    with (
        there.cursor() as cursor,
        cursor.copy(f"COPY {table} ({columns}) FROM STDIN".encode()) as copy,
    ):
        for row in _rows_here(here, table, columns):
            copy.write_row(row)
            yield row


def _rows_here(here: sqlite3.Connection, table: str, columns: str) -> Iterator[Cells]:
    return map(list, here.execute(f"SELECT {columns} FROM {table} ORDER BY {TABLES[table]}"))


def _rows_there(there: psycopg.Connection[Any], table: str, columns: str) -> Iterator[Cells]:
    with ServerCursor(there, "copied") as cursor:
        cursor.itersize = ROWS_AT_ONCE
        cursor.execute(f"SELECT {columns} FROM {table} ORDER BY {TABLES[table]}".encode())
        yield from map(list, cursor)


def _sum(rows: Iterable[Cells]) -> Sum:
    digest, count = hashlib.sha256(), 0
    for row in rows:
        digest.update(json.dumps(row).encode() + b"\n")
        count += 1
    return Sum(count, digest.hexdigest())


def _differing(here: Mapping[str, Sum], there: Mapping[str, Sum]) -> str:
    """Each table that is not the same in both, in words."""
    return ", ".join(
        f"{table} ({here[table].rows} rows in SQLite, {there[table].rows} in PostgreSQL)"
        if here[table].rows != there[table].rows
        else f"{table} (other values)"
        for table in TABLES
        if here[table] != there[table]
    )


def _columns(here: sqlite3.Connection, there: psycopg.Connection[Any]) -> dict[str, str]:
    """The names of each table's columns. Raises StoreUnavailable where a newer release has more."""
    tables = _ids(
        here.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT GLOB 'sqlite_*'"
        )
    )
    unknown = tables - TABLES.keys() - NOT_COPIED
    columns = {}
    for table in TABLES:
        names = [row[0] for row in here.execute("SELECT name FROM pragma_table_info(?)", (table,))]
        taken = there.execute(f"SELECT * FROM {table} LIMIT 0".encode()).description or ()
        unknown |= set(names) - {column.name for column in taken}
        columns[table] = ", ".join(f'"{name}"' for name in names)
    if unknown:
        raise _not_moved(
            "The SQLite database was written by a newer release, and this one would leave "
            f"something behind: {', '.join(sorted(unknown))}. {NOTHING_COPIED}",
            "Move it with that release.",
        )
    return columns


def _ids(rows: Iterable[Any]) -> set[str]:
    return {row[0] for row in rows}


def _refuse_second_target(here: sqlite3.Connection, path: Path, target: str) -> None:
    earlier = moved_to(here)
    if earlier is not None and earlier[1] != target:
        day, first = earlier
        raise _not_moved(
            f"The jobs of {path} were moved to {first} on {day}; moved to {target} as well, two "
            f"bots would pay for them. {NOTHING_COPIED}",
            f"Name {first} to repeat that move. README says how to take it back.",
        )


def _not_moved(message: str, hint: str) -> StoreUnavailable:
    return StoreUnavailable(message, code="not_moved", hint=hint)


def _no_address() -> StoreUnavailable:
    """Without the address: it may carry a password."""
    return _not_moved(
        f"The address of the target is not one of PostgreSQL's; it must look like {LIKE}.",
        "In user and password write other characters than letters, digits and -._~ as their "
        "percent codes: %40 for @, %2F for /, %23 for #, %3F for ?, %3A for :, %25 for %.",
    )


def _cannot_open(error: psycopg.Error, url: str) -> StoreUnavailable:
    password = conninfo_to_dict(url).get("password")
    words = words_of(error)
    if password and str(password) in words:
        words = "its server refuses"  # in words that hold the password
    return _not_moved(
        f"The PostgreSQL database cannot be opened: {words}. {NOTHING_COPIED}",
        "Check its address (host, port, name, user and password), that it is running, and that "
        "the user may make tables in it.",
    )


def _interrupted(error: psycopg.Error) -> StoreUnavailable:
    return _not_moved(
        f"PostgreSQL did not take the copy: {words_of(error)}. {NOTHING_COPIED}",
        "When that is mended, repeat this command.",
    )


def _in_doubt(path: Path, error: psycopg.Error) -> StoreUnavailable:
    return _not_moved(
        f"Whether PostgreSQL kept the copy is not known: {words_of(error)}. {path} is marked as "
        "moved, so that no bot works on it meanwhile.",
        "Repeat this command: it finds out, and copies again if need be.",
    )
