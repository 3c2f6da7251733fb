"""An operator registers a webhook endpoint: signed news brings the result, long before a poll."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.app.bot import build
from bot.cli import app
from bot.config import load_settings
from bot.sandbox.heygen.server import HeyGenSandbox
from tests.scenarios.sandbox_world import World, environ, free_port, running

HOUR_S = "3600"


async def register(heygen: HeyGenSandbox, url: str) -> str:
    """The secret that `video-bot webhooks register` shows."""
    settings = {"HEYGEN_API_KEY": heygen.api_key, "HEYGEN_API_URL": heygen.url, "PUBLIC_URL": url}
    command = ["webhooks", "register", "--json"]
    result = await asyncio.to_thread(CliRunner().invoke, app, command, env=settings)
    assert result.exit_code == 0, result.stderr
    secret: str = json.loads(result.stdout)["secret"]
    return secret


async def restart(world: World, folder: Path, **more: str) -> None:
    """The same bot with more settings, on the same database and port."""
    await world.bot.stop()
    usual = environ(world.slack, world.heygen, folder)
    world.bot = build(load_settings({**usual, **more}, env_file=None))
    await world.bot.start()


async def tried(heygen: HeyGenSandbox, times: int) -> None:
    """HeyGen tells nobody else how often it tried to tell us, so it is asked."""
    for _ in range(1_000):
        if len(heygen.callbacks) >= times:
            return
        await asyncio.sleep(0.005)
    raise AssertionError("HeyGen did not try so often")


async def test_signed_news_of_a_registered_endpoint_brings_the_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    slow = {"POLL_INTERVAL_S": HOUR_S, "PORT": str(free_port())}
    async with running(tmp_path, **slow) as world:
        secret = await register(world.heygen, world.bot.url)
        await restart(world, tmp_path, HEYGEN_WEBHOOK_SECRET=secret, **slow)
        try:
            await world.ask()
            result = await world.result()
        finally:
            await world.bot.stop()

    (news,) = world.heygen.callbacks
    assert (news.is_signed, news.status) == (True, 200)
    assert "is ready" in result.text


async def test_news_signed_with_a_secret_that_was_rotated_away_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    slow = {"POLL_INTERVAL_S": HOUR_S, "PORT": str(free_port())}
    async with running(tmp_path, **slow) as world:
        await register(world.heygen, world.bot.url)
        await restart(world, tmp_path, HEYGEN_WEBHOOK_SECRET="whsec_of_yesterday", **slow)
        try:
            await world.ask()
            await tried(world.heygen, 3)
        finally:
            await world.bot.stop()

    assert [news.status for news in world.heygen.callbacks] == [401, 401, 401]
