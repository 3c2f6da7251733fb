BEGIN TRANSACTION;
CREATE TABLE "_sqlite_migrations" (
   "id" INTEGER PRIMARY KEY,
   "migration_set" TEXT,
   "name" TEXT,
   "applied_at" TEXT
);
INSERT INTO "_sqlite_migrations" VALUES(1,'video_bot','m0001_create_jobs','2026-11-30 18:20:41.354069+00:00');
INSERT INTO "_sqlite_migrations" VALUES(2,'video_bot','m0002_keep_evidence','2026-11-30 18:20:41.364621+00:00');
INSERT INTO "_sqlite_migrations" VALUES(3,'video_bot','m0003_count_looks','2026-11-30 18:20:41.365154+00:00');
INSERT INTO "_sqlite_migrations" VALUES(4,'video_bot','m0004_look_at_parked_jobs','2026-11-30 18:20:41.365300+00:00');
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
;
INSERT INTO "attachments" VALUES('queued',0,'F1','logo.png','png',2048,'hosted','asset-1',NULL,NULL,'');
INSERT INTO "attachments" VALUES('submitting',0,'F1','logo.png','png',2048,'hosted','asset-1',NULL,NULL,'');
INSERT INTO "attachments" VALUES('rendering',0,'F1','logo.png','png',2048,'hosted','asset-1',NULL,NULL,'');
INSERT INTO "attachments" VALUES('parked',0,'F1','logo.png','png',2048,'hosted','asset-1',NULL,NULL,'');
INSERT INTO "attachments" VALUES('completed',0,'F1','logo.png','png',2048,'hosted','asset-1',NULL,NULL,'');
INSERT INTO "attachments" VALUES('failed',0,'F1','logo.png','png',2048,'hosted','asset-1',NULL,NULL,'');
INSERT INTO "attachments" VALUES('cancelled',0,'F1','logo.png','png',2048,'hosted','asset-1',NULL,NULL,'');
CREATE TABLE catalogue (
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
) STRICT;
CREATE TABLE catalogue_incoming (
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
) STRICT;
CREATE TABLE catalogue_reads (
    kind TEXT NOT NULL PRIMARY KEY CHECK (kind IN ('avatar', 'voice', 'style', 'brand_kit')),
    read_at TEXT NOT NULL CHECK (read_at GLOB '????-??-??T??:??:??.??????+00:00')
) STRICT
;
CREATE TABLE deliveries (
    id TEXT NOT NULL PRIMARY KEY,
    job_id TEXT NOT NULL REFERENCES jobs (id),
    kind TEXT NOT NULL CHECK (kind IN ('card', 'result', 'failure', 'slow', 'parked', 'file',
                                       'captions', 'thumbnail')),
    state TEXT NOT NULL CHECK (state IN ('due', 'posting', 'posted', 'dropped')),
    due_at TEXT NOT NULL CHECK (due_at GLOB '????-??-??T??:??:??.??????+00:00'),
    attempts INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    channel_id TEXT,
    message_ts TEXT,
    thread_ts TEXT,
    file_id TEXT CHECK (file_id <> ''),
    wanted INTEGER NOT NULL DEFAULT 0 CHECK (wanted >= 0),
    shown INTEGER NOT NULL DEFAULT 0 CHECK (shown >= 0),
    edited_at TEXT CHECK (edited_at GLOB '????-??-??T??:??:??.??????+00:00'),
    detour TEXT,
    why_dropped TEXT, looks INTEGER NOT NULL DEFAULT 0 CHECK (looks >= 0),
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
;
INSERT INTO "deliveries" VALUES('queued.card','queued','card','due','2026-11-23T12:00:00.000000+00:00',0,NULL,NULL,NULL,NULL,2,0,NULL,NULL,NULL,0);
INSERT INTO "deliveries" VALUES('submitting.card','submitting','card','due','2026-11-23T12:00:00.000000+00:00',0,NULL,NULL,NULL,NULL,2,0,NULL,NULL,NULL,0);
INSERT INTO "deliveries" VALUES('rendering.card','rendering','card','due','2026-11-23T12:00:00.000000+00:00',0,NULL,NULL,NULL,NULL,2,0,NULL,NULL,NULL,0);
INSERT INTO "deliveries" VALUES('parked.card','parked','card','due','2026-11-23T12:00:00.000000+00:00',0,NULL,NULL,NULL,NULL,2,0,NULL,NULL,NULL,0);
INSERT INTO "deliveries" VALUES('completed.card','completed','card','due','2026-11-23T12:00:00.000000+00:00',0,NULL,NULL,NULL,NULL,2,0,NULL,NULL,NULL,0);
INSERT INTO "deliveries" VALUES('failed.card','failed','card','due','2026-11-23T12:00:00.000000+00:00',0,NULL,NULL,NULL,NULL,2,0,NULL,NULL,NULL,0);
INSERT INTO "deliveries" VALUES('cancelled.card','cancelled','card','due','2026-11-23T12:00:00.000000+00:00',0,NULL,NULL,NULL,NULL,2,0,NULL,NULL,NULL,0);
CREATE TABLE drafts (
    key TEXT NOT NULL PRIMARY KEY CHECK (key <> ''),
    created_at TEXT NOT NULL CHECK (created_at GLOB '????-??-??T??:??:??.??????+00:00'),
    body TEXT NOT NULL CHECK (json_valid(body))
) STRICT
;
CREATE TABLE history (
    id INTEGER PRIMARY KEY,
    job_id TEXT NOT NULL REFERENCES jobs (id),
    at TEXT NOT NULL CHECK (at GLOB '????-??-??T??:??:??.??????+00:00'),
    from_state TEXT CHECK (from_state IN ('queued', 'submitting', 'rendering', 'parked',
                                          'completed', 'failed', 'cancelled')),
    to_state TEXT NOT NULL CHECK (to_state IN ('queued', 'submitting', 'rendering', 'parked',
                                               'completed', 'failed', 'cancelled')),
    why TEXT NOT NULL,
    who TEXT NOT NULL
) STRICT
;
INSERT INTO "history" VALUES(1,'queued','2026-11-23T12:00:00.000000+00:00',NULL,'queued','asked for','U0');
INSERT INTO "history" VALUES(2,'queued','2026-11-23T12:05:00.000000+00:00','queued','queued','as the test wants','bot');
INSERT INTO "history" VALUES(3,'submitting','2026-11-23T12:00:00.000000+00:00',NULL,'queued','asked for','U1');
INSERT INTO "history" VALUES(4,'submitting','2026-11-23T12:05:00.000000+00:00','queued','submitting','as the test wants','bot');
INSERT INTO "history" VALUES(5,'rendering','2026-11-23T12:00:00.000000+00:00',NULL,'queued','asked for','U2');
INSERT INTO "history" VALUES(6,'rendering','2026-11-23T12:05:00.000000+00:00','queued','rendering','as the test wants','bot');
INSERT INTO "history" VALUES(7,'parked','2026-11-23T12:00:00.000000+00:00',NULL,'queued','asked for','U3');
INSERT INTO "history" VALUES(8,'parked','2026-11-23T12:05:00.000000+00:00','queued','parked','as the test wants','bot');
INSERT INTO "history" VALUES(9,'completed','2026-11-23T12:00:00.000000+00:00',NULL,'queued','asked for','U4');
INSERT INTO "history" VALUES(10,'completed','2026-11-23T12:05:00.000000+00:00','queued','completed','as the test wants','bot');
INSERT INTO "history" VALUES(11,'failed','2026-11-23T12:00:00.000000+00:00',NULL,'queued','asked for','U5');
INSERT INTO "history" VALUES(12,'failed','2026-11-23T12:05:00.000000+00:00','queued','failed','as the test wants','bot');
INSERT INTO "history" VALUES(13,'cancelled','2026-11-23T12:00:00.000000+00:00',NULL,'queued','asked for','U6');
INSERT INTO "history" VALUES(14,'cancelled','2026-11-23T12:05:00.000000+00:00','queued','cancelled','as the test wants','bot');
CREATE TABLE homes (
    user_id TEXT NOT NULL PRIMARY KEY CHECK (user_id <> ''),
    page INTEGER NOT NULL DEFAULT 0 CHECK (page >= 0),
    rest_until TEXT NOT NULL CHECK (rest_until GLOB '????-??-??T??:??:??.??????+00:00'),
    due_at TEXT CHECK (due_at GLOB '????-??-??T??:??:??.??????+00:00')
) STRICT
;
CREATE TABLE jobs (
    id TEXT NOT NULL PRIMARY KEY CHECK (id <> ''),
    request_key TEXT NOT NULL UNIQUE,
    team_id TEXT NOT NULL,
    channel_id TEXT NOT NULL,
    thread_ts TEXT,
    requester_id TEXT NOT NULL,
    prompt TEXT NOT NULL,
    orientation TEXT NOT NULL CHECK (orientation IN ('landscape', 'portrait')),
    created_at TEXT NOT NULL CHECK (created_at GLOB '????-??-??T??:??:??.??????+00:00'),
    updated_at TEXT NOT NULL CHECK (updated_at GLOB '????-??-??T??:??:??.??????+00:00'),
    state TEXT NOT NULL CHECK (state IN ('queued', 'submitting', 'rendering', 'parked',
                                         'completed', 'failed', 'cancelled')),
    state_since TEXT CHECK (state_since GLOB '????-??-??T??:??:??.??????+00:00'),
    due_at TEXT CHECK (due_at GLOB '????-??-??T??:??:??.??????+00:00'),
    final_prompt TEXT,
    attempt_count INTEGER NOT NULL DEFAULT 0 CHECK (attempt_count >= 0),
    attempt_at TEXT CHECK (attempt_at GLOB '????-??-??T??:??:??.??????+00:00'),
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
    brief TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(brief)),
    locale TEXT NOT NULL DEFAULT '',
    version INTEGER NOT NULL DEFAULT 0 CHECK (version >= 0), sent_at TEXT CHECK (sent_at GLOB '????-??-??T??:??:??.??????+00:00'), wait_kind TEXT CHECK (wait_kind IN ('not_ready', 'unreachable')), wait_since TEXT CHECK (wait_since GLOB '????-??-??T??:??:??.??????+00:00'), watched_s REAL NOT NULL DEFAULT 0 CHECK (watched_s >= 0), sweep_at TEXT CHECK (sweep_at GLOB '????-??-??T??:??:??.??????+00:00'), sweep_count INTEGER NOT NULL DEFAULT 0 CHECK (sweep_count >= 0),
    CHECK (result_duration_s IS NULL OR coalesce(result_video_url, result_page_url) IS NOT NULL),
    CHECK ((failure_code IS NULL) = (failure_message IS NULL)),
    CHECK ((failure_code IS NULL) = (failure_hint IS NULL))
) STRICT
;
INSERT INTO "jobs" VALUES('queued','view-queued','T1','C0',NULL,'U0','Welcome our new colleagues in a minute.','landscape','2026-11-23T12:00:00.000000+00:00','2026-11-23T12:05:00.000000+00:00','queued','2026-11-23T12:05:00.000000+00:00','2026-11-23T12:05:00.000000+00:00',NULL,0,NULL,0,3,0,0,NULL,NULL,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'{"tone":"dry","length_s":90}','de-DE',1,NULL,'unreachable','2026-11-23T12:00:00.000000+00:00',0.0,NULL,0);
INSERT INTO "jobs" VALUES('submitting','view-submitting','T1','C1','17.1','U1','Welcome our new colleagues in a minute.','landscape','2026-11-23T12:00:00.000000+00:00','2026-11-23T12:05:00.000000+00:00','submitting','2026-11-23T12:05:00.000000+00:00','2026-11-23T12:05:00.000000+00:00','as sent',2,'2026-11-23T12:00:00.000000+00:00',1,0,0,0,NULL,NULL,0,'hash-submitting',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'{"tone":"dry","length_s":90}','de-DE',1,'2026-11-23T12:00:00.000000+00:00',NULL,NULL,0.0,NULL,0);
INSERT INTO "jobs" VALUES('rendering','view-rendering','T1','C2',NULL,'U2','Welcome our new colleagues in a minute.','landscape','2026-11-23T12:00:00.000000+00:00','2026-11-23T12:05:00.000000+00:00','rendering','2026-11-23T12:05:00.000000+00:00','2026-11-23T12:05:00.000000+00:00','as sent',2,NULL,0,2,1,1,'S-rendering','V-rendering',40,'hash-rendering',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'{"tone":"dry","length_s":90}','de-DE',1,'2026-11-23T12:00:00.000000+00:00',NULL,NULL,61.5,'2026-11-23T12:05:00.000000+00:00',1);
INSERT INTO "jobs" VALUES('parked','view-parked','T1','C3','17.1','U3','Welcome our new colleagues in a minute.','landscape','2026-11-23T12:00:00.000000+00:00','2026-11-23T12:05:00.000000+00:00','parked','2026-11-23T12:05:00.000000+00:00','2026-11-23T12:05:00.000000+00:00','as sent',2,'2026-11-23T12:00:00.000000+00:00',4,0,0,0,NULL,NULL,0,'hash-parked',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'{"tone":"dry","length_s":90}','de-DE',1,'2026-11-23T12:00:00.000000+00:00',NULL,NULL,0.0,NULL,0);
INSERT INTO "jobs" VALUES('completed','view-completed','T1','C4',NULL,'U4','Welcome our new colleagues in a minute.','landscape','2026-11-23T12:00:00.000000+00:00','2026-11-23T12:05:00.000000+00:00','completed','2026-11-23T12:05:00.000000+00:00',NULL,'as sent',2,NULL,0,0,0,0,'S-completed','V-completed',40,'hash-completed','https://files.test/v.mp4','https://page.test/v',12.5,NULL,NULL,NULL,NULL,NULL,NULL,'{"tone":"dry","length_s":90}','de-DE',1,'2026-11-23T12:00:00.000000+00:00',NULL,NULL,61.5,NULL,0);
INSERT INTO "jobs" VALUES('failed','view-failed','T1','C5','17.1','U5','Welcome our new colleagues in a minute.','landscape','2026-11-23T12:00:00.000000+00:00','2026-11-23T12:05:00.000000+00:00','failed','2026-11-23T12:05:00.000000+00:00',NULL,'as sent',2,NULL,0,0,0,0,'S-failed','V-failed',40,'hash-failed',NULL,NULL,NULL,NULL,NULL,'timed_out','"It took too long."','"Look again."',NULL,'{"tone":"dry","length_s":90}','de-DE',1,'2026-11-23T12:00:00.000000+00:00',NULL,NULL,61.5,NULL,0);
INSERT INTO "jobs" VALUES('cancelled','view-cancelled','T1','C6',NULL,'U6','Welcome our new colleagues in a minute.','landscape','2026-11-23T12:00:00.000000+00:00','2026-11-23T12:05:00.000000+00:00','cancelled','2026-11-23T12:05:00.000000+00:00','2026-11-23T12:05:00.000000+00:00','as sent',2,NULL,1,0,0,0,'S-cancelled','V-cancelled',40,'hash-cancelled',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'{"tone":"dry","length_s":90}','de-DE',1,'2026-11-23T12:00:00.000000+00:00',NULL,NULL,61.5,NULL,0);
CREATE TABLE sessions (
    session_id TEXT NOT NULL PRIMARY KEY CHECK (session_id <> ''),
    job_id TEXT NOT NULL REFERENCES jobs (id),
    at TEXT NOT NULL CHECK (at GLOB '????-??-??T??:??:??.??????+00:00')
) STRICT
;
INSERT INTO "sessions" VALUES('S-rendering','rendering','2026-11-23T12:05:00.000000+00:00');
INSERT INTO "sessions" VALUES('S-completed','completed','2026-11-23T12:05:00.000000+00:00');
INSERT INTO "sessions" VALUES('S-failed','failed','2026-11-23T12:05:00.000000+00:00');
INSERT INTO "sessions" VALUES('S-cancelled','cancelled','2026-11-23T12:05:00.000000+00:00');
CREATE UNIQUE INDEX "idx__sqlite_migrations_migration_set_name"
    ON "_sqlite_migrations" ("migration_set", "name");
