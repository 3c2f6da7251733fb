"""Links read anew: for showing, never for keeping."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.errors import JobUnknown, NotPossible, Outsider, VideoAgentUnavailable
from bot.domain.job.job import Job, JobState
from bot.domain.job.permissions import Who
from bot.workflow.fresh_links import FreshLinks
from tests.workflow.fake_world import World

BEN = Who("U-BEN")


@pytest.fixture
def links(world: World) -> FreshLinks:
    return FreshLinks(world.store, world.agent)


async def finished(world: World) -> Job:
    job = await world.ask()
    await world.advance(600)
    return await world.job(job.id)


async def test_links_are_those_that_heygen_gives_now_and_none_is_kept(
    world: World, links: FreshLinks
) -> None:
    before = await finished(world)
    assert before.outcome.result is not None
    stale = replace(before.outcome.result, video_url="https://files.heygen.test/stale.mp4")
    await world.change(before.id, result=stale)

    shown = await links.of(before.id, BEN)

    assert shown.outcome.result is not None
    assert shown.outcome.result.video_url == before.outcome.result.video_url
    assert (await world.job(before.id)).outcome.result == stale


async def test_video_that_is_not_finished_has_none(world: World, links: FreshLinks) -> None:
    job = await world.ask()

    with pytest.raises(NotPossible) as refused:
        await links.of(job.id, BEN)

    assert "no finished video" in refused.value.sentence


async def test_outsider_and_unknown_job_are_refused(world: World, links: FreshLinks) -> None:
    job = await finished(world)
    assert job.state is JobState.COMPLETED

    with pytest.raises(Outsider):
        await links.of(job.id, replace(BEN, is_outsider=True))
    with pytest.raises(JobUnknown):
        await links.of("nobody", BEN)


async def test_heygen_that_cannot_be_reached_is_told_as_such(
    world: World, links: FreshLinks
) -> None:
    job = await finished(world)
    world.agent.fail("get_video", VideoAgentUnavailable())

    with pytest.raises(VideoAgentUnavailable):
        await links.of(job.id, BEN)
