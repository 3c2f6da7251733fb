"""kill -9 at every moment of a job's life: one session, one card, one result, always."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.domain.job.job import JobState
from tests.builders import an_attachment
from tests.fakes import Crash, Fate
from tests.workflow.fake_world import World

LIFE_S = 900
LUCKY = Fate(render_s=100, progress=40)
NO_REASON = Fate(render_s=30, fails=True)
MANY = 400  # more moments than any of these lives has

WorldOf = Callable[..., World]


async def live(world: World, *off_at: int) -> str:
    """One life, with the power going off at these moments, each counted from the last restart."""
    crashes = [*off_at, None]
    logo = world.files.add(an_attachment())
    world.power.restore(crashes.pop(0))
    while True:
        try:
            job = await world.ask(key="view-1", attachments=[logo])  # Slack delivers it again
            await world.advance(LIFE_S)
        except Crash:
            await world.restart(off_at=crashes.pop(0) if crashes else None)
        else:
            return job.id


async def assert_lived_once(world: World, job_id: str, sessions: int = 1) -> None:
    assert await world.state_of(job_id) is JobState.COMPLETED, await world.history(job_id)
    assert len(world.agent.sessions) == sessions, await world.history(job_id)
    assert len(world.agent.assets) == 1
    assert len(world.threads.of_kind("card")) == 1
    (result,) = world.threads.of_kind("result")
    card = world.card(job_id)
    assert result.thread_ts == card.ts
    assert world.uploads.shared == [(card.channel_id, card.ts, world.downloads.content)]
    assert card.notice.job.state is JobState.COMPLETED


async def lives_with_one_crash(world_of: WorldOf, fates: list[Fate], *, honours_keys: bool) -> int:
    """Live again and again, dying one moment later each time; how many moments there were."""
    for off_at in range(1, MANY):
        world = world_of()
        world.agent.honours_keys = honours_keys
        world.agent.fates.extend(fates)
        job_id = await live(world, off_at)

        try:
            await assert_lived_once(world, job_id, len(fates))
        except AssertionError as error:
            error.add_note(f"died at moment {off_at}: {world.power.died_at}")
            raise
        if not world.power.died_at:
            return off_at
    raise AssertionError("this life never ends")


@pytest.mark.parametrize("honours_keys", [True, False], ids=["key honoured", "key ignored"])
async def test_crash_at_any_moment_leaves_one_session_one_card_one_result(
    world_of: WorldOf, honours_keys: bool
) -> None:
    assert await lives_with_one_crash(world_of, [LUCKY], honours_keys=honours_keys) > 20


async def test_crash_at_any_moment_of_a_retried_life_leaves_two_sessions(world_of: WorldOf) -> None:
    fates = [NO_REASON, LUCKY]

    assert await lives_with_one_crash(world_of, fates, honours_keys=False) > 25


@pytest.mark.parametrize("listed_after_s", [0, 45], ids=["list at once", "list lags"])
async def test_second_crash_at_any_moment_after_a_create_was_taken_never_pays_twice(
    world_of: WorldOf, listed_after_s: float
) -> None:
    at_create = await moment_of("create_session", world_of)

    for second in range(1, 11):
        world = world_of()
        world.agent.honours_keys = False
        world.agent.fate = Fate(render_s=100, listed_after_s=listed_after_s)
        job_id = await live(world, at_create, second)

        await assert_lived_once(world, job_id)


async def test_second_crash_at_any_moment_after_a_post_never_posts_twice(world_of: WorldOf) -> None:
    at_post = await moment_of("post", world_of)

    for second in range(1, 11):
        world = world_of()
        job_id = await live(world, at_post, second)

        await assert_lived_once(world, job_id)


@pytest.mark.parametrize("told_after_s", [0, 25], ids=["told at once", "told late"])
@pytest.mark.parametrize("method", ["upload", "deliveries.keep_upload", "share"])
async def test_second_crash_at_any_moment_of_a_file_never_shares_twice(
    world_of: WorldOf, method: str, told_after_s: float
) -> None:
    at_method = await moment_of(method, world_of)

    for second in range(1, 11):
        world = world_of()
        world.uploads.told_after_s = told_after_s
        job_id = await live(world, at_method, second)

        await assert_lived_once(world, job_id)


async def moment_of(method: str, world_of: WorldOf) -> int:
    """The moment at which this method first has had its effect, as `live` counts them."""
    world = world_of()
    await live(world)
    return world.power.moments.index(method) + 1
