"""The tables, one migration after the other; none is edited after release.

A migration must leave a database on which the code of the previous release still runs: add
tables, indexes and columns with a default; never rename, never drop.
"""

from __future__ import annotations

from typing import LiteralString, Protocol

from store.database import Connection

# Times are text of fixed width in UTC, so that they sort as text (store/rows.py writes them).
_TIME = "GLOB '????-??-??T??:??:??.??????+00:00'"

_JOBS: LiteralString = f"""
CREATE TABLE jobs (
    id TEXT NOT NULL PRIMARY KEY CHECK (id <> ''),
    request_key TEXT NOT NULL UNIQUE,
    team_id TEXT NOT NULL,
    channel_id TEXT NOT NULL,
    thread_ts TEXT,
    requester_id TEXT NOT NULL,
    prompt TEXT NOT NULL,
    orientation TEXT NOT NULL CHECK (orientation IN ('landscape', 'portrait')),
    created_at TEXT NOT NULL CHECK (created_at {_TIME}),
    updated_at TEXT NOT NULL CHECK (updated_at {_TIME}),
    state TEXT NOT NULL CHECK (state IN ('queued', 'submitting', 'rendering', 'parked',
                                         'completed', 'failed', 'cancelled')),
    state_since TEXT CHECK (state_since {_TIME}),
    due_at TEXT CHECK (due_at {_TIME}),
    final_prompt TEXT,
    attempt_count INTEGER NOT NULL DEFAULT 0 CHECK (attempt_count >= 0),
    attempt_at TEXT CHECK (attempt_at {_TIME}),
    look_count INTEGER NOT NULL DEFAULT 0 CHECK (look_count >= 0),
    wait_count INTEGER NOT NULL DEFAULT 0 CHECK (wait_count >= 0),
    retry_count INTEGER NOT NULL DEFAULT 0 CHECK (retry_count >= 0),
    is_slow_told INTEGER NOT NULL DEFAULT 0 CHECK (is_slow_told IN (0, 1)),
    session_id TEXT,
    video_id TEXT,
    progress INTEGER NOT NULL DEFAULT 0 CHECK (progress BETWEEN 0 AND 100),
    callback_token_hash TEXT,
    result_video_url TEXT,
    result_page_url TEXT,
    result_duration_s REAL CHECK (result_duration_s >= 0),
    result_thumbnail_url TEXT,
    result_subtitle_url TEXT,
    failure_code TEXT,
    failure_message TEXT,
    failure_hint TEXT,
    parent_id TEXT REFERENCES jobs (id),
    brief TEXT NOT NULL DEFAULT '{{}}' CHECK (json_valid(brief)),
    locale TEXT NOT NULL DEFAULT '',
    version INTEGER NOT NULL DEFAULT 0 CHECK (version >= 0),
    CHECK (result_duration_s IS NULL OR coalesce(result_video_url, result_page_url) IS NOT NULL),
    CHECK ((failure_code IS NULL) = (failure_message IS NULL)),
    CHECK ((failure_code IS NULL) = (failure_hint IS NULL))
) STRICT
"""

_ATTACHMENTS: LiteralString = """
CREATE TABLE attachments (
    job_id TEXT NOT NULL REFERENCES jobs (id),
    position INTEGER NOT NULL CHECK (position >= 0),
    file_id TEXT NOT NULL,
    name TEXT NOT NULL,
    filetype TEXT NOT NULL,
    size_bytes INTEGER CHECK (size_bytes >= 0),
    mode TEXT NOT NULL,
    asset_id TEXT,
    text TEXT,
    url TEXT CHECK (url <> ''),
    note TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (job_id, position)
) STRICT
"""

# Every session that a job owns or ever owned; the primary key gives each to one job only.
_SESSIONS: LiteralString = f"""
CREATE TABLE sessions (
    session_id TEXT NOT NULL PRIMARY KEY CHECK (session_id <> ''),
    job_id TEXT NOT NULL REFERENCES jobs (id),
    at TEXT NOT NULL CHECK (at {_TIME})
) STRICT
"""

