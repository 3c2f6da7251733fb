"""What only SQLite can get wrong: group commit, locks, full disks, opening, times."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlite_utils import Database

from bot.domain.delivery.notice import PostedMessage
from bot.domain.errors import AlreadyRunning, StoreUnavailable
from bot.domain.job.job import JobState
from bot.domain.job.progress import Change
from store import jobs, open_store
from store.rows import optional_time, time_text
from store.sqlite.database import SqliteDatabase
from store.sqlite.writer import Writer
from store.store import SqlStore
from tests.builders import NOON, a_job, an_attachment

T = TypeVar("T")

LATER = NOON + timedelta(minutes=1)
NEVER = NOON + timedelta(days=1)
TIME = "'2026-11-23T12:00:00.000000+00:00'"


@pytest.fixture
def store(sqlite_store: SqlStore) -> SqlStore:
    return sqlite_store


async def test_job_that_an_older_bot_left_on_hold_is_looked_for(tmp_path: Path) -> None:
    path = tmp_path / "bot.db"
    old = open_store(f"sqlite:///{path}")
    await old.jobs.add(a_job("p", state=JobState.PARKED), [])
    await old.close()
    with closing(sqlite3.connect(path)) as db:
        db.execute("DELETE FROM _sqlite_migrations WHERE name = 'm0004_look_at_parked_jobs'")
        db.commit()

    store = open_store(f"sqlite:///{path}")

    assert await store.jobs.next_due_at(JobState.PARKED) == NOON
    await store.close()


# One writer, committing together


async def test_changes_at_once_are_committed_together(
    store: SqlStore, database: SqliteDatabase
) -> None:
    before = database.writer.commit_count

    await asyncio.gather(*(store.jobs.add(a_job(f"job-{n}"), []) for n in range(200)))

    assert len(await store.jobs.recent(999)) == 200
    assert database.writer.commit_count - before <= 20


async def test_change_that_fails_does_not_spoil_those_beside_it(
    store: SqlStore, database: SqliteDatabase
) -> None:
    def write_then_fail(db: sqlite3.Connection) -> None:
        jobs.add(db, a_job("spoilt"), [])
        raise LookupError("mine alone")

    answers = await asyncio.gather(
        store.jobs.add(a_job("job-1"), []),
        database.writer.run(write_then_fail),
        store.jobs.add(a_job("job-2", progress=200), []),
        store.jobs.add(a_job("job-3"), []),
        return_exceptions=True,
    )

    assert [type(answer) for answer in answers] == [tuple, LookupError, StoreUnavailable, tuple]
    assert {job.id for job in await store.jobs.recent(9)} == {"job-1", "job-3"}


class HeldUp:
    """A writer that has begun each transaction and goes on only when it is told to."""

    def __init__(self, path: Path, loop_within_s: float = 60.0) -> None:
        self._begun, self._may_go_on = threading.Event(), threading.Event()
        self.fault: Exception | None = None  # raised once, instead of going on
        self.begun_count = 0
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE notes (note TEXT)")
        self.writer = Writer(Database(connection), "held-up", self._hold_up, loop_within_s)

    def _hold_up(self, connection: sqlite3.Connection) -> None:
        self.begun_count += 1
        self._begun.set()
        assert self._may_go_on.wait(5)
        if self.fault is not None:
            fault, self.fault = self.fault, None
            raise fault

    async def begin(self, asking: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Ask for this; returns once its transaction has begun."""
        task = asyncio.create_task(asking)
        assert await asyncio.to_thread(self._begun.wait, 5)
        return task

    def go_on(self) -> None:
        self._may_go_on.set()


class StandingLoop(asyncio.SelectorEventLoop):
    """Tells when another thread has handed it something to do."""

    def __init__(self) -> None:
        super().__init__()
        self.was_handed_work = threading.Event()

    def call_soon_threadsafe(self, *work: Any, **how: Any) -> asyncio.Handle:
        handle = super().call_soon_threadsafe(*work, **how)
        self.was_handed_work.set()
        return handle


def note(db: sqlite3.Connection, text: str) -> None:
    db.execute("INSERT INTO notes VALUES (?)", (text,))


def notes(db: sqlite3.Connection) -> list[str]:
    return [row[0] for row in db.execute("SELECT note FROM notes ORDER BY rowid")]


