"""Networks that drop connections, and the balancer in front of the replicas: TCP, byte for byte."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Sequence
from contextlib import suppress
from typing import Self

CHUNK_BYTES = 65_536
IDLE_S = 0.05  # after an answer: then the balancer chooses anew for the next request
AT_ONCE = struct.pack("ii", 1, 0)  # SO_LINGER: a close is a reset, and what is unsent is lost
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Address = tuple[str, int]


class Line:
    """A way to one server, of its own for each who uses it; a context manager.

    It can be cut, which everybody on it notices at once, and held: then nothing arrives at either
    end, new connections included, until it is let go.
    """

    def __init__(self, *servers: Address) -> None:
        """To the first of `servers` that takes the connection."""
        self.port = 0  # on 127.0.0.1
        self.is_named = False  # the server's own address in its answers becomes this line's
        self.connections = 0  # so far
        self._servers = servers
        self._passes = asyncio.Event()
        self._passes.set()
        self._listener: asyncio.Server | None = None
        self._open: dict[asyncio.Task[None], list[asyncio.StreamWriter]] = {}

    async def __aenter__(self) -> Self:
        self._listener = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._listener.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._listener is not None
        self._listener.close()
        self.cut()
        for task in list(self._open):
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    def cut(self) -> None:
        """Every connection ends with a reset; what was on its way is lost."""
        for writers in self._open.values():
            for writer in writers:
                if not writer.transport.is_closing():
                    end = writer.get_extra_info("socket")
                    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
                    writer.transport.abort()

    def hold(self) -> None:
        self._passes.clear()

    def let_go(self) -> None:
        """What was held arrives now."""
        self._passes.set()

    def candidates(self) -> Sequence[Address]:
        """The servers, best first, for one more connection."""
        return self._servers

    def is_over(self, has_answered: bool, idle_s: float) -> bool:
        """Whether a connection on which nothing moved for so long is closed from here."""
        return False

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.connections += 1
        self._open[task] = [writer]
        try:
            await self._passes.wait()
            if (server := await self._connect()) is not None:
                self._open[task].append(server[1])
                await self._carry((reader, writer), server)
        except (asyncio.CancelledError, OSError):
            pass  # the end of this line, or of one connection
        finally:
            for end in self._open.pop(task):
                end.close()

    async def _connect(self) -> Streams | None:
        for host, port in self.candidates():
            with suppress(OSError):
                return await asyncio.open_connection(host, port)
        return None

    async def _carry(self, client: Streams, server: Streams) -> None:
        """Both ways, until either end is closed; what was sent before that still arrives."""
        moved = _Moved()
        ways = [
            asyncio.create_task(self._pump(client[0], server[1], moved, is_answer=False)),
            asyncio.create_task(self._pump(server[0], client[1], moved, is_answer=True)),
        ]
        try:
            while not any(way.done() for way in ways):
                await asyncio.wait(ways, timeout=IDLE_S, return_when=asyncio.FIRST_COMPLETED)
                if self.is_over(moved.has_answered, moved.idle_s()):
                    break
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)

    async def _pump(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        moved: _Moved,
        *,
        is_answer: bool,
    ) -> None:
        while data := await reader.read(CHUNK_BYTES):
            await self._passes.wait()
            moved.note(is_answer)
            writer.write(self._renamed(data) if is_answer and self.is_named else data)
            await writer.drain()
        await self._passes.wait()  # the end comes after what was sent before it

    def _renamed(self, data: bytes) -> bytes:
        """Of the same length, so that no header is wrong: such ports have five digits."""
        (host, port), *_ = self._servers
        return data.replace(f"{host}:{port}".encode(), f"127.0.0.1:{self.port}".encode())


class _Moved:
    """When something last moved on a connection, and whether that was an answer."""

    def __init__(self) -> None:
        self.has_answered = False
        self._at_s = asyncio.get_running_loop().time()

    def note(self, is_answer: bool) -> None:
        self.has_answered = is_answer
        self._at_s = asyncio.get_running_loop().time()

    def idle_s(self) -> float:
        return asyncio.get_running_loop().time() - self._at_s


class Balancer(Line):
    """The replicas in turn; one that cannot be connected is passed over. It knows no health page.

    A connection goes to one replica, so it is closed soon after an answer: the next request goes
    to the next, as with a balancer that reads HTTP.
    """

    _turn = 0

    def candidates(self) -> Sequence[Address]:
        self._turn += 1
        first = self._turn % len(self._servers)
        return [*self._servers[first:], *self._servers[:first]]

    def is_over(self, has_answered: bool, idle_s: float) -> bool:
        return has_answered and idle_s >= IDLE_S
