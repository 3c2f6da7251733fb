"""python -m tests.strangers: each wave of strangers for a while, and what it cost."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

from tests.strangers.siege import Siege, Wave, siege

ACKS, PAUSE_S = 40, 0.25
WAVES = (
    Wave("nobody", "silent", processes=0, count=0),
    Wave("10 gzip bodies of 800 kB", "gzip", processes=1, count=10, size=800_000),
    Wave("1,200 connections that say nothing", "silent", processes=3, count=400),
    Wave("400 held bodies of 990 kB", "held", processes=1, count=400, size=990_000),
    Wave("400 held bodies of 290 kB", "held", processes=1, count=400, size=290_000),
    Wave("64 callers without a signature", "unsigned", processes=1, count=64, size=1_000_000),
    Wave("64 that read no answer", "unread", processes=1, count=64, size=20_000),
)


async def _measure(folder: Path, words: list[str]) -> None:
    chosen = [wave for wave in WAVES if not words or any(word in wave.name for word in words)]
    async with siege(folder) as under:
        await under.make_video()
        for wave in chosen:
            await _tell(under, wave)
        await under.make_video()


async def _tell(under: Siege, wave: Wave) -> None:
    toll = await under.endure(wave, ACKS, PAUSE_S)
    acks = sorted(toll.acks_ms)
    sys.stdout.write(
        f"{wave.name:<36} ack {acks[len(acks) // 2]:7.1f} ms, worst {toll.worst_ms:7.1f} ms; "
        f"memory {toll.grown_mb:+7.1f} MB; log {toll.log_bytes / 1_000:9.1f} kB\n"
    )
    sys.stdout.flush()


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="video-bot-strangers-") as folder:
        asyncio.run(_measure(Path(folder), sys.argv[1:]))


if __name__ == "__main__":
    main()