@pytest.fixture
async def held_up(tmp_path: Path) -> AsyncIterator[HeldUp]:
    held_up = HeldUp(tmp_path / "held-up.db")
    yield held_up
    held_up.go_on()
    await held_up.writer.close()


async def test_changes_asked_for_after_the_beginning_come_along(held_up: HeldUp) -> None:
    writer = held_up.writer
    first = await held_up.begin(writer.run(note, "first"))
    later = [asyncio.create_task(writer.run(note, f"{n}")) for n in range(3)]
    await asyncio.sleep(0)
    held_up.go_on()

    await asyncio.gather(first, *later)

    assert writer.commit_count == 1
    assert await writer.run(notes) == ["first", "0", "1", "2"]


async def test_what_needs_a_flush_does_not_come_along_without_one(held_up: HeldUp) -> None:
    writer = held_up.writer
    first = await held_up.begin(writer.run_unflushed(pragma, "synchronous"))
    later = [
        asyncio.create_task(writer.run_unflushed(pragma, "synchronous")),
        asyncio.create_task(writer.run(pragma, "synchronous")),
    ]
    await asyncio.sleep(0)
    held_up.go_on()

    assert await asyncio.gather(first, *later) == [NORMAL, NORMAL, FULL]
    assert writer.commit_count == 2


async def test_all_that_wait_while_the_database_refuses_are_told_together(held_up: HeldUp) -> None:
    """One after the other, the last of many would be made long after its person was told no."""
    writer = held_up.writer
    first = await held_up.begin(writer.run_unflushed(note, "first"))
    later = [asyncio.create_task(writer.run(note, f"{n}")) for n in range(9)]
    await asyncio.sleep(0)
    held_up.fault = sqlite3.OperationalError("database is locked")
    held_up.go_on()

    told = await asyncio.gather(first, *later, return_exceptions=True)

    assert {type(error) for error in told} == {StoreUnavailable}
    assert held_up.begun_count == 1
    assert await writer.run(notes) == []


@pytest.mark.parametrize("is_closed", [True, False], ids=["closed", "closed_later"])
async def test_change_is_made_though_its_loop_takes_no_more_turns(
    held_up: HeldUp, is_closed: bool
) -> None:
    writer = held_up.writer

    def ask_and_leave() -> None:
        loop = StandingLoop()
        asking = loop.create_task(writer.run(note, "left behind"))
        loop.run_until_complete(asyncio.sleep(0))
        asking.cancel()
        if is_closed:  # before the thread wants to hand it over; else after that
            loop.close()
        held_up.go_on()
        if not is_closed:
            assert loop.was_handed_work.wait(5)
            loop.close()

    await asyncio.to_thread(ask_and_leave)

    assert await writer.run(notes) == ["left behind"]


async def test_change_is_made_in_the_loop_of_who_asks_not_beside_it(held_up: HeldUp) -> None:
    held_up.go_on()

    assert await held_up.writer.run(lambda db: threading.get_ident()) == threading.get_ident()


async def test_loop_that_takes_no_turn_is_not_waited_for_and_its_change_never_made(
    tmp_path: Path,
) -> None:
    held_up = HeldUp(tmp_path / "held-up.db", loop_within_s=2.0)
    writer, loop = held_up.writer, asyncio.new_event_loop()
    asking = loop.create_task(writer.run(note, "of a loop that stands"))
    await asyncio.to_thread(loop.run_until_complete, asyncio.sleep(0))
    held_up.go_on()

    assert await writer.run(notes) == []

    with pytest.raises(StoreUnavailable):
        await asyncio.to_thread(loop.run_until_complete, asking)
    loop.close()
    assert await writer.run(notes) == []
    await writer.close()


async def test_what_ends_the_loop_undoes_its_transaction_once_and_for_all(held_up: HeldUp) -> None:
    writer = held_up.writer

    def end_the_loop(db: sqlite3.Connection) -> None:
        note(db, "half made")
        raise KeyboardInterrupt

    def ask_twice() -> None:
        loop = asyncio.new_event_loop()
        tasks = [
            loop.create_task(writer.run(note, "joined")),
            loop.create_task(writer.run(end_the_loop)),
        ]
        loop.call_soon(held_up.go_on)  # when both have asked
        with pytest.raises(KeyboardInterrupt):
            loop.run_until_complete(asyncio.wait(tasks))
        told = loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        assert {type(error) for error in told} == {StoreUnavailable}
        loop.close()

    await asyncio.to_thread(ask_twice)

    assert await writer.run(notes) == []