_DELIVERIES: LiteralString = f"""
CREATE TABLE deliveries (
    id TEXT NOT NULL PRIMARY KEY,
    job_id TEXT NOT NULL REFERENCES jobs (id),
    kind TEXT NOT NULL CHECK (kind IN ('card', 'result', 'failure', 'slow', 'parked', 'file',
                                       'captions', 'thumbnail')),
    state TEXT NOT NULL CHECK (state IN ('due', 'posting', 'posted', 'dropped')),
    due_at TEXT NOT NULL CHECK (due_at {_TIME}),
    attempts INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    channel_id TEXT,
    message_ts TEXT,
    thread_ts TEXT,
    file_id TEXT CHECK (file_id <> ''),
    wanted INTEGER NOT NULL DEFAULT 0 CHECK (wanted >= 0),
    shown INTEGER NOT NULL DEFAULT 0 CHECK (shown >= 0),
    edited_at TEXT CHECK (edited_at {_TIME}),
    detour TEXT,
    why_dropped TEXT,
    UNIQUE (job_id, kind),
    CHECK (shown <= wanted),
    CHECK (kind = 'card' OR wanted = 0),
    CHECK (kind = 'card' OR thread_ts IS NULL),
    CHECK (kind IN ('file', 'captions', 'thumbnail') OR file_id IS NULL),
    CHECK ((state = 'dropped') = (why_dropped IS NOT NULL)),
    CHECK (state <> 'posted' OR channel_id IS NOT NULL),
    CHECK (state <> 'posted' OR coalesce(CASE WHEN kind IN ('file', 'captions', 'thumbnail')
                                         THEN file_id ELSE message_ts END, '') <> '')
) STRICT
"""

_HISTORY: LiteralString = f"""
CREATE TABLE history (
    id INTEGER PRIMARY KEY,
    job_id TEXT NOT NULL REFERENCES jobs (id),
    at TEXT NOT NULL CHECK (at {_TIME}),
    from_state TEXT CHECK (from_state IN ('queued', 'submitting', 'rendering', 'parked',
                                          'completed', 'failed', 'cancelled')),
    to_state TEXT NOT NULL CHECK (to_state IN ('queued', 'submitting', 'rendering', 'parked',
                                               'completed', 'failed', 'cancelled')),
    why TEXT NOT NULL,
    who TEXT NOT NULL
) STRICT
"""

# What a modal was opened with (domain/request/draft.py); the body is a Draft as JSON.
_DRAFTS: LiteralString = f"""
CREATE TABLE drafts (
    key TEXT NOT NULL PRIMARY KEY CHECK (key <> ''),
    created_at TEXT NOT NULL CHECK (created_at {_TIME}),
    body TEXT NOT NULL CHECK (json_valid(body))
) STRICT
"""

# HeyGen's catalogue as last read, one row for each thing to choose; `position` is HeyGen's order.
# Words to search begin with a space each. A list that comes in waits in the second table.
_CATALOGUE_COLUMNS: LiteralString = """
    kind TEXT NOT NULL CHECK (kind IN ('avatar', 'voice', 'style', 'brand_kit')),
    id TEXT NOT NULL CHECK (id <> ''),
    position INTEGER NOT NULL CHECK (position >= 0),
    is_own INTEGER NOT NULL CHECK (is_own IN (0, 1)),
    name_words TEXT NOT NULL CHECK (name_words = '' OR name_words LIKE ' %'),
    words TEXT NOT NULL CHECK (words = '' OR words LIKE ' %'),
    name TEXT NOT NULL,
    detail TEXT NOT NULL,
    shape TEXT CHECK (shape IN ('landscape', 'portrait', 'square')),
    avatar_type TEXT NOT NULL,
    group_id TEXT NOT NULL,
    language TEXT NOT NULL,
    preview_url TEXT NOT NULL,
    PRIMARY KEY (kind, id)
"""
_CATALOGUE: LiteralString = f"CREATE TABLE catalogue ({_CATALOGUE_COLUMNS}) STRICT"
_CATALOGUE_INCOMING: LiteralString = (
    f"CREATE TABLE catalogue_incoming ({_CATALOGUE_COLUMNS}) STRICT"
)
_CATALOGUE_READS: LiteralString = f"""
CREATE TABLE catalogue_reads (
    kind TEXT NOT NULL PRIMARY KEY CHECK (kind IN ('avatar', 'voice', 'style', 'brand_kit')),
    read_at TEXT NOT NULL CHECK (read_at {_TIME})
) STRICT
"""

