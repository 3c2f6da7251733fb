"""One process per database: a lock file beside it says who holds it."""

from __future__ import annotations

import fcntl
import os
import socket
from datetime import UTC, datetime
from pathlib import Path

from bot.domain.errors import AlreadyRunning


class LockFile:
    """Held from `take` to `release`, or until the process ends, however it ends."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor: int | None = descriptor

    @classmethod
    def take(cls, path: Path) -> LockFile:
        """Hold the lock; raises AlreadyRunning with the holder's pid, host and start time."""
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.read(descriptor, 1000).decode(errors="replace").strip()
            os.close(descriptor)
            raise AlreadyRunning(_sentence(holder)) from error
        lock = cls(descriptor)
        try:
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, _own_text().encode(), 0)
        except OSError:
            lock.release()
            raise
        return lock

    def release(self) -> None:
        """Let go; twice is harmless. The file stays: removing it could break somebody's lock."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def _own_text() -> str:
    since = datetime.now(UTC).isoformat(timespec="seconds")
    return f"pid {os.getpid()} on {socket.gethostname()} since {since}\n"


def _sentence(holder: str) -> str:
    who = f" ({holder})" if holder else ""
    return f"Another video bot is already running on this database{who}."
