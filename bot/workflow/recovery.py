"""A create whose answer never came: ask HeyGen whether it arrived, before anything is sent again.

Look at the sessions created since the first attempt began, leave out those some job owns, and
compare the first message of the rest with our prompt. Found: it is ours. Not found in two looks,
a while apart (the list may lag behind): the send had no effect, and may be repeated with the same
key; each further send wants one look more. So an outage settles by itself; a job that was sent 150
times in more than a day without a clear answer fails and says so.

Only a session that may be ours and cannot be read, while the list can, leads to a person: after an
hour the job is on hold. It is looked for now and then all the same, and goes on once that is clear.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from operator import itemgetter

import structlog

from bot.domain import texts
from bot.domain.errors import (
    VideoAgentBlocked,
    VideoAgentError,
    VideoAgentRefused,
    VideoAgentUnavailable,
)
from bot.domain.job import timing
from bot.domain.job.job import TAKEN_UP_STATES, WAITING_STATES, Failure, Job, JobState
from bot.domain.job.progress import Change, Pace, fail, park, rendering, still_parked, wait_in_queue
from bot.domain.news import ListedSession, SessionNews
from bot.domain.ports.clock import Clock
from bot.domain.ports.store import Store
from bot.domain.ports.video import VideoAgent
from bot.domain.prompt.compose import is_same_prompt
from bot.workflow.gate import Gate
from bot.workflow.guarded_agent import LIST, OUTAGE
from bot.workflow.status_updates import Decide, StatusUpdates

log = structlog.get_logger(__name__)

CLOCK_SKEW = timedelta(minutes=2)  # between HeyGen's created_at and our clock
CLOCK_JUMP = timedelta(hours=26)  # what our clock may have been wrong by when we sent
SENDING_MOST = timedelta(minutes=5)  # a create's own time-out and the clocks' difference
LOOKS_MOST = 4
GIVE_UP_AFTER = timedelta(hours=24)  # HeyGen keeps a key that long (FACTS section 4)
GIVE_UP_SENDS = 150  # and not after fewer: a day of sends has 200, a clock that jumped has few
UNREADABLE_LOOKS = 60  # at ASK_AGAIN_STEPS each: an hour at the default
ASK_AGAIN_STEPS = 4  # of POLL_INTERVAL_S, after a look that was none
CLOCKS_DIFFER_S = 0.01
FAR_TRIES = 3  # to read a session from far outside the sends, which is hardly ours
RULED_OUT_MOST = 5_000  # sessions that are remembered as not a job's; then all are read anew
UNREADABLE = "session_unreadable"
UNTOLD = "session_untold"  # like it, but HeyGen has told nothing of some: no answer, or not asked
UNTOLD_FOR = timedelta(days=1)  # then a sweep or a stop waits for it no more

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
        updates: StatusUpdates,
        gate: Gate,
        clock: Clock,
        interval_s: float,
    ) -> None:
        self._store = store
        self._agent = agent
        self._updates = updates
        self._gate = gate
        self._clock = clock
        self._pace = Pace(interval_s)
        self._ask_again_after = timedelta(seconds=ASK_AGAIN_STEPS * interval_s)
        # Job id: looks in a row that met a session which cannot be read. Forgotten at a restart,
        # which only makes the job wait longer.
        self._unreadable: Counter[str] = Counter()
        self._began_s = clock.elapsed_s()
        self._looked_s: dict[str, float] = {}  # job id: when it was last looked for in vain
        self._ruled_out: set[tuple[str, str]] = set()  # job id, session id: not this job's
        self._not_shown: Counter[str] = Counter()  # session id: times that HeyGen did not show it

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
        is_last = job.look_count + 1 >= looks_wanted(job)
        try:
            found = await self.find(job, reaches_far=is_last)
        except VideoAgentError as error:
            await self._look_failed(job, error)
            return False
        self._unreadable.pop(job.id, None)
        if found:
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
        if job.state is JobState.PARKED or not 0 < job.look_count < looks_wanted(job):
            return None
        since_s = self._clock.elapsed_s() - self._looked_s.get(job.id, self._began_s)
        left_s = timing.look_pause_s(job.look_count, self._pace.interval_s) - since_s
        # Two clocks never agree to the microsecond: what is left of that is no pause.
        return self._clock.now() + timedelta(seconds=left_s) if left_s > CLOCKS_DIFFER_S else None

    # -- looking ---------------------------------------------------------------------------

    async def find(self, job: Job, *, reaches_far: bool = False) -> list[SessionNews]:
        """The sessions of `job`'s attempts that no job owns, oldest first.

        With `reaches_far` also those that HeyGen dates long before the attempt: our clock may
        have jumped. Raises VideoAgentUnavailable when there is none, but one that may be ours
        cannot be read (code UNREADABLE; UNTOLD where HeyGen did not even refuse): the session
        route answers 404 for some of those that have their video (FACTS section 6). From outside
        the time of the sends HeyGen's word is enough, or that it could not be read a few times.
        """
        assert job.final_prompt is not None
        since = (job.attempt_at or job.created_at) - CLOCK_SKEW
        until = (job.sent_at or self._clock.now()) + SENDING_MOST
        listed = await self._agent.list_sessions(since - CLOCK_JUMP if reaches_far else since)
        owned = await self._store.jobs.known_sessions([s.session_id for s in listed])
        found: list[tuple[datetime, SessionNews]] = []
        is_unsure = is_untold = False
        for candidate in self._to_be_read(job, reversed(listed), owned):
            is_near = since <= candidate.created_at <= until
            if not is_near and self._is_given_up(candidate):
                continue
            try:
                session = await self._read(candidate)
            except VideoAgentUnavailable:
                if found:  # enough for now: more failures would keep what was found from its stop
                    break
                is_untold = is_untold or is_near or not self._is_given_up(candidate)
                continue
            if session is None or session.first_user_message is None:
                is_unsure = is_unsure or is_near
            elif is_same_prompt(job.id, job.final_prompt, session.first_user_message):
                found.append((candidate.created_at, session))
            else:
                self._rule_out(job.id, candidate.session_id)
        if (is_unsure or is_untold) and not found:
            code = UNTOLD if is_untold else UNREADABLE
            raise VideoAgentUnavailable(texts.SESSION_UNREADABLE, code=code)
        return [session for _, session in sorted(found, key=itemgetter(0))]

    def _to_be_read(
        self, job: Job, listed: Iterable[ListedSession], owned: Collection[str]
    ) -> list[ListedSession]:
        """Those that may be the job's; what was not shown before comes last.

        A few sessions that fail open the breaker of reads: at the next look others have their turn.
        """
        candidates = [
            session
            for session in listed
            if session.session_id not in owned
            and (job.id, session.session_id) not in self._ruled_out
        ]
        return sorted(candidates, key=lambda session: self._not_shown[session.session_id])

    async def _read(self, candidate: ListedSession) -> SessionNews | None:
        """One listed session; None when HeyGen refuses to show it, however it does.

        Raises VideoAgentUnavailable when it told nothing (code OUTAGE: it was not even asked), and
        VideoAgentBusy, which says nothing about this session.
        """
        try:
            return await self._agent.get_session(candidate.session_id)
        except (VideoAgentRefused, VideoAgentBlocked):
            self._count_not_shown(candidate)
            return None
        except VideoAgentUnavailable as error:
            if error.code != OUTAGE:
                self._count_not_shown(candidate)
            raise

    def _count_not_shown(self, candidate: ListedSession) -> None:
        if len(self._not_shown) >= RULED_OUT_MOST:
            self._not_shown.clear()
        self._not_shown[candidate.session_id] += 1

    def _is_given_up(self, candidate: ListedSession) -> bool:
        return self._not_shown[candidate.session_id] >= FAR_TRIES

    def _rule_out(self, job_id: str, session_id: str) -> None:
        """A first message never changes: it is read once."""
        if len(self._ruled_out) >= RULED_OUT_MOST:
            self._ruled_out.clear()
        self._ruled_out.add((job_id, session_id))

    async def _look_failed(self, job: Job, error: VideoAgentError) -> None:
        """That was no look: the same one again soon."""
        now = self._clock.now()
        if isinstance(error, VideoAgentBlocked) and self._gate.block(error, now):
            await self._store.deliveries.refresh_cards(now, *WAITING_STATES)
        if error.code in (UNREADABLE, UNTOLD):
            await self._unreadable_once_more(job)
            return
        until = self.ask_again_at(error)
        if job.state is JobState.PARKED:  # no hurry
            until = max(until, now + timing.parked_look_pause(self._pace.interval_s))
        why = f"cannot ask HeyGen: {error.code}"
        await self._apply(job, lambda j, _: _look_later(j, until, why))

    def was_a_look(self, job: Job, error: VideoAgentError) -> bool:
        """Whether a sweep or a stop whose `find` ended so has looked; else it looks once more.

        HeyGen's refusal is an answer; of sessions that only fail nobody waits for one for ever.
        """
        lasts = self._clock.now() - (job.state_since or job.created_at)
        return error.code == UNREADABLE or (error.code == UNTOLD and lasts > UNTOLD_FOR)

    def ask_again_at(self, error: VideoAgentError) -> datetime:
        """After a look that was none: soon, and when it may pass."""
        now = self._clock.now()
        soon = now + max(self._ask_again_after, timedelta(seconds=error.retry_after_s or 0.0))
        return max(soon, self._gate.reads_again_at(now, LIST) or soon)

    async def _unreadable_once_more(self, job: Job) -> None:
        """Evidence that contradicts itself: a person is asked after an hour of it."""
        interval_s = self._pace.interval_s
        if job.state is JobState.PARKED:
            await self._apply(job, lambda j, now: still_parked(j, now, interval_s))
            return
        self._unreadable[job.id] += 1
        looks = self._unreadable[job.id]
        why = f"a session that may be ours cannot be read, {looks} looks"
        if looks >= UNREADABLE_LOOKS:
            del self._unreadable[job.id]  # whoever asks to look again begins anew
            await self._apply(job, lambda j, now: park(j, why, now, interval_s))
            return
        until = self._clock.now() + self._ask_again_after
        await self._apply(job, lambda j, _: _look_later(j, until))

    # -- what it means ---------------------------------------------------------------------

    def _adopt(self, job: Job, found: Sequence[SessionNews], now: datetime) -> Change | None:
        """The oldest is ours; what else there is of us is stopped by workflow/sweeper."""
        if job.state not in TAKEN_UP_STATES:
            return None
        session = found[0]
        log.info("found the session", job_id=job.id, session_id=session.session_id)
        others = "" if len(found) == 1 else f", the oldest of {len(found)}"
        why = f"HeyGen had taken it: session found{others}"
        change = rendering(job, session, now, self._pace, why)
        if len(found) == 1:
            return change
        return replace(change, job=replace(change.job, sweep_at=now, sweep_count=0))

    def _not_found(self, job: Job, now: datetime) -> Change:
        if job.state is JobState.PARKED:
            anew = replace(job, look_count=0)
            why = "nothing keeps it on hold any more: looked for anew"
            return wait_in_queue(anew, now, why, now)
        looked = replace(job, look_count=job.look_count + 1, updated_at=now)
        wanted = looks_wanted(job)
        if not may_be_sent(looked):
            pause_s = timing.look_pause_s(looked.look_count, self._pace.interval_s)
            due_at = now + timedelta(seconds=pause_s)
            why = f"not found at HeyGen, look {looked.look_count} of {wanted}"
            return Change(replace(looked, due_at=due_at), why=why)
        if _has_tried_enough(job, now):
            return fail(looked, UNANSWERED, now)
        again = replace(looked, due_at=now + timing.LEASE)
        return Change(again, why=f"not found at HeyGen in {wanted} looks: to be sent once more")


def looks_wanted(job: Job) -> int:
    """How many looks in vain show that the last send had no effect: one more for each send."""
    return min(LOOKS_MOST, job.attempt_count + 1)


def may_be_sent(job: Job) -> bool:
    """Whether a job in submitting has been looked for often enough to be sent once more."""
    return job.state is JobState.SUBMITTING and job.look_count >= looks_wanted(job)


def _has_tried_enough(job: Job, now: datetime) -> bool:
    began_at = job.attempt_at or now
    return job.attempt_count >= GIVE_UP_SENDS and now - began_at > GIVE_UP_AFTER


def _look_later(job: Job, at: datetime, why: str = "the next look has its time") -> Change:
    return Change(replace(job, due_at=at), why=why, card=None)
