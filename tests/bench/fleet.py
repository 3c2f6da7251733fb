"""Many renders at once, and a full queue: what the bot asks, uses and does after a kill."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sqlite3
import statistics
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp

from bot.domain.delivery.delivery import DeliveryKind, delivery_id
from bot.domain.delivery.notice import PostedMessage
from bot.domain.job.job import JobState
from store import open_store
from store.rows import JOB_COLUMNS, job_values
from tests.bench.client import send_all
from tests.bench.measures import TICKS_PER_S, Bench, cpu_s, stock_bolt, submit_body
from tests.bench.memory import resident_mb
from tests.bench.report import Figure
from tests.builders import a_job, changed
from tests.scenarios.process import bot_process

AT_ONCE = 100  # jobs that are stored side by side: none may wait for long
INTERVAL_S = 30.0  # both bots poll at it; at 15 s the naive one cannot keep up with 10,000
CREATE = {"prompt": "About tea", "orientation": "landscape", "incognito_mode": True}


async def renders_at_heygen(b: Bench, count: int) -> list[tuple[str, str]]:
    """(session_id, video_id) of `count` videos that will not be ready for an hour."""
    b.heygen.max_concurrent = count + 1000
    headers = {"X-Api-Key": b.heygen.api_key, "User-Agent": "bench"}
    async with aiohttp.ClientSession(headers=headers) as session:
        for _ in range(count):
            async with session.post(f"{b.heygen.url}/v3/video-agents", json=CREATE) as answer:
                assert answer.status == 200
    b.heygen.requests.clear()
    return [(s.session_id, s.video_id or "") for s in b.heygen.sessions.values()]


async def store_renders(b: Bench, renders: list[tuple[str, str]], url: str = "") -> None:
    """The same videos as jobs of ours, a minute into rendering, their cards posted."""
    now = datetime.now(UTC)
    store = open_store(url or f"sqlite:///{b.folder / 'bot.db'}")
    channel_id = b.slack.channel("general").id

    async def store_one(number: int, session_id: str, video_id: str) -> None:
        since = now - timedelta(seconds=60)
        due_at = now + timedelta(seconds=INTERVAL_S * number / len(renders))
        who = {"channel_id": channel_id, "requester_id": f"U{number % 20}"}
        job = a_job(f"render-{number}", created_at=since, **who)
        job = replace(job, state=JobState.RENDERING, due_at=due_at)
        await store.jobs.add(changed(job, session_id=session_id, video_id=video_id), [])
        card = delivery_id(job.id, DeliveryKind.CARD)
        await store.deliveries.mark_posting(card, now)
        await store.deliveries.mark_posted(card, PostedMessage(channel_id, f"1.{number:06d}"), now)

    numbered = list(enumerate(renders))
    for begin in range(0, len(numbered), AT_ONCE):
        batch = numbered[begin : begin + AT_ONCE]
        await asyncio.gather(*(store_one(number, *render) for number, render in batch))
    await store.close()


async def many_renders(b: Bench, count: int, seconds: float) -> list[Figure]:
    """Requests, CPU and memory for `count` renders over `seconds`, beside the naive bot's."""
    environ = b.environ(POLL_INTERVAL_S=str(INTERVAL_S), MAX_CONCURRENT_VIDEOS="100")
    async with bot_process(environ, b.folder) as bot:
        await asyncio.sleep(1)
        idle_mb = resident_mb(bot.process.pid)
    renders = await renders_at_heygen(b, count)
    await store_renders(b, renders)

    async with bot_process(environ, b.folder) as bot:
        b.heygen.requests.clear()
        our_requests, our_cpu_s = await watched(b, bot.process.pid, seconds)
        our_mb = resident_mb(bot.process.pid)
        b.heygen.requests.clear()
        code, _ = await bot.end(signal.SIGKILL)
        assert code == -signal.SIGKILL
    async with bot_process(environ, b.folder) as bot:
        ready_s = bot.ready_after_s
        first_read_s = await first_read(b)

    naive_requests, naive_cpu_s = await _naive(b, [video for _, video in renders], seconds)
    name = f"{count} renders, {seconds:g} s"
    per_job_kb = max(0.0, our_mb - idle_mb) * 1000 / count
    return [
        Figure(f"{name}: our requests to HeyGen", our_requests, ""),
        Figure(f"{name}: a naive bot's requests", naive_requests, ""),
        Figure("naive over ours, requests", naive_requests / our_requests, "times", at_least=50),
        Figure(f"{name}: our CPU", our_cpu_s, "s"),
        Figure(f"{name}: a naive bot's CPU", naive_cpu_s, "s"),
        Figure(
            "naive over ours, CPU",
            naive_cpu_s / max(our_cpu_s, 1 / TICKS_PER_S),
            "times",
            at_least=10,
        ),
        Figure("memory for each render above idle", per_job_kb, "kB", 1),
        Figure(f"kill -9 with {count} renders: ready again", ready_s, "s", 2),
        Figure("first status read after ready", first_read_s, "s", 1),
    ]


async def watched(b: Bench, pid: int, seconds: float) -> tuple[int, float]:
    """(requests to HeyGen, CPU seconds) from now on."""
    before = cpu_s(pid)
    await asyncio.sleep(seconds)
    return len(b.heygen.requests), cpu_s(pid) - before


