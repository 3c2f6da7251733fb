"""A Bot out of settings: what it is made of, started and stopped in order."""

from __future__ import annotations

import asyncio
import random
import secrets
import socket
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, Protocol

import structlog
from pydantic import SecretStr
from slack_bolt.oauth.async_callback_options import AsyncCallbackOptions
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot.app.clock import SystemClock
from bot.app.only_workspace import OnlyWorkspace
from bot.app.outside import Outside
from bot.app.work import Work
from bot.app.workspaces import Workspaces
from bot.config import Settings
from bot.domain.lease import lease_s
from bot.domain.ports.store import Store
from bot.heygen.connection import Connection
from bot.heygen.endpoints import WebhookEndpoints
from bot.slack.connection import SlackConnection
from bot.slack.oauth import install_flow
from bot.slack.tokens import AppCredentials
from bot.web.health import Health
from bot.web.heygen_webhook import HeyGenWebhook
from bot.web.install import InstallOutcome, InstallPages, install_page
from bot.web.metrics import Metrics
from bot.web.server import SlackEndpoint, WebServer, web_app
from bot.workflow.callbacks import Callbacks
from bot.workflow.leadership import Leadership
from bot.workflow.loop import settle
from bot.workflow.overview import Overview
from bot.workflow.parts import OperatorTools, Policy, operator_tools
from store import is_shared, open_store
from store import move_to_postgres as move_to_postgres  # for bot/cli

log = structlog.get_logger(__name__)

Watch = Callable[[], Coroutine[Any, Any, None]]


class Tenants(Protocol):
    """Whom this bot serves: one workspace, or all that have installed it."""

    callbacks: Callbacks

    async def async_dispatch(self, req: AsyncBoltRequest) -> BoltResponse:
        """Slack's request to its listener, as Bolt's AsyncApp does it."""
        ...

    async def open(self) -> None:
        """Take requests from now on. Raises StoreUnavailable."""
        ...

    async def begin(self) -> None:
        """This process works from now on."""
        ...

    async def end(self) -> None: ...

    def waiting_for(self) -> str | None:
        """Why nothing is sent to HeyGen, while this process works."""
        ...

    def hear(self, words: str) -> None:
        """What another replica told (bot/app/news.py)."""
        ...

    def resume(self) -> None:
        """Slack takes the bot's token (again)."""
        ...

    async def settle(self) -> None:
        """Let what people asked for end in time."""
        ...

    async def close(self) -> None: ...


