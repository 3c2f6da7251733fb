"""Jobs: the port Jobs, and each of its questions and changes as plain SQL.

Each question has an index (tests/store/test_sqlite_tables.py); each change is one part of the
writer's transaction. Columns are named in store/rows.py, the order of the queue in store/queue.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.domain.delivery.delivery import DeliveryKind
from bot.domain.job.job import Job, JobState, move
from bot.domain.job.progress import Change
from bot.domain.job.story import HistoryLine
from bot.domain.request.video_request import Attachment
from store import attachments as attached
from store import history, homes, outbox, queue
from store.database import Connection, Database
from store.rows import (
    JOB_COLUMNS,
    job_from,
    job_values,
    optional_text,
    optional_time,
    time_text,
)
from store.scope import EVERY, EVERYTHING, Scope

_SELECT_JOB = f"SELECT {', '.join(JOB_COLUMNS)} FROM jobs"
_MINE = "? IN ('*', team_id)"
_MINE_TO_DO = "?4 IN ('*', team_id) AND ?5 IN ('*', account)"
# The state stands in the text: as a parameter it might decide which partial index fits, so SQLite
# would plan the statement anew each time it is run (86 and 30 microseconds instead of 9 and 4).
# Two ranges of one index: an OR would read every job of the state.
_DUE = {
    state: f"""
SELECT * FROM (
    {_SELECT_JOB} WHERE state = '{state.value}' AND due_at <= ?1 AND {_MINE_TO_DO}
    ORDER BY due_at LIMIT ?3
) AS overdue
UNION ALL
SELECT * FROM (
    {_SELECT_JOB} WHERE state = '{state.value}' AND due_at > ?2 AND {_MINE_TO_DO}
    ORDER BY due_at LIMIT ?3
) AS too_far
LIMIT ?3
"""
    for state in JobState
}
_NEXT_DUE = {
    state: f"SELECT min(due_at) FROM jobs WHERE state = '{state.value}' AND due_at > ?"
    " AND ? IN ('*', team_id) AND ? IN ('*', account)"
    for state in JobState
}
# Until a job knows its session, what looks like a second one may be its only one.
_HAS_ITS_SESSION = (
    "(session_id IS NOT NULL OR state IN ('failed', 'cancelled')) AND sweep_at IS NOT NULL"
)
_NEXT_SWEEP = f"""
SELECT min(sweep_at) FROM jobs WHERE sweep_at > ? AND {_HAS_ITS_SESSION}
AND ? IN ('*', team_id) AND ? IN ('*', account)
"""
# A card in a thread, or one that began it (in the channel, or after a detour in a DM).
_IN_THREAD = """
WHERE id IN (
    SELECT id FROM jobs WHERE channel_id = ?1 AND thread_ts = ?2
    UNION ALL
    SELECT job_id FROM deliveries
    WHERE kind = 'card' AND channel_id = ?1 AND message_ts = ?2
) AND ?3 IN ('*', team_id) ORDER BY created_at DESC, id DESC LIMIT 1
"""
_KNOWN_SESSIONS = "SELECT session_id FROM sessions WHERE session_id IN ({places})"
_STILL_QUEUED = "WHERE id = ? AND state = 'queued' AND ? IN ('*', account) /*pg FOR UPDATE*/"
_FIXED_COLUMNS = ("id", "request_key", "created_at", "version")
_MUTABLE = [n for n, column in enumerate(JOB_COLUMNS) if column not in _FIXED_COLUMNS]

_INSERT_JOB = f"""
INSERT INTO jobs ({", ".join(JOB_COLUMNS)}, account)
VALUES ({", ".join("?" * len(JOB_COLUMNS))}, ?)
ON CONFLICT (request_key) DO NOTHING
"""
_UPDATE_JOB = f"""
UPDATE jobs SET {", ".join(f"{JOB_COLUMNS[n]} = ?" for n in _MUTABLE)}, version = version + 1
WHERE id = ? AND version = ?
"""
_ACCOUNT_OF = "SELECT account FROM jobs WHERE id = ?"
_INSERT_SESSION = """
INSERT INTO sessions (session_id, job_id, at) SELECT ?1, ?2, ?3
WHERE NOT EXISTS (SELECT 1 FROM sessions WHERE session_id = ?1 AND job_id = ?2)
"""
_RELEASE_CLAIMS = """
UPDATE jobs SET due_at = ?1, version = version + 1 WHERE state = 'submitting'
AND ?2 IN ('*', team_id) AND ?3 IN ('*', account)
"""
_RESCHEDULE = """
UPDATE jobs SET due_at = ?, updated_at = ?, watched_s = ? WHERE id = ? AND version = ?
"""
# Those under way; of those that have ended a stop, a look for a second session or a file is owed.
_UNFINISHED = """
SELECT DISTINCT team_id, account FROM jobs WHERE state IN ('queued', 'submitting', 'rendering',
    'parked')
