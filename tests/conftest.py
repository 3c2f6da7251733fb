"""For every test: nothing leaves this machine, and each has its place (tests/side_by_side.py)."""

from __future__ import annotations

import gc
import ipaddress
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import certifi
import pytest
from hypothesis import settings

pytest_plugins = ["tests.contract.hook", "tests.postgres.fixtures", "tests.side_by_side"]
# Half of the time went into waiting for disks that nobody pulls the plug of (Linux only).
MEMORY = Path("/dev/shm")
MEMORY_BYTES = 2_000_000_000
END_OF_CERTIFICATE = "-----END CERTIFICATE-----\n"


def pytest_configure(config: pytest.Config) -> None:
    """A test that asks a name server or a proxy would depend on where it runs."""
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        del os.environ[name]
    sys.addaudithook(_stay_here)
    # Its 200 ms for one example are no requirement of ours, and pass or fail with the neighbours.
    settings.register_profile("side by side", deadline=None)
    settings.load_profile("side by side")
    if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > MEMORY_BYTES:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))
    folder = tempfile.TemporaryDirectory(prefix="video-bot-tests-")
    config.add_cleanup(folder.cleanup)
    _trust_one_authority(Path(folder.name) / "authority.pem")


def _trust_one_authority(file: Path) -> None:
    """No test speaks TLS, and to read all authorities takes each client 20 ms."""
    file.write_text("".join(certifi.contents().partition(END_OF_CERTIFICATE)[:2]), "utf-8")
    os.environ["SSL_CERT_FILE"] = str(file)


def pytest_collection_finish() -> None:
    """Thousands of tests that stay to the end: the garbage collector need not look for them."""
    gc.collect()
    gc.freeze()


def _stay_here(event: str, args: tuple[Any, ...]) -> None:
    """An audit hook (PEP 578): it is told of every connection, and what it raises is raised there.

    No OSError, which the bot would take for a network that is away.
    """
    if event == "socket.getaddrinfo":
        host = args[0]
    elif event == "socket.connect" and isinstance(args[1], tuple):  # else a socket in a folder
        host = args[1][0]
    else:
        return
    if not _is_here(host):
        raise AssertionError(f"a test wanted to leave this machine: {event} {host!r}")


def _is_here(host: str | bytes | None) -> bool:
    name = host.decode() if isinstance(host, bytes) else host
    try:
        return name in (None, "localhost") or ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
