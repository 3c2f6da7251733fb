"""One workspace in memory: makes ids and timestamps, finds things, wakes whoever waits."""

from __future__ import annotations

import math
import mimetypes
import secrets
from collections import deque
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from bot.sandbox.slack.app import SlackApp
from bot.sandbox.slack.refusals import SandboxRefusal
from bot.sandbox.slack.state import (
    Channel,
    ChannelKind,
    Enterprise,
    Message,
    ResponseUrl,
    SlackFile,
    Team,
    Trigger,
    Upload,
    User,
    View,
)

T = TypeVar("T")
TRIGGER_LIFE_S = 3.0  # FACTS section 1: a trigger dies 3 s after it was sent


@dataclass
class OrgPayloads:
    """What payloads of an organisation-wide installation tell, where Slack's pages differ.

    The defaults are the barer ones; FACTS section 10, Bolt's request internals.
    """

    team: bool = False  # in interactivity; else null
    team_in_authorizations: bool = False  # of events; else null
    enterprise_as_user_team: bool = False  # E... in `user.team_id` (page of block_suggestion)
    team_as_installed: bool = False  # T... in `view.app_installed_team_id`; else E...


class Workspace:
    """All state of one workspace; or of an organisation, whose teams share ids and the bot."""

    def __init__(
        self,
        app: SlackApp,
        name: str = "Sandbox",
        *,
        scopes: Iterable[str] = (),
        installed: bool = False,
        team_id: str | None = None,
        enterprise: Enterprise | None = None,
        org_wide: bool = False,
    ) -> None:
        """`enterprise` is the organisation it belongs to, or with `org_wide` the one it is."""
        self.app = app
        self.scopes = frozenset(scopes)  # those granted to its installation
        self.installed = installed
        self.only_admins_install = False  # the workspace's rule for apps
        self.now = app.now
        self._last_us = 0
        self.next_ts: deque[str] = deque()  # timestamps that a test has chosen
        self.enterprise, self.is_org_wide = enterprise, org_wide
        if org_wide and enterprise is not None:
            team_id = enterprise.id
        domain = name.lower().replace(" ", "-")
        self.team = Team(team_id or app.new_id("T"), name, domain)
        self.teams: dict[str, Team] = {} if org_wide else {self.team.id: self.team}
        self.org_payloads = OrgPayloads()
        app.app_id = app.app_id or app.new_id("A")
        self.bot_id = app.new_id("B")
        self.users: dict[str, User] = {}
        self.channels: dict[str, Channel] = {}
        self.files: dict[str, SlackFile] = {}
        self.uploads: dict[str, Upload] = {}
        self.alt_text_shares_to_lose = 0  # answered with ok, and never seen
        self.history_lag_s = 0.0  # how old a message must be before anybody is told of it
        self.token_refusal: str | None = None  # Slack's word for the bot's token, once it is bad
        self.refused_files: dict[str, str] = {}  # ending, or "*", to Slack's word for such a file
        self.views: dict[str, View] = {}
        self.stacks: dict[str, list[View]] = {}
        self.homes: dict[str, View] = {}
        self.triggers: dict[str, Trigger] = {}
        self.response_urls: dict[str, ResponseUrl] = {}
        self.bot = self.add_user("video-bot", is_bot=True)
        app.workspaces.append(self)

    @property
    def team_id(self) -> str:
        """T..., of an organisation E...: what the bot's own id belongs to."""
        return self.team.id

    @property
    def app_id(self) -> str:
        return self.app.app_id

    @property
    def base_url(self) -> str:
        return self.app.base_url

    @property
    def folder(self) -> Path:
        return self.app.folder

    def team_of(self, user: User) -> Team:
        """Where this person is at home; of an outsider only the id is known here."""
        return self.teams.get(user.team_id) or Team(user.team_id, "", "elsewhere")

    def is_own(self, user: User) -> bool:
        return user.team_id == self.team_id or user.team_id in self.teams

    @property
    def shown_until(self) -> float:
        """What is newer is not told of yet, by history, replies and files.info."""
        return self.now() - self.history_lag_s if self.history_lag_s else math.inf

    # -- ids and times

    def new_id(self, prefix: str) -> str:
        """Shaped as Slack's: a letter or two and ten capital letters or digits."""
        return self.app.new_id(prefix)

    def new_ts(self) -> str:
        """A message's name: seconds with six decimals, the same twice only if a test says so."""
        if self.next_ts:
            return self.next_ts.popleft()
        self._last_us = max(self._last_us + 1, int(self.now() * 1_000_000))
        return f"{self._last_us // 1_000_000}.{self._last_us % 1_000_000:06d}"

    # -- waiting

    def changed(self) -> None:
        self.app.changed()

    async def wait_for(self, look: Callable[[], T | None], timeout_s: float, what: str) -> T:
        """The first thing `look` finds, now or after a change; TimeoutError names `what`."""
        return await self.app.wait_for(look, timeout_s, what)

    # -- people and places

    def add_user(
        self,
        name: str,
        *,
        is_admin: bool = False,
        is_bot: bool = False,
        locale: str = "en-US",
        id: str | None = None,
        team_id: str | None = None,
    ) -> User:
        """`id` may be that of somebody in another workspace: Slack's are unique only in one."""
        self._check_free(id, self.users)
        team_id = team_id or self.team_id
        user = User(id or self.new_id("U"), name, team_id, is_admin, is_bot, locale)
        self.users[user.id] = user
        for channel in self.channels.values():
            if channel.name == "general" and channel.team_id == team_id:
                channel.members.add(user.id)
        return user

    def add_channel(
        self,
        name: str,
        kind: ChannelKind,
        members: Iterable[str],
        *,
        id: str | None = None,
        team_id: str | None = None,
    ) -> Channel:
        self._check_free(id, self.channels)
        prefix = {"public": "C", "private": "C", "im": "D"}[kind]
        channel = Channel(id or self.new_id(prefix), name, kind, int(self.now()), set(members))
        channel.team_id = team_id or self.team_id
        self.channels[channel.id] = channel
        return channel

    def _check_free(self, id_: str | None, taken: Collection[str]) -> None:
        if id_ is not None and id_ in taken:
            raise SandboxRefusal(f"{id_} is in this workspace already")

    def user(self, wanted: str | User) -> User:
        """By id, name or itself; one's own people go before others of the same name."""
        if isinstance(wanted, User):
            return wanted
        found = [user for user in self.users.values() if wanted in (user.id, user.name)]
        if not found:
            raise SandboxRefusal(f"nobody called {wanted!r} in this workspace")
        return next((user for user in found if self.is_own(user)), found[0])

    def channel(self, wanted: str | Channel, of_team: str = "") -> Channel:
        """By id, name (with or without #) or itself; that of the team goes before others."""
        if isinstance(wanted, Channel):
            return wanted
        name = wanted.removeprefix("#")
        found = [one for one in self.channels.values() if name in (one.id, one.name)]
        if not found:
            raise SandboxRefusal(f"no channel called {wanted!r} in this workspace")
        return next((one for one in found if one.team_id == of_team), found[0])

    def direct_channel(self, *user_ids: str) -> Channel:
        """The DM of these people (one or two), made when there is none yet."""
        members = set(user_ids)
        for channel in self.channels.values():
            if channel.kind == "im" and channel.members == members:
                return channel
        return self.add_channel("", "im", members)

    # -- messages

    def post(self, channel: Channel, user_id: str, text: str, **fields: Any) -> Message:
        """Put a message into a channel (or, if it is for one person's eyes, beside it)."""
        message = Message(channel.id, self.new_ts(), user_id, text, **fields)
        if user_id == self.bot.id:
            message.bot_id, message.app_id = self.bot_id, self.app_id
        if message.thread_ts and (parent := channel.find(message.thread_ts)):
            parent.thread_ts = parent.ts
        message.keep_version(self.now())
        (channel.ephemerals if message.ephemeral_to else channel.messages).append(message)
        for file in message.files:
            file.shares.append((channel.id, channel.kind, message.ts))
            for workspace in self._sharing(channel):
                workspace.files[file.id] = file
        self.changed()
        return message

    def _sharing(self, channel: Channel) -> list[Workspace]:
        """The workspaces that have this very channel, by Slack Connect."""
        return [one for one in self.app.workspaces if one.channels.get(channel.id) is channel]

    # -- files

    def add_file(
        self,
        user: User,
        name: str,
        size: int,
        content: bytes | Path | None,
        *,
        id: str | None = None,
    ) -> SlackFile:
        self._check_free(id, self.files)
        file = SlackFile(
            id=id or self.new_id("F"),
            name=name,
            user_id=user.id,
            mimetype=mimetypes.guess_type(name)[0] or "application/octet-stream",
            size=size,
            created=int(self.now()),
            content=content,
            team_id=user.team_id,
            base_url=self.base_url,
        )
        self.files[file.id] = file
        return file

    # -- triggers and answer addresses

    def new_trigger(
        self, user: User, channel_id: str | None = None, view: View | None = None
    ) -> Trigger:
        name = f"{self.app.count()}.{int(self.now())}.{secrets.token_hex(16)}"
        trigger = Trigger(name, user.id, self.now(), channel_id, view.id if view else None)
        self.triggers[name] = trigger
        return trigger

    def new_response_url(self, user: User, channel_id: str, message_ts: str | None = None) -> str:
        token = secrets.token_hex(12)
        self.response_urls[token] = ResponseUrl(token, user.id, channel_id, self.now(), message_ts)
        return f"{self.base_url}/respond/{self.team_id}/{token}"

    # -- modals

    def stack(self, user_id: str) -> list[View]:
        return self.stacks.setdefault(user_id, [])

    def close_view(self, view: View) -> None:
        """Take the top view away; the one below shows again."""
        view.is_open = False
        stack = self.stack(view.user_id)
        if view in stack:
            stack.remove(view)
        self.changed()

    def close_all_views(self, user_id: str) -> None:
        for view in list(self.stack(user_id)):
            self.close_view(view)
