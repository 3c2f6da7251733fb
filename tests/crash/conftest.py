from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.crash.crash_world import World, sandboxes


@pytest.fixture(params=["key honoured", "key ignored"])
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    async with sandboxes(tmp_path, honours_key=request.param == "key honoured") as world:
        yield world
