"""Replicas over PostgreSQL: accepts, a takeover, and many renders."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import psycopg

from tests.bench.fleet import (
    CONNECTIONS,
    INTERVAL_S,
    first_read,
    rate,
    renders_at_heygen,
    store_renders,
    watched,
)
from tests.bench.measures import Bench
from tests.bench.report import Figure
from tests.postgres import binaries
from tests.postgres.server import DURABLE, PostgresServer
from tests.scenarios.process import BotProcess, bot_process

LEASE_S = 15.0
TAKEOVER_WITHIN_S = 60.0


@asynccontextmanager
async def postgres() -> AsyncIterator[PostgresServer]:
    found = binaries.find()
    assert found is not None, binaries.NONE
    with await asyncio.to_thread(PostgresServer, found, DURABLE) as server:
        yield server


@asynccontextmanager
async def replicas(b: Bench, url: str, count: int, **more: str) -> AsyncIterator[list[BotProcess]]:
    async with AsyncExitStack() as stack:
        started = []
        for _ in range(count):
            settings = b.environ(DATABASE_URL=url, **more)
            started.append(await stack.enter_async_context(bot_process(settings, b.folder)))
        yield started


async def accepts_of_replicas(b: Bench, count: int) -> list[Figure]:
    """Signed submits over 32 connections: to one bot on SQLite, then to 1, 2, 3 on PostgreSQL."""
    async with bot_process(b.environ(), b.folder) as bot:
        alone = await rate(b, [bot.url], count)
    figures = [Figure(f"SQLite: durable accepts a second, {CONNECTIONS} connections", alone, "/s")]
    async with postgres() as server:
        for size in (1, 2, 3):
            url = server.create_database()
            async with replicas(b, url, size) as bots:
                shared = await rate(b, [bot.url for bot in bots], count)
            with psycopg.connect(url) as connection:
                row = connection.execute("SELECT count(*) FROM jobs").fetchone()
            assert row == (count,), f"{row} jobs in the database of {count}"
            name = f"PostgreSQL, {size} replicas"
            figures += [
                Figure(f"{name}: accepts a second", shared, "/s"),
                Figure(f"{name}: over SQLite's", shared / alone, "times"),
            ]
    return figures


async def takeover(b: Bench, interval_s: float) -> list[Figure]:
    """From the SIGKILL of the one that works until another asks HeyGen about its video."""
    async with (
        postgres() as server,
        replicas(b, server.create_database(), 2, POLL_INTERVAL_S=str(interval_s)) as bots,
    ):
        first, _ = bots
        await rate(b, [first.url], 1)
        await b.slack.wait_for(lambda: bool(b.heygen.sessions) or None, 30, "the create")
        await asyncio.sleep(1)  # the session is saved: nobody tells
        await first.end(signal.SIGKILL)
        b.heygen.requests.clear()
        began = time.perf_counter()
        async with asyncio.timeout(TAKEOVER_WITHIN_S):
            while not b.heygen.requests:  # noqa: ASYNC110 - HeyGen's books wake nobody
                await asyncio.sleep(0.01)
        seconds = time.perf_counter() - began
    limit = max(3.0, min(interval_s, LEASE_S)) + 5
    name = f"SIGKILL to the next replica's first question, POLL_INTERVAL_S={interval_s:g}"
    return [Figure(name, seconds, "s", limit)]


async def many_renders_on_postgres(b: Bench, count: int, seconds: float) -> list[Figure]:
    """Requests and CPU for `count` renders over `seconds`, as fleet.many_renders has them."""
    more = {"POLL_INTERVAL_S": str(INTERVAL_S), "MAX_CONCURRENT_VIDEOS": "100"}
    async with postgres() as server:
        url = server.create_database()
        await store_renders(b, await renders_at_heygen(b, count), url)
        async with replicas(b, url, 1, **more) as bots:
            await first_read(b)
            b.heygen.requests.clear()
            requests, cpu = await watched(b, bots[0].process.pid, seconds)
    name = f"PostgreSQL, {count} renders, {seconds:g} s"
    return [
        Figure(f"{name}: requests to HeyGen", requests, ""),
        Figure(f"{name}: CPU", cpu, "s"),
    ]
