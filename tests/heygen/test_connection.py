"""The connection under the client: how many sockets, how long an answer, and what it is made of."""

from __future__ import annotations

import asyncio
import json
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx
import pytest

from bot.domain.errors import VideoAgentOutcomeUnknown, VideoAgentUnavailable
from bot.domain.news import NewSession
from bot.domain.request.video_request import Orientation
from bot.heygen.client import HeyGenClient
from bot.heygen.connection import ANSWER_MAX_BYTES, CONNECTIONS
from tests.heygen.conftest import KEY

VIDEO = json.dumps({"data": {"id": "v", "status": "completed"}}).encode()
NEW = NewSession("job-1", "Hello", Orientation.LANDSCAPE)
ClientOf = Callable[..., HeyGenClient]


@dataclass
class Counting:
    """A server that says the same to everyone and counts who comes."""

    connections: int = 0
    open_now: int = 0
    most_open: int = 0
    requests: int = 0
    closes_after_each: bool = False
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    serving: set[asyncio.Task[None] | None] = field(default_factory=set)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.serving.add(asyncio.current_task())
        self.connections += 1
        self.open_now += 1
        self.most_open = max(self.most_open, self.open_now)
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                self.requests += 1
                await self.gate.wait()
                head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(VIDEO)}\r\n\r\n"
                writer.write(head.encode() + VIDEO)
                if self.closes_after_each:
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.open_now -= 1
            writer.close()


@asynccontextmanager
async def counted(**options: bool) -> AsyncIterator[tuple[Counting, HeyGenClient]]:
    counting = Counting(**options)
    server = await asyncio.start_server(counting.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    client = HeyGenClient(KEY, f"http://127.0.0.1:{port}")
    try:
        yield counting, client
    finally:
        await client.close()
        server.close()
        counting.gate.set()
        await asyncio.gather(*filter(None, counting.serving))


async def test_reads_one_after_the_other_share_one_connection() -> None:
    async with counted() as (server, client):
        server.gate.set()
        for _ in range(10):
            await client.get_video("v")

    assert (server.requests, server.connections) == (10, 1)


async def test_reads_at_once_open_no_more_connections_than_the_pool_has() -> None:
    async with counted() as (server, client):
        reads = [asyncio.ensure_future(client.get_video("v")) for _ in range(3 * CONNECTIONS)]
        async with asyncio.timeout(5):
            while server.requests < CONNECTIONS:  # noqa: ASYNC110 - the server is another task
                await asyncio.sleep(0.001)
        server.gate.set()
        videos = await asyncio.gather(*reads)

    assert len(videos) == server.requests == 3 * CONNECTIONS
    assert server.most_open == server.connections == CONNECTIONS


async def test_connection_that_the_server_closed_is_replaced_unnoticed() -> None:
    async with counted(closes_after_each=True) as (server, client):
        server.gate.set()
        for _ in range(5):
            await client.get_video("v")

    assert (server.requests, server.connections) == (5, 5)


async def test_answer_longer_than_any_of_heygens_is_not_kept(client_of: ClientOf) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=b" " * ANSWER_MAX_BYTES + VIDEO)

    client = client_of(handler, odd=True)

    with pytest.raises(VideoAgentUnavailable, match="unreadable_reply"):
        await client.get_video("v")
    with pytest.raises(VideoAgentOutcomeUnknown, match="unreadable_reply"):
        await client.create_session(NEW)


async def test_small_answer_that_swells_is_not_kept(client_of: ClientOf) -> None:
    swollen = zlib.compress(b" " * (ANSWER_MAX_BYTES + 1) + VIDEO)

    def handler(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=swollen, headers={"Content-Encoding": "deflate"})

    with pytest.raises(VideoAgentUnavailable, match="unreadable_reply"):
        await client_of(handler, odd=True).get_video("v")


async def test_refusal_that_is_too_long_to_keep_is_no_verdict(client_of: ClientOf) -> None:
    too_long = httpx.Response(400, content=b"x" * (ANSWER_MAX_BYTES + 1))
    client = client_of(lambda request: too_long, odd=True)

    with pytest.raises(VideoAgentUnavailable, match="no_envelope"):
        await client.get_video("v")


async def test_ids_that_no_address_can_carry_are_asked_for_all_the_same(
    client_of: ClientOf,
) -> None:
    client = client_of(lambda request: httpx.Response(200, json={"data": []}))

    assert await client.video_statuses(["\ud800", "a,b", "\x00"]) == {}
