"""HeyGen and Slack as they lie: tests/fakes.py in this world's weather, in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

from bot.domain.delivery.notice import Notice, PostedMessage
from bot.domain.errors import (
    SlackOutcomeUnknown,
    SlackRefused,
    VideoAgentOutcomeUnknown,
    VideoAgentUnavailable,
)
from bot.domain.news import NewSession, SessionNews
from bot.domain.ports.files import FileContent
from bot.slack.errors import refused
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
from tests.simulation import fronts
from tests.simulation.virtual_time import VirtualClock
from tests.simulation.weather import Weather

GIVE_UP_S = 2.0  # at most this long, then the client calls a late answer lost


class OuterPower(Power):
    """A power that may go off as a call leaves, too."""

    def before(self, name: str) -> None:
        """The request is about to leave."""


class Weathered(Misbehaving):
    """Every call takes its time, there and back, and the process may die on the way."""

    weather: Weather
    power: OuterPower

    def live_in(self, weather: Weather) -> None:
        self.weather = weather
        self.choose_trouble = weather.choose

    @asynccontextmanager
    async def _call(self, method: str) -> AsyncIterator[None]:
        self.power.check()
        self.power.before(method)
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
        power: OuterPower,
        weather: Weather,
        on_session: Callable[[FakeSession], None],
    ) -> None:
        super().__init__(clock, power)  # type: ignore[arg-type]
        self.live_in(weather)
        self.honours_keys = weather.honours_keys
        self.bulk = weather.bulk
        self._on_session = on_session
        self.sends: list[tuple[str, float]] = []  # key, when
        self.stopped_at: dict[str, datetime] = {}
        self._hangs: dict[str, float] = {}  # session_id: seconds since its create

    def add_session(self, new: NewSession) -> FakeSession:
        self.fate = self.weather.fate()
        session = super().add_session(new)
        front = self.weather.fronts
        may_hang = front.of(fronts.HANGING) and not self.weather.is_fair
        if may_hang and front.dice.random() < front.hang_share:
            self._hangs[session.session_id] = front.dice.choice(fronts.HANGS_FOR_S)
        self._on_session(session)
        return session

    def is_listed(self, session: FakeSession) -> bool:
        return self._age_s(session) >= session.fate.listed_after_s

    def is_unreadable(self, session: FakeSession) -> bool:
        """Whether its GET says nothing, or says that there is no such session."""
        gone_s, age_s = session.fate.session_gone_after_s, self._age_s(session)
        return (gone_s is not None and age_s >= gone_s) or self._is_hanging(session.session_id)

    def _is_hanging(self, session_id: str) -> bool:
        return self._hang_left_s(session_id) > 0

    def _hang_left_s(self, session_id: str) -> float:
        return self._hangs.get(session_id, 0.0) - self._age_s(self.sessions[session_id])

    @property
    def hangs_for_s(self) -> float:
        """How long some session cannot be read yet, in fair weather too."""
        return max((self._hang_left_s(session_id) for session_id in self._hangs), default=0.0)

    async def get_session(self, session_id: str) -> SessionNews:
        if self._is_hanging(session_id):
            self.power.check()
            self.weather.seen["a session's GET hangs"] += 1
            await asyncio.sleep(fronts.GET_HANGS_S)
            self.power.check()
            raise VideoAgentUnavailable(code="timeout")
        return await super().get_session(session_id)

    async def stop_session(self, session_id: str) -> None:
        was_stopped = session_id in self.sessions and self.sessions[session_id].is_stopped
        try:
            await super().stop_session(session_id)
        finally:
            session = self.sessions.get(session_id)
            if session and session.is_stopped and not was_stopped:
                self.stopped_at[session_id] = self._clock.now()

    async def create_session(self, new: NewSession) -> SessionNews:
        self.sends.append((new.key, asyncio.get_running_loop().time()))
        if self.weather.is_late(self.weather.late_create_s) and not self.weather.is_blocked:
            self.power.check()
            await self._late(lambda: self.take(new), self.weather.late_create_s)
            raise VideoAgentOutcomeUnknown
        return await super().create_session(new)

    def age_of_file_s(self, url: str) -> float:
        """How long ago the video behind this link was finished."""
        session = self.sessions[
            url.rpartition("/")[2].removesuffix(".mp4").removeprefix("video-of-")
        ]
        return self._age_s(session) - session.fate.render_s


class LyingThreads(Weathered, FakeSlackThreads):
    """`on_message` hears of every message that appears."""

    def __init__(
        self,
        clock: VirtualClock,
        power: OuterPower,
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
        if self.weather.is_shown_late():
            await self._time_out(channel_id, thread_ts, notice)
        if self.weather.is_late(self.weather.late_post_s):
            self.power.check()
            self._check(channel_id)
            await self._late(
                lambda: self.take(channel_id, thread_ts, notice), self.weather.late_post_s
            )
            raise SlackOutcomeUnknown
        return await super().post(channel_id, thread_ts, notice)

    async def _time_out(self, channel_id: str, thread_ts: str | None, notice: Notice) -> None:
        """Slack takes the post, shows it within 25 s, and our client waits for 10."""
        self.power.check()
        self._check(channel_id)
        shown_s = self.weather.fronts.dice.uniform(2, fronts.POST_SHOWN_WITHIN_S)
        loop = asyncio.get_running_loop()
        loop.call_later(shown_s, lambda: self.take(channel_id, thread_ts, notice))
        await asyncio.sleep(fronts.POST_TIMEOUT_S)
        self.power.check()
        raise SlackOutcomeUnknown(code="timeout")

    async def update(self, channel_id: str, ts: str, notice: Notice) -> None:
        """As the fake does it, without walking through all messages."""
        async with self._call("update"):
            self._check(channel_id)
            message = self._by_ts.get((channel_id, ts))
            if message is None:
                raise refused("message_not_found")
            message.notices[1:] = [notice]
            message.edited_at[:] = [self._clock.now()]

    async def find(
        self, channel_id: str, thread_ts: str | None, delivery_id: str, since: datetime
    ) -> PostedMessage | None:
        """The newest page is read in any case, and no world fills one."""
        try:
            return await super().find(channel_id, thread_ts, delivery_id, since)
        except SlackRefused:
            self.blind.add(delivery_id)
            raise


class LyingDownloads(Weathered, FakeVideoDownloads):
    def __init__(
        self,
        folder: Path,
        power: OuterPower,
        weather: Weather,
        age_of_file_s: Callable[[str], float],
    ) -> None:
        super().__init__(folder, power)
        self.live_in(weather)
        self.choose_trouble = lambda method: weather.choose("get_file")
        self.age_of_file_s = age_of_file_s

    @asynccontextmanager
    async def download(self, url: str, name: str, most_bytes: int) -> AsyncIterator[FileContent]:
        late = not self.weather.is_fair and self.weather.fronts.of(fronts.LATE_FILES)
        if late and url.endswith(".mp4") and self.age_of_file_s(url) < self.weather.served_after_s:
            self.weather.seen["file not served yet"] += 1
            raise fronts.late_file(late[0].kind)
        async with super().download(url, name, most_bytes) as content:
            yield content


class LyingUploads(Weathered, FakeSlackUploads):
    """`on_share` hears of every file that people see, by its name."""

    def __init__(
        self,
        clock: VirtualClock,
        power: OuterPower,
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
    def __init__(self, folder: Path, power: OuterPower, weather: Weather) -> None:
        super().__init__(folder, power)
        self.live_in(weather)
