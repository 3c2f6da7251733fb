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
from urllib.parse import urlsplit

import httpx

# With the one authority that tests/conftest.py trusts.
KEPT = ("PATH", "HOME", "SSL_CERT_FILE")
ROOT = Path(__file__).parents[2]
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


def of_this_machine() -> dict[str, str]:
    """What a bot gets of our own environment."""
    return {name: os.environ[name] for name in KEPT if name in os.environ}


async def spawn(
    environ: Mapping[str, str],
    cwd: Path,
    *,
    output: int | BinaryIO = asyncio.subprocess.PIPE,
    code: Path = ROOT,
) -> asyncio.subprocess.Process:
    """`python -m bot run` with nothing of this machine's settings; `code` is the folder of it."""
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "run"),
        env={**of_this_machine(), "PYTHONPATH": str(code), **environ},
        cwd=cwd,
        stdout=output,
        stderr=asyncio.subprocess.STDOUT,
    )


@asynccontextmanager
async def bot_process(
    environ: Mapping[str, str], cwd: Path, *, path: str = "/readyz", code: Path = ROOT
) -> AsyncIterator[BotProcess]:
    """A running bot that answers 200 on `path`; killed at the end if it still runs."""
    began = time.perf_counter()
    process = await spawn(environ, cwd, code=code)
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
                if await is_listening(url):
                    answer = await client.get(url)
                    if any_status or answer.status_code == 200:
                        return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.01)
    said = b"its log says why" if process.stdout is None else await process.stdout.read()
    raise AssertionError(f"ended with exit code {process.returncode}: {said.decode()}")


async def is_listening(url: str) -> bool:
    """Whether somebody takes connections there: asked cheaper than by a request."""
    address = urlsplit(url)
    try:
        _, writer = await asyncio.open_connection(address.hostname, address.port)
    except OSError:
        return False
    writer.close()
    return True
