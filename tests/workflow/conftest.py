"""A world for each test, and its log."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, MutableMapping
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from tests.workflow.fake_world import World

Logs = list[MutableMapping[str, Any]]


@pytest.fixture(autouse=True)
def logs() -> Iterator[Logs]:
    """What was logged. A failed task is a failed test, unless the test takes it out."""
    with capture_logs() as lines:
        yield lines
    assert [line for line in lines if line["event"] in ("task failed", "step failed")] == []


@pytest.fixture
async def world_of(tmp_path: Path) -> AsyncIterator[Callable[..., World]]:
    """world_of(limit=1): a world that differs from the usual one."""
    worlds: list[World] = []

    def build(**how: Any) -> World:
        folder = tmp_path / str(len(worlds))
        folder.mkdir()
        worlds.append(World(folder, **how))
        return worlds[-1]

    yield build
    for world in worlds:
        await world.close()


@pytest.fixture
def world(world_of: Callable[..., World]) -> World:
    return world_of()
