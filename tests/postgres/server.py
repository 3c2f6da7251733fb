"""A PostgreSQL server of a test's own: on loopback, in memory where there is room, never as root.

It ends with the process that started it, even when that one is killed: keeper.py sees to it.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import random
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

from tests.postgres import keeper
from tests.postgres.binaries import WHEEL, Binaries

Mode = Literal["fast", "immediate"]
# Nobody pulls the plug of a test's machine; a crash of the server may lose what was committed.
QUICK = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
# As in production: what was committed is there after `stop("immediate")`.
DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
# At most some 150 MB of a folder in memory, beside the databases; all of it in that folder.
COMMON = {
    "max_connections": "200",
    "deadlock_timeout": "100ms",  # the usual second is half of what a change may take
    "min_wal_size": "32MB",
    "max_wal_size": "128MB",
    "dynamic_shared_memory_type": "mmap",
}
# Below what systems hand out for outgoing connections and port 0, so that a server that is down
# for a moment finds its port free again.
PORTS = range(20_000, 32_000)
TRIES = 5  # somebody else may take the port between our look and the start
# Letters outside ASCII are letters in each but the last, which is always there. How text is sorted
# differs from machine to machine, as it does in production: no test may depend on it.
LOCALES = ("C.UTF-8", "en_US.UTF-8", "C")
USER = "tests"
TIMEOUT_S = 30


class ServerError(Exception):
    """A program of the server's failed; the text is what it and the server's log said."""


@dataclass(frozen=True)
class Account:
    """Whom the server runs as, when that is not ourselves."""

    uid: int
    gid: int

    @property
    def run(self) -> dict[str, Any]:
        """For `subprocess.run` and its kin."""
        return {"user": self.uid, "group": self.gid, "extra_groups": ()}


@dataclass(frozen=True)
class Copied:
    """Programs that lie where the account cannot get, and all that they need beside them.

    `top` is the folder above all `parts`; `bin` is where the programs are below a copy of it.
    """

    top: Path
    parts: tuple[Path, ...]
    bin: Path

    def into(self, folder: Path) -> None:
        for part in self.parts:
            target = folder / part.relative_to(self.top)
            shutil.copytree(part, target, symlinks=True, ignore=shutil.ignore_patterns("include"))


class PostgresServer:
    """A running server; a context manager, which removes all of it at the end.

    `folder` holds its data, its log and its socket; `port` is on 127.0.0.1 and stays the same when
    it is stopped and started again. Every method may raise ServerError.
    """

    def __init__(self, binaries: Binaries, settings: Mapping[str, str] = QUICK) -> None:
        """Makes a cluster and starts it, in some 0.6 s. `settings` go to postgresql.conf."""
        self._account = _somebody_else() if os.geteuid() == 0 else None
        self.version = binaries.version
        self.folder = _new_folder(self._account)
        self.data = self.folder / "data"
        self._password = secrets.token_hex(8)
        copied = _to_copy(binaries.bin, self._account)
        self._bin = self.folder / copied.bin if copied else binaries.bin
        self._keeper = self._start_keeper()
        try:
            if copied:
                copied.into(self.folder)
            self._make_cluster()
            self._configure({**COMMON, **settings})
            self.port = self._start_somewhere()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def start(self) -> None:
        """On the same folder and port as before; returns when it takes connections."""
        self._pg_ctl("start", "--log", self.folder / "log", "--options", f"-p {self.port}")

    def stop(self, mode: Mode) -> None:
        """Returns when it has ended. "immediate" is a crash: the next start has to recover."""
        self._pg_ctl("stop", "--mode", mode)

    def close(self) -> None:
        """Stops it, if it runs, and removes the folder. May be called again."""
        if self._keeper.stdin:
            self._keeper.stdin.close()
        self._keeper.wait(TIMEOUT_S + keeper.WITHIN_S)
        if self.folder.exists():
            raise ServerError(f"{self.folder} could not be removed")

    @property
    def pid(self) -> int:
        """Of the process that started all others of this server; ServerError when it is down."""
        try:
            return int((self.data / "postmaster.pid").read_text("utf-8").split()[0])
        except FileNotFoundError:
            raise ServerError("the server is not running") from None

    def url(self, database: str) -> str:
        """`postgresql://user:password@127.0.0.1:port/database`, for a superuser."""
        return f"postgresql://{USER}:{self._password}@127.0.0.1:{self.port}/{database}"

    def create_database(self) -> str:
        """A new database with nothing in it; returns its URL, some 15 ms later."""
        name = f"t{secrets.token_hex(8)}"
        # Copied in files it takes 8 ms, through the log 11 ms; older servers know the files only.
        how = "STRATEGY FILE_COPY" if self.version >= 15 else ""
        self._execute(f"CREATE DATABASE {name} TEMPLATE template0 {how}")
        return self.url(name)

    def drop_database(self, url: str) -> None:
        """With everybody who is still connected to it; one that is gone already is fine."""
        name = url.rpartition("/")[2]
        self._execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def _execute(self, statement: str) -> None:
        import psycopg  # here: what never asks for a server need not load it

        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement.encode())

    def _start_keeper(self) -> subprocess.Popen[bytes]:
        """Before there is anything to end, and away from Ctrl-C, which goes to a whole group."""
        user = (self._account.uid, self._account.gid) if self._account else (-1, -1)
        stop = self._pg_ctl_command("stop", "--mode", "immediate")
        return subprocess.Popen(
            [sys.executable, "-I", "-S", keeper.__file__, self.folder, *map(str, user), *stop],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=_environment(),
            cwd="/",
            start_new_session=True,
        )

    def _make_cluster(self) -> None:
        password = self.folder / "password"
        password.write_text(self._password, "utf-8")
        self._own(password)
        words = ["--auth=scram-sha-256", f"--pwfile={password}", f"--username={USER}"]
        words += ["--encoding=UTF8", "--no-sync", "--pgdata", str(self.data)]
        errors = []
        for locale in LOCALES:  # initdb removes what it began when it fails
            try:
                return self._run([self._bin / "initdb", *words, f"--locale={locale}"])
            except ServerError as error:
                errors.append(str(error))
        raise ServerError("\n".join(errors))

    def _configure(self, settings: Mapping[str, str]) -> None:
        """Settings whose values hold no quote."""
        everything = {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": str(self.folder),
            **settings,
        }
        with (self.data / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.writelines(f"{name} = '{value}'\n" for name, value in everything.items())

    def _start_somewhere(self) -> int:
        """Starts it on a free port and returns that."""
        for left in reversed(range(TRIES)):
            self.port = _free_port()
            try:
                self.start()
                break
            except ServerError as error:
                if not left or "could not bind" not in str(error):
                    raise
        return self.port

    def _pg_ctl(self, *words: str | Path) -> None:
        try:
            self._run(self._pg_ctl_command(*words))
        except ServerError as error:
            log = self.folder / "log"
            said = log.read_text("utf-8", "replace")[-4000:] if log.exists() else ""
            raise ServerError(f"{error}\n{said}") from None

    def _pg_ctl_command(self, *words: str | Path) -> list[str]:
        command = [self._bin / "pg_ctl", "--pgdata", self.data, "--wait", "--silent", *words]
        return [*map(str, command), f"--timeout={TIMEOUT_S}"]

    def _run(self, command: Iterable[str | Path]) -> None:
        """Output goes to a file: a server that was started would keep a pipe open."""
        with tempfile.TemporaryFile() as said:
            done = subprocess.run(
                [str(word) for word in command],
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                env=_environment(),
                cwd=self.folder,
                **(self._account.run if self._account else {}),
            )
            said.seek(0)
            if done.returncode:
                raise ServerError(said.read().decode("utf-8", "replace"))

    def _own(self, path: Path) -> None:
        if self._account:
            os.chown(path, self._account.uid, self._account.gid)


def _somebody_else() -> Account:
    """PostgreSQL refuses to run as root."""
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            found = pwd.getpwnam(name)
            return Account(found.pw_uid, found.pw_gid)
    raise ServerError("PostgreSQL does not run as root, and there is no user postgres or nobody")


def _new_folder(account: Account | None) -> Path:
    """Where tests have their folders (tests/conftest.py chooses memory), if the account gets there.

    pytest's own are closed to everybody else.
    """
    for parent in (os.environ.get("PYTEST_DEBUG_TEMPROOT"), tempfile.gettempdir(), "/tmp"):
        if parent and (not account or _may_run(account, Path(parent))):
            folder = Path(tempfile.mkdtemp(prefix="video-bot-postgres-", dir=parent))
            if account:
                os.chown(folder, account.uid, account.gid)
            return folder
    raise ServerError("there is no folder for temporary files that the server's user can enter")


def _to_copy(folder: Path, account: Account | None) -> Copied | None:
    """None when the account can run what is in `folder` where it is."""
    if not account or _may_run(account, folder / "initdb"):
        return None
    whole = folder.parent
    if whole.parent.name != WHEEL:
        return Copied(whole.parent, (whole,), folder.relative_to(whole.parent))
    # The wheel's programs look for their libraries in a folder beside its package.
    top = whole.parents[1]
    return Copied(top, (whole, *top.glob(f"{WHEEL}.*libs")), folder.relative_to(top))


def _may_run(account: Account, path: Path) -> bool:
    """Whether the account can run this program, or enter this folder."""
    return subprocess.run(["test", "-x", path], cwd="/", **account.run).returncode == 0


def _free_port() -> int:
    for port in random.sample(PORTS, 100):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise ServerError("a hundred ports are taken")


def _environment() -> dict[str, str]:
    """Nothing that is set for another server, such as PGDATA; messages in English."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}
