"""The measurements: the bot is a process of its own, the sandboxes and the clock are here."""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import sys
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import aiohttp

from bot.sandbox.heygen.server import HeyGenSandbox
from bot.sandbox.slack.server import SlackSandbox
from bot.sandbox.slack.state import SlackFile
from bot.screens import ids
from tests.bench.client import Sender
from tests.bench.memory import resident_mb
from tests.bench.report import Figure, spread
from tests.scenarios.process import bot_process, wait_until_answering
from tests.scenarios.sandbox_world import environ, free_port

TICKS_PER_S = os.sysconf("SC_CLK_TCK")


@dataclass
class Bench:
    slack: SlackSandbox
    heygen: HeyGenSandbox
    folder: Path
    ahead_s: float = 0.0  # HeyGen's clock before ours

    def environ(self, **more: str) -> dict[str, str]:
        port = str(free_port())
        basic = environ(self.slack, self.heygen, self.folder)
        quiet = {"LOG_LEVEL": "error", "POLL_INTERVAL_S": "600", "PORT": port}
        return {**basic, **quiet, "PUBLIC_URL": f"http://127.0.0.1:{port}", **more}


@asynccontextmanager
async def bench(folder: Path) -> AsyncIterator[Bench]:
    slack = SlackSandbox()
    heygen = HeyGenSandbox(render_s=3600, max_concurrent=1000, now=lambda: time.time() + b.ahead_s)
    b = Bench(slack, heygen, folder)
    await slack.start()
    await heygen.start()
    try:
        yield b
    finally:
        await heygen.stop()
        await slack.stop()


# -- requests as Slack sends them ---------------------------------------------------------------


def command_body(b: Bench) -> bytes:
    user, channel = b.slack.person("ana").user, b.slack.channel("general")
    return urlencode(
        {
            "command": "/video",
            "text": "",
            "trigger_id": b.slack.state.new_trigger(user).id,
            "user_id": user.id,
            "team_id": user.team_id,
            "channel_id": channel.id,
            "response_url": b.slack.state.new_response_url(user, channel.id),
        }
    ).encode()


def submit_body(b: Bench, number: int, prompt: str = "", files: Sequence[SlackFile] = ()) -> bytes:
    user = b.slack.person("ana").user
    values: dict[str, Any] = {
        ids.PROMPT: {ids.PROMPT: {"type": "plain_text_input", "value": prompt or f"Tea {number}"}},
        ids.ORIENTATION: {
            ids.ORIENTATION: {"type": "radio_buttons", "selected_option": {"value": "landscape"}}
        },
        ids.ATTACHMENTS: {
            ids.ATTACHMENTS: {
                "type": "file_input",
                "files": [file.as_json() for file in files],
            }
        },
        ids.CHANNEL: {
            ids.CHANNEL: {
                "type": "conversations_select",
                "selected_conversation": b.slack.channel("general").id,
            }
        },
    }
    payload = {
        "type": "view_submission",
        "team": {"id": user.team_id},
        "user": {"id": user.id, "team_id": user.team_id},
        "view": {
            "id": f"V{number:09d}",
            "type": "modal",
            "callback_id": ids.VIDEO_COMPOSER,
            "state": {"values": values},
        },
    }
    return urlencode({"payload": json.dumps(payload)}).encode()


WARM_UP = 3  # the first requests of a process pay for its imports


