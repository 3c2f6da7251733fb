"""A SQLite database moved to PostgreSQL: all of it, once, and never worked on in both."""

from __future__ import annotations

import asyncio
import inspect
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import psycopg
import pytest

from bot.domain.errors import AlreadyRunning, StoreUnavailable
from bot.domain.job.job import JobState
from bot.domain.job.progress import Change
from bot.domain.ports import store as port
from bot.domain.ports.store import Store
from store import move_to_postgres, open_store
from store.move import NOT_COPIED, TABLES, Move
from tests.builders import a_job, an_attachment, changed
from tests.empty_database import write_empty_database
from tests.store.full_database import (
    LATER,
    LONG,
    NEVER,
    WORDS,
    all_readings,
    fill,
    fill_workspaces,
    job_readings,
    other_readings,
    states_of_deliveries,
)
from tests.store.test_migrations import OLD
from tests.store.workspaces import NEW_KEY, an_installation

JOB_IDS = [f"job-{state.value}" for state in JobState]
# Of the port: what changes something. Leases are each database's own.
CHANGES = """
jobs.add jobs.save_attachment jobs.save jobs.reschedule jobs.claim_next jobs.release_claims
jobs.make_due
deliveries.mark_posting deliveries.mark_posted deliveries.postpone deliveries.post_again
deliveries.keep_upload deliveries.mark_shared deliveries.drop deliveries.mark_shown
deliveries.postpone_edit deliveries.refresh_cards
drafts.keep homes.open homes.put_off homes.settle homes.forget
catalogue.begin_list catalogue.add_page catalogue.finish_list
installations.keep installations.renew installations.forget_token
heygen_keys.keep heygen_keys.retire heygen_keys.move_waiting heygen_keys.adopt
heygen_keys.forget_unused
oauth_states.issue oauth_states.consume
"""
NOUNS = {
    "jobs": port.Jobs,
    "deliveries": port.Deliveries,
    "drafts": port.Drafts,
    "homes": port.Homes,
    "catalogue": port.CatalogueStore,
    "installations": port.Installations,
    "heygen_keys": port.HeyGenKeys,
    "oauth_states": port.OAuthStates,
}


@pytest.fixture
async def full(path: Path) -> Path:
    """A SQLite database with something of everything, closed."""
    write_empty_database(path)
    async with opened(url_of(path)) as store:
        await fill(store)
        await fill_workspaces(store)
    return path


@asynccontextmanager
async def opened(url: str, exclusive: bool = True) -> AsyncIterator[Store]:
    store = open_store(url, exclusive, encryption_keys=[NEW_KEY])
    try:
        yield store
    finally:
        await store.close()


def url_of(path: Path) -> str:
    return f"sqlite:///{path}"


async def move(path: Path, target: str) -> Move:
    return await asyncio.to_thread(move_to_postgres, url_of(path), target)


async def refusal(path: Path, target: str) -> str:
    with pytest.raises(StoreUnavailable) as caught:
        await move(path, target)
    return caught.value.sentence


def ask_sqlite(path: Path, *statements: str) -> list[Any]:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        return [row for each in statements for row in connection.execute(each)]


def ask_postgres(url: str, *statements: str) -> list[Any]:
    with psycopg.connect(url, autocommit=True) as connection:
        cursors = [connection.execute(each.encode()) for each in statements]
        return cursors[-1].fetchall() if cursors[-1].description else []


def jobs_in(url: str) -> int:
    count: int = ask_postgres(url, "SELECT count(*) FROM jobs")[0][0]
    return count


def test_every_question_of_the_port_is_asked_here() -> None:
    asked = {*job_readings(None, "job-queued"), *other_readings(None)}  # type: ignore[arg-type]

    there = {
        f"{noun}.{name}"
        for noun, protocol in NOUNS.items()
        for name, _ in inspect.getmembers(protocol, inspect.isfunction)
        if not name.startswith("_")
    }
    assert asked | set(CHANGES.split()) == there


def test_every_table_is_moved_or_left_behind_on_purpose(path: Path) -> None:
    write_empty_database(path)

    tables = ask_sqlite(path, "SELECT name FROM sqlite_master WHERE type = 'table'")
    assert {name for (name,) in tables} | {"moved"} == TABLES.keys() | NOT_COPIED


async def test_everything_reads_the_same_afterwards(full: Path, postgres_url: str) -> None:
    async with opened(url_of(full)) as store:
        before = await all_readings(store, *JOB_IDS)

    moved = await move(full, postgres_url)

    async with opened(postgres_url) as store:
        after = await all_readings(store, *JOB_IDS)
    assert after == before
    assert len(states_of_deliveries(after)) == 4
    assert after["jobs.get job-rendering"].attempt.final_prompt == LONG
    assert after["jobs.get job-parked"].attempt.unread_sessions == ("S-a", "\ud83d")
    assert after["drafts.get"].prompt.startswith(WORDS)
    assert moved.is_new
    assert moved.changed_texts == 0
    assert all(its.rows for its in moved.sums.values())


