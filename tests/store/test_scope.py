"""Several workspaces in one database: each sees its own, and each account is worked for alone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.catalogue import CatalogueKind
from bot.domain.delivery.delivery import DeliveryKind
from bot.domain.delivery.notice import PostedMessage
from bot.domain.job.job import Job, JobState, VideoResult
from bot.domain.job.pages import Home
from bot.domain.job.progress import Change
from bot.domain.ports.store import Store
from store import open_store
from tests.builders import NOON, a_draft, a_job, an_attachment, an_entry, changed
from tests.store.full_database import LATER, MORE, NEVER, SESSION_STATES, all_readings, fill
from tests.store.workspaces import NEW_KEY, TOKEN, an_installation

SECOND = timedelta(seconds=1)
JOB_IDS = [f"job-{state.value}" for state in JobState]
# HeyGen lists an account's sessions whichever workspace they were begun for.
OF_ALL = {"jobs.known_sessions"}
# What whoever shares the account may read: HeyGen's own lists.
OF_THE_ACCOUNT = {
    f"catalogue.{question}" for question in ("search", "entry", "is_empty", "read_at")
}
# In a database of one workspace these name no workspace, and no account.
ELSEWHERE = OF_THE_ACCOUNT | {"homes.due", "homes.next_due_at"}
PLACES = [(team, account) for team in ("T1", "T2") for account in ("acme", "")]


@pytest.fixture
async def own(store: Store) -> Store:
    """T1, with something of everything."""
    of_t1 = store.of_workspace("T1", "acme")
    await fill(of_t1)
    return of_t1


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    opened = open_store(database_url, encryption_keys=(NEW_KEY,))
    yield opened
    await opened.close()


async def installed(store: Store, *team_ids: str) -> None:
    for team_id in team_ids:
        await store.installations.keep(an_installation(team_id))


def job_of(team_id: str, id: str, **fields: Any) -> Job:
    return a_job(id, team_id=team_id, **fields)


async def claimed(store: Store, limit_running: int = 9) -> str | None:
    job = await store.jobs.claim_next(
        NOON + 60 * SECOND, limit_running=limit_running, lease_until=LATER, horizon=NEVER
    )
    return job and job.id


# What is seen


async def test_workspace_sees_all_that_is_its_own(own: Store, store: Store) -> None:
    seen, there = await all_readings(own, *JOB_IDS), await all_readings(store, *JOB_IDS)

    assert {n: v for n, v in seen.items() if n not in ELSEWHERE} == {
        n: v for n, v in there.items() if n not in ELSEWHERE
    }
    assert all(seen[name] for name in ELSEWHERE)


@pytest.mark.parametrize(
    ("account", "shared"),
    [
        pytest.param("acme", OF_ALL | OF_THE_ACCOUNT, id="same-account"),
        pytest.param("other", OF_ALL, id="other-account"),
        pytest.param("", OF_ALL, id="operator-s-account"),
    ],
)
async def test_nothing_of_a_workspace_is_seen_from_another(
    store: Store, account: str, shared: set[str]
) -> None:
    other = store.of_workspace("T2", account)
    before = await all_readings(other, *JOB_IDS)
    await fill(store.of_workspace("T1", "acme"))

    after = await all_readings(other, *JOB_IDS)

    assert {name for name in after if after[name] != before[name]} <= shared


async def test_workspaces_where_everybody_has_the_same_ids_see_their_own(
    own: Store, store: Store
) -> None:
    before = await all_readings(own, *JOB_IDS)
    other = store.of_workspace("T2", "acme")

    await _fill_alike(other)

    assert await all_readings(own, *JOB_IDS) == before
    seen = await all_readings(other, *(f"other-{state.value}" for state in JobState))
    assert {job.id for job in seen["jobs.of"]} == {"other-submitting", "other-completed"}
    assert seen["jobs.of_thread"].id == "other-cancelled"
    assert [home.page for home in seen["homes.due"]] == [9, 9, 9]


async def _fill_alike(store: Store) -> None:
    """Jobs of the same people in the same channels and threads, later ones and due sooner."""
    for number, state in enumerate(JobState):
        job = job_of(
            "T2",
            f"other-{state.value}",
            created_at=NOON + timedelta(seconds=10 + number),
            requester_id=f"U{number % 3}",
            thread_ts="17.1" if number % 2 or state is JobState.CANCELLED else None,
        )
        await store.jobs.add(job, [an_attachment()])
        await store.homes.open(f"U{number % 3}", 9, NOON - SECOND)
        more = MORE[state] | {"due_at": NOON - SECOND, "sweep_at": NOON + SECOND}
        session = f"S-{job.id}" if state in SESSION_STATES else None
        job = changed(job, state=state, state_since=NOON, session_id=session, **more)
        assert await store.jobs.save(Change(job, "", (DeliveryKind.FILE,)), who="bot")
    await store.deliveries.mark_posting("other-queued.card", LATER)
    await store.deliveries.mark_posted("other-queued.card", PostedMessage("C1", "18.0"), NOON)


async def test_place_in_the_queue_is_not_told_of_another_workspace_s_job(
    own: Store, store: Store
) -> None:
    job = await own.jobs.get("job-queued")
    assert job

    assert await own.jobs.place_in_queue(job) == 1
    assert await store.of_workspace("T2", "acme").jobs.place_in_queue(job) is None


# What is changed


async def test_job_of_another_workspace_is_not_made_due(own: Store, store: Store) -> None:
    before = await own.jobs.get("job-parked")

    await store.of_workspace("T2", "acme").jobs.make_due("job-parked", NOON)
    assert await own.jobs.get("job-parked") == before

    await own.jobs.make_due("job-parked", NOON)
    assert await own.jobs.get("job-parked") != before


async def test_job_of_another_workspace_is_not_saved(own: Store, store: Store) -> None:
    job = await own.jobs.get("job-queued")
    assert job

    with pytest.raises(ValueError, match="another workspace"):
        await store.of_workspace("T2", "acme").jobs.save(Change(job, "stolen"), who="bot")

    assert await own.jobs.get("job-queued") == job


async def test_job_of_another_workspace_is_not_added(store: Store) -> None:
    with pytest.raises(ValueError, match="another workspace"):
        await store.of_workspace("T2", "acme").jobs.add(job_of("T1", "job-1"), [])

    assert await store.jobs.recent(9) == []


async def test_request_that_another_workspace_has_made_tells_nothing_of_its_job(
    store: Store,
) -> None:
    first = job_of("T1", "job-1", request_key="same")
    await store.of_workspace("T1", "acme").jobs.add(first, [])

    with pytest.raises(ValueError, match="another workspace"):
        await store.of_workspace("T2", "acme").jobs.add(
            job_of("T2", "job-2", request_key="same"), []
        )

    assert await store.jobs.recent(9) == [first]


async def test_draft_of_another_workspace_is_not_kept(store: Store) -> None:
    with pytest.raises(ValueError, match="another workspace"):
        await store.of_workspace("T2", "acme").drafts.keep(a_draft(key="d"), NOON)

    assert await store.drafts.get("d") is None


# Whose turn it is


async def test_people_of_two_workspaces_take_turns_with_their_account(store: Store) -> None:
    await installed(store, "T1", "T2")
    t1, t2 = (store.of_workspace(team, "") for team in ("T1", "T2"))
    asked = [(t1, "T1", "U1"), (t1, "T1", "U1"), (t2, "T2", "U2")]
    for number, (of, team, who) in enumerate(asked):
        at = NOON + number * SECOND
        await of.jobs.add(job_of(team, f"job-{number}", requester_id=who, created_at=at), [])

    assert await claimed(t2) is None  # the oldest is the other's
    assert await claimed(t1) == "job-0"
    assert await claimed(t1) is None  # who has nothing running goes before who has
    assert await claimed(t2) == "job-2"
    assert await claimed(t1) == "job-1"


async def test_slots_are_those_of_the_account(store: Store) -> None:
    await installed(store, "T1", "T2", "T3")
    for team, account in [*PLACES, ("T3", "acme")]:
        of = store.of_workspace(team, account)
        await of.jobs.add(job_of(team, f"{team}-{account}"), [])

    async def claims(team: str, account: str) -> str | None:
        return await claimed(store.of_workspace(team, account), limit_running=1)

    assert await claims("T1", "acme") == "T1-acme"
    assert await claims("T1", "") == "T1-"
    assert [await claims(*place) for place in PLACES] == [None] * len(PLACES)
    assert await claims("T3", "acme") is None


async def test_place_in_the_queue_counts_all_jobs_of_the_account(store: Store) -> None:
    t1, t2 = store.of_workspace("T1", "acme"), store.of_workspace("T2", "acme")
    beside = store.of_workspace("T2", "other")
    for number, (of, team) in enumerate([(t1, "T1"), (beside, "T2"), (t2, "T2")]):
        at = NOON + number * SECOND
        job = job_of(team, f"job-{number}", requester_id=f"U{number}", created_at=at)
        await of.jobs.add(job, [])
    last = await t2.jobs.get("job-2")
    assert last

    assert await t2.jobs.place_in_queue(last) == 2
    owed = await t2.deliveries.owed("job-2.card")
    assert owed
    assert owed.place == 2


@pytest.mark.parametrize("is_uninstalled", [True, False])
async def test_workspace_that_nobody_serves_takes_no_turn(
    store: Store, is_uninstalled: bool
) -> None:
    """Its job is the oldest, and would be everybody's next for ever."""
    await installed(store, "T2")
    if is_uninstalled:
        await installed(store, "T1")
        assert await store.installations.forget_token("T1", TOKEN.access)
    await store.of_workspace("T1", "").jobs.add(job_of("T1", "first"), [])
    later = job_of("T2", "second", created_at=NOON + SECOND)
    await store.of_workspace("T2", "").jobs.add(later, [])

    assert await claimed(store.of_workspace("T2", "")) == "second"


