"""Whether anything may be sent to HeyGen now: pauses it asked for, and the circuit breaker."""

from __future__ import annotations

from datetime import datetime

import structlog

from bot.domain import timing
from bot.domain.errors import VideoAgentBlocked

log = structlog.get_logger(__name__)


class Gate:
    """One for each HeyGen account. How many may render at once is counted by the store."""

    def __init__(self, limit: int, interval_s: float) -> None:
        self._limit = limit
        self._interval_s = interval_s
        self._closed_until: datetime | None = None
        self._blocked_by: VideoAgentBlocked | None = None

    @property
    def limit(self) -> int:
        """Videos that may be in submitting or rendering at once."""
        return self._limit

    @property
    def claims_at_once(self) -> int:
        """One at a time while we find out whether HeyGen takes requests again."""
        return 1 if self._blocked_by else self._limit

    @property
    def waiting_for(self) -> str | None:
        """Why nothing is sent, for the people who wait; None while all is well."""
        return self._blocked_by.message if self._blocked_by else None

    def closed_until(self, now: datetime) -> datetime | None:
        """When to ask again; None when open."""
        if self._closed_until is None or self._closed_until <= now:
            return None
        return self._closed_until

    def pause(self, until: datetime) -> None:
        """HeyGen asked everyone of this account to wait."""
        self._closed_until = max(self._closed_until or until, until)

    def block(self, error: VideoAgentBlocked, now: datetime) -> bool:
        """HeyGen refuses the key or the balance; True when that is news."""
        is_news = self._blocked_by is None
        self._blocked_by = error
        self._closed_until = timing.breaker_retry_at(now, self._interval_s)
        if is_news:
            log.error(
                "HeyGen refuses all requests; jobs wait",
                code=error.code,
                what=error.message,
                try_again_at=self._closed_until.isoformat(),
            )
        return is_news

    def opened(self) -> bool:
        """HeyGen took a request; True when it was blocked before."""
        was_blocked = self._blocked_by is not None
        self._blocked_by = None
        if was_blocked:
            log.info("HeyGen takes requests again")
        return was_blocked