async def first_read(b: Bench) -> float:
    began = time.perf_counter()
    async with asyncio.timeout(10):
        while not _asks_for_videos(b):  # noqa: ASYNC110 - HeyGen's books wake nobody
            await asyncio.sleep(0.005)
    return time.perf_counter() - began


def _asks_for_videos(b: Bench) -> bool:
    return any(request.route.startswith("GET /v3/videos/") for request in b.heygen.requests)


async def _naive(b: Bench, video_ids: list[str], seconds: float) -> tuple[int, float]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.bench.naive_bot"),
        env={**os.environ, **b.environ(POLL_INTERVAL_S=str(INTERVAL_S))},
        stdin=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert process.stdin is not None
    b.heygen.requests.clear()
    process.stdin.write("\n".join(video_ids).encode())
    process.stdin.close()
    try:
        async with asyncio.timeout(60):
            while not b.heygen.requests:  # noqa: ASYNC110 - HeyGen's books wake nobody
                await asyncio.sleep(0.05)
        return await watched(b, process.pid, seconds)
    finally:
        process.kill()
        await process.wait()


# -- accepts and transactions -------------------------------------------------------------------

CONNECTIONS = 32


async def accepts_per_second(b: Bench, count: int) -> list[Figure]:
    """Signed submits over 32 connections: ours on disk before the ack, stock Bolt's nowhere."""
    async with bot_process(b.environ(), b.folder) as bot:
        ours = await rate(b, [bot.url], count)
    with closing(sqlite3.connect(b.folder / "bot.db")) as db:
        stored = db.execute("SELECT count(*) FROM jobs").fetchone()[0]
    assert stored == count, f"{stored} jobs on disk of {count}"
    async with stock_bolt(b) as url:
        await send_all(url, b.slack.signing_secret, [submit_body(b, 0).decode()])
        stock = await rate(b, [url], count)
    return [
        Figure(f"durable accepts a second at {CONNECTIONS} connections", ours, "/s"),
        Figure("stock Bolt AsyncApp's, stores nothing", stock, "/s"),
        Figure("ours over stock Bolt's", ours / stock, "times", at_least=1),
    ]


async def rate(b: Bench, urls: Sequence[str], count: int) -> float:
    """Accepted submits a second, to these bots in turn."""
    bodies = [submit_body(b, number).decode() for number in range(count)]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.bench.client", str(CONNECTIONS)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    asked = {"urls": urls, "secret": b.slack.signing_secret, "bodies": bodies}
    output, _ = await process.communicate(json.dumps(asked).encode())
    assert process.returncode == 0
    took: Any = json.loads(output)
    return count / float(took)


async def transactions(b: Bench, count: int) -> list[Figure]:
    """The store's transactions one after the other, as a share of bare sqlite3's."""
    await open_store(f"sqlite:///{b.folder / 'bare.db'}").close()  # our tables and indexes
    bare = await asyncio.to_thread(_bare_inserts, b.folder / "bare.db", count)
    store = open_store(f"sqlite:///{b.folder / 'ours.db'}")
    seconds = []
    for number in range(count):
        job = a_job(f"job-{number}")
        began = time.perf_counter()
        await store.jobs.add(job, [])
        seconds.append(time.perf_counter() - began)
    ours = statistics.median(seconds)
    jobs = iter([a_job(f"more-{number}") for number in range(count)])

    async def add_next() -> None:
        for job in jobs:
            await store.jobs.add(job, [])

    began = time.perf_counter()
    await asyncio.gather(*(add_next() for _ in range(CONNECTIONS)))
    at_once = count / (time.perf_counter() - began)
    await store.close()
    return [
        Figure(f"store transactions a second, {CONNECTIONS} at once", at_once, "/s"),
        Figure("store transactions a second, one at a time", 1 / ours, "/s"),
        Figure("bare sqlite3's, same durability and rows", 1 / bare, "/s"),
        Figure("ours as a share of bare sqlite3's", bare / ours, "times", at_least=0.5),
    ]


def _bare_inserts(path: Path, count: int) -> float:
    """Median seconds for one transaction of the same rows, without our layers."""
    seconds = []
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA synchronous = FULL")
        for number in range(count):
            values = job_values(a_job(f"job-{number}"))
            began = time.perf_counter()
            _insert(db, values)
            seconds.append(time.perf_counter() - began)
    return statistics.median(seconds)


_JOB = f"INSERT INTO jobs ({', '.join(JOB_COLUMNS)}) VALUES ({', '.join('?' * len(JOB_COLUMNS))})"
_HISTORY = "INSERT INTO history (job_id, at, to_state, why, who) VALUES (?,?,?,?,?)"
_CARD = "INSERT INTO deliveries (id, job_id, kind, state, due_at, wanted) VALUES (?,?,?,?,?,?)"


def _insert(db: sqlite3.Connection, job: Sequence[Any]) -> None:
    at = "2026-11-23T12:00:00.000000+00:00"
    db.execute("BEGIN IMMEDIATE")
    db.execute(_JOB, job)
    db.execute(_HISTORY, (job[0], at, "queued", "asked", "U"))
    db.execute(_CARD, (f"{job[0]}.card", job[0], "card", "due", at, 1))
    db.execute("COMMIT")
