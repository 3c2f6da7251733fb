"""The way to Slack: the token's owner and, in Socket Mode, the socket; tried until it is open."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import aiohttp
import structlog
from slack_bolt.async_app import AsyncApp

from bot.domain.errors import SlackError
from bot.slack.client import slack_client
from bot.slack.errors import slack_call
from bot.slack.identity import SlackIdentity

if TYPE_CHECKING:
    from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler

log = structlog.get_logger(__name__)

RETRY_S = 2.0
_REFUSED_TOKENS = frozenset({"invalid_auth", "not_authed", "account_inactive", "token_revoked"})


class TokenRefused(Exception):
    """Slack does not know this token; the message names the setting."""


class SlackConnection:
    """With `app_token` Slack's requests come over a socket, else the bot's HTTP server has them."""

    def __init__(
        self,
        app: AsyncApp,
        identity: SlackIdentity,
        *,
        app_token: str | None,
        api_url: str,
        session: aiohttp.ClientSession,
    ) -> None:
        self._app = app
        self._identity = identity
        self._app_token = app_token
        self._api_url = api_url
        self._session = session
        self._socket: AsyncSocketModeHandler | None = None

    @property
    def is_ready(self) -> bool:
        """Whether Slack's requests can be answered now."""
        if self._app_token is None:
            return self._identity.is_known
        session = self._socket.client.current_session if self._socket else None
        return session is not None and not session.closed

    async def open(self) -> bool:
        """Learn who we are and open the socket; False when Slack is away.

        Raises TokenRefused.
        """
        try:
            async with slack_call(may_repeat=True):
                await self._identity.learn()
                if self._app_token is not None:
                    await self._open_socket(self._app_token)
        except SlackError as error:
            if error.code in _REFUSED_TOKENS:
                name = "SLACK_APP_TOKEN" if self._identity.is_known else "SLACK_BOT_TOKEN"
                raise TokenRefused(f"{name} was refused by Slack ({error.code}).") from None
            log.warning("Slack not ready, trying again", code=error.code)
            return False
        return True

    async def keep_opening(self) -> None:
        """Try until it is open; a token refused meanwhile may be accepted again."""
        while True:
            await asyncio.sleep(RETRY_S)
            try:
                if await self.open():
                    return
            except TokenRefused as error:
                log.error("not ready, trying again", what=str(error))

    async def close(self) -> None:
        if self._socket is not None:
            await self._socket.client.close()

    async def _open_socket(self, app_token: str) -> None:
        # Only now: a bot that listens over HTTP needs none of it.
        from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler

        if self._socket is None:
            web_client = slack_client(app_token, self._api_url, self._session)
            self._socket = AsyncSocketModeHandler(self._app, app_token, web_client=web_client)
        await self._socket.client.connect()
