"""Both pages of an installation on loopback, over a real store, with Slack's stand-in behind."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from slack_bolt.async_app import AsyncApp
from slack_bolt.oauth.async_callback_options import AsyncCallbackOptions
from yarl import URL

from bot.sandbox.slack.browser import Browser
from bot.sandbox.slack.server import SlackSandbox
from bot.slack.client import slack_client, slack_session
from bot.slack.oauth import install_flow
from bot.slack.tokens import AppCredentials
from bot.web.health import Health
from bot.web.heygen_webhook import HeyGenWebhook
from bot.web.install import InstallOutcome, InstallPages, install_page
from bot.web.metrics import Metrics
from bot.web.server import SlackEndpoint, WebServer, web_app
from bot.workflow.parts import Parts, Policy
from store import open_store
from tests.empty_database import write_empty_database
from tests.fakes import FakeClock, fake_ports

FERNET_KEY = "2-X6kLzahhfUwbrsWIt-bz22EOc5g9l-3EUleqTjE4I="


@dataclass
class Reply:
    status: int
    text: str
    headers: Mapping[str, str]


@dataclass
class InstallableBot:
    slack: SlackSandbox
    path: Path
    clock: FakeClock
    session: aiohttp.ClientSession
    seconds: list[float]  # the last one is now, by the clock that counts who asks
    installed: list[str] = field(default_factory=list)
    url: str = ""

    @property
    def install_url(self) -> str:
        return f"{self.url}/slack/install"

    async def ask(self, path: str, method: str = "GET", **how: Any) -> Reply:
        address = URL(self.url + path, encoded=True)
        async with self.session.request(method, address, **how) as answer:
            return Reply(answer.status, await answer.text(), dict(answer.headers))

    def rows(self, question: str) -> list[Any]:
        with closing(sqlite3.connect(self.path)) as db:
            return db.execute(question).fetchall()

    def locked(self) -> closing[sqlite3.Connection]:
        """Another process that holds the database."""
        other = sqlite3.connect(self.path, isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")
        return closing(other)


async def allowed(browser: Browser, bot: InstallableBot) -> str:
    """The address that Slack sends a person to who has begun here and has allowed it there."""
    page = await browser.visit(bot.install_url)
    link = browser.link_to_slack(page)
    assert link is not None, page.text
    led_to = await browser.answer(await browser.visit(link), "allow")
    assert isinstance(led_to, str)
    assert urlsplit(led_to).path == "/slack/oauth_redirect"
    return led_to


@asynccontextmanager
async def installable(folder: Path, *, is_taken: bool = True) -> AsyncIterator[InstallableBot]:
    """All routes as bot/app puts them together; without `is_taken` those of one workspace's bot."""
    path, clock, seconds = folder / "bot.db", FakeClock(), [1_000.0]
    write_empty_database(path)
    store = open_store(
        f"sqlite:///{path}", busy_timeout_s=0.02, encryption_keys=(FERNET_KEY.encode(),)
    )
    slack = SlackSandbox(installed=False)
    await slack.start()
    to_slack, from_outside = slack_session(), aiohttp.ClientSession()
    bot = InstallableBot(slack, path, clock, from_outside, seconds)

    async def on_installed() -> None:
        bot.installed.append("installed")

    outcome = InstallOutcome(on_installed, has_default=True)
    flow = install_flow(
        credentials=AppCredentials(slack.app.client_id, slack.app.client_secret),
        api_url=slack.api_url,
        public_url="http://127.0.0.1:1",
        client=slack_client(None, slack.api_url, to_slack),
        installations=store.installations,
        states=store.oauth_states,
        clock=clock,
        page=install_page,
        outcome=AsyncCallbackOptions(outcome.success, outcome.failure),
    )
    parts = Parts(fake_ports(store, clock, folder), Policy(), clock)
    app = web_app(
        slack=SlackEndpoint(
            AsyncApp(token="xoxb-unused", request_verification_enabled=False), None
        ),
        heygen=HeyGenWebhook(parts.callbacks, ()),
        health=Health(parts.overview, {}),
        metrics=Metrics(parts.overview),
        install=InstallPages(flow, lambda: seconds[-1]) if is_taken else None,
    )
    server = WebServer(app, "127.0.0.1", 0)
    await server.start()
    bot.url = server.url
    redirect_uri = f"{server.url}/slack/oauth_redirect"
    flow.settings.redirect_uri = redirect_uri
    flow.settings.authorize_url_generator.redirect_uri = redirect_uri
    try:
        yield bot
    finally:
        await from_outside.close()
        await server.stop()
        await to_slack.close()
        await slack.stop()
        await store.close()