UNION SELECT DISTINCT team_id, account FROM jobs WHERE state = 'cancelled' AND due_at IS NOT NULL
UNION SELECT DISTINCT team_id, account FROM jobs WHERE sweep_at IS NOT NULL
UNION SELECT DISTINCT team_id, account FROM jobs WHERE id IN (
    SELECT job_id FROM deliveries
    WHERE kind IN ('file', 'captions', 'thumbnail') AND state IN ('due', 'posting'))
    AND team_id NOT IN (SELECT workspace_id FROM installations WHERE sealed_token IS NULL)
"""
_CURRENT_ACCOUNT = "SELECT account FROM heygen_keys WHERE workspace_id = ? AND is_current = 1"
_MAKE_DUE = """
UPDATE jobs SET due_at = ?1, version = version + 1
WHERE id = ?2 AND state IN ('rendering', 'parked') AND ?3 IN ('*', team_id)
"""


class SqlJobs:
    """The port Jobs."""

    def __init__(self, database: Database, replica: str, scope: Scope = EVERYTHING) -> None:
        self._db = database
        self._replica = replica
        self._scope = scope

    async def add(
        self, job: Job, attachments: Sequence[Attachment], *, who: str | None = None
    ) -> tuple[Job, bool]:
        return await self._db.change(add, job, attachments, who, self._replica, self._scope)

    async def save_attachment(
        self, job_id: str, position: int, attachment: Attachment, now: datetime
    ) -> None:
        await self._db.change(attached.save, job_id, position, attachment, now)

    async def save(self, change: Change, *, who: str) -> bool:
        run = self._db.change if change.is_lasting else self._db.change_unflushed
        return await run(save, change, who, self._replica, self._scope)

    async def reschedule(self, changes: Sequence[Change]) -> None:
        await self._db.change_unflushed(reschedule, changes)

    async def claim_next(
        self, now: datetime, *, limit_running: int, lease_until: datetime, horizon: datetime
    ) -> Job | None:
        if not await self._db.ask(queue.next_to_claim, now, limit_running, horizon, self._scope):
            return None  # mostly: the writer is not kept busy with finding that out
        return await self._db.change_unflushed(
            claim_next, now, limit_running, lease_until, horizon, self._replica, self._scope
        )

    async def release_claims(self, now: datetime) -> int:
        return await self._db.change_unflushed(release_claims, now, self._scope)

    async def make_due(self, job_id: str, now: datetime) -> None:
        await self._db.change_unflushed(make_due, job_id, now, self._scope)

    async def get(self, job_id: str) -> Job | None:
        return await self._db.ask(get, job_id, self._scope)

    async def attachments_of(self, job_id: str) -> list[Attachment]:
        return await self._db.ask(attached.of, job_id, self._scope)

    async def due(
        self, state: JobState, now: datetime, limit: int, *, horizon: datetime
    ) -> list[Job]:
        return await self._db.ask(due, state, now, limit, horizon, self._scope)

    async def due_sweeps(self, now: datetime, limit: int, *, horizon: datetime) -> list[Job]:
        return await self._db.ask(due_sweeps, now, limit, horizon, self._scope)

    async def next_sweep_at(self, after: datetime) -> datetime | None:
        return await self._db.ask(next_sweep_at, after, self._scope)

    async def next_due_at(
        self, *states: JobState, after: datetime | None = None
    ) -> datetime | None:
        return await self._db.ask(next_due_at, states, after, self._scope)

    async def by_callback_token_hash(self, token_hash: str) -> Job | None:
        return await self._db.ask(by_callback_token_hash, token_hash, self._scope)

    async def by_heygen_id(self, *, session_id: str, video_id: str) -> list[Job]:
        return await self._db.ask(by_heygen_id, session_id, video_id, self._scope)

    async def known_sessions(self, session_ids: Sequence[str]) -> set[str]:
        return await self._db.ask(known_sessions, session_ids)

    async def of(self, requester_id: str, limit: int, *, offset: int = 0) -> list[Job]:
        return await self._db.ask(of, requester_id, limit, offset, self._scope)

    async def of_thread(self, channel_id: str, thread_ts: str) -> Job | None:
        return await self._db.ask(of_thread, channel_id, thread_ts, self._scope)

    async def recent(self, limit: int, state: JobState | None = None) -> list[Job]:
        return await self._db.ask(recent, limit, state, self._scope)

    async def place_in_queue(self, job: Job) -> int | None:
        return await self._db.ask(queue.place_in_queue, job.id, self._scope)

    async def unfinished(self) -> set[tuple[str, str]]:
        return await self._db.ask(unfinished, self._scope)

    async def count_by_state(self) -> dict[JobState, int]:
        return await self._db.ask(count_by_state, self._scope)

    async def history_of(self, job_id: str) -> list[HistoryLine]:
        return await self._db.ask(history.of, job_id, self._scope)


def add(
    db: Connection,
    job: Job,
    attachments: Sequence[Attachment],
    who: str | None = None,
    replica: str = "",
    scope: Scope = EVERYTHING,
) -> tuple[Job, bool]:
    _refuse_others(job, scope)
    account = _account_for(db, job, scope)
    if db.execute(_INSERT_JOB, (*job_values(job), account)).rowcount == 0:
        first = job_of_request(db, job.request.key)
        _refuse_others(first, scope)
        return first, False
    parent_id = job.request.parent_id
    attached.add(db, job.id, _uploaded(db, attachments, parent_id, account))
    _own_session(db, job)
    why = f"asked for again, after job {parent_id}" if parent_id else "asked for"
    who = who or job.request.requester_id
    history.add(db, job, None, why, who, job.created_at, replica)
    outbox.owe(db, job.id, DeliveryKind.CARD, job.created_at)
    homes.refresh(db, job, job.created_at)
    return job, True


def _account_for(db: Connection, job: Job, scope: Scope) -> str:
    """Who pays. What an operator tries again is the workspace's own, as it is now."""
    if scope.account != EVERY or job.request.parent_id is None:
        return scope.own_account
    row = db.execute(_CURRENT_ACCOUNT, (job.request.thread.team_id,)).fetchone()
    return row[0] if row else ""


