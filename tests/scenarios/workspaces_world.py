"""The real bot, which any workspace may install, between both sandboxes on loopback."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.app.bot import Bot, build
from bot.config import Settings, load_settings
from bot.sandbox.heygen.account import HeyGenAccount
from bot.sandbox.heygen.server import HeyGenSandbox
from bot.sandbox.slack.browser import Page
from bot.sandbox.slack.delivery import Answer
from bot.sandbox.slack.server import SlackSandbox
from bot.sandbox.slack.state import Message
from bot.sandbox.slack.team import SlackTeam
from bot.screens import ids
from tests.block_kit.recorder import record
from tests.empty_database import write_empty_database
from tests.keys import FERNET_KEY
from tests.scenarios.sandbox_world import free_port

PROMPT = "A 30-second welcome for new colleagues."


@dataclass
class World:
    slack: SlackSandbox
    heygen: HeyGenSandbox
    settings: Settings
    bot: Bot

    @property
    def install_url(self) -> str:
        return f"{self.settings.public_url}/slack/install"

    def workspace(self, name: str, person: str) -> SlackTeam:
        """A workspace with a channel and one person, an admin of it; without the app."""
        team = self.slack.add_workspace(name)
        team.add_channel("general", members=(team.add_user(person, is_admin=True),))
        return team

    async def install(self, team: SlackTeam, person: str) -> Page:
        page = await team.person(person).install(self.install_url)
        assert page.status == 200, page.text
        return page


async def ask(team: SlackTeam, name: str, prompt: str = PROMPT, channel: str = "general") -> Answer:
    """Type /video, fill in the form and send it."""
    person = team.person(name)
    answer = await person.command(channel=channel)
    assert answer.ok, answer
    view = await person.wait_for_view()
    values: dict[str, object] = {
        ids.PROMPT: prompt,
        ids.ORIENTATION: "landscape",
        ids.CHANNEL: team.channel(channel).id,
    }
    return await person.submit(view, values)


async def result(team: SlackTeam, name: str, timeout_s: float = 8.0) -> Message:
    person = team.person(name)
    return await person.wait_for_message("general", lambda m: "is ready" in m.text, timeout_s)


async def card_says(team: SlackTeam, name: str, words: str) -> Message:
    return await team.person(name).wait_for_message(
        "general", lambda m: not m.is_reply and words in m.text, 8.0
    )


def environ(slack: SlackSandbox, heygen: HeyGenSandbox, folder: Path, port: int) -> dict[str, str]:
    return {
        "SLACK_CLIENT_ID": slack.app.client_id,
        "SLACK_CLIENT_SECRET": slack.app.client_secret,
        "SLACK_SIGNING_SECRET": slack.signing_secret,
        "SLACK_API_URL": slack.api_url,
        "ENCRYPTION_KEYS": FERNET_KEY,
        "HEYGEN_API_KEY": heygen.api_key,
        "HEYGEN_API_URL": heygen.url,
        "DATABASE_URL": f"sqlite:///{folder / 'bot.db'}",
        "PORT": str(port),
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "POLL_INTERVAL_S": "0.05",
    }


@asynccontextmanager
async def running(
    folder: Path,
    *,
    rotation: bool = False,
    render_s: float = 0.1,
    socket_mode: bool = False,
    **more: str,
) -> AsyncIterator[World]:
    """Both sandboxes and the bot, started; `more` are settings by their upper-case names.

    An empty value takes a setting away.
    """
    write_empty_database(folder / "bot.db")
    slack = SlackSandbox(installed=False, rotation=rotation)
    heygen = HeyGenSandbox(render_s=render_s)
    await slack.start()
    await heygen.start()
    try:
        given = environ(slack, heygen, folder, free_port()) | more
        if socket_mode:
            given |= {"SLACK_APP_TOKEN": slack.app_token, "SLACK_SIGNING_SECRET": ""}
        async with started(slack, heygen, given) as world:
            yield world
    finally:
        await heygen.stop()
        await slack.stop()
        record(slack)


@asynccontextmanager
async def started(
    slack: SlackSandbox, heygen: HeyGenSandbox, given: dict[str, str]
) -> AsyncIterator[World]:
    settings = load_settings(given, env_file=None)
    bot = build(settings)
    try:
        await bot.start()
        if settings.slack_app_token is None:
            slack.connect(f"{bot.url}/slack/events")
        yield World(slack, heygen, settings, bot)
    finally:
        await bot.stop()


def account_of(world: World, name: str, key: str) -> HeyGenAccount:
    return world.heygen.add_account(name, api_key=key, render_s=0.1)
