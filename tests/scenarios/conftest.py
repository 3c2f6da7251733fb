from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.scenarios.sandbox_world import World, running


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with running(tmp_path) as world:
        yield world


@pytest.fixture(params=["http", "socket_mode"])
async def either_world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    more = {"SLACK_APP_TOKEN": "xapp-sandbox"} if request.param == "socket_mode" else {}
    async with running(tmp_path, **more) as world:
        yield world
