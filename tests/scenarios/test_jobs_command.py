"""video-bot jobs, beside a bot that runs in a process of its own."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox.heygen.server import HeyGenSandbox
from bot.sandbox.slack.server import SlackSandbox
from bot.screens import ids
from tests.block_kit.recorder import record
from tests.scenarios.process import bot_process, of_this_machine
from tests.scenarios.sandbox_world import PROMPT, environ, free_port, session_stopped

ROOT = Path(__file__).parents[2]
SOON_S = 5.0  # "within a few seconds"


@dataclass
class Operator:
    slack: SlackSandbox
    heygen: HeyGenSandbox
    environ: dict[str, str]
    folder: Path

    async def jobs(self, *words: str, code: int = 0) -> str:
        """What `video-bot jobs …` prints; its complaints when it ends with `code` 1 or 2."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", "jobs", *words),
            env={**of_this_machine(), "PYTHONPATH": str(ROOT), **self.environ},
            cwd=self.folder,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        output, complaints = await process.communicate()
        assert process.returncode == code, complaints.decode()
        assert b"Traceback" not in complaints
        return (complaints if code else output).decode()

    async def read(self, *words: str) -> Any:
        return json.loads(await self.jobs(*words, "--json"))

    async def ask(self) -> None:
        ana = self.slack.person("ana")
        assert (await ana.command()).ok
        view = await ana.wait_for_view()
        values = {ids.PROMPT: PROMPT, ids.CHANNEL: self.slack.channel("general").id}
        assert (await ana.submit(view, values)).ok

    async def message(self, words: str, timeout_s: float = SOON_S) -> None:
        ana = self.slack.person("ana")
        await ana.wait_for_message("general", lambda m: words in m.text, timeout_s)


@pytest.fixture
async def operator(tmp_path: Path) -> AsyncIterator[Operator]:
    slack, heygen = SlackSandbox(), HeyGenSandbox(render_s=60)
    await slack.start()
    await heygen.start()
    port = str(free_port())
    slack.connect(f"http://127.0.0.1:{port}/slack/events")
    settings = {**environ(slack, heygen, tmp_path), "PORT": port}
    yield Operator(slack, heygen, settings, tmp_path)
    await heygen.stop()
    await slack.stop()
    record(slack)


@asynccontextmanager
async def one_rendering(operator: Operator) -> AsyncIterator[str]:
    """A running bot with one job in rendering; its id."""
    async with bot_process(operator.environ, operator.folder):
        await operator.ask()
        await operator.message("making the video")
        (job,) = await operator.read("list")
        yield job["id"]


async def test_running_bot_stops_what_the_operator_cancels_within_seconds(
    operator: Operator,
) -> None:
    async with one_rendering(operator) as job_id:
        began = time.monotonic()
        assert await operator.jobs("cancel", job_id) == f"Job {job_id} is cancelled.\n"

        await operator.message("Cancelled")
        await session_stopped(operator.heygen)
        assert time.monotonic() - began < SOON_S
        assert await operator.jobs("cancel", job_id) == "This video is cancelled already.\n"


async def test_running_bot_makes_what_the_operator_tries_again(operator: Operator) -> None:
    async with one_rendering(operator) as job_id:
        refused = await operator.jobs("retry", job_id, code=1)
        assert refused.startswith("This video is still under way.")
        await operator.jobs("cancel", job_id)
        await operator.message("Cancelled")
        operator.heygen.render_s = 0.1

        first = await operator.read("retry", job_id)
        second = await operator.read("retry", job_id)

        assert first["job"]["id"] == second["job"]["id"] != job_id
        assert (first["note"], first["job"]["parent_id"]) == (None, job_id)
        await operator.message("is ready")
        assert len(operator.heygen.sessions) == 2
