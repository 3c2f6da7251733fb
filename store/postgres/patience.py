"""How long somebody waits for the server, and what becomes of the question then."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import psycopg


class Patience:
    """Of one question or change: either it is given up, or its commit begins, never both."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._connection: psycopg.Connection[Any] | None = None
        self.is_settled = False

    def settle(self) -> bool:
        """True for the first who asks: the one who waits, or the thread before it commits."""
        with self._lock:
            is_first, self.is_settled = not self.is_settled, True
        return is_first

    @contextmanager
    def with_connection(self, connection: psycopg.Connection[Any]) -> Iterator[None]:
        """The connection that a thread waits for; it is nobody else's until then."""
        with self._lock:
            self._connection = connection
        try:
            yield
        finally:
            with self._lock:
                self._connection = None

    def cut(self) -> None:
        """End the wait of the thread: a server that hangs, or a proxy before one, never would."""
        with self._lock, suppress(OSError, psycopg.Error):
            if self._connection is not None:
                with socket.socket(fileno=os.dup(self._connection.fileno())) as line:
                    line.shutdown(socket.SHUT_RDWR)
