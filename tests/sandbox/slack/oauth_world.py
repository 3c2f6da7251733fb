"""A tiny Bolt bot that workspaces install by OAuth, with Bolt's own flow, and steps of that way."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_sdk.oauth.installation_store import FileInstallationStore
from slack_sdk.oauth.state_store import FileOAuthStateStore
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack.person import Person
from bot.sandbox.slack.server import SlackSandbox
from tests.sandbox.slack.world import Json, a_modal, bot_over_http, client_for, section

BACK = "http://127.0.0.1:9/back"
ASKED = ("commands", "chat:write", "users:read", "app_mentions:read", "files:read", "channels:read")
MODAL = a_modal(section("words"))
CARD = section("a card", block_id="c")
BUTTONS = {
    "type": "actions",
    "block_id": "buttons",
    "elements": [
        {"type": "button", "action_id": "press", "text": {"type": "plain_text", "text": "Press"}}
    ],
}


class InstalledBot:
    """Opens a modal for /video, posts a card for a mention; remembers what it heard."""

    def __init__(self, slack: SlackSandbox, folder: Path, *, page: bool = True) -> None:
        self.slack = slack
        self.heard: list[Json] = []
        self.teams: list[tuple[str | None, str | None]] = []  # (enterprise, team) of each, by Bolt
        self.store = FileInstallationStore(
            base_dir=str(folder / "installations"), client_id=slack.app.client_id
        )
        self.app = AsyncApp(
            client=AsyncWebClient(base_url=slack.api_url, retry_handlers=[]),
            signing_secret=slack.signing_secret,
            process_before_response=True,
            installation_store=self.store,
            oauth_settings=AsyncOAuthSettings(
                client_id=slack.app.client_id,
                client_secret=slack.app.client_secret,
                scopes=ASKED,
                authorization_url=f"{slack.url}/oauth/v2/authorize",
                installation_store=self.store,
                state_store=FileOAuthStateStore(
                    expiration_seconds=600, base_dir=str(folder / "states")
                ),
                install_page_rendering_enabled=page,
            ),
        )
        self.app.enable_token_revocation_listeners()
        self._listen()

    @property
    def url(self) -> str:
        return str(self.slack.courier.bot_url).removesuffix("/slack/events")

    @property
    def install_url(self) -> str:
        return f"{self.url}/slack/install"

    def _listen(self) -> None:
        app = self.app

        @app.middleware
        async def remember(body: Json, context: Any, next: Any) -> None:
            self.heard.append(body)
            self.teams.append((context.enterprise_id, context.team_id))
            await next()

        @app.command("/video")
        async def command(ack: Any, body: Json, client: Any) -> None:
            await ack()
            await client.views_open(trigger_id=body["trigger_id"], view=MODAL)

        @app.event("app_mention")
        async def mention(event: Json, client: Any) -> None:
            await client.chat_postMessage(
                channel=event["channel"], text="a card", blocks=[CARD, BUTTONS]
            )

        @app.action("press")
        async def press(ack: Any, body: Json, client: Any) -> None:
            await ack()
            await client.views_open(trigger_id=body["trigger_id"], view=MODAL)

        @app.view("composer")
        async def submitted(ack: Any) -> None:
            await ack()

        @app.event("app_home_opened")
        async def home(event: Json, client: Any) -> None:
            view = {"type": "home", "blocks": [section("home")]}
            await client.views_publish(user_id=event["user"], view=view)


@asynccontextmanager
async def installable(
    slack: SlackSandbox, folder: Path, *, page: bool = True
) -> AsyncIterator[InstalledBot]:
    """The bot over HTTP, with its redirect address registered at Slack."""
    bot = InstalledBot(slack, folder, page=page)
    async with bot_over_http(slack, bot.app):
        slack.app.redirect_urls = (f"{bot.url}/slack/oauth_redirect",)
        yield bot


def asked(slack: SlackSandbox, **params: str) -> str:
    usual = {"client_id": slack.app.client_id, "scope": "commands", "redirect_uri": BACK}
    return f"{slack.url}/oauth/v2/authorize?{urlencode(usual | params)}"


async def a_code(slack: SlackSandbox, person: Person | None = None, **params: str) -> str:
    async with (person or slack.person("ana")).browser() as browser:
        led_to = await browser.answer(await browser.visit(asked(slack, **params)), "allow")
    assert isinstance(led_to, str)
    return parse_qs(urlsplit(led_to).query)["code"][0]


async def exchange(slack: SlackSandbox, **params: str) -> Json:
    usual = {"client_id": slack.app.client_id, "client_secret": slack.app.client_secret}
    body = await client_for(slack, "").oauth_v2_access(**(usual | params))  # type: ignore[arg-type]
    return dict(body.data)


class HandClock:
    """Seconds since 1970, moved by hand."""

    def __init__(self) -> None:
        self.at = 1_767_225_600.0

    def __call__(self) -> float:
        return self.at

    def forward(self, seconds: float) -> None:
        self.at += seconds
