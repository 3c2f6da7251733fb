"""The tests' PostgreSQL server: what tests may count on, and that nothing of it stays behind."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.postgres import binaries, server
from tests.postgres.binaries import WHEEL, Binaries
from tests.postgres.server import DURABLE, PostgresServer, ServerError

PROJECT = Path(__file__).parents[2]
GONE_WITHIN_S = 20.0  # on a busy machine
# Starts a server, says where, and waits to be killed.
OWNER = """\
import signal
from pathlib import Path
from tests.postgres.binaries import Binaries
from tests.postgres.server import PostgresServer

with PostgresServer(Binaries(Path({bin!r}), {version})) as server:
    print(server.folder, server.port, flush=True)
    signal.pause()
"""


@pytest.fixture
def wheel() -> Binaries:
    return binaries.of_wheel() or pytest.skip(f"the wheel {WHEEL} is not installed")


@pytest.fixture
def durable_server(postgres_binaries: Binaries) -> Iterator[PostgresServer]:
    """A server of this test's own, which loses nothing in a crash."""
    with PostgresServer(postgres_binaries, DURABLE) as server:
        yield server


def ask(url: str, question: str) -> str:
    """The first value that is answered, as text."""
    with psycopg.connect(url) as connection:
        row = connection.execute(question.encode()).fetchone()
    assert row
    return str(row[0])


def tell(url: str, *statements: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def is_answering(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), timeout=5).close()
    except OSError:
        return False
    return True


def wait_until_gone(folder: Path, port: int) -> None:
    """Other processes do it: nothing but the folder and the port tells."""
    until = time.monotonic() + GONE_WITHIN_S
    while folder.exists() or is_answering("127.0.0.1", port):
        assert time.monotonic() < until, "the server has outlived its owner"
        time.sleep(0.01)


def test_server_answers(postgres_url: str) -> None:
    assert ask(postgres_url, "SELECT 1") == "1"
    assert postgres_url.startswith("postgresql://tests:")
    assert int(ask(postgres_url, "SHOW server_version_num")) >= 140000


def test_database_is_empty_and_speaks_unicode(postgres_url: str) -> None:
    tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"

    assert ask(postgres_url, tables) == "0"
    assert ask(postgres_url, "SHOW server_encoding") == "UTF8"
    assert ask(postgres_url, "SELECT 'Zoë 🎬'") == "Zoë 🎬"


def test_two_databases_are_strangers(postgres_server: PostgresServer, postgres_url: str) -> None:
    other = postgres_server.create_database()
    tell(other, "CREATE TABLE jobs (id int)")

    assert ask(other, "SELECT to_regclass('jobs')") == "jobs"
    assert ask(postgres_url, "SELECT to_regclass('jobs')") == "None"
    postgres_server.drop_database(other)


def test_database_is_dropped_though_somebody_is_connected(postgres_server: PostgresServer) -> None:
    url = postgres_server.create_database()
    with psycopg.connect(url) as connection:
        postgres_server.drop_database(url)

        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")
    postgres_server.drop_database(url)


def test_wrong_password_is_refused(postgres_url: str) -> None:
    user, _, rest = postgres_url.partition("@")

    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        ask(f"{user}-not@{rest}", "SELECT 1")


def test_server_is_on_loopback_only(postgres_server: PostgresServer) -> None:
    """Whoever listens everywhere answers at loopback's other addresses too."""
    port = postgres_server.port

    assert is_answering("127.0.0.1", port)
    assert not is_answering("127.0.0.2", port)
    assert not is_answering("::1", port)


def test_server_is_never_root(postgres_server: PostgresServer) -> None:
    assert (postgres_server.data / "postmaster.pid").stat().st_uid != 0


def test_what_was_committed_survives_a_crash(durable_server: PostgresServer) -> None:
    url, pid = durable_server.create_database(), durable_server.pid
    tell(url, "CREATE TABLE jobs (id int)", "INSERT INTO jobs VALUES (7)")

    durable_server.stop("immediate")
    assert not is_answering("127.0.0.1", durable_server.port)
    durable_server.start()

    assert durable_server.pid != pid
    assert ask(url, "SELECT id FROM jobs") == "7"
    assert ask(url, "SHOW fsync") == "on"
    assert "not properly shut down" in (durable_server.folder / "log").read_text("utf-8")


def test_stopped_server_has_no_process_and_can_be_removed(durable_server: PostgresServer) -> None:
    durable_server.stop("fast")

    with pytest.raises(ServerError, match="not running"):
        _ = durable_server.pid
    durable_server.close()
    assert not durable_server.folder.exists()


def test_server_that_cannot_start_says_why_and_leaves_nothing(
    postgres_binaries: Binaries, monkeypatch: pytest.MonkeyPatch
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)  # the server's user has to get in
        monkeypatch.setenv("PYTEST_DEBUG_TEMPROOT", folder)

        with pytest.raises(ServerError, match="no_such_setting"):
            PostgresServer(postgres_binaries, {"no_such_setting": "1"})

        assert list(Path(folder).iterdir()) == []


def test_server_takes_another_port_when_somebody_was_quicker(
    postgres_binaries: Binaries,
    postgres_server: PostgresServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ports = [postgres_server.port, server._free_port()]
    monkeypatch.setattr(server, "_free_port", lambda: ports.pop(0))

    with PostgresServer(postgres_binaries) as other:
        assert other.port != postgres_server.port
        assert ask(other.url("postgres"), "SELECT 1") == "1"


def test_server_is_gone_after_its_owner_was_killed(postgres_binaries: Binaries) -> None:
    text = OWNER.format(bin=str(postgres_binaries.bin), version=postgres_binaries.version)
    command = [sys.executable, "-c", text]
    with subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout
        folder, port = owner.stdout.readline().split()
        assert is_answering("127.0.0.1", int(port))

        owner.kill()

    wait_until_gone(Path(folder), int(port))


def test_server_of_the_wheel_answers(wheel: Binaries) -> None:
    with PostgresServer(wheel) as started:
        url = started.create_database()

        assert ask(url, "SELECT 1") == "1"
        assert int(ask(url, "SHOW server_version_num")) // 10000 == wheel.version
        started.drop_database(url)
    assert not started.folder.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's server runs as somebody else")
def test_wheel_in_a_folder_that_only_root_enters_is_copied(wheel: Binaries, tmp_path: Path) -> None:
    """pytest's own folder is such a one."""
    package = wheel.bin.parents[1]
    for part in [wheel.bin.parent, *package.parent.glob(f"{WHEEL}.*libs")]:
        target = tmp_path / part.relative_to(package.parent)
        shutil.copytree(part, target, symlinks=True, ignore=shutil.ignore_patterns("include"))
    hidden = Binaries(tmp_path / wheel.bin.relative_to(package.parent), wheel.version)

    with PostgresServer(hidden) as started:
        assert ask(started.url("postgres"), "SELECT 1") == "1"
