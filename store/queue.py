"""The order in which jobs are claimed while nothing ends: whose turn it is, and who is before whom.

A job's turn is how many of its person are before it, running or waiting.
"""

from __future__ import annotations

from datetime import datetime

from store.database import Connection
from store.rows import time_text
from store.scope import EVERY, EVERYTHING, Scope

# One claim after the other, whoever claims: each counts what the last has taken.
_ONE_AT_A_TIME = "SELECT 1 /*pg , pg_advisory_xact_lock(7233002) */"
_RUNNING_COUNT = """
SELECT count(*) FROM jobs INDEXED BY jobs_running WHERE state IN ('submitting', 'rendering')
AND (?1 = '*' OR account = ?1)
"""
# Nobody would take the turn of a workspace that is gone, or never installed the app.
_IS_SERVED = "team_id IN (SELECT workspace_id FROM installations WHERE sealed_token IS NOT NULL)"
# Fewest running first, then the oldest: the oldest job of the people with nothing running, and
# the oldest of each person who has something running (few: the gate is narrow). The two indexes
# on queued jobs keep both short, however long the queue is
# (INDEXED BY: without statistics SQLite would rather take jobs_state and sort all of them).
_NEXT_QUEUED = f"""
WITH running AS MATERIALIZED (
    SELECT requester_id, count(*) AS n FROM jobs INDEXED BY jobs_running
    WHERE state IN ('submitting', 'rendering') AND (?3 = '*' OR account = ?3)
    GROUP BY requester_id
)
SELECT id FROM (
    SELECT * FROM (
        SELECT 0 AS n, created_at, id FROM jobs INDEXED BY jobs_queued
        WHERE state = 'queued' AND (due_at IS NULL OR due_at <= ?1 OR due_at > ?2)
        AND (?3 = '*' OR account = ?3 AND {_IS_SERVED})
        AND requester_id NOT IN (SELECT requester_id FROM running)
        ORDER BY created_at, id LIMIT 1) AS idle
    UNION ALL
    SELECT running.n, jobs.created_at, jobs.id FROM running JOIN jobs ON jobs.id = (
        SELECT id FROM jobs AS waiting INDEXED BY jobs_queued_of WHERE state = 'queued'
        AND requester_id = running.requester_id
        AND (due_at IS NULL OR due_at <= ?1 OR due_at > ?2)
        AND (?3 = '*' OR account = ?3 AND {_IS_SERVED})
        ORDER BY created_at, id LIMIT 1)
) AS next_of_all ORDER BY n, created_at, id LIMIT 1
"""
_TEAM_OF = "SELECT team_id FROM jobs WHERE id = ?"
_QUEUED = """
SELECT requester_id, created_at, id, account FROM jobs
WHERE id = ? AND state = 'queued' AND ? IN ('*', team_id)
"""
_RUNNING_OF = """
SELECT requester_id, count(*) FROM jobs INDEXED BY jobs_running
WHERE state IN ('submitting', 'rendering') AND (?1 = '*' OR account = ?1) GROUP BY requester_id
"""
# Two ranges of the index: the jobs of somebody who asked for a thousand are not walked through.
_QUEUED_OF_OTHERS = " UNION ALL ".join(
    "SELECT requester_id, count(*) FROM jobs INDEXED BY jobs_queued_of"
    f" WHERE state = 'queued' AND requester_id {side} ?1 AND (?2 = '*' OR account = ?2)"
    " GROUP BY requester_id"
    for side in ("<", ">")
)
_QUEUED_BEFORE = """
SELECT count(*) FROM jobs INDEXED BY jobs_queued_of
WHERE state = 'queued' AND requester_id = ?1 AND (created_at, id) < (?2, ?3)
AND (?4 = '*' OR account = ?4)
"""
_NTH_QUEUED = """
SELECT created_at, id FROM jobs INDEXED BY jobs_queued_of
WHERE state = 'queued' AND requester_id = ?1 AND (?3 = '*' OR account = ?3)
ORDER BY created_at, id LIMIT 1 OFFSET ?2
"""


def begin_claim(db: Connection) -> None:
    """Others who claim wait until this transaction has ended."""
    db.execute(_ONE_AT_A_TIME)


def next_to_claim(
    db: Connection,
    now: datetime,
    limit_running: int,
    horizon: datetime,
    scope: Scope = EVERYTHING,
) -> str | None:
    """The id of the job whose turn it is; None when no slot is free or nobody waits.

    All jobs of the account count, in whatever workspace; None when the turn is another's.
    """
    if db.execute(_RUNNING_COUNT, (scope.account,)).fetchone()[0] >= limit_running:
        return None
    values = (time_text(now), time_text(horizon), scope.account)
    row = db.execute(_NEXT_QUEUED, values).fetchone()
    if row is None or scope.team_id == EVERY:
        return row[0] if row else None
    (team_id,) = db.execute(_TEAM_OF, row).fetchone()
    return row[0] if team_id == scope.team_id else None


def place_in_queue(db: Connection, job_id: str, scope: Scope = EVERYTHING) -> int | None:
    """How many jobs are claimed up to this one, if nobody asks for more and nothing ends.

    A person's jobs take turns numbered from how many they have running; of one turn the oldest
    job goes first. So it is enough to count, for each person, the jobs of earlier turns.
    """
    row = db.execute(_QUEUED, (job_id, scope.team_id)).fetchone()
    if row is None:
        return None
    requester_id, *mine, account = row
    if scope.account == EVERY:
        account = EVERY
    running = dict(db.execute(_RUNNING_OF, (account,)).fetchall())
    before: int = db.execute(_QUEUED_BEFORE, (requester_id, *mine, account)).fetchone()[0]
    turn = running.get(requester_id, 0) + before
    place = before + 1
    for other_id, queued in db.execute(_QUEUED_OF_OTHERS, (requester_id, account)).fetchall():
        earlier = turn - running.get(other_id, 0)
        if earlier < 0:
            continue
        place += min(queued, earlier)
        if queued > earlier:
            place += list(db.execute(_NTH_QUEUED, (other_id, earlier, account)).fetchone()) < mine
    return place
