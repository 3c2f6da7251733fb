"""The room of PostgreSQL: what is asked in time, what is given up, and what a restart does."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress

import psycopg
import pytest

from bot.domain import texts
from bot.domain.errors import StoreUnavailable
from bot.domain.job.job import Job
from bot.domain.lease import Lease
from store.database import Connection
from store.postgres.database import CONNECTIONS, OPTIONS, WITHIN_S, PostgresDatabase, session
from store.postgres.patience import Patience
from store.store import SqlStore
from tests.builders import a_job
from tests.postgres.binaries import Binaries
from tests.postgres.server import DURABLE, PostgresServer


@pytest.fixture
async def database(postgres_url: str) -> AsyncIterator[PostgresDatabase]:
    opened = PostgresDatabase.open(postgres_url)
    yield opened
    await opened.close()


@pytest.fixture
def admin(postgres_url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        yield connection


def add(db: Connection, job_id: str) -> None:
    values = (job_id, 1)
    db.execute("INSERT INTO leases (name, holder, beats) VALUES (?, '', ?)", values)


def names(db: Connection) -> list[str]:
    return [name for (name,) in db.execute("SELECT name FROM leases ORDER BY name")]


async def test_change_that_fails_leaves_nothing(database: PostgresDatabase) -> None:
    def add_then_fail(db: Connection) -> None:
        add(db, "spoilt")
        raise LookupError("mine alone")

    with pytest.raises(LookupError):
        await database.change(add_then_fail)

    assert await database.ask(names) == []


async def test_broken_rule_is_refused_for_good(database: PostgresDatabase) -> None:
    await database.change(add, "a")

    with pytest.raises(StoreUnavailable) as refused:
        await database.change(add, "a")

    assert (refused.value.code, refused.value.retryable) == ("store_refused", False)


async def test_changes_in_each_others_way_are_made_one_after_the_other(
    database: PostgresDatabase,
) -> None:
    """Each takes what the other has: PostgreSQL ends one of the two, which is made anew."""
    for name in ("a", "b"):
        await database.change(add, name)
    both_have_one = threading.Barrier(2, timeout=WITHIN_S)
    begun: set[str] = set()

    def count(db: Connection, first: str, second: str) -> None:
        db.execute("UPDATE leases SET beats = beats + 1 WHERE name = ?", (first,))
        if first not in begun:
            begun.add(first)
            both_have_one.wait()
        db.execute("UPDATE leases SET beats = beats + 1 WHERE name = ?", (second,))

    await asyncio.gather(database.change(count, "a", "b"), database.change(count, "b", "a"))

    rows = await database.ask(lambda db: db.execute("SELECT beats FROM leases").fetchall())
    assert rows == [(3,), (3,)]


async def test_change_that_waits_too_long_is_given_up_and_never_made(
    database: PostgresDatabase, admin: psycopg.Connection
) -> None:
    await database.change(add, "a")
    began = time.monotonic()
    with admin.transaction():
        admin.execute("LOCK TABLE leases IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(StoreUnavailable) as away:
            await database.change(add, "late")
        took_s = time.monotonic() - began

    await database.close()  # everything that was under way has ended
    assert away.value.retryable
    assert took_s < WITHIN_S + 0.8
    assert admin.execute("SELECT name FROM leases").fetchall() == [("a",)]


async def test_change_that_was_given_up_between_its_statements_is_not_committed(
    database: PostgresDatabase, admin: psycopg.Connection
) -> None:
    def take_long(db: Connection) -> None:
        add(db, "late")
        for _ in range(2):  # each is quick enough for the server
            db.execute("SELECT pg_sleep(1)")

    with pytest.raises(StoreUnavailable):
        await database.change(take_long)
    await database.close()

    assert admin.execute("SELECT name FROM leases").fetchall() == []


async def test_change_whose_connection_is_lost_at_the_commit_is_not_made_again(
    database: PostgresDatabase, admin: psycopg.Connection
) -> None:
    """It may have been made; whoever asked finds out."""
    made: list[int] = []

    class LostAtTheCommit(Patience):
        def settle(self) -> bool:
            is_first = super().settle()
            admin.execute("SELECT pg_terminate_backend(%s)", made)
            return is_first

    def change(db: Connection) -> None:
        made.append(db.execute("SELECT pg_backend_pid()").fetchone()[0])

    with pytest.raises(psycopg.OperationalError):
        await asyncio.to_thread(database._changed, change, LostAtTheCommit())

    assert len(made) == 1


async def test_what_is_given_up_while_it_waits_for_its_turn_is_never_begun(
    database: PostgresDatabase,
) -> None:
    begun: list[int] = []
    held = threading.Event()

    def hold(db: Connection) -> None:
        held.wait(10)

    def begin(db: Connection) -> None:
        begun.append(1)

    holding = [asyncio.create_task(database.ask(hold)) for _ in range(CONNECTIONS)]
    await asyncio.sleep(0)
    late = await asyncio.gather(*(database.change(begin) for _ in range(9)), return_exceptions=True)
    held.set()
    await asyncio.gather(*holding, return_exceptions=True)
    await database.close()

    assert [type(answer) for answer in late] == [StoreUnavailable] * 9
    assert begun == []


async def test_one_that_is_paused_in_a_change_keeps_nobody_from_what_it_has(
    database: PostgresDatabase, postgres_url: str
) -> None:
    """SIGSTOP, or a machine that is gone: the server ends its transaction."""
    await database.change(add, "a")
    with psycopg.connect(postgres_url, **session(postgres_url, OPTIONS)) as paused:
        paused.execute("BEGIN")
        paused.execute("SELECT 1 FROM leases WHERE name = 'a' FOR UPDATE")
        other, is_taken = SqlStore(database), False
        while not is_taken:
            with suppress(StoreUnavailable):
                is_taken = await other.leases.take("a", "other", Lease("", 1))

        with pytest.raises(psycopg.errors.IdleInTransactionSessionTimeout):
            paused.execute("COMMIT")
        paused.close()


async def test_server_that_hangs_costs_no_connection_for_ever(
    postgres_server: PostgresServer,
) -> None:
    """Its backends are stopped, as behind a proxy that keeps the line: no error ever comes."""
    url = postgres_server.create_database()
    database = PostgresDatabase.open(url)
    await asyncio.gather(*(database.change(add, f"{n}") for n in range(3 * CONNECTIONS)))
    with psycopg.connect(url, autocommit=True) as admin:
        rows = admin.execute(
            "SELECT pid FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        ).fetchall()
    for (pid,) in rows:
        os.kill(pid, signal.SIGSTOP)
    try:
        async with asyncio.timeout(30):
            while not await _all_answer(database):
                pass

        began = time.monotonic()
        await database.close()
        assert time.monotonic() - began < 4
    finally:
        for (pid,) in rows:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)
        postgres_server.drop_database(url)


async def _all_answer(database: PostgresDatabase) -> bool:
    """Whether as many as there may be work at one time."""
    meeting = threading.Barrier(CONNECTIONS, timeout=1)

    def meet(db: Connection) -> int:
        names(db)
        return meeting.wait()

    asked = (database.ask(meet) for _ in range(CONNECTIONS))
    answers = await asyncio.gather(*asked, return_exceptions=True)
    return all(isinstance(answer, int) for answer in answers)


async def test_options_of_the_address_hold_for_every_connection(
    postgres_url: str, admin: psycopg.Connection
) -> None:
    admin.execute("CREATE SCHEMA bot")

    database = PostgresDatabase.open(f"{postgres_url}?options=-csearch_path%3Dbot")
    await database.change(add, "a")

    assert admin.execute("SELECT name FROM bot.leases").fetchall() == [("a",)]
    limit = await database.ask(lambda db: db.execute("SHOW statement_timeout").fetchone()[0])
    assert limit == "1500ms"
    await database.close()


@pytest.mark.parametrize("encoding", ["SQL_ASCII", "LATIN1"])
def test_database_that_takes_not_every_script_is_refused_in_words(
    postgres_url: str, admin: psycopg.Connection, encoding: str
) -> None:
    name = f"odd_{postgres_url.rpartition('/')[2]}"
    admin.execute(
        f"CREATE DATABASE {name} ENCODING '{encoding}' LOCALE 'C' TEMPLATE template0"  # type: ignore[arg-type]
    )
    try:
        with pytest.raises(StoreUnavailable, match=f"has the encoding {encoding}"):
            PostgresDatabase.open(f"{postgres_url.rpartition('/')[0]}/{name}")
    finally:
        admin.execute(f"DROP DATABASE {name}")  # type: ignore[arg-type]


async def test_question_of_several_statements_sees_one_moment(
    database: PostgresDatabase, admin: psycopg.Connection
) -> None:
    def twice(db: Connection) -> tuple[list[str], list[str]]:
        before = names(db)
        admin.execute("INSERT INTO leases (name, holder, beats) VALUES ('between', '', 1)")
        return before, names(db)

    assert await database.ask(twice) == ([], [])
    assert await database.ask(names) == ["between"]


async def test_caller_that_goes_away_leaves_a_whole_change_or_none(
    database: PostgresDatabase,
) -> None:
    async def add_two(n: int) -> None:
        def both(db: Connection) -> None:
            add(db, f"{n} first")
            add(db, f"{n} second")

        await database.change(both)

    tasks = [asyncio.create_task(add_two(n)) for n in range(40)]
    await asyncio.sleep(0.01)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)

    found = await database.ask(names)
    firsts = {name.split()[0] for name in found if "first" in name}
    assert {name.split()[0] for name in found if "second" in name} == firsts


async def test_many_at_once_wait_for_their_turn(database: PostgresDatabase) -> None:
    await asyncio.gather(*(database.change(add, f"{n}") for n in range(20 * CONNECTIONS)))

    assert len(await database.ask(names)) == 20 * CONNECTIONS


async def test_connections_that_the_server_ended_are_replaced_unnoticed(
    database: PostgresDatabase, admin: psycopg.Connection
) -> None:
    await asyncio.gather(*(database.change(add, f"{n}") for n in range(CONNECTIONS)))
    admin.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE pid <> pg_backend_pid() AND datname = current_database()"
    )

    await asyncio.gather(*(database.change(add, f"more {n}") for n in range(CONNECTIONS)))

    assert len(await database.ask(names)) == 2 * CONNECTIONS


async def test_server_that_was_away_is_used_again_and_has_all_that_was_said_to_be_saved(
    postgres_binaries: Binaries,
) -> None:
    with PostgresServer(postgres_binaries, DURABLE) as server:
        database = PostgresDatabase.open(server.create_database())
        store = SqlStore(database)
        await store.jobs.add(a_job("before"), [])
        server.stop("immediate")
        began = time.monotonic()
        with pytest.raises(StoreUnavailable):
            await store.jobs.add(a_job("meanwhile"), [])
        took_s = time.monotonic() - began
        with pytest.raises(StoreUnavailable):  # now no connection is left to find that out with
            await store.jobs.recent(9)
        server.start()
        began_again = time.monotonic()
        await _add_when_it_answers(store, a_job("after"))
        back_after_s = time.monotonic() - began_again

        found = {job.id for job in await store.jobs.recent(9)}
        await database.close()
    assert found == {"before", "after"}
    assert took_s < WITHIN_S + 0.8
    assert back_after_s < 2 * WITHIN_S


async def _add_when_it_answers(store: SqlStore, job: Job) -> None:
    while True:
        with suppress(StoreUnavailable):
            await store.jobs.add(job, [])
            return


async def test_closed_database_says_that_the_bot_ends(database: PostgresDatabase) -> None:
    await database.close()
    await database.close()

    with pytest.raises(StoreUnavailable) as refused:
        await database.change(add, "a")
    assert refused.value.message == texts.SHUTTING_DOWN


async def test_all_who_start_at_once_migrate_once(postgres_url: str) -> None:
    opened = await asyncio.gather(
        *(asyncio.to_thread(PostgresDatabase.open, postgres_url) for _ in range(4))
    )

    with psycopg.connect(postgres_url) as connection:
        rows = connection.execute("SELECT name FROM migrations").fetchall()
    assert len(rows) == len(set(rows)) > 5
    for database in opened:
        await database.close()


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"password": "wrong"}, id="password"),
        pytest.param({"dbname": "nowhere"}, id="name"),
        pytest.param({"port": "1"}, id="port"),
    ],
)
def test_database_that_cannot_be_opened_is_told_without_the_password(
    postgres_url: str, change: dict[str, str]
) -> None:
    told = psycopg.conninfo.conninfo_to_dict(postgres_url) | change
    at = f"{told['host']}:{told['port']}/{told['dbname']}"
    url = f"postgresql://{told['user']}:{told['password']}@{at}"

    with pytest.raises(StoreUnavailable) as refused:
        PostgresDatabase.open(url)

    assert refused.value.message.startswith("The database cannot be opened: ")
    assert "Check DATABASE_URL" in refused.value.hint
    assert str(told["password"]) not in refused.value.sentence


async def test_listener_that_is_cancelled_leaves_no_half_connection(
    postgres_server: PostgresServer,
) -> None:
    """The server waits a minute for the rest of one, and who drops a database waits for that."""
    url = postgres_server.create_database()
    database = PostgresDatabase.open(url)
    gc.disable()  # half a connection may lie about for long
    try:
        for n in range(60):
            listening = asyncio.create_task(database.listen(lambda words: None))
            await asyncio.sleep(n * 0.0002)  # another step of the handshake each time
            listening.cancel()
            with suppress(asyncio.CancelledError):
                await listening
        await database.close()

        began = time.monotonic()
        postgres_server.drop_database(url)
        assert time.monotonic() - began < 5
    finally:
        gc.enable()


async def test_notice_reaches_every_listener(database: PostgresDatabase) -> None:
    heard: asyncio.Queue[str] = asyncio.Queue()
    listening = asyncio.create_task(database.listen(heard.put_nowait))

    async with asyncio.timeout(5):
        while heard.empty():  # nobody says when it listens
            await database.notify("submit deliver")
            await asyncio.sleep(0.01)

    listening.cancel()
    assert heard.get_nowait() == "submit deliver"


# Locks by name


async def test_lock_has_one_holder_among_all_replicas(postgres_url: str) -> None:
    replicas = [SqlStore(PostgresDatabase.open(postgres_url)) for _ in range(2)]
    held: list[str] = []

    async def hold(store: SqlStore) -> None:
        async with store.lock("token"):
            assert held == []
            held.append("mine")
            await store.leases.read("any")
            held.clear()

    async with asyncio.timeout(10), replicas[0].lock("elsewhere"):
        await asyncio.gather(*(hold(store) for store in replicas * 3))

    for store in replicas:
        await store.close()


async def test_lock_of_a_holder_whose_connection_is_cut_goes_to_the_next(
    database: PostgresDatabase, postgres_url: str, admin: psycopg.Connection
) -> None:
    other = PostgresDatabase.open(postgres_url)
    has_it = asyncio.Event()

    async def next_holder() -> None:
        async with other.lock("token"):
            has_it.set()

    async with asyncio.timeout(10), database.lock("token"):
        (holder,) = _holders(admin)
        waiting = asyncio.create_task(next_holder())
        await _somebody_waits(admin)
        assert not has_it.is_set()
        admin.execute("SELECT pg_terminate_backend(%s)", (holder,))
        await waiting
    assert has_it.is_set()
    await other.close()


async def test_lock_of_one_that_failed_or_was_cancelled_is_free_again(
    database: PostgresDatabase, admin: psycopg.Connection
) -> None:
    with pytest.raises(LookupError):
        async with database.lock("token"):
            raise LookupError
    async with database.lock("token"):
        waiting = asyncio.create_task(_enter(database))
        await _somebody_waits(admin)
        waiting.cancel()
        with suppress(asyncio.CancelledError):
            await waiting

    async with asyncio.timeout(2):
        await _enter(database)
        while _holders(admin):  # noqa: ASYNC110 - the server tells nobody
            await asyncio.sleep(0.01)


async def _somebody_waits(admin: psycopg.Connection) -> None:
    waiting = "SELECT 1 FROM pg_locks WHERE NOT granted"
    while not admin.execute(waiting).fetchall():  # noqa: ASYNC110 - the server tells nobody
        await asyncio.sleep(0.01)


async def _enter(database: PostgresDatabase) -> None:
    async with database.lock("token"):
        pass


def _holders(admin: psycopg.Connection) -> list[int]:
    held = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted"
    return [pid for (pid,) in admin.execute(held).fetchall()]


async def test_lock_that_is_held_for_too_long_is_not_waited_for(
    database: PostgresDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("store.postgres.database.LOCK_WITHIN_S", 0.2)

    async with database.lock("token"):
        with pytest.raises(StoreUnavailable):
            await _enter(database)


@pytest.mark.parametrize("how", ["stopped", "frozen"])
async def test_lock_of_a_server_that_is_away_is_told_soon(
    postgres_binaries: Binaries, how: str
) -> None:
    with PostgresServer(postgres_binaries) as server:
        database = PostgresDatabase.open(server.create_database())
        pid = server.pid
        if how == "stopped":
            server.stop("immediate")
        else:
            os.kill(pid, signal.SIGSTOP)
        try:
            async with asyncio.timeout(6):
                with pytest.raises(StoreUnavailable):
                    await _enter(database)
        finally:
            if how == "frozen":
                os.kill(pid, signal.SIGCONT)
        await database.close()


# What was deleted


@pytest.mark.parametrize("gone", [0, 10, 19])
async def test_deleted_row_leaves_the_file_of_its_table(
    database: PostgresDatabase, admin: psycopg.Connection, gone: int
) -> None:
    for n in range(20):
        await database.change(add, f"secret-{n:04}")
    assert b"secret-0001" in _file_of_leases(admin)

    await database.change(_delete, f"secret-{gone:04}")
    await database.wipe("leases")

    left = _file_of_leases(admin)
    assert [n for n in range(20) if f"secret-{n:04}".encode() not in left] == [gone]
    assert len(await database.ask(names)) == 19


async def test_table_that_is_in_use_is_not_waited_for_long(
    database: PostgresDatabase, admin: psycopg.Connection
) -> None:
    await database.change(add, "a")
    began = time.monotonic()
    with admin.transaction():
        admin.execute("SELECT * FROM leases")
        await database.wipe("leases")
    assert time.monotonic() - began < WITHIN_S + 1

    assert await database.ask(names) == ["a"]


async def test_server_that_is_away_keeps_nobody_from_going_on(
    postgres_binaries: Binaries,
) -> None:
    with PostgresServer(postgres_binaries) as server:
        database = PostgresDatabase.open(server.create_database())
        server.stop("immediate")

        await database.wipe("leases")
        await database.close()


def _delete(db: Connection, name: str) -> None:
    db.execute("DELETE FROM leases WHERE name = ?", (name,))


def _file_of_leases(admin: psycopg.Connection) -> bytes:
    admin.execute("CHECKPOINT")
    row = admin.execute("SELECT pg_read_binary_file(pg_relation_filepath('leases'))").fetchone()
    assert row
    return bytes(row[0])
