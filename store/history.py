"""History lines: every move of a job, each with its reason and who made it."""

from __future__ import annotations

from datetime import datetime

from bot.domain.job.job import Job, JobState
from bot.domain.job.story import HistoryLine
from store.database import Connection
from store.rows import history_line_from, time_text
from store.scope import EVERYTHING, OF_MY_JOB, Scope

_OF_JOB = f"""
SELECT at, from_state, to_state, why, who, replica FROM history
WHERE job_id = ?1 AND {OF_MY_JOB} ORDER BY id
"""
_LAST_WHY = "SELECT why FROM history WHERE job_id = ? ORDER BY id DESC LIMIT 1"
_INSERT = """
INSERT INTO history (job_id, at, from_state, to_state, why, who, replica)
VALUES (?, ?, ?, ?, ?, ?, ?)
"""


def add(
    db: Connection,
    job: Job,
    before: JobState | None,
    why: str,
    who: str,
    at: datetime,
    replica: str = "",
) -> None:
    moved = (time_text(at), before and before.value, job.state.value)
    db.execute(_INSERT, (job.id, *moved, why, who, replica))


def of(db: Connection, job_id: str, scope: Scope = EVERYTHING) -> list[HistoryLine]:
    return [history_line_from(row) for row in db.execute(_OF_JOB, (job_id, scope.team_id))]


def last_why(db: Connection, job_id: str) -> str | None:
    row = db.execute(_LAST_WHY, (job_id,)).fetchone()
    return row[0] if row else None