# Who has opened the app's Home: shown anew at `due_at`, and after that not before `rest_until`.
_HOMES: LiteralString = f"""
CREATE TABLE homes (
    user_id TEXT NOT NULL PRIMARY KEY CHECK (user_id <> ''),
    page INTEGER NOT NULL DEFAULT 0 CHECK (page >= 0),
    rest_until TEXT NOT NULL CHECK (rest_until {_TIME}),
    due_at TEXT CHECK (due_at {_TIME})
) STRICT
"""

_LEASES: LiteralString = """
CREATE TABLE leases (
    name TEXT NOT NULL PRIMARY KEY CHECK (name <> ''),
    holder TEXT NOT NULL,
    beats INTEGER NOT NULL CHECK (beats > 0)
) STRICT
"""

_INDEXES: tuple[LiteralString, ...] = (
    "CREATE INDEX jobs_queued ON jobs (created_at, id, requester_id, due_at)"
    " WHERE state = 'queued'",
    "CREATE INDEX jobs_queued_of ON jobs (requester_id, created_at, id, due_at)"
    " WHERE state = 'queued'",
    "CREATE INDEX jobs_running ON jobs (requester_id) WHERE state IN ('submitting', 'rendering')",
    "CREATE INDEX jobs_due ON jobs (state, due_at) WHERE due_at IS NOT NULL",
    "CREATE INDEX jobs_state ON jobs (state)",
    "CREATE INDEX jobs_requester ON jobs (requester_id, created_at, id)",
    "CREATE INDEX jobs_created ON jobs (created_at, id)",
    "CREATE UNIQUE INDEX jobs_session ON jobs (session_id) WHERE session_id IS NOT NULL",
    "CREATE INDEX jobs_video ON jobs (video_id) WHERE video_id IS NOT NULL",
    "CREATE UNIQUE INDEX jobs_callback ON jobs (callback_token_hash)"
    " WHERE callback_token_hash IS NOT NULL",
    "CREATE INDEX sessions_job ON sessions (job_id)",
    "CREATE INDEX deliveries_due ON deliveries (due_at) WHERE state = 'due'",
    "CREATE INDEX deliveries_edits ON deliveries (due_at)"
    " WHERE state = 'posted' AND wanted > shown",
    "CREATE INDEX deliveries_posting ON deliveries (due_at) WHERE state = 'posting'",
    "CREATE INDEX deliveries_files ON deliveries (due_at)"
    " WHERE kind IN ('file', 'captions', 'thumbnail') AND state IN ('due', 'posting')",
    "CREATE INDEX history_job ON history (job_id)",
    "CREATE INDEX drafts_created ON drafts (created_at)",
    "CREATE INDEX homes_due ON homes (due_at) WHERE due_at IS NOT NULL",
    "CREATE INDEX jobs_thread ON jobs (channel_id, thread_ts) WHERE thread_ts IS NOT NULL",
    "CREATE INDEX deliveries_cards ON deliveries (channel_id, message_ts)"
    " WHERE kind = 'card' AND message_ts IS NOT NULL",
)


def m0001_create_jobs(db: Connection) -> None:
    tables = (
        *(_JOBS, _ATTACHMENTS, _SESSIONS, _DELIVERIES, _HISTORY),
        *(_DRAFTS, _CATALOGUE, _CATALOGUE_INCOMING, _CATALOGUE_READS, _HOMES),
    )
    for table in tables:
        db.execute(table)
    for index in _INDEXES:
        db.execute(index)


