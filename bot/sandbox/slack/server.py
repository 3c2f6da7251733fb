"""SlackSandbox: Slack on loopback, strict, with state, for demo and tests; often one workspace."""

from __future__ import annotations

import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterable
from pathlib import Path

from aiohttp import web

from bot.sandbox.faults import FaultPlan
from bot.sandbox.slack.api import SlackApi
from bot.sandbox.slack.app import SlackApp
from bot.sandbox.slack.delivery import Courier
from bot.sandbox.slack.organisation import SlackOrganisation
from bot.sandbox.slack.sockets import SocketHub
from bot.sandbox.slack.state import Enterprise, RecordedCall
from bot.sandbox.slack.team import Platform, SlackTeam
from bot.sandbox.slack.tokens import Tokens
from bot.sandbox.slack.workspace import Workspace

SCOPES = (
    "commands chat:write chat:write.public files:read files:write im:write channels:join "
    "channels:read groups:read users:read app_mentions:read channels:history groups:history "
    "im:history"
)


class SlackSandbox(SlackTeam):
    """A workspace with #general, Ana, Ben and the bot, and those that are added to it.

    All are at one address, and the one app of theirs takes requests at one address. Installed
    here from the beginning with `bot_token`, unless `installed` says no; elsewhere by OAuth.
    """

    def __init__(
        self,
        *,
        bot_token: str = "xoxb-sandbox",
        app_token: str = "xapp-sandbox",
        signing_secret: str = "sandbox-signing-secret",
        scopes: Iterable[str] = tuple(SCOPES.split()),
        now: Callable[[], float] = time.time,
        installed: bool = True,
        rotation: bool = False,
    ) -> None:
        self.app_token = app_token
        self.signing_secret = signing_secret
        self.app = SlackApp(now=now, rotation=rotation)
        self.sockets = SocketHub(self.app)
        self.courier = Courier(self.app, self.sockets, signing_secret)
        self.tokens = Tokens(self.app)
        self.api = SlackApi(self.app, self.sockets, self.tokens, app_token=app_token)
        platform = Platform(self.app, self.tokens, self.courier, self.api)
        super().__init__(platform, Workspace(self.app, scopes=scopes, installed=installed))
        if installed:
            self.tokens.add(bot_token, self.state)
        self.faults: FaultPlan = self.api.faults
        self.calls: deque[RecordedCall] = self.api.calls
        self.sent = self.app.sent  # what the bot said: parameters, answers, response_url bodies
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._runner: web.AppRunner | None = None
        ana, ben = self.add_user("ana"), self.add_user("ben")
        self.add_channel("general", members=(ana, ben))

    # -- more workspaces

    def add_workspace(
        self,
        name: str,
        *,
        id: str | None = None,
        enterprise: SlackOrganisation | None = None,
    ) -> SlackTeam:
        """One more, empty but for the bot, in which the app is not installed yet.

        `enterprise` is the organisation that it belongs to while its installation is its own.
        """
        of = enterprise.state.enterprise if enterprise is not None else None
        return SlackTeam(self._platform, Workspace(self.app, name, team_id=id, enterprise=of))

    def add_organisation(self, name: str, *, id: str | None = None) -> SlackOrganisation:
        """An organisation without teams yet, in which the app is not installed yet."""
        enterprise = Enterprise(id or self.app.new_id("E"), name)
        state = Workspace(self.app, name, enterprise=enterprise, org_wide=True)
        return SlackOrganisation(self._platform, state)

    # -- life

    @property
    def url(self) -> str:
        return self.app.base_url

    @property
    def api_url(self) -> str:
        return f"{self.url}/api/"

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> str:
        """Listen and say where; port 0 takes a free one."""
        self._folder = tempfile.TemporaryDirectory(prefix="slack-sandbox-")
        self.app.folder = Path(self._folder.name)
        await self._listen(host, port)
        for state in self.app.workspaces:
            for file in state.files.values():  # those added before there was an address
                file.base_url = self.url
        await self.courier.start()
        return self.url

    async def _listen(self, host: str, port: int) -> None:
        self._runner = web.AppRunner(self.api.application(), access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port).start()
        self.app.base_url = f"http://{host}:{self._runner.addresses[0][1]}"

    async def go_dark(self) -> None:
        """Connections are refused until `come_back`; people can still reach the bot."""
        assert self._runner is not None
        await self._runner.cleanup()

    async def come_back(self) -> None:
        host, _, port = self.url.removeprefix("http://").rpartition(":")
        await self._listen(host, int(port))

    async def stop(self) -> None:
        await self.sockets.stop()
        await self.courier.stop()
        await self.api.stop()
        if self._runner is not None:
            await self._runner.cleanup()
        if self._folder is not None:
            self._folder.cleanup()

    async def __aenter__(self) -> SlackSandbox:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def connect(self, bot_url: str) -> None:
        """Where the bot takes Slack's requests; not needed in Socket Mode."""
        self.courier.bot_url = bot_url

    @property
    def uses_socket_mode(self) -> bool:
        return self.sockets.connected

    async def refresh_sockets(self) -> None:
        """Tell the bot to come back on a new socket (`disconnect`, `refresh_requested`)."""
        await self.sockets.refresh()

    async def drop_sockets(self) -> None:
        """Close every socket; what was not acknowledged comes again on the next one."""
        await self.sockets.drop()
