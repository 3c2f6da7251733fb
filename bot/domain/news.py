"""What HeyGen says about sessions and videos, in our words (HeyGen's own differ by endpoint)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.request.brief import NO_BRIEF, Brief
from bot.domain.request.video_request import Orientation


class SessionStatus(StrEnum):
    RUNNING = "running"  # thinking, generating, and every word we do not know
    WAITING = "waiting"  # waiting_for_input, reviewing: HeyGen wants an answer nobody will give
    COMPLETED = "completed"
    FAILED = "failed"


class VideoStatus(StrEnum):
    RUNNING = "running"  # pending, processing, queued, waiting, and every word we do not know
    COMPLETED = "completed"
    FAILED = "failed"
    NOT_FOUND = "not_found"


@dataclass(frozen=True, slots=True)
class NewSession:
    """What one create sends. `key` is the same for every send of the same attempt."""

    key: str
    prompt: str
    orientation: Orientation
    brief: Brief = NO_BRIEF  # only its choices from the catalogue: the rest is in the prompt
    asset_ids: tuple[str, ...] = ()
    file_urls: tuple[str, ...] = ()
    callback_url: str | None = None
    callback_id: str | None = None


@dataclass(frozen=True, slots=True)
class SessionNews:
    """One session. `first_user_message` is there only when its messages were read."""

    session_id: str
    status: SessionStatus
    video_id: str | None = None
    progress: int = 0
    error_text: str | None = None
    first_user_message: str | None = None


@dataclass(frozen=True, slots=True)
class ListedSession:
    """One line of the list of sessions: all that HeyGen's list tells."""

    session_id: str
    created_at: datetime  # by HeyGen's clock
    age: timedelta  # since then, at the Date of the list, so that ours may be wrong


@dataclass(frozen=True, slots=True)
class VideoNews:
    """One video. Links are fresh at the time of reading; all but `page_url` expire."""

    video_id: str
    status: VideoStatus
    video_url: str | None = None
    page_url: str | None = None
    duration_s: float | None = None
    thumbnail_url: str | None = None
    subtitle_url: str | None = None
    failure_code: str | None = None
    failure_message: str | None = None
