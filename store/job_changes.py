"""Every change to jobs as plain SQL: each function is one part of the writer's transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.domain.delivery.delivery import DeliveryKind
from bot.domain.job.job import Job, JobState, move
from bot.domain.job.progress import Change
from bot.domain.request.video_request import Attachment
from store import deliveries, homes, job_questions
from store.rows import (
    ATTACHMENT_COLUMNS,
    JOB_COLUMNS,
    attachment_values,
    job_values,
    optional_text,
    time_text,
)

_FIXED_COLUMNS = ("id", "request_key", "created_at", "version")
_MUTABLE = [n for n, column in enumerate(JOB_COLUMNS) if column not in _FIXED_COLUMNS]

_INSERT_JOB = f"""
INSERT INTO jobs ({", ".join(JOB_COLUMNS)}) VALUES ({", ".join("?" * len(JOB_COLUMNS))})
ON CONFLICT (request_key) DO NOTHING
"""
_UPDATE_JOB = f"""
UPDATE jobs SET {", ".join(f"{JOB_COLUMNS[n]} = ?" for n in _MUTABLE)}, version = version + 1
WHERE id = ? AND version = ?
"""
_INSERT_ATTACHMENT = f"""
INSERT INTO attachments (job_id, position, {", ".join(ATTACHMENT_COLUMNS)})
VALUES (?, ?, {", ".join("?" * len(ATTACHMENT_COLUMNS))})
"""
_UPDATE_ATTACHMENT = f"""
UPDATE attachments SET {", ".join(f"{column} = ?" for column in ATTACHMENT_COLUMNS)}
WHERE job_id = ? AND position = ?
"""
_INSERT_SESSION = """
INSERT INTO sessions (session_id, job_id, at) SELECT ?1, ?2, ?3
WHERE NOT EXISTS (SELECT 1 FROM sessions WHERE session_id = ?1 AND job_id = ?2)
"""
_INSERT_HISTORY = """
INSERT INTO history (job_id, at, from_state, to_state, why, who) VALUES (?, ?, ?, ?, ?, ?)
"""
_RUNNING_COUNT = """
SELECT count(*) FROM jobs INDEXED BY jobs_running WHERE state IN ('submitting', 'rendering')
"""
# Fewest running first, then the oldest: the oldest job of the people with nothing running, and
# the oldest of each person who has something running (few: the gate is narrow). The two indexes
# on queued jobs keep both short, however long the queue is
# (INDEXED BY: without statistics SQLite would rather take jobs_state and sort all of them).
_NEXT_QUEUED = """
WITH running AS MATERIALIZED (
    SELECT requester_id, count(*) AS n FROM jobs INDEXED BY jobs_running
    WHERE state IN ('submitting', 'rendering') GROUP BY requester_id
)
SELECT id FROM (
    SELECT * FROM (
        SELECT 0 AS n, created_at, id FROM jobs INDEXED BY jobs_queued
        WHERE state = 'queued' AND (due_at IS NULL OR due_at <= ?1 OR due_at > ?2)
        AND requester_id NOT IN (SELECT requester_id FROM running)
        ORDER BY created_at, id LIMIT 1)
    UNION ALL
    SELECT running.n, jobs.created_at, jobs.id FROM running JOIN jobs ON jobs.id = (
        SELECT id FROM jobs AS waiting INDEXED BY jobs_queued_of WHERE state = 'queued'
        AND requester_id = running.requester_id
        AND (due_at IS NULL OR due_at <= ?1 OR due_at > ?2)
        ORDER BY created_at, id LIMIT 1)
) ORDER BY n, created_at, id LIMIT 1
"""
_RELEASE_LEASES = """
UPDATE jobs SET due_at = ?1, version = version + 1 WHERE state = 'submitting'
"""
_RESCHEDULE = """
UPDATE jobs SET due_at = ?, updated_at = ?, watched_s = ? WHERE id = ? AND version = ?
"""
_MAKE_DUE = """
UPDATE jobs SET due_at = ?1, version = version + 1
WHERE id = ?2 AND state IN ('rendering', 'parked')
"""


def add_job(
    db: sqlite3.Connection, job: Job, attachments: Sequence[Attachment], who: str | None = None
) -> tuple[Job, bool]:
    if db.execute(_INSERT_JOB, job_values(job)).rowcount == 0:
        return job_questions.job_of_request(db, job.request_key), False
    db.executemany(
        _INSERT_ATTACHMENT,
        [(job.id, n, *attachment_values(a)) for n, a in enumerate(attachments)],
    )
    _own_session(db, job)
    why = f"asked for again, after job {job.parent_id}" if job.parent_id else "asked for"
    add_history(db, job, None, why, who or job.requester_id, job.created_at)
    deliveries.owe(db, job.id, DeliveryKind.CARD, job.created_at)
    homes.wish(db, job.requester_id, job.created_at)
    return job, True


def save_attachment(
    db: sqlite3.Connection, job_id: str, position: int, attachment: Attachment, now: datetime
) -> None:
    db.execute(_UPDATE_ATTACHMENT, (*attachment_values(attachment), job_id, position))
    deliveries.wish_card(db, job_id, now, is_urgent=False)


def save(db: sqlite3.Connection, change: Change, who: str) -> bool:
    job = change.job
    before = db.execute("SELECT state, attempt_count FROM jobs WHERE id = ?", (job.id,)).fetchone()
    values = job_values(job)
    updated = db.execute(_UPDATE_JOB, (*(values[n] for n in _MUTABLE), job.id, job.version))
    if updated.rowcount == 0:
        return False
    _own_session(db, job)
    for session_id in change.second_sessions:
        db.execute(_INSERT_SESSION, (session_id, job.id, time_text(job.updated_at)))
    if _is_worth_a_line(db, change, *before):
        add_history(db, job, JobState(before[0]), change.why, who, job.updated_at)
    for kind in change.owed:
        deliveries.owe(db, job.id, kind, job.updated_at)
    if change.card is not None:
        deliveries.wish_card(db, job.id, job.updated_at, is_urgent=change.card == "now")
    if job.state != before[0]:
        homes.wish(db, job.requester_id, job.updated_at)
    return True


def next_to_claim(
    db: sqlite3.Connection, now: datetime, limit_running: int, horizon: datetime
) -> str | None:
    """The id of the job whose turn it is; None when no slot is free or nobody waits."""
    if db.execute(_RUNNING_COUNT).fetchone()[0] >= limit_running:
        return None
    row = db.execute(_NEXT_QUEUED, (time_text(now), time_text(horizon))).fetchone()
    return row[0] if row else None


def claim_next_queued(
    db: sqlite3.Connection,
    now: datetime,
    limit_running: int,
    lease_until: datetime,
    horizon: datetime,
) -> Job | None:
    job_id = next_to_claim(db, now, limit_running, horizon)
    job = job_questions.get_job(db, job_id) if job_id else None
    if job is None:
        return None
    claimed = move(job, JobState.SUBMITTING, now, due_at=lease_until)
    save(db, Change(claimed, why="a slot is free", card="now"), "submitter")
    return replace(claimed, version=job.version + 1)


def release_leases(db: sqlite3.Connection, now: datetime) -> int:
    return db.execute(_RELEASE_LEASES, (time_text(now),)).rowcount


def reschedule(db: sqlite3.Connection, changes: Sequence[Change]) -> None:
    """The version stays: nothing that anybody else decides on has changed."""
    jobs = [change.job for change in changes]
    rows = [
        (
            *(optional_text(j.due_at), time_text(j.updated_at), j.watched_s),
            *(j.id, j.version),
        )
        for j in jobs
    ]
    db.executemany(_RESCHEDULE, rows)


def make_due(db: sqlite3.Connection, job_id: str, now: datetime) -> None:
    """The version moves on too: a poll that was under way asks again instead of hiding the news."""
    db.execute(_MAKE_DUE, (time_text(now), job_id))


def add_history(
    db: sqlite3.Connection, job: Job, before: JobState | None, why: str, who: str, at: datetime
) -> None:
    db.execute(
        _INSERT_HISTORY, (job.id, time_text(at), before and before.value, job.state.value, why, who)
    )


def _own_session(db: sqlite3.Connection, job: Job) -> None:
    """Remember the job's session for good; refused when another job has or had it."""
    if job.session_id is not None:
        db.execute(_INSERT_SESSION, (job.session_id, job.id, time_text(job.updated_at)))


def _is_worth_a_line(
    db: sqlite3.Connection, change: Change, state: str, attempt_count: int
) -> bool:
    """A line for every move, message owed and attempt; else only for a reason not just given.

    A change that not even the card shows, and the same reason again, leave no line.
    """
    if change.job.state != state or change.owed or change.job.attempt_count != attempt_count:
        return True
    return change.card is not None and change.why != job_questions.last_why(db, change.job.id)
