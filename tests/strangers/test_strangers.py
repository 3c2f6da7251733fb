"""Strangers of every kind at the real bot: people are served as if nobody else was there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.strangers.siege import OPEN_FILES, Wave, siege

ACK_WITHIN_MS = 1_000  # on a busy machine; Slack waits 3 s, `python -m tests.strangers` measures it
GROWN_MB, LOG_BYTES = 60, 20_000
PACKED = Wave("gzip", "gzip", processes=1, count=10, size=800_000)
SILENT = Wave("silent", "silent", processes=3, count=400)
HELD = Wave("held", "held", processes=1, count=400, size=990_000)
UNSIGNED = Wave("unsigned", "unsigned", processes=1, count=8, size=200)


@pytest.mark.timeout(60)
async def test_person_gets_a_video_whatever_strangers_do(tmp_path: Path) -> None:
    async with siege(tmp_path, LOG_FORMAT="json") as under:
        for wave in (PACKED, HELD, UNSIGNED, SILENT):
            toll = await under.endure(wave, acks=5, pause_s=0.02)

            assert toll.worst_ms < ACK_WITHIN_MS, wave
            assert toll.grown_mb < GROWN_MB, wave
            assert toll.log_bytes < LOG_BYTES, wave
        async with under.strangers(SILENT):
            await under.make_video()
            assert under.open_files() < OPEN_FILES * 3 / 4

    told = [json.loads(line)["event"] for line in under.log.read_text().splitlines()]
    for once_a_minute in ("too many strangers, shown out", "webhook refused", "no HTTP, refused"):
        assert told.count(once_a_minute) in (1, 2)
