"""queued -> submitting -> rendering: attachments to HeyGen, then one create, never a blind second.

What is written when: submitting and a lease before anything; each asset_id as soon as HeyGen
gives it; the attempt before the create. So a crash at any point leaves a job that says how far
it came, and workflow/recovery.py takes it from there.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from bot.domain.errors import (
    AttachmentUnusable,
    BotError,
    SlackError,
    StoreUnavailable,
    VideoAgentBlocked,
    VideoAgentBusy,
    VideoAgentError,
    VideoAgentOutcomeUnknown,
    VideoAgentRefused,
    VideoAgentUnavailable,
)
from bot.domain.job import timing
from bot.domain.job.decisions import owe_stop
from bot.domain.job.job import TAKEN_UP_STATES, WAITING_STATES, Job, JobState, WaitKind
from bot.domain.job.progress import Change, Pace, rendering
from bot.domain.job.sends import (
    Wait,
    ask_soon,
    begin_send,
    fail_if_ours,
    idempotency_key,
    retry_at,
    wait_and_retry,
    wait_for_turn,
)
from bot.domain.news import NewSession, SessionNews
from bot.domain.ports.clock import Clock
from bot.domain.ports.store import Store
from bot.domain.ports.video import VideoAgent
from bot.domain.request.video_request import Attachment
from bot.workflow.attachments import Attachments
from bot.workflow.gate import Gate
from bot.workflow.loop import Tasks
from bot.workflow.recovery import Reconciler
from bot.workflow.session_search import SessionSearch
from bot.workflow.status_updates import Signals, StatusUpdates

log = structlog.get_logger(__name__)

TOO_MANY_REQUESTS = 429  # concerns every job of this account; other waits only this one
DUE_AT_ONCE = 20
UNCLEAR_S = 10.0  # after a claim without an answer: what it claimed is looked for
SAVE_AGAIN_AFTER = timedelta(seconds=1)  # while the database takes nothing
OUR_OWN_FAULTS = frozenset({"file_unreadable", "lease_lost"})  # "unavailable", but not HeyGen


class Submitter:
    """`step` is run by a Loop; each submission goes on in a task of its own."""

    def __init__(
        self,
        *,
        store: Store,
        agent: VideoAgent,
        attachments: Attachments,
        updates: StatusUpdates,
        signals: Signals,
        gate: Gate,
        reconciler: Reconciler,
        search: SessionSearch,
        clock: Clock,
        interval_s: float,
        public_url: str | None,
        length_padding: float = 1.0,
    ) -> None:
        self._store = store
        self._agent = agent
        self._attachments = attachments
        self._updates = updates
        self._signals = signals
        self._gate = gate
        self._reconciler = reconciler
        self._search = search
        self._clock = clock
        self._pace = Pace(interval_s)
        self._public_url = public_url
        self._length_padding = length_padding
        self._under_way: set[str] = set()
        # What the database could not take, and jobs whose task broke: taken up again soon.
        self._unsaved: dict[str, SessionNews] = {}
        self._broken: dict[str, datetime] = {}
        self._claim_unclear_s = float("-inf")  # when the database did not say what it claimed
        self._owes_cards = False  # of those who wait: they say what was true before
        self.tasks = Tasks("submit")

    async def step(self) -> datetime | None:
        """Start what may start now; returns when to look again."""
        now = self._clock.now()
        if not await self._save_what_waits():
            return now + SAVE_AGAIN_AFTER
        await self._attachments.stop_unwanted()
        await self._renew_leases(now)
        if closed_until := self._gate.closed_until(now):
            return closed_until
        for job in await self._due(now):
            self._start(job)
        sends_at = await self._sends_again_at(now)
        if sends_at is None:
            await self._claim(now)
        # What is due already waits for a free slot or is under way: both ends wake the loop.
        next_at = await self._store.jobs.next_due_at(JobState.QUEUED, *TAKEN_UP_STATES, after=now)
        return min(filter(None, (next_at, sends_at, *self._broken.values())), default=None)

    async def _due(self, now: datetime) -> list[Job]:
        """Jobs that somebody has to take up: their time has come, or a task broke."""
        horizon = timing.horizon(now, self._pace.interval_s)
        due = []
        for state in TAKEN_UP_STATES:
            jobs = await self._store.jobs.due(state, now, DUE_AT_ONCE, horizon=horizon)
            due += [job for job in jobs if job.id not in self._broken]
        due += await self._claimed_unheard(now)
        for job_id in [i for i, at in self._broken.items() if at <= now or at > horizon]:
            job = await self._store.jobs.get(job_id)
            if job is not None and job.state in TAKEN_UP_STATES:
                due.append(job)
            del self._broken[job_id]
        return due

    async def _claimed_unheard(self, now: datetime) -> list[Job]:
        """Claims that the database made although it said that it could not: nobody works on them.

        Its commit may land a little later than the connection that asked for it was lost.
        """
        if self._clock.elapsed_s() - self._claim_unclear_s > UNCLEAR_S:
            return []
        any_lease = now + 2 * timing.LEASE
        jobs = await self._store.jobs.due(
            JobState.SUBMITTING, any_lease, self._gate.limit + DUE_AT_ONCE, horizon=any_lease
        )
        known = self._under_way | self._broken.keys()
        return [job for job in jobs if job.attempt.began_at is None and job.id not in known]

    async def _sends_again_at(self, now: datetime) -> datetime | None:
        """While HeyGen does not answer: when to try again. None: now, for it can be read."""
        if (at := self._gate.sends_again_at(now)) is not None:
            return at
        if not self._gate.wants_read:
            return None
        try:
            await self._agent.ping()
        except VideoAgentBusy as error:
            return self._gate.pause(error, now)
        except VideoAgentError as error:
            log.info("nothing is sent yet", code=error.code)
        else:
            return None
        return self._gate.sends_again_at(now) or now + timedelta(seconds=self._pace.interval_s)

    async def _claim(self, now: datetime) -> None:
        # While HeyGen refuses everyone, one job finds out; what is under way may be that one.
        free = 1 - len(self._under_way) if self._gate.is_probing else self._gate.limit
        for _ in range(free):
            try:
                claimed = await self._store.jobs.claim_next(
                    now,
                    limit_running=self._gate.limit,
                    lease_until=now + timing.LEASE,
                    horizon=timing.horizon(now, self._pace.interval_s),
                )
            except StoreUnavailable:
                self._claim_unclear_s = self._clock.elapsed_s()
                raise
            if claimed is None:
                break
            self._start(claimed)

    async def _renew_leases(self, now: datetime) -> None:
        """A job whose attachments are on their way keeps its lease: large ones may take an hour."""
        if not self._under_way:
            return
        ends_soon = now + timing.LEASE_RENEWAL
        horizon = timing.horizon(now, self._pace.interval_s)
        jobs = await self._store.jobs.due(
            JobState.SUBMITTING, ends_soon, DUE_AT_ONCE, horizon=horizon
        )
        preparing = (j for j in jobs if j.id in self._under_way and j.attempt.began_at is None)
        if renewed := [replace(job, due_at=now + timing.LEASE) for job in preparing]:
            changes = [Change(job, "still at it", card=None, is_lasting=False) for job in renewed]
            await self._store.jobs.reschedule(changes)

    def _start(self, job: Job) -> None:
        if job.id not in self._under_way:
            self._under_way.add(job.id)
            self.tasks.spawn(self._go_on(job), job_id=job.id)

    async def _go_on(self, job: Job) -> None:
        """Take a job one step further, whatever a crash left of it."""
        try:
            if job.attempt.began_at is None or await self._reconciler.may_send_again(job):
                await self._submit(job)
        except Exception:
            # Not at once, for the same may happen again, and not at the end of the lease.
            self._broken[job.id] = self._clock.now() + timedelta(seconds=self._pace.interval_s)
            raise
        finally:
            if job.id not in self._unsaved:
                self._under_way.discard(job.id)
            self._gate.end_turn(job.id)
        self._signals.submit()  # not after an error: a job that is still due would be tried at once

    async def _submit(self, job: Job) -> None:
        attachments = await self._prepared_attachments(job)
        if attachments is None:
            return
        if not self._gate.take_turn(job.id, self._clock.now()):
            await self._wait_for_turn(job)
            return
        token = secrets.token_urlsafe(32) if self._public_url else None
        hashed, padding = token_hash(token) if token else None, self._length_padding
        sending = await self._updates.apply(
            job.id, lambda j, now: begin_send(j, attachments, hashed, now, padding)
        )
        if sending is None or sending.state is not JobState.SUBMITTING:
            return
        self._search.sends(sending)
        await self._create(sending, attachments, token)

    async def _create(self, job: Job, attachments: list[Attachment], token: str | None) -> None:
        assert job.attempt.final_prompt is not None
        new = NewSession(
            key=idempotency_key(job),
            prompt=job.attempt.final_prompt,
            orientation=job.request.orientation,
            brief=job.request.brief,
            asset_ids=tuple(a.asset_id for a in attachments if a.asset_id),
            file_urls=tuple(a.url for a in attachments if a.url),
            callback_url=f"{self._public_url}/heygen/callback/{token}" if token else None,
            callback_id=job.id if token else None,
        )
        try:
            session = await self._agent.create_session(new)
        except VideoAgentError as error:
            await self._create_failed(job, error)
        else:
            await self._created(job, session)

    async def _wait_for_turn(self, job: Job) -> None:
        now = self._clock.now()
        next_step = now + timedelta(seconds=self._pace.interval_s)
        until = max(self._gate.sends_again_at(now) or next_step, next_step)
        await self._updates.apply(job.id, lambda j, now: wait_for_turn(j, until, now))

    async def _created(self, job: Job, session: SessionNews) -> None:
        log.info("HeyGen took the request", job_id=job.id, session_id=session.session_id)
        self._owes_cards |= self._gate.opened()
        try:
            await self._save_session(job.id, session)
            await self._tell_who_waits()
        except StoreUnavailable as error:
            if not error.retryable:
                raise
            log.warning("session not saved yet", job_id=job.id, session_id=session.session_id)
            self._unsaved[job.id] = session

    async def _tell_who_waits(self) -> None:
        """The cards of those who wait say whether HeyGen takes requests."""
        if self._owes_cards:
            await self._store.deliveries.refresh_cards(self._clock.now(), *WAITING_STATES)
            self._owes_cards = False

    async def _save_session(self, job_id: str, session: SessionNews) -> None:
        def take(current: Job, now: datetime) -> Change | None:
            if current.state is not JobState.SUBMITTING:
                return owe_stop(current, session, now)  # cancelled meanwhile: nobody waits for it
            return rendering(current, session, now, self._pace, "HeyGen took the request")

        await self._updates.apply(job_id, take)

    async def _save_what_waits(self) -> bool:
        """What HeyGen told and the database could not take: it is paid for, and kept until saved.

        False while the database takes nothing.
        """
        for job_id, session in list(self._unsaved.items()):
            try:
                await self._save_session(job_id, session)
            except StoreUnavailable as error:
                if error.retryable:
                    return False
                log.exception("session cannot be saved: asking HeyGen", job_id=job_id)
                self._broken[job_id] = self._clock.now()
            else:
                log.info("session saved late", job_id=job_id, session_id=session.session_id)
            del self._unsaved[job_id]
            self._under_way.discard(job_id)
        await self._tell_who_waits()
        return True

    async def _create_failed(self, job: Job, error: VideoAgentError) -> None:
        log.warning("create failed", job_id=job.id, code=error.code, status=error.status)
        await self._note_whether_it_answers(error)
        is_still_running = error.code == "request_in_progress"  # our own earlier send
        if isinstance(error, VideoAgentOutcomeUnknown) or is_still_running:
            await self._updates.apply(job.id, lambda j, now: ask_soon(j, error, now))
        elif isinstance(error, VideoAgentRefused):
            await self._updates.apply(job.id, lambda j, now: fail_if_ours(j, error, now))
        else:
            # An attempt that had no effect does not count as one.
            spent = job.attempt
            refunded = replace(job, attempt=replace(spent, send_count=spent.send_count - 1))
            await self._wait_and_retry(refunded, error)

    async def _note_whether_it_answers(self, error: BotError) -> None:
        """Three calls in a row without a verdict stop all sending; a verdict ends that."""
        is_none = isinstance(error, VideoAgentOutcomeUnknown | VideoAgentUnavailable)
        if error.code in OUR_OWN_FAULTS or not isinstance(error, VideoAgentError):
            return
        now = self._clock.now()
        self._owes_cards |= self._gate.send_failed(now) if is_none else self._gate.answered()
        await self._tell_who_waits()

    async def _wait_and_retry(self, job: Job, error: BotError) -> None:
        """The call had no effect: back to the queue; when it waits too long, it fails in words."""
        now = self._clock.now()
        if isinstance(error, VideoAgentBlocked):
            if self._gate.block(error, now):
                await self._store.deliveries.refresh_cards(now, *WAITING_STATES)
            kind, until = None, self._gate.closed_until(now) or now
        elif isinstance(error, VideoAgentBusy) and error.status == TOO_MANY_REQUESTS:
            kind, until = None, self._gate.pause(error, now)
        else:
            is_busy = isinstance(error, VideoAgentBusy)
            kind = WaitKind.NOT_READY if is_busy else WaitKind.UNREACHABLE
            until = retry_at(job, kind, error, now, self._pace.interval_s)

        wait, send_count = Wait(kind, until, error), job.attempt.send_count
        await self._updates.apply(
            job.id, lambda j, now: wait_and_retry(j, wait, send_count, now, self._pace.interval_s)
        )

    async def _prepared_attachments(self, job: Job) -> list[Attachment] | None:
        """All attachments, ready to be named to HeyGen; None when the job cannot go on now."""
        try:
            return await self._attachments.ready(job)
        except (AttachmentUnusable, VideoAgentRefused) as error:
            refused: BotError = error
            await self._updates.apply(job.id, lambda j, now: fail_if_ours(j, refused, now))
        except (SlackError, VideoAgentError) as error:
            await self._note_whether_it_answers(error)
            await self._wait_and_retry(job, error)
        return None


def token_hash(token: str) -> str:
    """How a callback token is kept: SHA-256, hex."""
    return hashlib.sha256(token.encode()).hexdigest()
