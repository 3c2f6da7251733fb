"""Whether HeyGen answers: failures in a row, and how long nothing goes out after them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from bot.domain.job import timing

FAILURES_TO_OPEN = 3  # one may be bad luck; more than that of whichever jobs is an outage


@dataclass(frozen=True, slots=True)
class Breaker:
    """A circuit breaker. Open: nothing passes before `try_at`, then one question at a time."""

    failures: int = 0  # in a row
    try_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        return self.failures >= FAILURES_TO_OPEN

    def may_pass(self, now: datetime, interval_s: float) -> bool:
        """A `try_at` beyond every lawful pause is past: the clock has jumped back."""
        if not self.is_open or self.try_at is None:
            return True
        return self.try_at <= now or self.try_at > timing.horizon(now, interval_s)

    def failed(self, now: datetime, interval_s: float) -> Breaker:
        """One more failure; from the third on a pause that grows up to OUTAGE_CAP_STEPS."""
        return replace(self, failures=self.failures + 1).asking(now, interval_s)

    def asking(self, now: datetime, interval_s: float) -> Breaker:
        """Somebody asks now: while there is no answer, everybody else waits on."""
        if not self.is_open:
            return self
        at = timing.next_retry_at(
            now,
            self.failures - FAILURES_TO_OPEN + 1,
            first_s=interval_s,
            cap_s=timing.OUTAGE_CAP_STEPS * interval_s,
        )
        return replace(self, try_at=at)
