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
from bot.domain.job import JobState
from bot.domain.ports import Clock, JobStore, Notice, Owed, PostedMessage, SlackThreads
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


@dataclass(frozen=True, slots=True)
class _Target:
    channel_id: str
    thread_ts: str | None


class Deliverer:
    """`step` is run by a Loop: one queue, so one message at a time for the workspace."""

    def __init__(
        self,
        *,
        store: JobStore,
        threads: SlackThreads,
        gate: Gate,
        clock: Clock,
        let_requests_pass: Callable[[], Awaitable[None]],
    ) -> None:
        self._store = store
        self._threads = threads
        self._gate = gate
        self._clock = clock
        self._let_requests_pass = let_requests_pass
        self._paused_until: datetime | None = None
        self._joined_for: set[str] = set()  # deliveries; forgotten at a restart: one more join

    async def step(self) -> datetime | None:
        """Look for, post and edit what is due; returns when to look again."""
        now = self._clock.now()
        if self._paused_until and now < self._paused_until:
            return self._paused_until
        self._paused_until = None
        for delivery in await self._store.due_deliveries(now, AT_ONCE):
            await self._let_requests_pass()
            await self._guarded(delivery)
            if self._paused_until:
                return self._paused_until
        return await self._store.next_delivery_at()

    async def _guarded(self, delivery: Delivery) -> None:
        """Do one thing for one delivery; a slow or absent Slack pauses the whole queue."""
        act = {DeliveryState.DUE: self._post, DeliveryState.POSTING: self._resolve}
        try:
            await act.get(delivery.state, self._edit)(delivery)
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

    async def _post(self, delivery: Delivery) -> None:
        if not await self._store.mark_posting(delivery.id, self._clock.now()):
            return
        owed = await self._owed(delivery)  # read after `shown` was fixed: as new, or newer
        try:
            target = await self._target(owed)
            posted = await self._threads.post(
                target.channel_id, target.thread_ts, self._notice(owed)
            )
        except SlackOutcomeUnknown as error:
            log.warning("post unclear", job_id=owed.job.id, delivery=delivery.id, code=error.code)
            await self._put_back(delivery, LOOK_AFTER, DeliveryState.POSTING)
        except SlackBusy as error:
            await self._put_back(delivery, timedelta(seconds=error.retry_after_s))
            raise
        except SlackUnavailable:
            await self._put_back(delivery, self._pause_after(delivery))
            raise
        except SlackRefused as error:
            await self._refused(owed, error)
        else:
            await self._posted(owed, posted)

    async def _owed(self, delivery: Delivery) -> Owed:
        owed = await self._store.owed(delivery.id)
        assert owed is not None  # deliveries are never deleted
        return owed

    async def _posted(self, owed: Owed, posted: PostedMessage) -> None:
        await self._store.mark_posted(owed.delivery.id, posted, self._clock.now())
        kind = owed.delivery.kind.value
        log.info("posted", job_id=owed.job.id, kind=kind, channel=posted.channel_id)

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
        now, attempt = self._clock.now(), delivery.attempts + 1
        until = timing.next_retry_at(now, attempt, first_s=RETRY_FIRST_S, cap_s=RETRY_CAP_S)
        return until - now

    async def _target(self, owed: Owed) -> _Target:
        """Where this message goes: the card's thread, or the requester's DM on a detour."""
        job, card = owed.job, owed.card
        is_card = owed.delivery.kind is DeliveryKind.CARD
        if owed.delivery.detour is not None or (is_card and job.channel_id == job.requester_id):
            return _Target(await self._threads.open_dm(job.requester_id), None)
        if is_card or card is None or card.message_ts is None or card.channel_id is None:
            return _Target(job.channel_id, job.thread_ts)
        is_in_requested_thread = job.thread_ts and card.channel_id == job.channel_id
        return _Target(
            card.channel_id, job.thread_ts if is_in_requested_thread else card.message_ts
        )

    def _notice(self, owed: Owed) -> Notice:
        return Notice(
            kind=owed.delivery.kind,
            delivery_id=owed.delivery.id,
            job=owed.job,
            now=self._clock.now(),
            place=owed.place,
            attachment_count=owed.attachment_count,
            waiting_for=self._gate.waiting_for if owed.job.state is JobState.QUEUED else None,
            detour=owed.delivery.detour,
        )

    # -- refusals --------------------------------------------------------------------------

    async def _refused(self, owed: Owed, error: SlackRefused) -> None:
        """Slack will not have it there: join and once more, another place, or nobody is told."""
        delivery, job_id, kind = owed.delivery, owed.job.id, owed.delivery.kind.value
        log.warning("post refused", job_id=job_id, kind=kind, code=error.code)
        if error.code in UNINSTALLED:
            await self._put_back(delivery, UNINSTALLED_PAUSE)
            raise error
        if delivery.detour is not None or delivery.attempts >= TRIES:
            await self._store.drop_delivery(delivery.id, error.code, self._clock.now())
            log.error("nobody could be told", job_id=job_id, kind=kind, code=error.code)
        elif error.code == "not_in_channel" and await self._joined(owed):
            await self._put_back(delivery, timedelta(0))
        else:
            await self._put_back(delivery, timedelta(0), detour=error.code)

    async def _joined(self, owed: Owed) -> bool:
        if owed.delivery.id in self._joined_for:
            return False
        self._joined_for.add(owed.delivery.id)
        try:
            await self._threads.join(owed.job.channel_id)
        except SlackError as error:
            log.info("could not join", channel=owed.job.channel_id, code=error.code)
            return False
        return True

    # -- unclear outcomes ------------------------------------------------------------------

    async def _resolve(self, delivery: Delivery) -> None:
        """Adopt the message if it is there; else it is due again."""
        owed = await self._owed(delivery)
        try:
            target = await self._target(owed)
            found = await self._threads.find(
                target.channel_id, target.thread_ts, delivery.id, owed.job.created_at
            )
        except SlackRefused as error:
            if error.code in UNINSTALLED:
                raise
            log.warning("may be a repeat", job_id=owed.job.id, delivery=delivery.id)
            await self._put_back(delivery, self._pause_after(delivery))
        except SlackOutcomeUnknown:
            await self._put_back(delivery, LOOK_AFTER, DeliveryState.POSTING)
        else:
            if found is not None:
                await self._posted(owed, found)
            else:
                await self._put_back(delivery, timedelta(0))

    # -- the card --------------------------------------------------------------------------

    async def _edit(self, delivery: Delivery) -> None:
        """`shown` becomes the wish we were asked for, which is older than the job we read."""
        assert delivery.channel_id is not None
        assert delivery.message_ts is not None
        owed = await self._owed(delivery)
        try:
            await self._threads.update(delivery.channel_id, delivery.message_ts, self._notice(owed))
        except SlackRefused as error:
            if error.code in UNINSTALLED:
                await self._postpone_edit(delivery, UNINSTALLED_PAUSE)
                raise
            await self._edit_refused(owed, error)
        except SlackBusy as error:
            await self._postpone_edit(delivery, timedelta(seconds=error.retry_after_s))
            raise
        except (SlackUnavailable, SlackOutcomeUnknown):  # an edit is safe to repeat
            await self._postpone_edit(delivery, timedelta(seconds=RETRY_FIRST_S))
        else:
            await self._store.mark_shown(delivery.id, delivery.wanted, self._clock.now())

    async def _postpone_edit(self, delivery: Delivery, pause: timedelta) -> None:
        await self._store.postpone_edit(delivery.id, self._clock.now() + pause)

    async def _edit_refused(self, owed: Owed, error: SlackRefused) -> None:
        """A card that is gone is posted anew while the job still moves; else let the edit go."""
        log.warning("card not editable", job_id=owed.job.id, code=error.code)
        delivery, now = owed.delivery, self._clock.now()
        if error.code in NOT_EDITABLE and not owed.job.is_final:
            await self._store.post_again(delivery.id, now)
        else:
            await self._store.mark_shown(delivery.id, delivery.wanted, now)
