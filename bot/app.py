"""The one place where parts meet: settings in, a Bot out that starts and stops in order."""

from __future__ import annotations

import asyncio
import random
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import structlog
from pydantic import SecretStr
from slack_bolt.async_app import AsyncApp

from bot.config import Settings
from bot.domain.errors import SlackError
from bot.domain.ports import JobStore
from bot.heygen.client import HeyGenClient
from bot.heygen.connection import Connection
from bot.heygen.downloads import VideoLinks
from bot.heygen.endpoints import WebhookEndpoints
from bot.heygen.links import LinkLooks
from bot.slack.client import slack_client, slack_session
from bot.slack.errors import slack_call
from bot.slack.files import SlackWebFiles
from bot.slack.identity import SlackIdentity
from bot.slack.people import SlackPeople
from bot.slack.threads import SlackWebThreads
from bot.slack.uploads import SlackWebUploads
from bot.web.health import Health
from bot.web.heygen_webhook import HeyGenWebhook
from bot.web.metrics import Metrics
from bot.web.server import SlackEndpoint, WebServer, web_app
from bot.workflow.attachments import Attachments
from bot.workflow.callbacks import Callbacks
from bot.workflow.catalogue import Catalogue, CatalogueReader
from bot.workflow.controls import Controls
from bot.workflow.deliverer import Deliverer
from bot.workflow.drafts import DraftKeeper
from bot.workflow.file_deliverer import FileDeliverer
from bot.workflow.fresh_links import FreshLinks
from bot.workflow.gate import Gate
from bot.workflow.home import HomePublisher
from bot.workflow.intake import Intake
from bot.workflow.loop import Loop, Tasks
from bot.workflow.mentions import Mentions
from bot.workflow.overview import Overview
from bot.workflow.poller import Poller
from bot.workflow.recovery import Reconciler
from bot.workflow.requests_first import RequestsFirst
from bot.workflow.result_files import ResultFiles
from bot.workflow.status_updates import Bells, StatusUpdates
from bot.workflow.stopper import Stopper
from bot.workflow.submitter import Submitter
from handlers import register
from handlers.home import SlackHomeTabs
from store import open_store

if TYPE_CHECKING:
    from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler

log = structlog.get_logger(__name__)

DEFAULT_POLL_INTERVAL_S = 15.0  # every other pause scales with it
SLACK_RETRY_S = 2.0
LINK_PAUSE_S = 5.0  # before a link that could not be fetched is looked at once more
STOP_WITHIN_S = 1.5  # for loops, then for tasks; a stop may take 5 s in all
_REFUSED_TOKENS = frozenset({"invalid_auth", "not_authed", "account_inactive", "token_revoked"})


class TokenRefused(Exception):
    """Slack does not know this token; the message names the setting."""


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