async def test_database_of_an_earlier_release_is_brought_up_to_date_and_moved(
    path: Path, tmp_path: Path, postgres_url: str
) -> None:
    for each in (path, tmp_path / "twin.db"):
        with closing(sqlite3.connect(each)) as connection:
            connection.executescript(OLD.read_text("utf-8"))

    await move(path, postgres_url)

    ids = [state.value for state in JobState]
    async with opened(url_of(tmp_path / "twin.db")) as twin, opened(postgres_url) as store:
        assert await all_readings(store, *ids) == await all_readings(twin, *ids)
        assert await store.jobs.count_by_state() == dict.fromkeys(JobState, 1)


async def test_jobs_go_on_and_their_history_too(full: Path, postgres_url: str) -> None:
    await move(full, postgres_url)

    async with opened(postgres_url) as store:
        job = await store.jobs.get("job-queued")
        assert job
        before = await store.jobs.history_of(job.id)
        claimed = await store.jobs.claim_next(
            NEVER, limit_running=9, lease_until=NEVER, horizon=NEVER
        )
        new = await store.jobs.add(a_job("new"), [an_attachment()])
        again = await store.jobs.add(changed(job, id="other"), [])
        assert claimed
        assert await store.jobs.save(Change(claimed, "goes on"), who="test")
        after = await store.jobs.history_of(job.id)
    assert claimed.id == job.id
    assert new[1]
    assert again == (claimed, False)
    assert after[: len(before)] == before
    assert len(after) > len(before)


async def test_empty_database_is_moved_and_its_history_begins(
    path: Path, postgres_url: str
) -> None:
    write_empty_database(path)

    moved = await move(path, postgres_url)

    assert {its.rows for its in moved.sums.values()} == {0}
    async with opened(postgres_url) as store:
        await store.jobs.add(a_job(), [])
        assert len(await store.jobs.history_of("job-1")) == 1


async def test_repeated_move_finds_nothing_to_do(full: Path, postgres_url: str) -> None:
    first = await move(full, postgres_url)
    mark = ask_sqlite(full, "SELECT * FROM moved")

    second = await move(full, postgres_url)

    assert (first.is_new, second.is_new) == (True, False)
    assert second.sums == first.sums
    assert ask_sqlite(full, "SELECT * FROM moved") == mark


async def test_copy_that_was_lost_before_its_commit_is_made_by_the_next(
    full: Path, postgres_url: str
) -> None:
    """The mark is written first: it is all that is left when the server dies at that moment."""
    await move(full, postgres_url)
    ask_postgres(postgres_url, f"TRUNCATE {', '.join(TABLES)}")

    moved = await move(full, postgres_url)

    assert moved.is_new
    assert jobs_in(postgres_url) == len(JobState)


async def test_copy_without_its_mark_is_marked_by_the_next(full: Path, postgres_url: str) -> None:
    await move(full, postgres_url)
    ask_sqlite(full, "DROP TABLE moved")

    await move(full, postgres_url)

    with pytest.raises(StoreUnavailable, match="moved"):
        open_store(url_of(full))


async def test_target_that_has_been_worked_on_is_left_alone(full: Path, postgres_url: str) -> None:
    await move(full, postgres_url)
    async with opened(postgres_url) as store:
        await store.deliveries.postpone_edit("job-failed.card", LATER)

    words = await refusal(full, postgres_url)

    assert "worked on since: deliveries (other values). Nothing was copied." in words
    assert "set DATABASE_URL to it and go on there" in words


async def test_target_with_other_jobs_is_refused_with_their_number(
    full: Path, postgres_url: str
) -> None:
    async with opened(postgres_url) as store:
        for id_ in ("one", "two", "job-queued"):
            await store.jobs.add(a_job(id_), [])

    words = await refusal(full, postgres_url)

    assert "holds other jobs (2)" in words
    assert jobs_in(postgres_url) == 3
    async with opened(url_of(full)) as store:  # not marked
        assert await store.jobs.get("job-queued")


async def test_target_of_other_workspaces_is_refused_though_they_have_no_jobs(
    full: Path, postgres_url: str
) -> None:
    """Their tokens would be gone, and nobody can get them again."""
    async with opened(postgres_url) as store:
        await store.installations.keep(an_installation("T-OTHER"))

    words = await refusal(full, postgres_url)

    assert "holds other workspaces (1)" in words
    async with opened(postgres_url) as store:
        assert [each.workspace_id for each in await store.installations.all()] == ["T-OTHER"]


