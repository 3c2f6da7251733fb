"""A stranger's process: `python -m tests.strangers.attackers KIND HOST:PORT COUNT SIZE`.

It says "ready" when all COUNT have done what they do, and goes on until it is killed. Each comes
back a second after it was shown out.
"""

from __future__ import annotations

import asyncio
import sys
import zlib
from collections.abc import Awaitable, Callable

BACK_AFTER_S = 1.0
ZEROS_BYTES = 1_000_000
PATHS = ("/slack/events", "/heygen/webhook", "/heygen/callback/guessed", "/metrics", "/nowhere")

Attack = Callable[[asyncio.StreamReader, asyncio.StreamWriter, int, int], Awaitable[None]]


async def gzip(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int, size: int
) -> None:
    """A body of `size` bytes that is a thousand times as large when unpacked."""
    headers = ("Content-Encoding: gzip", f"Content-Length: {size}")
    writer.write(_head(PATHS[number % len(PATHS)], *headers) + _packed(size))
    await writer.drain()
    await reader.readline()


async def silent(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int, size: int
) -> None:
    """Nothing at all, or an endless head, a little at a time (every fourth)."""
    if number % 4 == 0:
        writer.write(b"POST /slack/events HTTP/1.1\r\nHost: bot\r\nX-Slow: ")


async def held(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int, size: int
) -> None:
    """All of a body but its last byte."""
    writer.write(_head(PATHS[number % 3], f"Content-Length: {size}") + b"x" * (size - 1))
    await asyncio.wait_for(writer.drain(), 1)


async def unsigned(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int, size: int
) -> None:
    """Callbacks that nobody signed, one after the other, and every eighth no HTTP at all."""
    for _ in range(size):
        if number % 8 == 0:
            writer.write(b"GET / nonsense\r\n\r\n")
        else:
            writer.write(_head("/heygen/webhook", "Content-Length: 2") + b"{}")
        await reader.readuntil(b"\r\n\r\n")
        await asyncio.sleep(0)


async def unread(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int, size: int
) -> None:
    """One question behind the other, and no answer read."""
    writer.write(b"GET /metrics HTTP/1.1\r\nHost: bot\r\n\r\n" * size)
    await asyncio.wait_for(writer.drain(), 1)


KINDS: dict[str, Attack] = {one.__name__: one for one in (gzip, silent, held, unsigned, unread)}


def _head(path: str, *headers: str) -> bytes:
    lines = (f"POST {path} HTTP/1.1", "Host: bot", "Content-Type: application/json", *headers)
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def _packed(size: int) -> bytes:
    packer = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
    block = packer.compress(bytes(ZEROS_BYTES)) + packer.flush(zlib.Z_FULL_FLUSH)
    header = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"  # RFC 1952
    return (header + block * (size // len(block) + 1))[:size]


async def _one(
    attack: Attack, address: tuple[str, int], number: int, size: int, done: _Done
) -> None:
    while True:
        try:
            reader, writer = await asyncio.open_connection(*address)
            try:
                await attack(reader, writer, number, size)
            finally:
                done.count_down()
            while await reader.read(65_536):
                pass
            writer.close()
        except (OSError, TimeoutError, asyncio.IncompleteReadError):
            pass
        await asyncio.sleep(BACK_AFTER_S)


class _Done:
    """Says "ready" once, when everybody has begun."""

    def __init__(self, count: int) -> None:
        self._left = count

    def count_down(self) -> None:
        self._left -= 1
        if self._left == 0:
            sys.stdout.write("ready\n")
            sys.stdout.flush()


async def main(kind: str, address: str, count: int, size: int) -> None:
    host, _, port = address.rpartition(":")
    done = _Done(count)
    ones = (_one(KINDS[kind], (host, int(port)), number, size, done) for number in range(count))
    await asyncio.gather(*ones)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
