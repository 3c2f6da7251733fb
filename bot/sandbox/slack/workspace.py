"""One workspace in memory: makes ids and timestamps, finds things, wakes whoever waits."""

from __future__ import annotations

import asyncio
import math
import mimetypes
import secrets
from collections import deque
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

from bot.sandbox.slack.refusals import SandboxRefusal
from bot.sandbox.slack.state import (
    Channel,
    ChannelKind,
    Json,
    Message,
    ResponseUrl,
    SlackFile,
    Trigger,
    Upload,
    User,
    View,
)

T = TypeVar("T")
SENT_KEPT = 10_000
TRIGGER_LIFE_S = 3.0  # FACTS section 1: a trigger dies 3 s after it was sent


class Workspace:
    """All state of the stand-in. Every change ends with `changed()`, so nobody needs to poll."""

    def __init__(self, scopes: Iterable[str], now: Callable[[], float]) -> None:
        self.scopes = frozenset(scopes)
        self.now = now
        self.base_url = ""
        self._count = 0
        self._last_us = 0
        self._waiting: set[asyncio.Future[None]] = set()
        self.folder = Path()  # for uploads; there while the stand-in runs
        self.team_id, self.app_id, self.bot_id = (
            self.new_id("T"),
            self.new_id("A"),
            self.new_id("B"),
        )
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
        self.sent: deque[Json] = deque(maxlen=SENT_KEPT)  # bodies of all that the bot said
        self.bot = self.add_user("video-bot", is_bot=True)

    @property
    def shown_until(self) -> float:
        """What is newer is not told of yet, by history, replies and files.info."""
        return self.now() - self.history_lag_s if self.history_lag_s else math.inf

    # -- ids and times

    def new_id(self, prefix: str) -> str:
        """Shaped as Slack's: a letter or two and ten capital letters or digits."""
        self._count += 1
        return f"{prefix}0{0xA5B0C0000 + self._count * 0x1F3B:09X}"

    def new_ts(self) -> str:
        """A message's name: seconds with six decimals, never the same twice."""
        self._last_us = max(self._last_us + 1, int(self.now() * 1_000_000))
        return f"{self._last_us // 1_000_000}.{self._last_us % 1_000_000:06d}"

    # -- waiting

    def changed(self) -> None:
        for waiter in self._waiting:
            if not waiter.done():
                waiter.set_result(None)
        self._waiting.clear()

    async def wait_for(self, look: Callable[[], T | None], timeout_s: float, what: str) -> T:
        """The first thing `look` finds, now or after a change; TimeoutError names `what`."""
        try:
            async with asyncio.timeout(timeout_s):
                while (found := look()) is None:
                    waiter = asyncio.get_running_loop().create_future()
                    self._waiting.add(waiter)
                    try:
                        await waiter
                    finally:
                        self._waiting.discard(waiter)
        except TimeoutError:
            raise TimeoutError(f"waited {timeout_s} s for {what}") from None
        return found

    # -- people and places

    def add_user(
        self, name: str, *, is_admin: bool = False, is_bot: bool = False, locale: str = "en-US"
    ) -> User:
        user = User(self.new_id("U"), name, self.team_id, is_admin, is_bot, locale)
        self.users[user.id] = user
        for channel in self.channels.values():
            if channel.name == "general":
                channel.members.add(user.id)
        return user

    def add_channel(self, name: str, kind: ChannelKind, members: Iterable[str]) -> Channel:
        prefix = {"public": "C", "private": "C", "im": "D"}[kind]
        channel = Channel(self.new_id(prefix), name, kind, int(self.now()), set(members))
        self.channels[channel.id] = channel
        return channel

    def user(self, wanted: str | User) -> User:
        """By id, name or itself."""
        if isinstance(wanted, User):
            return wanted
        for user in self.users.values():
            if wanted in (user.id, user.name):
                return user
        raise SandboxRefusal(f"nobody called {wanted!r} in this workspace")

    def channel(self, wanted: str | Channel) -> Channel:
        """By id, name (with or without #) or itself."""
        if isinstance(wanted, Channel):
            return wanted
        for channel in self.channels.values():
            if wanted.removeprefix("#") in (channel.id, channel.name):
                return channel
        raise SandboxRefusal(f"no channel called {wanted!r} in this workspace")

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
        self.changed()
        return message

    # -- files

    def add_file(self, user: User, name: str, size: int, content: bytes | Path | None) -> SlackFile:
        file = SlackFile(
            id=self.new_id("F"),
            name=name,
            user_id=user.id,
            mimetype=mimetypes.guess_type(name)[0] or "application/octet-stream",
            size=size,
            created=int(self.now()),
            content=content,
            team_id=self.team_id,
            base_url=self.base_url,
        )
        self.files[file.id] = file
        return file

    # -- triggers and answer addresses

    def new_trigger(
        self, user: User, channel_id: str | None = None, view: View | None = None
    ) -> Trigger:
        self._count += 1
        name = f"{self._count}.{int(self.now())}.{secrets.token_hex(16)}"
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
