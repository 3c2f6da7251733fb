"""Days on which every call may go wrong, told by a seed."""

from __future__ import annotations

import random

import pytest

from bot.domain.job.job import JobState
from tests.builders import an_attachment
from tests.fakes import AGENT_TROUBLES, SLACK_TROUBLES, UPLOAD_TROUBLES, moody
from tests.workflow.fake_world import World


@pytest.mark.parametrize("seed", range(4))
async def test_bad_day_ends_with_every_job_told_once_and_paid_once(world: World, seed: int) -> None:
    dice = random.Random(seed)
    world.agent.honours_keys = bool(seed % 2)
    world.agent.choose_trouble = moody(dice, 0.25, AGENT_TROUBLES)
    world.threads.choose_trouble = moody(dice, 0.25, SLACK_TROUBLES)
    world.uploads.choose_trouble = moody(dice, 0.25, UPLOAD_TROUBLES)
    jobs = []
    for n in range(4):
        logo = world.files.add(an_attachment(f"F{n}"))
        jobs.append(await world.ask(who=f"U-{n % 2}", attachments=[logo]))
        await world.advance(20)
        await world.restart()

    await world.advance(7_200)

    for job in jobs:
        sessions = [s for s in world.agent.sessions.values() if job.id in s.new.prompt]
        assert await world.state_of(job.id) is JobState.COMPLETED
        assert len(sessions) == 1
        assert len(world.threads.of_kind("card", job.id)) == 1
        assert len(world.threads.of_kind("result", job.id)) == 1
    videos = [u for u in world.uploads.uploads.values() if u.shares]
    assert len(videos) == len(world.uploads.shared) == len(world.threads.of_kind("result"))
