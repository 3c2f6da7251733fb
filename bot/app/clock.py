"""The time, from the machine."""

from __future__ import annotations

import time
from datetime import UTC, datetime

ELAPSED: int = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    def elapsed_s(self) -> float:
        """Seconds; those of a suspended machine count, too, where the system tells (Linux)."""
        return time.clock_gettime(ELAPSED)
