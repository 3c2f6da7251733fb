"""Large files through the bot, beside plain httpx and Slack's SDK: memory and speed."""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from tests.bench.client import Sender
from tests.bench.measures import Bench, submit_body
from tests.bench.memory import peak_mb, reset_peak, resident_mb
from tests.bench.plain_httpx import PIECE_BYTES
from tests.bench.report import Figure
from tests.scenarios.process import BotProcess, bot_process

GROWTH_MB, GROWTH_BY_SIZE_MB = 16, 4
SHARE_OF_PLAIN = 0.8
MP4_HEAD = b"\0\0\0\x18ftypisom\0\0\0\0mp42isom"
WITHIN_S = 120


@dataclass
class Runs:
    """What was measured for one size, one value for each run."""

    size_bytes: int
    growths_mb: list[float] = field(default_factory=list)
    ours_s: list[float] = field(default_factory=list)
    plain_s: list[float] = field(default_factory=list)
    ours_to_slack_s: list[float] = field(default_factory=list)
    plain_to_slack_s: list[float] = field(default_factory=list)

    @property
    def growth_mb(self) -> float:
        return statistics.median(self.growths_mb)

    def speed(self, seconds: Sequence[float]) -> float:
        """MB a second, median."""
        return self.size_bytes / 1_000_000 / statistics.median(seconds)


def a_video(folder: Path, size_bytes: int) -> Path:
    """An MP4 as far as its head tells; the rest is a hole, which takes no room on this disk.

    It is read once, so that who comes first does not pay for it.
    """
    path = folder / f"{size_bytes}.mp4"
    path.write_bytes(MP4_HEAD)
    os.truncate(path, size_bytes)
    with path.open("rb") as file:
        while file.read(PIECE_BYTES):
            pass
    return path


async def _video(b: Bench, size_bytes: int) -> Path:
    return await asyncio.to_thread(a_video, b.folder, size_bytes)


async def large_files(b: Bench, sizes_mb: Sequence[int], times: int) -> list[Figure]:
    """A fresh bot for each size and way; the largest size comes last and is the one compared."""
    sizes = [size * 1_000_000 for size in sizes_mb]
    attached = [await attachment_runs(b, size, times) for size in sizes]
    videos = [await video_runs(b, size, times) for size in sizes]
    return [
        *_figures("attachment, Slack to HeyGen", attached),
        *_figures("video, HeyGen to Slack", videos),
        *await _beside_the_sdk(b, videos[-1]),
    ]


def _figures(name: str, runs: Sequence[Runs]) -> list[Figure]:
    """The memory of all sizes, the speed of the largest."""
    largest = runs[-1]
    ours, plain = largest.speed(largest.ours_s), largest.speed(largest.plain_s)
    return [
        *(
            Figure(f"{_title(r, name)}: growth of the peak", r.growth_mb, "MB", GROWTH_MB)
            for r in runs
        ),
        Figure(
            f"{name}: growth that depends on the size",
            largest.growth_mb - runs[0].growth_mb,
            "MB",
            GROWTH_BY_SIZE_MB,
        ),
        Figure(f"{_title(largest, name)}: ours", ours, "MB/s"),
        Figure("the same by plain httpx, nothing checked or hashed", plain, "MB/s"),
        Figure("ours as a share of plain httpx's", ours / plain, "", at_least=SHARE_OF_PLAIN),
    ]


def _title(runs: Runs, name: str) -> str:
    return f"{runs.size_bytes // 1_000_000} MB {name}"


# -- Slack to HeyGen ----------------------------------------------------------------------------


async def attachment_runs(b: Bench, size_bytes: int, times: int) -> Runs:
    """From Slack being asked for the file to HeyGen being told that it has come whole.

    The same span as plain httpx's: what the bot writes down of the job is not in it.
    """
    runs = Runs(size_bytes)
    file = b.slack.add_file("ana", name="clip.mp4", content=await _video(b, size_bytes))
    plain = {
        "way": "heygen",
        "get": file.as_json()["url_private_download"],
        "headers": {"Authorization": f"Bearer {b.slack.bot_token}"},
        "api": b.heygen.url,
        "key": b.heygen.api_key,
    }
    for number in range(times):
        prompt = f"Clip {size_bytes} {number}."
        async with _watched_bot(b, runs) as bot:
            calls, requests = len(b.slack.calls), len(b.heygen.requests)
            await _submit(b, bot, prompt, [file])
            await _create(b, prompt)
            began = _call(b, "files.info", calls).at
            runs.ours_s.append(_complete_at(b, requests) - began)
        runs.plain_s.append(sum((await _plain(b, runs, plain)).values()))
    return runs


def _complete_at(b: Bench, since: int) -> float:
    """When HeyGen was told, among its requests after so many others; above 32 MB only."""
    route = "POST /v3/assets/{asset_id}/complete"
    return next(r.at for r in b.heygen.requests[since:] if r.route == route)


# -- HeyGen to Slack ----------------------------------------------------------------------------