class Bot:
    """Everything that runs. `start` returns when requests are taken; `stop` loses nothing."""

    def __init__(self, settings: Settings, store: Store, replica: str = "") -> None:
        """Only makes the parts: nothing is sent or listened to before `start`.

        `replica` is this process's name beside others; "" for the only one on its database.
        """
        self._settings = settings
        self.store = store
        self.replica = replica
        self._clock = SystemClock()
        self._outside = Outside.of(settings, self._may_work if replica else None)
        self._watching: list[asyncio.Task[None]] = []
        tenants, watches, self._install = self._whom_it_serves()
        self.tenants: Tenants = tenants
        self._watches = watches
        self._leadership = Leadership(
            store.leases,
            replica,
            self._clock,
            length_s=lease_s(settings.poll_interval_s),
            waiting_for=self.tenants.waiting_for,
            begin=self.tenants.begin,
            end=self.tenants.end,
        )
        self._slack = SlackConnection(
            self.tenants,
            tenants.identity if isinstance(tenants, OnlyWorkspace) else None,
            app_token=_optional(settings.slack_app_token),
            client=self._outside.nobodys_client(),
        )
        self._server = self._web_server()

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

        Raises TokenRefused when Slack refuses the token, OSError when the port is taken, and
        StoreUnavailable when the database does not give what it needs. While Slack cannot be
        reached the bot runs on, is not ready, and keeps trying.
        """
        await self.tenants.open()
        await self._server.start()
        await self._slack.open()
        if not self.replica:
            await self.tenants.begin()
        watches = [
            self._slack.keep_watch(self._settings.poll_interval_s, self.tenants.resume),
            *(watch() for watch in self._watches),
        ]
        if self.replica:
            watches += [self._leadership.run(), self.store.listen(self.tenants.hear)]
        self._watching = [asyncio.create_task(watch) for watch in watches]
        log.info(
            "started",
            url=self.url,
            mode="Socket Mode" if self._settings.slack_app_token else "HTTP",
            callbacks=bool(self._settings.public_url),
            **({"replica": self.replica} if self.replica else {}),
        )

    async def stop(self) -> None:
        """Take nothing new, finish or put back what runs, close everything; under 5 s."""
        await settle(self._watching, 0)
        await self._slack.close()
        await self._server.stop()
        await asyncio.gather(self.tenants.end(), self.tenants.settle())
        if self.replica:
            await self._leadership.release()
        await self.tenants.close()
        await self._outside.close()
        await self.store.close()
        log.info("stopped")

    def _may_work(self) -> bool:
        return self._leadership.is_leading

    def _whom_it_serves(
        self,
    ) -> tuple[OnlyWorkspace | Workspaces, list[Watch], InstallPages | None]:
        settings, outside, store = self._settings, self._outside, self.store
        work = Work(
            policy=_policy(settings),
            clock=self._clock,
            dice=random.Random(),
            has_replicas=bool(self.replica),
            waiting_for=lambda: self._leadership.waiting_for,
        )
        if not settings.takes_installations:
            token, key = _secret(settings.slack_bot_token), _secret(settings.heygen_api_key)
            return OnlyWorkspace(outside, store, work, token, key), [], None
        assert settings.slack_client_id is not None
        credentials = AppCredentials(
            settings.slack_client_id, _secret(settings.slack_client_secret)
        )
        workspaces = Workspaces(
            outside, store, work, credentials, _optional(settings.heygen_api_key)
        )
        outcome = InstallOutcome(
            workspaces.installed, has_default=settings.heygen_api_key is not None
        )
        assert settings.public_url is not None
        flow = install_flow(
            credentials=credentials,
            api_url=settings.slack_api_url,
            public_url=settings.public_url,
            client=outside.nobodys_client(),
            installations=store.installations,
            states=store.oauth_states,
            clock=self._clock,
            page=install_page,
            outcome=AsyncCallbackOptions(outcome.success, outcome.failure),
        )
        watches = [workspaces.keep_watch, workspaces.watch_tokens]
        return workspaces, watches, InstallPages(flow)

    def _web_server(self) -> WebServer:
        settings, overview = self._settings, Overview(self.store)
        is_socket_mode = settings.slack_app_token is not None
        signing_secret = None if is_socket_mode else _secret(settings.slack_signing_secret)
        routes = web_app(
            slack=SlackEndpoint(self.tenants, signing_secret),
            heygen=HeyGenWebhook(self.tenants.callbacks, settings.webhook_secrets),
            health=Health(overview, {"slack": lambda: self._slack.fault}),
            metrics=Metrics(overview),
            install=self._install,
        )
        return WebServer(routes, settings.host, settings.port)


def build(settings: Settings, on_lost: Callable[[], None] = lambda: None) -> Bot:
    """Open the store and make every part once.

    `on_lost` is called, in another thread, when the database is no longer ours. Raises
    AlreadyRunning and StoreUnavailable; must be called in a running event loop.
    """
    url = settings.database_url
    replica = _new_name() if is_shared(url) else ""
    keys = settings.fernet_keys
    return Bot(
        settings, open_store(url, on_lost=on_lost, replica=replica, encryption_keys=keys), replica
    )


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


async def reseal(database_url: str, encryption_keys: tuple[str, ...]) -> int:
    """Encrypt every secret anew with the first key, beside a bot that runs; how many there are.

    Raises StoreUnavailable.
    """
    store = open_store(database_url, exclusive=False, encryption_keys=encryption_keys)
    try:
        return await store.reseal()
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


def _optional(value: SecretStr | None) -> str | None:
    return None if value is None else value.get_secret_value()


def _secret(value: SecretStr | None) -> str:
    """A required secret in the clear; config.py has made sure that it is there."""
    assert value is not None
    return value.get_secret_value()
