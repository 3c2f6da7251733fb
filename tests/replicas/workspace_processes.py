"""Bots of several workspaces as processes: killed, paused, started again; what they left."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import psycopg

from bot.sandbox.heygen.server import HeyGenSandbox
from bot.sandbox.slack.browser import Page
from bot.sandbox.slack.server import SlackSandbox
from bot.sandbox.slack.team import SlackTeam
from tests.scenarios.process import ROOT, of_this_machine, wait_until_answering
from tests.scenarios.sandbox_world import free_port
from tests.scenarios.workspaces_world import environ

T = TypeVar("T")


async def seen(look: Callable[[], T | None], what: str, within_s: float = 10.0) -> T:
    began = time.monotonic()
    while time.monotonic() - began < within_s:
        if (found := look()) is not None:
            return found
        await asyncio.sleep(0.03)
    raise AssertionError(f"waited {within_s} s for {what}")


@dataclass
class Running:
    process: asyncio.subprocess.Process
    url: str
    log_path: Path

    def log(self) -> str:
        return self.log_path.read_text()

    @property
    def pid(self) -> int:
        return self.process.pid

    async def kill(self) -> None:
        if self.process.returncode is None:
            self.process.kill()
        await self.process.wait()

    async def dead(self, within_s: float = 10.0) -> int:
        return await asyncio.wait_for(self.process.wait(), within_s)

    async def stop(self) -> tuple[int, float]:
        began = time.monotonic()
        self.process.terminate()
        code = await asyncio.wait_for(self.process.wait(), 30)
        return code, time.monotonic() - began


@dataclass
class World:
    slack: SlackSandbox
    heygen: HeyGenSandbox
    folder: Path
    url: str = ""  # of PostgreSQL
    settings: dict[str, str] = field(default_factory=dict)
    count: int = 0

    def environ(self, port: int) -> dict[str, str]:
        given = environ(self.slack, self.heygen, self.folder, port) | self.settings
        if self.url:
            given["DATABASE_URL"] = self.url
        return {name: value for name, value in given.items() if value != ""}

    @asynccontextmanager
    async def bot(
        self, die_at: str = "", *, connect: bool = True, wait: bool = True, **more: str
    ) -> AsyncIterator[Running]:
        self.count += 1
        port = free_port()
        path = self.folder / f"bot-{self.count}.log"
        given = self.environ(port) | {"PUBLIC_URL": f"http://127.0.0.1:{port}"} | more
        given |= {"DIE_AT": die_at} if die_at else {}
        with path.open("wb") as output:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tests.replicas.doomed"),
                env={**of_this_machine(), "PYTHONPATH": str(ROOT), **given},
                cwd=self.folder,
                stdout=output,
                stderr=asyncio.subprocess.STDOUT,
            )
        url = f"http://127.0.0.1:{port}"
        running = Running(process, url, path)
        try:
            if wait:
                try:
                    await wait_until_answering(process, url + "/livez")
                except AttributeError:
                    raise AssertionError(running.log()) from None
            if connect:
                self.slack.connect(f"{url}/slack/events")
            yield running
        finally:
            await running.kill()

    def rows(self, question: str) -> list[Any]:
        if self.url:
            with psycopg.connect(self.url) as db:
                return db.execute(question).fetchall()  # type: ignore[arg-type]
        with closing(sqlite3.connect(f"file:{self.folder / 'bot.db'}?mode=ro", uri=True)) as db:
            return db.execute(question).fetchall()

    def states(self, team: SlackTeam) -> list[str]:
        asked = f"SELECT state FROM jobs WHERE team_id = '{team.team_id}' ORDER BY id"
        return [state for (state,) in self.rows(asked)]

    def team(self, name: str, person: str) -> SlackTeam:
        team = self.slack.add_workspace(name)
        team.add_channel("general", members=(team.add_user(person, is_admin=True),))
        return team

    async def install(self, team: SlackTeam, person: str, bot: Running) -> Page:
        return await team.person(person).install(f"{bot.url}/slack/install")


@asynccontextmanager
async def world(
    folder: Path, *, url: str = "", rotation: bool = False, render_s: float = 0.1, **settings: str
) -> AsyncIterator[World]:
    slack = SlackSandbox(installed=False, rotation=rotation)
    heygen = HeyGenSandbox(render_s=render_s)
    async with AsyncExitStack() as stack:
        for each in (slack, heygen):
            await each.start()
            stack.push_async_callback(each.stop)
        yield World(slack, heygen, folder, url, dict(settings))


def of_process(pid: int) -> Mapping[str, float]:
    """CPU seconds so far and resident MB."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    ticks = os.sysconf("SC_CLK_TCK")
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return {
        "cpu_s": (int(fields[11]) + int(fields[12])) / ticks,
        "rss_mb": pages * os.sysconf("SC_PAGE_SIZE") / 1e6,
    }


def point(world: World, bot: Running) -> None:
    """From now on Slack's requests come to this one."""
    world.slack.connect(f"{bot.url}/slack/events")


async def working(bot: Running) -> None:
    """Until it has the lease."""
    await seen(lambda: "this replica works now" in bot.log() or None, "the lease", 25)
