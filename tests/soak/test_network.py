"""The soak's network does what it says: otherwise its quiet would prove nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.scenarios.sandbox_world import free_port
from tests.soak.network import Address, Balancer, Line


@pytest.fixture
async def echo() -> AsyncIterator[Address]:
    """A server that says each line again."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            writer.write(line)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[:2]
    server.close()


async def say(line: bytes, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(line)
    return reader, writer


async def test_line_carries_both_ways(echo: Address) -> None:
    async with Line(echo) as line:
        reader, writer = await say(b"hello\n", line.port)
        assert await reader.readline() == b"hello\n"

        writer.close()
        assert await reader.read() == b""


async def test_cut_line_is_noticed_at_once(echo: Address) -> None:
    async with Line(echo) as line:
        reader, writer = await say(b"hello\n", line.port)
        await reader.readline()

        line.cut()
        with pytest.raises(ConnectionError):
            await reader.readexactly(1)
        writer.close()


async def test_held_line_delivers_nothing_until_it_is_let_go(echo: Address) -> None:
    async with Line(echo) as line:
        before, first = await say(b"hello\n", line.port)
        await before.readline()

        line.hold()
        first.write(b"still there?\n")
        after, second = await say(b"a new one\n", line.port)
        answers = asyncio.gather(before.readline(), after.readline())
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.shield(answers), 0.05)

        line.let_go()
        assert await answers == [b"still there?\n", b"a new one\n"]
        first.close()
        second.close()


async def test_address_in_an_answer_becomes_the_lines(echo: Address) -> None:
    host, port = echo
    async with Line(echo) as line:
        line.is_named = True
        reader, writer = await say(f"http://{host}:{port}/file\n".encode(), line.port)

        assert await reader.readline() == f"http://127.0.0.1:{line.port}/file\n".encode()
        writer.close()


async def test_balancer_passes_over_who_cannot_be_connected(echo: Address) -> None:
    async with Balancer(("127.0.0.1", free_port()), echo) as balancer:
        for _ in range(4):
            reader, writer = await say(b"hello\n", balancer.port)
            assert await reader.readline() == b"hello\n"
            assert await reader.read() == b""  # closed soon after the answer
            writer.close()

    assert balancer.connections == 4
