"""A database that an earlier release wrote: every job reads as it was meant, and goes on."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.domain.catalogue import CatalogueKind
from bot.domain.job.job import Failure, Job, JobState, VideoResult, WaitKind
from bot.domain.job.pages import Home
from bot.domain.job.progress import Change
from bot.domain.request.brief import Brief
from store import is_shared, migrations, open_store
from store.database import Connection, Database
from store.postgres.database import PostgresDatabase
from store.sqlite.database import SqliteDatabase
from store.store import SqlStore
from tests.builders import NOON, a_job, an_attachment, an_entry

# Commit c56bfaa: a job in every state, when a job's fields were on one level.
OLD = Path(__file__).parent / "written_on_2026_11_24.sql"
LATER = NOON + timedelta(minutes=5)
SENT = {"final_prompt": "as sent", "attempt_count": 2, "sent_at": NOON}
RENDERED = {"progress": 40, "watched_s": 61.5}
# As it was written; a rendering job counted reads without a link as waits.
EXPECTED = {
    JobState.QUEUED: {
        **{"wait_kind": WaitKind.UNREACHABLE, "wait_count": 3},
        **{"wait_since": NOON, "due_at": LATER},
    },
    JobState.SUBMITTING: {**SENT, "attempt_at": NOON, "look_count": 1, "due_at": LATER},
    JobState.RENDERING: {
        **{**SENT, **RENDERED, "wait_count": 2, "link_reads": 2, "due_at": LATER},
        **{"is_slow_told": True, "sweep_at": LATER, "sweep_count": 1, "retry_count": 1},
    },
    JobState.PARKED: {**SENT, "attempt_at": NOON, "look_count": 4, "due_at": LATER},
    JobState.COMPLETED: {
        **{**SENT, **RENDERED},
        "result": VideoResult("https://files.test/v.mp4", "https://page.test/v", 12.5),
    },
    JobState.FAILED: {
        **{**SENT, **RENDERED},
        "failure": Failure("timed_out", "It took too long.", "Look again."),
    },
    JobState.CANCELLED: {**SENT, **RENDERED, "due_at": LATER, "look_count": 1},
}


def expected(state: JobState) -> Job:
    number = list(JobState).index(state)
    has_session = "watched_s" in EXPECTED[state]
    return a_job(
        state.value,
        requester_id=f"U{number}",
        channel_id=f"C{number}",
        thread_ts="17.1" if number % 2 else None,
        locale="de-DE",
        brief=Brief(length_s=90, tone="dry"),
        state=state,
        state_since=LATER,
        updated_at=LATER,
        callback_token_hash=None if state is JobState.QUEUED else f"hash-{state.value}",
        session_id=f"S-{state.value}" if has_session else None,
        video_id=f"V-{state.value}" if has_session else None,
        version=1,
        **EXPECTED[state],
    )


@pytest.fixture
async def old(tmp_path: Path) -> AsyncIterator[SqlStore]:
    path = tmp_path / "bot.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(OLD.read_text("utf-8"))
    store = SqlStore(SqliteDatabase.open(path))
    yield store
    await store.close()


@pytest.mark.parametrize("state", JobState)
async def test_job_of_an_earlier_release_is_read_and_goes_on(
    old: SqlStore, state: JobState
) -> None:
    job = await old.jobs.get(state.value)

    assert job == expected(state)
    assert await old.jobs.attachments_of(job.id) == [an_attachment(asset_id="asset-1")]
    assert await old.jobs.save(Change(replace(job, due_at=NOON), "goes on"), who="test")
    assert await old.jobs.get(job.id) == replace(job, due_at=NOON, version=2)


async def test_every_state_was_written(old: SqlStore) -> None:
    assert await old.jobs.count_by_state() == dict.fromkeys(JobState, 1)


# One workspace becomes several (m0010)


TIME = "2026-11-23T12:00:00.000000+00:00"
VOICE = CatalogueKind.VOICE
ANNA, ZOE = an_entry(), an_entry("voice-2", name="Zoë", words="zoe french", is_own=True)
JOB = (
    "INSERT INTO jobs (id, request_key, team_id, channel_id, requester_id, prompt, orientation,"
    " created_at, updated_at, state)"
    f" VALUES (?, ?, 'T1', 'C1', 'U-BEN', 'Hi.', 'portrait', '{TIME}', '{TIME}', 'queued')"
)
ENTRY = "INSERT INTO catalogue VALUES ('voice', ?, ?, ?, ?, ?, ?, '', NULL, '', '', '', '')"


def _fill(db: Connection) -> None:
    """As the release before m0010 writes."""
    db.execute(JOB, ("job-1", "view-1"))
    for user_id, page, due_at in (("U-ADA", 3, TIME), ("U-BEN", 0, None)):
        db.execute("INSERT INTO homes VALUES (?, ?, ?, ?)", (user_id, page, TIME, due_at))
    db.execute(ENTRY, ("voice-1", 0, 0, " anna", " anna german female", "Anna"))
    db.execute(ENTRY, ("voice-2", 1, 1, " zoe", " zoe french", "Zoë"))
    db.execute("INSERT INTO catalogue_reads VALUES ('voice', ?)", (TIME,))


@pytest.fixture
async def before_m0010(database_url: str) -> str:
    """The URL of a database that the release before made and worked on."""
    database: Database
    steps = tuple(step for step in migrations.STEPS if step.__name__ < "m0010")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(migrations, "STEPS", steps)
        if is_shared(database_url):
            database = PostgresDatabase.open(database_url)
        else:
            database = SqliteDatabase.open(Path(database_url.removeprefix("sqlite:///")))
        await database.change(_fill)
        await database.close()
    return database_url


async def test_homes_and_catalogue_are_there_for_the_one_workspace(before_m0010: str) -> None:
    store = open_store(before_m0010)

    assert await store.homes.due(LATER, 9) == [Home("U-ADA", 3)]
    await store.jobs.add(a_job("new", requester_id="U-BEN", created_at=LATER), [])
    assert await store.homes.due(LATER, 9) == [Home("U-ADA", 3), Home("U-BEN", 0)]
    assert await store.catalogue.search(VOICE, "", 9) == [ZOE, ANNA]
    assert await store.catalogue.search(VOICE, "german", 9) == [ANNA]
    assert await store.catalogue.entry(VOICE, "voice-2") == ZOE
    assert await store.catalogue.read_at(VOICE) == NOON
    assert await store.catalogue.is_empty(CatalogueKind.AVATAR)
    assert [job.id for job in await store.jobs.recent(9)] == ["new", "job-1"]
    await store.close()


async def test_jobs_that_are_there_are_the_operator_s(before_m0010: str) -> None:
    """Their workspace's, once it is one of several."""
    store = open_store(before_m0010)

    assert await store.jobs.unfinished() == {("T1", "")}
    of_t1 = store.of_workspace("T1", "")
    assert [job.id for job in await of_t1.jobs.recent(9)] == ["job-1"]
    assert await of_t1.catalogue.search(VOICE, "", 9) == [ZOE, ANNA]
    assert await store.of_workspace("T2", "").jobs.recent(9) == []
    await store.close()


async def test_release_before_goes_on_beside_this_one(before_m0010: str) -> None:
    """It names no account, and has its homes and its catalogue where they were."""
    store: Any = open_store(before_m0010)

    def work(db: Connection) -> None:
        db.execute(JOB, ("theirs", "view-2"))
        db.execute("UPDATE homes SET due_at = rest_until")
        db.execute("DELETE FROM catalogue")
        db.execute(ENTRY, ("voice-3", 0, 0, " cleo", " cleo", "Cleo"))

    await store._database.change(work)

    claimed = [
        await store.jobs.claim_next(LATER, limit_running=9, lease_until=LATER, horizon=LATER)
        for _ in range(2)
    ]
    assert [job.id for job in claimed] == ["job-1", "theirs"]
    assert await store.homes.due(NOON, 9) == [Home("U-ADA", 3)]
    assert await store.catalogue.search(VOICE, "", 9) == [ZOE, ANNA]
    await store.close()
