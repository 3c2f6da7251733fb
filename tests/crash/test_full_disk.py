"""The disk is full as HeyGen's answer to the paid call arrives: what HeyGen told is kept."""

from __future__ import annotations

from tests.crash.bots import bot, can_fill_disks
from tests.crash.crash_world import CREATE, LIST, World


@can_fill_disks
async def test_session_told_while_the_disk_is_full_is_saved_once_there_is_room(
    world: World,
) -> None:
    looks: list[str] = []
    wal = world.folder / "bot.db-wal"
    async with bot(world.environ, world.folder) as running:
        world.when_asked(CREATE, lambda: running.limit_files(wal.stat().st_size))
        world.when_asked(LIST, lambda: looks.append(LIST))
        assert (await world.submit(await world.open_composer())).ok
        await running.wait_for_log("session not saved yet")
        running.limit_files(None)
        await world.wait_for_result()

    assert looks == []  # HeyGen had told it already
    assert len(world.heygen.sessions) == len(world.cards()) == len(world.results()) == 1
    assert world.other_replies() == []
