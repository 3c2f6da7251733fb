"""One process per database: it holds the database's own file, and a lock file that says who it is.

The lock file beside the database tells a second bot who the first one is. It can be deleted, and
a link leads to the same database past it; so the database's file itself is locked too (flock, a
lock of another kind than SQLite's, which `video-bot jobs` needs).
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import socket
from datetime import UTC, datetime
from pathlib import Path

from bot.domain.errors import AlreadyRunning

OWNER_ONLY = 0o600


class LockFile:
    """Held from `take` to `release`, or until the process ends, however it ends."""

    def __init__(self, database: Path, beside: int, itself: int) -> None:
        self._database = database
        self._descriptors = [beside, itself]
        self._file = _identity(os.fstat(itself))

    @classmethod
    def take(cls, database: Path) -> LockFile:
        """Hold the database, made empty if there is none; nobody else may read what is written.

        Raises AlreadyRunning with the holder's pid, host and start time, as far as it is known.
        To be released after SQLite has closed the file: closing any descriptor of a file drops
        SQLite's own locks on it (POSIX), which is why the lock file comes first.
        """
        real = database.resolve()
        with contextlib.ExitStack() as undo:
            beside = _held(real.with_name(f"{real.name}.lock"), undo)
            itself = _held(real, undo)
            os.ftruncate(beside, 0)
            os.pwrite(beside, _own_text().encode(), 0)
            for written in (real.with_name(f"{real.name}{end}") for end in ("-wal", "-shm")):
                with contextlib.suppress(FileNotFoundError):
                    os.chmod(written, OWNER_ONLY)
            undo.pop_all()
        return cls(database.absolute(), beside, itself)

    def is_still_there(self) -> bool:
        """Whether the database's path leads to the file that is held: it may have been moved."""
        try:
            return _identity(os.stat(self._database)) == self._file
        except OSError:
            return False

    def release(self) -> None:
        """Let go; twice is harmless. The file stays: removing it could break somebody's lock."""
        while self._descriptors:
            os.close(self._descriptors.pop())


def _held(path: Path, undo: contextlib.ExitStack) -> int:
    """A descriptor of the file, locked."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, OWNER_ONLY)
    undo.callback(os.close, descriptor)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        holder = os.read(descriptor, 1000) if path.suffix == ".lock" else b""
        raise AlreadyRunning(_sentence(holder.decode(errors="replace").strip())) from error
    with contextlib.suppress(PermissionError):  # somebody else's file that we may write: theirs
        os.fchmod(descriptor, OWNER_ONLY)
    return descriptor


def _identity(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino


def _own_text() -> str:
    since = datetime.now(UTC).isoformat(timespec="seconds")
    return f"pid {os.getpid()} on {socket.gethostname()} since {since}\n"


def _sentence(holder: str) -> str:
    who = f" ({holder})" if holder else ""
    return f"Another video bot is already running on this database{who}."
