"""The Store contract on every backend: messages owed, in which order, and card edits."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal

import pytest

from bot.domain.delivery.delivery import Delivery, DeliveryKind, DeliveryState
from bot.domain.delivery.notice import PostedMessage
from bot.domain.job.job import JobState
from bot.domain.job.progress import Change
from bot.domain.ports.store import Store
from bot.domain.request.video_request import Attachment
from tests.builders import NOON, a_job, an_attachment

SECOND = timedelta(seconds=1)
CARD = "job-1.card"
POSTED = PostedMessage("C1", "1764000000.000100")


async def add_job(store: Store, id: str = "job-1", at: datetime = NOON) -> None:
    await store.jobs.add(a_job(id, created_at=at, state=JobState.RENDERING), [])


async def post(store: Store, delivery_id: str, at: datetime = NOON) -> None:
    assert await store.deliveries.mark_posting(delivery_id, at)
    await store.deliveries.mark_posted(delivery_id, POSTED, at)


async def change(
    store: Store,
    id: str = "job-1",
    *,
    at: datetime = NOON,
    owed: tuple[DeliveryKind, ...] = (),
    card: Literal["now", "soon"] | None = None,
) -> None:
    job = await store.jobs.get(id)
    assert job is not None
    assert await store.jobs.save(Change(replace(job, updated_at=at), "why", owed, card), who="test")


async def card_of(store: Store) -> Delivery:
    return (await store.deliveries.of("job-1"))[0]


async def due_ids(store: Store, at: datetime = NOON, limit: int = 99) -> list[str]:
    return [delivery.id for delivery in await store.deliveries.due(at, limit)]


async def test_new_card_is_due_when_the_job_was_asked_for(store: Store) -> None:
    await add_job(store, at=NOON + SECOND)

    assert await due_ids(store, NOON) == []
    assert await due_ids(store, NOON + SECOND) == [CARD]
    assert await store.deliveries.next_due_at() == NOON + SECOND


async def test_edits_can_be_left_out_while_they_have_to_wait(store: Store) -> None:
    await add_job(store)
    await post(store, CARD)
    await change(store, at=NOON + SECOND, card="now")
    later = NOON + 2 * SECOND

    assert [d.id for d in await store.deliveries.due(later, 9)] == [CARD]
    assert await store.deliveries.due(later, 9, has_edits=False) == []
    assert await store.deliveries.next_due_at(has_edits=False) is None


async def test_looks_can_be_left_out_while_they_have_to_wait(store: Store) -> None:
    await add_job(store)
    await store.deliveries.mark_posting(CARD, NOON)

    assert [d.id for d in await store.deliveries.due(NOON, 9)] == [CARD]
    assert await store.deliveries.due(NOON, 9, has_looks=False) == []
    assert await store.deliveries.next_due_at(has_looks=False) is None


async def test_nothing_owed_has_no_next_time(store: Store) -> None:
    assert await store.deliveries.next_due_at() is None
    await add_job(store)
    await post(store, CARD)
    assert await store.deliveries.next_due_at() is None


async def test_posting_begins_once_and_is_unclear_until_it_is_posted(store: Store) -> None:
    await add_job(store)

    answers = [await store.deliveries.mark_posting(CARD, NOON) for _ in range(2)]

    assert answers == [True, False]
    (unclear,) = await store.deliveries.due(NOON, 10)  # whoever finds it so looks for it
    assert (unclear.id, unclear.state, unclear.attempts) == (CARD, DeliveryState.POSTING, 1)


async def test_unclear_post_comes_before_everything_else(store: Store) -> None:
    for id in ("job-1", "job-2"):
        await add_job(store, id)
    await post(store, "job-2.card")
    job = await store.jobs.get("job-2")
    assert job is not None
    assert await store.jobs.save(Change(job, "owes", owed=(DeliveryKind.RESULT,)), who="bot")
    await store.deliveries.mark_posting(CARD, NOON)

    assert (await due_ids(store, NOON))[0] == CARD


async def test_owed_is_the_delivery_with_all_it_takes_to_say_it(store: Store) -> None:
    await store.jobs.add(a_job("first"), [])
    await store.jobs.add(a_job("second", created_at=NOON + SECOND), [an_attachment()])
    await post(store, "second.card", NOON + SECOND)

    owed = await store.deliveries.owed("second.card")

    assert owed is not None
    assert (owed.delivery.id, owed.job.id) == ("second.card", "second")
    assert owed.card == owed.delivery
    assert (owed.attachment_count, owed.place) == (1, 2)
    assert (owed.file_count, owed.ready_count) == (1, 0)
    assert await store.deliveries.owed("third.card") is None


async def test_file_that_is_ready_is_counted_and_wishes_the_card_to_tell_of_it(
    store: Store,
) -> None:
    link = Attachment(url="https://example.com/a.png", name="a.png")
    files = [an_attachment(), an_attachment("F2"), an_attachment("F3"), link]
    await store.jobs.add(a_job(), files)
    await post(store, CARD)

    await store.jobs.save_attachment("job-1", 0, replace(files[0], asset_id="A1"), NOON + SECOND)
    await store.jobs.save_attachment("job-1", 2, replace(files[2], text="words"), NOON + SECOND)

    owed = await store.deliveries.owed(CARD)
    assert owed is not None
    assert (owed.attachment_count, owed.file_count, owed.ready_count) == (4, 3, 2)
    assert await due_ids(store, NOON + SECOND) == [CARD]


async def test_message_that_is_gone_is_due_again_in_a_new_place(store: Store) -> None:
    await add_job(store)
    await store.deliveries.post_again(CARD, NOON)
    assert (await card_of(store)).state is DeliveryState.DUE
    await post(store, CARD)

    await store.deliveries.post_again(CARD, NOON + SECOND)

    card = await card_of(store)
    assert (card.state, card.message_ts, card.attempts) == (DeliveryState.DUE, None, 0)
    assert await due_ids(store, NOON + SECOND) == [CARD]


async def test_posted_message_keeps_where_it_is_and_is_not_moved(store: Store) -> None:
    await add_job(store)
    await post(store, CARD)

    await store.deliveries.mark_posted(CARD, PostedMessage("C2", "2.0"), NOON)
    await store.deliveries.postpone(CARD, NOON)

    card = await card_of(store)
    assert (card.state, card.channel_id, card.message_ts) == (
        "posted",
        POSTED.channel_id,
        POSTED.ts,
    )
    assert (card.wanted, card.shown) == (1, 1)
    assert not await store.deliveries.mark_posting(CARD, NOON)


@pytest.mark.parametrize("how", ["posted", "dropped"])
async def test_message_waits_for_its_card(store: Store, how: str) -> None:
    await add_job(store)
    await change(store, owed=(DeliveryKind.RESULT,))
    await store.deliveries.mark_posting(CARD, NOON)
    assert await due_ids(store, NOON) == [CARD]

    if how == "posted":
        await store.deliveries.mark_posted(CARD, POSTED, NOON)
    else:
        await store.deliveries.drop(CARD, "channel_not_found", NOON)

    assert await due_ids(store) == ["job-1.result"]
    assert await store.deliveries.next_due_at() == NOON


async def test_results_come_before_cards_and_edits_last(store: Store) -> None:
    kinds = [DeliveryKind.SLOW, DeliveryKind.PARKED, DeliveryKind.FAILURE, DeliveryKind.RESULT]
    for n, kind in enumerate(kinds):
        await add_job(store, f"job-{n}")
        await post(store, f"job-{n}.card")
        await change(store, f"job-{n}", owed=(kind,), card="now")
    await add_job(store, "new-2", NOON + 2 * SECOND)
    await add_job(store, "new-1", NOON + SECOND)
    at = NOON + 9 * SECOND

    assert await due_ids(store, at) == [
        *("job-3.result", "job-2.failure", "job-1.parked", "job-0.slow"),
        *("new-1.card", "new-2.card"),
        *(f"job-{n}.card" for n in range(4)),
    ]
    assert await due_ids(store, at, limit=2) == ["job-3.result", "job-2.failure"]


async def test_within_a_kind_the_oldest_is_first(store: Store) -> None:
    for id, second in (("a", 2), ("b", 1), ("c", 3)):
        await add_job(store, id)
        await post(store, f"{id}.card")
        await change(store, id, owed=(DeliveryKind.RESULT,), at=NOON + second * SECOND)

    assert await due_ids(store, NOON + 9 * SECOND) == ["b.result", "a.result", "c.result"]


async def test_kind_owed_twice_is_one_message(store: Store) -> None:
    await add_job(store)
    await post(store, CARD)
    await change(store, owed=(DeliveryKind.PARKED,))
    await post(store, "job-1.parked")

    await change(store, owed=(DeliveryKind.PARKED,), at=NOON + SECOND)

    assert await due_ids(store, NOON + SECOND) == []


async def test_postponed_message_is_due_later_and_keeps_its_detour(store: Store) -> None:
    await add_job(store)
    await store.deliveries.mark_posting(CARD, NOON)

    await store.deliveries.postpone(CARD, NOON + SECOND, detour="is_archived")
    await store.deliveries.postpone(CARD, NOON + 2 * SECOND)

    assert not await store.deliveries.mark_posting(CARD, NOON + SECOND)
    assert await due_ids(store, NOON + 2 * SECOND) == [CARD]
    card = await card_of(store)
    assert (card.detour, card.attempts) == ("is_archived", 1)


async def test_unclear_message_can_stay_unclear_until_later(store: Store) -> None:
    await add_job(store)
    await store.deliveries.mark_posting(CARD, NOON)

    await store.deliveries.postpone(CARD, NOON + SECOND, state=DeliveryState.POSTING)

    assert await due_ids(store, NOON) == []
    (unclear,) = await store.deliveries.due(NOON + SECOND, 10)
    assert unclear.due_at == NOON + SECOND


async def test_dropped_message_never_comes_and_history_says_why(store: Store) -> None:
    await add_job(store)

    for _ in range(2):
        await store.deliveries.drop(CARD, "is_archived", NOON + SECOND)

    assert await due_ids(store, NOON + SECOND) == []
    lines = (await store.jobs.history_of("job-1"))[1:]
    assert [(line.at, line.why) for line in lines] == [
        (NOON + SECOND, "card not shown: is_archived")
    ]


async def test_urgent_wish_is_edited_at_once_although_just_edited(store: Store) -> None:
    await add_job(store)
    await post(store, CARD)
    await store.deliveries.mark_shown(CARD, 1, NOON)

    await change(store, at=NOON + SECOND, card="now")

    assert await due_ids(store, NOON + SECOND) == [CARD]
    assert (await card_of(store)).is_edit


async def test_progress_is_edited_at_most_every_ten_seconds(store: Store) -> None:
    await add_job(store)
    await post(store, CARD)
    await store.deliveries.mark_shown(CARD, 1, NOON)

    for second in (1, 2, 3):
        await change(store, at=NOON + second * SECOND, card="soon")

    card = await card_of(store)
    assert (card.wanted, card.shown, card.due_at) == (4, 1, NOON + 10 * SECOND)
    assert await store.deliveries.next_due_at() == NOON + 10 * SECOND
    await store.deliveries.mark_shown(CARD, 4, NOON + 10 * SECOND)
    assert await store.deliveries.next_due_at() is None


async def test_progress_never_delays_an_edit_that_is_due(store: Store) -> None:
    await add_job(store)
    await post(store, CARD)
    await store.deliveries.mark_shown(CARD, 1, NOON)
    await change(store, at=NOON + SECOND, card="now")

    await change(store, at=NOON + 2 * SECOND, card="soon")

    assert (await card_of(store)).due_at == NOON + SECOND


async def test_progress_does_not_hasten_an_edit_that_slack_put_off(store: Store) -> None:
    await add_job(store)
    await post(store, CARD)
    await change(store, at=NOON, card="now")
    await store.deliveries.postpone_edit(CARD, NOON + 30 * SECOND)

    await change(store, at=NOON + SECOND, card="soon")

    assert (await card_of(store)).due_at == NOON + 30 * SECOND


async def test_wish_made_during_an_edit_leads_to_another(store: Store) -> None:
    await add_job(store)
    await post(store, CARD)
    await change(store, at=NOON, card="now")
    await change(store, at=NOON, card="now")

    await store.deliveries.mark_shown(CARD, 2, NOON + SECOND)

    card = await card_of(store)
    assert (card.wanted, card.shown, card.edited_at) == (3, 2, NOON + SECOND)
    assert await due_ids(store, NOON + SECOND) == [CARD]


async def test_wish_made_while_the_card_is_posted_leads_to_an_edit(store: Store) -> None:
    await add_job(store)
    await store.deliveries.mark_posting(CARD, NOON)
    await change(store, at=NOON + SECOND, card="now")

    await store.deliveries.mark_posted(CARD, POSTED, NOON + 2 * SECOND)

    assert await due_ids(store, NOON + 2 * SECOND) == [CARD]


async def test_message_of_an_earlier_attempt_that_is_found_is_brought_up_to_date(
    store: Store,
) -> None:
    await add_job(store)
    await store.deliveries.mark_posting(CARD, NOON)
    await store.deliveries.postpone(CARD, NOON)
    await change(store, at=NOON, card="now")
    await store.deliveries.mark_posting(CARD, NOON)

    await store.deliveries.mark_posted(CARD, POSTED, NOON)

    assert await due_ids(store) == [CARD]


async def test_late_news_of_an_older_edit_does_not_go_back(store: Store) -> None:
    await add_job(store)
    await post(store, CARD)
    await change(store, card="now")
    await store.deliveries.mark_shown(CARD, 2, NOON)

    await store.deliveries.mark_shown(CARD, 1, NOON)

    assert (await card_of(store)).shown == 2


async def test_refresh_cards_reaches_posted_cards_of_these_states_only(store: Store) -> None:
    for id, state in (("r", JobState.RENDERING), ("q", JobState.QUEUED), ("due", JobState.QUEUED)):
        await store.jobs.add(a_job(id, state=state), [])
    await post(store, "r.card")
    await post(store, "q.card")
    await store.deliveries.mark_shown("q.card", 1, NOON)

    await store.deliveries.refresh_cards(NOON + SECOND, JobState.QUEUED, JobState.PARKED)
    await store.deliveries.refresh_cards(NOON + 2 * SECOND, JobState.QUEUED)

    cards = {id: (await store.deliveries.of(id))[0] for id in ("r", "q", "due")}
    assert {id: card.wanted for id, card in cards.items()} == {"r": 1, "q": 3, "due": 1}
    assert cards["q"].due_at == NOON + 10 * SECOND
