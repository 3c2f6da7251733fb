"""Small working stand-ins for the ports: they keep state, obey the clock and fail on request.

Nothing here knows real time, sleeps, or is random unless it is handed a `random.Random`; so a
story told twice with the same requests ends the same way twice.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter, defaultdict, deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bot.domain.catalogue import CatalogueEntry, CatalogueKind
from bot.domain.delivery.notice import Notice, PostedMessage
from bot.domain.delivery.reaction import Reaction
from bot.domain.errors import (
    AttachmentUnusable,
    SlackOutcomeUnknown,
    SlackUnavailable,
    VideoAgentError,
    VideoAgentNotFound,
    VideoAgentOutcomeUnknown,
    VideoAgentRefused,
    VideoAgentUnavailable,
)
from bot.domain.job.pages import JobPage
from bot.domain.news import (
    ListedSession,
    NewSession,
    SessionNews,
    SessionStatus,
    VideoNews,
    VideoStatus,
)
from bot.domain.ports.files import FileContent
from bot.domain.ports.store import Store
from bot.domain.request.video_request import Attachment
from bot.slack.errors import REACTIONS, refused
from bot.workflow.parts import Ports
from tests.builders import NOON

NEVER = timedelta(days=10_000)


class FakeClock:
    """Stands still until told."""

    def __init__(self, start: datetime = NOON) -> None:
        self._now = start

    def now(self) -> datetime:
        return self._now

    def elapsed_s(self) -> float:
        return (self._now - NOON).total_seconds()

    def advance(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)

    def move_to(self, at: datetime) -> None:
        assert at >= self._now, "time does not run backwards here"
        self._now = at


class SkewedClock:
    """The bot's own clock, which somebody may set while the world's goes on."""

    def __init__(self, real: FakeClock) -> None:
        self._real = real
        self.offset = timedelta(0)

    def now(self) -> datetime:
        return self._real.now() + self.offset

    def elapsed_s(self) -> float:
        return self._real.elapsed_s()

    def jump(self, by: timedelta) -> None:
        self.offset += by


class Crash(BaseException):
    """kill -9, as far as one process can tell itself. No `except Exception` stops it."""


@dataclass
class Power:
    """Counts the moments at which the process can die, and kills it at number `off_at`.

    There is one after each effect on the outside world or the database; dying between two of
    them leaves the same behind. Once off, nothing answers.
    """

    off_at: int | None = None
    count: int = 0
    is_off: bool = False
    died_at: str = ""
    moments: list[str] = field(default_factory=list)

    def check(self) -> None:
        if self.is_off:
            raise Crash(self.died_at)

    def after_effect(self, name: str) -> None:
        self.check()
        self.count += 1
        self.moments.append(name)
        if self.count == self.off_at:
            self.is_off, self.died_at = True, name
            raise Crash(name)

    def restore(self, off_at: int | None = None) -> None:
        """Switch on again; `died_at` still tells the last end."""
        self.is_off, self.count, self.off_at = False, 0, off_at


STORE_CHANGES = frozenset(
    {
        *("jobs.add", "jobs.save_attachment", "jobs.save", "jobs.claim_next"),
        *("jobs.release_claims", "jobs.make_due", "deliveries.mark_posting"),
        *("deliveries.mark_posted", "deliveries.postpone", "deliveries.drop"),
        *("deliveries.mark_shown", "deliveries.postpone_edit", "deliveries.post_again"),
        *("deliveries.refresh_cards", "deliveries.keep_upload", "deliveries.mark_shared"),
    }
)
OUTSIDE_CHANGES = frozenset(
    {
        *("upload_asset", "create_session", "stop_session", "post", "update", "join", "open_dm"),
        *("download", "begin_upload", "upload", "share"),
    }
)


class CrashingStore:
    """A Store in front of a real one, with a moment to die after each change."""

    def __init__(self, store: Any, power: Power) -> None:
        self._store = store
        # Once, after a method: "jobs.save".
        self.meanwhile: dict[str, Callable[[], Awaitable[object]]] = {}
        self.jobs = CrashingNoun("jobs", store.jobs, power, self.meanwhile)
        self.deliveries = CrashingNoun("deliveries", store.deliveries, power, self.meanwhile)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


class CrashingNoun:
    """One port of such a Store."""

    def __init__(
        self,
        noun: str,
        real: Any,
        power: Power,
        meanwhile: dict[str, Callable[[], Awaitable[object]]],
    ) -> None:
        self._noun, self._real = noun, real
        self._power, self._meanwhile = power, meanwhile

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        method = getattr(self._real, name)
        moment = f"{self._noun}.{name}"

        async def call(*args: Any, **kwargs: Any) -> Any:
            self._power.check()
            answer = await method(*args, **kwargs)
            if moment in STORE_CHANGES:
                self._power.after_effect(moment)
            if happens := self._meanwhile.pop(moment, None):
                await happens()
            return answer

        return call


@dataclass(frozen=True)
class Trouble:
    """How one call goes wrong: `error` instead of the effect, or after it (`is_done`)."""

    error: BaseException
    is_done: bool = False


class Turnstile:
    """Lets everybody through, or holds them until they are let go one by one."""

    def __init__(self) -> None:
        self.is_held = False
        self.most_waiting = 0
        self._waiting: list[asyncio.Future[None]] = []
        self._watchers: list[tuple[int, asyncio.Future[None]]] = []

    async def go_through(self) -> None:
        if not self.is_held:
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        self.most_waiting = max(self.most_waiting, len(self._waiting))
        for count, watcher in self._watchers:
            if len(self._waiting) >= count and not watcher.done():
                watcher.set_result(None)
        try:
            await turn
        finally:
            if turn in self._waiting:
                self._waiting.remove(turn)

    async def until_waiting(self, count: int) -> None:
        """Returns when so many are held."""
        if len(self._waiting) < count:
            watcher = asyncio.get_running_loop().create_future()
            self._watchers.append((count, watcher))
            await watcher

    def let_go(self, count: int = 1) -> None:
        for turn in [turn for turn in self._waiting if not turn.done()][:count]:
            turn.set_result(None)
            self._waiting.remove(turn)

    def open(self) -> None:
        self.is_held = False
        self.let_go(len(self._waiting))


class Misbehaving:
    """What the fakes share: planned troubles, things that happen meanwhile, moments to die."""

    def __init__(self, power: Power | None = None) -> None:
        self.power = power or Power()
        self.calls: Counter[str] = Counter()
        self.choose_trouble: Callable[[str], Trouble | None] = lambda method: None
        self._troubles: dict[str, deque[Trouble]] = defaultdict(deque)
        self._lasting: dict[str, Trouble] = {}
        self._meanwhile: dict[str, Callable[[], Awaitable[object]]] = {}

    def fail(
        self, method: str, error: BaseException, *, times: int = 1, is_done: bool = False
    ) -> None:
        """The next `times` calls of `method` raise `error`; with `is_done` after their effect."""
        self._troubles[method].extend([Trouble(error, is_done)] * times)

    def fail_always(self, method: str, error: BaseException, *, is_done: bool = False) -> None:
        self._lasting[method] = Trouble(error, is_done)

    def behave(self) -> None:
        """No more troubles."""
        self._troubles.clear()
        self._lasting.clear()

    def meanwhile(self, method: str, happens: Callable[[], Awaitable[object]]) -> None:
        """Something that happens once, after the next `method` took effect, before its answer."""
        self._meanwhile[method] = happens

    @asynccontextmanager
    async def _call(self, method: str) -> AsyncIterator[None]:
        self.power.check()
        self.calls[method] += 1
        trouble = self._trouble(method)
        if trouble and not trouble.is_done:
            raise trouble.error
        yield
        if happens := self._meanwhile.pop(method, None):
            await happens()
        if method in OUTSIDE_CHANGES:
            self.power.after_effect(method)
        if trouble:
            raise trouble.error

    def _trouble(self, method: str) -> Trouble | None:
        if self._troubles[method]:
            return self._troubles[method].popleft()
        return self._lasting.get(method) or self.choose_trouble(method)


@dataclass(frozen=True)
class Fate:
    """How one session goes: times count from its create."""

    render_s: float = 120.0
    video_id_after_s: float = 0.0  # 0: already in the create's answer
    listed_after_s: float = 0.0
    link_after_s: float = 0.0  # after the end of the rendering
    captions_after_s: float | None = None  # after the end of the rendering; None: never
    session_gone_after_s: float | None = None
    session_runs_ahead: bool = False  # says completed as soon as there is a video
    fails: bool = False
    dies_without_video: bool = False  # the session fails and never has a video_id
    failure_code: str | None = None
    failure_message: str | None = None
    session_error: str | None = None
    progress: int = 0


@dataclass
class FakeSession:
    session_id: str
    created_at: datetime
    new: NewSession
    fate: Fate
    is_stopped: bool = False

    @property
    def video_id(self) -> str:
        return f"video-of-{self.session_id}"


class FakeVideoAgent(Misbehaving):
    """HeyGen: every create makes a session that costs money, unless its key is known."""

    def __init__(self, clock: FakeClock, power: Power | None = None) -> None:
        super().__init__(power)
        self._clock = clock
        self.list_dated_late_by = timedelta(0)  # the Date of its answer is wrong
        self.honours_keys = True
        self.bulk = "knows"  # or "not_found", or "omits"
        self.fate = Fate()
        self.fates: deque[Fate] = deque()  # of the next sessions, before `fate` counts again
        self.sessions: dict[str, FakeSession] = {}
        self.assets: dict[str, str] = {}  # asset_id: name
        self.messages_are_missing = False
        self.uploads = Turnstile()
        self._session_of_key: dict[str, str] = {}
        self._asset_of_key: dict[str, str] = {}

    @property
    def running_count(self) -> int:
        return sum(not self._is_over(s) and not s.is_stopped for s in self.sessions.values())

    def add_session(self, new: NewSession) -> FakeSession:
        """A session, as a create makes it or as another tool of the same account does."""
        number = len(self.sessions) + 1
        fate = self.fates.popleft() if self.fates else self.fate
        session = FakeSession(f"session-{number}", self._clock.now(), new, fate)
        self.sessions[session.session_id] = session
        return session

    # -- the port --------------------------------------------------------------------------

    async def upload_asset(self, content: FileContent, key: str) -> str:
        async with self._call("upload_asset"):
            await self.uploads.go_through()
            assert content.path.exists()
            asset_id = self._asset_of_key.setdefault(key, f"asset-{len(self.assets) + 1}")
            self.assets[asset_id] = content.name
        return asset_id

    async def create_session(self, new: NewSession) -> SessionNews:
        async with self._call("create_session"):
            session = self.take(new)
        return replace(self._news(session), first_user_message=None)

    def take(self, new: NewSession) -> FakeSession:
        """What a create leads to: a session, or the first one of its key."""
        if self.honours_keys and new.key in self._session_of_key:
            return self.sessions[self._session_of_key[new.key]]
        session = self.add_session(new)
        self._session_of_key[new.key] = session.session_id
        return session

    async def get_session(self, session_id: str) -> SessionNews:
        async with self._call("get_session"):
            session = self.sessions.get(session_id)
            gone = session.fate.session_gone_after_s if session else None
            if session is None or (gone is not None and self._age_s(session) >= gone):
                raise VideoAgentNotFound
        return self._news(session)

    def _age(self, session: FakeSession) -> timedelta:
        return timedelta(seconds=self._age_s(session))

    async def list_sessions(self, within: timedelta) -> list[ListedSession]:
        async with self._call("list_sessions"):
            listed = [
                ListedSession(s.session_id, s.created_at, self.list_dated_late_by + self._age(s))
                for s in self.sessions.values()
                if self._age_s(s) <= within.total_seconds()
                and self._age_s(s) >= s.fate.listed_after_s
            ]
        return listed[::-1]

    async def get_video(self, video_id: str) -> VideoNews:
        async with self._call("get_video"):
            session = self._session_of_video(video_id)
            if session is None:
                raise VideoAgentNotFound
        return self._video_news(session)

    async def video_statuses(self, video_ids: Sequence[str]) -> dict[str, VideoStatus]:
        async with self._call("video_statuses"):
            if self.bulk == "omits":
                return {}
            return {i: self._bulk_status(i) for i in video_ids}

    async def stop_session(self, session_id: str) -> None:
        async with self._call("stop_session"):
            if session_id not in self.sessions:
                raise VideoAgentNotFound
            self.sessions[session_id].is_stopped = True

    async def ping(self) -> None:
        async with self._call("ping"):
            pass

    # -- what it says ----------------------------------------------------------------------

    def _age_s(self, session: FakeSession) -> float:
        return (self._clock.now() - session.created_at).total_seconds()

    def _is_over(self, session: FakeSession) -> bool:
        return self._age_s(session) >= session.fate.render_s

    def _has_video(self, session: FakeSession) -> bool:
        if session.fate.dies_without_video:
            return False
        return self._age_s(session) >= session.fate.video_id_after_s

    def _session_of_video(self, video_id: str) -> FakeSession | None:
        session = self.sessions.get(video_id.removeprefix("video-of-"))
        is_it = session and session.video_id == video_id and self._has_video(session)
        return session if is_it else None

    def _bulk_status(self, video_id: str) -> VideoStatus:
        session = self._session_of_video(video_id)
        if session is None or self.bulk == "not_found":
            return VideoStatus.NOT_FOUND
        return self._video_news(session).status

    def _news(self, session: FakeSession) -> SessionNews:
        fate = session.fate
        ended = SessionStatus.FAILED if fate.fails else SessionStatus.COMPLETED
        is_done = self._is_over(session) or (fate.session_runs_ahead and self._has_video(session))
        return SessionNews(
            session_id=session.session_id,
            status=ended if is_done else SessionStatus.RUNNING,
            video_id=session.video_id if self._has_video(session) else None,
            progress=100 if is_done and not fate.fails else fate.progress,
            error_text=fate.session_error if is_done and fate.fails else None,
            first_user_message=None if self.messages_are_missing else session.new.prompt,
        )

    def _video_news(self, session: FakeSession) -> VideoNews:
        fate = session.fate
        if not self._is_over(session):
            return VideoNews(session.video_id, VideoStatus.RUNNING)
        if fate.fails:
            return VideoNews(
                session.video_id,
                VideoStatus.FAILED,
                failure_code=fate.failure_code,
                failure_message=fate.failure_message,
            )
        age_s = self._age_s(session)
        has_link = age_s >= fate.render_s + fate.link_after_s
        link = f"https://files.heygen.test/{session.video_id}.mp4" if has_link else None
        page = f"https://app.heygen.test/{session.video_id}" if has_link else None
        captions_s = fate.captions_after_s
        has_captions = captions_s is not None and age_s >= fate.render_s + captions_s
        return VideoNews(
            session.video_id,
            VideoStatus.COMPLETED,
            link,
            page,
            duration_s=31.5,
            thumbnail_url=f"https://files.heygen.test/{session.video_id}.png",
            subtitle_url=f"https://files.heygen.test/{session.video_id}.srt"
            if has_captions
            else None,
        )


def lost_before() -> Trouble:
    """A create that never arrived, and nobody told us."""
    return Trouble(VideoAgentOutcomeUnknown())


def lost_after() -> Trouble:
    """A create that was taken, and the answer was lost."""
    return Trouble(VideoAgentOutcomeUnknown(), is_done=True)


@dataclass
class FakeMessage:
    """One message in one channel; `notices` are what it showed, the newest last."""

    channel_id: str
    ts: str
    thread_ts: str | None
    notices: list[Notice]
    edited_at: list[datetime] = field(default_factory=list)

    @property
    def notice(self) -> Notice:
        return self.notices[-1]


class FakeSlackThreads(Misbehaving):
    """A workspace: channels take every message unless they were told not to."""

    def __init__(self, clock: FakeClock, power: Power | None = None) -> None:
        super().__init__(power)
        self._clock = clock
        self.messages: list[FakeMessage] = []
        self.refusals: dict[str, str] = {}  # channel_id: Slack's word
        self.not_joined: set[str] = set()  # channels that want the bot to be a member
        self.private: set[str] = set()  # channels that cannot be joined
        self.unreadable: set[str] = set()  # channels whose history the bot may not read
        self.is_revoked = False
        self._number = 0

    def of_kind(self, kind: str, job_id: str | None = None) -> list[FakeMessage]:
        return [
            m for m in self.messages if m.notice.kind == kind and job_id in (None, m.notice.job.id)
        ]

    def delete(self, message: FakeMessage) -> None:
        self.messages.remove(message)

    async def post(self, channel_id: str, thread_ts: str | None, notice: Notice) -> PostedMessage:
        async with self._call("post"):
            self._check(channel_id)
            message = self.take(channel_id, thread_ts, notice)
        return PostedMessage(channel_id, message.ts)

    def take(self, channel_id: str, thread_ts: str | None, notice: Notice) -> FakeMessage:
        """What a post leads to."""
        self._number += 1
        ts = f"{self._clock.now().timestamp():.0f}.{self._number:06d}"
        self.messages.append(FakeMessage(channel_id, ts, thread_ts, [notice]))
        return self.messages[-1]

    async def update(self, channel_id: str, ts: str, notice: Notice) -> None:
        async with self._call("update"):
            self._check(channel_id)
            here = [m for m in self.messages if (m.channel_id, m.ts) == (channel_id, ts)]
            if not here:
                raise refused("message_not_found")
            here[0].notices.append(notice)
            here[0].edited_at.append(self._clock.now())

    async def find(
        self, channel_id: str, thread_ts: str | None, delivery_id: str, since: datetime
    ) -> PostedMessage | None:
        async with self._call("find"):
            self._check(channel_id)
            if channel_id in self.unreadable:
                raise refused("missing_scope")
            for message in self.messages:
                is_here = (message.channel_id, message.thread_ts) == (channel_id, thread_ts)
                if is_here and message.notice.delivery_id == delivery_id:
                    return PostedMessage(channel_id, message.ts)
            return None

    async def join(self, channel_id: str) -> None:
        async with self._call("join"):
            if channel_id in self.private:
                raise refused("method_not_supported_for_channel_type")
            self.not_joined.discard(channel_id)

    async def open_dm(self, user_id: str) -> str:
        async with self._call("open_dm"):
            self._check(f"D-{user_id}")
            return f"D-{user_id}"

    def _check(self, channel_id: str) -> None:
        if self.is_revoked:
            raise refused("token_revoked")
        if channel_id in self.refusals:
            raise refused(self.refusals[channel_id])
        if channel_id in self.not_joined | self.private:
            raise refused("not_in_channel")


class FakeSlackFiles(Misbehaving):
    """Files that people attached: what Slack says of each, and its bytes."""

    def __init__(self, folder: Path, power: Power | None = None) -> None:
        super().__init__(power)
        self._folder = folder
        self._files: dict[str, tuple[Attachment, bytes, str]] = {}

    def add(
        self,
        attachment: Attachment,
        content: bytes = b"bytes",
        media_type: str = "application/octet-stream",
    ) -> Attachment:
        """Keep a file; returns what a modal knows of it: as described, or only its id."""
        described = replace(attachment, mode="hosted" if attachment.name else "file_access")
        self._files[attachment.file_id] = (described, content, media_type)
        return attachment

    async def describe(self, file_id: str) -> Attachment:
        async with self._call("describe"):
            if file_id not in self._files:
                raise AttachmentUnusable
            return replace(self._files[file_id][0], mode="hosted")

    @asynccontextmanager
    async def download(self, attachment: Attachment) -> AsyncIterator[FileContent]:
        async with self._call("download"):
            described, content, media_type = self._files[attachment.file_id]
            path = self._folder / f"{self.calls['download']}-{attachment.file_id}"
            path.write_bytes(content)
        try:
            yield FileContent(path, described.name, media_type, len(content))
        finally:
            path.unlink()


class FakeHomeTabs(Misbehaving):
    """The Home tabs of one workspace: what each person was shown, oldest first."""

    def __init__(self, power: Power | None = None) -> None:
        super().__init__(power)
        self.shown: dict[str, list[JobPage]] = defaultdict(list)

    async def publish(self, user_id: str, page: JobPage) -> None:
        async with self._call("publish"):
            self.shown[user_id].append(page)


class FakeLinks(Misbehaving):
    """Links that people gave: every one is good unless it was said to be a page."""

    def __init__(self, power: Power | None = None) -> None:
        super().__init__(power)
        self.pages: set[str] = set()

    async def check(self, url: str) -> None:
        async with self._call("check"):
            if url in self.pages:
                raise AttachmentUnusable("A web page.", code="link_page")


def moody(dice: random.Random, share: float, troubles: dict[str, Sequence[Trouble]]) -> Any:
    """A `choose_trouble`: for `share` of the calls of each method one of its troubles."""

    def choose(method: str) -> Trouble | None:
        if method not in troubles or dice.random() >= share:
            return None
        return dice.choice(troubles[method])

    return choose


AGENT_TROUBLES: dict[str, Sequence[Trouble]] = {
    "create_session": (lost_before(), lost_after()),
    "list_sessions": (Trouble(VideoAgentUnavailable()),),
    "get_session": (Trouble(VideoAgentUnavailable()),),
    "get_video": (Trouble(VideoAgentUnavailable()),),
    "video_statuses": (Trouble(VideoAgentUnavailable()),),
    "upload_asset": (lost_before(), lost_after(), Trouble(VideoAgentUnavailable())),
}
SLACK_TROUBLES: dict[str, Sequence[Trouble]] = {
    "post": (
        Trouble(SlackOutcomeUnknown()),
        Trouble(SlackOutcomeUnknown(), is_done=True),
        Trouble(SlackUnavailable()),
    ),
    "update": (Trouble(SlackUnavailable()),),
    "find": (Trouble(SlackUnavailable()),),
}


class FakeVideoDownloads(Misbehaving):
    """HeyGen's links: every one leads to the same bytes of its kind unless it has expired."""

    def __init__(self, folder: Path, power: Power | None = None) -> None:
        super().__init__(power)
        self._folder = folder
        self.content = b"the video"
        self.others = {".srt": (b"captions", "text/plain"), ".png": (b"a picture", "image/png")}
        self.expired: set[str] = set()
        self.asked: list[str] = []

    @asynccontextmanager
    async def download(self, url: str, name: str, most_bytes: int) -> AsyncIterator[FileContent]:
        async with self._call("download"):
            path = self._folder / f"download-{len(self.asked)}"
            self.asked.append(url)
            if url in self.expired:
                raise VideoAgentNotFound(code="link_expired")
            content, media_type = self.others.get(url[-4:], (self.content, "video/mp4"))
            if len(content) > most_bytes:
                raise VideoAgentRefused(code="too_large")
            path.write_bytes(content)
        try:
            yield FileContent(path, name, media_type, len(content))
        finally:
            path.unlink()


