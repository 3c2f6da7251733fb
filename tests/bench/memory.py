"""The memory of a process, as Linux tells it (proc(5)).

Not getrusage: a process takes the peak of whoever started it over as its own.
"""

from __future__ import annotations

import os
from pathlib import Path

PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


def resident_mb(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * PAGE_BYTES / 1_000_000


def reset_peak(pid: int) -> None:
    """From now on `peak_mb` tells of what follows (Linux, proc(5))."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")


def peak_mb(pid: int) -> float:
    """The most resident memory since the start or `reset_peak`."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    (line,) = [line for line in lines if line.startswith("VmHWM:")]
    return int(line.split()[1]) * 1024 / 1_000_000