async def video_runs(b: Bench, size_bytes: int, times: int) -> Runs:
    """From HeyGen's link being opened to the file being shared in Slack."""
    runs = Runs(size_bytes)
    b.heygen.serve_video(await _video(b, size_bytes))
    for number in range(times):
        prompt = f"Film {size_bytes} {number}."
        async with _watched_bot(b, runs) as bot:
            await _submit(b, bot, prompt, [])
            await _create(b, prompt)
            await _finish(b, prompt, runs)
        plain = await _plain(b, runs, _plain_to_slack(b))
        _forget_uploads(b)
        runs.plain_s.append(sum(plain.values()))
        runs.plain_to_slack_s.append(plain["send_s"])
    return runs


async def _finish(b: Bench, prompt: str, runs: Runs) -> None:
    """The render ends, HeyGen calls back, and the file comes to the thread."""
    session = next(s for s in b.heygen.sessions.values() if prompt in s.prompt)
    await _until(b, lambda: _is_rendering(b, prompt) or None)
    session.callback_sent_at = time.time()  # ours is the only one that goes out
    b.ahead_s += 3600
    calls, links = len(b.slack.calls), len(b.heygen.requests)
    await b.heygen.send_callback(session.session_id)
    shared = await _until(b, lambda: _call(b, "files.completeUploadExternal", calls))
    began = next(r.at for r in b.heygen.requests[links:] if r.path.endswith(".mp4"))
    runs.ours_s.append(shared.at - began)
    runs.ours_to_slack_s.append(shared.at - _call(b, "files.getUploadURLExternal", calls).at)


def _is_rendering(b: Bench, prompt: str) -> bool:
    """Whether the card says so: the bot has heard HeyGen's answer."""
    cards = [m.text for m in b.slack.messages("general") if not m.is_reply and prompt in m.text]
    return any("making the video" in text for text in cards)


def _forget_uploads(b: Bench) -> None:
    """What the bot uploaded is of no use here; gigabytes of it would keep the disk busy."""
    for file in b.slack.files.values():
        if file.user_id == b.slack.bot.id and isinstance(file.content, Path):
            file.content.unlink(missing_ok=True)


def _plain_to_slack(b: Bench) -> dict[str, Any]:
    video_id = next(reversed(b.heygen.videos))
    return {
        "way": "slack",
        "get": b.heygen.link_to_video(video_id),
        "headers": {},
        "api": b.slack.api_url,
        "key": b.slack.bot_token,
    }


async def _beside_the_sdk(b: Bench, ours: Runs) -> list[Figure]:
    """Slack's own SDK sends the same file; it can only be compared on the way to Slack."""
    asked = {
        "token": b.slack.bot_token,
        "base_url": b.slack.api_url,
        "path": str(await _video(b, ours.size_bytes)),
        "channel": b.slack.channel("general").id,
    }
    sdk = await _process("tests.bench.sdk_upload", asked)
    name = _title(ours, "to Slack")
    return [
        Figure(f"{name}: ours", ours.speed(ours.ours_to_slack_s), "MB/s"),
        Figure(f"{name}: plain httpx", ours.speed(ours.plain_to_slack_s), "MB/s"),
        Figure(f"{name}: slack_sdk files_upload_v2", ours.speed([sdk["seconds"]]), "MB/s"),
        Figure("memory that files_upload_v2 takes for it", sdk["growth_mb"], "MB"),
    ]


# -- what both share ----------------------------------------------------------------------------


@asynccontextmanager
async def _watched_bot(b: Bench, runs: Runs) -> AsyncIterator[BotProcess]:
    """A fresh bot, and by how much the peak of its resident memory grew meanwhile."""
    async with bot_process(b.environ(MAX_CONCURRENT_VIDEOS="100"), b.folder) as bot:
        pid = bot.process.pid
        reset_peak(pid)
        before_mb = resident_mb(pid)
        yield bot
        runs.growths_mb.append(peak_mb(pid) - before_mb)


async def _submit(b: Bench, bot: BotProcess, prompt: str, files: Sequence[Any]) -> None:
    async with aiohttp.ClientSession() as session:
        sender = Sender(session, bot.url, b.slack.signing_secret)
        number = time.time_ns() % 1_000_000_000
        await sender.send(submit_body(b, number, prompt, files))


async def _create(b: Bench, prompt: str) -> Any:
    """HeyGen's record of the create; the edit of the card that follows it wakes us."""
    return await _until(b, lambda: _created(b, prompt))


def _created(b: Bench, prompt: str) -> Any:
    sent = (r for r in b.heygen.requests if r.route == "POST /v3/video-agents")
    return next((r for r in sent if prompt in str(r.json) and r.status == 200), None)


def _call(b: Bench, method: str, since: int) -> Any:
    """The first call of this method after so many others; None when there is none."""
    return next((c for c in list(b.slack.calls)[since:] if c.method == method), None)


async def _until(b: Bench, look: Any) -> Any:
    return await b.slack.wait_for(look, WITHIN_S, "the bot")


async def _plain(b: Bench, runs: Runs, asked: dict[str, Any]) -> dict[str, float]:
    """{"get_s", "send_s"} of plain httpx for one file of this size."""
    more = {"size": runs.size_bytes, "path": str(b.folder / "plain.mp4")}
    return await _process("tests.bench.plain_httpx", asked | more)


async def _process(module: str, asked: dict[str, Any]) -> dict[str, float]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await process.communicate(json.dumps(asked).encode())
    assert process.returncode == 0
    told: dict[str, float] = json.loads(output)
    return told
