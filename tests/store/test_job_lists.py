"""Whose job, and which thread's: the questions of Home tabs, /video list and thread replies."""

from __future__ import annotations

from datetime import timedelta

from bot.domain.delivery.notice import PostedMessage
from bot.domain.ports.store import Store
from tests.builders import NOON, a_job

MINUTE = timedelta(minutes=1)
CARD_TS = "1764000000.000100"


async def add(store: Store, id: str, minutes: int = 0, **fields: object) -> None:
    await store.jobs.add(a_job(id, created_at=NOON + minutes * MINUTE, **fields), [])


async def post_card(store: Store, job_id: str, channel_id: str, ts: str) -> None:
    card = f"{job_id}.card"
    await store.deliveries.mark_posting(card, NOON + 99 * MINUTE)
    await store.deliveries.mark_posted(card, PostedMessage(channel_id, ts), NOON)


async def thread_job(store: Store, channel_id: str = "C1", ts: str = CARD_TS) -> str | None:
    job = await store.jobs.of_thread(channel_id, ts)
    return job.id if job else None


async def test_page_of_jobs_goes_on_where_the_last_one_ended(store: Store) -> None:
    for n in range(5):
        await add(store, f"job-{n}", n)

    pages = [await store.jobs.of("U-ADA", 2, offset=offset) for offset in (0, 2, 4, 6)]

    assert [[job.id for job in page] for page in pages] == [
        ["job-4", "job-3"],
        ["job-2", "job-1"],
        ["job-0"],
        [],
    ]


async def test_card_that_began_the_thread_names_its_job(store: Store) -> None:
    await add(store, "job-1")
    await post_card(store, "job-1", "C1", CARD_TS)

    assert await thread_job(store) == "job-1"


async def test_card_that_is_a_reply_in_the_thread_names_its_job(store: Store) -> None:
    await add(store, "job-1", thread_ts=CARD_TS)

    assert await thread_job(store) == "job-1"


async def test_of_several_jobs_of_a_thread_the_newest_counts(store: Store) -> None:
    await add(store, "job-1")
    await post_card(store, "job-1", "C1", CARD_TS)
    await add(store, "job-2", 2, thread_ts=CARD_TS)
    await add(store, "job-3", 1, thread_ts=CARD_TS)

    assert await thread_job(store) == "job-2"


async def test_card_that_went_to_the_direct_messages_is_found_there(store: Store) -> None:
    await add(store, "job-1")
    await post_card(store, "job-1", "D1", CARD_TS)

    assert await thread_job(store, "D1") == "job-1"
    assert await thread_job(store, "C1") is None


async def test_same_ts_in_another_channel_is_another_thread(store: Store) -> None:
    await add(store, "job-1", thread_ts=CARD_TS)

    assert await thread_job(store, "C2") is None
    assert await thread_job(store, "C1", "1764000000.000200") is None
