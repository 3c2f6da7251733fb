"""A new release starts beside the old one, on one database: each serves, whichever works."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import psycopg
import pytest

from bot.sandbox.heygen.server import HeyGenSandbox
from bot.sandbox.slack.server import SlackSandbox
from bot.screens import ids
from tests.postgres.fixtures import missing
from tests.scenarios.process import ROOT, BotProcess, bot_process
from tests.scenarios.sandbox_world import environ, free_port

# The release before this one. Nothing is released yet: the first commit that had replicas.
PREVIOUS = "a2310d4"
RESULT_WITHIN_S = 20.0


@pytest.fixture(scope="module")
def previous(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its code, unpacked."""
    folder = tmp_path_factory.mktemp("previous")
    archive = subprocess.run(
        ["git", "-C", str(ROOT), "archive", PREVIOUS, "bot", "handlers", "store"],
        capture_output=True,
        check=False,
    )
    if archive.returncode != 0:
        missing(f"this copy has no history to take the previous release ({PREVIOUS}) from")
    subprocess.run(["tar", "-x", "-C", str(folder)], input=archive.stdout, check=True)
    return folder


class Workspace:
    """Ana's, and the releases that answer her."""

    def __init__(self, slack: SlackSandbox, heygen: HeyGenSandbox, url: str, folder: Path) -> None:
        self.slack, self.heygen = slack, heygen
        self._settings = {**environ(slack, heygen, folder), "DATABASE_URL": url}
        self._folder = folder
        self._asked = 0

    @asynccontextmanager
    async def release(self, code: Path) -> AsyncIterator[BotProcess]:
        settings = {**self._settings, "PORT": str(free_port())}
        async with bot_process(settings, self._folder, code=code) as bot:
            yield bot

    async def ask(self, bot: BotProcess) -> None:
        """A request that this bot takes; it is to end with its video, whoever makes it."""
        self.slack.connect(f"{bot.url}/slack/events")
        ana, channel = self.slack.person("ana"), self.slack.channel("general")
        await ana.command()
        view = await ana.wait_for_view()
        answer = await ana.submit(view, {ids.PROMPT: "About tea", ids.CHANNEL: channel.id})
        assert answer.ok, answer
        self._asked += 1

    async def wait_for_results(self) -> None:
        def look() -> bool | None:
            messages = self.slack.channel("general").messages
            return sum("is ready" in m.text for m in messages) == self._asked or None

        await self.slack.wait_for(look, RESULT_WITHIN_S, f"{self._asked} results")


@pytest.fixture
async def workspace(tmp_path: Path, postgres_url: str) -> AsyncIterator[Workspace]:
    slack, heygen = SlackSandbox(), HeyGenSandbox(render_s=0.1)
    async with AsyncExitStack() as stack:
        for sandbox in (slack, heygen):
            await sandbox.start()
            stack.push_async_callback(sandbox.stop)
        yield Workspace(slack, heygen, postgres_url, tmp_path)


async def test_old_and_new_serve_side_by_side_and_go_on_when_either_ends(
    workspace: Workspace, previous: Path
) -> None:
    async with workspace.release(previous) as old:
        await workspace.ask(old)
        async with workspace.release(ROOT) as new:  # migrates; the old one works on
            await workspace.ask(old)
            await workspace.ask(new)
            await workspace.wait_for_results()

            assert (await old.end(signal.SIGTERM))[0] == 0
            await workspace.ask(new)
            await workspace.wait_for_results()

            async with workspace.release(previous) as back:  # rolled back: a newer schema
                await workspace.ask(back)
                assert (await new.end(signal.SIGTERM))[0] == 0
                await workspace.ask(back)
                await workspace.wait_for_results()
                assert (await back.end(signal.SIGTERM))[0] == 0

    assert len(workspace.heygen.sessions) == 6


async def test_rolling_update_writes_nothing_that_the_other_release_cannot_read(
    workspace: Workspace, previous: Path, postgres_url: str
) -> None:
    async with workspace.release(ROOT) as new:
        await workspace.ask(new)
        await workspace.wait_for_results()
        assert (await new.end(signal.SIGTERM))[0] == 0
    async with workspace.release(previous) as old:
        await workspace.ask(old)
        await workspace.wait_for_results()
        assert (await old.end(signal.SIGTERM))[0] == 0

    with psycopg.connect(postgres_url) as connection:
        states = connection.execute("SELECT DISTINCT state FROM jobs").fetchall()
    assert states == [("completed",)]