@dataclass
class FakeUpload:
    """One upload; every share of it is there to be seen, so two are one too many."""

    name: str
    content: bytes
    alt_text: str = ""
    shares: list[tuple[str, str | None]] = field(default_factory=list)  # channel_id, thread_ts
    shared_at: datetime | None = None


class FakeSlackUploads(Misbehaving):
    """Slack's side of an upload: unseen until shared, and shared again whenever asked."""

    def __init__(self, clock: FakeClock, power: Power | None = None) -> None:
        super().__init__(power)
        self._clock = clock
        self.uploads: dict[str, FakeUpload] = {}
        self.not_joined: set[str] = set()
        self.told_after_s = 0.0  # until files.info tells of a share
        self.knows_unshared = True  # whether files.info knows an upload before it is shared
        self.loses_alt_text = False  # whether a share of a file with a text for it is lost

    @property
    def shared(self) -> list[tuple[str, str | None, bytes]]:
        """(channel_id, thread_ts, bytes) for each file that people see."""
        return [(*share, up.content) for up in self.uploads.values() for share in up.shares]

    async def upload(self, content: FileContent, *, alt_text: str = "", locale: str = "") -> str:
        async with self._call("begin_upload"):
            pass
        async with self._call("upload"):
            file_id = f"F-VIDEO-{len(self.uploads) + 1}"
            data = content.path.read_bytes()
            assert len(data) == content.size_bytes
            self.uploads[file_id] = FakeUpload(content.name, data, alt_text)
        return file_id

    async def share(self, file_id: str, channel_id: str, thread_ts: str | None) -> None:
        async with self._call("share"):
            if channel_id in self.not_joined:
                raise refused("not_in_channel")
            if file_id not in self.uploads:
                raise refused("file_not_found")
            upload = self.uploads[file_id]
            if not (upload.alt_text and self.loses_alt_text):
                upload.shares.append((channel_id, thread_ts))
                upload.shared_at = self._clock.now()

    async def is_shared(self, file_id: str, channel_id: str) -> bool:
        async with self._call("is_shared"):
            upload = self.uploads.get(file_id)
            if upload is None or not (upload.shares or self.knows_unshared):
                raise refused("file_not_found")
        if upload.shared_at is None:
            return False
        age_s = (self._clock.now() - upload.shared_at).total_seconds()
        return age_s >= self.told_after_s and channel_id in {c for c, _ in upload.shares}


