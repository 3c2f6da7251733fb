"""Searches HeyGen for the sessions of a job: those that carry its reference and that no job owns.

Look at the sessions listed since the first attempt began, leave out those some job owns, and
compare the first message of the rest with our prompt. What HeyGen does not show is named, for what
that means depends on who asks: recovery (was the send taken?), the sweeper (is there a second
session?) or the stopper (is there one at all?). Times are measured from now, those of a session by
HeyGen's clock and by ours, so that it does not matter if one of them is wrong.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto

import structlog

from bot.domain.errors import (
    VideoAgentBlocked,
    VideoAgentBusy,
    VideoAgentError,
    VideoAgentRefused,
    VideoAgentUnavailable,
)
from bot.domain.job import timing
from bot.domain.job.job import Job
from bot.domain.news import ListedSession, SessionNews
from bot.domain.ports.clock import Clock
from bot.domain.ports.store import Store
from bot.domain.ports.video import VideoAgent
from bot.domain.prompt.compose import is_same_prompt
from bot.workflow.gate import Gate
from bot.workflow.guarded_agent import LIST, OUTAGE
from bot.workflow.loop import all_of

TIMES_DIFFER = timedelta(minutes=2)  # between what HeyGen and we measured, and its answer took
CLOCK_JUMP = timedelta(hours=26)  # what our clock may have jumped by since we sent
SENDING_MOST = timedelta(minutes=5)  # a create's own time-out and the difference
# A session from far outside the sends is hardly ours: refusals in three minutes are enough, or an
# hour of failures, which may be of the whole route.
FAR_ENOUGH, A_REFUSAL, A_FAILURE = 60, 20, 1
# Of which something is remembered; then all begin anew, which only means to ask once more.
JOBS_MOST, SESSIONS_MOST = 5_000, 5_000
AGAIN_STEPS = 4  # of POLL_INTERVAL_S, after a look without answers: a minute, then doubled
AGAIN_CAP_STEPS = 40  # up to ten minutes
UNANSWERED_MOST = 150  # such looks in a row, about a day: then what was told has to do

log = structlog.get_logger(__name__)


class NotOurs(Enum):
    """What a listed session is, if it is not the job's as far as HeyGen tells."""

    ANOTHER = auto()
    REFUSED = auto()  # HeyGen answered, but does not show it: 404 even for some that have a video
    UNANSWERED = auto()  # HeyGen told nothing of it: no answer, or it was not even asked


@dataclass(frozen=True, slots=True)
class Found:
    """What one search came to."""

    sessions: tuple[SessionNews, ...] = ()  # the job's; the oldest of those that were read first
    unread: tuple[str, ...] = ()  # ids from the time of the sends that HeyGen does not show
    unread_far: int = 0  # of long before or after, by which our clock may have jumped
    retry_after_s: float | None = None  # as HeyGen asked us to wait

    @property
    def is_complete(self) -> bool:
        """Whether nothing of the job's can have been missed."""
        return not self.unread and self.unread_far == 0


@dataclass(frozen=True, slots=True)
class Window:
    """The time of a job's sends: how long ago the first began at most, the last ended at least."""

    began: timedelta
    ended: timedelta
    now: datetime
    kept: frozenset[str]  # ids that were in it once: whatever a clock says later

    def has(self, session: ListedSession) -> bool:
        """By HeyGen's clock or by ours: one of them may be wrong."""
        ages = session.age, self.now - session.created_at
        return session.session_id in self.kept or any(self.ended <= a <= self.began for a in ages)


async def _ignore(_: SessionNews) -> None:
    """Whoever wants to know only what the whole search found."""