async def test_what_runs_with_another_account_costs_nobody_a_turn(store: Store) -> None:
    """U1 has a job running and ten waiting there, and is first here all the same."""
    await installed(store, "T1")
    here, there = store.of_workspace("T1", "acme"), store.of_workspace("T1", "other")
    for number in range(11):
        at = NOON - (11 - number) * SECOND
        await there.jobs.add(a_job(f"there-{number}", requester_id="U1", created_at=at), [])
    assert await claimed(there) == "there-0"
    for number, who in enumerate(("U1", "U2", "U2", "U1")):
        at = NOON + number * SECOND
        await here.jobs.add(a_job(f"here-{number}", requester_id=who, created_at=at), [])

    queued = reversed(await here.jobs.recent(9, JobState.QUEUED))
    waiting = [job for job in queued if job.id.startswith("here")]
    assert [await here.jobs.place_in_queue(job) for job in waiting] == [1, 2, 3, 4]
    claims = [await claimed(here) for _ in range(5)]
    assert claims == ["here-0", "here-1", "here-2", "here-3", None]


# What is worked on


async def _at_work(store: Store) -> dict[tuple[str, str], Store]:
    """In each workspace with each account one job that renders, one that is claimed, one file."""
    places = {}
    for number, (team, account) in enumerate(PLACES):
        of = places[team, account] = store.of_workspace(team, account)
        at = NOON + number * SECOND
        for state in (JobState.RENDERING, JobState.SUBMITTING, JobState.COMPLETED):
            job = job_of(team, f"{team}-{account}-{state.value}")
            await of.jobs.add(job, [])
            job = changed(job, state=state, state_since=NOON, due_at=at)
            kinds: tuple[DeliveryKind, ...] = ()
            if state is JobState.RENDERING:
                job = changed(job, session_id=f"S-{job.id}", sweep_at=at)
            if state is JobState.COMPLETED:
                job = changed(job, result=VideoResult("https://files.test/v.mp4"), updated_at=at)
                kinds = (DeliveryKind.FILE,)
            assert await of.jobs.save(Change(job, "", kinds), who="bot")
    return places


