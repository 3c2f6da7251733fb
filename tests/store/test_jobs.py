"""The Store contract on every backend: jobs, the queue, sessions, restarts."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.delivery.delivery import DeliveryKind, DeliveryState
from bot.domain.errors import StoreUnavailable
from bot.domain.job.job import Failure, Job, JobState, VideoResult, WaitKind, move
from bot.domain.job.progress import Change
from bot.domain.ports.store import Store
from bot.domain.request.video_request import Orientation
from store import open_store
from tests.builders import NOON, a_job, an_attachment, changed

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
LEASE_UNTIL = NOON + 15 * MINUTE
HORIZON = NOON + timedelta(days=1)

FULL_JOB = a_job(
    "full",
    thread_ts="1764000000.000100",
    orientation=Orientation.PORTRAIT,
    updated_at=NOON + timedelta(microseconds=1),
    state=JobState.COMPLETED,
    state_since=NOON + SECOND,
    due_at=NOON + MINUTE,
    final_prompt="What is sent",
    attempt_count=2,
    attempt_at=NOON + 2 * SECOND,
    sent_at=NOON + 3 * SECOND,
    look_count=1,
    wait_count=3,
    wait_kind=WaitKind.NOT_READY,
    wait_since=NOON + 4 * SECOND,
    watched_s=450.5,
    sweep_at=NOON + 5 * SECOND,
    sweep_count=2,
    retry_count=1,
    is_slow_told=True,
    session_id="S1",
    video_id="V1",
    progress=100,
    callback_token_hash="h1",
    result=VideoResult("https://example.com/v.mp4", "https://example.com/v", 61.5),
    version=7,
)


async def add(store: Store, *jobs: Job) -> None:
    for job in jobs:
        await store.jobs.add(job, [])


async def claim(store: Store, limit_running: int = 99, after: timedelta = MINUTE) -> Job | None:
    return await store.jobs.claim_next(
        NOON + after, limit_running=limit_running, lease_until=LEASE_UNTIL, horizon=HORIZON
    )


def waiting(id: str, who: str, seconds: int) -> Job:
    """A job of `who`, asked for so many seconds after NOON."""
    return a_job(id, requester_id=who, created_at=NOON + seconds * SECOND)


@pytest.mark.parametrize(
    "job",
    [
        pytest.param(a_job(state_since=None), id="as-little-as-possible"),
        pytest.param(FULL_JOB, id="every-field"),
        pytest.param(a_job(failure=Failure("c", "m", "h")), id="failure"),
        pytest.param(a_job(result=VideoResult(None, "https://e.com/p")), id="share-page-only"),
    ],
)
async def test_job_comes_back_as_it_was_stored(store: Store, job: Job) -> None:
    added = await store.jobs.add(job, [])

    assert added == (job, True)
    assert await store.jobs.get(job.id) == job


async def test_unknown_job_is_none_and_has_nothing(store: Store) -> None:
    assert await store.jobs.get("nobody") is None
    assert await store.jobs.attachments_of("nobody") == []
    assert await store.jobs.history_of("nobody") == []
    assert await store.deliveries.of("nobody") == []


async def test_new_job_owes_its_card_and_has_one_line_of_history(store: Store) -> None:
    await add(store, a_job())

    (card,) = await store.deliveries.of("job-1")
    assert (card.id, card.kind, card.state) == ("job-1.card", "card", DeliveryState.DUE)
    assert (card.due_at, card.wanted, card.shown) == (NOON, 1, 0)
    (line,) = await store.jobs.history_of("job-1")
    assert (line.at, line.from_state, line.to_state) == (NOON, None, JobState.QUEUED)
    assert line.who == "U-ADA"


async def test_same_request_twice_finds_the_first_job(store: Store) -> None:
    first = a_job("job-1", request_key="view-1")
    await store.jobs.add(first, [an_attachment()])

    again = await store.jobs.add(a_job("job-2", request_key="view-1"), [an_attachment("F2")])

    assert again == (first, False)
    assert await store.jobs.get("job-2") is None
    assert await store.jobs.attachments_of("job-1") == [an_attachment()]


async def test_same_request_many_times_at_once_makes_one_job(store: Store) -> None:
    answers = await asyncio.gather(
        *(store.jobs.add(a_job(f"job-{n}", request_key="view-1"), []) for n in range(8))
    )

    assert sum(is_new for _, is_new in answers) == 1
    assert len({job.id for job, _ in answers}) == 1
    assert len(await store.jobs.recent(10)) == 1


async def test_attachments_keep_their_order_and_what_is_learnt_of_them(store: Store) -> None:
    files = [an_attachment("F2"), an_attachment("F1", mode="file_access", size_bytes=None)]
    await store.jobs.add(a_job(), files)
    learnt = replace(files[1], name="notes.txt", filetype="txt", size_bytes=5, text="Hello")

    await store.jobs.save_attachment("job-1", 1, learnt, NOON)
    await store.jobs.save_attachment("job-1", 0, replace(files[0], asset_id="A1"), NOON)

    assert await store.jobs.attachments_of("job-1") == [replace(files[0], asset_id="A1"), learnt]


async def test_save_writes_job_history_and_what_is_owed_together(store: Store) -> None:
    job = a_job(state=JobState.RENDERING)
    await add(store, job)
    failed = changed(
        move(job, JobState.FAILED, NOON + MINUTE), failure=Failure("code", "why", "hint")
    )

    is_saved = await store.jobs.save(
        Change(failed, "failed: code", owed=(DeliveryKind.FAILURE,)), who="poller"
    )

    assert is_saved
    assert await store.jobs.get("job-1") == replace(failed, version=1)
    line = (await store.jobs.history_of("job-1"))[-1]
    assert (line.from_state, line.to_state) == (JobState.RENDERING, JobState.FAILED)
    assert (line.at, line.why, line.who) == (NOON + MINUTE, "failed: code", "poller")
    card, failure = await store.deliveries.of("job-1")
    assert (failure.id, failure.due_at) == ("job-1.failure", NOON + MINUTE)
    assert (card.wanted, card.due_at) == (2, NOON)


async def test_stale_version_changes_nothing(store: Store) -> None:
    job = a_job()
    await add(store, job)
    cancelled = move(job, JobState.CANCELLED, NOON + SECOND)
    await store.jobs.save(Change(cancelled, "cancelled"), who="U-ADA")

    is_saved = await store.jobs.save(
        Change(move(job, JobState.FAILED, NOON), "late", owed=(DeliveryKind.FAILURE,)), who="x"
    )

    assert not is_saved
    assert await store.jobs.get("job-1") == replace(cancelled, version=1)
    assert len(await store.jobs.history_of("job-1")) == 2
    assert [d.kind for d in await store.deliveries.of("job-1")] == ["card"]


async def test_of_changes_made_at_once_to_one_version_one_wins(store: Store) -> None:
    job = a_job()
    await add(store, job)

    answers = await asyncio.gather(
        *(store.jobs.save(Change(changed(job, progress=n), f"{n}"), who="x") for n in range(5))
    )

    assert sorted(answers) == [False, False, False, False, True]


async def test_save_of_an_unknown_job_is_false(store: Store) -> None:
    assert not await store.jobs.save(Change(a_job("nobody"), "why"), who="x")


async def test_repeated_reason_leaves_one_line_of_history(store: Store) -> None:
    await add(store, a_job(state=JobState.RENDERING))
    changes = [("still rendering", "soon")] * 3 + [("looked", None), ("moved", "soon")]

    for version, (why, card) in enumerate(changes):
        job = a_job(state=JobState.RENDERING, version=version)
        assert await store.jobs.save(Change(job, why, card=card), who="poller")

    whys = [line.why for line in await store.jobs.history_of("job-1")]
    assert whys == ["asked for", "still rendering", "moved"]


async def test_attempt_always_leaves_a_line_of_history(store: Store) -> None:
    await add(store, a_job(state=JobState.SUBMITTING))

    for n in range(2):
        job = a_job(state=JobState.SUBMITTING, version=n, attempt_count=n + 1)
        await store.jobs.save(Change(job, "create is sent", card=None), who="submitter")

    assert [line.why for line in await store.jobs.history_of("job-1")][1:] == ["create is sent"] * 2


async def test_claim_takes_the_oldest_job_under_a_lease(store: Store) -> None:
    await add(store, waiting("later", "U1", 2), waiting("first", "U2", 1))

    job = await claim(store)

    assert job is not None
    assert (job.id, job.state, job.due_at) == ("first", JobState.SUBMITTING, LEASE_UNTIL)
    assert (job.state_since, job.version) == (NOON + MINUTE, 1)
    assert await store.jobs.get("first") == job
    assert (await store.jobs.history_of("first"))[-1].to_state is JobState.SUBMITTING
    assert (await store.deliveries.of("first"))[0].wanted == 2


async def test_claim_stops_at_the_limit_of_running_jobs(store: Store) -> None:
    await add(store, a_job("r", state=JobState.RENDERING), a_job("a"), a_job("b"))

    claims = [await claim(store, limit_running=2) for _ in range(2)]

    assert [job and job.id for job in claims] == ["a", None]


async def test_claims_at_once_never_pass_the_limit_nor_take_a_job_twice(store: Store) -> None:
    await add(store, *(a_job(f"job-{n}") for n in range(6)))

    claims = await asyncio.gather(*(claim(store, limit_running=3) for _ in range(6)))

    taken = [job.id for job in claims if job]
    assert len(taken) == len(set(taken)) == 3


async def test_person_with_fewest_running_goes_first(store: Store) -> None:
    await add(
        store,
        *(waiting(f"ada-{n}", "ADA", n) for n in range(3)),
        *(waiting(f"bob-{n}", "BOB", 10 + n) for n in range(2)),
        waiting("eve-0", "EVE", 20),
    )
    order = [(await claim(store)) for _ in range(7)]

    assert [job and job.id for job in order] == [
        *("ada-0", "bob-0", "eve-0"),
        *("ada-1", "bob-1", "ada-2", None),
    ]


async def test_job_that_waits_for_later_is_passed_over(store: Store) -> None:
    await add(store, replace(waiting("held", "U1", 0), due_at=NOON + MINUTE), a_job("free"))

    early = [await claim(store, after=30 * SECOND) for _ in range(2)]
    late = await claim(store, after=MINUTE)

    assert [job and job.id for job in early] == ["free", None]
    assert late is not None
    assert late.id == "held"


async def test_place_in_queue_foretells_the_order_of_claims(store: Store) -> None:
    people = "ABACABBCDAAD"
    jobs = [waiting(f"job-{n:02}", f"U-{who}", n // 2) for n, who in enumerate(people)]
    busy = [a_job(f"r{n}", requester_id="U-C", state=JobState.RENDERING) for n in range(2)]
    await add(store, *busy, *jobs)
    places = {job.id: await store.jobs.place_in_queue(job) for job in jobs}

    order = [await claim(store) for _ in jobs]

    assert [places[job.id] for job in order if job] == list(range(1, len(jobs) + 1))


async def test_job_that_is_not_queued_has_no_place(store: Store) -> None:
    job = a_job()
    await add(store, job, a_job("job-2"))
    await claim(store)

    assert await store.jobs.place_in_queue(job) is None
    assert await store.jobs.place_in_queue(a_job("nobody")) is None


async def test_released_leases_are_due_at_once(store: Store) -> None:
    await add(store, a_job("s"), a_job("q"), a_job("r", state=JobState.RENDERING))
    await claim(store, limit_running=2)
    later = NOON + 2 * MINUTE
    assert await store.jobs.due(JobState.SUBMITTING, later, 10, horizon=HORIZON) == []

    released = await store.jobs.release_claims(later)

    assert released == 1
    (due,) = await store.jobs.due(JobState.SUBMITTING, later, 10, horizon=HORIZON)
    assert (due.state, due.due_at) == (JobState.SUBMITTING, later)


async def test_due_jobs_are_of_the_state_and_most_overdue_first(store: Store) -> None:
    for n in (3, 1, 2, 9):
        await add(store, a_job(f"r{n}", state=JobState.RENDERING, due_at=NOON + n * SECOND))
    await add(
        store,
        a_job("other", state=JobState.SUBMITTING, due_at=NOON),
        a_job("idle", state=JobState.RENDERING),
    )

    async def due(limit: int) -> list[str]:
        jobs = await store.jobs.due(JobState.RENDERING, NOON + 3 * SECOND, limit, horizon=HORIZON)
        return [job.id for job in jobs]

    assert await due(10) == ["r1", "r2", "r3"]
    assert await due(2) == ["r1", "r2"]


async def test_next_due_at_is_the_earliest_of_these_states(store: Store) -> None:
    await add(
        store,
        a_job("q", due_at=NOON + 3 * SECOND),
        a_job("r", state=JobState.RENDERING, due_at=NOON + 2 * SECOND),
        a_job("s", state=JobState.SUBMITTING, due_at=NOON + SECOND),
        a_job("idle"),
    )
    both = (JobState.QUEUED, JobState.RENDERING)

    assert await store.jobs.next_due_at(*both) == NOON + 2 * SECOND
    assert await store.jobs.next_due_at(*both, after=NOON + 2 * SECOND) == NOON + 3 * SECOND
    assert await store.jobs.next_due_at(*both, after=NOON + 3 * SECOND) is None
    assert await store.jobs.next_due_at(JobState.PARKED) is None


async def test_make_due_is_for_rendering_jobs_and_those_on_hold_and_outdates_a_poll(
    store: Store,
) -> None:
    job = a_job("r", state=JobState.RENDERING, due_at=NOON + 10 * MINUTE)
    await add(store, job, a_job("p", state=JobState.PARKED), a_job("q"))

    await store.jobs.make_due("r", NOON)
    await store.jobs.make_due("p", NOON)
    await store.jobs.make_due("q", NOON)

    assert [j.id for j in await store.jobs.due(JobState.RENDERING, NOON, 9, horizon=HORIZON)] == [
        "r"
    ]
    assert await store.jobs.next_due_at(JobState.PARKED) == NOON
    assert await store.jobs.get("q") == a_job("q")
    assert not await store.jobs.save(Change(job, "polled before", card=None), who="poller")


async def test_jobs_are_found_by_what_heygen_and_callbacks_know(store: Store) -> None:
    job = a_job(session_id="S1", video_id="V1", callback_token_hash="h1")
    await add(store, job, a_job("job-2"))

    assert await store.jobs.by_callback_token_hash("h1") == job
    assert await store.jobs.by_callback_token_hash("h2") is None
    assert await store.jobs.by_heygen_id(session_id="S1", video_id="") == [job]
    assert await store.jobs.by_heygen_id(session_id="S1", video_id="V1") == [job]
    assert await store.jobs.by_heygen_id(session_id="", video_id="V1") == [job]
    assert await store.jobs.by_heygen_id(session_id="", video_id="") == []


async def test_session_stays_known_after_its_job_let_go_of_it(store: Store) -> None:
    job = a_job(state=JobState.RENDERING)
    await add(store, job)
    await store.jobs.save(Change(changed(job, session_id="S1"), "taken"), who="x")
    await store.jobs.save(Change(changed(job, session_id=None, version=1), "again"), who="x")
    await store.jobs.save(Change(changed(job, session_id="S2", version=2), "taken"), who="x")
    await store.jobs.save(Change(changed(job, session_id="S2", version=3), "polled"), who="x")

    assert await store.jobs.known_sessions(["S1", "S2", "S3", "O'Hara \""]) == {"S1", "S2"}
    assert await store.jobs.known_sessions([]) == set()


async def test_session_that_another_job_ever_owned_is_refused(store: Store) -> None:
    await add(store, a_job("job-1", session_id="S1"), a_job("job-2"))
    await store.jobs.save(Change(a_job("job-1", session_id=None), "let go"), who="x")

    with pytest.raises(StoreUnavailable) as refused:
        await store.jobs.save(Change(a_job("job-2", session_id="S1"), "taken"), who="x")

    assert (refused.value.code, refused.value.retryable) == ("store_refused", False)
    assert await store.jobs.get("job-2") == a_job("job-2")


async def test_lists_are_newest_first_and_of_the_person(store: Store) -> None:
    await add(store, *(waiting(f"job-{n}", "AB"[n % 2], n) for n in range(5)))

    assert [j.id for j in await store.jobs.recent(3)] == ["job-4", "job-3", "job-2"]
    assert [j.id for j in await store.jobs.of("A", 2)] == ["job-4", "job-2"]
    assert await store.jobs.of("nobody", 2) == []


async def test_count_by_state_names_every_state(store: Store) -> None:
    await add(store, a_job("a"), a_job("b"), a_job("c", state=JobState.PARKED))

    counts = await store.jobs.count_by_state()

    assert counts == dict.fromkeys(JobState, 0) | {JobState.QUEUED: 2, JobState.PARKED: 1}


async def test_everything_is_found_again_after_a_restart(database_url: str) -> None:
    before = open_store(database_url)
    await before.jobs.add(FULL_JOB, [an_attachment(text="kept")])
    await before.deliveries.mark_posting("full.card", NOON)
    known = await before.jobs.history_of("full"), await before.deliveries.of("full")
    await before.close()

    after = open_store(database_url)

    assert await after.jobs.get("full") == FULL_JOB
    assert await after.jobs.attachments_of("full") == [an_attachment(text="kept")]
    assert (await after.jobs.history_of("full"), await after.deliveries.of("full")) == known
    assert await after.jobs.known_sessions(["S1"]) == {"S1"}
    assert [d.id for d in await after.deliveries.due(NOON, 10)] == ["full.card"]
    await after.close()


async def test_closed_store_refuses_instead_of_waiting(database_url: str) -> None:
    store = open_store(database_url)
    await store.close()
    await store.close()

    with pytest.raises(StoreUnavailable):
        await store.jobs.add(a_job(), [])
    with pytest.raises(StoreUnavailable):
        await store.jobs.get("job-1")


async def test_what_was_asked_for_before_closing_is_still_written(database_url: str) -> None:
    store = open_store(database_url)
    adding = [asyncio.ensure_future(store.jobs.add(a_job(f"job-{n}"), [])) for n in range(3)]
    await asyncio.sleep(0)  # let each one hand its change over
    await store.close()
    await asyncio.gather(*adding)

    reopened = open_store(database_url)
    assert len(await reopened.jobs.recent(9)) == 3
    await reopened.close()


async def test_quiet_changes_are_written_together_where_nobody_was_faster(store: Store) -> None:
    jobs = [a_job(f"job-{n}", state=JobState.RENDERING, due_at=NOON) for n in range(3)]
    for job in jobs:
        await store.jobs.add(job, [])
    await store.jobs.make_due("job-1", NOON + SECOND)

    await store.jobs.reschedule(
        [Change(replace(job, due_at=NOON + MINUTE), "quiet", card=None) for job in jobs]
    )

    after = [await store.jobs.get(job.id) for job in jobs]
    assert [job and job.due_at for job in after] == [NOON + MINUTE, NOON + SECOND, NOON + MINUTE]
    assert [job and job.version for job in after] == [0, 1, 0]
