"""Where a message or a file goes: the card's thread, the channel, or the requester's own DM."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.domain.delivery.delivery import Delivery, DeliveryKind
from bot.domain.delivery.notice import Owed
from bot.domain.job.job import Job
from bot.domain.ports.slack import SlackThreads


@dataclass(frozen=True, slots=True)
class Place:
    channel_id: str
    thread_ts: str | None


async def place_of(owed: Owed, threads: SlackThreads) -> Place:
    """Where this message goes; raises SlackError when the DM it needs cannot be opened."""
    if needs_dm(owed):
        dm = await threads.open_dm(owed.job.request.requester_id)
        return Place(dm, None if owed.delivery.is_direct else owed.delivery.thread_ts)
    if owed.delivery.kind is DeliveryKind.CARD:
        return _card_place(owed)
    return reply_place(owed, owed.delivery)


def pace_of(owed: Owed) -> str:
    """The conversation that this message goes to: Slack counts posts for each of its own."""
    if needs_dm(owed):
        return owed.job.request.requester_id
    if owed.delivery.kind is DeliveryKind.CARD:
        return _card_place(owed).channel_id
    return reply_place(owed, owed.delivery).channel_id


def needs_dm(owed: Owed) -> bool:
    """It goes to the direct messages, because of a detour or because that was the wish."""
    is_own = owed.job.request.thread.channel_id == owed.job.request.requester_id
    return owed.delivery.is_direct or (owed.delivery.kind is DeliveryKind.CARD and is_own)


def _card_place(owed: Owed) -> Place:
    if owed.delivery.is_unthreaded:
        return Place(owed.job.request.thread.channel_id, None)
    return Place(
        owed.job.request.thread.channel_id,
        owed.delivery.thread_ts or owed.job.request.thread.thread_ts,
    )


def reply_place(owed: Owed, reply: Delivery) -> Place:
    place = thread_of(owed.job, owed.card)
    return replace(place, thread_ts=None) if reply.is_unthreaded else place


def thread_of(job: Job, card: Delivery | None) -> Place:
    """Under the card, or in the thread where the card itself is a reply."""
    if card is None or card.message_ts is None or card.channel_id is None:
        return Place(job.request.thread.channel_id, job.request.thread.thread_ts)
    if card.detour is not None:  # not where it was wanted: it opened a thread of its own
        return Place(card.channel_id, card.message_ts)
    return Place(card.channel_id, card.thread_ts or job.request.thread.thread_ts or card.message_ts)


def file_place(owed: Owed) -> Place:
    """Beside the result; where a result would be when nobody could be told of it."""
    result = owed.result
    if result is None or result.channel_id is None:
        return reply_place(owed, owed.delivery)
    if result.is_direct:
        return Place(result.channel_id, None)
    return replace(reply_place(owed, result), channel_id=result.channel_id)