async def test_workers_take_up_what_is_of_their_workspace_and_account(store: Store) -> None:
    for number, ((team, account), of) in enumerate((await _at_work(store)).items()):
        at, name = NOON + number * SECOND, f"{team}-{account}"
        due = await of.jobs.due(JobState.RENDERING, NEVER, 9, horizon=NEVER)
        sweeps = await of.jobs.due_sweeps(NEVER, 9, horizon=NEVER)
        files = await of.deliveries.due_files(NEVER, 9)

        assert [job.id for job in due] == [f"{name}-rendering"]
        assert [job.id for job in sweeps] == [f"{name}-rendering"]
        assert [file.job_id for file in files] == [f"{name}-completed"]
        before = NOON - SECOND
        assert await of.jobs.next_due_at(JobState.RENDERING, after=before) == at
        assert await of.jobs.next_sweep_at(before) == at
        assert await of.deliveries.next_file_at(before) == at


async def test_claims_are_released_of_one_workspace_and_account(store: Store) -> None:
    places = await _at_work(store)

    assert await places["T1", "acme"].jobs.release_claims(NOON - SECOND) == 1

    released = await store.jobs.due(JobState.SUBMITTING, NOON - SECOND, 9, horizon=NEVER)
    assert [job.id for job in released] == ["T1-acme-submitting"]


async def test_messages_are_those_of_the_workspace_with_any_account(store: Store) -> None:
    places = await _at_work(store)

    seen = {(team, d.job_id[:2]) for (team, _), of in places.items() for d in await due(of)}

    assert seen == {("T1", "T1"), ("T2", "T2")}
    assert [len(await due(of)) for of in places.values()] == [6, 6, 6, 6]


