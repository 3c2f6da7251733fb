"""SqliteJobStore: the JobStore on one SQLite file, one method per question the workflow asks."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

from sqlite_utils import Database

from bot.domain.delivery.delivery import Delivery, DeliveryKind, DeliveryState
from bot.domain.errors import StoreUnavailable
from bot.domain.job.job import Job, JobState
from bot.domain.job.progress import Change
from bot.domain.job.story import HistoryLine
from bot.domain.ports import Owed, PostedMessage
from bot.domain.request.video_request import Attachment
from store import deliveries, job_changes, job_questions
from store.catalogue import SqliteCatalogue
from store.drafts import SqliteDrafts
from store.homes import SqliteHomes
from store.lock_file import LockFile
from store.migrations import migrate
from store.reader import Reader
from store.writer import WriterThread

READ_TIMEOUT_S = 0.1  # readers do not wait in WAL mode, but for a recovery by another process
# How long a change waits for another process that writes (`video-bot jobs`). Under Slack's 3 s for
# an ack, so that a form is told that its request could not be saved.
BUSY_TIMEOUT_S = 2.0
_WRITER_CACHE_KB = 500  # the usual 2 MB would be filled by one list of 5,000 voices, and stay so
_WAL_PAGES = 1_000  # the log is folded into the database every 4 MB, within a few milliseconds


class SqliteJobStore:
    """Changes go to one writer thread and are on disk when awaited; reads never wait for them."""

    def __init__(self, writer: WriterThread, reader: Reader, lock: LockFile | None) -> None:
        self.writer = writer
        self.reader = reader
        self._lock = lock
        self.drafts = SqliteDrafts(writer, reader)
        self.catalogue = SqliteCatalogue(writer, reader)
        self.homes = SqliteHomes(writer, reader)

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        exclusive: bool = True,
        busy_timeout_s: float = BUSY_TIMEOUT_S,
        on_lost: Callable[[], None] = lambda: None,
    ) -> SqliteJobStore:
        """Take the lock (if exclusive), open, migrate, start the writer.

        `on_lost` is called in the writer's thread when the database is no longer ours; nothing
        is written any more then.
        """
        with ExitStack() as undo:
            try:
                lock = LockFile.take(path) if exclusive else None
                if lock is not None:
                    undo.callback(lock.release)
                # Who only looks in makes no database: a wrong path would show an empty one.
                writing = _connect(path, "rwc" if exclusive else "rw", busy_timeout_s)
                undo.callback(writing.close)
                _prepare(writing)
                check = _ownership(writing, lock, on_lost) if lock else _anybody
                reading = _connect(path, "ro", min(busy_timeout_s, READ_TIMEOUT_S))
            except (OSError, sqlite3.Error) as error:
                raise _cannot_open(path, error) from error
            undo.pop_all()
        return cls(WriterThread(writing, "store-writer", check), Reader(reading), lock)

    async def close(self) -> None:
        """Finish what was asked for, close the file, let go of the lock. Twice is harmless."""
        self.reader.close()
        await self.writer.close()
        if self._lock is not None:
            self._lock.release()

    # Jobs: changes

    async def add_job(
        self, job: Job, attachments: Sequence[Attachment], *, who: str | None = None
    ) -> tuple[Job, bool]:
        return await self.writer.run(job_changes.add_job, job, attachments, who)

    async def save_attachment(
        self, job_id: str, position: int, attachment: Attachment, now: datetime
    ) -> None:
        await self.writer.run(job_changes.save_attachment, job_id, position, attachment, now)

    async def save(self, change: Change, *, who: str) -> bool:
        run = self.writer.run if change.is_lasting else self.writer.run_unflushed
        return await run(job_changes.save, change, who)

    async def reschedule(self, changes: Sequence[Change]) -> None:
        await self.writer.run_unflushed(job_changes.reschedule, changes)

    async def claim_next_queued(
        self, now: datetime, *, limit_running: int, lease_until: datetime, horizon: datetime
    ) -> Job | None:
        if not self.reader.ask(job_changes.next_to_claim, now, limit_running, horizon):
            return None  # mostly: the writer is not kept busy with finding that out
        return await self.writer.run_unflushed(
            job_changes.claim_next_queued, now, limit_running, lease_until, horizon
        )

    async def release_leases(self, now: datetime) -> int:
        return await self.writer.run_unflushed(job_changes.release_leases, now)

    async def make_due(self, job_id: str, now: datetime) -> None:
        await self.writer.run_unflushed(job_changes.make_due, job_id, now)

    # Jobs: questions

    async def get_job(self, job_id: str) -> Job | None:
        return self.reader.ask(job_questions.get_job, job_id)

    async def attachments_of(self, job_id: str) -> list[Attachment]:
        return self.reader.ask(job_questions.attachments_of, job_id)

    async def due_jobs(
        self, state: JobState, now: datetime, limit: int, *, horizon: datetime
    ) -> list[Job]:
        return self.reader.ask(job_questions.due_jobs, state, now, limit, horizon)

    async def due_sweeps(self, now: datetime, limit: int, *, horizon: datetime) -> list[Job]:
        return self.reader.ask(job_questions.due_sweeps, now, limit, horizon)

    async def next_sweep_at(self, after: datetime) -> datetime | None:
        return self.reader.ask(job_questions.next_sweep_at, after)

    async def next_due_at(
        self, *states: JobState, after: datetime | None = None
    ) -> datetime | None:
        return self.reader.ask(job_questions.next_due_at, states, after)

    async def job_by_callback_token_hash(self, token_hash: str) -> Job | None:
        return self.reader.ask(job_questions.job_by_callback_token_hash, token_hash)

    async def jobs_by_heygen_id(self, *, session_id: str, video_id: str) -> list[Job]:
        return self.reader.ask(job_questions.jobs_by_heygen_id, session_id, video_id)

    async def known_sessions(self, session_ids: Sequence[str]) -> set[str]:
        return self.reader.ask(job_questions.known_sessions, session_ids)

    async def jobs_of(self, requester_id: str, limit: int, *, offset: int = 0) -> list[Job]:
        return self.reader.ask(job_questions.jobs_of, requester_id, limit, offset)

    async def job_of_thread(self, channel_id: str, thread_ts: str) -> Job | None:
        return self.reader.ask(job_questions.job_of_thread, channel_id, thread_ts)

    async def recent_jobs(self, limit: int, state: JobState | None = None) -> list[Job]:
        return self.reader.ask(job_questions.recent_jobs, limit, state)

    async def place_in_queue(self, job: Job) -> int | None:
        return self.reader.ask(job_questions.place_in_queue, job.id)

    async def count_by_state(self) -> dict[JobState, int]:
        return self.reader.ask(job_questions.count_by_state)

    async def history_of(self, job_id: str) -> list[HistoryLine]:
        return self.reader.ask(job_questions.history_of, job_id)

    # Deliveries

    async def deliveries_of(self, job_id: str) -> list[Delivery]:
        return self.reader.ask(deliveries.deliveries_of, job_id)

    async def due_deliveries(
        self, now: datetime, limit: int, *, has_edits: bool = True, has_looks: bool = True
    ) -> list[Delivery]:
        return self.reader.ask(deliveries.due_deliveries, now, limit, has_edits, has_looks)

    async def next_delivery_at(
        self, *, has_edits: bool = True, has_looks: bool = True
    ) -> datetime | None:
        return self.reader.ask(deliveries.next_delivery_at, has_edits, has_looks)

    async def owed(self, delivery_id: str) -> Owed | None:
        return self.reader.ask(deliveries.owed, delivery_id)

    async def mark_posting(self, delivery_id: str, now: datetime) -> bool:
        return await self.writer.run(deliveries.mark_posting, delivery_id, now)

    async def mark_posted(self, delivery_id: str, message: PostedMessage, now: datetime) -> None:
        await self.writer.run_unflushed(deliveries.mark_posted, delivery_id, message, now)

    async def postpone_delivery(
        self,
        delivery_id: str,
        until: datetime,
        *,
        state: DeliveryState = DeliveryState.DUE,
        detour: str | None = None,
        is_try: bool = True,
        is_look: bool = False,
    ) -> None:
        await self.writer.run_unflushed(
            deliveries.postpone, delivery_id, until, state, detour, is_try, is_look
        )

    async def post_again(
        self, delivery_id: str, now: datetime, *, thread_ts: str | None = None
    ) -> None:
        await self.writer.run(deliveries.post_again, delivery_id, now, thread_ts)

    async def due_files(self, now: datetime, limit: int) -> list[Delivery]:
        return self.reader.ask(deliveries.due_files, now, limit)

    async def next_file_at(self, after: datetime) -> datetime | None:
        return self.reader.ask(deliveries.next_file_at, after)

    async def keep_upload(self, delivery_id: str, file_id: str | None) -> None:
        await self.writer.run(deliveries.keep_upload, delivery_id, file_id)

    async def mark_shared(self, delivery_id: str, channel_id: str, now: datetime) -> None:
        await self.writer.run_unflushed(deliveries.mark_shared, delivery_id, channel_id, now)

    async def drop_delivery(
        self, delivery_id: str, why: str, now: datetime, *, instead: DeliveryKind | None = None
    ) -> None:
        await self.writer.run(deliveries.drop, delivery_id, why, now, instead)

    async def mark_shown(self, delivery_id: str, shown: int, now: datetime) -> None:
        await self.writer.run_unflushed(deliveries.mark_shown, delivery_id, shown, now)

    async def postpone_edit(self, delivery_id: str, until: datetime) -> None:
        await self.writer.run_unflushed(deliveries.postpone_edit, delivery_id, until)

    async def wish_cards(self, now: datetime, *states: JobState) -> None:
        await self.writer.run_unflushed(deliveries.wish_cards, now, states)


def _connect(path: Path, mode: str, busy_timeout_s: float) -> Database:
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}",
        uri=True,
        timeout=busy_timeout_s,
        isolation_level=None,  # transactions begin and end where we say so
        check_same_thread=False,  # opened here, then handed to its thread for good
    )
    return Database(connection, execute_plugins=False)


def _prepare(db: Database) -> None:
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA foreign_keys = ON")
    db.execute(f"PRAGMA cache_size = -{_WRITER_CACHE_KB}")
    db.execute(f"PRAGMA wal_autocheckpoint = {_WAL_PAGES}")
    deliveries.add_functions(db.conn)
    migrate(db)


def _ownership(
    db: Database, lock: LockFile, on_lost: Callable[[], None]
) -> Callable[[sqlite3.Connection], None]:
    """What the writer asks in each transaction: whether the database is still this process's.

    Each owner counts the file's user_version up by one. Should a lock not hold (a file system
    without locks, a file that was moved and another one put in its place), the former owner
    finds out before it writes, and so before it pays for anything.
    """
    db.execute("BEGIN IMMEDIATE")
    epoch = db.execute("PRAGMA user_version").fetchone()[0] + 1
    db.execute(f"PRAGMA user_version = {epoch}")
    db.execute("COMMIT")

    def check(connection: sqlite3.Connection) -> None:
        (now,) = connection.execute("PRAGMA user_version").fetchone()
        if now != epoch or not lock.is_still_there():
            on_lost()
            raise sqlite3.OperationalError("the database is no longer this process's")

    return check


def _anybody(connection: sqlite3.Connection) -> None:
    """Who writes beside a running bot owns nothing."""


def _cannot_open(path: Path, error: Exception) -> StoreUnavailable:
    return StoreUnavailable(
        f"The database {path} cannot be opened: {error}.",
        hint="Check DATABASE_URL: its folder must exist and be writable for the video bot.",
    )
