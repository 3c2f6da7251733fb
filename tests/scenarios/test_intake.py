"""A request is taken once, however often it is brought, and never half: on disk, or told so."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from bot.sandbox.slack.delivery import Answer, ViewErrors
from bot.sandbox.slack.state import View
from bot.screens import ids
from tests.crash.bots import AWAY, KILLED, bot, can_fill_disks
from tests.crash.crash_world import World as KilledWorld
from tests.crash.crash_world import sandboxes
from tests.scenarios.sandbox_world import PROMPT, World, running


@contextmanager
def write_lock(path: Path) -> Iterator[None]:
    """Another process that writes and does not finish, such as a copy for a backup."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


async def send(world: World, view: View) -> Answer:
    return await world.ana.submit(view, {ids.PROMPT: PROMPT})


async def one_job_one_session_one_result(world: World) -> None:
    await world.result()
    assert len(await world.bot.store.jobs.recent(10)) == 1
    assert len(world.heygen.sessions) == 1
    assert len([m for m in world.slack.messages("general") if "is ready" in m.text]) == 1


# -- the same request twice ---------------------------------------------------------------------


async def test_double_click_makes_one_job(either_world: World) -> None:
    world = either_world
    view = await world.open_composer()

    answers = await asyncio.gather(send(world, view), send(world, view))

    assert [answer.ok for answer in answers] == [True, True]
    await one_job_one_session_one_result(world)


async def test_submission_brought_again_by_slack_makes_one_job(either_world: World) -> None:
    world = either_world
    first = await send(world, await world.open_composer())

    again = await asyncio.gather(*(world.ana.deliver_again(first, retry_num=n) for n in (1, 2, 3)))

    assert all(answer.ok for answer in again)
    await one_job_one_session_one_result(world)


async def test_submission_brought_again_after_the_result_makes_one_job(world: World) -> None:
    first = await world.ask()
    await world.result()

    assert (await world.ana.deliver_again(first)).ok

    await one_job_one_session_one_result(world)


async def test_envelope_without_ack_comes_again_on_the_next_socket_and_makes_one_job(
    tmp_path: Path,
) -> None:
    async with running(tmp_path, SLACK_APP_TOKEN="xapp-sandbox") as world:
        view = await world.open_composer()
        with write_lock(tmp_path / "bot.db"):  # so that the ack cannot be written yet
            sending = asyncio.create_task(send(world, view))
            await sent(world, 1)
            await world.slack.refresh_sockets()
            await sent(world, 2)

        assert (await sending).ok
        await one_job_one_session_one_result(world)


async def sent(world: World, times: int) -> None:
    """The one envelope that waits for its ack was sent so often."""
    sockets = world.slack.sockets
    await world.slack.wait_for(
        lambda: sockets.waiting == [times] or None, 3, f"an envelope sent {times} times"
    )


@pytest.fixture
async def killed_world(tmp_path: Path) -> AsyncIterator[KilledWorld]:
    async with sandboxes(tmp_path) as world:
        yield world


async def test_submission_brought_again_after_a_restart_makes_one_job(
    killed_world: KilledWorld,
) -> None:
    world = killed_world
    async with bot(world.environ, world.folder) as killed:
        first = await world.submit(await world.open_composer())
        killed.kill()
        assert await killed.wait() == KILLED
    async with bot(world.environ, world.folder, away=AWAY):
        assert (await world.ana.deliver_again(first)).ok
        await world.wait_for_result()

    assert len(world.books.states()) == len(world.heygen.sessions) == len(world.results()) == 1


async def test_socket_mode_bot_killed_before_the_ack_gets_the_envelope_again(
    killed_world: KilledWorld,
) -> None:
    world = killed_world
    world.slack.courier.ack_limit_s = 15.0
    environ = {**world.environ, "SLACK_APP_TOKEN": world.slack.app_token}
    async with bot(environ, world.folder, die_at="after add_job") as doomed:
        sending = asyncio.create_task(world.submit(await world.open_composer()))
        assert await doomed.wait() == KILLED
    async with bot(environ, world.folder, away=AWAY):
        assert (await sending).ok
        await world.wait_for_result()

    assert len(world.books.states()) == len(world.heygen.sessions) == len(world.results()) == 1


# -- a database that cannot take it -------------------------------------------------------------


async def test_locked_database_is_told_in_the_modal_in_time_and_the_same_form_works_later(
    world: World, tmp_path: Path
) -> None:
    view = await world.open_composer()

    with write_lock(tmp_path / "bot.db"):
        refused = await send(world, view)

    assert isinstance(refused, ViewErrors)
    assert "cannot save your request" in refused.errors[ids.PROMPT]
    assert world.ana.top_view is view  # still open, with what was typed
    assert await world.bot.store.jobs.recent(10) == []
    assert (await send(world, view)).ok
    await one_job_one_session_one_result(world)


@can_fill_disks
async def test_full_disk_is_told_in_the_modal_and_the_same_form_works_later(
    killed_world: KilledWorld,
) -> None:
    world = killed_world
    async with bot(world.environ, world.folder) as running_bot:
        view = await world.open_composer()
        running_bot.limit_files(0)

        refused = await world.submit(view)

        assert isinstance(refused, ViewErrors)
        assert "cannot save your request" in refused.errors[ids.PROMPT]
        assert world.ana.top_view is view
        assert world.books.states() == {}
        running_bot.limit_files(None)
        assert (await world.submit(view)).ok
        await world.wait_for_result()

    assert len(world.books.states()) == len(world.heygen.sessions) == len(world.results()) == 1
