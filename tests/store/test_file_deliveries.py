"""The Store contract on every backend: files owed to threads."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.delivery.delivery import Delivery, DeliveryKind, DeliveryState
from bot.domain.delivery.notice import PostedMessage
from bot.domain.job.job import JobState
from bot.domain.job.progress import Change
from bot.domain.ports.store import Store
from tests.builders import NOON, a_job

SECOND = timedelta(seconds=1)
FILE, RESULT = "job-1.file", "job-1.result"


async def add_finished_job(store: Store, id: str = "job-1") -> None:
    """A job with its card posted, its result and its file owed."""
    job, _ = await store.jobs.add(a_job(id, state=JobState.RENDERING), [])
    await post(store, f"{id}.card")
    owed = (DeliveryKind.RESULT, DeliveryKind.FILE)
    assert await store.jobs.save(Change(job, "done", owed, None), who="test")


async def post(store: Store, delivery_id: str) -> None:
    assert await store.deliveries.mark_posting(delivery_id, NOON)
    await store.deliveries.mark_posted(delivery_id, PostedMessage("C1", "1.000100"), NOON)


async def file_of(store: Store) -> Delivery:
    return next(d for d in await store.deliveries.of("job-1") if d.id == FILE)


async def due_ids(store: Store, seconds: int = 0) -> list[str]:
    return [d.id for d in await store.deliveries.due_files(NOON + seconds * SECOND, 99)]


@pytest.mark.parametrize("how", ["posted", "dropped"])
async def test_file_waits_for_its_result(store: Store, how: str) -> None:
    await add_finished_job(store)
    assert await due_ids(store) == []
    assert await store.deliveries.next_file_at(after=NOON - SECOND) is None
    await store.deliveries.mark_posting(RESULT, NOON)
    assert await due_ids(store) == []

    if how == "posted":
        await store.deliveries.mark_posted(RESULT, PostedMessage("C1", "2.0"), NOON)
    else:
        await store.deliveries.drop(RESULT, "is_archived", NOON)

    assert await due_ids(store) == [FILE]
    assert await store.deliveries.next_file_at(after=NOON - SECOND) == NOON
    assert await store.deliveries.next_file_at(after=NOON) is None


@pytest.mark.parametrize("state", [DeliveryState.DUE, DeliveryState.POSTING])
async def test_file_is_never_among_the_messages(store: Store, state: DeliveryState) -> None:
    await add_finished_job(store)
    await post(store, RESULT)
    if state is DeliveryState.POSTING:
        assert await store.deliveries.mark_posting(FILE, NOON)

    assert await store.deliveries.due(NOON, 99) == []
    assert await store.deliveries.next_due_at() is None


async def test_unclear_file_comes_first(store: Store) -> None:
    for id in ("job-0", "job-1"):
        await add_finished_job(store, id)
        await post(store, f"{id}.result")
    await store.deliveries.mark_posting(FILE, NOON)

    assert await due_ids(store) == [FILE, "job-0.file"]


async def test_upload_is_kept_and_forgotten(store: Store) -> None:
    await add_finished_job(store)
    await store.deliveries.mark_posting(FILE, NOON)

    await store.deliveries.keep_upload(FILE, "F1")
    assert (await file_of(store)).file_id == "F1"
    await store.deliveries.keep_upload(FILE, None)

    assert (await file_of(store)).file_id is None


async def test_shared_file_is_posted_once_and_stays_where_it_is(store: Store) -> None:
    await add_finished_job(store)
    await post(store, RESULT)
    await store.deliveries.mark_posting(FILE, NOON)
    await store.deliveries.keep_upload(FILE, "F1")

    await store.deliveries.mark_shared(FILE, "C1", NOON)
    await store.deliveries.mark_shared(FILE, "C2", NOON)
    await store.deliveries.keep_upload(FILE, "F2")
    await store.deliveries.postpone(FILE, NOON)

    file = await file_of(store)
    assert (file.state, file.channel_id, file.file_id) == (DeliveryState.POSTED, "C1", "F1")
    assert await due_ids(store, 99) == []


async def test_wait_that_was_asked_for_is_no_try(store: Store) -> None:
    await add_finished_job(store)
    await post(store, RESULT)
    for second, is_try in enumerate((True, False, True)):
        await store.deliveries.mark_posting(FILE, NOON + second * SECOND)
        await store.deliveries.postpone(FILE, NOON + (second + 1) * SECOND, is_try=is_try)

    assert (await file_of(store)).attempts == 2


async def test_owed_file_knows_its_result(store: Store) -> None:
    await add_finished_job(store)
    await post(store, RESULT)

    owed = await store.deliveries.owed(FILE)

    assert owed is not None
    assert owed.result is not None
    assert (owed.result.id, owed.result.channel_id) == (RESULT, "C1")


async def test_card_that_moves_keeps_its_thread(store: Store) -> None:
    await add_finished_job(store)

    await store.deliveries.post_again("job-1.card", NOON, thread_ts="1.000100")

    card = (await store.deliveries.of("job-1"))[0]
    assert (card.state, card.message_ts, card.thread_ts) == (DeliveryState.DUE, None, "1.000100")
