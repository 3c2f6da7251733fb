"""The disk is full as HeyGen's answer to the paid call arrives: what HeyGen told is kept."""

from __future__ import annotations

import resource

import pytest

from tests.crash.bots import KillableBot, bot
from tests.crash.world import CREATE, LIST, World


def limit_files(running: KillableBot, size_bytes: int) -> None:
    """No file of this process grows beyond `size_bytes`: to it the disk is full (Linux)."""
    resource.prlimit(running.pid, resource.RLIMIT_FSIZE, (size_bytes, resource.RLIM_INFINITY))


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="needs Linux: prlimit")
async def test_session_told_while_the_disk_is_full_is_saved_once_there_is_room(
    world: World,
) -> None:
    looks: list[str] = []
    wal = world.folder / "bot.db-wal"
    async with bot(world.environ, world.folder) as running:
        world.when_asked(CREATE, lambda: limit_files(running, wal.stat().st_size))
        world.when_asked(LIST, lambda: looks.append(LIST))
        assert (await world.submit(await world.open_composer())).ok
        await running.wait_for_log("session not saved yet")
        limit_files(running, resource.RLIM_INFINITY)
        await world.wait_for_result()

    assert looks == []  # HeyGen had told it already
    assert len(world.heygen.sessions) == len(world.cards()) == len(world.results()) == 1
    assert world.other_replies() == []