async def test_second_target_is_refused(
    full: Path, postgres_url: str, postgres_server: Any
) -> None:
    await move(full, postgres_url)
    other = postgres_server.create_database()

    words = await refusal(full, other)

    assert "two bots would pay for them" in words
    assert ask_postgres(other, "SELECT count(*) FROM jobs") == [(0,)]
    postgres_server.drop_database(other)


async def test_lists_of_an_idle_bot_make_room_for_the_moved_ones(
    full: Path, postgres_url: str
) -> None:
    async with opened(postgres_url) as store:
        await store.homes.open("U-IDLE", 0, LATER)
        await store.leases.take("work", "idle", None)

    moved = await move(full, postgres_url)

    assert ask_postgres(postgres_url, "SELECT 1 FROM home_tabs WHERE user_id = 'U-IDLE'") == []
    assert ask_postgres(postgres_url, "SELECT holder FROM leases") == [("idle",)]
    assert moved.sums["home_tabs"].rows == 3


async def test_running_bot_is_not_moved(full: Path, postgres_url: str) -> None:
    async with opened(url_of(full)):
        with pytest.raises(AlreadyRunning, match="pid"):
            await move(full, postgres_url)

    assert ask_postgres(postgres_url, "SELECT to_regclass('jobs')") == [(None,)]


CHANGED = "UPDATE jobs SET prompt = 'other' WHERE id = NEW.id; RETURN NULL"
TAMPERED = {
    "value": ("AFTER", "jobs", CHANGED, "jobs (other values)"),
    "row": ("BEFORE", "home_tabs", "RETURN NULL", "home_tabs (3 rows in SQLite, 0 in PostgreSQL)"),
}


@pytest.mark.parametrize("what", TAMPERED)
async def test_copy_that_differs_is_rolled_back(full: Path, postgres_url: str, what: str) -> None:
    when, table, body, said = TAMPERED[what]
    async with opened(postgres_url):
        pass
    ask_postgres(
        postgres_url,
        f"CREATE FUNCTION tamper() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN {body}; END'".replace(
            "'other'", "''other''"
        ),
        f"CREATE TRIGGER t {when} INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION tamper()",
    )

    words = await refusal(full, postgres_url)

    assert f"The copy is not what was copied: {said}. Nothing was copied." in words
    assert jobs_in(postgres_url) == 0
    async with opened(url_of(full)) as store:  # not marked
        assert await store.jobs.get("job-queued")


async def test_row_that_postgres_refuses_is_told_without_what_people_wrote(
    full: Path, postgres_url: str
) -> None:
    async with opened(postgres_url):
        pass
    ask_postgres(postgres_url, "ALTER TABLE jobs ADD CHECK (prompt = 'nothing')")

    words = await refusal(full, postgres_url)

    assert "PostgreSQL did not take the copy" in words
    assert "Zoë" not in words
    assert jobs_in(postgres_url) == 0


