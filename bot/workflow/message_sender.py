"""Owed messages -> threads, each exactly once, and cards kept up to date.

posting is written before the call. Where its outcome is unknown (a crash, a lost answer), the
thread is searched for the delivery's mark and what is found is adopted. Slack may be slow: only
after several looks over two minutes that found nothing is it posted again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import structlog

from bot.domain.delivery.delivery import (
    NO_THREAD,
    NOT_A_MEMBER,
    NOWHERE,
    Delivery,
    DeliveryKind,
    DeliveryState,
)
from bot.domain.delivery.notice import Notice, Owed, PostedMessage
from bot.domain.delivery.reaction import Reaction
from bot.domain.errors import (
    BotError,
    SlackBusy,
    SlackError,
    SlackMoving,
    SlackOutcomeUnknown,
    SlackRefused,
    SlackUnavailable,
)
from bot.domain.job import timing
from bot.domain.job.job import WAITING_STATES
from bot.domain.ports.clock import Clock
from bot.domain.ports.slack import SlackThreads
from bot.domain.ports.store import Store
from bot.workflow.outbox import Outbox
from bot.workflow.pauses import (
    EDITS,
    EVERYTHING,
    LOOKS,
    MIGRATION_PAUSE,
    RETRY_CAP_S,
    RETRY_FIRST_S,
    STOPPED_PAUSE,
    TOKEN,
    TRIES,
)
from bot.workflow.places import needs_dm, pace_of, place_of, reply_place

log = structlog.get_logger(__name__)

AT_ONCE = 50
REST_CAP_S = 60.0
NOT_INSTALLED = (Reaction.UNINSTALLED, Reaction.NO_RIGHT)  # with all that a post needs
NOT_EDITABLE = (Reaction.GONE, Reaction.FIXED)


class MessageSender:
    """`step` is run by a Loop: one queue, so one message at a time for the workspace."""

    def __init__(
        self,
        *,
        store: Store,
        threads: SlackThreads,
        waiting_for: Callable[[], str | None],
        clock: Clock,
        interval_s: float,
        let_requests_pass: Callable[[], Awaitable[None]],
        wake_files: Callable[[], None] = lambda: None,
    ) -> None:
        """`wake_files` is called when a file may have become due: its result is settled."""
        self._store = store
        self._threads = threads
        self._waiting_for = waiting_for
        self._clock = clock
        self._let_requests_pass = let_requests_pass
        self._wake_files = wake_files
        self._outbox = Outbox(store.deliveries, clock, interval_s)
        self.pauses = self._outbox.pauses
        # Faults of our own per delivery; forgotten at a restart, which may bring the repair.
        self._faults: Counter[str] = Counter()
        self._unanswered: Counter[str] = Counter()  # methods of Slack's: failures in a row

    async def step(self) -> datetime | None:
        """Look for, post and edit what is due; returns when to look again."""
        if until := self.pauses.of_all():
            return until
        now, which = self._clock.now(), self._which()
        for delivery in await self._store.deliveries.due(now, AT_ONCE, **which):
            await self._let_requests_pass()
            await self._guarded(delivery)
            if until := self.pauses.of_all():
                return until
            if delivery.is_edit and self.pauses.until(EDITS):  # edits come last
                break
        return await self._next_at()

    async def _next_at(self) -> datetime | None:
        next_at = await self._store.deliveries.next_due_at(**self._which())
        pauses = map(self.pauses.until, (EDITS, LOOKS))
        return min(filter(None, (next_at, *pauses)), default=None)

    def _which(self) -> dict[str, bool]:
        """What Slack lets us do now; the rest stays due, unwritten."""
        return {
            "has_edits": self.pauses.until(EDITS) is None,
            "has_looks": self.pauses.until(LOOKS) is None,
        }

    async def _guarded(self, delivery: Delivery) -> None:
        """Do one thing for one delivery; an absent Slack pauses the whole queue."""
        act = {DeliveryState.DUE: self._post, DeliveryState.POSTING: self._resolve}
        try:
            await act.get(delivery.state, self._edit)(delivery)
        except SlackUnavailable as error:
            if not isinstance(error, SlackMoving):  # that one waits alone
                self.pauses.begin(EVERYTHING, timedelta(seconds=RETRY_FIRST_S), error)
        except SlackRefused as error:
            if error.reaction not in NOT_INSTALLED:
                raise
            self._stop(error)
        except BotError:
            raise
        except Exception:  # one message that we cannot build must not hold up all the others
            await self._fault(delivery)

    def _stop(self, error: SlackRefused) -> None:
        """Nothing can be posted by this installation: everything is kept until it is repaired."""
        is_right = error.reaction is Reaction.NO_RIGHT
        if is_right:
            log.error("the bot lacks a right: install it again", code=error.code, hint=error.hint)
        # The token itself is good then, so what watches it must not end this pause.
        self.pauses.begin(EVERYTHING if is_right else TOKEN, STOPPED_PAUSE, error)

    async def _fault(self, delivery: Delivery) -> None:
        """Our own fault: with growing pauses, then no more. What went out before it is found."""
        self._faults[delivery.id] += 1
        count, now = self._faults[delivery.id], self._clock.now()
        context = {"job_id": delivery.job_id, "kind": delivery.kind.value}
        log.exception("delivery failed", times=count, **context)
        until = timing.next_retry_at(now, count, first_s=RETRY_FIRST_S, cap_s=RETRY_CAP_S)
        if count >= TRIES:
            log.error("nobody could be told", code="our_fault", **context)
            await self._give_up(delivery, now)
        elif delivery.is_edit:
            await self._store.deliveries.postpone_edit(delivery.id, until)
        else:
            await self._outbox.look_at(delivery, until)

    async def _give_up(self, delivery: Delivery, now: datetime) -> None:
        del self._faults[delivery.id]
        if delivery.is_edit:
            await self._store.deliveries.mark_shown(delivery.id, delivery.wanted, now)
        else:
            await self._drop(delivery, "our_fault")

    def _slow_down(self, what: str, error: SlackBusy) -> timedelta:
        """One method, or one conversation, waits as long as Slack asked for; the others go on."""
        how_long = timedelta(seconds=error.retry_after_s)
        self.pauses.begin(what, how_long, error)
        return how_long

    def _rest(self, what: str, error: SlackError) -> timedelta:
        """Slack does not answer: one question at a time finds out, after growing pauses."""
        self._unanswered[what] += 1
        now, count = self._clock.now(), self._unanswered[what]
        until = timing.next_retry_at(now, count, first_s=RETRY_FIRST_S, cap_s=REST_CAP_S)
        self.pauses.begin(what, until - now, error)
        return until - now

    # -- posting ---------------------------------------------------------------------------

    async def _post(self, delivery: Delivery) -> None:
        if until := await self._paused_until(delivery):
            await self._store.deliveries.postpone(delivery.id, until)
            return
        if not await self._store.deliveries.mark_posting(delivery.id, self._clock.now()):
            return
        owed = await self._outbox.owed(delivery)  # read after `shown` was fixed: as new, or newer
        try:
            place = await place_of(owed, self._threads)
            notice = self._notice(owed)
            posted = await self._threads.post(place.channel_id, place.thread_ts, notice)
        except SlackOutcomeUnknown as error:
            log.warning("post unclear", job_id=owed.job.id, delivery=delivery.id, code=error.code)
            await self._outbox.look_at(delivery, self._outbox.looks.first_at(delivery, error))
        except SlackBusy as error:
            pause = self._slow_down(pace_of(owed), error)
            await self._outbox.put_back(delivery, pause, is_try=False)
        except SlackUnavailable as error:
            is_moving = isinstance(error, SlackMoving)
            pause = MIGRATION_PAUSE if is_moving else self._pause_after(delivery)
            await self._outbox.put_back(delivery, pause, is_try=not is_moving)
            raise
        except SlackRefused as error:
            await self._refused(owed, error)
        else:
            await self._posted(owed, posted)

    async def _paused_until(self, delivery: Delivery) -> datetime | None:
        if not self.pauses.is_any():
            return None
        return self.pauses.until(pace_of(await self._outbox.owed(delivery)))

    async def _posted(self, owed: Owed, posted: PostedMessage) -> None:
        await self._store.deliveries.mark_posted(owed.delivery.id, posted, self._clock.now())
        self._faults.pop(owed.delivery.id, None)
        self._outbox.looks.forget(owed.delivery)
        kind = owed.delivery.kind.value
        log.info("posted", job_id=owed.job.id, kind=kind, channel=posted.channel_id)
        if owed.delivery.kind is DeliveryKind.RESULT:
            self._wake_files()

    async def _drop(self, delivery: Delivery, why: str) -> None:
        await self._store.deliveries.drop(delivery.id, why, self._clock.now())
        if delivery.kind is DeliveryKind.RESULT:
            self._wake_files()

    def _pause_after(self, delivery: Delivery) -> timedelta:
        now, attempt = self._clock.now(), delivery.attempts + 1
        until = timing.next_retry_at(now, attempt, first_s=RETRY_FIRST_S, cap_s=RETRY_CAP_S)
        return until - now

    def _notice(self, owed: Owed) -> Notice:
        return Notice(
            kind=owed.delivery.kind,
            delivery_id=owed.delivery.id,
            job=owed.job,
            now=self._clock.now(),
            place=owed.place,
            attachment_count=owed.attachment_count,
            file_count=owed.file_count,
            ready_count=owed.ready_count,
            waiting_for=self._waiting_for() if owed.job.state in WAITING_STATES else None,
            detour=owed.delivery.detour,
            no_file=owed.file.why_dropped if owed.file else None,
        )

    # -- refusals --------------------------------------------------------------------------

    async def _refused(self, owed: Owed, error: SlackRefused) -> None:
        """Slack will not have it there: join and once more, another place, or nobody is told.

        The other places are the channel without a thread, where there is none, then a DM.
        """
        delivery, job_id, kind = owed.delivery, owed.job.id, owed.delivery.kind.value
        log.warning("post refused", job_id=job_id, kind=kind, code=error.code)
        has_no_right = error.reaction is Reaction.NO_RIGHT and not needs_dm(owed)
        if error.reaction is Reaction.UNINSTALLED or has_no_right:
            await self._outbox.put_back(delivery, is_try=False)
            raise error
        if delivery.is_direct:
            await self._drop(delivery, error.code)
            log.error("nobody could be told", job_id=job_id, kind=kind, code=error.code)
            return
        is_outside = error.reaction is Reaction.NO_MEMBER
        why = await self._why_not_joined(owed) if is_outside else error.code
        if why is None:
            is_member = owed.delivery.id in self._outbox.joined_for
            pause = timedelta(0) if is_member else self._pause_after(delivery)
            await self._outbox.put_back(delivery, pause)
        else:
            is_again = delivery.is_unthreaded and why in NO_THREAD
            await self._outbox.put_back(delivery, detour=NOWHERE if is_again else why)

    async def _why_not_joined(self, owed: Owed) -> str | None:
        """Join, once for each message; Slack's word for why the bot is still no member, or None."""
        if owed.delivery.id in self._outbox.joined_for:
            return NOT_A_MEMBER
        try:
            await self._threads.join(owed.job.request.thread.channel_id)
        except (SlackBusy, SlackUnavailable, SlackOutcomeUnknown) as error:
            log.info("joins later", channel=owed.job.request.thread.channel_id, code=error.code)
            return None  # tried again with the message, which is not posted anywhere else yet
        except SlackRefused as error:
            self._outbox.joined_for.add(owed.delivery.id)
            channel, hint = owed.job.request.thread.channel_id, error.hint
            log.warning("could not join", channel=channel, code=error.code, hint=hint)
            return error.code if error.reaction is Reaction.NO_ENTRY else NOT_A_MEMBER
        self._outbox.joined_for.add(owed.delivery.id)
        return None

    # -- unclear outcomes ------------------------------------------------------------------

    async def _resolve(self, delivery: Delivery) -> None:
        """Adopt the message if it is there; once it surely is not, it is due again.

        What keeps us from looking keeps nobody else's message.
        """
        if self.pauses.until(LOOKS):  # begun by a look before this one: it stays due
            return
        owed = await self._outbox.owed(delivery)
        try:
            found = await self._found(owed)
        except SlackBusy as error:
            await self._outbox.look_after(delivery, self._slow_down(LOOKS, error))
        except (SlackUnavailable, SlackOutcomeUnknown) as error:
            is_moving = isinstance(error, SlackMoving)
            pause = MIGRATION_PAUSE if is_moving else self._rest(LOOKS, error)
            await self._outbox.look_after(delivery, pause)
        except SlackRefused as error:
            if error.reaction is Reaction.UNINSTALLED:
                raise
            await self._unreadable(owed, error)
        else:
            self._unanswered.pop(LOOKS, None)
            if found is not None:
                await self._posted(owed, found)
            elif await self._outbox.is_surely_unseen(delivery):
                log.info("surely not posted", job_id=delivery.job_id, delivery=delivery.id)
                await self._outbox.put_back(delivery)

    async def _found(self, owed: Owed) -> PostedMessage | None:
        """chat:write.public lets the bot post where it is no member, but not read: it joins."""
        place = await place_of(owed, self._threads)
        mark = (place.channel_id, place.thread_ts, owed.delivery.id, owed.job.created_at)
        try:
            return await self._threads.find(*mark)
        except SlackRefused as error:
            if error.reaction is not Reaction.NO_MEMBER:
                raise
        await self._threads.join(place.channel_id)
        log.info("joined to look", job_id=owed.job.id, channel=place.channel_id)
        return await self._threads.find(*mark)

    async def _unreadable(self, owed: Owed, error: SlackRefused) -> None:
        """It may be there, and nobody can tell: once more rather than never."""
        delivery = owed.delivery
        if delivery.attempts >= TRIES:
            await self._drop(delivery, "outcome_unknown")
            return
        context = {"job_id": owed.job.id, "delivery": delivery.id, "code": error.code}
        log.warning("may be a repeat", **context)
        await self._outbox.put_back(delivery, self._pause_after(delivery))

    # -- the card --------------------------------------------------------------------------

    async def _edit(self, delivery: Delivery) -> None:
        """`shown` becomes the wish we were asked for, which is older than the job we read."""
        assert delivery.channel_id is not None
        assert delivery.message_ts is not None
        owed = await self._outbox.owed(delivery)
        try:
            await self._threads.update(delivery.channel_id, delivery.message_ts, self._notice(owed))
        except SlackRefused as error:
            if error.reaction in NOT_INSTALLED:
                raise
            await self._edit_refused(owed, error)
        except SlackBusy as error:
            await self._postpone_edit(delivery, self._slow_down(EDITS, error))
        except (SlackUnavailable, SlackOutcomeUnknown) as error:  # an edit is safe to repeat
            is_moving = isinstance(error, SlackMoving)
            pause = MIGRATION_PAUSE if is_moving else self._rest(EDITS, error)
            await self._postpone_edit(delivery, pause)
        else:
            self._unanswered.pop(EDITS, None)
            self._faults.pop(delivery.id, None)
            await self._store.deliveries.mark_shown(delivery.id, delivery.wanted, self._clock.now())

    async def _postpone_edit(self, delivery: Delivery, pause: timedelta) -> None:
        await self._store.deliveries.postpone_edit(delivery.id, self._clock.now() + pause)

    async def _edit_refused(self, owed: Owed, error: SlackRefused) -> None:
        """A card that is gone is posted anew, one that is fixed goes on in its thread, once.

        Only while the job still moves; else the edit is let go.
        """
        log.warning("card not editable", job_id=owed.job.id, code=error.code)
        delivery, now = owed.delivery, self._clock.now()
        has_moved = delivery.thread_ts is not None
        if error.reaction is Reaction.GONE and not owed.job.is_final:
            await self._store.deliveries.post_again(delivery.id, now)
        elif error.reaction in NOT_EDITABLE and not owed.job.is_final and not has_moved:
            thread_ts = reply_place(owed, delivery).thread_ts
            await self._store.deliveries.post_again(delivery.id, now, thread_ts=thread_ts)
        else:
            await self._store.deliveries.mark_shown(delivery.id, delivery.wanted, now)