class Bot:
    """Everything that runs. `start` returns when requests are taken; `stop` loses nothing."""

    def __init__(self, settings: Settings, store: JobStore) -> None:
        """Only makes the parts: nothing is sent or listened to before `start`."""
        self._settings = settings
        self.store = store
        clock = SystemClock()
        bot_token = _secret(settings.slack_bot_token)

        folder = _own_folder(settings)
        tls = httpx.create_ssl_context()  # one for all: each takes 20 ms and 0.8 MB
        self._session = slack_session()
        client = slack_client(bot_token, settings.slack_api_url, self._session)
        step_s = settings.poll_interval_s / DEFAULT_POLL_INTERVAL_S
        self._files = SlackWebFiles(
            client,
            bot_token,
            folder=folder,
            step_s=step_s,
            tls=tls,
        )
        self._agent = HeyGenClient(
            _secret(settings.heygen_api_key), settings.heygen_api_url, tls=tls
        )
        self._links = LinkLooks(
            allowed_hosts=settings.link_hosts, pause_s=LINK_PAUSE_S * step_s, tls=tls
        )
        self._identity = SlackIdentity(client, bot_token)

        bells = Bells()
        updates = StatusUpdates(store, clock, bells)
        gate = Gate(settings.max_concurrent_videos, settings.poll_interval_s)
        reconciler = Reconciler(
            store=store,
            agent=self._agent,
            updates=updates,
            gate=gate,
            clock=clock,
            interval_s=settings.poll_interval_s,
        )
        self._submitter = Submitter(
            store=store,
            agent=self._agent,
            attachments=Attachments(
                store=store,
                agent=self._agent,
                files=self._files,
                links=self._links,
                clock=clock,
                bells=bells,
            ),
            updates=updates,
            bells=bells,
            gate=gate,
            reconciler=reconciler,
            clock=clock,
            interval_s=settings.poll_interval_s,
            public_url=settings.public_url,
            length_padding=settings.length_padding,
        )
        poller = Poller(
            store=store,
            agent=self._agent,
            updates=updates,
            clock=clock,
            interval_s=settings.poll_interval_s,
            jitter=random.Random(),
            delivers_file=settings.deliver_file == "auto",
        )
        stopper = Stopper(
            store=store,
            agent=self._agent,
            updates=updates,
            reconciler=reconciler,
            clock=clock,
            interval_s=settings.poll_interval_s,
        )
        requests_first = RequestsFirst()
        threads = SlackWebThreads(client)
        deliverer = Deliverer(
            store=store,
            threads=threads,
            gate=gate,
            clock=clock,
            let_requests_pass=requests_first.wait,
            wake_files=lambda: bells.files(),
        )
        self._downloads = VideoLinks(settings.heygen_api_url, folder=folder, tls=tls)
        self._uploads = SlackWebUploads(client, tls=tls)
        self._file_deliverer = FileDeliverer(
            store=store,
            files=ResultFiles(
                self._agent, self._downloads, video_max_bytes=settings.max_file_mb * 1_000_000
            ),
            uploads=self._uploads,
            threads=threads,
            clock=clock,
            interval_s=settings.poll_interval_s,
            wake=lambda: bells.files(),
            wake_messages=lambda: bells.deliver(),
        )
        self._loops = [
            Loop("submit", self._submitter.step, clock),
            Loop("poll", poller.step, clock),
            Loop("deliver", deliverer.step, clock),
        ]
        bells.submit, bells.poll, bells.deliver = (loop.wake for loop in self._loops)

        stopping = Loop("stop", stopper.step, clock)
        bells.stop = stopping.wake
        sending_files = Loop("files", self._file_deliverer.step, clock)
        bells.files = sending_files.wake
        self._loops += [stopping, sending_files]
        reader = CatalogueReader(
            store=store.catalogue,
            source=self._agent,
            clock=clock,
            interval_s=settings.poll_interval_s,
            jitter=random.Random(),
        )
        self._catalogue_loop = Loop("catalogue", reader.step, clock)
        self._reading: list[asyncio.Task[None]] = []

        people, overview = SlackPeople(client), Overview(store)
        home = HomePublisher(
            store=store,
            tabs=SlackHomeTabs(client, people, self._identity.workspace_url),
            overview=overview,
            clock=clock,
            bells=bells,
            interval_s=settings.poll_interval_s,
            let_requests_pass=requests_first.wait,
        )
        showing_homes = Loop("home", home.step, clock)
        bells.home = showing_homes.wake
        self._loops.append(showing_homes)

        self._slack_tasks = Tasks("slack")
        self._app = AsyncApp(
            name="video-bot",
            client=slack_client(None, settings.slack_api_url, self._session),
            authorize=self._identity,
            process_before_response=True,  # else Bolt waits for the ack in 10 ms sleeps
            raise_error_for_unhandled_request=True,  # told by handlers/errors.py
            request_verification_enabled=False,  # bot/web/server.py checks before Bolt reads
        )
        catalogue = Catalogue(store.catalogue)
        register(
            self._app,
            intake=Intake(
                store,
                clock,
                bells,
                link_hosts=settings.link_hosts,
                length_padding=settings.length_padding,
            ),
            controls=Controls(store, updates, clock, bells),
            links=FreshLinks(store, self._agent),
            drafts=DraftKeeper(store, catalogue, clock),
            catalogue=catalogue,
            usd_per_second=settings.heygen_usd_per_second,
            length_padding=settings.length_padding,
            mentions=Mentions(store, self._files, clock),
            home=home,
            overview=overview,
            people=people,
            tasks=self._slack_tasks,
            requests_first=requests_first,
        )
        self._socket: AsyncSocketModeHandler | None = None
        self._server = WebServer(
            web_app(
                slack=SlackEndpoint(self._app, self._signing_secret()),
                heygen=HeyGenWebhook(Callbacks(store, poller, bells), settings.webhook_secrets),
                health=Health(overview, {"slack": self._is_slack_ready}),
                metrics=Metrics(overview),
            ),
            settings.host,
            settings.port,
        )
        self._background: list[asyncio.Task[None]] = []

    @property
    def url(self) -> str:
        """Where the HTTP server listens, once started."""
        return self._server.url

    async def start(self) -> None:
        """Open the doors, then let the workers run.

        Raises TokenRefused when Slack refuses the token, OSError when the port is taken. While
        Slack cannot be reached the bot runs on, is not ready, and keeps trying.
        """
        await self.store.release_leases(datetime.now(UTC))  # the lock says nobody else holds one
        await self._server.start()
        is_connected = await self._connect_slack()
        self._background = [asyncio.create_task(loop.run()) for loop in self._loops]
        self._reading = [asyncio.create_task(self._catalogue_loop.run())]
        if not is_connected:
            self._background.append(asyncio.create_task(self._keep_connecting()))
        log.info(
            "started",
            url=self.url,
            mode="Socket Mode" if self._settings.slack_app_token else "HTTP",
            callbacks=bool(self._settings.public_url),
        )

    async def stop(self) -> None:
        """Take nothing new, finish or put back what runs, close everything; under 5 s."""
        if self._socket is not None:
            await self._socket.client.close()
        await self._server.stop()
        await _settle(self._reading, 0)  # half a list is read anew, so nothing waits for it
        for loop in self._loops:
            loop.stop()
        await _settle(self._background, STOP_WITHIN_S)  # first: they start the tasks
        await asyncio.gather(
            self._slack_tasks.settle(STOP_WITHIN_S),
            self._submitter.tasks.settle(STOP_WITHIN_S),
            self._file_deliverer.tasks.settle(STOP_WITHIN_S),
        )
        await self._downloads.close()
        await self._uploads.close()
        await self._files.close()
        await self._links.close()
        await self._agent.close()
        await self._session.close()
        await self.store.close()
        log.info("stopped")

    def _signing_secret(self) -> str | None:
        if self._settings.slack_app_token is not None:
            return None
        return _secret(self._settings.slack_signing_secret)

    def _is_slack_ready(self) -> bool:
        if self._settings.slack_app_token is None:
            return self._identity.is_known
        return self._socket is not None and self._socket_is_open()

    def _socket_is_open(self) -> bool:
        session = self._socket.client.current_session if self._socket else None
        return session is not None and not session.closed

    async def _connect_slack(self) -> bool:
        """Learn who we are and, in Socket Mode, open the socket; False when Slack is away."""
        try:
            async with slack_call(may_repeat=True):
                await self._identity.learn()
                if self._settings.slack_app_token is not None:
                    await self._open_socket(_secret(self._settings.slack_app_token))
        except SlackError as error:
            if error.code in _REFUSED_TOKENS:
                name = "SLACK_APP_TOKEN" if self._identity.is_known else "SLACK_BOT_TOKEN"
                raise TokenRefused(f"{name} was refused by Slack ({error.code}).") from None
            log.warning("Slack not ready, trying again", code=error.code)
            return False
        return True

    async def _open_socket(self, app_token: str) -> None:
        # Only now: a bot that listens over HTTP needs none of it.
        from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler

        if self._socket is None:
            self._socket = AsyncSocketModeHandler(
                self._app,
                app_token,
                web_client=slack_client(app_token, self._settings.slack_api_url, self._session),
            )
        await self._socket.client.connect()

    async def _keep_connecting(self) -> None:
        while True:
            await asyncio.sleep(SLACK_RETRY_S)
            try:
                if await self._connect_slack():
                    return
            except TokenRefused as error:
                log.error("not ready, trying again", what=str(error))