async def test_table_that_somebody_holds_is_not_waited_for_long(
    full: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("store.move.LOCK_WITHIN_S", 0.05)
    async with opened(postgres_url):
        pass
    with psycopg.connect(postgres_url) as other:
        other.execute("LOCK TABLE jobs")

        assert "lock timeout" in await refusal(full, postgres_url)


async def test_texts_that_postgres_cannot_keep_are_counted(full: Path, postgres_url: str) -> None:
    ask_sqlite(
        full,
        "UPDATE jobs SET prompt = 'nul' || char(0) || 'nul' WHERE id = 'job-queued'",
        "UPDATE jobs SET prompt = CAST(x'41eda0bd42' AS TEXT) WHERE id = 'job-failed'",
    )

    moved = await move(full, postgres_url)

    async with opened(postgres_url) as store:
        jobs = {job.id: job for job in await store.jobs.recent(99)}
    assert jobs["job-queued"].request.prompt == "nulnul"
    assert jobs["job-failed"].request.prompt == "A���B"
    assert moved.changed_texts == 2


async def test_database_of_a_newer_release_is_refused(full: Path, postgres_url: str) -> None:
    ask_sqlite(full, "ALTER TABLE jobs ADD COLUMN mood TEXT", "CREATE TABLE moods (id TEXT)")

    words = await refusal(full, postgres_url)

    assert "newer release" in words
    assert "mood, moods" in words


def test_missing_database_is_not_made(path: Path, postgres_url: str) -> None:
    with pytest.raises(StoreUnavailable, match="There is no database"):
        move_to_postgres(url_of(path), postgres_url)

    assert not path.exists()


def test_file_that_is_no_database_is_told(path: Path, postgres_url: str) -> None:
    path.write_bytes(b"not a database at all" * 99)

    with pytest.raises(StoreUnavailable, match="cannot be opened"):
        move_to_postgres(url_of(path), postgres_url)


async def test_tables_of_another_program_are_left_alone(full: Path, postgres_url: str) -> None:
    ask_postgres(postgres_url, "CREATE TABLE jobs (id int)")

    assert 'relation "jobs" already exists' in await refusal(full, postgres_url)


SECRET = "s3cr-t"
WRONG_ADDRESSES = [
    f"mysql://bot:{SECRET}@127.0.0.1/bot",
    f"postgresql://bot:{SECRET}@127.0.0.1",
    f"postgresql://bot:{SECRET}@127.0.0.1:x/bot",
    f"postgresql://bot:1/{SECRET}@127.0.0.1/bot",
    f"postgresql://bot:1@{SECRET}@127.0.0.1/bot",
    f"postgresql://bot:1#{SECRET}@127.0.0.1/bot",
    f"postgresql://bot:1?{SECRET}@127.0.0.1/bot",
    f"postgresql://bot:%zz{SECRET}@127.0.0.1/bot",
    f"postgresql://bot@127.0.0.1/bot?{SECRET}=1",
    f"postgresql://bot:{SECRET}@[127/bot",
    f"postgresql://bot:{SECRET}\udcff@127.0.0.1/bot",
    SECRET,
    "",
]


@pytest.mark.parametrize("address", WRONG_ADDRESSES)
async def test_wrong_address_is_told_without_it(path: Path, address: str) -> None:
    words = await refusal(path, address)

    assert "must look like postgresql://user:password@host/name" in words
    assert SECRET not in words


async def test_wrong_password_is_told_without_it(full: Path, postgres_url: str) -> None:
    user, _, rest = postgres_url.partition("@")
    password = user.rpartition(":")[2]

    words = await refusal(full, f"{user}-{SECRET}@{rest}")

    assert "password authentication failed" in words
    assert SECRET not in words
    assert password not in words


async def test_target_that_takes_not_every_script_is_refused(full: Path, postgres_url: str) -> None:
    server, _, name = postgres_url.rpartition("/")
    with psycopg.connect(postgres_url, autocommit=True) as admin:
        admin.execute(
            f"CREATE DATABASE odd_{name} ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0"  # type: ignore[arg-type]
        )
        try:
            words = await refusal(full, f"{server}/odd_{name}")
        finally:
            admin.execute(f"DROP DATABASE odd_{name}")  # type: ignore[arg-type]

    assert "has the encoding LATIN1" in words


async def test_host_that_is_away_is_told(full: Path) -> None:
    words = await refusal(full, f"postgresql://bot:{SECRET}@127.0.0.1:1/bot")

    assert "Connection refused" in words
    assert SECRET not in words
    async with opened(url_of(full)) as store:  # the lock is let go
        assert await store.jobs.get("job-queued")


async def test_password_that_the_server_would_name_stays_unsaid(full: Path) -> None:
    words = await refusal(full, "postgresql://bot:refused@127.0.0.1:1/bot")

    assert "cannot be opened: its server refuses" in words


AT_THE_END = "CREATE CONSTRAINT TRIGGER t AFTER INSERT ON jobs DEFERRABLE INITIALLY DEFERRED"
IN_THE_MIDDLE = "CREATE TRIGGER t AFTER INSERT ON jobs"


@pytest.fixture
async def unlucky_url(postgres_url: str) -> str:
    """A database with a function that ends the connection of whoever calls it."""
    async with opened(postgres_url):
        pass
    ask_postgres(
        postgres_url,
        "CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS"
        " 'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END'",
    )
    return postgres_url


async def test_connection_lost_during_the_copy_changes_nothing(
    full: Path, unlucky_url: str
) -> None:
    ask_postgres(unlucky_url, f"{IN_THE_MIDDLE} FOR EACH ROW EXECUTE FUNCTION lose()")

    words = await refusal(full, unlucky_url)

    assert "PostgreSQL did not take the copy" in words
    assert jobs_in(unlucky_url) == 0
    async with opened(url_of(full)) as store:  # not marked
        assert await store.jobs.get("job-queued")


async def test_connection_lost_at_the_commit_leaves_no_bot_on_either(
    full: Path, unlucky_url: str
) -> None:
    ask_postgres(unlucky_url, f"{AT_THE_END} FOR EACH ROW EXECUTE FUNCTION lose()")

    words = await refusal(full, unlucky_url)

    assert "Whether PostgreSQL kept the copy is not known" in words
    assert "Repeat this command" in words
    with pytest.raises(StoreUnavailable, match="moved"):
        open_store(url_of(full))
    ask_postgres(unlucky_url, "DROP TRIGGER t ON jobs")
    assert (await move(full, unlucky_url)).is_new
    assert jobs_in(unlucky_url) == len(JobState)
