"""Workspaces' HeyGen keys: which one is current, whose jobs go with it, when one is forgotten."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from bot.domain.delivery.delivery import DeliveryKind
from bot.domain.job.job import JobState
from bot.domain.job.progress import Change
from bot.domain.ports.store import Store
from bot.domain.workspace import NO_ACCOUNT, account_of
from store import open_store
from tests.builders import NOON, a_job, an_attachment, changed
from tests.store.full_database import LATER, MORE, NEVER
from tests.store.workspaces import NEW_KEY, a_heygen_key, an_installation

FIRST, SECOND = "sk-heygen-1", "sk-heygen-2"
A, B = account_of(FIRST), account_of(SECOND)


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    opened = open_store(database_url, encryption_keys=[NEW_KEY])
    yield opened
    await opened.close()


async def add(store: Store, id: str, account: str, **fields: Any) -> None:
    """A job of T1's with this account; fields that a new job has not are saved afterwards."""
    of = store.of_workspace("T1", account)
    await of.jobs.add(a_job(id), [an_attachment(asset_id="asset-1")])
    if fields:
        job = changed(a_job(id), state_since=NOON, **fields)
        assert await of.jobs.save(Change(job, ""), who="bot")


async def accounts(store: Store) -> set[tuple[str, str]]:
    return await store.jobs.unfinished()


# Which one it is


async def test_key_comes_back_as_it_was_kept(store: Store) -> None:
    keys = [a_heygen_key(), a_heygen_key(workspace_id="T2", connected_by="U-BEN")]
    for key in keys:
        await store.heygen_keys.keep(key)

    assert await store.heygen_keys.all() == keys


async def test_new_key_takes_the_place_of_the_one_before(store: Store) -> None:
    first, second = a_heygen_key(FIRST), a_heygen_key(SECOND, connected_at=LATER)
    for key in (first, second):
        await store.heygen_keys.keep(key)

    assert await _current(store) == {FIRST: False, SECOND: True}


async def test_same_key_again_is_kept_once_with_who_connected_it_last(store: Store) -> None:
    again = a_heygen_key(connected_by="U-BEN", connected_at=LATER)
    for key in (a_heygen_key(), again):
        await store.heygen_keys.keep(key)

    assert await store.heygen_keys.all() == [again]


async def test_earlier_key_comes_back(store: Store) -> None:
    for secret in (FIRST, SECOND, FIRST):
        await store.heygen_keys.keep(a_heygen_key(secret))

    assert await _current(store) == {FIRST: True, SECOND: False}


async def test_key_of_one_workspace_leaves_another_s_alone(store: Store) -> None:
    for workspace_id in ("T1", "T2"):
        await store.heygen_keys.keep(a_heygen_key(FIRST, workspace_id))

    await store.heygen_keys.retire("T1", instead=NO_ACCOUNT)

    kept = {key.workspace_id: key.is_current for key in await store.heygen_keys.all()}
    assert kept == {"T1": False, "T2": True}


async def _current(store: Store) -> dict[str, bool]:
    return {key.secret: key.is_current for key in await store.heygen_keys.all()}


# Whose jobs go with it


async def test_waiting_jobs_go_with_the_new_key_and_upload_their_files_anew(store: Store) -> None:
    await add(store, "waiting", A)
    before = await store.jobs.get("waiting")

    await store.heygen_keys.keep(a_heygen_key(SECOND))

    assert await accounts(store) == {("T1", B)}
    assert await store.jobs.attachments_of("waiting") == [an_attachment()]
    after = await store.jobs.get("waiting")
    assert before
    assert after
    assert after.version == before.version + 1  # whoever has read it does not save it


async def test_job_whose_send_was_refused_goes_with_the_new_key(store: Store) -> None:
    """Nothing of it is at HeyGen, though it was on its way: why most keys are replaced."""
    await add(store, "refused", A, send_count=0, sent_at=NOON, final_prompt="as sent")

    await store.heygen_keys.keep(a_heygen_key(SECOND))

    assert await accounts(store) == {("T1", B)}


STAYS: dict[str, dict[str, Any]] = {
    "sent-perhaps": {"send_count": 1, "began_at": NOON, "sent_at": NOON},
    "perhaps-there-twice": {"send_count": 0, "sweep_at": LATER},
    "submitting": {"state": JobState.SUBMITTING, "due_at": LATER},
    "rendering": {"state": JobState.RENDERING, "session_id": "S1"},
    "parked": {"state": JobState.PARKED, "send_count": 1},
}


