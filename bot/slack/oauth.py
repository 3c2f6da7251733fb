"""Installing the app into a workspace or an organisation: Bolt's OAuth flow over our own stores."""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from slack_bolt.error import BoltError
from slack_bolt.oauth.async_callback_options import AsyncCallbackOptions
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.oauth.installation_store import Installation as SlackInstallation
from slack_sdk.oauth.installation_store.async_installation_store import AsyncInstallationStore
from slack_sdk.oauth.state_store.async_state_store import AsyncOAuthStateStore
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.errors import StoreUnavailable
from bot.domain.ports.clock import Clock
from bot.domain.ports.store import Installations, OAuthStates
from bot.domain.workspace import Installation, SlackToken
from bot.slack.tokens import AppCredentials

log = structlog.get_logger(__name__)

INSTALL_PATH = "/slack/install"
REDIRECT_PATH = "/slack/oauth_redirect"
UNINSTALL_EVENTS = ("app_uninstalled", "tokens_revoked")
STATE_LIFE = timedelta(minutes=10)  # Slack's code lives as long
AUTHORIZE_PATH = "oauth/v2/authorize"
_ERROR = re.compile(r"'error': '(\w{1,60})'")
# As in manifest.yml, which tests/test_manifest.py compares.
SCOPES = (
    *("commands", "app_mentions:read", "chat:write", "chat:write.public", "channels:join"),
    *("files:read", "files:write", "im:write", "channels:history", "groups:history"),
    *("im:history", "users:read"),
)
_WORKSPACE = re.compile(r"[TE][A-Z0-9]{2,30}")


class _SlacksWord(logging.Handler):
    """Bolt only logs why Slack refused, together with the code that nobody else should see."""

    def emit(self, record: logging.LogRecord) -> None:
        if found := _ERROR.search(record.getMessage()):
            log.warning("Slack refused the installation", code=found[1])


class InstallFlow(AsyncOAuthFlow):
    """Bolt's flow, with a page of ours for whoever is about to install."""

    def __init__(
        self, *, client: AsyncWebClient, settings: AsyncOAuthSettings, page: Callable[[str], str]
    ) -> None:
        """`page(address)` is the HTML that leads to Slack's own page at this address."""
        told = logging.Logger("install")
        told.addHandler(_SlacksWord())
        super().__init__(client=client, settings=settings, logger=told)
        self._page = page

    async def build_authorize_url(self, state: str, request: AsyncBoltRequest) -> str:
        """Of `team` in the page's own address Bolt takes anything, even further parameters."""
        team = (request.query.get("team") or [""])[0]
        is_one = _WORKSPACE.fullmatch(team) is not None
        generate = self.settings.authorize_url_generator.generate
        return generate(state=state, team=team if is_one else None)

    async def build_install_page_html(self, url: str, request: AsyncBoltRequest) -> str:
        return self._page(url)


def install_flow(
    *,
    credentials: AppCredentials,
    api_url: str,
    public_url: str,
    client: AsyncWebClient,
    installations: Installations,
    states: OAuthStates,
    clock: Clock,
    page: Callable[[str], str],
    outcome: AsyncCallbackOptions,
) -> InstallFlow:
    """`client` has no token; `outcome` makes the pages that tell how it went."""
    settings = AsyncOAuthSettings(
        client_id=credentials.client_id,
        client_secret=credentials.client_secret,
        scopes=SCOPES,
        redirect_uri=public_url + REDIRECT_PATH,
        install_path=INSTALL_PATH,
        redirect_uri_path=REDIRECT_PATH,
        authorization_url=authorize_url(api_url),
        callback_options=outcome,
        installation_store=SealedInstallations(installations, clock),
        state_store=StoredStates(states, clock),
        state_expiration_seconds=round(STATE_LIFE.total_seconds()),
    )
    return InstallFlow(client=client, settings=settings, page=page)


def authorize_url(api_url: str) -> str:
    """Slack's page where a person allows it: beside the Web API, also of the sandbox."""
    return api_url.rstrip("/").removesuffix("/api") + "/" + AUTHORIZE_PATH


class StoredStates(AsyncOAuthStateStore):
    """Which installations were begun here: a state is good once, for ten minutes."""

    def __init__(self, states: OAuthStates, clock: Clock) -> None:
        self._states = states
        self._clock = clock

    async def async_issue(self, *args: Any, **kwargs: Any) -> str:
        """Raises StoreUnavailable."""
        state, now = secrets.token_urlsafe(32), self._clock.now()
        await self._states.issue(state, now, now + STATE_LIFE)
        return state

    async def async_consume(self, state: str) -> bool:
        """Raises StoreUnavailable."""
        return await self._states.consume(state, self._clock.now())


class SealedInstallations(AsyncInstallationStore):
    """Bolt's view of the port Installations: it only ever saves."""

    def __init__(self, installations: Installations, clock: Clock) -> None:
        self._installations = installations
        self._clock = clock

    async def async_save(self, installation: SlackInstallation) -> None:
        """Raises BoltError, for which the flow has an answer."""
        try:
            await self._installations.keep(installation_of(installation, self._clock.now()))
        except StoreUnavailable as error:
            raise BoltError("the installation is not saved") from error


def installation_of(told: SlackInstallation, now: datetime) -> Installation:
    """What Slack told, in our words. Raises BoltError where it told too little."""
    is_of_all = bool(told.is_enterprise_install)
    workspace_id = told.enterprise_id if is_of_all else told.team_id
    if not workspace_id or not told.bot_token:
        raise BoltError("Slack's answer names no workspace, or no bot token")
    ends_at = told.bot_token_expires_at
    token = SlackToken(
        told.bot_token,
        told.bot_refresh_token,
        datetime.fromtimestamp(ends_at, UTC) if ends_at else None,
    )
    return Installation(
        workspace_id=workspace_id,
        team_id=None if is_of_all else told.team_id,
        enterprise_id=told.enterprise_id,
        name=str((told.enterprise_name if is_of_all else told.team_name) or ""),
        app_id=told.app_id or "",
        bot_id=told.bot_id or "",
        bot_user_id=told.bot_user_id or "",
        scopes=tuple(told.bot_scopes or ()),
        installed_by=told.user_id or "",
        installed_at=now,
        token=token,
    )
