"""SlackSandbox: one Slack workspace on loopback, strict, with state, for demo and tests."""

from __future__ import annotations

import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

from aiohttp import web

from bot.sandbox.faults import FaultPlan
from bot.sandbox.slack.api import SlackApi
from bot.sandbox.slack.delivery import Courier
from bot.sandbox.slack.person import Person
from bot.sandbox.slack.sockets import SocketHub
from bot.sandbox.slack.state import Channel, Message, RecordedCall, SlackFile, User, View
from bot.sandbox.slack.workspace import Workspace

T = TypeVar("T")
SCOPES = (
    "commands chat:write chat:write.public files:read files:write im:write channels:join "
    "channels:read groups:read users:read app_mentions:read channels:history groups:history "
    "im:history"
)


class SlackSandbox:
    """A workspace with #general, Ana, Ben and the bot. `person("ana")` plays somebody in it."""

    def __init__(
        self,
        *,
        bot_token: str = "xoxb-sandbox",
        app_token: str = "xapp-sandbox",
        signing_secret: str = "sandbox-signing-secret",
        scopes: Iterable[str] = tuple(SCOPES.split()),
        now: Callable[[], float] = time.time,
    ) -> None:
        self.bot_token, self.app_token = bot_token, app_token
        self.signing_secret = signing_secret
        self.state = Workspace(scopes, now)
        self.sockets = SocketHub(self.state)
        self.courier = Courier(self.state, self.sockets, signing_secret)
        self.api = SlackApi(self.state, self.sockets, bot_token=bot_token, app_token=app_token)
        self.faults: FaultPlan = self.api.faults
        self.calls: deque[RecordedCall] = self.api.calls
        self.sent = self.state.sent  # what the bot said: parameters, answers, response_url bodies
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._runner: web.AppRunner | None = None
        ana, ben = self.add_user("ana"), self.add_user("ben")
        self.add_channel("general", members=(ana, ben))

    # -- life

    @property
    def url(self) -> str:
        return self.state.base_url

    @property
    def api_url(self) -> str:
        return f"{self.url}/api/"

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> str:
        """Listen and say where; port 0 takes a free one."""
        self._folder = tempfile.TemporaryDirectory(prefix="slack-sandbox-")
        self.state.folder = Path(self._folder.name)
        await self._listen(host, port)
        for file in self.files.values():  # those added before there was an address
            file.base_url = self.url
        await self.courier.start()
        return self.url

    async def _listen(self, host: str, port: int) -> None:
        self._runner = web.AppRunner(self.api.application(), access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port).start()
        self.state.base_url = f"http://{host}:{self._runner.addresses[0][1]}"

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

    async def wait_for(self, look: Callable[[], T | None], timeout_s: float, what: str) -> T:
        """The first thing `look` finds, now or after a change; TimeoutError names `what`."""
        return await self.state.wait_for(look, timeout_s, what)

    # -- the workspace

    def add_user(self, name: str, *, is_admin: bool = False, locale: str = "en-US") -> User:
        return self.state.add_user(name, is_admin=is_admin, locale=locale)

    def add_outsider(self, name: str) -> User:
        """Somebody of another workspace, in a channel that Slack Connect shares with it."""
        outsider = self.state.add_user(name)
        outsider.team_id = self.state.new_id("T")
        return outsider

    def add_channel(
        self,
        name: str,
        *,
        is_private: bool = False,
        members: Iterable[User | str] = (),
        bot_is_member: bool = True,
        is_archived: bool = False,
    ) -> Channel:
        people = {self.state.user(member).id for member in members}
        if bot_is_member:
            people.add(self.state.bot.id)
        channel = self.state.add_channel(name, "private" if is_private else "public", people)
        channel.is_archived = is_archived
        return channel

    def limit_channel(self, wanted: str | Channel, retry_after: str, for_s: float) -> None:
        """Posts into this channel meet HTTP 429 for a while; the other channels do not."""
        channel = self.state.channel(wanted)
        channel.limited_until = self.state.now() + for_s
        channel.retry_after = retry_after

    def revoke_token(self, code: str = "token_revoked") -> None:
        """From now on every call with the bot's token is refused with this word."""
        self.state.token_refusal = code

    def restore_token(self) -> None:
        self.state.token_refusal = None

    def add_file(
        self,
        user: User | str,
        *,
        name: str,
        content: bytes | Path,
        mimetype: str | None = None,
        mode: str = "hosted",
        is_external: bool = False,
        scanning_reads: int = 0,
        html_login: bool = False,
        deleted: bool = False,
        check_file_info: bool = False,
        size: int | None = None,
    ) -> SlackFile:
        """A file somebody uploaded; `size` lies about its length, the other flags as they say."""
        real = len(content) if isinstance(content, bytes) else content.stat().st_size
        file = self.state.add_file(
            self.state.user(user), name, real if size is None else size, content
        )
        file.mimetype = mimetype or file.mimetype
        file.mode, file.is_external = mode, is_external
        file.scanning_reads, file.html_login = scanning_reads, html_login
        file.deleted, file.check_file_info = deleted, check_file_info
        return file

    @property
    def bot(self) -> User:
        return self.state.bot

    @property
    def channels(self) -> dict[str, Channel]:
        return self.state.channels

    @property
    def files(self) -> dict[str, SlackFile]:
        return self.state.files

    @property
    def views(self) -> dict[str, View]:
        return self.state.views

    @property
    def homes(self) -> dict[str, View]:
        """The Home tab published for each user id."""
        return self.state.homes

    def channel(self, wanted: str | Channel) -> Channel:
        return self.state.channel(wanted)

    def messages(self, channel: str | Channel) -> list[Message]:
        return self.state.channel(channel).messages

    def thread(self, channel_id: str | Channel, ts: str) -> list[Message]:
        """The parent and its replies, oldest first."""
        return self.state.channel(channel_id).thread(ts)

    def direct_messages(self, user: User | str) -> list[Message]:
        """What stands in the DM of the bot and this person."""
        return self.state.direct_channel(self.bot.id, self.state.user(user).id).messages

    def person(self, name: str) -> Person:
        return Person(self.state, self.courier, self.calls, self.state.user(name))
