"""For every test: nothing leaves this machine, and what judges all that was sent comes last."""

from __future__ import annotations

import ipaddress
import os
import sys
from typing import Any

import pytest

LAST = "test_block_kit.py"
pytest_plugins = ["tests.contract.hook"]


def pytest_configure() -> None:
    """A test that asks a name server or a proxy would depend on where it runs."""
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        del os.environ[name]
    sys.addaudithook(_stay_here)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.path.name == LAST)


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
