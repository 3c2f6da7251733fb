"""The time, handed in."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    def now(self) -> datetime:
        """The time, aware, in UTC. Somebody may set it, back or ahead."""
        ...

    def elapsed_s(self) -> float:
        """Seconds since some moment, by a clock that nobody sets; begins anew with the process."""
        ...
