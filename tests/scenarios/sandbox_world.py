"""The real bot between both sandboxes on loopback, and one person who uses it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.app.bot import Bot, build
from bot.config import Settings, load_settings
from bot.sandbox.heygen.server import HeyGenSandbox
from bot.sandbox.slack.delivery import Answer
from bot.sandbox.slack.person import Person
from bot.sandbox.slack.server import SlackSandbox
from bot.sandbox.slack.state import Message, SlackFile, View
from bot.screens import ids
from tests.block_kit.recorder import record
from tests.empty_database import write_empty_database

PROMPT = "A 30-second welcome for new colleagues."


@dataclass
class World:
    slack: SlackSandbox
    heygen: HeyGenSandbox
    settings: Settings
    bot: Bot
    ana: Person

    async def open_composer(self, text: str = "", *, channel: str = "general") -> View:
        answer = await self.ana.command(text, channel=channel)
        assert answer.ok, answer
        return await self.ana.wait_for_view()

    async def ask(
        self,
        prompt: str = PROMPT,
        *,
        files: Sequence[SlackFile] = (),
        channel: str | None = "general",
        orientation: str = "landscape",
    ) -> Answer:
        """Type /video, fill in the form and send it."""
        view = await self.open_composer()
        values: dict[str, object] = {
            ids.PROMPT: prompt,
            ids.ORIENTATION: orientation,
            ids.ATTACHMENTS: list(files),
            ids.CHANNEL: channel and self.slack.channel(channel).id,
        }
        if not files:
            del values[ids.ATTACHMENTS]
        return await self.ana.submit(view, values)

    async def message(
        self, fits: Callable[[Message], bool], *, channel: str = "general", timeout_s: float = 5.0
    ) -> Message:
        return await self.ana.wait_for_message(channel, fits, timeout_s)

    async def result(self, channel: str = "general") -> Message:
        """The reply that says the video is ready."""
        return await self.message(lambda m: "is ready" in m.text, channel=channel)

    async def failure(self, words: str, channel: str = "general") -> Message:
        """The reply that says why there is no video."""
        return await self.message(lambda m: m.is_reply and words in m.text, channel=channel)

    async def card_says(self, words: str, channel: str = "general") -> Message:
        return await self.message(lambda m: not m.is_reply and words in m.text, channel=channel)

    async def direct_message(self, words: str) -> Message:
        """A message in the DM between the bot and Ana."""

        def look() -> Message | None:
            mine = self.slack.direct_messages(self.ana.user)
            return next((m for m in mine if words in m.text), None)

        return await self.slack.wait_for(look, 5.0, f"a direct message with {words!r}")


async def session_stopped(heygen: HeyGenSandbox) -> None:
    """HeyGen tells nobody of a stop, so it is asked."""
    (session,) = heygen.sessions.values()
    for _ in range(1_000):
        if session.stopped_at is not None:
            return
        await asyncio.sleep(0.005)
    raise AssertionError("the session was not stopped")


def free_port() -> int:
    """A port that was free a moment ago, for a bot that must know its own address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def environ(slack: SlackSandbox, heygen: HeyGenSandbox, folder: Path) -> dict[str, str]:
    """What an operator sets, with both platforms replaced by their sandboxes."""
    return {
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_SIGNING_SECRET": slack.signing_secret,
        "SLACK_API_URL": slack.api_url,
        "HEYGEN_API_KEY": heygen.api_key,
        "HEYGEN_API_URL": heygen.url,
        "DATABASE_URL": f"sqlite:///{folder / 'bot.db'}",
        "PORT": "0",
        "POLL_INTERVAL_S": "0.05",
    }


@asynccontextmanager
async def running(
    folder: Path, *, render_s: float = 0.1, video_id_delay_s: float = 0.0, **more: str
) -> AsyncIterator[World]:
    """Both sandboxes and the bot, started; `more` are settings by their upper-case names."""
    write_empty_database(folder / "bot.db")
    slack = SlackSandbox()
    heygen = HeyGenSandbox(render_s=render_s, video_id_delay_s=video_id_delay_s)
    await slack.start()
    await heygen.start()
    try:
        settings = load_settings({**environ(slack, heygen, folder), **more}, env_file=None)
        bot = build(settings)
        try:
            await bot.start()
            if settings.slack_app_token is None:
                slack.connect(f"{bot.url}/slack/events")
            yield World(slack, heygen, settings, bot, slack.person("ana"))
        finally:
            await bot.stop()
    finally:
        await heygen.stop()
        await slack.stop()
        record(slack)
