"""The real bot with the usual limit of open files, strangers around it, one person who types."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.sandbox.heygen.server import HeyGenSandbox
from bot.sandbox.slack.server import SlackSandbox
from bot.screens import ids
from tests.scenarios.process import of_this_machine, wait_until_answering
from tests.scenarios.sandbox_world import PROMPT, environ, free_port

OPEN_FILES = 1_024  # what most systems give a process
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Wave:
    """Strangers of one kind: `processes` times `count` of them, `size` as attackers.py says."""

    name: str
    kind: str
    processes: int
    count: int
    size: int = 0


@dataclass(frozen=True)
class Toll:
    """What a wave did to the bot and to the person."""

    acks_ms: list[float]
    grown_mb: float
    log_bytes: int

    @property
    def worst_ms(self) -> float:
        return max(self.acks_ms)


@dataclass
class Siege:
    slack: SlackSandbox
    heygen: HeyGenSandbox
    process: asyncio.subprocess.Process
    address: str
    log: Path

    async def endure(self, wave: Wave, acks: int, pause_s: float) -> Toll:
        """The wave comes, and while it lasts a person types /video `acks` times."""
        memory, log_bytes = self.memory_mb(), self.log.stat().st_size
        async with self.strangers(wave):
            acks_ms = [await self.ack_ms(pause_s) for _ in range(acks)]
            grown = self.memory_mb() - memory
        return Toll(acks_ms, grown, self.log.stat().st_size - log_bytes)

    async def ack_ms(self, pause_s: float = 0.0) -> float:
        began = time.perf_counter()
        answer = await self.slack.person("ana").command()
        taken = (time.perf_counter() - began) * 1_000
        assert answer.ok, answer
        await asyncio.sleep(pause_s)  # a person who types, not a machine
        return taken

    async def make_video(self) -> None:
        """From /video to the link, while whoever is there is there."""
        ana = self.slack.person("ana")
        assert (await ana.command()).ok
        view = await ana.wait_for_view()
        assert (await ana.submit(view, {ids.PROMPT: PROMPT})).ok
        await ana.wait_for_message(predicate=lambda m: "is ready" in m.text, timeout_s=10)

    def memory_mb(self) -> float:
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        (kb,) = (line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))
        return int(kb) / 1_024

    def open_files(self) -> int:
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    @asynccontextmanager
    async def strangers(self, wave: Wave) -> AsyncIterator[None]:
        arguments = (wave.kind, self.address, str(wave.count), str(wave.size))
        strangers = [
            await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tests.strangers.attackers", *arguments),
                cwd=ROOT,
                stdout=asyncio.subprocess.PIPE,
            )
            for _ in range(wave.processes)
        ]
        try:
            for stranger in strangers:
                assert stranger.stdout is not None
                assert await stranger.stdout.readline() == b"ready\n"
            yield
        finally:
            for stranger in strangers:
                stranger.kill()
                await stranger.wait()


@asynccontextmanager
async def siege(folder: Path, **more: str) -> AsyncIterator[Siege]:
    """The bot, ready; `more` are settings by their upper-case names."""
    slack, heygen, port = SlackSandbox(), HeyGenSandbox(render_s=0.1), free_port()
    await slack.start()
    await heygen.start()
    slack.connect(f"http://127.0.0.1:{port}/slack/events")
    settings = {**environ(slack, heygen, folder), "PORT": str(port), **more}
    log = folder / "bot.log"
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *("sh", "-c", f'ulimit -n {OPEN_FILES}; exec "$0" -m bot run', sys.executable),
            env={**of_this_machine(), "PYTHONPATH": str(ROOT), **settings},
            cwd=folder,
            stdout=output,
            stderr=output,
        )
    address = f"127.0.0.1:{port}"
    try:
        await wait_until_answering(process, f"http://{address}/readyz")
        yield Siege(slack, heygen, process, address, log)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        await heygen.stop()
        await slack.stop()
