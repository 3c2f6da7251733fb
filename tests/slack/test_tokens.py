"""Tokens that rotate: renewed in time, once, by whoever needs them, and never lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.domain.errors import SlackError, SlackRefused, SlackUnavailable, StoreUnavailable
from bot.domain.workspace import Installation, SlackToken
from bot.sandbox.faults import Fault
from bot.sandbox.slack.server import SlackSandbox
from bot.slack.client import slack_client, slack_session
from bot.slack.errors import slack_call
from bot.slack.tokens import AppCredentials, FixedToken, RenewedToken, TokenClient
from store import open_store
from tests.empty_database import write_empty_database
from tests.fakes import FakeClock
from tests.keys import FERNET_KEY
from tests.sandbox.slack.oauth_world import BACK, a_code, exchange

LIFE = timedelta(hours=12)


@dataclass
class Bot:
    """An installed bot with one token, as each process has it."""

    slack: SlackSandbox
    store: Any
    clock: FakeClock
    session: aiohttp.ClientSession

    @property
    def workspace_id(self) -> str:
        return self.slack.team_id

    def token(self, installations: Any = None) -> RenewedToken:
        return RenewedToken(
            self.workspace_id,
            installations=installations or self.store.installations,
            lock=self.store.lock,
            client=slack_client(None, self.slack.api_url, self.session),
            credentials=AppCredentials(self.slack.app.client_id, self.slack.app.client_secret),
            clock=self.clock,
        )

    async def kept(self) -> SlackToken:
        installation = await self.store.installations.get(self.workspace_id)
        assert installation is not None
        assert installation.token is not None
        return installation.token


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[Bot]:
    write_empty_database(tmp_path / "bot.db")
    store = open_store(f"sqlite:///{tmp_path / 'bot.db'}", encryption_keys=(FERNET_KEY,))
    clock = FakeClock()
    async with (
        SlackSandbox(installed=False, rotation=True, now=lambda: clock.now().timestamp()) as slack,
        slack_session() as session,
    ):
        code = await a_code(slack, scope="chat:write,chat:write.public")
        told = await exchange(slack, code=code, redirect_uri=BACK)
        token = SlackToken(told["access_token"], told["refresh_token"], clock.now() + LIFE)
        await store.installations.keep(_installation(slack.team_id, clock.now(), token))
        yield Bot(slack, store, clock, session)
    await store.close()


def _installation(team_id: str, now: datetime, token: SlackToken | None) -> Installation:
    return Installation(
        *(team_id, team_id, None, "Acme", "A1", "B1", "U1", ("commands",), "U2", now, token)
    )


async def works(bot: Bot, token: str) -> bool:
    client = slack_client(token, bot.slack.api_url, bot.session)
    return bool((await client.auth_test())["ok"])


async def test_fresh_token_is_asked_for_nowhere(bot: Bot) -> None:
    token = bot.token()

    assert await token.current() == (await bot.kept()).access
    assert bot.slack.refreshes == 0


async def test_token_is_renewed_two_hours_before_its_end_and_kept(bot: Bot) -> None:
    token, old = bot.token(), await bot.kept()
    await token.current()
    bot.clock.advance(10 * 3600)

    new = await token.current()

    kept = await bot.kept()
    assert new == kept.access != old.access
    assert kept.refresh != old.refresh
    assert kept.expires_at == bot.clock.now() + LIFE
    assert bot.slack.refreshes == 1
    assert await works(bot, new)


async def test_twenty_who_ask_at_once_renew_it_once(bot: Bot) -> None:
    token = bot.token()
    bot.clock.advance(13 * 3600)

    asked = await asyncio.gather(*(token.current() for _ in range(20)))

    assert len(set(asked)) == 1
    assert (bot.slack.refreshes, bot.slack.refused_refreshes) == (1, 0)


async def test_two_processes_renew_it_once(bot: Bot) -> None:
    """Each has read the old token before; the lock lets one ask, the other finds the new one."""
    first, second = bot.token(), bot.token()
    await asyncio.gather(first.current(), second.current())
    bot.clock.advance(13 * 3600)

    one, other = await asyncio.gather(first.current(), second.current())

    assert one == other == (await bot.kept()).access
    assert (bot.slack.refreshes, bot.slack.refused_refreshes) == (1, 0)


async def test_slack_that_is_away_costs_nothing_while_the_token_works(bot: Bot) -> None:
    token, old = bot.token(), await bot.kept()
    await token.current()
    bot.clock.advance(11 * 3600)
    bot.slack.faults.add("oauth.v2.access", Fault("status", 503))

    assert await token.current() == old.access
    assert await token.current() == old.access
    assert bot.slack.faults.used["oauth.v2.access"] == 1  # for both

    bot.clock.advance(61)
    assert await token.current() != old.access


async def test_ended_token_that_cannot_be_renewed_is_an_error_and_not_sent(bot: Bot) -> None:
    token = bot.token()
    bot.clock.advance(13 * 3600)
    bot.slack.faults.add("oauth.v2.access", Fault("status", 503))

    with pytest.raises(SlackUnavailable):
        await token.current()

    assert await works(bot, await token.current())


async def test_renewal_outlives_whoever_waited_for_it(bot: Bot) -> None:
    """A call that is given up in the middle would use up the refresh token for nothing."""
    token = bot.token()
    bot.clock.advance(13 * 3600)
    bot.slack.faults.add("oauth.v2.access", Fault("slow", seconds=0.3))
    asking = asyncio.create_task(token.current())
    await asyncio.sleep(0.1)
    asking.cancel()
    await token.close()

    assert await bot.token().current() == (await bot.kept()).access
    assert (bot.slack.refreshes, bot.slack.refused_refreshes) == (1, 0)


class Locked:
    """Installations of a database that takes no write for a while."""

    def __init__(self, inner: Any, refusals: int) -> None:
        self._inner, self._refusals = inner, refusals

    async def get(self, workspace_id: str) -> Installation | None:
        found: Installation | None = await self._inner.get(workspace_id)
        return found

    async def renew(self, workspace_id: str, used_refresh: str, token: SlackToken) -> bool:
        if self._refusals:
            self._refusals -= 1
            raise StoreUnavailable()
        return bool(await self._inner.renew(workspace_id, used_refresh, token))


async def test_new_token_is_saved_once_the_database_takes_it(bot: Bot) -> None:
    token = bot.token(Locked(bot.store.installations, refusals=2))
    bot.clock.advance(13 * 3600)

    assert await token.current() == (await bot.kept()).access
    assert bot.slack.refreshes == 1


async def test_uninstalled_workspace_has_no_token(bot: Bot) -> None:
    await bot.store.installations.forget_token(bot.workspace_id, (await bot.kept()).access)

    with pytest.raises(SlackRefused) as refused:
        await bot.token().current()

    assert refused.value.code == "token_revoked"


async def test_client_replaces_a_token_that_ended_early_and_sends_once_more(bot: Bot) -> None:
    client = slack_client(bot.token(), bot.slack.api_url, bot.session)
    assert isinstance(client, TokenClient)
    await client.auth_test()
    bot.slack.end_tokens()

    await client.chat_postMessage(channel=bot.slack.channel("general").id, text="once")

    texts = [message.text for message in bot.slack.messages("general")]
    assert texts == ["once"]
    assert bot.slack.refreshes == 1


async def test_token_that_cannot_be_replaced_is_refused_once(bot: Bot) -> None:
    client = slack_client(FixedToken("xoxb-nobody's"), bot.slack.api_url, bot.session)
    bot.slack.faults.add(
        "auth.test", Fault("status", 200, '{"ok": false, "error": "token_expired"}')
    )

    with pytest.raises(SlackError) as refused:
        async with slack_call(may_repeat=True):
            await client.auth_test()

    assert refused.value.code == "token_expired"
    assert bot.slack.faults.used["auth.test"] == 1
    assert "auth.test" not in [call.method for call in bot.slack.calls]