# The last send; what kept a job waiting and since when; how long HeyGen said "still running"; the
# next look for a second session.
_EVIDENCE: tuple[LiteralString, ...] = (
    f"sent_at TEXT CHECK (sent_at {_TIME})",
    "wait_kind TEXT CHECK (wait_kind IN ('not_ready', 'unreachable'))",
    f"wait_since TEXT CHECK (wait_since {_TIME})",
    "watched_s REAL NOT NULL DEFAULT 0 CHECK (watched_s >= 0)",
    f"sweep_at TEXT CHECK (sweep_at {_TIME})",
    "sweep_count INTEGER NOT NULL DEFAULT 0 CHECK (sweep_count >= 0)",
)


def m0002_keep_evidence(db: Connection) -> None:
    for column in _EVIDENCE:
        db.execute(f"ALTER TABLE jobs ADD COLUMN {column}")
    db.execute("CREATE INDEX jobs_sweep ON jobs (sweep_at) WHERE sweep_at IS NOT NULL")


def m0003_count_looks(db: Connection) -> None:
    """How often a message in doubt was looked for."""
    db.execute(
        "ALTER TABLE deliveries ADD COLUMN looks INTEGER NOT NULL DEFAULT 0 CHECK (looks >= 0)"
    )


def m0004_look_at_parked_jobs(db: Connection) -> None:
    """The bot looks for them by itself: those that are on hold have never been looked for."""
    db.execute("UPDATE jobs SET due_at = updated_at WHERE state = 'parked' AND due_at IS NULL")


def m0005_keep_unread_sessions(db: Connection) -> None:
    """What keeps a job from being sent again, whatever becomes of it in HeyGen's list."""
    db.execute(
        "ALTER TABLE jobs ADD COLUMN unread_sessions TEXT NOT NULL DEFAULT '[]'"
        " CHECK (json_valid(unread_sessions))"
    )


def m0006_count_link_reads(db: Connection) -> None:
    """They were counted as waits, which is what a job in the queue does."""
    db.execute(
        "ALTER TABLE jobs ADD COLUMN link_reads INTEGER NOT NULL DEFAULT 0 CHECK (link_reads >= 0)"
    )
    db.execute("UPDATE jobs SET link_reads = wait_count WHERE state = 'rendering'")


def m0007_rest_between_edits(db: Connection) -> None:
    """A card is not edited again before `rest_until`, unless its job moves."""
    db.execute(f"ALTER TABLE deliveries ADD COLUMN rest_until TEXT CHECK (rest_until {_TIME})")


def m0008_name_replicas(db: Connection) -> None:
    """Which replica works, and which made each move."""
    db.execute(_LEASES)
    db.execute("ALTER TABLE history ADD COLUMN replica TEXT NOT NULL DEFAULT ''")


def m0009_keep_what_the_holder_knows(db: Connection) -> None:
    """How long it lasts, as replicas may have other settings for a while, and why jobs wait."""
    db.execute("ALTER TABLE leases ADD COLUMN length_s REAL NOT NULL DEFAULT 15")
    db.execute("ALTER TABLE leases ADD COLUMN waiting_for TEXT")


