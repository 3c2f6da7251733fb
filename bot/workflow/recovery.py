"""A create whose answer never came: ask HeyGen whether it arrived, before anything is sent again.

Look at the sessions created since the attempt began, leave out those some job owns, and compare
the first message of the rest with our prompt. Found: it is ours. Not found in two looks, a while
apart (the list may lag behind): send once more, with the same key. Unclear again: park the job;
a person decides, nobody's money is guessed with.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from bot.domain import texts, timing
from bot.domain.errors import (
    VideoAgentBlocked,
    VideoAgentBusy,
    VideoAgentError,
    VideoAgentNotFound,
    VideoAgentUnavailable,
)
from bot.domain.job import Job, JobState
from bot.domain.news import SessionNews
from bot.domain.ports import Clock, JobStore, VideoAgent
from bot.domain.progress import Change, Pace, park, rendering
from bot.domain.prompt import is_same_prompt
from bot.workflow.gate import Gate
from bot.workflow.status_updates import StatusUpdates

log = structlog.get_logger(__name__)

CLOCK_SKEW = timedelta(minutes=2)  # between HeyGen's created_at and our clock
LOOKS = 2
SENDS = 2
GIVE_UP_STEPS = 240  # of POLL_INTERVAL_S: an hour at the default, while the list itself fails


class Reconciler:
    """Decides for one job at a time; called by the submitter."""

    def __init__(
        self,
        *,
        store: JobStore,
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
        # Job id: when HeyGen could first not be asked. A restart begins anew: it only waits longer.
        self._failing_since: dict[str, datetime] = {}

    async def may_send_again(self, job: Job) -> bool:
        """One look for the session of `job`'s open attempt. True only when a resend is due.

        Otherwise the job has been written on: adopted, to be looked at again, or parked.
        """
        second_look_at = timing.second_look_at(job.updated_at, self._pace.interval_s)
        if job.look_count == 1 and self._clock.now() < second_look_at:
            # A restart made the job due at once; the list may lag, so the pause is kept.
            await self._updates.apply(job.id, lambda j, _: _look_later(j, second_look_at))
            return False
        try:
            session = await self.find(job)
        except VideoAgentError as error:
            failed = error
            if isinstance(failed, VideoAgentBlocked):
                await self._blocked(failed)
            await self._updates.apply(job.id, lambda j, now: self._look_failed(j, failed, now))
            return False
        self._failing_since.pop(job.id, None)
        if session is not None:
            await self._updates.apply(job.id, lambda j, now: self._adopt(j, session, now))
            return False
        after = await self._updates.apply(job.id, self._not_found)
        return (
            after is not None and after.state is JobState.SUBMITTING and after.look_count >= LOOKS
        )

    async def _blocked(self, error: VideoAgentBlocked) -> None:
        now = self._clock.now()
        if self._gate.block(error, now):
            await self._store.wish_cards(now, JobState.QUEUED)

    async def find(self, job: Job) -> SessionNews | None:
        """The session of `job`'s attempts; None when each that might be it is another's.

        A session that the list has and whose first message cannot be read may be ours: the
        session route answers 404 once the video is there (FACTS section 6).
        """
        assert job.final_prompt is not None
        began_at = job.attempt_at or job.created_at
        listed = await self._agent.list_sessions(began_at - CLOCK_SKEW)
        owned = await self._store.known_sessions([s.session_id for s in listed])
        is_unsure = False
        for candidate in listed:
            if candidate.session_id in owned:
                continue
            try:
                session = await self._agent.get_session(candidate.session_id)
            except VideoAgentNotFound:
                is_unsure = True
                continue
            if session.first_user_message is None:
                is_unsure = True
            elif is_same_prompt(job.id, job.final_prompt, session.first_user_message):
                return session
        if is_unsure:
            raise VideoAgentUnavailable(texts.SESSION_UNREADABLE, code="session_unreadable")
        return None

    def _adopt(self, job: Job, session: SessionNews, now: datetime) -> Change | None:
        if job.state is not JobState.SUBMITTING:
            return None
        log.info("found the session", job_id=job.id, session_id=session.session_id)
        return rendering(job, session, now, self._pace, "HeyGen had taken it: session found")

    def _not_found(self, job: Job, now: datetime) -> Change | None:
        if job.state is not JobState.SUBMITTING:
            return None
        looked = replace(job, look_count=job.look_count + 1, updated_at=now)
        if looked.look_count < LOOKS:
            due_at = timing.second_look_at(now, self._pace.interval_s)
            return Change(replace(looked, due_at=due_at), why="not found at HeyGen, first look")
        if looked.attempt_count >= SENDS:
            why = f"sent {looked.attempt_count} times, no answer, not found in {LOOKS} looks"
            return park(looked, why, now)
        again = replace(looked, due_at=now + timing.LEASE)
        return Change(again, why="not found at HeyGen in two looks: sending once more")

    def _look_failed(self, job: Job, error: VideoAgentError, now: datetime) -> Change | None:
        if job.state is not JobState.SUBMITTING or job.attempt_at is None:
            return None
        patience = timedelta(seconds=GIVE_UP_STEPS * self._pace.interval_s)
        if now - self._failing_since.setdefault(job.id, now) > patience:
            del self._failing_since[job.id]  # whoever asks to look again begins anew
            return park(job, f"HeyGen cannot be asked: {error.code}", now)
        asked_s = error.retry_after_s if isinstance(error, VideoAgentBusy) else None
        due_at = now + timedelta(seconds=max(self._pace.interval_s, asked_s or 0.0))
        return Change(replace(job, due_at=due_at), why=f"cannot ask HeyGen: {error.code}")


def _look_later(job: Job, at: datetime) -> Change | None:
    if job.state is not JobState.SUBMITTING:
        return None
    return Change(replace(job, due_at=at), why="the second look has its time", card=None)
