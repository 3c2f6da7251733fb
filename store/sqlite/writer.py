"""The one who writes: callers await short functions, changes are committed together.

A thread waits for the lock and for the disk. The changes themselves are made in the event loop of
whoever asks: two threads at Python at once would take the interpreter from each other with every
statement (DECISIONS 48).
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import sqlite3
import threading
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Concatenate, ParamSpec, TypeVar

from sqlite_utils import Database

from store.sqlite.trouble import unavailable
from store.trouble import closed

FULL, NORMAL = 2, 1  # PRAGMA synchronous: flush each commit, or leave that to the system
ASK_AFTER_S = 1.0  # whether the loop that takes no turn was closed
LOOP_WITHIN_S = 5.0  # a loop has its turn, or its changes are refused: others want to write, too

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(slots=True)
class _Call:
    """One function that somebody awaits; afterwards its value or its error."""

    function: Callable[[sqlite3.Connection], object]
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[object]
    is_flushed: bool = True  # to the disk, before the caller hears of it
    value: object = None
    error: Exception | None = None


class Writer:
    """Takes all changes that wait, makes them one after the other, commits once for all.

    A change that raises is undone alone. When the transaction as a whole fails (locked, disk
    full), nothing of it stays and every caller gets StoreUnavailable. Nothing is delayed to
    make a batch larger: a single change is made in the loop's next turn and committed at once.

    Callers may be in any event loop and may be cancelled; their change is then still made. It
    must be short: a loop does nothing else meanwhile, and the database stays locked until the
    loop takes its turn; one that takes none for LOOP_WITHIN_S is not waited for.
    sqlite3's errors become StoreUnavailable, any other error goes through.
    """

    def __init__(
        self,
        db: Database,
        name: str,
        check: Callable[[sqlite3.Connection], None] = lambda connection: None,
        loop_within_s: float = LOOP_WITHIN_S,
    ) -> None:
        """`check` is called in each transaction; what it raises refuses all of it."""
        self._loop_within_s = loop_within_s
        self.commit_count = 0
        self._check = check
        self._db = db
        self._calls: queue.SimpleQueue[_Call | None] = queue.SimpleQueue()
        self._is_closed = False
        self.level: int | None = None  # PRAGMA synchronous of the last commit
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    async def run(
        self,
        function: Callable[Concatenate[sqlite3.Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """What `function(connection, …)` returns, once its change is on the disk."""
        return await self._run(True, function, *args, **kwargs)

    async def run_unflushed(
        self,
        function: Callable[Concatenate[sqlite3.Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Like `run`, but the commit is not flushed to the disk by itself.

        A killed process loses nothing of it; a power cut may, up to the next flushed commit.
        For what is only noted here and can be found out or done again.
        """
        return await self._run(False, function, *args, **kwargs)

    async def _run(
        self,
        is_flushed: bool,
        function: Callable[Concatenate[sqlite3.Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        if self._is_closed:
            raise closed()
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()

        def call(connection: sqlite3.Connection) -> object:
            return function(connection, *args, **kwargs)

        self._calls.put(_Call(call, loop, future, is_flushed))  # type: ignore[arg-type]
        try:
            return await future
        except sqlite3.Error as error:
            raise unavailable(error) from error

    async def close(self) -> None:
        """Finish what was asked for, then close the connection. Twice is harmless."""
        if not self._is_closed:
            self._is_closed = True
            self._calls.put(None)
        await asyncio.to_thread(self._thread.join)

    def _work(self) -> None:
        try:
            first = self._calls.get()
            while first is not None:
                calls, rest = [first], list[_Call | None]()
                self._commit(calls, rest)
                _settle(calls)
                first = rest[0] if rest else self._calls.get()
        finally:
            self._db.close()

    def _commit(self, calls: list[_Call], rest: list[_Call | None]) -> None:
        """Make these changes, and all that are asked for until they are made, in one transaction.

        What cannot come along is left in `rest`: a change, or None for the end.
        """
        connection, is_flushing = self._db.conn, calls[0].is_flushed
        try:
            self._set_flushing(connection, is_flushing)
            connection.execute("BEGIN IMMEDIATE")
            self._check(connection)
        except Exception as error:  # `check` may raise anything, and the thread goes on
            # Whoever asked meanwhile is told now, too: waiting in turn, the last would hear of it
            # long after they were given up, or be made although they were.
            self._join(calls, rest, is_flushing=True)
            _undo(connection, calls, error)
            return

        def make_changes() -> None:
            self._join(calls, rest, is_flushing=is_flushing)
            _attempt_all(calls, connection)

        try:
            self._run_in(calls[0].loop, make_changes)
            connection.execute("ROLLBACK" if calls[0].error and len(calls) == 1 else "COMMIT")
            self.commit_count += 1
        except sqlite3.Error as error:
            _undo(connection, calls, error)
        except BaseException:  # what ended the loop (Ctrl-C, say) is known there
            _undo(connection, calls, sqlite3.OperationalError("the transaction was lost"))

    def _join(self, calls: list[_Call], rest: list[_Call | None], *, is_flushing: bool) -> None:
        """All that waits comes along, but for what is to be flushed by a commit that is not."""
        with contextlib.suppress(queue.Empty):
            while not rest:
                call = self._calls.get_nowait()
                if call is not None and (is_flushing or not call.is_flushed):
                    calls.append(call)
                else:
                    rest.append(call)

    def _run_in(self, loop: asyncio.AbstractEventLoop, work: Callable[[], None]) -> None:
        """Wait until `work` is done in that loop, once; here if the loop is closed.

        Raises what it raises, and sqlite3.OperationalError where the loop takes no turn.
        """
        outcome: Future[None] = Future()
        try:
            loop.call_soon_threadsafe(_do, work, outcome)
        except RuntimeError:  # closed
            _do(work, outcome)
        waited_s, pause_s = 0.0, min(ASK_AFTER_S, self._loop_within_s)
        while True:
            try:
                return outcome.result(pause_s)
            except TimeoutError:
                if outcome.done():  # just now, or the error is its own
                    return outcome.result()
            waited_s += pause_s
            is_closed = loop.is_closed()
            if (is_closed or waited_s >= self._loop_within_s) and outcome.cancel():  # never begun
                if not is_closed:
                    raise sqlite3.OperationalError("the event loop is busy")
                return work()

    def _set_flushing(self, connection: sqlite3.Connection, is_flushing: bool) -> None:
        """A flushed commit takes every earlier one along: they are in the same log."""
        level = FULL if is_flushing else NORMAL
        if level != self.level:
            connection.execute(f"PRAGMA synchronous = {level}")
            self.level = level


def _undo(connection: sqlite3.Connection, calls: Sequence[_Call], error: Exception) -> None:
    """Nothing of the transaction stays."""
    with contextlib.suppress(sqlite3.Error):  # SQLite may have rolled back by itself
        connection.execute("ROLLBACK")
    for call in calls:
        call.error = error


def _do(work: Callable[[], None], outcome: Future[None]) -> None:
    """In the event loop, unless nobody waits for it any more."""
    if not outcome.set_running_or_notify_cancel():
        return
    try:
        work()
    except Exception as error:
        outcome.set_exception(error)
    except BaseException as error:  # Ctrl-C, say: it ends the loop, and the thread is told
        outcome.set_exception(error)
        raise
    else:
        outcome.set_result(None)


def _attempt_all(calls: Sequence[_Call], connection: sqlite3.Connection) -> None:
    """Run the changes. When one fails, all run anew, each so that its failure undoes only itself.

    Mostly none fails, and guarding each by itself is a quarter of a batch's statements.
    """
    if len(calls) == 1:  # nobody else's change has to outlive its failure
        _attempt(calls[0], connection)
        return
    connection.execute("SAVEPOINT changes")
    for call in calls:
        _attempt(call, connection)
        if call.error is not None:
            _undo_to("changes", connection, call.error)
            for each in calls:
                _attempt_alone(each, connection)
            return


def _attempt(call: _Call, connection: sqlite3.Connection) -> None:
    try:
        call.value, call.error = call.function(connection), None
    except Exception as error:  # whatever it is, it belongs to the caller who awaits it
        call.error = error


def _attempt_alone(call: _Call, connection: sqlite3.Connection) -> None:
    connection.execute("SAVEPOINT change")
    _attempt(call, connection)
    if call.error is not None:
        _undo_to("change", connection, call.error)
    connection.execute("RELEASE change")


def _undo_to(savepoint: str, connection: sqlite3.Connection, error: Exception) -> None:
    if not connection.in_transaction:  # SQLite gave up the whole transaction (disk full)
        raise sqlite3.OperationalError("the transaction was lost") from error
    connection.execute(f"ROLLBACK TO {savepoint}")


def _settle(calls: Sequence[_Call]) -> None:
    """Hand every caller the outcome: one wake-up for each event loop."""
    by_loop: dict[asyncio.AbstractEventLoop, list[_Call]] = defaultdict(list)
    for call in calls:
        by_loop[call.loop].append(call)
    for loop, settled in by_loop.items():
        with contextlib.suppress(RuntimeError):  # that loop is closed: nobody waits any more
            loop.call_soon_threadsafe(_resolve, settled)


def _resolve(calls: Sequence[_Call]) -> None:
    for call in calls:
        if call.future.done():  # its caller was cancelled
            continue
        if call.error is None:
            call.future.set_result(call.value)
        else:
            call.future.set_exception(call.error)
