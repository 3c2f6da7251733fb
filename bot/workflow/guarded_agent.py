"""HeyGen behind the breaker of reads: while it cannot be read, hardly anybody asks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import TypeVar

import structlog

from bot.domain.errors import (
    StoreUnavailable,
    VideoAgentError,
    VideoAgentOutcomeUnknown,
    VideoAgentUnavailable,
)
from bot.domain.job.job import WAITING_STATES
from bot.domain.news import ListedSession, NewSession, SessionNews, VideoNews, VideoStatus
from bot.domain.ports.clock import Clock
from bot.domain.ports.files import FileContent
from bot.domain.ports.store import Store
from bot.domain.ports.video import VideoAgent
from bot.workflow.gate import Gate

log = structlog.get_logger(__name__)

T = TypeVar("T")
OUTAGE = "outage"  # code of a read that was not even tried
# Kinds of reads that come and go together: where one of them fails alone, the others go on.
SESSION, VIDEO, LIST, STOP, PING = "session", "video", "list", "stop", "ping"


class GuardedAgent:
    """A VideoAgent. What only reads, or does the same when sent twice, passes the breaker.

    A read that may not pass raises VideoAgentUnavailable (code OUTAGE) without asking HeyGen.
    """

    def __init__(self, agent: VideoAgent, gate: Gate, clock: Clock, store: Store) -> None:
        self._agent = agent
        self._gate = gate
        self._clock = clock
        self._store = store
        self._owes_cards = False

    async def upload_asset(self, content: FileContent, key: str) -> str:
        return await self._agent.upload_asset(content, key)

    async def create_session(self, new: NewSession) -> SessionNews:
        return await self._agent.create_session(new)

    async def get_session(self, session_id: str) -> SessionNews:
        return await self._read(SESSION, lambda: self._agent.get_session(session_id))

    async def list_sessions(self, within: timedelta) -> list[ListedSession]:
        return await self._read(LIST, lambda: self._agent.list_sessions(within))

    async def get_video(self, video_id: str) -> VideoNews:
        return await self._read(VIDEO, lambda: self._agent.get_video(video_id))

    async def video_statuses(self, video_ids: Sequence[str]) -> dict[str, VideoStatus]:
        return await self._read(VIDEO, lambda: self._agent.video_statuses(video_ids))

    async def stop_session(self, session_id: str) -> None:
        await self._read(STOP, lambda: self._agent.stop_session(session_id))

    async def ping(self) -> None:
        await self._read(PING, self._agent.ping)

    async def _read(self, kind: str, ask: Callable[[], Awaitable[T]]) -> T:
        if not self._gate.may_read(self._clock.now(), kind):
            raise VideoAgentUnavailable(code=OUTAGE)
        try:
            answer = await ask()
        except (VideoAgentUnavailable, VideoAgentOutcomeUnknown):  # a stop's end may be unclear
            await self._tell(is_news=self._gate.read_failed(self._clock.now(), kind))
            raise
        except VideoAgentError:
            await self._tell(is_news=self._gate.read_worked())  # a refusal is an answer too
            raise
        await self._tell(is_news=self._gate.read_worked())
        return answer

    async def _tell(self, *, is_news: bool) -> None:
        """The cards of those who wait say whether HeyGen answers.

        A database that takes nothing just now costs no answer of HeyGen's: the next read tells.
        """
        self._owes_cards |= is_news
        if self._owes_cards:
            try:
                await self._store.deliveries.refresh_cards(self._clock.now(), *WAITING_STATES)
            except StoreUnavailable as error:
                log.warning("waiting cards not told yet", code=error.code)
            else:
                self._owes_cards = False
