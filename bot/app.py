"""The one place where parts meet: settings in, a Bot out that starts and stops in order."""

from __future__ import annotations

import asyncio
import secrets
import shutil
import socket
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import aiohttp
import httpx
import structlog
from pydantic import SecretStr
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.config import Settings
from bot.domain.lease import lease_s
from bot.domain.ports.store import Store
from bot.files.links import LinkLooks
from bot.files.own_folder import OwnFolder
from bot.heygen.client import HeyGenClient
from bot.heygen.connection import Connection
from bot.heygen.downloads import VideoLinks
from bot.heygen.endpoints import WebhookEndpoints
from bot.slack.client import slack_client, slack_session
from bot.slack.connection import SlackConnection
from bot.slack.files import SlackWebFiles
from bot.slack.identity import SlackIdentity, bolt_app
from bot.slack.people import SlackPeople
from bot.slack.threads import SlackWebThreads
from bot.slack.uploads import SlackWebUploads
from bot.web.health import Health
from bot.web.heygen_webhook import HeyGenWebhook
from bot.web.metrics import Metrics
from bot.web.server import SlackEndpoint, WebServer, web_app
from bot.workflow.leadership import LEASE, Leadership
from bot.workflow.loop import Loop, Tasks
from bot.workflow.parts import CATALOGUE, OperatorTools, Parts, Policy, Ports, operator_tools
from handlers import register
from handlers.home import SlackHomeTabs
from store import is_shared, open_store
from store import move_to_postgres as move_to_postgres  # for bot/cli

log = structlog.get_logger(__name__)

DEFAULT_POLL_INTERVAL_S = 15.0  # every other pause scales with it
ELAPSED: int = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
LINK_PAUSE_S = 5.0  # before a link that could not be fetched is looked at once more
STOP_WITHIN_S = 1.5  # for loops, then for tasks; a stop may take 5 s in all


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    def elapsed_s(self) -> float:
        """Seconds; those of a suspended machine count, too, where the system tells (Linux)."""
        return time.clock_gettime(ELAPSED)


@dataclass(frozen=True, slots=True)
class Outside:
    """Everything that talks to Slack and HeyGen, made once."""

    own_folder: OwnFolder | None  # for files on their way, where there is no database file
    session: aiohttp.ClientSession
    posting: aiohttp.ClientSession  # of the workers
    slack: AsyncWebClient
    identity: SlackIdentity
    people: SlackPeople
    threads: SlackWebThreads
    files: SlackWebFiles
    uploads: SlackWebUploads
    agent: HeyGenClient
    downloads: VideoLinks
    links: LinkLooks

    @classmethod
    def of(cls, settings: Settings, may_work: Callable[[], bool] | None = None) -> Outside:
        """Nothing is sent yet. `may_work` is asked as what costs or posts is about to leave."""
        own = OwnFolder(Path(tempfile.gettempdir())) if is_shared(settings.database_url) else None
        folder = own.path if own else _beside(settings.database_url)
        tls = httpx.create_ssl_context()  # one for all: each takes 20 ms and 0.8 MB
        step_s = settings.poll_interval_s / DEFAULT_POLL_INTERVAL_S
        bot_token = _secret(settings.slack_bot_token)
        session = slack_session()
        posting = session if may_work is None else slack_session(may_work)
        sender = slack_client(bot_token, settings.slack_api_url, posting)
        slack = slack_client(bot_token, settings.slack_api_url, session)
        return cls(
            own_folder=own,
            session=session,
            posting=posting,
            slack=slack,
            identity=SlackIdentity(slack, bot_token),
            people=SlackPeople(slack),
            threads=SlackWebThreads(sender),
            files=SlackWebFiles(slack, bot_token, folder=folder, step_s=step_s, tls=tls),
            uploads=SlackWebUploads(sender, tls=tls),
            agent=HeyGenClient(
                _secret(settings.heygen_api_key),
                settings.heygen_api_url,
                tls=tls,
                may_create=may_work,
            ),
            downloads=VideoLinks(settings.heygen_api_url, folder=folder, tls=tls),
            links=LinkLooks(
                allowed_hosts=settings.link_hosts, pause_s=LINK_PAUSE_S * step_s, tls=tls
            ),
        )

    def ports(self, store: Store) -> Ports:
        return Ports(
            store=store,
            agent=self.agent,
            catalogue=self.agent,
            downloads=self.downloads,
            threads=self.threads,
            uploads=self.uploads,
            files=self.files,
            tabs=SlackHomeTabs(self.slack, self.people, self.identity.workspace_url),
            links=self.links,
        )

    async def close(self) -> None:
        for part in (self.downloads, self.uploads, self.files, self.links, self.agent):
            await part.close()
        await self.session.close()
        await self.posting.close()
        if self.own_folder is not None:
            self.own_folder.close()


