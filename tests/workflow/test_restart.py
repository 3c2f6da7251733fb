"""kill -9 at every moment of a job's life: one session, one card, one result, always."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.domain.job import JobState
from tests.builders import an_attachment
from tests.fakes import Fate
from tests.workflow.world import World

LIFE_S = 600


async def the_life(world: World) -> str:
    logo = world.files.add(an_attachment())
    job = await world.ask(key="view-1", attachments=[logo])
    return job.id


async def test_lucky(world: World) -> None:
    import time
    t = time.time()
    job_id = await the_life(world)
    world.power.restore()
    await world.advance(LIFE_S)
    print(world.power.count, time.time() - t)
    assert await world.state_of(job_id) is JobState.COMPLETED
    assert 0
