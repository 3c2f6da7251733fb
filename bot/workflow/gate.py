"""Whether anything may be sent to HeyGen now: pauses it asked for, and the circuit breakers."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog

from bot.domain import texts
from bot.domain.breaker import Breaker
from bot.domain.errors import VideoAgentBlocked, VideoAgentBusy
from bot.domain.job import timing

log = structlog.get_logger(__name__)

BUSY_CAP_S = 600.0  # between two tries when HeyGen says "too many" and not for how long


class Gate:
    """One for each HeyGen account. How many may render at once is counted by the store.

    Two breakers: of what is sent (a few failures of whichever jobs stop all sending) and of what
    is read. Sending is tried again only once a read has worked, and then one job goes first.
    """

    def __init__(self, limit: int, interval_s: float) -> None:
        self._limit = limit
        self._interval_s = interval_s
        self._closed_until: datetime | None = None
        self._busy_count = 0  # 429 in a row
        self._blocked_by: VideoAgentBlocked | None = None
        self._sends = Breaker()
        self._reads = Breaker()
        self._failed_last = ""  # kind of read
        self._has_read = True  # since the last send that failed
        self._turn: str | None = None  # the job that goes first after an outage

    @property
    def limit(self) -> int:
        """Videos that may be in submitting or rendering at once."""
        return self._limit

    @property
    def is_probing(self) -> bool:
        """One job at a time while we find out whether HeyGen takes requests again."""
        return self._blocked_by is not None or self._sends.is_open

    @property
    def waiting_for(self) -> str | None:
        """Why nothing is sent, for the people who wait; None while all is well."""
        if self._blocked_by:
            return self._blocked_by.message
        return texts.HEYGEN_OUTAGE if self._sends.is_open or self._reads.is_open else None

    # -- what HeyGen asked for -------------------------------------------------------------

    def closed_until(self, now: datetime) -> datetime | None:
        """When to ask again; None when open."""
        until = self._closed_until
        if until is None or until <= now or until > timing.horizon(now, self._interval_s):
            return None
        return until

    def pause(self, error: VideoAgentBusy, now: datetime) -> datetime:
        """HeyGen asked everyone of this account to wait; until when."""
        self._busy_count += 1
        until = timing.next_retry_at(
            now, self._busy_count, first_s=self._interval_s, cap_s=BUSY_CAP_S
        )
        if error.retry_after_s is not None:
            until = now + timedelta(seconds=error.retry_after_s)
        self._closed_until = max(self.closed_until(now) or until, until)
        return self._closed_until

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

    # -- whether it answers ----------------------------------------------------------------

    @property
    def is_unreadable(self) -> bool:
        """HeyGen has not answered the last reads: one question at a time."""
        return self._reads.is_open

    def reads_again_at(self, now: datetime, kind: str) -> datetime | None:
        """When a question of this kind may pass while HeyGen cannot be read; None: now.

        The kind that failed last waits a little longer: where it alone fails, the others come
        to their answers.
        """
        if not self._reads.is_open or self._reads.try_at is None:
            return None
        later = timedelta(seconds=self._interval_s if kind == self._failed_last else 0.0)
        may_pass = self._reads.may_pass(now - later, self._interval_s)
        return None if may_pass else self._reads.try_at + later

    def may_read(self, now: datetime, kind: str) -> bool:
        """While HeyGen cannot be read, one question at a time on a growing pause."""
        if self.reads_again_at(now, kind) is not None:
            return False
        self._reads = self._reads.asking(now, self._interval_s)
        return True

    def read_failed(self, now: datetime, kind: str) -> bool:
        """True when from now on hardly anything is read."""
        self._failed_last = kind
        was_open = self._reads.is_open
        self._reads = self._reads.failed(now, self._interval_s)
        if is_news := self._reads.is_open and not was_open:
            log.error("HeyGen cannot be read; videos are asked about rarely")
        return is_news

    def read_worked(self) -> bool:
        """True when that ends a time without reads."""
        if was_open := self._reads.is_open:
            log.info("HeyGen can be read again")
        self._reads = Breaker()
        self._has_read = True
        return was_open

    def sends_again_at(self, now: datetime) -> datetime | None:
        """When to try to send again after failures in a row; None: now."""
        for breaker in (self._reads, self._sends) if self._sends.is_open else ():
            if not breaker.may_pass(now, self._interval_s):
                return breaker.try_at
        return None

    @property
    def wants_read(self) -> bool:
        """Whether a read must have worked before anything is sent again."""
        return self._sends.is_open and not self._has_read

    def take_turn(self, job_id: str, now: datetime) -> bool:
        """Whether this job may be sent now: all may, but after an outage one goes first."""
        if not self._sends.is_open:
            return True
        if self.wants_read or self.sends_again_at(now) or self._turn not in (None, job_id):
            return False
        self._turn = job_id
        return True

    def end_turn(self, job_id: str) -> None:
        """This job was sent, or is not going to be."""
        if self._turn == job_id:
            self._turn = None

    def send_failed(self, now: datetime) -> bool:
        """No answer, or none that is HeyGen's; True when that begins an outage."""
        was_open = self._sends.is_open
        self._sends = self._sends.failed(now, self._interval_s)
        self._has_read = False
        if is_news := self._sends.is_open and not was_open:
            log.error("HeyGen does not answer; jobs wait", failures=self._sends.failures)
        return is_news

    def answered(self) -> bool:
        """HeyGen gave a verdict on a request; True when an outage ends with it."""
        was_open = self._sends.is_open
        self._sends, self._has_read = Breaker(), True
        if was_open:
            log.info("HeyGen answers again")
        return was_open

    def opened(self) -> bool:
        """HeyGen took a request; True when all had to wait before."""
        was_out = self.answered()
        was_blocked = self._blocked_by is not None
        self._blocked_by, self._busy_count = None, 0
        if was_blocked:
            log.info("HeyGen takes requests again")
        return was_out or was_blocked