# Homes by workspace and the catalogue by HeyGen account. What was there stays for the previous
# release, and is of no use to this one.
_HOME_TABS: LiteralString = f"""
CREATE TABLE home_tabs (
    team_id TEXT NOT NULL,
    user_id TEXT NOT NULL CHECK (user_id <> ''),
    page INTEGER NOT NULL DEFAULT 0 CHECK (page >= 0),
    rest_until TEXT NOT NULL CHECK (rest_until {_TIME}),
    due_at TEXT CHECK (due_at {_TIME}),
    PRIMARY KEY (team_id, user_id)
) STRICT
"""
_BY_ACCOUNT: LiteralString = "account TEXT NOT NULL,"
_ACCOUNT_CATALOGUE_COLUMNS = _BY_ACCOUNT + _CATALOGUE_COLUMNS.replace(
    "PRIMARY KEY (kind, id)", "PRIMARY KEY (account, kind, id)"
)
_ACCOUNT_CATALOGUE_READS: LiteralString = f"""
CREATE TABLE account_catalogue_reads (
    account TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('avatar', 'voice', 'style', 'brand_kit')),
    read_at TEXT NOT NULL CHECK (read_at {_TIME}),
    PRIMARY KEY (account, kind)
) STRICT
"""
_INSTALLATIONS: LiteralString = f"""
CREATE TABLE installations (
    workspace_id TEXT NOT NULL PRIMARY KEY CHECK (workspace_id <> ''),
    team_id TEXT,
    enterprise_id TEXT,
    name TEXT NOT NULL,
    app_id TEXT NOT NULL,
    bot_id TEXT NOT NULL,
    bot_user_id TEXT NOT NULL,
    scopes TEXT NOT NULL,
    installed_by TEXT NOT NULL,
    installed_at TEXT NOT NULL CHECK (installed_at {_TIME}),
    sealed_token TEXT
) STRICT
"""
_HEYGEN_KEYS: LiteralString = f"""
CREATE TABLE heygen_keys (
    workspace_id TEXT NOT NULL CHECK (workspace_id <> ''),
    account TEXT NOT NULL,
    is_current INTEGER NOT NULL CHECK (is_current IN (0, 1)),
    connected_by TEXT NOT NULL,
    connected_at TEXT NOT NULL CHECK (connected_at {_TIME}),
    sealed TEXT NOT NULL,
    PRIMARY KEY (workspace_id, account)
) STRICT
"""
_OAUTH_STATES: LiteralString = f"""
CREATE TABLE oauth_states (
    hash TEXT NOT NULL PRIMARY KEY,
    expires_at TEXT NOT NULL CHECK (expires_at {_TIME})
) STRICT
"""


def m0010_serve_workspaces(db: Connection) -> None:
    """Whose HeyGen account a job is paid from; who installed the app, and with which key."""
    db.execute("ALTER TABLE jobs ADD COLUMN account TEXT NOT NULL DEFAULT ''")
    tables = (
        *(_HOME_TABS, _ACCOUNT_CATALOGUE_READS, _INSTALLATIONS, _HEYGEN_KEYS, _OAUTH_STATES),
        f"CREATE TABLE account_catalogue ({_ACCOUNT_CATALOGUE_COLUMNS}) STRICT",
        f"CREATE TABLE account_catalogue_incoming ({_ACCOUNT_CATALOGUE_COLUMNS}) STRICT",
    )
    for table in tables:
        db.execute(table)
    db.execute("CREATE INDEX home_tabs_due ON home_tabs (team_id, due_at) WHERE due_at IS NOT NULL")
    db.execute(
        "CREATE UNIQUE INDEX heygen_keys_current ON heygen_keys (workspace_id) WHERE is_current = 1"
    )
    db.execute(
        "INSERT INTO home_tabs (team_id, user_id, page, rest_until, due_at)"
        " SELECT '', user_id, page, rest_until, due_at FROM homes"
    )
    columns = (
        "kind, id, position, is_own, name_words, words, name, detail, shape, avatar_type,"
        " group_id, language, preview_url"
    )
    db.execute(
        f"INSERT INTO account_catalogue (account, {columns}) SELECT '', {columns} FROM catalogue"
    )
    db.execute(
        "INSERT INTO account_catalogue_reads (account, kind, read_at)"
        " SELECT '', kind, read_at FROM catalogue_reads"
    )


class Step(Protocol):
    """One migration; a database notes its name."""

    __name__: str

    def __call__(self, db: Connection, /) -> None: ...


STEPS: tuple[Step, ...] = (
    *(m0001_create_jobs, m0002_keep_evidence, m0003_count_looks, m0004_look_at_parked_jobs),
    *(
        m0005_keep_unread_sessions,
        m0006_count_link_reads,
        m0007_rest_between_edits,
        m0008_name_replicas,
        m0009_keep_what_the_holder_knows,
        m0010_serve_workspaces,
    ),
)
