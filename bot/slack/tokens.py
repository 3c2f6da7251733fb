"""A workspace's bot token: one that ends is renewed in time, once, by whoever needs it first.

Slack's tokens that rotate live 12 hours; the refresh token is for one use (FACTS of Slack,
section 10). Bolt renews only while it handles a request, so every client asks here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.domain.errors import (
    BotError,
    SlackError,
    SlackRefused,
    SlackUnavailable,
    StoreUnavailable,
)
from bot.domain.ports.clock import Clock
from bot.domain.ports.store import Installations
from bot.domain.workspace import SlackToken
from bot.slack.errors import refused, slack_call, text_in

log = structlog.get_logger(__name__)

ENDED = "token_expired"  # Slack's word
_REFUSALS = frozenset({ENDED, "token_revoked", "account_inactive", "invalid_auth"})
REST = timedelta(minutes=1)  # between two renewals, while the token that there is still works
CLOSE_WITHIN_S = 1.5  # a stop may take 5 s in all
SAVE_AGAIN_S = 0.5  # a new token is there and the database is not: the old refresh token is used up


@dataclass(frozen=True, slots=True)
class AppCredentials:
    """Of the Slack app itself: Basic Information → App Credentials."""

    client_id: str
    client_secret: str = field(repr=False)


class BotToken(Protocol):
    async def current(self) -> str:
        """The token to send now. Raises SlackError where there is none."""
        ...

    async def instead_of(self, refused_token: str, code: str) -> str:
        """Slack refuses this one, with this word. Raises SlackError where there is no other."""
        ...


class FixedToken:
    """A BotToken that never ends."""

    def __init__(self, token: str) -> None:
        self._token = token

    async def current(self) -> str:
        return self._token

    async def instead_of(self, refused_token: str, code: str) -> str:
        raise refused(code)


class RenewedToken:
    """A BotToken of an installation. Renewed under a lock that holds for all replicas."""

    def __init__(
        self,
        workspace_id: str,
        *,
        installations: Installations,
        lock: Callable[[str], AbstractAsyncContextManager[None]],
        client: AsyncWebClient,
        credentials: AppCredentials,
        clock: Clock,
    ) -> None:
        """`client` has no token of its own."""
        self._workspace_id = workspace_id
        self._installations = installations
        self._lock = lock
        self._client = client
        self._credentials = credentials
        self._clock = clock
        self._token: SlackToken | None = None
        self._renewing: asyncio.Task[SlackToken] | None = None
        self._rest_until: datetime | None = None

    async def current(self) -> str:
        token = self._token or await self._kept()
        now = self._clock.now()
        if not token.is_to_be_renewed(now):
            return token.access
        has_ended = token.expires_at is not None and token.expires_at <= now
        if not has_ended and self._is_resting(now):
            return token.access
        self._rest_until = now + REST
        try:
            return (await self._renewed(token)).access
        except SlackError as error:
            if has_ended:
                raise
            log.warning("token not renewed yet", team_id=self._workspace_id, code=error.code)
            return token.access

    def _is_resting(self, now: datetime) -> bool:
        """Not for longer than that, wherever somebody sets the clock."""
        until = self._rest_until
        return until is not None and now < until <= now + REST

    async def instead_of(self, refused_token: str, code: str) -> str:
        """Another process may have renewed it, or the app was installed again."""
        if self._token is None or self._token.access == refused_token:
            await self._kept()
        assert self._token is not None
        if self._token.access != refused_token:
            return self._token.access
        if code != ENDED:
            raise refused(code)
        return (await self._renewed(self._token)).access

    async def close(self) -> None:
        """A renewal under way is finished if it can be: what Slack has given would be lost."""
        if (renewing := self._renewing) is None:
            return
        await asyncio.wait({renewing}, timeout=CLOSE_WITHIN_S)
        renewing.cancel()
        with suppress(BotError, asyncio.CancelledError):
            await renewing

    async def _renewed(self, token: SlackToken) -> SlackToken:
        """One for all who ask, and none is broken off because somebody waits no longer."""
        if self._renewing is None or self._renewing.done():
            self._renewing = asyncio.create_task(self._renew(token))
        return await asyncio.shield(self._renewing)

    async def _renew(self, token: SlackToken) -> SlackToken:
        try:
            async with self._lock(f"token {self._workspace_id}"):
                kept = await self._kept()
                if kept.access != token.access:  # another replica was first
                    return kept
                self._token = new = await self._asked(kept)
                return new if await self._save(kept, new) else await self._kept()
        except StoreUnavailable as error:
            raise SlackUnavailable(code="token_not_readable") from error

    async def _asked(self, old: SlackToken) -> SlackToken:
        if old.refresh is None:
            raise refused(ENDED)
        try:
            async with slack_call(may_repeat=True):
                answer = await self._client.oauth_v2_access(
                    client_id=self._credentials.client_id,
                    client_secret=self._credentials.client_secret,
                    grant_type="refresh_token",
                    refresh_token=old.refresh,
                )
                ends_in = timedelta(seconds=int(answer["expires_in"]))
                access = text_in(answer, "access_token")
                refresh = text_in(answer, "refresh_token")
        except SlackRefused as error:  # whatever is wrong with it: everything waits for a token
            log.warning("token not renewed", team_id=self._workspace_id, code=error.code)
            raise refused(ENDED) from error
        log.info("token renewed", team_id=self._workspace_id)
        return SlackToken(access, refresh, self._clock.now() + ends_in)

    async def _save(self, old: SlackToken, new: SlackToken) -> bool:
        """Nobody else can get this token any more, so it is saved however long that takes.

        False: the app was installed again meanwhile.
        """
        assert old.refresh is not None
        while True:
            try:
                return await self._installations.renew(self._workspace_id, old.refresh, new)
            except StoreUnavailable as error:
                log.warning("new token not saved yet", team_id=self._workspace_id, code=error.code)
                await asyncio.sleep(SAVE_AGAIN_S)

    async def _kept(self) -> SlackToken:
        try:
            installation = await self._installations.get(self._workspace_id)
        except StoreUnavailable as error:
            raise SlackUnavailable(code="token_not_readable") from error
        if installation is None or installation.token is None:
            raise refused("token_revoked")
        self._token = installation.token
        return installation.token


class TokenClient(AsyncWebClient):
    """A Slack client that sends the token of the moment; one that is refused is replaced once.

    Slack did nothing about a request whose token it refused, so a post may be sent again.
    """

    def __init__(self, tokens: BotToken, **options: Any) -> None:
        super().__init__(**options)
        self._tokens = tokens

    async def api_call(self, api_method: str, **request: Any) -> AsyncSlackResponse:
        self.token = used = await self._tokens.current()
        try:
            return await super().api_call(api_method, **request)
        except SlackApiError as error:
            code = str(error.response.get("error"))
            if code not in _REFUSALS:
                raise
        self.token = await self._tokens.instead_of(used, code)
        return await super().api_call(api_method, **request)
