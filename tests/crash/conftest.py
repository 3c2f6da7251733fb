from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.crash.crash_world import World, sandboxes


@pytest.fixture(params=["key honoured", "key ignored"])
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    async with sandboxes(tmp_path, honours_key=request.param == "key honoured") as world:
        yield world


@pytest.fixture
async def postgres_world(tmp_path: Path, postgres_url: str) -> AsyncIterator[World]:
    """A bot that comes after a killed one waits until that one's lease has run out."""
    async with sandboxes(tmp_path, honours_key=False, postgres_url=postgres_url) as world:
        yield world
