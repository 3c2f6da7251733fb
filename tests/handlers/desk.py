"""Our listeners as bot/app.py puts them behind Slack's route, and one person who uses them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import web
from slack_bolt.async_app import AsyncApp

from bot.sandbox.slack.person import Person
from bot.sandbox.slack.server import SlackSandbox
from bot.slack.client import slack_client, slack_session
from bot.slack.identity import SlackIdentity
from bot.slack.people import SlackPeople
from bot.web.server import SlackEndpoint, WebServer
from bot.workflow.catalogue import Catalogue
from bot.workflow.controls import Controls
from bot.workflow.drafts import DraftKeeper
from bot.workflow.fresh_links import FreshLinks
from bot.workflow.home import HomePublisher
from bot.workflow.intake import Intake
from bot.workflow.loop import Tasks
from bot.workflow.mentions import Mentions
from bot.workflow.overview import Overview
from bot.workflow.requests_first import RequestsFirst
from bot.workflow.status_updates import Bells, StatusUpdates
from handlers import register
from tests.fakes import FakeClock, FakeHomeTabs, FakeSlackFiles, FakeVideoAgent


@dataclass
class Desk:
    slack: SlackSandbox
    ana: Person
    store: Any
    path: Path


@asynccontextmanager
async def listening(slack: SlackSandbox, store: Any) -> AsyncIterator[None]:
    """The listeners, over this store, answering this workspace."""
    session, tasks = slack_session(), Tasks("slack")
    clock, bells = FakeClock(), Bells()
    client = slack_client(slack.bot_token, slack.api_url, session)
    app = AsyncApp(
        client=slack_client(None, slack.api_url, session),
        authorize=SlackIdentity(client, slack.bot_token),
        process_before_response=True,
        raise_error_for_unhandled_request=True,  # told by handlers/errors.py
        request_verification_enabled=False,
    )
    people, overview, catalogue = SlackPeople(client), Overview(store), Catalogue(store.catalogue)
    home = HomePublisher(
        store=store,
        tabs=FakeHomeTabs(),
        overview=overview,
        clock=clock,
        bells=bells,
        interval_s=15.0,
        let_requests_pass=RequestsFirst().wait,
    )
    register(
        app,
        intake=Intake(store, clock, bells),
        controls=Controls(store, StatusUpdates(store, clock, bells), clock, bells),
        links=FreshLinks(store, FakeVideoAgent(clock)),
        drafts=DraftKeeper(store, catalogue, clock),
        catalogue=catalogue,
        usd_per_second=0.0333,
        mentions=Mentions(store, FakeSlackFiles(Path()), clock),
        home=home,
        overview=overview,
        people=people,
        tasks=tasks,
        requests_first=RequestsFirst(),
    )
    routes = web.Application()
    routes.router.add_post("/slack/events", SlackEndpoint(app, slack.signing_secret).handle)
    server = WebServer(routes, "127.0.0.1", 0)
    await server.start()
    slack.connect(f"{server.url}/slack/events")
    try:
        yield
    finally:
        await server.stop()
        await tasks.settle(1.0)
        await session.close()
