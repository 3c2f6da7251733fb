"""Every question about jobs as plain SQL; each has an index (tests/store/test_sqlite.py)."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from datetime import datetime

from bot.domain.job.job import Job, JobState
from bot.domain.job.story import HistoryLine
from bot.domain.request.video_request import Attachment
from store.rows import (
    ATTACHMENT_COLUMNS,
    JOB_COLUMNS,
    attachment_from,
    history_line_from,
    job_from,
    optional_time,
    time_text,
)

_SELECT_JOB = f"SELECT {', '.join(JOB_COLUMNS)} FROM jobs"
_ATTACHMENTS = f"""
SELECT {", ".join(ATTACHMENT_COLUMNS)} FROM attachments WHERE job_id = ? ORDER BY position
"""
_HISTORY = "SELECT at, from_state, to_state, why, who FROM history WHERE job_id = ? ORDER BY id"
# The state stands in the text: as a parameter it might decide which partial index fits, so SQLite
# would plan the statement anew each time it is run (86 and 30 microseconds instead of 9 and 4).
# Two ranges of one index: an OR would read every job of the state.
_DUE = {
    state: f"""
SELECT * FROM (
    {_SELECT_JOB} WHERE state = '{state.value}' AND due_at <= ?1 ORDER BY due_at LIMIT ?3)
UNION ALL
SELECT * FROM (
    {_SELECT_JOB} WHERE state = '{state.value}' AND due_at > ?2 ORDER BY due_at LIMIT ?3)
