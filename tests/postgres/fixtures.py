"""A PostgreSQL server for each worker that needs one, and an empty database for each test."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import NoReturn

import pytest

from tests.postgres import binaries
from tests.postgres.binaries import Binaries
from tests.postgres.server import PostgresServer


@pytest.fixture(scope="session")
def postgres_binaries() -> Binaries:
    """For tests that start, stop or crash a server of their own.

    Where there is none the test is skipped and says why; CI must have one.
    """
    return binaries.find() or missing(binaries.NONE)


@pytest.fixture(scope="session")
def postgres_server(postgres_binaries: Binaries) -> Iterator[PostgresServer]:
    """Started when the first test asks for it; it belongs to all tests: leave it running."""
    with PostgresServer(postgres_binaries) as server:
        yield server


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """An empty database of this test's own: `postgresql://user:password@127.0.0.1:port/name`."""
    url = postgres_server.create_database()
    yield url
    postgres_server.drop_database(url)


def missing(what: str) -> NoReturn:
    """Skips the test, or fails it where CI=true."""
    if os.environ.get("CI") == "true":
        pytest.fail(what, pytrace=False)
    pytest.skip(what)
