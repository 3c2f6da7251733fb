"""A database that an earlier release wrote: every job reads as it was meant, and goes on."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.job.job import Failure, Job, JobState, VideoResult, WaitKind
from bot.domain.job.progress import Change
from bot.domain.request.brief import Brief
from store.sqlite.database import SqliteDatabase
from store.store import SqlStore
from tests.builders import NOON, a_job, an_attachment

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