async def test_writer_outlives_whatever_its_check_raises(held_up: HeldUp) -> None:
    held_up.fault = MemoryError("of the check")
    held_up.go_on()

    with pytest.raises(MemoryError):
        await held_up.writer.run(note, "refused")

    assert await held_up.writer.run(notes) == []


async def test_caller_that_gives_up_harms_nobody(store: SqlStore) -> None:
    given_up = asyncio.ensure_future(store.jobs.add(a_job("job-1"), []))
    await asyncio.sleep(0)  # let it hand its change over
    given_up.cancel()

    await store.jobs.add(a_job("job-2"), [])

    assert await store.jobs.get("job-2") is not None


def write_calls(store: SqlStore) -> dict[str, Callable[[], object]]:
    card = "job-1.card"
    return {
        "add_job": lambda: store.jobs.add(a_job("job-2"), []),
        "save_attachment": lambda: store.jobs.save_attachment(
            "job-1", 0, an_attachment(text="t"), NOON
        ),
        "save": lambda: store.jobs.save(Change(a_job(), "why"), who="x"),
        "claim": lambda: store.jobs.claim_next(
            NOON, limit_running=3, lease_until=LATER, horizon=NEVER
        ),
        "release_claims": lambda: store.jobs.release_claims(NOON),
        "make_due": lambda: store.jobs.make_due("job-1", NOON),
        "mark_posting": lambda: store.deliveries.mark_posting(card, NOON),
        "mark_posted": lambda: store.deliveries.mark_posted(card, PostedMessage("C", "1"), NOON),
        "postpone_delivery": lambda: store.deliveries.postpone(card, LATER),
        "drop_delivery": lambda: store.deliveries.drop(card, "why", NOON),
        "mark_shown": lambda: store.deliveries.mark_shown(card, 1, NOON),
        "postpone_edit": lambda: store.deliveries.postpone_edit(card, LATER),
        "refresh_cards": lambda: store.deliveries.refresh_cards(NOON, JobState.QUEUED),
    }


async def test_start_waits_for_another_program_that_writes(path: Path) -> None:
    await SqliteDatabase.open(path).close()
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        threading.Timer(0.3, lambda: other.execute("COMMIT")).start()

        store = SqlStore(SqliteDatabase.open(path, busy_timeout_s=0.01, open_within_s=10))

        assert await store.jobs.add(a_job(), []) == (a_job(), True)
        other.execute("BEGIN IMMEDIATE")
        began = time.perf_counter()
        with pytest.raises(StoreUnavailable):
            await store.jobs.add(a_job("job-2"), [])
        assert time.perf_counter() - began < 5, "a running bot waits as long as it was told"
        other.execute("ROLLBACK")
    await store.close()


async def test_start_that_waits_in_vain_says_what_to_do(path: Path) -> None:
    await SqliteDatabase.open(path).close()
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")

        with pytest.raises(StoreUnavailable, match="another program is writing to it") as refused:
            SqliteDatabase.open(path, open_within_s=0.01)

    assert "start the video bot again" in refused.value.hint
    await SqliteDatabase.open(path).close()


async def test_locked_database_refuses_every_change_and_still_answers(
    store: SqlStore, connection: sqlite3.Connection
) -> None:
    before = list(connection.iterdump())
    connection.execute("BEGIN EXCLUSIVE")

    answers = await asyncio.gather(
        *(call() for call in write_calls(store).values()), return_exceptions=True
    )
    found = await store.jobs.get("job-1")
    connection.execute("ROLLBACK")

    assert {type(answer) for answer in answers} == {StoreUnavailable}
    assert isinstance(answers[0].__cause__, sqlite3.OperationalError)
    assert found is not None
    assert list(connection.iterdump()) == before
    assert await store.jobs.add(a_job("job-2"), []) == (a_job("job-2"), True)


