"""Bad weather that lasts for seconds, one front after the other, on top of the single faults.

A second here is a minute of the real thing, as POLL_INTERVAL_S is a sixtieth of the default:
outages of twenty minutes, a list three minutes late, posts that are shown 20 s after the time-out.
"""

from __future__ import annotations

import asyncio
import random
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bot.sandbox.faults import Fault, FaultPlan, edge_page
from bot.sandbox.heygen.server import HeyGenSandbox
from bot.sandbox.slack.server import SlackSandbox

SESSION_LIST = "GET /v3/video-agents"
EVERY_S = (2.0, 8.0)
LASTS_S = (4.0, 20.0)
LOCKED_S = (1.0, 6.0)
SHOWN_AFTER_S = (0.1, 1.0)
HANGS_S = 600.0
NO_WAIT = {"Retry-After": "0"}
ANY_LOCK = """
import sqlite3, sys, time
db = sqlite3.connect(sys.argv[1], timeout=30, isolation_level=None)
db.execute("BEGIN IMMEDIATE")
time.sleep(float(sys.argv[2]))
db.execute("COMMIT")
"""
HEYGEN_BUSY = '{"error": {"code": "rate_limit_exceeded", "message": "soak"}}'

Front = Callable[[], AbstractAsyncContextManager[None]]


@dataclass
class Fronts:
    """Both platforms and the database as a whole; `seen` counts what came."""

    slack: SlackSandbox
    heygen: HeyGenSandbox
    database: Path
    rng: random.Random
    seen: Counter[str] = field(default_factory=Counter)

    async def pass_through(self, seconds: float) -> None:
        """One front after the other, until the time is up."""
        loop = asyncio.get_running_loop()
        ends_at = loop.time() + seconds
        while loop.time() < ends_at:
            await asyncio.sleep(self.rng.uniform(*EVERY_S))
            name, front = self.rng.choice(list(self._all().items()))
            self.seen[name] += 1
            async with front():
                await asyncio.sleep(
                    min(self.rng.uniform(*LASTS_S), max(0.0, ends_at - loop.time()))
                )

    def _all(self) -> dict[str, Front]:
        heygen, slack = self.heygen.faults, self.slack.api.faults
        down = Fault("status", 503, "<h1>Down</h1>", "text/html")
        platforms = {"HeyGen": heygen, "Slack": slack}
        faults = {"503": down, "reset": Fault("drop_before"), "cut": Fault("cut")}
        outages = {
            f"{name} {kind}": self._spell(plan, fault)
            for name, plan in platforms.items()
            for kind, fault in faults.items()
        }
        edge = {f"edge {n}": self._spell(heygen, edge_page(n)) for n in (403, 404, 502)}
        slack_busy = Fault("status", 429, '{"ok": false, "error": "ratelimited"}', headers=NO_WAIT)
        heygen_busy = Fault("status", 429, HEYGEN_BUSY, headers=NO_WAIT)
        late = Fault("late", seconds=self.rng.uniform(*SHOWN_AFTER_S))
        return {
            **outages,
            **edge,
            "HeyGen refuses connections": self._heygen_dark,
            "Slack refuses connections": self._slack_dark,
            "list down": self._spell(heygen, down, SESSION_LIST),
            "one session hangs": self._one_session_hangs,
            "posts shown late": self._spell(slack, late, "chat.postMessage"),
            "Slack: Retry-After 0": self._spell(slack, slack_busy, "chat.postMessage"),
            "HeyGen: Retry-After 0": self._spell(heygen, heygen_busy),
            "database locked": self._database_locked,
        }

    def _spell(self, plan: FaultPlan, fault: Fault, *routes: str, path: str = "") -> Front:
        @asynccontextmanager
        async def front() -> AsyncIterator[None]:
            spell = plan.begin(fault, routes=routes, path=path)
            yield
            plan.end(spell)

        return front

    @asynccontextmanager
    async def _heygen_dark(self) -> AsyncIterator[None]:
        await self.heygen.stop()
        yield
        await self.heygen.come_back()

    @asynccontextmanager
    async def _slack_dark(self) -> AsyncIterator[None]:
        await self.slack.go_dark()
        yield
        await self.slack.come_back()

    @asynccontextmanager
    async def _one_session_hangs(self) -> AsyncIterator[None]:
        running = [s.session_id for s in self.heygen.sessions.values() if not s.ended]
        path = f"/v3/video-agents/{self.rng.choice(running or ['none'])}"
        hangs = Fault("slow", seconds=HANGS_S)
        async with self._spell(self.heygen.faults, hangs, path=path)():
            yield

    @asynccontextmanager
    async def _database_locked(self) -> AsyncIterator[None]:
        """Another process holds the write lock."""
        seconds = str(self.rng.uniform(*LOCKED_S))
        locker = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", ANY_LOCK, str(self.database), seconds)
        )
        yield
        await locker.wait()
