"""Who is connected to the HTTP server: how many at once, how long, and with how much unsaid.

aiohttp takes connections without end and waits for a request for an hour. Here each has deadlines,
and where there are too many of them, or too many bytes of requests that do not end, whoever has
kept us waiting longest goes: strangers who say nothing never keep out people who do.
"""

from __future__ import annotations

import asyncio
import resource
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from bot.observe import Seldom

log = structlog.get_logger(__name__)

OPEN_FILES = 8_192  # more than we ever need; a higher limit only costs where somebody counts to it


@dataclass(frozen=True, slots=True)
class Limits:
    """What strangers may take up. A request of Slack's or HeyGen's is here in milliseconds."""

    connections: int = 500  # at some 20 kB each; Slack or a proxy needs a few dozen
    unfinished_bytes: int = 16_000_000  # of all requests that have begun and not ended
    head_s: float = 10.0
    body_s: float = 10.0
    idle_s: float = 75.0  # between two requests; nginx lets go of ours after 60 s
    refused_s: float = 1.0  # for what is still on its way, so that our answer can be read
    answer_s: float = 10.0  # to take 64 kB of an answer


class Visitors:
    """All connections, in the order in which they began to keep us waiting."""

    def __init__(self, make: Callable[[], asyncio.Protocol], limits: Limits) -> None:
        """`make` gives aiohttp's own protocol for one connection."""
        self.limits = limits
        self._make = make
        self._most = min(limits.connections, _open_files() // 2)  # the rest is for our own calls
        self._new: dict[Visitor, None] = {}  # no whole request yet
        self._known: dict[Visitor, None] = {}  # between two requests, or in a later one
        self._served: dict[Visitor, None] = {}
        self._unfinished_bytes = 0
        self._told = Seldom(lambda count: log.warning("too many strangers, shown out", count=count))

    def __call__(self) -> Visitor:
        """asyncio's protocol factory."""
        return Visitor(self._make(), self)

    def let_in(self, visitor: Visitor) -> None:
        """Half of the room is kept for those who have asked before: a proxy's idle connections."""
        while len(self._new) + len(self._known) + len(self._served) >= self._most:
            is_crowded = len(self._new) >= self._most // 2
            crowd = (self._new if is_crowded else self._known) or self._new or self._known
            self._show_out(next(iter(crowd or self._served)))
        self._new[visitor] = None

    def await_from_now(self, visitor: Visitor) -> None:
        self.leave(visitor)
        self._known[visitor] = None

    def serve(self, visitor: Visitor) -> None:
        self.leave(visitor)
        self._served[visitor] = None

    def leave(self, visitor: Visitor) -> None:
        """Twice is harmless."""
        self.forget_bytes(visitor)
        for room in (self._new, self._known, self._served):
            room.pop(visitor, None)

    def count_bytes(self, visitor: Visitor, size: int) -> None:
        """So many more of a request that has not ended."""
        visitor.unfinished_bytes += size
        self._unfinished_bytes += size
        while self._unfinished_bytes > self.limits.unfinished_bytes:
            waiting = (*self._new, *self._known)
            self._show_out(next(one for one in waiting if one.unfinished_bytes))

    def forget_bytes(self, visitor: Visitor) -> None:
        self._unfinished_bytes -= visitor.unfinished_bytes
        visitor.unfinished_bytes = 0

    def _show_out(self, visitor: Visitor) -> None:
        self._told()
        visitor.close()


class Visitor(asyncio.Protocol):
    """One connection: aiohttp's protocol, with a watch on it."""

    def __init__(self, inner: asyncio.Protocol, visitors: Visitors) -> None:
        self.unfinished_bytes = 0
        self._inner = inner
        self._visitors = visitors
        self._limits = visitors.limits
        self._transport: asyncio.Transport | None = None
        self._deadline_at: float | None = None  # by the loop's clock
        self._timer: asyncio.TimerHandle | None = None
        self._is_idle = False  # nothing has come since our last answer
        self._is_counted = True  # what comes belongs to a request that has not ended

    # What asyncio tells

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._visitors.let_in(self)
        self._within(self._limits.head_s)
        self._inner.connection_made(transport)

    def data_received(self, data: bytes) -> None:
        if self._is_idle:
            self._is_idle = False
            self._visitors.await_from_now(self)
            self._within(self._limits.head_s)
        if self._is_counted:
            self._visitors.count_bytes(self, len(data))
        if self._transport is not None:  # else shown out for it
            self._inner.data_received(data)

    def eof_received(self) -> bool | None:
        return self._inner.eof_received()

    def pause_writing(self) -> None:
        """64 kB of answers are not taken."""
        self._visitors.await_from_now(self)
        self._within(self._limits.answer_s)
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        self._within(self._limits.idle_s)
        self._inner.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        self.close()
        self._inner.connection_lost(exc)

    # What the server tells

    def head_is_here(self) -> None:
        self._is_idle = False
        self._within(self._limits.body_s)

    def body_is_here(self) -> None:
        self._is_counted = False
        if self._transport is not None:
            self._visitors.serve(self)
        self._within(None)

    def is_answered(self) -> None:
        self._is_counted = self._is_idle = True
        if self._transport is not None:
            self._visitors.await_from_now(self)
        self._within(self._limits.idle_s)

    def is_refused(self) -> None:
        """What is still on its way is thrown away: it takes up nothing."""
        self._is_counted = False
        self._visitors.forget_bytes(self)
        self._within(self._limits.refused_s)

    def close(self) -> None:
        """At once, whatever it is at; twice is harmless."""
        self._deadline_at = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._visitors.leave(self)
        if self._transport is not None:
            self._transport.abort()
            self._transport = None

    def _within(self, seconds: float | None) -> None:
        """The next thing must come within so many seconds from now.

        A deadline that moves back, as most do with each request, leaves the timer as it is.
        """
        if seconds is None or self._transport is None:
            self._deadline_at = None
            return
        loop = asyncio.get_running_loop()
        self._deadline_at = loop.time() + seconds
        if self._timer is None or self._timer.when() > self._deadline_at:
            self._set_timer(loop, self._deadline_at)

    def _set_timer(self, loop: asyncio.AbstractEventLoop, at: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = loop.call_at(at, self._time_is_up, loop)

    def _time_is_up(self, loop: asyncio.AbstractEventLoop) -> None:
        at, self._timer = self._deadline_at, None
        if at is None:
            return
        if at > loop.time():
            self._set_timer(loop, at)
        else:
            self.close()


def raise_open_files() -> None:
    """As many as the system lets us have, within reason: each connection is a file."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def _open_files() -> int:
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return OPEN_FILES if soft == resource.RLIM_INFINITY else soft