async def test_full_disk_refuses_the_change_and_keeps_what_is_there(
    store: SqlStore, database: SqliteDatabase, connection: sqlite3.Connection
) -> None:
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    await database.writer.run(set_page_limit, pages)
    long = "x" * 100_000

    answers = await asyncio.gather(
        *(store.jobs.add(a_job(f"long-{n}", prompt=long), []) for n in range(3)),
        return_exceptions=True,
    )

    assert {type(answer) for answer in answers} == {StoreUnavailable}
    assert [job.id for job in await store.jobs.recent(9)] == ["job-1"]
    await database.writer.run(set_page_limit, pages + 1_000)
    assert (await store.jobs.add(a_job("after", prompt=long), []))[1]
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def set_page_limit(db: sqlite3.Connection, pages: int) -> None:
    db.execute(f"PRAGMA max_page_count = {pages}")


def pragma(db: sqlite3.Connection, name: str) -> object:
    return db.execute(f"PRAGMA {name}").fetchone()[0]


async def test_log_is_written_ahead_and_foreign_keys_hold(
    database: SqliteDatabase,
) -> None:
    found = [await database.writer.run(pragma, name) for name in ("journal_mode", "foreign_keys")]

    assert found == ["wal", 1]


FULL, NORMAL = 2, 1  # PRAGMA synchronous


async def test_commit_is_flushed_to_the_disk_unless_asked_otherwise(
    database: SqliteDatabase,
) -> None:
    levels = [
        await database.writer.run(pragma, "synchronous"),
        await database.writer.run_unflushed(pragma, "synchronous"),
        await database.writer.run(pragma, "synchronous"),
    ]

    assert levels == [FULL, NORMAL, FULL]


async def test_one_flushed_change_flushes_all_it_is_committed_with(held_up: HeldUp) -> None:
    first = await held_up.begin(held_up.writer.run(pragma, "synchronous"))
    second = asyncio.create_task(held_up.writer.run_unflushed(pragma, "synchronous"))
    await asyncio.sleep(0)
    held_up.go_on()

    assert await asyncio.gather(first, second) == [FULL, FULL]
    assert held_up.writer.commit_count == 1


@pytest.mark.parametrize(
    ("write", "expected"),
    [
        pytest.param(lambda s: s.jobs.add(a_job("new"), []), FULL, id="add_job"),
        pytest.param(
            lambda s: s.deliveries.mark_posting("job-1.card", NOON), FULL, id="mark_posting"
        ),
        pytest.param(
            lambda s: s.jobs.save_attachment("job-1", 0, an_attachment(), NOON),
            FULL,
            id="save_attachment",
        ),
        pytest.param(lambda s: s.jobs.save(Change(a_job(), "x"), who="bot"), FULL, id="save"),
        pytest.param(
            lambda s: s.jobs.save(Change(a_job(), "x", is_lasting=False), who="bot"),
            NORMAL,
            id="save of what can be asked again",
        ),
        pytest.param(
            lambda s: s.deliveries.mark_shown("job-1.card", 1, NOON), NORMAL, id="mark_shown"
        ),
    ],
)
async def test_what_could_be_paid_or_posted_twice_outlives_a_power_cut(
    store: SqlStore,
    database: SqliteDatabase,
    write: Callable[[SqlStore], Awaitable[object]],
    expected: int,
) -> None:
    await database.writer.run_unflushed(jobs.add, a_job(), [])
    await write(store)

    assert database.writer.level == expected


async def test_reading_connection_cannot_write(store: SqlStore, database: SqliteDatabase) -> None:
    with pytest.raises(StoreUnavailable):
        database.reader.ask(jobs.add, a_job(), [])


# Opening


async def test_second_opener_is_told_who_holds_the_database(store: SqlStore, path: Path) -> None:
    with pytest.raises(AlreadyRunning, match=rf"pid {os.getpid()} on .+ since \d{{4}}-"):
        open_store(f"sqlite:///{path}")


async def test_looking_in_needs_no_lock(store: SqlStore, path: Path) -> None:
    await store.jobs.add(a_job(), [])

    beside = open_store(f"sqlite:///{path}", exclusive=False)

    assert await beside.jobs.get("job-1") == a_job()
    await beside.close()


async def test_lock_is_free_after_close(path: Path) -> None:
    for _ in range(2):
        store = open_store(f"sqlite:///{path}")
        await store.close()


