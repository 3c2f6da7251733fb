"""What every database must give: questions, and changes as one transaction each.

A question or a change is a function of a connection, plain SQL inside. It is written once for all
databases; each understands the same statements (store/postgres/dialect.py says what is read
differently there).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Cursor(Protocol):
    """The answer to one statement."""

    @property
    def rowcount(self) -> int: ...

    def fetchone(self) -> Any: ...

    def fetchall(self) -> list[Any]: ...

    def __iter__(self) -> Iterator[Any]: ...


class Connection(Protocol):
    """As sqlite3's: `?` takes the next value, `?2` the second."""

    def execute(self, statement: str, values: Sequence[Any] = ..., /) -> Cursor: ...

    def executemany(self, statement: str, rows: Iterable[Sequence[Any]], /) -> object: ...


class Database(Protocol):
    """All methods raise StoreUnavailable for the database's errors; a function's own go through."""

    async def ask(
        self,
        question: Callable[Concatenate[Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """What `question(connection, …)` returns; it changes nothing."""
        ...

    async def change(
        self,
        function: Callable[Concatenate[Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """What `function(connection, …)` returns, once its change outlives a power cut.

        One transaction; where two changes collide it may be run again from its beginning.
        """
        ...

    async def change_unflushed(
        self,
        function: Callable[Concatenate[Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Like `change`, but a power cut may undo it: for what is found out or done again."""
        ...

    def lock(self, name: str) -> AbstractAsyncContextManager[None]:
        """One holder at a time, among all that use this database; it ends with its holder."""
        ...

    async def wipe(self, table: str) -> None:
        """What was deleted or overwritten in this table leaves the files, too, where it can."""
        ...

    async def notify(self, words: str) -> None:
        """Tell every replica that listens. May get lost: it only shortens a wait."""
        ...

    async def listen(self, on_words: Callable[[str], None]) -> None:
        """Hear what is notified, until cancelled."""
        ...

    async def close(self) -> None:
        """Finish what was asked for. Twice is harmless."""
        ...