async def timed(b: Bench, url: str, bodies: list[bytes]) -> list[float]:
    """Send these one after the other from a process of its own; seconds for all but the first."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.bench.client"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    asked = {"url": url, "secret": b.slack.signing_secret, "bodies": [x.decode() for x in bodies]}
    output, _ = await process.communicate(json.dumps(asked).encode())
    assert process.returncode == 0
    seconds: list[float] = json.loads(output)
    return seconds[WARM_UP:]


async def acks(b: Bench, url: str, count: int) -> tuple[list[float], list[float]]:
    """(acks of /video, acks of the submit), one request after the other."""
    numbers = range(WARM_UP + count)
    commands = await timed(b, url, [command_body(b) for _ in numbers])
    submits = await timed(b, url, [submit_body(b, number) for number in numbers])
    return commands, submits


# -- the figures --------------------------------------------------------------------------------


async def ack_figures(b: Bench, count: int) -> list[Figure]:
    async with bot_process(b.environ(MAX_CONCURRENT_VIDEOS="3"), b.folder) as bot:
        commands, submits = await acks(b, bot.url, count)
        stored = _jobs(b.folder / "bot.db")
    assert stored == count + WARM_UP, f"{stored} jobs on disk"
    async with stock_bolt(b) as url:
        stock_commands, stock_submits = await acks(b, url, count)
    return [
        *spread("ack of /video", commands, median_ms=2, p99_ms=10),
        *spread("ack of the submit, job committed before", submits, median_ms=2, p99_ms=10),
        *spread("stock Bolt AsyncApp, stores nothing: ack of /video", stock_commands),
        *spread("stock Bolt AsyncApp, stores nothing: ack of the submit", stock_submits),
        _ratio("stock Bolt's median over ours, /video", stock_commands, commands),
        _ratio("stock Bolt's median over ours, submit", stock_submits, submits),
    ]


def _ratio(name: str, ours: list[float], theirs: list[float]) -> Figure:
    return Figure(name, statistics.median(ours) / statistics.median(theirs), "times")


def _jobs(path: Path) -> int:
    import sqlite3

    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as db:
        count: int = db.execute("SELECT count(*) FROM jobs").fetchone()[0]
    db.close()
    return count


@asynccontextmanager
async def stock_bolt(b: Bench) -> AsyncIterator[str]:
    settings = b.environ()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.bench.stock_bolt"),
        env={**os.environ, **settings},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{settings['PORT']}"
    try:
        await wait_until_answering(process, f"{url}/", any_status=True)
        yield url
    finally:
        process.kill()
        await process.wait()


async def delivery_figures(b: Bench, count: int) -> list[Figure]:
    """Submit to create, and callback to the result's post: one job after the other."""
    to_create: list[float] = []
    to_post: list[float] = []
    async with (
        bot_process(b.environ(MAX_CONCURRENT_VIDEOS="100"), b.folder) as bot,
        aiohttp.ClientSession() as session,
    ):
        sender = Sender(session, bot.url, b.slack.signing_secret)
        for number in range(count):
            prompt = f"Bench number {number}."
            began = time.time()
            await sender.send(submit_body(b, 1_000_000 + number, prompt))
            await _until(b, lambda p=prompt: _create(b, p))
            to_create.append(_create(b, prompt).at - began)
            await _until(b, lambda p=prompt: _making(b, p))
            to_post.append(await _callback_to_post(b, prompt))
    return [
        *spread("submit sent to HeyGen's create called", to_create, median_ms=20),
        *spread("callback sent to the result's post", to_post, median_ms=20),
    ]


async def _callback_to_post(b: Bench, prompt: str) -> float:
    session = next(s for s in b.heygen.sessions.values() if prompt in s.prompt)
    session.callback_sent_at = time.time()  # ours is the only one that goes out
    b.ahead_s += 3600
    began = time.time()
    await b.heygen.send_callback(session.session_id)
    await _until(b, lambda: _result(b, prompt))
    return _result(b, prompt).versions[0].at - began


async def _until(b: Bench, look: Callable[[], Any]) -> None:
    """Both sandboxes' books change when the bot calls, and one of them tells of it."""
    found = await b.slack.wait_for(lambda: look() or None, 10, "the bot")
    assert found


def _create(b: Bench, prompt: str) -> Any:
    sent = (r for r in reversed(b.heygen.requests) if r.route == "POST /v3/video-agents")
    return next((r for r in sent if prompt in str(r.json)), None)


def _making(b: Bench, prompt: str) -> Any:
    cards = (m for m in b.slack.messages("general") if not m.is_reply and prompt in m.text)
    return next((m for m in cards if "making the video" in m.text), None)


def _result(b: Bench, prompt: str) -> Any:
    replies = (m for m in b.slack.messages("general") if m.is_reply and prompt in m.text)
    return next((m for m in replies if "is ready" in m.text), None)


async def idle_figures(b: Bench, seconds: float) -> list[Figure]:
    async with bot_process(b.environ(POLL_INTERVAL_S="15"), b.folder) as bot:
        await asyncio.sleep(1)
        before = cpu_s(bot.process.pid)
        await asyncio.sleep(seconds)
        used = cpu_s(bot.process.pid) - before
        resident = resident_mb(bot.process.pid)
    return [
        Figure("idle bot, resident", resident, "MB", 80),
        Figure(f"idle bot, share of one core over {seconds:g} s", used / seconds * 100, "%", 1),
    ]


async def start_figures(b: Bench, count: int) -> list[Figure]:
    seconds = []
    for _ in range(count):
        async with bot_process(b.environ(), b.folder) as bot:
            seconds.append(bot.ready_after_s)
    return [Figure(f"start to ready, median of {count}", statistics.median(seconds), "s", 1.5)]


def cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_S