CREATE INDEX jobs_queued ON jobs (created_at, id, requester_id, due_at) WHERE state = 'queued';
CREATE INDEX jobs_queued_of ON jobs (requester_id, created_at, id, due_at) WHERE state = 'queued';
CREATE INDEX jobs_running ON jobs (requester_id) WHERE state IN ('submitting', 'rendering');
CREATE INDEX jobs_due ON jobs (state, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX jobs_state ON jobs (state);
CREATE INDEX jobs_requester ON jobs (requester_id, created_at, id);
CREATE INDEX jobs_created ON jobs (created_at, id);
CREATE UNIQUE INDEX jobs_session ON jobs (session_id) WHERE session_id IS NOT NULL;
CREATE INDEX jobs_video ON jobs (video_id) WHERE video_id IS NOT NULL;
CREATE UNIQUE INDEX jobs_callback ON jobs (callback_token_hash) WHERE callback_token_hash IS NOT NULL;
CREATE INDEX sessions_job ON sessions (job_id);
CREATE INDEX deliveries_due ON deliveries (due_at) WHERE state = 'due';
CREATE INDEX deliveries_edits ON deliveries (due_at) WHERE state = 'posted' AND wanted > shown;
CREATE INDEX deliveries_posting ON deliveries (due_at) WHERE state = 'posting';
CREATE INDEX deliveries_files ON deliveries (due_at) WHERE kind IN ('file', 'captions', 'thumbnail') AND state IN ('due', 'posting');
CREATE INDEX history_job ON history (job_id);
CREATE INDEX drafts_created ON drafts (created_at);
CREATE INDEX homes_due ON homes (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX jobs_thread ON jobs (channel_id, thread_ts) WHERE thread_ts IS NOT NULL;
CREATE INDEX deliveries_cards ON deliveries (channel_id, message_ts) WHERE kind = 'card' AND message_ts IS NOT NULL;
CREATE INDEX jobs_sweep ON jobs (sweep_at) WHERE sweep_at IS NOT NULL;
COMMIT;
PRAGMA user_version=1;
