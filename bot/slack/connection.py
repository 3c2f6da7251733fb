"""The way to Slack: the token and, in Socket Mode, the socket; opened, then watched."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

import structlog
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.errors import SlackBusy, SlackError, SlackRefused
from bot.slack.errors import slack_call
from bot.slack.identity import SlackIdentity

if TYPE_CHECKING:
    from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler

log = structlog.get_logger(__name__)

RETRY_S = 2.0
CHECK_S = 30.0  # at most: a token that was revoked, or works again, is noticed within this
CHECK_STEPS = 2  # of POLL_INTERVAL_S, if that is less
_REFUSED_TOKENS = frozenset({"invalid_auth", "not_authed", "account_inactive", "token_revoked"})


class Listeners(Protocol):
    """Bolt's AsyncApp, or what leads to one of several."""

    async def async_dispatch(self, req: AsyncBoltRequest) -> BoltResponse: ...


class TokenRefused(Exception):
    """Slack does not know this token; the message names the setting."""


class SlackConnection:
    """With `app_token` Slack's requests come over a socket, else the bot's HTTP server has them."""

    def __init__(
        self,
        app: Listeners,
        identity: SlackIdentity | None,
        *,
        app_token: str | None,
        client: AsyncWebClient,
    ) -> None:
        """`identity` is that of the one workspace there is; `client` has no token."""
        self._app = app
        self._identity = identity
        self._app_token = app_token
        self._client = client
        self._socket: AsyncSocketModeHandler | None = None
        self._is_open = False  # or was: from then on the socket's own client opens it again
        self._pause_s = RETRY_S
        self._refusal: str | None = None  # of a token that Slack does not take (any more)

    @property
    def fault(self) -> str | None:
        """What keeps Slack's requests from being answered now, in words; None when nothing does."""
        if self._refusal is not None:
            return self._refusal
        if self._identity is not None and not self._identity.is_known:
            return "Slack has not answered yet. The bot keeps trying."
        if self._app_token is not None and not self._is_socket_open():
            return "The socket to Slack is closed. The bot keeps trying to open it."
        return None

    def _is_socket_open(self) -> bool:
        session = self._socket.client.current_session if self._socket else None
        return session is not None and not session.closed

    async def open(self) -> bool:
        """Learn who we are and open the socket; False when Slack is away.

        Raises TokenRefused.
        """
        try:
            async with slack_call(may_repeat=True):
                if self._identity is not None:
                    await self._identity.learn()
                if self._app_token is not None:
                    await self._open_socket(self._app_token)
        except SlackError as error:
            if error.code in _REFUSED_TOKENS:
                is_bot_token = self._identity is not None and not self._identity.is_known
                name = "SLACK_BOT_TOKEN" if is_bot_token else "SLACK_APP_TOKEN"
                self._refusal = _refusal_of(name, error.code)
                raise TokenRefused(f"{name} was refused by Slack ({error.code}).") from None
            log.warning("Slack not ready, trying again", code=error.code)
            self._pause_s = error.retry_after_s if isinstance(error, SlackBusy) else RETRY_S
            return False
        self._is_open, self._refusal = True, None
        return True

    async def keep_watch(self, interval_s: float, on_good: Callable[[], None]) -> None:
        """Try until it is open; then ask now and then whether the token is still good.

        A token refused meanwhile may be accepted again. `on_good` is called each time it is.
        """
        while not self._is_open:
            await asyncio.sleep(self._pause_s)
            try:
                await self.open()
            except TokenRefused as error:
                log.error("not ready, trying again", what=str(error))
        while (identity := self._identity) is not None:
            await asyncio.sleep(min(CHECK_S, CHECK_STEPS * interval_s))
            if await self._is_token_good(identity):
                on_good()

    async def _is_token_good(self, identity: SlackIdentity) -> bool:
        try:
            async with slack_call(may_repeat=True):
                await identity.confirm()
        except SlackRefused as error:
            if self._refusal is None:
                log.error("Slack refuses the token, everything waits", code=error.code)
            self._refusal = _refusal_of("SLACK_BOT_TOKEN", error.code)
            return False
        except SlackError:  # Slack is away, which says nothing about the token
            return False
        if self._refusal is not None:
            log.info("Slack takes the token again")
        self._refusal = None
        return True

    async def close(self) -> None:
        if self._socket is not None:
            await self._socket.client.close()

    async def _open_socket(self, app_token: str) -> None:
        # Only now: a bot that listens over HTTP needs none of it.
        from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler

        if self._socket is None:
            # The handler's own client would hide why Slack refuses, and try on.
            await self._client.apps_connections_open(app_token=app_token)
            self._socket = AsyncSocketModeHandler(
                self._app,  # type: ignore[arg-type]  # it only ever dispatches
                app_token,
                logger=logging.getLogger("slack_sdk.socket_mode"),
                web_client=self._client,
            )
        await self._socket.client.connect()


def _refusal_of(name: str, code: str) -> str:
    return (
        f"Slack refuses {name} ({code}). Everything is kept, and goes on by itself once Slack "
        "takes it again. Install the app again, or set its new token."
    )
