"""SlackTeam: one workspace as a test plays it: people, channels, files, its installation."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar

from bot.sandbox.slack import payloads
from bot.sandbox.slack.api import SlackApi
from bot.sandbox.slack.app import SlackApp
from bot.sandbox.slack.delivery import Answer, Courier, Delivery
from bot.sandbox.slack.person import Person
from bot.sandbox.slack.refusals import SandboxRefusal
from bot.sandbox.slack.state import (
    Channel,
    ChannelKind,
    Json,
    Message,
    RecordedCall,
    SlackFile,
    User,
    View,
)
from bot.sandbox.slack.tokens import Tokens
from bot.sandbox.slack.workspace import Workspace

T = TypeVar("T")
GoneEvent = Literal["app_uninstalled", "tokens_revoked"]


@dataclass(frozen=True)
class Platform:
    """What all workspaces of a sandbox work with."""

    app: SlackApp
    tokens: Tokens
    courier: Courier
    api: SlackApi


class SlackTeam:
    """Made by `sandbox.add_workspace`; `person("ana")` plays somebody in it."""

    def __init__(self, platform: Platform, state: Workspace) -> None:
        self.state = state
        self._platform = platform

    @property
    def team_id(self) -> str:
        return self.state.team_id

    @property
    def is_installed(self) -> bool:
        return self.state.installed

    @property
    def own_calls(self) -> list[RecordedCall]:
        """The Web API calls with a token of this workspace, good or bad, oldest first."""
        return [call for call in self._platform.api.calls if call.team_id == self.state.team_id]

    async def wait_for(self, look: Callable[[], T | None], timeout_s: float, what: str) -> T:
        """The first thing `look` finds, now or after a change; TimeoutError names `what`."""
        return await self.state.wait_for(look, timeout_s, what)

    # -- the installation

    @property
    def bot_token(self) -> str:
        """The newest token that Slack takes."""
        live = self._platform.tokens.live(self.state)
        if not live:
            raise SandboxRefusal(f"there is no good token of {self.state.team.name}")
        return live[-1].secret

    @property
    def refreshes(self) -> int:
        """How often a refresh token was exchanged."""
        return self._platform.tokens.refreshes[self.state.team_id]

    @property
    def refused_refreshes(self) -> int:
        """How often one came that had been used."""
        return self._platform.tokens.refused_refreshes[self.state.team_id]

    def end_tokens(self) -> None:
        """The access tokens' time is up now: `token_expired`. Refresh tokens stay good."""
        self._platform.tokens.end(self.state)

    async def uninstall(
        self,
        *,
        order: Sequence[GoneEvent] = ("app_uninstalled", "tokens_revoked"),
        refusal: str = "account_inactive",
        authorizations: bool = True,
    ) -> list[Answer]:
        """Somebody removes the app: the bot's answers to the events, in this order.

        Slack promises none, and its samples of both come without `authorizations`.
        """
        self._platform.tokens.refuse(self.state, refusal)
        self.state.installed = False
        self.state.triggers.clear()
        self.state.response_urls.clear()
        return [await self._tell(name, authorizations=authorizations) for name in order]

    async def revoke(self, *, refusal: str = "token_revoked") -> Answer:
        """The tokens are gone and only that is told; the app stays where people find it."""
        self._platform.tokens.refuse(self.state, refusal)
        return await self._tell("tokens_revoked", authorizations=True)

    async def _tell(self, name: GoneEvent, *, authorizations: bool) -> Answer:
        make = {
            "app_uninstalled": payloads.app_uninstalled,
            "tokens_revoked": payloads.tokens_revoked,
        }
        body: Json = make[name](self.state)
        if not authorizations:
            del body["authorizations"]
        return await self._platform.courier.deliver(Delivery("events_api", body))

    # -- people and places

    def add_user(
        self,
        name: str,
        *,
        is_admin: bool = False,
        is_owner: bool = False,
        locale: str = "en-US",
        id: str | None = None,
    ) -> User:
        """`id` may be the same as somebody's in another workspace."""
        user = self.state.add_user(name, is_admin=is_admin, locale=locale, id=id)
        user.is_owner = is_owner
        return user

    def add_outsider(self, name: str) -> User:
        """Somebody of another workspace, in a channel that Slack Connect shares with it."""
        outsider = self.state.add_user(name)
        outsider.team_id = self.state.new_id("T")
        return outsider

    def share_channel(self, wanted: str | Channel, other: SlackTeam) -> Channel:
        """Slack Connect: the same channel in both; those in it are outsiders to the other side."""
        channel = self.channel(wanted)
        for one, there in ((self.state, other.state), (other.state, self.state)):
            for member in [one.users[name] for name in channel.members if name in one.users]:
                if there.users.setdefault(member.id, member) is not member:
                    raise SandboxRefusal(f"{member.id} is somebody else in {there.team.name}")
        if other.state.channels.setdefault(channel.id, channel) is not channel:
            raise SandboxRefusal(f"{channel.id} is another channel in {other.state.team.name}")
        channel.is_ext_shared = True
        return channel

    def join(self, wanted: str | Channel, *people: User | str) -> None:
        """These people, or bots, of this workspace are in the channel from now on."""
        channel = self.channel(wanted)
        for user in map(self.state.user, people):
            channel.members.add(user.id)
            for state in self._platform.app.workspaces:
                if state.channels.get(channel.id) is channel:
                    state.users.setdefault(user.id, user)

    def use_ts(self, *timestamps: str) -> None:
        """The next messages here have these names, even if another workspace has such ones."""
        self.state.next_ts.extend(timestamps)

    def add_channel(
        self,
        name: str,
        *,
        is_private: bool = False,
        members: Iterable[User | str] = (),
        bot_is_member: bool = True,
        is_archived: bool = False,
        id: str | None = None,
    ) -> Channel:
        """`id` may be the same as a channel's in another workspace."""
        people = {self.state.user(member).id for member in members}
        if bot_is_member:
            people.add(self.state.bot.id)
        kind: ChannelKind = "private" if is_private else "public"
        channel = self.state.add_channel(name, kind, people, id=id, team_id=self.team_id)
        channel.is_archived = is_archived
        return channel

    def limit_channel(self, wanted: str | Channel, retry_after: str, for_s: float) -> None:
        """Posts into this channel meet HTTP 429 for a while; the other channels do not."""
        channel = self.channel(wanted)
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
        id: str | None = None,
    ) -> SlackFile:
        """A file somebody uploaded; `size` lies about its length, the other flags as they say."""
        real = len(content) if isinstance(content, bytes) else content.stat().st_size
        file = self.state.add_file(
            self.state.user(user), name, real if size is None else size, content, id=id
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
        return self.channel(channel).messages

    def thread(self, channel_id: str | Channel, ts: str) -> list[Message]:
        """The parent and its replies, oldest first."""
        return self.channel(channel_id).thread(ts)

    def direct_messages(self, user: User | str) -> list[Message]:
        """What stands in the DM of the bot and this person."""
        return self.state.direct_channel(self.bot.id, self.state.user(user).id).messages

    def person(self, name: str) -> Person:
        platform = self._platform
        sessions = platform.api.oauth.sessions
        user = self.state.user(name)
        return Person(self.state, platform.courier, platform.api.calls, sessions, user)
