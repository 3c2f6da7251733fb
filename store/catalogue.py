"""HeyGen's catalogue: lists that come in page by page, and the search in them.

A search compares each word with the rows of one kind: about a millisecond for 5,000 of them.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from datetime import datetime
from typing import Any, LiteralString

from bot.domain.catalogue import CatalogueEntry, CatalogueKind, words_of
from bot.domain.request.brief import Shape
from store.database import Connection, Database
from store.rows import optional_time, time_text
from store.scope import EVERYTHING, Scope

TEXT_CHARS = 200  # of what somebody searches for; the rest would find nothing more
TEXT_WORDS = 8

_ENTRY: LiteralString = (
    "kind, id, name, detail, words, is_own, shape, avatar_type, group_id, language, preview_url"
)
_ROW: LiteralString = f"position, name_words, {_ENTRY}"
_ADD: LiteralString = (
    f"INSERT INTO account_catalogue_incoming (account, {_ROW})"
    " VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
    " ON CONFLICT DO NOTHING"
)
_IS_IN_NAME: LiteralString = "CASE WHEN instr(name_words, ?) > 0 THEN 1 ELSE 0 END"
_ENTRIES: LiteralString = f"SELECT {_ENTRY} FROM account_catalogue WHERE account = ? AND kind = ?"
_NEXT_POSITION: LiteralString = (
    "SELECT coalesce(max(position) + 1, 0) FROM account_catalogue_incoming"
    " WHERE account = ? AND kind = ?"
)
_FORGET = "DELETE FROM account_catalogue_incoming WHERE account = ? AND kind = ?"
_REMOVE = "DELETE FROM account_catalogue WHERE account = ? AND kind = ?"
_SHOW: LiteralString = (
    f"INSERT INTO account_catalogue (account, {_ROW})"
    f" SELECT account, {_ROW} FROM account_catalogue_incoming WHERE account = ? AND kind = ?"
)
_NOTE_READ = (
    "INSERT INTO account_catalogue_reads (account, kind, read_at) VALUES (?, ?, ?)"
    " ON CONFLICT (account, kind) DO UPDATE SET read_at = excluded.read_at"
)
_READ_AT: LiteralString = (
    "SELECT read_at FROM account_catalogue_reads WHERE account = ? AND kind = ?"
)
_ANY: LiteralString = (
    "SELECT EXISTS (SELECT 1 FROM account_catalogue WHERE account = ? AND kind = ?)"
)


class SqlCatalogue:
    """The port CatalogueStore. Nothing of it is flushed to the disk by itself: it is read anew."""

    def __init__(self, database: Database, scope: Scope = EVERYTHING) -> None:
        self._db = database
        self._account = scope.own_account

    async def search(self, kind: CatalogueKind, text: str, limit: int) -> list[CatalogueEntry]:
        return await self._db.ask(_search, self._account, kind, text, limit)

    async def entry(self, kind: CatalogueKind, id_: str) -> CatalogueEntry | None:
        return await self._db.ask(_entry, self._account, kind, id_)

    async def is_empty(self, kind: CatalogueKind) -> bool:
        return not await self._db.ask(_one_value, _ANY, self._account, kind)

    async def read_at(self, kind: CatalogueKind) -> datetime | None:
        return optional_time(await self._db.ask(_one_value, _READ_AT, self._account, kind))

    async def begin_list(self, kind: CatalogueKind) -> None:
        await self._db.change_unflushed(_begin_list, self._account, kind)

    async def add_page(self, kind: CatalogueKind, page: Sequence[CatalogueEntry]) -> None:
        await self._db.change_unflushed(_add_page, self._account, kind, page)

    async def finish_list(self, kind: CatalogueKind, now: datetime) -> int:
        return await self._db.change_unflushed(_finish_list, self._account, kind, now)


def _search(
    db: Connection, account: str, kind: CatalogueKind, text: str, limit: int
) -> list[CatalogueEntry]:
    patterns = [_pattern(word) for word in words_of(text[:TEXT_CHARS])[:TEXT_WORDS]]
    having: LiteralString = " AND instr(words, ?) > 0" * len(patterns)
    in_name: LiteralString = " + ".join([_IS_IN_NAME] * len(patterns))
    question: LiteralString = (
        f"{_ENTRIES}{having} ORDER BY is_own DESC, ({in_name}) DESC, position LIMIT ?"
        if patterns
        else f"{_ENTRIES} ORDER BY is_own DESC, position LIMIT ?"  # from the index alone
    )
    rows = db.execute(question, (account, kind, *patterns, *patterns, limit))
    return [_read(row) for row in rows]


def _pattern(word: str) -> str:
    """What the words of a row hold if one begins so: "male" is not in "female".

    Scripts without capitals mostly write no spaces either: there it may stand anywhere.
    """
    is_run_on = any(unicodedata.category(letter) == "Lo" for letter in word)
    return word if is_run_on else f" {word}"


def _entry(db: Connection, account: str, kind: CatalogueKind, id_: str) -> CatalogueEntry | None:
    try:
        row = db.execute(f"{_ENTRIES} AND id = ?", (account, kind, id_)).fetchone()
    except UnicodeEncodeError:  # half a character: no id of ours
        return None
    return _read(row) if row else None


def _one_value(db: Connection, question: LiteralString, account: str, kind: CatalogueKind) -> Any:
    row = db.execute(question, (account, kind)).fetchone()
    return row[0] if row else None


def _begin_list(db: Connection, account: str, kind: CatalogueKind) -> None:
    db.execute(_FORGET, (account, kind))


def _add_page(
    db: Connection, account: str, kind: CatalogueKind, page: Sequence[CatalogueEntry]
) -> None:
    first: int = _one_value(db, _NEXT_POSITION, account, kind)
    db.executemany(
        _ADD, [(account, *_values(first + place, entry)) for place, entry in enumerate(page)]
    )


def _finish_list(db: Connection, account: str, kind: CatalogueKind, now: datetime) -> int:
    db.execute(_REMOVE, (account, kind))
    count = db.execute(_SHOW, (account, kind)).rowcount
    db.execute(_FORGET, (account, kind))
    db.execute(_NOTE_READ, (account, kind, time_text(now)))
    return count


def _values(position: int, entry: CatalogueEntry) -> tuple[object, ...]:
    return (
        *(position, _spaced(entry.name), entry.kind, entry.id, entry.name, entry.detail),
        *(_spaced(entry.words), int(entry.is_own), entry.shape, entry.avatar_type),
        *(entry.group_id, entry.language, entry.preview_url),
    )


def _spaced(text: str) -> str:
    return "".join(f" {word}" for word in words_of(text))


def _read(row: Sequence[Any]) -> CatalogueEntry:
    """One row in the order of _ENTRY."""
    kind, id_, name, detail, words, is_own, shape, *rest = row
    return CatalogueEntry(
        *(CatalogueKind(kind), id_, name, detail, words.strip(), bool(is_own)),
        Shape(shape) if shape else None,
        *rest,
    )