class SessionSearch:
    """One for all who search: what one has learned of a session, the others need not ask again."""

    def __init__(
        self, *, store: Store, agent: VideoAgent, gate: Gate, clock: Clock, interval_s: float
    ) -> None:
        self._store = store
        self._agent = agent
        self._gate = gate
        self._clock = clock
        self._interval_s = interval_s
        # All of it is forgotten at a restart, which only makes us ask once more.
        self._ruled_out: set[tuple[str, str]] = set()  # job id, session id: not this job's
        self._sent_s: dict[tuple[str, int], tuple[float, float]] = {}  # first and last send
        # Session id: how often HeyGen did not show it, and when that was counted last.
        self._not_shown: dict[str, tuple[int, float]] = {}
        self._unanswered: Counter[str] = Counter()  # job id: looks in a row without all answers

    async def find(
        self,
        job: Job,
        *,
        reaches_far: bool = False,
        on_found: Callable[[SessionNews], Awaitable[None]] = _ignore,
    ) -> Found:
        """Search once; with `reaches_far` also where HeyGen's dates are long before the attempt.

        `on_found` is called for each of the job's sessions as soon as it is read. Raises what the
        list raises (code OUTAGE: HeyGen may not be asked now), and what `on_found` does.
        """
        window = self._window_of(job)
        listed = await self._listed(window, reaches_far=reaches_far)
        owned = await self._store.jobs.known_sessions([one.session_id for one in listed])
        found: list[tuple[ListedSession, SessionNews]] = []
        unread: list[str] = []
        far: list[str] = []
        waits: list[float] = []

        async def read(candidate: ListedSession) -> None:
            is_near = window.has(candidate)
            if not is_near and self._is_given_up(candidate):
                return
            try:
                answer = await self._read(job, candidate)
            except VideoAgentBusy as error:  # says nothing about this session
                waits.append(error.retry_after_s or 0.0)
                answer = NotOurs.UNANSWERED
            if isinstance(answer, SessionNews):
                found.append((candidate, answer))
                await on_found(answer)
            elif answer is not NotOurs.ANOTHER:
                (unread if is_near else far).append(candidate.session_id)

        await all_of(read, self._candidates(job, listed, owned))
        found.sort(key=lambda each: each[0].age, reverse=True)
        return Found(
            sessions=tuple(session for _, session in found),
            unread=tuple(sorted(unread)),
            unread_far=len(far),
            retry_after_s=max(waits, default=None),
        )

    def sends(self, job: Job) -> None:
        """The create of this job leaves now: kept by a clock that nobody sets."""
        now_s = self._clock.elapsed_s()
        known = self._sent_s.pop(_attempt(job), None)
        if job.attempt.send_count == 1:
            known = now_s, now_s  # what was sent before had no effect
        elif known is None:
            return  # an earlier process has begun
        if len(self._sent_s) >= JOBS_MOST:
            del self._sent_s[next(iter(self._sent_s))]
        self._sent_s[_attempt(job)] = (known[0], now_s)

    async def _listed(self, window: Window, *, reaches_far: bool) -> list[ListedSession]:
        """What may be the job's: what was listed once and has vanished is so no less."""
        within = window.began + CLOCK_JUMP if reaches_far else window.began
        listed = await self._agent.list_sessions(within)
        vanished = window.kept - {one.session_id for one in listed}
        at = window.now - window.began
        return [*listed, *(ListedSession(id_, at, window.began) for id_ in sorted(vanished))]

    def _window_of(self, job: Job) -> Window:
        """By the clock of the wall, which may have jumped since, and by this process's own.

        That one knows nothing of an earlier process, or of a machine that slept.
        """
        now, now_s = self._clock.now(), self._clock.elapsed_s()
        began = now - (job.attempt.began_at or job.created_at)
        ended = now - (job.attempt.sent_at or now)
        if sent_s := self._sent_s.get(_attempt(job)):
            began = max(began, timedelta(seconds=now_s - sent_s[0]))
            ended = min(ended, timedelta(seconds=now_s - sent_s[1]))
        elif began < -TIMES_DIFFER:  # sent in a time to come: that may have been any time
            began = CLOCK_JUMP
        return Window(
            began=began + TIMES_DIFFER,
            ended=ended - SENDING_MOST - TIMES_DIFFER,
            now=now,
            kept=frozenset(job.attempt.unread_sessions),
        )

    async def look(
        self,
        job: Job,
        *,
        reaches_far: bool = False,
        on_found: Callable[[SessionNews], Awaitable[None]] = _ignore,
    ) -> tuple[Found, datetime | None]:
        """Search once, for those who count their looks: also when to look again if that was none.

        Raises VideoAgentUnavailable (code OUTAGE) when HeyGen may not be asked now.
        """
        try:
            found = await self.find(job, reaches_far=reaches_far, on_found=on_found)
        except VideoAgentError as error:
            if error.code == OUTAGE:
                raise
            log.warning("cannot look for sessions", job_id=job.id, code=error.code)
            return Found(), self._look_again_at(job, error.retry_after_s)
        if found.is_complete:
            self._unanswered.pop(job.id, None)
            return found, None
        return found, self._look_again_at(job, found.retry_after_s)

    def ask_again_at(self, retry_after_s: float | None = None) -> datetime:
        """After a search that was none: soon, and when it may pass."""
        return self._after(AGAIN_STEPS * self._interval_s, retry_after_s)

    def _look_again_at(self, job: Job, retry_after_s: float | None) -> datetime | None:
        """After one more look without all answers; None: there were enough of them.

        Counted, for the clock may jump, and in growing pauses: nobody waits for one session, or
        for a route that is gone, for ever.
        """
        self._unanswered[job.id] += 1
        count = self._unanswered[job.id]
        if len(self._unanswered) > JOBS_MOST:
            self._unanswered.clear()
        if count >= UNANSWERED_MOST:
            return None
        now = self._clock.now()
        first_s, cap_s = AGAIN_STEPS * self._interval_s, AGAIN_CAP_STEPS * self._interval_s
        later = timing.next_retry_at(now, count, first_s=first_s, cap_s=cap_s)
        return self._after((later - now).total_seconds(), retry_after_s)

    def _after(self, pause_s: float, retry_after_s: float | None) -> datetime:
        now = self._clock.now()
        soon = now + timedelta(seconds=max(pause_s, retry_after_s or 0.0))
        return max(soon, self._gate.reads_again_at(now, LIST) or soon)

    def _candidates(
        self, job: Job, listed: Iterable[ListedSession], owned: Collection[str]
    ) -> list[ListedSession]:
        """Those that may be the job's, oldest first; what was not shown before comes last.

        A few sessions that fail open the breaker of reads: the others have their turn before.
        """
        candidates = [
            session
            for session in listed
            if session.session_id not in owned
            and (job.id, session.session_id) not in self._ruled_out
        ]
        return sorted(candidates, key=lambda s: (self._not_shown_count(s), -s.age))

    async def _read(self, job: Job, candidate: ListedSession) -> SessionNews | NotOurs:
        """One listed session, if it is the job's. Raises VideoAgentBusy."""
        assert job.attempt.final_prompt is not None
        try:
            session = await self._agent.get_session(candidate.session_id)
        except VideoAgentRefused:
            self._count_not_shown(candidate, A_REFUSAL)
            return NotOurs.REFUSED
        except (VideoAgentUnavailable, VideoAgentBlocked) as error:  # the latter is of the key
            if error.code != OUTAGE:
                self._count_not_shown(candidate, A_FAILURE)
            return NotOurs.UNANSWERED
        self._not_shown.pop(candidate.session_id, None)
        if session.first_user_message is None:
            return NotOurs.REFUSED
        if is_same_prompt(job.id, job.attempt.final_prompt, session.first_user_message):
            return session
        self._rule_out(job, candidate)
        return NotOurs.ANOTHER

    def _count_not_shown(self, candidate: ListedSession, weight: int) -> None:
        """Once in a while, however many look for it at one moment."""
        now_s = self._clock.elapsed_s()
        count, last_s = self._not_shown.get(candidate.session_id, (0, -math.inf))
        if now_s - last_s < AGAIN_STEPS * self._interval_s:
            return
        if len(self._not_shown) >= SESSIONS_MOST:
            self._not_shown.clear()
        self._not_shown[candidate.session_id] = (count + weight, now_s)

    def _not_shown_count(self, candidate: ListedSession) -> int:
        return self._not_shown.get(candidate.session_id, (0, 0.0))[0]

    def _is_given_up(self, candidate: ListedSession) -> bool:
        return self._not_shown_count(candidate) >= FAR_ENOUGH

    def _rule_out(self, job: Job, candidate: ListedSession) -> None:
        """A first message never changes: it is read once."""
        if len(self._ruled_out) >= SESSIONS_MOST:
            self._ruled_out.clear()
        self._ruled_out.add((job.id, candidate.session_id))


def _attempt(job: Job) -> tuple[str, int]:
    """An automatic retry is another attempt, with sends of its own."""
    return job.id, job.attempt.number