LIMIT ?3
"""
    for state in JobState
}
_NEXT_DUE = {
    state: f"SELECT min(due_at) FROM jobs WHERE state = '{state.value}' AND due_at > ?"
    for state in JobState
}
# Until a job knows its session, what looks like a second one may be its only one.
_HAS_ITS_SESSION = (
    "(session_id IS NOT NULL OR state IN ('failed', 'cancelled')) AND sweep_at IS NOT NULL"
)
_NEXT_SWEEP = f"SELECT min(sweep_at) FROM jobs WHERE sweep_at > ? AND {_HAS_ITS_SESSION}"
_LAST_WHY = "SELECT why FROM history WHERE job_id = ? ORDER BY id DESC LIMIT 1"
# A card in a thread, or one that began it (in the channel, or after a detour in a DM).
_IN_THREAD = """
WHERE id IN (
    SELECT id FROM jobs WHERE channel_id = ?1 AND thread_ts = ?2
    UNION ALL
    SELECT job_id FROM deliveries
    WHERE kind = 'card' AND channel_id = ?1 AND message_ts = ?2
) ORDER BY created_at DESC, id DESC LIMIT 1
"""
_KNOWN_SESSIONS = """
SELECT session_id FROM sessions WHERE session_id IN (SELECT value FROM json_each(?))
"""
# The order in which the gate takes jobs while nothing ends: a job's turn is how many of its
# person are before it, running or waiting.
_RUNNING_OF = """
SELECT requester_id, count(*) FROM jobs INDEXED BY jobs_running
WHERE state IN ('submitting', 'rendering') GROUP BY requester_id
"""
_QUEUED_OF = """
SELECT requester_id, count(*) FROM jobs INDEXED BY jobs_queued_of
WHERE state = 'queued' GROUP BY requester_id
"""
_QUEUED_BEFORE = """
SELECT count(*) FROM jobs INDEXED BY jobs_queued_of
WHERE state = 'queued' AND requester_id = ? AND (created_at, id) < (?, ?)
"""
_NTH_QUEUED = """
SELECT created_at, id FROM jobs INDEXED BY jobs_queued_of
WHERE state = 'queued' AND requester_id = ? ORDER BY created_at, id LIMIT 1 OFFSET ?
"""


def get_job(db: sqlite3.Connection, job_id: str) -> Job | None:
    return _one_job(db, "WHERE id = ?", job_id)


def job_of_request(db: sqlite3.Connection, request_key: str) -> Job:
    row = db.execute(f"{_SELECT_JOB} WHERE request_key = ?", (request_key,)).fetchone()
    return job_from(row)


def job_by_callback_token_hash(db: sqlite3.Connection, token_hash: str) -> Job | None:
    return _one_job(db, "WHERE callback_token_hash = ?", token_hash)


def jobs_by_heygen_id(db: sqlite3.Connection, session_id: str, video_id: str) -> list[Job]:
    return _jobs(db, "WHERE session_id = ? OR video_id = ?", session_id, video_id)


def due_jobs(
    db: sqlite3.Connection, state: JobState, now: datetime, limit: int, horizon: datetime
) -> list[Job]:
    rows = db.execute(_DUE[state], (time_text(now), time_text(horizon), limit))
    return [job_from(row) for row in rows]


def due_sweeps(db: sqlite3.Connection, now: datetime, limit: int, horizon: datetime) -> list[Job]:
    return _jobs(
        db,
        f"INDEXED BY jobs_sweep WHERE (sweep_at <= ? OR sweep_at > ?) AND {_HAS_ITS_SESSION}"
        " ORDER BY sweep_at LIMIT ?",
        *(time_text(now), time_text(horizon), limit),
    )


def next_sweep_at(db: sqlite3.Connection, after: datetime) -> datetime | None:
    (text,) = db.execute(_NEXT_SWEEP, (time_text(after),)).fetchone()
    return optional_time(text)


def next_due_at(
    db: sqlite3.Connection, states: Sequence[JobState], after: datetime | None
) -> datetime | None:
    since = "" if after is None else time_text(after)
    times = [db.execute(_NEXT_DUE[state], (since,)).fetchone()[0] for state in states]
    return optional_time(min((text for text in times if text), default=None))


def jobs_of(db: sqlite3.Connection, requester_id: str, limit: int, offset: int = 0) -> list[Job]:
    return _jobs(
        db,
        "WHERE requester_id = ? ORDER BY created_at DESC, id DESC LIMIT ? OFFSET ?",
        *(requester_id, limit, offset),
    )


def job_of_thread(db: sqlite3.Connection, channel_id: str, thread_ts: str) -> Job | None:
    return _one_job(db, _IN_THREAD, channel_id, thread_ts)


def recent_jobs(db: sqlite3.Connection, limit: int, state: JobState | None = None) -> list[Job]:
    if state is not None:
        where = "WHERE state = ? ORDER BY created_at DESC, id DESC LIMIT ?"
        return _jobs(db, where, state.value, limit)
    return _jobs(db, "ORDER BY created_at DESC, id DESC LIMIT ?", limit)


def place_in_queue(db: sqlite3.Connection, job_id: str) -> int | None:
    """How many jobs are claimed up to this one, if nobody asks for more and nothing ends.

    A person's jobs take turns numbered from how many they have running; of one turn the oldest
    job goes first. So it is enough to count, for each person, the jobs of earlier turns.
    """
    row = db.execute(
        "SELECT requester_id, created_at, id FROM jobs WHERE id = ? AND state = 'queued'", (job_id,)
    ).fetchone()
    if row is None:
        return None
    requester_id, *mine = row
    running = dict(db.execute(_RUNNING_OF).fetchall())
    before: int = db.execute(_QUEUED_BEFORE, (requester_id, *mine)).fetchone()[0]
    turn = running.get(requester_id, 0) + before
    place = before + 1
    for other_id, queued in db.execute(_QUEUED_OF).fetchall():
        earlier = turn - running.get(other_id, 0)
        if other_id == requester_id or earlier < 0:
            continue
        place += min(queued, earlier)
        if queued > earlier:
            place += list(db.execute(_NTH_QUEUED, (other_id, earlier)).fetchone()) < mine
    return place


def count_by_state(db: sqlite3.Connection) -> dict[JobState, int]:
    rows = db.execute("SELECT state, count(*) FROM jobs GROUP BY state")
    return dict.fromkeys(JobState, 0) | {JobState(state): count for state, count in rows}


def known_sessions(db: sqlite3.Connection, session_ids: Sequence[str]) -> set[str]:
    return {row[0] for row in db.execute(_KNOWN_SESSIONS, (json.dumps(list(session_ids)),))}


def attachments_of(db: sqlite3.Connection, job_id: str) -> list[Attachment]:
    return [attachment_from(row) for row in db.execute(_ATTACHMENTS, (job_id,))]


def history_of(db: sqlite3.Connection, job_id: str) -> list[HistoryLine]:
    return [history_line_from(row) for row in db.execute(_HISTORY, (job_id,))]


def last_why(db: sqlite3.Connection, job_id: str) -> str | None:
    row = db.execute(_LAST_WHY, (job_id,)).fetchone()
    return row[0] if row else None


def _one_job(db: sqlite3.Connection, where: str, *values: object) -> Job | None:
    row = db.execute(f"{_SELECT_JOB} {where}", values).fetchone()
    return job_from(row) if row else None


def _jobs(db: sqlite3.Connection, where: str, *values: object) -> list[Job]:
    return [job_from(row) for row in db.execute(f"{_SELECT_JOB} {where}", values)]
