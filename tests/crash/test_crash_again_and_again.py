"""kill -9 at one point, and after each restart at the same point again: still everything once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.crash.bots import AWAY, KILLED, bot
from tests.crash.crash_world import World, sandboxes

# Those that a restarted bot comes to again; after the others it finds what is done (see
# test_crash_at_every_step.py).
POINTS = (
    "before create",
    "after save sending",
    "before post CARD",
    "before post RESULT",
    "after mark_posting result",
    "before upload_video",
    "after upload_video",
    "before share",
)
BETWEEN_LOOKS = ("after list_sessions", "before list_sessions")
AFTER_A_SHARE = ("before is_shared", "after is_shared")


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """HeyGen ignores the key: the harder case."""
    async with sandboxes(tmp_path, honours_key=False) as world:
        yield world


async def killed_at(world: World, point: str, times: int) -> None:
    """Restart the bot so many times, and see it killed at `point` each time."""
    for number in range(1, times + 1):
        async with bot(world.environ, world.folder, die_at=point, away=number * AWAY) as doomed:
            assert await doomed.wait() == KILLED


async def expect_one_of_everything(world: World, restarts: int) -> None:
    async with bot(world.environ, world.folder, away=(restarts + 1) * AWAY):
        await world.wait_for_result()

    assert list(world.books.states().values()) == ["completed"]
    assert len(world.heygen.sessions) == 1
    assert (len(world.cards()), len(world.results())) == (1, 1)
    assert sorted(name.rpartition(".")[2] for name in world.shared_files()) == ["mp4", "srt"]
    assert world.other_replies() == []


@pytest.mark.parametrize("times", [2, 3])
@pytest.mark.parametrize("point", POINTS)
async def test_bot_killed_there_each_time_makes_one_video_and_posts_it_once(
    world: World, point: str, times: int
) -> None:
    async with bot(world.environ, world.folder, die_at=point) as doomed:
        assert (await world.submit(await world.open_composer())).ok
        assert await doomed.wait() == KILLED
    await killed_at(world, point, times - 1)

    await expect_one_of_everything(world, times)


@pytest.mark.parametrize("times", [2, 3])
@pytest.mark.parametrize("point", BETWEEN_LOOKS)
async def test_bot_killed_at_each_look_for_its_session_finds_it_and_pays_once(
    world: World, point: str, times: int
) -> None:
    async with bot(world.environ, world.folder, die_at="after create") as doomed:
        assert (await world.submit(await world.open_composer())).ok
        assert await doomed.wait() == KILLED
    await killed_at(world, point, times)

    await expect_one_of_everything(world, times + 1)


@pytest.mark.parametrize("times", [2, 3])
@pytest.mark.parametrize("point", AFTER_A_SHARE)
async def test_bot_killed_at_each_question_about_its_file_shares_it_once(
    world: World, point: str, times: int
) -> None:
    async with bot(world.environ, world.folder, die_at="after share") as doomed:
        assert (await world.submit(await world.open_composer())).ok
        assert await doomed.wait() == KILLED
    await killed_at(world, point, times)

    await expect_one_of_everything(world, times + 1)
