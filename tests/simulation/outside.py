"""HeyGen and Slack as they lie: tests/fakes.py in this world's weather, in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

from bot.domain.errors import SlackOutcomeUnknown, SlackRefused, VideoAgentOutcomeUnknown
from bot.domain.news import NewSession, SessionNews
from bot.domain.ports import Notice, PostedMessage
from bot.slack.threads import LOOK_BACK
from tests.fakes import (
    FakeMessage,
    FakeSession,
    FakeSlackFiles,
    FakeSlackThreads,
    FakeSlackUploads,
    FakeVideoAgent,
    FakeVideoDownloads,
    Misbehaving,
    Power,
)
from tests.simulation.virtual_time import VirtualClock
from tests.simulation.weather import Weather

GIVE_UP_S = 2.0  # at most this long, then the client calls a late answer lost


class Weathered(Misbehaving):
    """Every call takes its time, there and back, and the process may die on the way."""

    weather: Weather

    def live_in(self, weather: Weather) -> None:
        self.weather = weather
        self.choose_trouble = weather.choose

    @asynccontextmanager
    async def _call(self, method: str) -> AsyncIterator[None]:
        self.power.check()
        is_write = method in ("create_session", "post", "upload_asset", "share")
        if way_s := self.weather.way_s(is_write):
            await asyncio.sleep(way_s)
        async with super()._call(method):
            yield
        if is_write and (way_s := self.weather.way_s(False)):
            await asyncio.sleep(way_s)

    async def _late(self, happen: Callable[[], object], late_s: float) -> None:
        """The caller gives up; the request is still on its way, and is taken then."""
        given_up_s = self.weather.dice.uniform(0, GIVE_UP_S)
        arrives_s = given_up_s + self.weather.dice.uniform(0, late_s)
        asyncio.get_running_loop().call_later(arrives_s, happen)
        await asyncio.sleep(given_up_s)
        self.power.check()


class LyingVideoAgent(Weathered, FakeVideoAgent):
    """`on_session` hears of every session that somebody pays for."""

    def __init__(
        self,
        clock: VirtualClock,
        power: Power,
        weather: Weather,
        on_session: Callable[[FakeSession], None],
    ) -> None:
        super().__init__(clock, power)  # type: ignore[arg-type]
        self.live_in(weather)
        self.honours_keys = weather.honours_keys
        self.bulk = weather.bulk
        self._on_session = on_session

    def add_session(self, new: NewSession) -> FakeSession:
        self.fate = self.weather.fate()
        session = super().add_session(new)
        self._on_session(session)
        return session

    async def create_session(self, new: NewSession) -> SessionNews:
        if self.weather.is_late(self.weather.late_create_s) and not self.weather.is_blocked:
            self.power.check()
            await self._late(lambda: self.take(new), self.weather.late_create_s)
            raise VideoAgentOutcomeUnknown
        return await super().create_session(new)


class LyingThreads(Weathered, FakeSlackThreads):
    """`on_message` hears of every message that appears."""

    def __init__(
        self,
        clock: VirtualClock,
        power: Power,
        weather: Weather,
        on_message: Callable[[FakeMessage], None],
    ) -> None:
        super().__init__(clock, power)  # type: ignore[arg-type]
        self.live_in(weather)
        self._on_message = on_message
        self.blind: set[str] = set()  # deliveries that could not be looked for
        self._by_ts: dict[tuple[str, str], FakeMessage] = {}

    def take(self, channel_id: str, thread_ts: str | None, notice: Notice) -> FakeMessage:
        message = super().take(channel_id, thread_ts, notice)
        self._by_ts[channel_id, message.ts] = message
        self._on_message(message)
        return message

    def delete(self, message: FakeMessage) -> None:
        super().delete(message)
        del self._by_ts[message.channel_id, message.ts]

    async def post(self, channel_id: str, thread_ts: str | None, notice: Notice) -> PostedMessage:
        if self.weather.is_late(self.weather.late_post_s):
            self.power.check()
            self._check(channel_id)
            await self._late(
                lambda: self.take(channel_id, thread_ts, notice), self.weather.late_post_s
            )
            raise SlackOutcomeUnknown
        return await super().post(channel_id, thread_ts, notice)

    async def update(self, channel_id: str, ts: str, notice: Notice) -> None:
        """As the fake does it, without walking through all messages."""
        async with self._call("update"):
            self._check(channel_id)
            message = self._by_ts.get((channel_id, ts))
            if message is None:
                raise SlackRefused(code="message_not_found")
            message.notices[1:] = [notice]
            message.edited_at[:] = [self._clock.now()]

    async def find(
        self, channel_id: str, thread_ts: str | None, delivery_id: str, since: datetime
    ) -> PostedMessage | None:
        """Slack looks back as far as it is asked to, by its own clock."""
        try:
            found = await super().find(channel_id, thread_ts, delivery_id, since)
        except SlackRefused:
            self.blind.add(delivery_id)
            raise
        is_too_old = found and float(found.ts) < (since - LOOK_BACK).timestamp() - 1
        return None if is_too_old else found


class LyingDownloads(Weathered, FakeVideoDownloads):
    def __init__(self, folder: Path, power: Power, weather: Weather) -> None:
        super().__init__(folder, power)
        self.live_in(weather)
        self.choose_trouble = lambda method: weather.choose("get_file")


class LyingUploads(Weathered, FakeSlackUploads):
    """`on_share` hears of every file that people see, by its name."""

    def __init__(
        self,
        clock: VirtualClock,
        power: Power,
        weather: Weather,
        on_share: Callable[[str], None],
    ) -> None:
        super().__init__(clock, power)  # type: ignore[arg-type]
        self.live_in(weather)
        self._on_share = on_share

    async def share(self, file_id: str, channel_id: str, thread_ts: str | None) -> None:
        before = self._shares_of(file_id)
        try:
            await super().share(file_id, channel_id, thread_ts)
        finally:
            if self._shares_of(file_id) > before:
                self._on_share(self.uploads[file_id].name)

    def _shares_of(self, file_id: str) -> int:
        upload = self.uploads.get(file_id)
        return len(upload.shares) if upload else 0


class SlowFiles(Weathered, FakeSlackFiles):
    def __init__(self, folder: Path, power: Power, weather: Weather) -> None:
        super().__init__(folder, power)
        self.live_in(weather)
