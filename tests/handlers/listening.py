"""Our listeners as bot/app.py puts them behind Slack's route, and one person who uses them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from aiohttp import web
from slack_bolt.async_app import AsyncApp

from bot.sandbox.slack.person import Person
from bot.sandbox.slack.server import SlackSandbox
from bot.slack.client import slack_client, slack_session
from bot.slack.identity import SlackIdentity, bolt_app
from bot.slack.people import SlackPeople
from bot.slack.tokens import FixedToken
from bot.web.server import SlackEndpoint, WebServer
from bot.workflow.heygen_keys import WorkspaceKey
from bot.workflow.loop import Tasks
from bot.workflow.parts import Parts, Policy
from handlers import register
from handlers.home import SlackHomeTabs
from tests.fakes import FakeClock, fake_ports


@dataclass
class ListeningBot:
    slack: SlackSandbox
    ana: Person
    store: Any
    path: Path


def trigger_of(bot: ListeningBot) -> str:
    return bot.slack.state.new_trigger(bot.ana.user, bot.slack.channel("general").id).id


@asynccontextmanager
async def listening(
    slack: SlackSandbox, store: Any, heygen_key: WorkspaceKey | None = None
) -> AsyncIterator[Parts]:
    """The listeners, over this store, answering this workspace; Homes are shown by its steps.

    `heygen_key`: as one workspace among several, with this key or none.
    """
    session, tasks = slack_session(), Tasks("slack")
    clock = FakeClock()
    client = slack_client(slack.bot_token, slack.api_url, session)
    identity = SlackIdentity(client, FixedToken(slack.bot_token))
    app = bolt_app(slack_client(None, slack.api_url, session), identity)
    people = SlackPeople(client)
    tabs = SlackHomeTabs(client, people, identity.workspace_url, heygen_key)
    ports = replace(fake_ports(store, clock, Path()), tabs=tabs)
    parts = Parts(ports, Policy(), clock, heygen_key=heygen_key)
    register(
        app,
        parts,
        people=people,
        tasks=tasks,
        usd_per_second=0.0333,
    )
    try:
        async with answering(slack, app):
            yield parts
    finally:
        await tasks.settle(1.0)
        await session.close()


@asynccontextmanager
async def answering(slack: SlackSandbox, app: AsyncApp) -> AsyncIterator[None]:
    """What this workspace sends comes to this app, behind Slack's route."""
    routes = web.Application()
    routes.router.add_post("/slack/events", SlackEndpoint(app, slack.signing_secret).handle)
    server = WebServer(routes, "127.0.0.1", 0)
    await server.start()
    slack.connect(f"{server.url}/slack/events")
    try:
        yield
    finally:
        await server.stop()