HOLDER = """
import sys, time
from pathlib import Path
from store.sqlite.lock_file import LockFile
LockFile.take(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def holder(path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the lock."""
    command = [sys.executable, "-c", HOLDER, str(path)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


async def test_lock_of_a_killed_process_is_free_again(
    holder: subprocess.Popen[str], path: Path
) -> None:
    with pytest.raises(AlreadyRunning, match=f"pid {holder.pid} "):
        open_store(f"sqlite:///{path}")

    holder.kill()
    holder.wait()

    await open_store(f"sqlite:///{path}").close()


def contents_of(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as opened:
        return list(opened.iterdump())


async def test_opening_an_existing_database_changes_nothing_in_it(path: Path) -> None:
    first = open_store(f"sqlite:///{path}")
    await first.jobs.add(a_job(), [an_attachment()])
    await first.close()
    before = contents_of(path)

    await open_store(f"sqlite:///{path}").close()

    assert contents_of(path) == before


def link_to(path: Path) -> Path:
    link = path.with_name("link.db")
    link.symlink_to(path)
    return link


def hard_link_to(path: Path) -> Path:
    link = path.with_name("hard.db")
    link.hardlink_to(path)
    return link


def without_lock_file(path: Path) -> Path:
    path.with_name(f"{path.name}.lock").unlink()
    return path


@pytest.mark.parametrize("way", [link_to, hard_link_to, without_lock_file])
async def test_no_other_way_to_the_database_leads_past_the_lock(
    holder: subprocess.Popen[str], path: Path, way: Callable[[Path], Path]
) -> None:
    other = way(path)

    with pytest.raises(AlreadyRunning, match="Another video bot is already running"):
        open_store(f"sqlite:///{other}")

    holder.kill()
    holder.wait()
    await open_store(f"sqlite:///{other}").close()


def move(path: Path) -> None:
    path.rename(path.with_name("moved.db"))


def replace_by_a_copy(path: Path) -> None:
    shutil.copy(path, path.with_name("copy.db"))
    path.with_name("copy.db").replace(path)


def take_over(path: Path) -> None:
    """As another bot would whom the locks did not stop."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        epoch = other.execute("PRAGMA user_version").fetchone()[0]
        other.execute(f"PRAGMA user_version = {epoch + 1}")


@pytest.mark.parametrize("lose", [move, Path.unlink, replace_by_a_copy, take_over])
async def test_bot_that_lost_its_database_is_told_and_writes_nothing(
    path: Path, lose: Callable[[Path], None]
) -> None:
    lost = threading.Event()
    store = open_store(f"sqlite:///{path}", on_lost=lost.set)
    await store.jobs.add(a_job("job-1"), [])

    lose(path)

    with pytest.raises(StoreUnavailable):
        await store.jobs.add(a_job("job-2"), [])
    assert lost.is_set()
    await store.close()
    for left in path.parent.glob("*.db"):
        assert "job-2" not in "".join(contents_of(left))


async def test_job_commands_write_beside_a_bot_that_keeps_its_database(
    store: SqlStore, path: Path
) -> None:
    beside = open_store(f"sqlite:///{path}", exclusive=False)
    await beside.jobs.add(a_job("job-1"), [])
    await beside.close()

    assert (await store.jobs.add(a_job("job-2"), []))[1]


async def test_only_the_owner_may_read_what_is_written(path: Path) -> None:
    usual = os.umask(0o022)
    try:
        await open_store(f"sqlite:///{path}").close()
        for file in path.parent.iterdir():  # as a former release left them
            file.chmod(0o644)
        store = open_store(f"sqlite:///{path}")
        await store.jobs.add(a_job(), [])
        modes = {file.name: oct(file.stat().st_mode & 0o777) for file in path.parent.iterdir()}
        await store.close()
    finally:
        os.umask(usual)

    names = ("video-bot.db", "video-bot.db-shm", "video-bot.db-wal", "video-bot.db.lock")
    assert modes == dict.fromkeys(names, "0o600")


async def test_release_reads_a_database_that_a_later_release_added_to(
    store: SqlStore, connection: sqlite3.Connection
) -> None:
    connection.execute("ALTER TABLE jobs ADD COLUMN mood TEXT NOT NULL DEFAULT 'good'")
    connection.execute("ALTER TABLE deliveries ADD COLUMN weight INTEGER")

    assert (await store.jobs.add(a_job("job-2"), []))[1]
    assert await store.jobs.get("job-2") == a_job("job-2")
    assert len(await store.deliveries.of("job-2")) == 1


@pytest.mark.parametrize("fault", ["no-folder", "not-a-database"])
def test_database_that_cannot_be_opened_is_named(tmp_path: Path, fault: str) -> None:
    path = tmp_path / "missing" / "x.db" if fault == "no-folder" else tmp_path / "x.db"
    if fault == "not-a-database":
        path.write_bytes(b"something else" * 100)

    with pytest.raises(StoreUnavailable, match=re.escape(str(path))):
        open_store(f"sqlite:///{path}")


@pytest.mark.parametrize(
    "url",
    ["", "sqlite://", "sqlite:///", "sqlite:///:memory:", "mysql://u:secret@h/db", "x.db"],
)
def test_url_that_names_no_file_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(ValueError, match="DATABASE_URL must name a file") as refused:
        open_store(url)

    assert "secret" not in str(refused.value)


async def test_relative_url_is_a_file_in_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    await open_store("sqlite:///odd name?#%.db").close()

    assert (tmp_path / "odd name?#%.db").exists()


# Times


AWARE = st.datetimes(
    min_value=(NOON - timedelta(days=13_000)).replace(tzinfo=None),
    max_value=(NOON + timedelta(days=60_000)).replace(tzinfo=None),
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=-7)), timezone(timedelta(hours=5.5))]),
)


@given(AWARE, AWARE)
def test_times_come_back_and_sort_as_text(one: datetime, other: datetime) -> None:
    assert optional_time(time_text(one)) == one
    assert len(time_text(one)) == 32
    assert (time_text(one) < time_text(other)) == (one < other)


def test_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        time_text(NOON.replace(tzinfo=None))


async def test_microseconds_survive(store: SqlStore) -> None:
    job = replace(a_job(), due_at=NOON + timedelta(microseconds=123_456))

    await store.jobs.add(job, [])

    assert await store.jobs.get("job-1") == job


# Locks by name


async def test_lock_has_one_holder_and_another_name_is_another_lock(store: SqlStore) -> None:
    order: list[str] = []

    async def hold(name: str, who: str) -> None:
        async with store.lock(name):
            order.append(f"{who} in")
            await asyncio.sleep(0)
            await store.leases.read("any")
            order.append(f"{who} out")

    async with store.lock("elsewhere"):
        await asyncio.gather(hold("token", "first"), hold("token", "second"))

    assert order == ["first in", "first out", "second in", "second out"]


async def test_lock_of_one_that_failed_is_free_again(store: SqlStore) -> None:
    with pytest.raises(LookupError):
        async with store.lock("token"):
            raise LookupError

    async with asyncio.timeout(1), store.of_workspace("T1", "").lock("token"):
        pass


# What was deleted


async def test_log_that_somebody_reads_is_emptied_the_next_time(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("store.sqlite.database.BUSY_TIMEOUT_S", 0.02)
    database = SqliteDatabase.open(path, wipes=True)
    log = path.with_name(f"{path.name}-wal")
    await SqlStore(database).jobs.add(a_job(), [])
    with closing(sqlite3.connect(path, isolation_level=None)) as reading:
        reading.execute("BEGIN")
        reading.execute("SELECT * FROM jobs").fetchall()
        await SqlStore(database).jobs.add(a_job("job-2"), [])
        await database.wipe("jobs")
        assert log.stat().st_size

    await database.wipe("jobs")

    assert log.stat().st_size == 0
    assert len(await SqlStore(database).jobs.recent(9)) == 2
    await database.close()


async def test_database_that_is_gone_is_not_wiped_and_nobody_is_kept_from_going_on(
    path: Path,
) -> None:
    database = SqliteDatabase.open(path, wipes=True)
    for file in _files(path):
        file.unlink()

    await database.wipe("jobs")

    assert _files(path) == []
    await database.close()


def _files(path: Path) -> list[Path]:
    """Of the database itself; the lock is another's."""
    return [file for file in path.parent.glob(f"{path.name}*") if not file.name.endswith("lock")]
