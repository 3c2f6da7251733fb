"""What a figure looks like, and the lines that say where it was measured."""

from __future__ import annotations

import os
import platform
import sqlite3
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version

PACKAGES = ("slack-bolt", "slack-sdk", "aiohttp", "httpx", "sqlite-utils", "pydantic")


@dataclass(frozen=True)
class Figure:
    """One measured value; `limit` is what it should stay under, None where there is none."""

    name: str
    value: float
    unit: str
    limit: float | None = None

    @property
    def is_met(self) -> bool:
        return self.limit is None or self.value < self.limit

    def line(self) -> str:
        limit = "" if self.limit is None else f"  under {self.limit:g} {self.unit}"
        verdict = "" if self.limit is None else ("  ok" if self.is_met else "  MISSED")
        return f"  {self.name:<58} {self.value:9.3f} {self.unit}{limit}{verdict}"


def spread(
    name: str,
    seconds: Sequence[float],
    *,
    median_ms: float | None = None,
    p99_ms: float | None = None,
) -> list[Figure]:
    """Median and 99th percentile of durations, in milliseconds."""
    ms = sorted(s * 1000 for s in seconds)
    p99 = ms[min(len(ms) - 1, int(len(ms) * 0.99))]
    return [
        Figure(f"{name}, median of {len(ms)}", statistics.median(ms), "ms", median_ms),
        Figure(f"{name}, p99", p99, "ms", p99_ms),
    ]


def machine() -> str:
    """Python, SQLite, the packages that matter, cores and kernel."""
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return (
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {packages}\n"
        f"{os.cpu_count()} cores, {platform.machine()}, {platform.system()} {platform.release()}"
    )