UPLOAD_TROUBLES: dict[str, Sequence[Trouble]] = {
    "begin_upload": (Trouble(SlackUnavailable()),),
    "upload": (Trouble(SlackUnavailable()), Trouble(SlackUnavailable(), is_done=True)),
    "share": (
        Trouble(SlackOutcomeUnknown()),
        Trouble(SlackOutcomeUnknown(), is_done=True),
        Trouble(SlackUnavailable()),
    ),
    "is_shared": (Trouble(SlackUnavailable()),),
}


class FakeCatalogueSource:
    """HeyGen's catalogue: entries by kind, pages of two, and errors to come, also half way."""

    def __init__(self) -> None:
        self.entries: dict[CatalogueKind, list[CatalogueEntry]] = defaultdict(list)
        self.errors: dict[CatalogueKind, list[VideoAgentError]] = defaultdict(list)
        self.asked: list[CatalogueKind] = []
        self.pages_before_error = 0

    async def catalogue_pages(self, kind: CatalogueKind) -> AsyncIterator[list[CatalogueEntry]]:
        self.asked.append(kind)
        error = self.errors[kind].pop(0) if self.errors[kind] else None
        pages = [self.entries[kind][start : start + 2] for start in range(0, 100, 2)]
        for number, page in enumerate(pages):
            if error is not None and number == self.pages_before_error:
                raise error
            yield page


def fake_ports(store: Store, clock: FakeClock, folder: Path) -> Ports:
    """An outside of which a test needs little: everything is there, and well."""
    return Ports(
        store=store,
        agent=FakeVideoAgent(clock),
        catalogue=FakeCatalogueSource(),
        downloads=FakeVideoDownloads(folder),
        threads=FakeSlackThreads(clock),
        uploads=FakeSlackUploads(clock),
        files=FakeSlackFiles(folder),
        tabs=FakeHomeTabs(),
        links=FakeLinks(),
    )


def words_for(*reactions: Reaction) -> list[str]:
    """Slack's words that mean one of these."""
    return sorted(code for code, reaction in REACTIONS.items() if reaction in reactions)