def build(settings: Settings) -> Bot:
    """Open the store and make every part once.

    Raises AlreadyRunning and StoreUnavailable; must be called in a running event loop.
    """
    return Bot(settings, open_store(settings.database_url))


@dataclass(frozen=True, slots=True)
class Desk:
    """What an operator sees and may do, beside a bot that runs or does not."""

    controls: Controls
    overview: Overview


@asynccontextmanager
async def open_controls(settings: Settings) -> AsyncIterator[Desk]:
    """The jobs of this database, without a lock; a running bot notices what is done here.

    Raises StoreUnavailable.
    """
    store, clock, bells = open_store(settings.database_url, exclusive=False), SystemClock(), Bells()
    try:
        updates = StatusUpdates(store, clock, bells)
        yield Desk(Controls(store, updates, clock, bells), Overview(store))
    finally:
        await store.close()


@asynccontextmanager
async def open_endpoints(settings: Settings) -> AsyncIterator[WebhookEndpoints]:
    """The webhook endpoints of the HeyGen account; needs neither Slack nor a database."""
    api = Connection(_secret(settings.heygen_api_key), settings.heygen_api_url)
    try:
        yield WebhookEndpoints(api)
    finally:
        await api.close()


def _own_folder(settings: Settings) -> Path:
    """An empty folder beside the database for files on their way; a killed bot's are gone."""
    path = Path(settings.database_url.removeprefix("sqlite:///"))
    folder = path.with_name(f"{path.name}.files")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def _secret(value: SecretStr | None) -> str:
    """A required secret in the clear; config.py has made sure that it is there."""
    assert value is not None
    return value.get_secret_value()


async def _settle(tasks: list[asyncio.Task[None]], within_s: float) -> None:
    if tasks:
        await asyncio.wait(tasks, timeout=within_s)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
