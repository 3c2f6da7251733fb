"""Bots that are processes of their own, quick to start: forked from one that has all imports.

The fork is multiprocessing's, from a server that never runs a bot itself. What `python -m bot run`
adds (a fresh interpreter, 0.4 s) is tested in tests/scenarios/test_process.py.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import resource
import signal
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import httpx
import pytest

from tests.crash import killed_bot
from tests.scenarios.process import is_listening, of_this_machine

can_fill_disks = pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="needs Linux: prlimit")
KILLED = -signal.SIGKILL
AWAY = timedelta(seconds=5)  # how long nobody was there between two lives, by the bot's clock
_START_WITHIN_S = _END_WITHIN_S = 10.0
_forks = multiprocessing.get_context("forkserver")
# The middle two are httpx's, which imports them with the first client and the first request.
_forks.set_forkserver_preload(
    ["bot.app", "httpcore", "anyio._backends._asyncio", killed_bot.__name__]
)


@dataclass
class KillableBot:
    process: ForkServerProcess
    folder: Path

    @property
    def pid(self) -> int:
        assert self.process.pid is not None
        return self.process.pid

    def kill(self) -> None:
        """SIGKILL; nothing to kill is no fault."""
        self.process.kill()

    async def wait(self) -> int:
        """The exit code (minus the signal's number), once it has ended."""
        await asyncio.to_thread(self.process.join, _END_WITHIN_S)
        assert self.process.exitcode is not None, f"still running: {self.log()}"
        return self.process.exitcode

    async def stop(self) -> tuple[int, float]:
        """SIGTERM; returns (exit code, seconds until it had ended)."""
        began = time.perf_counter()
        self.process.terminate()
        return await self.wait(), time.perf_counter() - began

    def limit_files(self, size_bytes: int | None) -> None:
        """No file grows beyond this: to the bot the disk is full (Linux). None: it has room."""
        _, most = resource.prlimit(self.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(
            self.pid, resource.RLIMIT_FSIZE, (most if size_bytes is None else size_bytes, most)
        )

    async def wait_for_log(self, words: str) -> None:
        """Until it has logged this. Another process: nothing tells, so its log is read."""
        async with asyncio.timeout(_START_WITHIN_S):
            while True:
                if words in self.log():
                    return
                await asyncio.sleep(0.01)

    def log(self) -> str:
        return (self.folder / killed_bot.LOG).read_text()

    async def wait_until_ready(self, url: str) -> None:
        """Until it takes requests. Another process: nothing but its port tells, so it is asked."""
        async with httpx.AsyncClient() as client, asyncio.timeout(_START_WITHIN_S):
            while self.process.is_alive():
                try:
                    if await is_listening(url) and (await client.get(url)).status_code == 200:
                        return
                except httpx.TransportError:
                    pass
                await asyncio.sleep(0.01)
        assert self.process.exitcode == KILLED, self.log()  # dead already, as planned


@asynccontextmanager
async def bot(
    environ: Mapping[str, str], folder: Path, *, die_at: str = "", away: timedelta = timedelta(0)
) -> AsyncIterator[KillableBot]:
    """A running bot, ready for requests; killed at the end if it still runs."""
    settings = {**of_this_machine(), **environ}
    process = _forks.Process(target=killed_bot.live, args=(settings, folder, die_at, away))
    await asyncio.to_thread(process.start)
    running = KillableBot(process, folder)
    try:
        await running.wait_until_ready(f"http://127.0.0.1:{environ['PORT']}/readyz")
        yield running
    finally:
        process.kill()
        await running.wait()