async def due(store: Store) -> list[Any]:
    return await store.deliveries.due(NEVER, 99)


async def test_cards_are_refreshed_in_one_workspace(store: Store) -> None:
    places = await _at_work(store)
    cards = [f"{team}-{account}-rendering.card" for team, account in PLACES]
    for number, card in enumerate(cards):
        await store.deliveries.mark_posting(card, NEVER)
        await store.deliveries.mark_posted(card, PostedMessage("C1", f"1.{number}"), NOON)

    await places["T1", "acme"].deliveries.refresh_cards(NOON, JobState.RENDERING)

    wishes = [(await store.deliveries.of(card.removesuffix(".card")))[0].wanted for card in cards]
    assert wishes == [wishes[0], wishes[0], wishes[2], wishes[2]]
    assert wishes[0] == wishes[2] + 1


async def test_unfinished_jobs_are_told_with_their_workspace_and_account(store: Store) -> None:
    await _at_work(store)

    assert await store.jobs.unfinished() == set(PLACES)


# Homes and catalogue


async def test_one_person_s_homes_in_two_workspaces_are_two(store: Store) -> None:
    t1, t2 = store.of_workspace("T1", ""), store.of_workspace("T2", "")
    for page, of in enumerate((t1, t2)):
        await of.homes.open("U-ADA", page, NOON)
        await of.homes.put_off("U-ADA", LATER, rest_until=NOON)
    await t1.homes.settle("U-ADA", LATER)
    assert await t1.homes.next_due_at() is None
    assert await t2.homes.next_due_at() == LATER
    await t2.homes.settle("U-ADA", LATER)

    await t2.jobs.add(job_of("T2", "job-1"), [])
    assert await t1.homes.due(NEVER, 9) == []
    assert await t2.homes.due(NEVER, 9) == [Home("U-ADA", 1)]

    await t1.homes.open("U-ADA", 0, NOON)
    await t2.homes.forget("U-ADA")
    assert await t1.homes.due(NEVER, 9) == [Home("U-ADA", 0)]
    assert await t2.homes.next_due_at() is None


async def test_catalogue_is_the_account_s(store: Store) -> None:
    for account in ("acme", ""):
        catalogue = store.of_workspace("T1", account).catalogue
        await catalogue.begin_list(CatalogueKind.VOICE)
        entry = an_entry(f"voice-{account}")
        await catalogue.add_page(CatalogueKind.VOICE, [entry, replace(entry, id="both")])
        await catalogue.finish_list(CatalogueKind.VOICE, NOON)

    beside = store.of_workspace("T2", "acme").catalogue
    found = await beside.search(CatalogueKind.VOICE, "", 9)
    assert [entry.id for entry in found] == ["voice-acme", "both"]
    assert await beside.entry(CatalogueKind.VOICE, "voice-") is None
    elsewhere = store.of_workspace("T2", "third").catalogue
    assert await elsewhere.is_empty(CatalogueKind.VOICE)
    assert await elsewhere.read_at(CatalogueKind.VOICE) is None
    operators = await store.catalogue.search(CatalogueKind.VOICE, "", 9)
    assert [entry.id for entry in operators] == ["voice-", "both"]


async def test_list_that_comes_in_leaves_another_account_s_alone(store: Store) -> None:
    acme, other = (store.of_workspace("T1", account).catalogue for account in ("acme", "other"))
    await acme.begin_list(CatalogueKind.VOICE)
    await acme.add_page(CatalogueKind.VOICE, [an_entry()])

    await other.begin_list(CatalogueKind.VOICE)
    assert await other.finish_list(CatalogueKind.VOICE, NOON) == 0

    assert await acme.finish_list(CatalogueKind.VOICE, NOON) == 1


# Files that HeyGen has


@pytest.mark.parametrize(
    ("account", "asset_id"),
    [pytest.param("acme", "asset-1", id="same"), pytest.param("other", None, id="other")],
)
async def test_uploads_are_used_once_more_with_the_account_that_has_them(
    store: Store, account: str, asset_id: str | None
) -> None:
    """Else the files are uploaded anew: no account finds another's."""
    await store.of_workspace("T1", "acme").jobs.add(a_job("first"), [])
    of = store.of_workspace("T1", account)

    await of.jobs.add(a_job("again", parent_id="first"), [an_attachment(asset_id="asset-1")])

    assert await of.jobs.attachments_of("again") == [an_attachment(asset_id=asset_id)]
