"""The bot's token is revoked and restored while it runs: told, nothing lost, on at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from bot.screens import ids
from tests.scenarios.sandbox_world import PROMPT, World, running


@pytest.fixture(params=["HTTP", "Socket Mode"])
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    more = {"SLACK_APP_TOKEN": "xapp-sandbox"} if request.param == "Socket Mode" else {}
    async with running(tmp_path, render_s=0.3, **more) as world:
        yield world


async def readiness(world: World, status: int) -> str:
    """What /readyz says once it answers with this status: it is asked until it does."""
    async with aiohttp.ClientSession() as http, asyncio.timeout(5):
        while True:
            async with http.get(f"{world.bot.url}/readyz") as answer:
                if answer.status == status:
                    return await answer.text()
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("code", ["token_revoked", "invalid_auth", "account_inactive"])
async def test_revoked_token_is_told_and_everything_goes_on_once_it_works(
    world: World, code: str
) -> None:
    view = await world.open_composer()
    world.slack.revoke_token(code)
    values = {ids.PROMPT: PROMPT, ids.CHANNEL: world.slack.channel("general").id}
    assert (await world.ana.submit(view, values)).ok
    told = await readiness(world, 503)
    await world.slack.wait_for(
        lambda: [c for c in world.slack.calls if c.method == "chat.postMessage"] or None,
        5,
        "a post that is refused",
    )

    world.slack.restore_token()

    await world.result()
    assert f"Slack refuses SLACK_BOT_TOKEN ({code})" in told
    assert '"ready"' in await readiness(world, 200)


async def test_bot_at_rest_notices_a_revoked_token_too(world: World) -> None:
    assert '"ready"' in await readiness(world, 200)

    world.slack.revoke_token()

    assert "Install the app again" in await readiness(world, 503)
