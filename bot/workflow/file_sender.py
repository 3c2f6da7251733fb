"""Owed files (video, captions, preview) -> threads, each exactly once, beside the message queue.

HeyGen's link -> a file on disk -> an upload that nobody sees -> its id on disk -> shared. A crash
before the id is kept starts over: an upload never shared vanishes. After it Slack is asked whether
the file was shared, several times over two minutes, because Slack shares a while after its answer.

A picture goes with a text for those who do not see it. Slack may lose the share of such a file
without a word, so it is always asked about, and goes without the text when it was lost.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from bot.domain import texts
from bot.domain.delivery.delivery import Delivery, DeliveryKind, DeliveryState
from bot.domain.delivery.notice import Owed
from bot.domain.delivery.reaction import Reaction
from bot.domain.errors import (
    SlackBusy,
    SlackMoving,
    SlackOutcomeUnknown,
    SlackRefused,
    SlackUnavailable,
    VideoAgentBlocked,
    VideoAgentBusy,
    VideoAgentError,
    VideoAgentNotFound,
    VideoAgentRefused,
)
from bot.domain.job import timing
from bot.domain.ports.clock import Clock
from bot.domain.ports.slack import SlackThreads, SlackUploads
from bot.domain.ports.store import Store
from bot.workflow.loop import Tasks
from bot.workflow.outbox import NO_PAUSE, Outbox
from bot.workflow.pauses import MIGRATION_PAUSE, STOPPED_PAUSE, TOKEN, TRIES
from bot.workflow.places import file_place
from bot.workflow.result_files import ResultFiles

log = structlog.get_logger(__name__)

AT_ONCE = 2  # each is a file on disk and a line in use
LOOK_AFTER_STEPS = 2  # of POLL_INTERVAL_S, when Slack could not be asked: half a minute
RETRY_CAP_STEPS = 20  # five minutes; the first pause is one step
BUSY_PAUSE_S = 60.0  # when HeyGen says "slow down" and not for how long
UNKNOWN_TRIES = 3  # of a refusal that we have no rule for
# By the workspace or the place, which waiting does not change.
NEVER_TAKEN = (
    *(Reaction.FILE_REFUSED, Reaction.NO_RIGHT, Reaction.CLOSED),
    *(Reaction.NO_MEMBER, Reaction.NO_THREAD, Reaction.NO_ENTRY),
)
# A file that is not there is asked for again after so many steps of POLL_INTERVAL_S. Captions are
# made some 12 s after the video, if at all (FACTS of HeyGen, section 9); what is finished may not
# be served in its first moments: 15 s, 30 s, 1, 2, 4 and 8 minutes at the default.
_NOT_SERVED_STEPS = (1, 2, 4, 8, 16, 32)
LATER_STEPS = {
    DeliveryKind.CAPTIONS: (1, 3, 8),
    DeliveryKind.FILE: _NOT_SERVED_STEPS,
    DeliveryKind.THUMBNAIL: _NOT_SERVED_STEPS,
}
OUTAGE_TRIES = 300
OUTAGE_STEPS = 120  # half an hour at the default
ALT_TEXT_CHARS = 200
OUTCOME_UNKNOWN = SlackOutcomeUnknown.code


class FileSender:
    """`step` is run by a Loop and starts tasks; `wake` must wake that Loop."""

    def __init__(
        self,
        *,
        store: Store,
        files: ResultFiles,
        uploads: SlackUploads,
        threads: SlackThreads,
        clock: Clock,
        interval_s: float,
        wake: Callable[[], None],
        wake_messages: Callable[[], None],
    ) -> None:
        """`wake_messages` is called when a card has become out of date."""
        self._store = store
        self._files = files
        self._uploads = uploads
        self._threads = threads
        self._clock = clock
        self._interval_s = interval_s
        self._retry_cap_s = interval_s * RETRY_CAP_STEPS
        self._look_after = timedelta(seconds=LOOK_AFTER_STEPS * interval_s)
        self._wake = wake
        self._wake_messages = wake_messages
        self._under_way: set[str] = set()
        self._outbox = Outbox(store.deliveries, clock, interval_s)
        self.pauses = self._outbox.pauses
        # Forgotten at a restart: one more share that is lost, nothing worse.
        self._without_alt_text: set[str] = set()
        self._not_served: Counter[str] = Counter()
        self.tasks = Tasks("file")

    async def step(self) -> datetime | None:
        """Start what may start now; returns when to look again."""
        now = self._clock.now()
        if until := self.pauses.of_all():
            return until
        due = await self._store.deliveries.due_files(now, AT_ONCE + len(self._under_way))
        for delivery in [d for d in due if d.id not in self._under_way]:
            if len(self._under_way) < AT_ONCE:
                self._under_way.add(delivery.id)
                self.tasks.spawn(self._go_on(delivery), job_id=delivery.job_id)
        # What is due already waits for a free place or is under way: its end wakes the loop.
        return await self._store.deliveries.next_file_at(after=now)

    async def _go_on(self, delivery: Delivery) -> None:
        """Take one file one step further, whatever a crash left of it."""
        act = self._resolve if delivery.state is DeliveryState.POSTING else self._send
        try:
            await act(delivery)
        except Exception:  # our fault: never so often that the disk or the log fills up
            await self._outbox.look_after(delivery, timedelta(seconds=self._retry_cap_s))
            raise
        finally:
            self._under_way.discard(delivery.id)
        self._wake()

    # -- sending ---------------------------------------------------------------------------

    async def _send(self, delivery: Delivery) -> None:
        if not await self._store.deliveries.mark_posting(delivery.id, self._clock.now()):
            return
        owed = await self._outbox.owed(delivery)
        try:
            await self._share(owed, owed.delivery.file_id or await self._uploaded(owed))
        except SlackOutcomeUnknown as error:
            log.warning("share unclear", job_id=owed.job.id, code=error.code)
            await self._outbox.look_at(delivery, self._outbox.looks.first_at(delivery, error))
        except (SlackBusy, VideoAgentBusy) as error:
            named_s = error.retry_after_s
            pause_s = timing.believed_pause_s(BUSY_PAUSE_S if named_s is None else named_s)
            await self._wait(delivery, timedelta(seconds=pause_s))
        except VideoAgentBlocked:
            await self._wait(delivery, STOPPED_PAUSE)
        except SlackRefused as error:
            await self._refused(owed, error)
        except VideoAgentRefused as error:
            await self._not_given(owed, error)
        except SlackMoving:
            await self._wait(delivery, MIGRATION_PAUSE)
        except (SlackUnavailable, VideoAgentError) as error:
            await self._outlast(owed, error.code)

    async def _uploaded(self, owed: Owed) -> str:
        """The id of the file in Slack, complete and unseen, and kept on disk."""
        delivery, job = owed.delivery, owed.job
        # The poller has read the video a moment ago: the first try asks for no captions again.
        may_ask = delivery.kind is not DeliveryKind.CAPTIONS or delivery.attempts > 1
        async with self._files.fetched(delivery.kind, job, may_ask=may_ask) as content:
            file_id = await self._uploads.upload(
                content, alt_text=self._alt_text(owed), locale=job.request.locale
            )
        await self._store.deliveries.keep_upload(delivery.id, file_id)
        return file_id

    def _alt_text(self, owed: Owed) -> str:
        """What a picture shows; nothing for the other files, which take none."""
        is_picture = owed.delivery.kind is DeliveryKind.THUMBNAIL
        if not is_picture or owed.delivery.id in self._without_alt_text:
            return ""
        prompt = " ".join(owed.job.request.prompt.split())[:ALT_TEXT_CHARS]
        return texts.PREVIEW_ALT.format(prompt=prompt)

    async def _share(self, owed: Owed, file_id: str) -> None:
        place = file_place(owed)
        await self._uploads.share(file_id, place.channel_id, place.thread_ts)
        if self._alt_text(owed):
            await self._outbox.look_at(owed.delivery, self._outbox.looks.first_at(owed.delivery))
        else:
            await self._shared(owed, place.channel_id)

    async def _shared(self, owed: Owed, channel_id: str) -> None:
        await self._store.deliveries.mark_shared(owed.delivery.id, channel_id, self._clock.now())
        self._outbox.looks.forget(owed.delivery)
        self._without_alt_text.discard(owed.delivery.id)
        self._not_served.pop(owed.delivery.id, None)
        kind = owed.delivery.kind.value
        log.info("file shared", job_id=owed.job.id, kind=kind, channel=channel_id)

    # -- unclear outcomes ------------------------------------------------------------------

    async def _resolve(self, delivery: Delivery) -> None:
        """A crash or a lost answer: adopt what was shared, share what surely was not."""
        if delivery.file_id is None:
            await self._outbox.put_back(delivery)
            return
        owed = await self._outbox.owed(delivery)
        channel_id = file_place(owed).channel_id
        try:
            if await self._uploads.is_shared(delivery.file_id, channel_id):
                await self._shared(owed, channel_id)
            elif await self._outbox.is_surely_unseen(delivery):
                await self._share_again(owed)
        except SlackBusy as error:
            await self._outbox.look_after(delivery, timedelta(seconds=error.retry_after_s))
        except (SlackUnavailable, SlackOutcomeUnknown):
            await self._outbox.look_after(delivery, self._look_after)
        except SlackRefused as error:
            await self._not_readable(owed, error)

    async def _share_again(self, owed: Owed) -> None:
        """The same upload once more; a picture anew, without the text that may have cost it."""
        if owed.delivery.kind is DeliveryKind.THUMBNAIL:
            self._without_alt_text.add(owed.delivery.id)
            await self._store.deliveries.keep_upload(owed.delivery.id, None)
            log.warning("share lost, once more without alt text", job_id=owed.job.id)
        await self._outbox.put_back(owed.delivery)

    async def _not_readable(self, owed: Owed, error: SlackRefused) -> None:
        """Slack does not tell of the file: gone, so start over; or nobody knows, so leave it."""
        delivery = owed.delivery
        if error.reaction is Reaction.UNINSTALLED:
            self.pauses.begin(TOKEN, STOPPED_PAUSE, error)
            await self._outbox.look_after(delivery, NO_PAUSE)
        elif error.reaction is not Reaction.FILE_GONE:
            log.warning("share unclear for good", job_id=owed.job.id, code=error.code)
            await self._drop(owed, OUTCOME_UNKNOWN)
        elif await self._outbox.is_surely_unseen(delivery):
            await self._start_over(owed, error.code)

    # -- what went wrong -------------------------------------------------------------------

    async def _refused(self, owed: Owed, error: SlackRefused) -> None:
        """Join once; begin anew with an upload that is gone; else the links have to do.

        What we have no rule for is tried again a few times before.
        """
        delivery = owed.delivery
        if error.reaction is Reaction.UNINSTALLED:
            self.pauses.begin(TOKEN, STOPPED_PAUSE, error)
            await self._wait(delivery, NO_PAUSE)
        elif error.reaction is Reaction.FILE_GONE:
            await self._start_over(owed, error.code)
        elif error.reaction is Reaction.ALT_TEXT_TOO_LARGE and self._alt_text(owed):
            self._without_alt_text.add(delivery.id)
            await self._wait(delivery, NO_PAUSE)
        elif error.reaction is Reaction.NO_MEMBER and delivery.id not in self._outbox.joined_for:
            await self._join(owed, error.code)
        elif error.reaction in NEVER_TAKEN or delivery.attempts >= UNKNOWN_TRIES:
            is_policy = error.reaction in (Reaction.FILE_REFUSED, Reaction.NO_RIGHT)
            await self._drop(owed, error.code, is_policy=is_policy)
        else:
            await self._try_again(owed, error.code)

    async def _join(self, owed: Owed, code: str) -> None:
        """chat:write.public lets the bot post where it is no member, but not share files."""
        try:
            await self._threads.join(file_place(owed).channel_id)
        except SlackRefused as error:
            log.info("could not join", job_id=owed.job.id, code=error.code)
            await self._drop(owed, code)
        except SlackBusy as error:
            await self._wait(owed.delivery, timedelta(seconds=error.retry_after_s))
        except SlackMoving:
            await self._wait(owed.delivery, MIGRATION_PAUSE)
        except (SlackUnavailable, SlackOutcomeUnknown) as error:
            await self._try_again(owed, error.code)
        else:
            self._outbox.joined_for.add(owed.delivery.id)
            await self._wait(owed.delivery, NO_PAUSE)

    async def _start_over(self, owed: Owed, code: str) -> None:
        await self._store.deliveries.keep_upload(owed.delivery.id, None)
        await self._try_again(owed, code)

    async def _try_again(self, owed: Owed, code: str) -> None:
        """After a growing pause, until it has been tried often enough."""
        attempts = owed.delivery.attempts
        if attempts >= TRIES:
            await self._drop(owed, code)
        else:
            now = self._clock.now()
            until = timing.next_retry_at(
                now, attempts, first_s=self._interval_s, cap_s=self._retry_cap_s
            )
            log.info("file delayed", job_id=owed.job.id, code=code, attempts=attempts)
            await self._outbox.put_back(owed.delivery, until - now)

    async def _outlast(self, owed: Owed, code: str) -> None:
        """Slack or HeyGen is away, for days perhaps: after two hours rarely, for most of a week."""
        delivery = owed.delivery
        if delivery.attempts < TRIES:
            await self._try_again(owed, code)
        elif delivery.attempts < OUTAGE_TRIES:
            await self._outbox.put_back(
                delivery, timedelta(seconds=OUTAGE_STEPS * self._interval_s)
            )
        else:
            await self._drop(owed, code)

    async def _wait(self, delivery: Delivery, pause: timedelta) -> None:
        """Somebody asked to wait: no try of ours is used up."""
        log.info("file waits", job_id=delivery.job_id, seconds=pause.total_seconds())
        await self._outbox.put_back(delivery, pause, is_try=False)

    async def _not_given(self, owed: Owed, error: VideoAgentRefused) -> None:
        """HeyGen's storage does not show the file (yet), or it is one that we do not take."""
        steps = LATER_STEPS[owed.delivery.kind][self._not_served[owed.delivery.id] :]
        if steps and isinstance(error, VideoAgentNotFound):
            self._not_served[owed.delivery.id] += 1
            await self._outbox.put_back(
                owed.delivery, timedelta(seconds=steps[0] * self._interval_s)
            )
        else:
            await self._drop(owed, error.code)

    async def _drop(self, owed: Owed, code: str, *, is_policy: bool = False) -> None:
        """No file in the thread: the history says why, of a video the card too.

        In place of a video comes its picture, unless it may be there; the result's links stay.
        """
        kind, now = owed.delivery.kind, self._clock.now()
        if kind is not DeliveryKind.FILE:
            await self._store.deliveries.drop(owed.delivery.id, code, now)
            log.info("extra file not shown", job_id=owed.job.id, kind=kind.value, code=code)
            return
        instead = None if code == OUTCOME_UNKNOWN else DeliveryKind.THUMBNAIL
        await self._store.deliveries.drop(owed.delivery.id, code, now, instead=instead)
        self._wake_messages()
        log.warning("file not shown", job_id=owed.job.id, code=code, is_policy=is_policy)
