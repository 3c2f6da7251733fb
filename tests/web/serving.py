"""The real routes on loopback over a real store, with a clock that stands still."""

from __future__ import annotations

import hashlib
import hmac
import sqlite3
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
from slack_bolt.async_app import AsyncApp

from bot.domain.job.job import Job, JobState
from bot.domain.ports.store import Store
from bot.web.health import Health
from bot.web.heygen_webhook import HeyGenWebhook
from bot.web.metrics import Metrics
from bot.web.server import SlackEndpoint, WebServer, web_app
from bot.workflow.parts import Parts, Policy
from store import open_store
from tests.empty_database import write_empty_database
from tests.fakes import FakeClock, fake_ports

SECRETS = ("whsec_new", "whsec_old")


@dataclass
class Reply:
    status: int
    text: str
    headers: Mapping[str, str]


@dataclass
class ServedBot:
    path: Path
    store: Store
    clock: FakeClock
    faults: dict[str, str]
    rung: list[str]  # one entry for each time the poller was woken
    session: aiohttp.ClientSession
    url: str = ""
    jobs: dict[str, Job] = field(default_factory=dict)

    async def ask(self, method: str, path: str, **how: Any) -> Reply:
        async with self.session.request(method, self.url + path, **how) as answer:
            return Reply(answer.status, await answer.text(), dict(answer.headers))

    async def add(self, job: Job) -> None:
        await self.store.jobs.add(job, [])
        self.jobs[job.id] = await self.read(job.id)

    async def read(self, job_id: str) -> Job:
        job = await self.store.jobs.get(job_id)
        assert job is not None
        return job

    async def due(self) -> list[str]:
        """The jobs that the poller would ask about now."""
        now = self.clock.now()
        due = await self.store.jobs.due(
            JobState.RENDERING, now, 10, horizon=now + timedelta(days=1)
        )
        return [job.id for job in due]

    async def nothing_happened(self) -> bool:
        same = [await self.read(job_id) == job for job_id, job in self.jobs.items()]
        return all(same) and self.rung == []

    def locked(self) -> closing[sqlite3.Connection]:
        """Another process that holds the database."""
        other = sqlite3.connect(self.path, isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")
        return closing(other)


@asynccontextmanager
async def serving(folder: Path, secrets: tuple[str, ...] = SECRETS) -> AsyncIterator[ServedBot]:
    """All routes, as bot/app puts them together, without Slack."""
    path = folder / "bot.db"
    write_empty_database(path)
    store = open_store(f"sqlite:///{path}", busy_timeout_s=0.02)
    clock = FakeClock()
    bot = ServedBot(path, store, clock, {}, [], aiohttp.ClientSession())
    parts = Parts(fake_ports(store, clock, folder), Policy(), clock)
    parts.signals.poll = lambda: bot.rung.append("poll")
    app = web_app(
        slack=SlackEndpoint(
            AsyncApp(token="xoxb-unused", request_verification_enabled=False), None
        ),
        heygen=HeyGenWebhook(parts.callbacks, secrets),
        health=Health(parts.overview, {"slack": lambda: bot.faults.get("slack")}),
        metrics=Metrics(parts.overview),
    )
    server = WebServer(app, "127.0.0.1", 0)
    await server.start()
    bot.url = server.url
    try:
        yield bot
    finally:
        await bot.session.close()
        await server.stop()
        await store.close()


def signature(body: bytes, secret: str = SECRETS[0]) -> str:
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