class Workers:
    """The loops that move jobs and what is owed: of this process while it works."""

    def __init__(self, parts: Callable[[], Parts]) -> None:
        """`parts` gives those of a stretch of work, which remember nothing of the one before."""
        self._make_parts = parts
        self._parts: Parts | None = None
        self._stopping: asyncio.Task[None] | None = None
        self._loops: dict[str, Loop] = {}
        self._running: list[asyncio.Task[None]] = []
        self._reading: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """What an earlier one had begun is taken up at once: nobody else works now."""
        parts = self._make_parts()
        await parts.recover()
        self._parts, self._stopping = parts, None
        let_requests_pass = parts.requests_first.wait
        self._loops = parts.employ(
            lambda name, step: Loop(name, step, parts.clock, let_requests_pass)
        )
        running = [loop for name, loop in self._loops.items() if name != CATALOGUE]
        self._running = [asyncio.create_task(loop.run()) for loop in running]
        self._reading = [asyncio.create_task(self._loops[CATALOGUE].run())]

    def waiting_for(self) -> str | None:
        """Why nothing is sent to HeyGen, while this process works."""
        return self._parts.gate.waiting_for if self._parts else None

    def wake(self, name: str) -> bool:
        """By the name of a signal; False while another process works."""
        if loop := self._loops.get(name):
            loop.wake()
        return loop is not None

    def resume(self) -> None:
        """Slack takes the bot's token (again): what waited for it goes on now."""
        if (parts := self._parts) is None:
            return
        signals = parts.signals
        waiting = (
            (parts.message_sender, signals.deliver),
            (parts.file_sender, signals.files),
            (parts.home, signals.home),
        )
        for part, ring in waiting:
            if part.pauses.resume():
                ring()

    async def stop(self) -> None:
        """Let what is under way end in time; the database has the rest.

        Asked for twice, the second waits for the first, even if the first was not waited for.
        """
        if self._stopping is None:
            self._stopping = asyncio.create_task(self._stop())
        await asyncio.shield(self._stopping)

    async def _stop(self) -> None:
        if (parts := self._parts) is None:
            return
        loops = self._loops
        self._parts, self._loops = None, {}
        await _settle(self._reading, 0)  # half a list is read anew, so nothing waits for it
        for loop in loops.values():
            loop.stop()
        await _settle(self._running, STOP_WITHIN_S)  # first: they start the tasks
        await asyncio.gather(*(tasks.settle(STOP_WITHIN_S) for tasks in parts.tasks))