def _refuse_others(job: Job, scope: Scope) -> None:
    if not scope.has(job.request.thread.team_id):
        raise ValueError("a job of another workspace")


def _uploaded(
    db: Connection, attachments: Sequence[Attachment], parent_id: str | None, account: str
) -> Sequence[Attachment]:
    """What the parent's account has of these is of no use to another one."""
    parent = db.execute(_ACCOUNT_OF, (parent_id,)).fetchone() if parent_id else None
    if parent is None or parent[0] == account:
        return attachments
    return [replace(attachment, asset_id=None) for attachment in attachments]


def save(
    db: Connection, change: Change, who: str, replica: str = "", scope: Scope = EVERYTHING
) -> bool:
    job = change.job
    _refuse_others(job, scope)
    before = db.execute("SELECT state, attempt_count FROM jobs WHERE id = ?", (job.id,)).fetchone()
    values = job_values(job)
    updated = db.execute(_UPDATE_JOB, (*(values[n] for n in _MUTABLE), job.id, job.version))
    if updated.rowcount == 0:
        return False
    _own_session(db, job)
    for session_id in change.second_sessions:
        db.execute(_INSERT_SESSION, (session_id, job.id, time_text(job.updated_at)))
    if _is_worth_a_line(db, change, *before):
        history.add(db, job, JobState(before[0]), change.why, who, job.updated_at, replica)
    for kind in change.owed:
        outbox.owe(db, job.id, kind, job.updated_at)
    if change.card is not None:
        outbox.refresh_card(db, job.id, job.updated_at, is_urgent=change.card == "now")
    if job.state != before[0]:
        homes.refresh(db, job, job.updated_at)
    return True


