"""The bot as an operator runs it: a process of its own, its signals and its health page."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import httpx

START_WITHIN_S = 10.0  # on a busy machine; tests/bench measures the real time


@dataclass
class BotProcess:
    process: asyncio.subprocess.Process
    url: str
    ready_after_s: float

    async def end(self, number: signal.Signals) -> tuple[int, float]:
        """Send a signal; returns (exit code, seconds until it had ended)."""
        began = time.perf_counter()
        self.process.send_signal(number)
        code = await asyncio.wait_for(self.process.wait(), 10)
        return code, time.perf_counter() - began


async def spawn(
    environ: Mapping[str, str],
    cwd: Path,
    *,
    output: int | BinaryIO = asyncio.subprocess.PIPE,
) -> asyncio.subprocess.Process:
    """`python -m bot run` with nothing of this machine's settings."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    root = Path(__file__).parents[2]
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "run"),
        env={**kept, "PYTHONPATH": str(root), **environ},
        cwd=cwd,
        stdout=output,
        stderr=asyncio.subprocess.STDOUT,
    )


@asynccontextmanager
async def bot_process(
    environ: Mapping[str, str], cwd: Path, *, path: str = "/readyz"
) -> AsyncIterator[BotProcess]:
    """A running bot that answers 200 on `path`; killed at the end if it still runs."""
    began = time.perf_counter()
    process = await spawn(environ, cwd)
    url = f"http://127.0.0.1:{environ['PORT']}"
    try:
        await wait_until_answering(process, url + path)
        yield BotProcess(process, url, time.perf_counter() - began)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def wait_until_answering(
    process: asyncio.subprocess.Process, url: str, *, any_status: bool = False
) -> None:
    """Until `url` answers 200. Another process: nothing but its port tells, so it is asked."""
    async with httpx.AsyncClient() as client, asyncio.timeout(START_WITHIN_S):
        while process.returncode is None:
            try:
                answer = await client.get(url)
                if any_status or answer.status_code == 200:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.01)
    assert process.stdout is not None
    raise AssertionError((await process.stdout.read()).decode())