class Bot:
    """Everything that runs. `start` returns when requests are taken; `stop` loses nothing."""

    def __init__(self, settings: Settings, store: Store, replica: str = "") -> None:
        """Only makes the parts: nothing is sent or listened to before `start`.

        `replica` is this process's name beside others; "" for the only one on its database.
        """
        self._settings = settings
        self.store = store
        self.replica = replica
        self._clock, self._policy = SystemClock(), _policy(settings)
        self._workers = Workers(self._parts_at_work)
        self._leadership = Leadership(
            store.leases,
            replica,
            self._clock,
            length_s=lease_s(settings.poll_interval_s),
            waiting_for=self._workers.waiting_for,
            begin=self._workers.start,
            end=self._workers.stop,
        )
        self._outside = Outside.of(settings, self._may_work if replica else None)
        self._parts = Parts(
            self._outside.ports(store),
            self._policy,
            self._clock,
            waiting_for=(lambda: self._leadership.waiting_for) if replica else None,
        )
        if replica:
            for signal in fields(self._parts.signals):
                setattr(self._parts.signals, signal.name, partial(self._ring, signal.name))
        self._slack_tasks = Tasks("slack", self._parts.requests_first.wait)
        app = self._slack_app()
        self._slack = SlackConnection(
            app,
            self._outside.identity,
            app_token=_optional(settings.slack_app_token),
            api_url=settings.slack_api_url,
            session=self._outside.session,
        )
        self._server = self._web_server(app)
        self._watching: list[asyncio.Task[None]] = []
        self._unheard: set[str] = set()  # names of signals

    @property
    def url(self) -> str:
        """Where the HTTP server listens, once started."""
        return self._server.url

    @property
    def is_working(self) -> bool:
        """False while another replica works; this one takes requests all the same."""
        return not self.replica or self._leadership.is_leading

    async def start(self) -> None:
        """Open the doors, then let the workers run.

        Raises TokenRefused when Slack refuses the token, OSError when the port is taken. While
        Slack cannot be reached the bot runs on, is not ready, and keeps trying.
        """
        await self._server.start()
        await self._slack.open()
        watch = self._slack.keep_watch(self._settings.poll_interval_s, self._workers.resume)
        self._watching = [asyncio.create_task(watch)]
        if self.replica:
            shared = (self._leadership.run(), self.store.listen(self._hear))
            self._watching += [asyncio.create_task(work) for work in shared]
        else:
            await self._workers.start()
        log.info(
            "started",
            url=self.url,
            mode="Socket Mode" if self._settings.slack_app_token else "HTTP",
            callbacks=bool(self._settings.public_url),
            **({"replica": self.replica} if self.replica else {}),
        )

    async def stop(self) -> None:
        """Take nothing new, finish or put back what runs, close everything; under 5 s."""
        await _settle(self._watching, 0)
        await self._slack.close()
        await self._server.stop()
        await asyncio.gather(self._workers.stop(), self._slack_tasks.settle(STOP_WITHIN_S))
        if self.replica:
            await self._leadership.release()
        await self._outside.close()
        await self.store.close()
        log.info("stopped")

    def _may_work(self) -> bool:
        return self._leadership.is_leading

    def _parts_at_work(self) -> Parts:
        """The one process on a database works with the parts that its listeners have."""
        if not self.replica:
            return self._parts
        held = self._outside.ports(self.store.while_held(LEASE))
        first = self._parts.requests_first
        return Parts(held, self._policy, self._clock, requests_first=first)

    def _ring(self, name: str) -> None:
        """A listener has work for whoever works now; the others are told once for all of it."""
        if self._workers.wake(name):
            return
        if not self._unheard:
            self._slack_tasks.spawn(self._tell_others())
        self._unheard.add(name)

    async def _tell_others(self) -> None:
        names, self._unheard = self._unheard, set()
        await self.store.notify(" ".join(sorted(names)))

    def _hear(self, names: str) -> None:
        for name in names.split():
            self._workers.wake(name)

    def _slack_app(self) -> AsyncApp:
        """Bolt's app with every listener."""
        settings, outside = self._settings, self._outside
        client = slack_client(None, settings.slack_api_url, outside.session)
        app = bolt_app(client, outside.identity)
        register(
            app,
            self._parts,
            people=outside.people,
            tasks=self._slack_tasks,
            usd_per_second=settings.heygen_usd_per_second,
        )
        return app

    def _web_server(self, app: AsyncApp) -> WebServer:
        settings, overview = self._settings, self._parts.overview
        is_socket_mode = settings.slack_app_token is not None
        signing_secret = None if is_socket_mode else _secret(settings.slack_signing_secret)
        routes = web_app(
            slack=SlackEndpoint(app, signing_secret),
            heygen=HeyGenWebhook(self._parts.callbacks, settings.webhook_secrets),
            health=Health(overview, {"slack": lambda: self._slack.fault}),
            metrics=Metrics(overview),
        )
        return WebServer(routes, settings.host, settings.port)


def build(settings: Settings, on_lost: Callable[[], None] = lambda: None) -> Bot:
    """Open the store and make every part once.

    `on_lost` is called, in another thread, when the database is no longer ours. Raises
    AlreadyRunning and StoreUnavailable; must be called in a running event loop.
    """
    url = settings.database_url
    replica = _new_name() if is_shared(url) else ""
    return Bot(settings, open_store(url, on_lost=on_lost, replica=replica), replica)


@asynccontextmanager
async def open_controls(settings: Settings) -> AsyncIterator[OperatorTools]:
    """The jobs of this database, without a lock; a running bot notices what is done here.

    Raises StoreUnavailable.
    """
    store = open_store(settings.database_url, exclusive=False)
    try:
        yield operator_tools(store, _policy(settings), SystemClock())
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


def _policy(settings: Settings) -> Policy:
    return Policy(
        max_concurrent_videos=settings.max_concurrent_videos,
        interval_s=settings.poll_interval_s,
        public_url=settings.public_url,
        delivers_file=settings.deliver_file == "auto",
        video_max_bytes=settings.max_file_mb * 1_000_000,
        link_hosts=settings.link_hosts,
        length_padding=settings.length_padding,
    )


def _new_name() -> str:
    """Of this process among the replicas: no other has it, not even the next on this host."""
    return f"{socket.gethostname()}-{secrets.token_hex(4)}"


def _beside(database_url: str) -> Path:
    """The empty folder beside a database of SQLite's: a killed bot's files are gone."""
    path = Path(database_url.removeprefix("sqlite:///"))
    folder = path.with_name(f"{path.name}.files")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def _optional(value: SecretStr | None) -> str | None:
    return None if value is None else value.get_secret_value()


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