def claim_next(
    db: Connection,
    now: datetime,
    limit_running: int,
    lease_until: datetime,
    horizon: datetime,
    replica: str = "",
    scope: Scope = EVERYTHING,
) -> Job | None:
    queue.begin_claim(db)
    while job_id := queue.next_to_claim(db, now, limit_running, horizon, scope):
        # Else it was cancelled just now, or its workspace has another account.
        if job := _one_job(db, _STILL_QUEUED, job_id, scope.account):
            claimed = move(job, JobState.SUBMITTING, now, due_at=lease_until)
            change = Change(claimed, why="a slot is free", card="now")
            return _claimed(db, change, replica)
    return None


def _claimed(db: Connection, change: Change, replica: str) -> Job:
    is_saved = save(db, change, "submitter", replica)
    assert is_saved  # nobody else changes the row before this transaction ends
    return replace(change.job, version=change.job.version + 1)


def release_claims(db: Connection, now: datetime, scope: Scope = EVERYTHING) -> int:
    return db.execute(_RELEASE_CLAIMS, (time_text(now), *scope.values)).rowcount


def reschedule(db: Connection, changes: Sequence[Change]) -> None:
    """The version stays: nothing that anybody else decides on has changed."""
    jobs = [change.job for change in changes]
    rows = [
        (
            *(optional_text(j.due_at), time_text(j.updated_at), j.render.watched_s),
            *(j.id, j.version),
        )
        for j in jobs
    ]
    db.executemany(_RESCHEDULE, rows)


def make_due(db: Connection, job_id: str, now: datetime, scope: Scope = EVERYTHING) -> None:
    """The version moves on too: a poll that was under way asks again instead of hiding the news."""
    db.execute(_MAKE_DUE, (time_text(now), job_id, scope.team_id))


def _own_session(db: Connection, job: Job) -> None:
    """Remember the job's session for good; refused when another job has or had it."""
    if job.render.session_id is not None:
        db.execute(_INSERT_SESSION, (job.render.session_id, job.id, time_text(job.updated_at)))


def _is_worth_a_line(db: Connection, change: Change, state: str, attempt_count: int) -> bool:
    """A line for every move, message owed and attempt; else only for a reason not just given.

    A change that not even the card shows, and the same reason again, leave no line.
    """
    if change.job.state != state or change.owed or change.job.attempt.send_count != attempt_count:
        return True
    return change.card is not None and change.why != history.last_why(db, change.job.id)


def get(db: Connection, job_id: str, scope: Scope = EVERYTHING) -> Job | None:
    return _one_job(db, f"WHERE id = ? AND {_MINE}", job_id, scope.team_id)


def job_of_request(db: Connection, request_key: str) -> Job:
    row = db.execute(f"{_SELECT_JOB} WHERE request_key = ?", (request_key,)).fetchone()
    return job_from(row)


def by_callback_token_hash(
    db: Connection, token_hash: str, scope: Scope = EVERYTHING
) -> Job | None:
    return _one_job(db, f"WHERE callback_token_hash = ? AND {_MINE}", token_hash, scope.team_id)


def by_heygen_id(
    db: Connection, session_id: str, video_id: str, scope: Scope = EVERYTHING
) -> list[Job]:
    where = f"WHERE (session_id = ? OR video_id = ?) AND {_MINE}"
    return _jobs(db, where, session_id, video_id, scope.team_id)


