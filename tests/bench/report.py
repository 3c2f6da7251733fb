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
    """One measured value; `limit` is what it stays under, `at_least` what it reaches."""

    name: str
    value: float
    unit: str
    limit: float | None = None
    at_least: float | None = None

    @property
    def is_met(self) -> bool:
        is_low_enough = self.limit is None or self.value < self.limit
        return is_low_enough and (self.at_least is None or self.value >= self.at_least)

    def line(self) -> str:
        goal = ""
        if self.limit is not None:
            goal = f"  under {self.limit:g} {self.unit}"
        elif self.at_least is not None:
            goal = f"  at least {self.at_least:g}"
        verdict = goal and ("  ok" if self.is_met else "  MISSED")
        return f"  {self.name:<58} {self.value:9.3f} {self.unit}{goal}{verdict}"


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
