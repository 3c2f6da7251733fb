"""A create whose answer never came: ask HeyGen whether it arrived, before anything is sent again.

What workflow/session_search finds is adopted. Not found in two looks, a while apart (the list may
lag behind): the send had no effect, and may be repeated with the same key; each further send wants
one look more. So an outage settles by itself; a job that was sent 150 times in more than a day
without a clear answer fails and says so.

Only a session that may be ours and cannot be read, while the list can, leads to a person: after an
hour the job is on hold. It is looked for now and then all the same, and goes on once that is clear.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from bot.domain import texts
from bot.domain.errors import VideoAgentBlocked, VideoAgentError
from bot.domain.job import timing
from bot.domain.job.job import TAKEN_UP_STATES, WAITING_STATES, Failure, Job, JobState
from bot.domain.job.progress import Change, Pace, fail, park, rendering, still_parked, wait_in_queue
from bot.domain.ports.clock import Clock
from bot.domain.ports.store import Store
from bot.domain.ports.video import VideoAgent
from bot.workflow.gate import Gate
from bot.workflow.session_search import Found, SessionSearch
from bot.workflow.status_updates import Decide, StatusUpdates

log = structlog.get_logger(__name__)

LOOKS_MOST = 4
GIVE_UP_AFTER = timedelta(hours=24)  # HeyGen keeps a key that long (FACTS section 4)
GIVE_UP_SENDS = 150  # and not after fewer: a day of sends has 200, a clock that jumped has few
UNREADABLE_LOOKS = 60  # a minute apart: an hour at the default
CLOCKS_DIFFER_S = 0.01

UNANSWERED = Failure(
    code="unanswered", message=texts.UNANSWERED_FOR_A_DAY, hint=texts.UNANSWERED_FOR_A_DAY_HINT
)


class Reconciler:
    """Decides for one job at a time, in submitting or on hold; called by the submitter."""

    def __init__(
        self,
        *,
        store: Store,
        agent: VideoAgent,
        search: SessionSearch,
        updates: StatusUpdates,
        gate: Gate,
        clock: Clock,
        interval_s: float,
    ) -> None:
        self._store = store
        self._agent = agent
        self._search = search
        self._updates = updates
        self._gate = gate
        self._clock = clock
        self._pace = Pace(interval_s)
        # Job id: looks that met a session which cannot be read, since the last that met none.
        # Forgotten at a restart, which only makes the job wait longer.
        self._unreadable: Counter[str] = Counter()
        self._began_s = clock.elapsed_s()
        self._looked_s: dict[str, float] = {}  # job id: when it was last looked for in vain

    async def may_send_again(self, job: Job) -> bool:
        """One look for the session of `job`'s open attempt. True only when a resend is due.

        Otherwise the job has been written on: adopted, to be looked at again, failed or parked;
        or back in the queue, because nothing that may be its own is kept from us any more. What
        somebody asked for meanwhile (cancel, look again, send again) stands.
        """
        if (look_at := self._next_look_at(job)) is not None:
            # A restart or a clock that was set made the job due; the list may lag all the same.
            await self._apply(job, lambda j, _: _look_later(j, look_at))
            return False
        is_last = job.attempt.look_count + 1 >= looks_wanted(job)
        try:
            found = await self._search.find(job, reaches_far=is_last)
        except VideoAgentError as error:
            await self._look_failed(job, error)
            return False
        if not found.sessions and found.unread:
            await self._unreadable_once_more(job, found)
            return False
        if not found.sessions and not found.is_complete:  # far from the sends: hardly ours
            await self._look_again(job, "not all sessions can be read", found.retry_after_s)
            return False
        self._unreadable.pop(job.id, None)
        if found.sessions:
            self._looked_s.pop(job.id, None)
            await self._updates.apply(job.id, lambda j, now: self._adopt(j, found, now))
            return False
        self._looked_s[job.id] = self._clock.elapsed_s()
        after = await self._apply(job, self._not_found)
        is_due = after is not None and may_be_sent(after)
        if is_due or after is None or after.state is not JobState.SUBMITTING:
            self._looked_s.pop(job.id, None)
        return is_due

    async def _apply(self, read: Job, decide: Decide) -> Job | None:
        """Write what was decided on a look for the job as it was `read`, if it still is.

        If not, somebody asked for something meanwhile, or HeyGen called: it is due for that.
        """

        def unless_asked_otherwise(job: Job, now: datetime) -> Change | None:
            return decide(job, now) if job.version == read.version else None

        return await self._updates.apply(read.id, unless_asked_otherwise)

    def _next_look_at(self, job: Job) -> datetime | None:
        """When the next look has its time, if that is later than now.

        A pause of this process's own, by a clock that nobody sets: two looks are evidence only
        as far as they are apart.
        """
        if job.state is JobState.PARKED or not 0 < job.attempt.look_count < looks_wanted(job):
            return None
        since_s = self._clock.elapsed_s() - self._looked_s.get(job.id, self._began_s)
        left_s = timing.look_pause_s(job.attempt.look_count, self._pace.interval_s) - since_s
        # Two clocks never agree to the microsecond: what is left of that is no pause.
        return self._clock.now() + timedelta(seconds=left_s) if left_s > CLOCKS_DIFFER_S else None

    # -- looks that were none --------------------------------------------------------------

    async def _look_failed(self, job: Job, error: VideoAgentError) -> None:
        """HeyGen gave no list: the same look again soon."""
        if isinstance(error, VideoAgentBlocked):
            await self._ask_whether_all_must_wait()
        await self._look_again(job, f"cannot ask HeyGen: {error.code}", error.retry_after_s)

    async def _ask_whether_all_must_wait(self) -> None:
        """A list that is refused alone keeps nobody else's video waiting."""
        now = self._clock.now()
        try:
            await self._agent.ping()
        except VideoAgentBlocked as error:
            if self._gate.block(error, now):
                await self._store.deliveries.refresh_cards(now, *WAITING_STATES)
        except VideoAgentError as error:
            log.info("nobody knows whether the account is refused", code=error.code)

    async def _look_again(self, job: Job, why: str, retry_after_s: float | None) -> None:
        until = self._search.ask_again_at(retry_after_s)
        if job.state is JobState.PARKED:  # no hurry
            pause = timing.parked_look_pause(self._pace.interval_s)
            until = max(until, self._clock.now() + pause)
        await self._apply(job, lambda j, _: _look_later(j, until, why))

    async def _unreadable_once_more(self, job: Job, found: Found) -> None:
        """Evidence that contradicts itself: a person is asked after an hour of it.

        Which sessions those are is kept: that the list forgets them is no evidence.
        """
        interval_s = self._pace.interval_s
        held = replace(job, attempt=replace(job.attempt, unread_sessions=found.unread))
        if job.state is JobState.PARKED:
            await self._apply(job, lambda _, now: still_parked(held, now, interval_s))
            return
        self._unreadable[job.id] += 1
        looks = self._unreadable[job.id]
        why = f"a session that may be ours cannot be read, {looks} looks"
        if looks >= UNREADABLE_LOOKS:
            del self._unreadable[job.id]  # whoever asks to look again begins anew
            await self._apply(job, lambda _, now: park(held, why, now, interval_s))
            return
        until = self._search.ask_again_at(found.retry_after_s)
        await self._apply(job, lambda *_: _look_later(held, until))

    # -- what it means ---------------------------------------------------------------------

    def _adopt(self, job: Job, found: Found, now: datetime) -> Change | None:
        """The oldest that was read is ours; what else there is of us is for workflow/sweeper."""
        if job.state not in TAKEN_UP_STATES:
            return None
        session, count = found.sessions[0], len(found.sessions)
        log.info("found the session", job_id=job.id, session_id=session.session_id)
        others = "" if count == 1 else f", the oldest of {count}"
        why = f"HeyGen had taken it: session found{others}"
        change = rendering(job, session, now, self._pace, why)
        if count == 1:
            return change
        attempt = replace(change.job.attempt, sweep_at=now, sweep_count=0)
        return replace(change, job=replace(change.job, attempt=attempt))

    def _not_found(self, job: Job, now: datetime) -> Change:
        if job.state is JobState.PARKED:
            anew = replace(job, attempt=replace(job.attempt, look_count=0, unread_sessions=()))
            why = "nothing keeps it on hold any more: looked for anew"
            return wait_in_queue(anew, now, why, now)
        looks = job.attempt.look_count + 1
        attempt = replace(job.attempt, look_count=looks, unread_sessions=())
        looked = replace(job, attempt=attempt, updated_at=now)
        wanted = looks_wanted(job)
        if not may_be_sent(looked):
            pause_s = timing.look_pause_s(looked.attempt.look_count, self._pace.interval_s)
            due_at = now + timedelta(seconds=pause_s)
            why = f"not found at HeyGen, look {looked.attempt.look_count} of {wanted}"
            return Change(replace(looked, due_at=due_at), why=why)
        if _has_tried_enough(job, now):
            return fail(looked, UNANSWERED, now)
        again = replace(looked, due_at=now + timing.LEASE)
        return Change(again, why=f"not found at HeyGen in {wanted} looks: to be sent once more")


def looks_wanted(job: Job) -> int:
    """How many looks in vain show that the last send had no effect: one more for each send."""
    return min(LOOKS_MOST, job.attempt.send_count + 1)


def may_be_sent(job: Job) -> bool:
    """Whether a job in submitting has been looked for often enough to be sent once more."""
    return job.state is JobState.SUBMITTING and job.attempt.look_count >= looks_wanted(job)


def _has_tried_enough(job: Job, now: datetime) -> bool:
    began_at = job.attempt.began_at or now
    return job.attempt.send_count >= GIVE_UP_SENDS and now - began_at > GIVE_UP_AFTER


def _look_later(job: Job, at: datetime, why: str = "the next look has its time") -> Change:
    return Change(replace(job, due_at=at), why=why, card=None)