@pytest.mark.parametrize("fields", STAYS.values(), ids=STAYS)
async def test_what_may_be_at_heygen_stays_with_its_account(
    store: Store, fields: dict[str, Any]
) -> None:
    await add(store, "sent", A, **fields)

    await store.heygen_keys.keep(a_heygen_key(SECOND))

    assert await accounts(store) == {("T1", A)}
    assert await store.jobs.attachments_of("sent") == [an_attachment(asset_id="asset-1")]


async def test_same_key_again_moves_nothing(store: Store) -> None:
    await store.heygen_keys.keep(a_heygen_key(FIRST))
    await add(store, "waiting", A)

    await store.heygen_keys.keep(a_heygen_key(FIRST))

    assert await store.jobs.get("waiting") == a_job("waiting")
    assert await store.jobs.attachments_of("waiting") == [an_attachment(asset_id="asset-1")]


async def test_jobs_of_another_workspace_stay(store: Store) -> None:
    other = store.of_workspace("T2", A)
    await other.jobs.add(a_job("other", team_id="T2"), [])

    await store.heygen_keys.keep(a_heygen_key(SECOND))
    await store.heygen_keys.retire("T1", instead="default")

    assert await accounts(store) == {("T2", A)}


@pytest.mark.parametrize(
    ("instead", "account"),
    [
        pytest.param("default", "default", id="to-the-operator-s"),
        pytest.param(NO_ACCOUNT, NO_ACCOUNT, id="and-wait"),
    ],
)
async def test_waiting_jobs_of_a_retired_key_go_where_they_are_sent(
    store: Store, instead: str, account: str
) -> None:
    await store.heygen_keys.keep(a_heygen_key(FIRST))
    await add(store, "waiting", A)
    await add(store, "sent", A, state=JobState.RENDERING, session_id="S1")

    await store.heygen_keys.retire("T1", instead=instead)

    assert await accounts(store) == {("T1", account), ("T1", A)}
    assert await _current(store) == {FIRST: False}


async def test_job_that_changed_its_account_just_now_is_not_claimed(postgres_url: str) -> None:
    """It was found while the key was being replaced: the claim waits, and looks again."""
    store = open_store(postgres_url, encryption_keys=[NEW_KEY])
    await store.installations.keep(an_installation())
    await add(store, "waiting", A)
    with psycopg.connect(postgres_url) as other:
        other.execute("UPDATE jobs SET account = %s", (B,))
        claim = asyncio.create_task(
            store.of_workspace("T1", A).jobs.claim_next(
                NOON, limit_running=9, lease_until=LATER, horizon=NEVER
            )
        )
        while not _waits_for_a_lock(other):  # noqa: ASYNC110 - the server tells nobody
            await asyncio.sleep(0.01)
        other.commit()

        assert await claim is None
    assert await store.jobs.get("waiting") == a_job("waiting")
    await store.close()


def _waits_for_a_lock(connection: psycopg.Connection) -> bool:
    return bool(connection.execute("SELECT 1 FROM pg_locks WHERE NOT granted").fetchall())


# When it is forgotten


OWES: dict[str, tuple[dict[str, Any], tuple[DeliveryKind, ...]]] = {
    "queued": (MORE[JobState.QUEUED] | {"send_count": 1}, ()),
    "submitting": ({"state": JobState.SUBMITTING, "due_at": LATER}, ()),
    "rendering": ({"state": JobState.RENDERING, "session_id": "S1"}, ()),
    "parked": ({"state": JobState.PARKED}, ()),
    "a-stop": ({"state": JobState.CANCELLED, "due_at": LATER}, ()),
    "look-for-a-second-session": ({"state": JobState.FAILED, "sweep_at": LATER}, ()),
    "a-file": ({"state": JobState.COMPLETED}, (DeliveryKind.FILE,)),
    "captions": ({"state": JobState.COMPLETED}, (DeliveryKind.CAPTIONS,)),
    "a-preview": ({"state": JobState.COMPLETED}, (DeliveryKind.THUMBNAIL,)),
}
OWES_NOTHING: dict[str, tuple[dict[str, Any], tuple[DeliveryKind, ...]]] = {
    "completed": ({"state": JobState.COMPLETED}, (DeliveryKind.RESULT,)),
    "failed": ({"state": JobState.FAILED}, (DeliveryKind.FAILURE,)),
    "cancelled": ({"state": JobState.CANCELLED}, ()),
}


async def _ended(store: Store, fields: dict[str, Any], owed: tuple[DeliveryKind, ...]) -> list[str]:
    """The keys that are left of two, when a job of the earlier one has these fields."""
    await store.heygen_keys.keep(a_heygen_key(FIRST))
    await add(store, "job-1", A)
    job = changed(a_job(), state_since=NOON, **fields)
    assert await store.jobs.save(Change(job, "", owed), who="bot")
    await store.heygen_keys.keep(a_heygen_key(SECOND, connected_at=LATER))
    await store.heygen_keys.forget_unused()
    return [key.secret for key in await store.heygen_keys.all()]