def due(
    db: Connection,
    state: JobState,
    now: datetime,
    limit: int,
    horizon: datetime,
    scope: Scope = EVERYTHING,
) -> list[Job]:
    rows = db.execute(_DUE[state], (time_text(now), time_text(horizon), limit, *scope.values))
    return [job_from(row) for row in rows]


def due_sweeps(
    db: Connection, now: datetime, limit: int, horizon: datetime, scope: Scope = EVERYTHING
) -> list[Job]:
    return _jobs(
        db,
        f"INDEXED BY jobs_sweep WHERE (sweep_at <= ?1 OR sweep_at > ?2) AND {_HAS_ITS_SESSION}"
        f" AND {_MINE_TO_DO} ORDER BY sweep_at LIMIT ?3",
        *(time_text(now), time_text(horizon), limit, *scope.values),
    )


def next_sweep_at(db: Connection, after: datetime, scope: Scope = EVERYTHING) -> datetime | None:
    (text,) = db.execute(_NEXT_SWEEP, (time_text(after), *scope.values)).fetchone()
    return optional_time(text)


def next_due_at(
    db: Connection,
    states: Sequence[JobState],
    after: datetime | None,
    scope: Scope = EVERYTHING,
) -> datetime | None:
    since = "" if after is None else time_text(after)
    values = (since, *scope.values)
    times = [db.execute(_NEXT_DUE[state], values).fetchone()[0] for state in states]
    return optional_time(min((text for text in times if text), default=None))


def of(
    db: Connection, requester_id: str, limit: int, offset: int = 0, scope: Scope = EVERYTHING
) -> list[Job]:
    return _jobs(
        db,
        f"WHERE requester_id = ? AND {_MINE} ORDER BY created_at DESC, id DESC LIMIT ? OFFSET ?",
        *(requester_id, scope.team_id, limit, offset),
    )


def of_thread(
    db: Connection, channel_id: str, thread_ts: str, scope: Scope = EVERYTHING
) -> Job | None:
    return _one_job(db, _IN_THREAD, channel_id, thread_ts, scope.team_id)


def recent(
    db: Connection, limit: int, state: JobState | None = None, scope: Scope = EVERYTHING
) -> list[Job]:
    newest_first = "ORDER BY created_at DESC, id DESC LIMIT ?"
    if state is not None:
        where = f"WHERE state = ? AND {_MINE} {newest_first}"
        return _jobs(db, where, state.value, scope.team_id, limit)
    return _jobs(db, f"WHERE {_MINE} {newest_first}", scope.team_id, limit)


def unfinished(db: Connection, scope: Scope = EVERYTHING) -> set[tuple[str, str]]:
    return {(team, account) for team, account in db.execute(_UNFINISHED) if scope.has(team)}


def count_by_state(db: Connection, scope: Scope = EVERYTHING) -> dict[JobState, int]:
    if scope.team_id == EVERY:  # from an index alone
        rows = db.execute("SELECT state, count(*) FROM jobs GROUP BY state")
    else:
        of_team = "SELECT state, count(*) FROM jobs WHERE team_id = ? GROUP BY state"
        rows = db.execute(of_team, (scope.team_id,))
    return dict.fromkeys(JobState, 0) | {JobState(state): count for state, count in rows}


def known_sessions(db: Connection, session_ids: Sequence[str]) -> set[str]:
    places = ", ".join("?" * len(session_ids))
    rows = db.execute(_KNOWN_SESSIONS.format(places=places), session_ids) if places else ()
    return {row[0] for row in rows}


def _one_job(db: Connection, where: str, *values: object) -> Job | None:
    row = db.execute(f"{_SELECT_JOB} {where}", values).fetchone()
    return job_from(row) if row else None


def _jobs(db: Connection, where: str, *values: object) -> list[Job]:
    return [job_from(row) for row in db.execute(f"{_SELECT_JOB} {where}", values)]
