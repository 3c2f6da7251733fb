"""One HeyGen account of the stand-in: its keys, sessions, videos, files, catalogue, limits."""

from __future__ import annotations

import math
import secrets
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from bot.sandbox.heygen.catalogue import SandboxCatalogue
from bot.sandbox.heygen.checks import RefusedError
from bot.sandbox.heygen.direct_uploads import DirectUploads
from bot.sandbox.heygen.endpoints import WebhookEndpoints
from bot.sandbox.heygen.state import Outcome, SandboxAsset, SandboxSession, SandboxVideo

RETRY_AFTER_MAX_S = 60
BALANCE_USD = 25.5
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class HeyGenAccount:
    """Made by `sandbox.add_account`. Nothing of it is known to a key of another account.

    `default_outcome` is how sessions go that no `script` speaks of.
    """

    def __init__(
        self,
        name: str,
        *,
        api_key: str,
        now: Callable[[], float],
        render_s: float = 1.0,
        video_id_delay_s: float = 0.0,
        list_lag_s: float = 0.0,
        max_concurrent: int = 10,
        bulk_knows_videos: bool = True,
        asset_processing_s: float = 0.0,
        balance_usd: float = BALANCE_USD,
    ) -> None:
        self.name = name
        self.api_key = api_key
        self.keys = {api_key}
        self.render_s = render_s
        self.video_id_delay_s = video_id_delay_s
        self.list_lag_s = list_lag_s
        self.max_concurrent = max_concurrent
        self.bulk_knows_videos = bulk_knows_videos
        self.balance_usd = balance_usd
        self.default_outcome = Outcome()
        self.most_at_once = 0  # sessions that had begun and not ended, at the worst moment
        self.sessions: dict[str, SandboxSession] = {}
        self.videos: dict[str, SandboxVideo] = {}
        self.assets: dict[str, SandboxAsset] = {}
        self.direct_uploads = DirectUploads(self.assets, asset_processing_s, now)
        self.catalogue = SandboxCatalogue()
        self.endpoints = WebhookEndpoints(now)
        self._now = now
        self._scripts: list[tuple[str, Outcome]] = []
        rooms = (self.catalogue, self.endpoints, self.direct_uploads)
        self.handlers: dict[tuple[str, str], Handler] = {
            (route.method, route.path): route.handler for room in rooms for route in room.routes()
        }

    # -- for tests

    def add_key(self, key: str) -> None:
        """One more key of the same account."""
        self.keys.add(key)

    def end_key(self, key: str) -> None:
        """From now on this key is refused like one that never was."""
        self.keys.discard(key)

    def script(self, marker: str, outcome: Outcome) -> None:
        """The next session whose prompt contains `marker` goes like `outcome`; used up by it."""
        self._scripts.append((marker, outcome))

    @property
    def running(self) -> list[SandboxSession]:
        return [session for session in self.sessions.values() if not session.ended]

    # -- for the server

    def open_session(self, body: dict[str, Any], idempotency_key: str | None) -> SandboxSession:
        outcome = self._outcome_for(body["prompt"])
        render_s, delay_s = outcome.render_s, outcome.late_video_id_s
        session = SandboxSession(
            session_id=f"sess_{secrets.token_hex(8)}",
            number=len(self.sessions),
            body=body,
            created_at=self._now(),
            render_s=self.render_s if render_s is None else render_s,
            video_id_delay_s=self.video_id_delay_s if delay_s is None else delay_s,
            assigned_video_id=f"vid_{secrets.token_hex(8)}",
            outcome=outcome,
            now=self._now,
            idempotency_key=idempotency_key,
        )
        self.sessions[session.session_id] = session
        self.most_at_once = max(self.most_at_once, len(self.running))
        if not outcome.fails_at_session:
            video = SandboxVideo(session.assigned_video_id, session)
            self.videos[video.video_id] = video
        return session

    def _outcome_for(self, prompt: str) -> Outcome:
        for position, (marker, outcome) in enumerate(self._scripts):
            if marker in prompt:
                del self._scripts[position]
                return outcome
        return self.default_outcome

    def refuse_when_busy(self) -> None:
        ends = [session.ends_at for session in self.running]
        if len(ends) >= self.max_concurrent:
            wait_s = min(ends, default=math.inf) - self._now()
            seconds = str(max(1, math.ceil(min(wait_s, RETRY_AFTER_MAX_S))))
            raise RefusedError(
                429,
                "rate_limit_exceeded",
                "Too many concurrent jobs",
                headers={"Retry-After": seconds},
            )

    def is_listed(self, session: SandboxSession) -> bool:
        lag_s = max(self.list_lag_s, session.outcome.listed_after_s)
        return session.created_at + lag_s <= self._now()

    def shown_video(self, video_id: str) -> SandboxVideo | None:
        video = self.videos.get(video_id)
        return video if video is not None and video.session.video_id == video_id else None

    def bulk_status(self, video_id: str) -> str:
        video = self.shown_video(video_id) if self.bulk_knows_videos else None
        return "not_found" if video is None else video.told_status()
