"""The tables refuse what cannot be true, and no hot statement reads a whole table."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from datetime import timedelta

import pytest

from bot.domain.delivery.delivery import DeliveryKind, DeliveryState
from bot.domain.delivery.notice import PostedMessage
from bot.domain.errors import StoreUnavailable
from bot.domain.job.job import JobState
from bot.domain.job.progress import Change
from store import attachments, deliveries, heygen_keys, history, homes, jobs, outbox, queue
from store.scope import Scope
from store.store import SqlStore
from tests.builders import NOON, a_job, an_attachment

LATER = NOON + timedelta(minutes=1)
NEVER = NOON + timedelta(days=1)
TIME = "'2026-11-23T12:00:00.000000+00:00'"


@pytest.fixture
def store(sqlite_store: SqlStore) -> SqlStore:
    return sqlite_store


# Constraints


REFUSED_JOB_CHANGES = {
    "state": "state = 'lost'",
    "orientation": "orientation = 'square'",
    "progress-below": "progress = -1",
    "progress-above": "progress = 101",
    "progress-type": "progress = 'half'",
    "attempts": "attempt_count = -1",
    "looks": "look_count = -1",
    "waits": "wait_count = -1",
    "wait-kind": "wait_kind = 'bored'",
    "sent-at": "sent_at = 'now'",
    "wait-since": "wait_since = '2026'",
    "watched": "watched_s = -1.0",
    "sweep-at": "sweep_at = 'soon'",
    "sweeps": "sweep_count = -1",
    "retries": "retry_count = -1",
    "version": "version = -1",
    "slow-told": "is_slow_told = 2",
    "created-short": "created_at = '2026-11-23T12:00:00+00:00'",
    "updated-zone": "updated_at = '2026-11-23T12:00:00.000000+01:00'",
    "since-null-is-fine-words-are-not": "state_since = 'now'",
    "due": "due_at = ''",
    "attempt-at": "attempt_at = '2026'",
    "no-prompt": "prompt = NULL",
    "no-requester": "requester_id = NULL",
    "no-id": "id = ''",
    "duration-without-link": "result_duration_s = 3.0",
    "negative-duration": "result_video_url = 'u', result_duration_s = -1.0",
    "half-a-failure": "failure_code = 'c'",
    "failure-without-hint": "failure_code = 'c', failure_message = 'm'",
}
ATTACHMENT = (
    "INSERT INTO attachments (job_id, position, file_id, name, filetype, size_bytes, mode) VALUES"
)
HOME = "INSERT INTO home_tabs (team_id, user_id, page, rest_until, due_at) VALUES"
INSTALLATION = (
    "INSERT INTO installations (workspace_id, name, app_id, bot_id, bot_user_id, scopes,"
    " installed_by, installed_at) VALUES"
)
KEY = (
    "INSERT INTO heygen_keys"
    " (workspace_id, account, is_current, connected_by, connected_at, sealed) VALUES"
)
REFUSED_INSERTS = {
    "attachment-of-nobody": f"{ATTACHMENT} ('x',0,'F','','',1,'')",
    "attachment-place-taken": f"{ATTACHMENT} ('job-1',0,'F','','',1,'')",
    "attachment-place": f"{ATTACHMENT} ('job-1',-1,'F','','',1,'')",
    "attachment-size": f"{ATTACHMENT} ('job-1',1,'F','','',-1,'')",
    "session-of-nobody": f"INSERT INTO sessions VALUES ('S2', 'x', {TIME})",
    "session-owned": f"INSERT INTO sessions VALUES ('S1', 'job-1', {TIME})",
    "session-empty": f"INSERT INTO sessions VALUES ('', 'job-1', {TIME})",
    "delivery-of-nobody": "INSERT INTO deliveries (id, job_id, kind, state, due_at)"
    f" VALUES ('d', 'x', 'slow', 'due', {TIME})",
    "delivery-twice": "INSERT INTO deliveries (id, job_id, kind, state, due_at)"
    f" VALUES ('d', 'job-1', 'card', 'due', {TIME})",
    "delivery-kind": "INSERT INTO deliveries (id, job_id, kind, state, due_at)"
    f" VALUES ('d', 'job-1', 'poem', 'due', {TIME})",
    "delivery-time": "INSERT INTO deliveries (id, job_id, kind, state, due_at)"
    " VALUES ('d', 'job-1', 'slow', 'due', 'soon')",
    "wish-of-a-result": "INSERT INTO deliveries (id, job_id, kind, state, due_at, wanted)"
    f" VALUES ('d', 'job-1', 'result', 'due', {TIME}, 1)",
    "upload-of-a-result": "INSERT INTO deliveries (id, job_id, kind, state, due_at, file_id)"
    f" VALUES ('d', 'job-1', 'result', 'due', {TIME}, 'F1')",
    "thread-of-a-result": "INSERT INTO deliveries (id, job_id, kind, state, due_at, thread_ts)"
    f" VALUES ('d', 'job-1', 'result', 'due', {TIME}, '1.0')",
    "file-without-an-id": "INSERT INTO deliveries (id, job_id, kind, state, due_at, channel_id)"
    f" VALUES ('d', 'job-1', 'file', 'posted', {TIME}, 'C1')",
    "delivery-state": "UPDATE deliveries SET state = 'lost'",
    "delivery-attempts": "UPDATE deliveries SET attempts = -1",
    "delivery-posted-nowhere": "UPDATE deliveries SET state = 'posted'",
    "delivery-shown-before-wanted": "UPDATE deliveries SET shown = 2",
    "delivery-shown-negative": "UPDATE deliveries SET shown = -1",
    "delivery-wanted-negative": "UPDATE deliveries SET shown = -2, wanted = -1",
    "delivery-edited": "UPDATE deliveries SET edited_at = 'now'",
    "history-of-nobody": "INSERT INTO history (job_id, at, to_state, why, who)"
    f" VALUES ('x', {TIME}, 'queued', '', '')",
    "history-state": "UPDATE history SET to_state = 'lost'",
    "history-from": "UPDATE history SET from_state = 'lost'",
    "history-time": "UPDATE history SET at = 'now'",
    "home-of-nobody": f"{HOME} ('', '', 0, {TIME}, NULL)",
    "home-page": f"{HOME} ('', 'U1', -1, {TIME}, NULL)",
    "home-rest": f"{HOME} ('', 'U1', 0, 'soon', NULL)",
    "home-due": f"{HOME} ('', 'U1', 0, {TIME}, '')",
    "installation-of-nobody": f"{INSTALLATION} ('', '', '', '', '', '', '', {TIME})",
    "installation-time": f"{INSTALLATION} ('T1', '', '', '', '', '', '', 'now')",
    "key-of-nobody": f"{KEY} ('', 'a', 1, 'U1', {TIME}, '')",
    "key-half-current": f"{KEY} ('T1', 'a', 2, 'U1', {TIME}, '')",
    "key-time": f"{KEY} ('T1', 'a', 1, 'U1', 'now', '')",
    "second-current-key": f"{KEY} ('T1', 'a', 1, 'U1', {TIME}, ''),"
    f" ('T1', 'b', 1, 'U1', {TIME}, '')",
    "state-time": "INSERT INTO oauth_states VALUES ('h', 'later')",
    "job-with-children": "DELETE FROM jobs",
}


@pytest.mark.parametrize(
    "statement",
    [
        *(
            pytest.param(f"UPDATE jobs SET {change}", id=f"job-{name}")
            for name, change in REFUSED_JOB_CHANGES.items()
        ),
        *(pytest.param(statement, id=name) for name, statement in REFUSED_INSERTS.items()),
    ],
)
def test_database_refuses_what_cannot_be_true(
    connection: sqlite3.Connection, statement: str
) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        connection.execute(statement)


@pytest.mark.parametrize(
    "twin",
    [
        pytest.param({"id": "job-1", "request_key": "other"}, id="id"),
        pytest.param({"session_id": "S1"}, id="session"),
        pytest.param({"callback_token_hash": "h1"}, id="callback-token"),
    ],
)
async def test_second_job_with_what_belongs_to_the_first_is_refused(
    store: SqlStore, connection: sqlite3.Connection, twin: dict[str, str]
) -> None:
    with pytest.raises(StoreUnavailable, match="store_refused"):
        await store.jobs.add(a_job(**{"id": "job-2"} | twin), [])

    assert len(await store.jobs.recent(9)) == 1


# Plans


Statement = Callable[[sqlite3.Connection], object]
ALL_STATES = tuple(JobState)
T1 = Scope("T1", "acme")
SCOPED: dict[str, Statement] = {
    "get_job": lambda db: jobs.get(db, "job-1", T1),
    "callback": lambda db: jobs.by_callback_token_hash(db, "h1", T1),
    "heygen_id": lambda db: jobs.by_heygen_id(db, "S1", "V1", T1),
    "due_jobs": lambda db: jobs.due(db, JobState.RENDERING, NOON, 10, NEVER, T1),
    "due_sweeps": lambda db: jobs.due_sweeps(db, NOON, 10, NEVER, T1),
    "next_sweep_at": lambda db: jobs.next_sweep_at(db, NOON, T1),
    "next_due_at": lambda db: jobs.next_due_at(db, ALL_STATES, NOON, T1),
    "jobs_of": lambda db: jobs.of(db, "U-ADA", 10, 0, T1),
    "job_of_thread": lambda db: jobs.of_thread(db, "C1", "1.0", T1),
    "recent_jobs": lambda db: jobs.recent(db, 10, None, T1),
    "recent_in_a_state": lambda db: jobs.recent(db, 10, JobState.QUEUED, T1),
    "place_in_queue": lambda db: queue.place_in_queue(db, "job-1", T1),
    "count_by_state": lambda db: jobs.count_by_state(db, T1),
    "attachments_of": lambda db: attachments.of(db, "job-1", T1),
    "history_of": lambda db: history.of(db, "job-1", T1),
    "claim": lambda db: jobs.claim_next(db, NOON, 3, LATER, NEVER, "", T1),
    "release_claims": lambda db: jobs.release_claims(db, NOON, T1),
    "make_due": lambda db: jobs.make_due(db, "job-1", NOON, T1),
    "due_deliveries": lambda db: deliveries.due(db, NOON, 10, True, True, T1),
    "next_delivery_at": lambda db: deliveries.next_due_at(db, True, True, T1),
    "owed": lambda db: deliveries.owed(db, "job-1.card", T1),
    "deliveries_of": lambda db: deliveries.of(db, "job-1", T1),
    "due_files": lambda db: deliveries.due_files(db, NOON, 10, T1),
    "next_file_at": lambda db: deliveries.next_file_at(db, NOON, T1),
    "refresh_cards": lambda db: outbox.refresh_cards(db, NOON, [JobState.QUEUED], T1),
}
HOT: dict[str, Statement] = {
    "get_job": lambda db: jobs.get(db, "job-1"),
    "job_of_request": lambda db: jobs.job_of_request(db, "view-job-1"),
    "callback": lambda db: jobs.by_callback_token_hash(db, "h1"),
    "heygen_id": lambda db: jobs.by_heygen_id(db, "S1", "V1"),
    "due_jobs": lambda db: jobs.due(db, JobState.RENDERING, NOON, 10, NEVER),
    "due_sweeps": lambda db: jobs.due_sweeps(db, NOON, 10, NEVER),
    "next_sweep_at": lambda db: jobs.next_sweep_at(db, NOON),
    "next_due_at": lambda db: jobs.next_due_at(db, ALL_STATES, NOON),
    "jobs_of": lambda db: jobs.of(db, "U-ADA", 10),
    "job_of_thread": lambda db: jobs.of_thread(db, "C1", "1.0"),
    "homes_due": lambda db: homes.due(db, "", NOON, 10),
    "next_home_at": lambda db: homes.next_due_at(db, ""),
    "refresh_home": lambda db: homes.refresh(db, a_job(), NOON),
    "recent_jobs": lambda db: jobs.recent(db, 10),
    "place_in_queue": lambda db: queue.place_in_queue(db, "job-1"),
    "count_by_state": jobs.count_by_state,
    "known_sessions": lambda db: jobs.known_sessions(db, ["S1", "S2"]),
    "attachments_of": lambda db: attachments.of(db, "job-1"),
    "history_of": lambda db: history.of(db, "job-1"),
    "save_attachment": lambda db: attachments.save(db, "job-1", 0, an_attachment(), NOON),
    "save": lambda db: jobs.save(
        db, Change(a_job(session_id="S1"), "why", (DeliveryKind.SLOW,), "soon"), "who"
    ),
    "claim": lambda db: jobs.claim_next(db, NOON, 3, LATER, NEVER),
    "release_claims": lambda db: jobs.release_claims(db, NOON),
    "make_due": lambda db: jobs.make_due(db, "job-1", NOON),
    "due_deliveries": lambda db: deliveries.due(db, NOON, 10, True, True),
    "next_delivery_at": lambda db: deliveries.next_due_at(db, True, True),
    "owed": lambda db: deliveries.owed(db, "job-1.card"),
    "deliveries_of": lambda db: deliveries.of(db, "job-1"),
    "mark_posting": lambda db: deliveries.mark_posting(db, "job-1.card", NOON),
    "mark_posted": lambda db: deliveries.mark_posted(
        db, "job-1.card", PostedMessage("C", "1"), NOON
    ),
    "mark_shown": lambda db: deliveries.mark_shown(db, "job-1.card", 1, NOON),
    "postpone": lambda db: deliveries.postpone(
        db, "job-1.card", NOON, DeliveryState.DUE, None, True, True
    ),
    "due_files": lambda db: deliveries.due_files(db, NOON, 10),
    "next_file_at": lambda db: deliveries.next_file_at(db, NOON),
    "keep_upload": lambda db: deliveries.keep_upload(db, "job-1.file", "F1"),
    "mark_shared": lambda db: deliveries.mark_shared(db, "job-1.file", "C", NOON),
    "postpone_edit": lambda db: deliveries.postpone_edit(db, "job-1.card", NOON),
    "drop": lambda db: deliveries.drop(db, "job-1.file", "why", NOON, DeliveryKind.THUMBNAIL),
    "refresh_cards": lambda db: outbox.refresh_cards(db, NOON, [JobState.QUEUED]),
    "unfinished": jobs.unfinished,
    "move_queued": lambda db: heygen_keys.move_queued(db, "T1", "other"),
    **{f"{name} of a workspace": run for name, run in SCOPED.items()},
}
FULL_SCAN = re.compile(
    r"SCAN (jobs|own|waiting|attachments|sessions|deliveries|card|first|history|home_tabs)"
    r"(?! USING)"
)


@pytest.mark.parametrize("run", HOT.values(), ids=HOT)
def test_hot_statement_reads_no_whole_table(connection: sqlite3.Connection, run: Statement) -> None:
    statements: list[str] = []
    connection.set_trace_callback(statements.append)
    run(connection)
    connection.set_trace_callback(None)

    plans = [plan_of(connection, statement) for statement in statements]

    assert plans
    assert [step for plan in plans for step in plan if FULL_SCAN.match(step)] == []


READS_ONLY = [
    ("due_jobs", "jobs_due"),
    ("due_jobs", r"jobs_due \(state=\? AND due_at<\?\)"),
    ("due_jobs", r"jobs_due \(state=\? AND due_at>\?\)"),
    ("due_sweeps", "jobs_sweep"),
    ("next_sweep_at", "jobs_sweep"),
    ("next_due_at", "jobs_due"),
    ("claim", "jobs_queued"),
    ("claim", "jobs_queued_of"),
    ("claim", "jobs_running"),
    ("place_in_queue", "jobs_queued_of"),
    ("due_deliveries", "deliveries_due"),
    ("due_deliveries", "deliveries_edits"),
    ("next_delivery_at", "deliveries_edits"),
    ("due_deliveries", "deliveries_posting"),
    ("due_files", "deliveries_files"),
    ("next_file_at", "deliveries_files"),
    ("job_of_thread", "jobs_thread"),
    ("job_of_thread", "deliveries_cards"),
    ("homes_due", "home_tabs_due"),
    ("next_home_at", "home_tabs_due"),
]


@pytest.mark.parametrize(
    ("name", "index"),
    [
        *READS_ONLY,
        *((f"{name} of a workspace", index) for name, index in READS_ONLY if name in SCOPED),
        ("move_queued", "jobs_state"),
    ],
)
def test_hot_statement_reads_only_rows_that_wait(
    connection: sqlite3.Connection, name: str, index: str
) -> None:
    statements: list[str] = []
    connection.set_trace_callback(statements.append)
    HOT[name](connection)
    connection.set_trace_callback(None)

    steps = [step for statement in statements for step in plan_of(connection, statement)]

    assert any(re.search(rf"INDEX {index}(?!\w)", step) for step in steps), steps


def plan_of(connection: sqlite3.Connection, statement: str) -> list[str]:
    return [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}")]
