"""Owed messages -> threads, each exactly once, and cards kept up to date.

posting is written before the call. Where its outcome is unknown (a crash, a lost answer), the
thread is searched for the delivery's mark and what is found is adopted, before anything is posted.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from bot.domain import timing
from bot.domain.delivery import Delivery, DeliveryKind, DeliveryState
from bot.domain.errors import (
    SlackBusy,
    SlackError,
    SlackOutcomeUnknown,
    SlackRefused,
    SlackUnavailable,
)
from bot.domain.job import Job, JobState
from bot.domain.ports import Clock, JobStore, Notice, PostedMessage, SlackThreads
from bot.workflow.gate import Gate

log = structlog.get_logger(__name__)

AT_ONCE = 50
RETRY_FIRST_S = 2.0
RETRY_CAP_S = 300.0
LOOK_AFTER = timedelta(seconds=5)  # a post whose answer was lost may still be under way
UNINSTALLED_PAUSE = timedelta(minutes=10)
TRIES = 30  # about two hours of pauses; then the log says that nobody could be told

# FACTS of Slack, section 6: what to do on an error.
UNINSTALLED = frozenset(
    {
        "token_revoked",
        "token_expired",
        "account_inactive",
        "invalid_auth",
        "not_authed",
        "team_access_not_granted",
    }
)
NOT_EDITABLE = frozenset(
    {"message_not_found", "cant_update_message", "edit_window_closed", "block_mismatch"}
)

_Act = Callable[[Delivery, Job], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class _Target:
    channel_id: str
    thread_ts: str | None


class Deliverer:
    """`step` is run by a Loop: one queue, so one message at a time for the workspace."""

    def __init__(self, *, store: JobStore, threads: SlackThreads, gate: Gate, clock: Clock) -> None:
        self._store = store
        self._threads = threads
        self._gate = gate
        self._clock = clock
        self._paused_until: datetime | None = None
        self._joined_for: set[str] = set()  # deliveries; forgotten at a restart: one more join

    async def step(self) -> datetime | None:
        """Post and edit what is due; returns when to look again."""
        now = self._clock.now()
        if self._paused_until and now < self._paused_until:
            return self._paused_until
        for delivery in await self._unclear(now):
            await self._guarded(delivery, self._resolve)
            if self._paused_until:
                return self._paused_until
        due = await self._store.due_deliveries(now, AT_ONCE)
        for delivery in due:
            await self._guarded(delivery, self._edit if delivery.is_edit else self._post)
            if self._paused_until:
                return self._paused_until
        if len(due) == AT_ONCE:
            return now
        return await self._next_at()

    async def _next_at(self) -> datetime | None:
        times = [d.due_at for d in await self._store.unclear_deliveries()]
        if next_due := await self._store.next_delivery_at():
            times.append(next_due)
        return min(times, default=None)

    async def _unclear(self, now: datetime) -> list[Delivery]:
        return [d for d in await self._store.unclear_deliveries() if d.due_at <= now]

    async def _guarded(self, delivery: Delivery, act: _Act) -> None:
        """Do one thing for one delivery; a slow or absent Slack pauses the whole queue."""
        self._paused_until = None
        job = await self._store.get_job(delivery.job_id)
        assert job is not None  # the foreign key says so
        try:
            await act(delivery, job)
        except SlackBusy as error:
            self._pause(timedelta(seconds=error.retry_after_s), error)
        except SlackUnavailable as error:
            self._pause(timedelta(seconds=RETRY_FIRST_S), error)
        except SlackRefused as error:
            if error.code not in UNINSTALLED:
                raise
            self._pause(UNINSTALLED_PAUSE, error)

    def _pause(self, how_long: timedelta, error: SlackError) -> None:
        self._paused_until = self._clock.now() + how_long
        log.warning("Slack asks to wait", code=error.code, until=self._paused_until.isoformat())

    # -- posting ---------------------------------------------------------------------------

    async def _post(self, delivery: Delivery, job: Job) -> None:
        if not await self._store.mark_posting(delivery.id, self._clock.now()):
            return
        job = await self._store.get_job(job.id) or job  # what `shown` was fixed at, or newer
        try:
            target = await self._target(delivery, job)
            posted = await self._threads.post(
                target.channel_id, target.thread_ts, await self._notice(delivery, job)
            )
        except SlackOutcomeUnknown as error:
            log.warning("post unclear", job_id=job.id, delivery=delivery.id, code=error.code)
            await self._put_back(delivery, LOOK_AFTER, DeliveryState.POSTING)
        except SlackBusy as error:
            await self._put_back(delivery, timedelta(seconds=error.retry_after_s))
            raise
        except SlackUnavailable:
            await self._put_back(delivery, self._pause_after(delivery))
            raise
        except SlackRefused as error:
            await self._refused(delivery, job, error)
        else:
            await self._posted(delivery, job, posted)

    async def _posted(self, delivery: Delivery, job: Job, posted: PostedMessage) -> None:
        await self._store.mark_posted(delivery.id, posted, self._clock.now())
        log.info("posted", job_id=job.id, kind=delivery.kind, channel=posted.channel_id)

    async def _put_back(
        self,
        delivery: Delivery,
        pause: timedelta,
        state: DeliveryState = DeliveryState.DUE,
        detour: str | None = None,
    ) -> None:
        until = self._clock.now() + pause
        await self._store.postpone_delivery(delivery.id, until, state=state, detour=detour)

    def _pause_after(self, delivery: Delivery) -> timedelta:
        now = self._clock.now()
        return (
            timing.next_retry_at(
                now, delivery.attempts + 1, first_s=RETRY_FIRST_S, cap_s=RETRY_CAP_S
            )
            - now
        )

    async def _target(self, delivery: Delivery, job: Job) -> _Target:
        """Where this message goes: the card's thread, or the requester's DM on a detour."""
        is_card = delivery.kind is DeliveryKind.CARD
        if delivery.detour is not None or (is_card and job.channel_id == job.requester_id):
            return _Target(await self._threads.open_dm(job.requester_id), None)
        if is_card:
            return _Target(job.channel_id, job.thread_ts)
        card = await self._card_of(job)
        if card is None or card.message_ts is None or card.channel_id is None:
            return _Target(job.channel_id, job.thread_ts)
        is_in_requested_thread = job.thread_ts and card.channel_id == job.channel_id
        return _Target(
            card.channel_id, job.thread_ts if is_in_requested_thread else card.message_ts
        )

    async def _card_of(self, job: Job) -> Delivery | None:
        deliveries = await self._store.deliveries_of(job.id)
        return next((d for d in deliveries if d.kind is DeliveryKind.CARD), None)

    async def _notice(self, delivery: Delivery, job: Job) -> Notice:
        is_queued = job.state is JobState.QUEUED
        return Notice(
            kind=delivery.kind,
            delivery_id=delivery.id,
            job=job,
            now=self._clock.now(),
            place=await self._store.place_in_queue(job) if is_queued else None,
            attachment_count=len(await self._store.attachments_of(job.id)),
            waiting_for=self._gate.waiting_for if is_queued else None,
            detour=delivery.detour,
        )

    # -- refusals --------------------------------------------------------------------------

    async def _refused(self, delivery: Delivery, job: Job, error: SlackRefused) -> None:
        """Slack will not have it there: join and once more, another place, or nobody is told."""
        log.warning("post refused", job_id=job.id, kind=delivery.kind, code=error.code)
        if error.code in UNINSTALLED:
            await self._put_back(delivery, UNINSTALLED_PAUSE)
            raise error
        if delivery.detour is not None or delivery.attempts >= TRIES:
            await self._store.drop_delivery(delivery.id, error.code, self._clock.now())
            log.error("nobody could be told", job_id=job.id, kind=delivery.kind, code=error.code)
        elif error.code == "not_in_channel" and await self._joined(job, delivery):
            await self._put_back(delivery, timedelta(0))
        else:
            await self._put_back(delivery, timedelta(0), detour=error.code)

    async def _joined(self, job: Job, delivery: Delivery) -> bool:
        if delivery.id in self._joined_for:
            return False
        self._joined_for.add(delivery.id)
        try:
            await self._threads.join(job.channel_id)
        except SlackError as error:
            log.info("could not join", channel=job.channel_id, code=error.code)
            return False
        return True

    # -- unclear outcomes ------------------------------------------------------------------

    async def _resolve(self, delivery: Delivery, job: Job) -> None:
        """Adopt the message if it is there; else it is due again."""
        try:
            target = await self._target(delivery, job)
            found = await self._threads.find(
                target.channel_id, target.thread_ts, delivery.id, job.created_at
            )
        except SlackRefused as error:
            if error.code in UNINSTALLED:
                raise
            log.warning("may be a repeat", job_id=job.id, delivery=delivery.id, code=error.code)
            await self._put_back(delivery, self._pause_after(delivery), detour=delivery.detour)
        except SlackOutcomeUnknown:
            await self._put_back(delivery, LOOK_AFTER, DeliveryState.POSTING, delivery.detour)
        else:
            if found is not None:
                await self._posted(delivery, job, found)
            else:
                await self._put_back(delivery, timedelta(0), detour=delivery.detour)

    # -- the card --------------------------------------------------------------------------

    async def _edit(self, delivery: Delivery, job: Job) -> None:
        assert delivery.channel_id is not None
        assert delivery.message_ts is not None
        notice = await self._notice(delivery, job)
        try:
            await self._threads.update(delivery.channel_id, delivery.message_ts, notice)
        except SlackRefused as error:
            if error.code in UNINSTALLED:
                await self._store.postpone_edit(delivery.id, self._clock.now() + UNINSTALLED_PAUSE)
                raise
            await self._edit_refused(delivery, job, error)
        except SlackBusy as error:
            until = self._clock.now() + timedelta(seconds=error.retry_after_s)
            await self._store.postpone_edit(delivery.id, until)
            raise
        except (SlackUnavailable, SlackOutcomeUnknown):  # an edit is safe to repeat
            until = self._clock.now() + timedelta(seconds=RETRY_FIRST_S)
            await self._store.postpone_edit(delivery.id, until)
        else:
            await self._store.mark_shown(delivery.id, delivery.wanted, self._clock.now())

    async def _edit_refused(self, delivery: Delivery, job: Job, error: SlackRefused) -> None:
        """Let this edit go, or it would be due again at once, for ever.

        For NOT_EDITABLE codes a new card should be posted; the store cannot make a posted
        delivery due again yet (tests/workflow/test_delivering.py waits for it).
        """
        is_gone = error.code in NOT_EDITABLE
        log.warning("card not editable", job_id=job.id, code=error.code, is_gone=is_gone)
        await self._store.mark_shown(delivery.id, delivery.wanted, self._clock.now())