@pytest.mark.parametrize(("fields", "owed"), OWES.values(), ids=OWES)
async def test_key_that_a_job_needs_is_kept(
    store: Store, fields: dict[str, Any], owed: tuple[DeliveryKind, ...]
) -> None:
    assert await _ended(store, fields, owed) == [FIRST, SECOND]


@pytest.mark.parametrize(("fields", "owed"), OWES_NOTHING.values(), ids=OWES_NOTHING)
async def test_key_that_no_job_needs_is_forgotten(
    store: Store, fields: dict[str, Any], owed: tuple[DeliveryKind, ...]
) -> None:
    assert await _ended(store, fields, owed) == [SECOND]


async def test_file_that_was_sent_or_dropped_needs_no_key(store: Store) -> None:
    done = {"state": JobState.COMPLETED}
    assert len(await _ended(store, done, (DeliveryKind.FILE, DeliveryKind.CAPTIONS))) == 2

    assert await store.deliveries.mark_posting("job-1.file", NEVER)
    await store.deliveries.keep_upload("job-1.file", "F1")
    await store.deliveries.mark_shared("job-1.file", "C1", NOON)
    assert await store.heygen_keys.forget_unused() == 0
    await store.deliveries.drop("job-1.captions", "none", NOON)

    assert await store.heygen_keys.forget_unused() == 1
    assert await store.heygen_keys.forget_unused() == 0


async def test_current_key_is_never_forgotten(store: Store) -> None:
    await store.heygen_keys.keep(a_heygen_key())

    assert await store.heygen_keys.forget_unused() == 0
    assert await store.heygen_keys.all() == [a_heygen_key()]


async def test_job_of_another_workspace_keeps_no_key(store: Store) -> None:
    await store.heygen_keys.keep(a_heygen_key(FIRST))
    other = store.of_workspace("T2", A)
    await other.jobs.add(a_job("other", team_id="T2"), [])
    await store.heygen_keys.retire("T1", instead=NO_ACCOUNT)

    assert await store.heygen_keys.forget_unused() == 1


async def test_key_that_comes_back_just_now_is_not_forgotten(postgres_url: str) -> None:
    store = open_store(postgres_url, encryption_keys=[NEW_KEY])
    for secret in (FIRST, SECOND):
        await store.heygen_keys.keep(a_heygen_key(secret))
    with psycopg.connect(postgres_url) as other:
        other.execute("UPDATE heygen_keys SET is_current = 0")
        other.execute("UPDATE heygen_keys SET is_current = 1 WHERE account = %s", (A,))
        forgetting = asyncio.create_task(store.heygen_keys.forget_unused())
        while not _waits_for_a_lock(other):  # noqa: ASYNC110 - the server tells nobody
            await asyncio.sleep(0.01)
        other.commit()

        assert await forgetting == 0
    assert await _current(store) == {FIRST: True, SECOND: False}
    await store.close()


# What is left of it


async def test_forgotten_key_is_in_no_file_of_the_database(path: Path) -> None:
    store = open_store(f"sqlite:///{path}", encryption_keys=[NEW_KEY])
    for number in range(20):  # beside others, on whole pages
        await store.heygen_keys.keep(a_heygen_key(workspace_id=f"T{number}"))
    sealed = await _sealed(store)

    await store.heygen_keys.retire("T7", instead=NO_ACCOUNT)
    assert await store.heygen_keys.forget_unused() == 1

    left = b"".join(file.read_bytes() for file in path.parent.glob(f"{path.name}*"))
    assert [name for name, text in sealed.items() if text.encode() not in left] == ["T7"]
    await store.close()


async def _sealed(store: Any) -> dict[str, str]:
    rows = await store._database.ask(
        lambda db: db.execute("SELECT workspace_id, sealed FROM heygen_keys").fetchall()
    )
    return dict(map(tuple, rows))


async def test_key_is_kept_encrypted(store: Store) -> None:
    await store.heygen_keys.keep(a_heygen_key())

    (sealed,) = (await _sealed(store)).values()
    assert FIRST not in sealed


async def test_jobs_of_a_key_that_is_gone_go_on_with_another(store: Store) -> None:
    """Also what was sent with it: the new key may be another one of the same account."""
    await add(store, "sent", A, state=JobState.RENDERING, session_id="S1")
    await store.of_workspace("T2", A).jobs.add(a_job("other", team_id="T2"), [])

    await store.heygen_keys.adopt("T1", A, B)

    assert await store.jobs.unfinished() == {("T1", B), ("T2", A)}
