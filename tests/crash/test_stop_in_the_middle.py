"""SIGTERM while HeyGen is being asked for something: ended in time, gone on after the restart."""

from __future__ import annotations

import asyncio

import pytest

from bot.sandbox.faults import Fault
from tests.crash.bots import bot
from tests.crash.crash_world import BIG_PICTURE, CREATE, UPLOAD, World

LONGER_THAN_A_STOP_WAITS_S = 1.8  # bot/app/workers.py: STOP_WITHIN_S


@pytest.mark.parametrize(
    ("route", "is_outcome_unknown"),
    [pytest.param(UPLOAD, False, id="uploading"), pytest.param(CREATE, True, id="creating")],
)
async def test_bot_told_to_stop_meanwhile_ends_in_time_and_goes_on_later(
    world: World, route: str, is_outcome_unknown: bool
) -> None:
    world.watch.add(route, Fault("slow", seconds=LONGER_THAN_A_STOP_WAITS_S))
    if is_outcome_unknown:
        world.hide_sessions_from_the_first_look()
    arrived = asyncio.Event()
    world.when_asked(route, arrived.set)
    picture = world.slack.add_file(world.ana.user, name="big.png", content=BIG_PICTURE)

    async with bot(world.environ, world.folder) as running:
        assert (await world.submit(await world.open_composer(), [picture])).ok
        async with asyncio.timeout(5):
            await arrived.wait()
        code, seconds = await running.stop()
    if is_outcome_unknown:
        await create_taken(world)
    async with bot(world.environ, world.folder):
        await world.wait_for_result()

    assert (code, seconds < 5) == (0, True)
    assert (len(world.heygen.sessions), len(world.heygen.assets)) == (1, 1)
    assert (len(world.cards()), len(world.results())) == (1, 1)
    assert len(world.shared_files()) == 2  # the video and its captions
    assert world.other_replies() == []


async def create_taken(world: World) -> None:
    """Until HeyGen has done what it was slow to do: bots look twice here, within 0.3 s."""
    async with asyncio.timeout(5):
        while not world.heygen.sessions:  # noqa: ASYNC110 it has no signal
            await asyncio.sleep(0.005)
