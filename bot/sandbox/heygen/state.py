"""What the HeyGen stand-in remembers: their state is read off the clock."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from multidict import CIMultiDict

# Part of the rendering time spent in `thinking`; our choice, HeyGen gives no figure.
THINKING_SHARE = 0.2


@dataclass(frozen=True)
class Message:
    """One line of a session's conversation."""

    content: str
    type: Literal["text", "resource", "error"] = "text"
    role: Literal["user", "model"] = "model"


@dataclass(frozen=True)
class Outcome:
    """How one session goes. The default is a video that arrives as it should.

    `odd_status` is what the first `odd_status_reads` reads of the session, and of the video, say
    instead of the true state. `messages` are said once the session has stopped thinking.
    """

    video: Literal["completed", "failed"] = "completed"
    failure_code: str | None = None
    failure_message: str | None = None  # both None: failed without a reason, at progress 0
    fails_at_session: bool = False  # the session fails and no video_id ever exists
    late_video_id_s: float | None = None
    completed_without_url_reads: int = 0
    session_404_after_video: bool = False
    render_s: float | None = None
    odd_status: str = "warming_up"
    odd_status_reads: int = 0
    stays_forever: bool = False
    ignores_stop: bool = False  # the render had begun, so the video arrives in spite of a stop
    has_subtitles: bool = False
    late_subtitles_s: float = 0.0  # after the video is completed
    late_file_s: float = 0.0  # after the video is completed its link leads to nothing yet
    late_file_status: int = 404  # until then: a 404, a 403, or a page of the edge with 200
    listed_after_s: float = 0.0  # after the create: the list of sessions lags
    messages: tuple[Message, ...] = ()

    @property
    def fails(self) -> bool:
        return self.fails_at_session or self.video == "failed"

    @property
    def gives_no_reason(self) -> bool:
        return self.fails and self.failure_code is None and self.failure_message is None


@dataclass
class SandboxSession:
    """One Video Agent session. Its video_id is assigned at once, but may show later."""

    session_id: str
    number: int
    body: dict[str, Any]
    created_at: float
    render_s: float
    video_id_delay_s: float
    assigned_video_id: str
    outcome: Outcome
    now: Callable[[], float] = field(repr=False)
    idempotency_key: str | None = None
    stopped_at: float | None = None
    callback_sent_at: float | None = None
    reads: int = 0

    @property
    def prompt(self) -> str:
        return str(self.body["prompt"])

    @property
    def title(self) -> str:
        return self.prompt.strip().partition("\n")[0][:60]

    @property
    def orientation(self) -> Literal["landscape", "portrait"]:
        return "portrait" if self.body.get("orientation") == "portrait" else "landscape"

    @property
    def callback_url(self) -> str | None:
        return self.body.get("callback_url")

    @property
    def thinks_until(self) -> float:
        return self.created_at + THINKING_SHARE * self.render_s

    @property
    def video_id_at(self) -> float:
        """When the video_id shows; never (infinity) for a session that fails before it has one."""
        if self.outcome.fails_at_session:
            return math.inf
        return self.created_at + self.video_id_delay_s

    @property
    def video_id(self) -> str | None:
        shows = self.video_id_at <= min(self.now(), self.ends_at)
        return self.assigned_video_id if shows else None

    @property
    def halted(self) -> bool:
        """A stop came in time and was obeyed."""
        return (
            self.stopped_at is not None
            and self.stopped_at < self._would_end_at
            and not self.outcome.ignores_stop
        )

    @property
    def ends_at(self) -> float:
        if self.halted and self.stopped_at is not None:
            return self.stopped_at
        return self._would_end_at

    @property
    def ended(self) -> bool:
        return self.now() >= self.ends_at

    @property
    def failed(self) -> bool:
        return self.ended and (self.halted or self.outcome.fails)

    @property
    def status(self) -> str:
        """The true state: thinking, generating, completed or failed."""
        if self.ended:
            return "failed" if self.failed else "completed"
        return "thinking" if self.now() < self.thinks_until else "generating"

    @property
    def progress(self) -> int:
        if self.status == "completed":
            return 100
        if self.status == "thinking" or self.outcome.gives_no_reason:
            return 0
        share = (min(self.now(), self.ends_at) - self.created_at) / max(self.render_s, 0.001)
        return min(99, int(100 * share))

    @property
    def messages(self) -> list[tuple[float, Message]]:
        """The conversation so far with the times it was said at, newest first."""
        said = [(self.created_at, Message(self.prompt, role="user"))]
        if self.now() >= self.thinks_until:
            said.append((self.thinks_until, Message("The plan is ready, rendering begins.")))
            said += [(self.thinks_until, message) for message in self.outcome.messages]
        if self.ended:
            said += [(self.ends_at, message) for message in self._last_words()]
        return said[::-1]

    def told_status(self) -> str:
        """The status as one more reader is told it."""
        self.reads += 1
        return self.outcome.odd_status if self._is_odd(self.reads) else self.status

    def _is_odd(self, reads: int) -> bool:
        return reads <= self.outcome.odd_status_reads

    @property
    def _would_end_at(self) -> float:
        if self.outcome.stays_forever:
            return math.inf
        wait_s = 0.0 if self.outcome.fails_at_session else self.video_id_delay_s
        return self.created_at + max(self.render_s, wait_s)

    def _last_words(self) -> list[Message]:
        if not self.failed:
            return [Message("Your video is ready.", type="resource")]
        reason = None if self.halted else self.outcome.failure_message
        return [Message(reason, type="error")] if reason else []


@dataclass
class SandboxVideo:
    """The video of one session; it can be read once the session shows its id."""

    video_id: str
    session: SandboxSession = field(repr=False)
    reads: int = 0
    completed_reads: int = 0

    @property
    def status(self) -> str:
        words = {"thinking": "pending", "generating": "processing"}
        return words.get(self.session.status, self.session.status)

    @property
    def completed_at(self) -> float | None:
        return self.session.ends_at if self.status == "completed" else None

    @property
    def has_subtitles(self) -> bool:
        """They are made after the video, some seconds later if the outcome says so."""
        outcome, at = self.session.outcome, self.completed_at
        is_time = at is not None and self.session.now() >= at + outcome.late_subtitles_s
        return outcome.has_subtitles and is_time

    @property
    def has_file(self) -> bool:
        """Whether the link leads to the video yet."""
        at = self.completed_at
        return at is not None and self.session.now() >= at + self.session.outcome.late_file_s

    def told_status(self) -> str:
        """The status as one more reader is told it."""
        self.reads += 1
        outcome = self.session.outcome
        return outcome.odd_status if self.reads <= outcome.odd_status_reads else self.status

    def tells_url(self) -> bool:
        """Whether this read of the video finds a link; the first few of a finished one may not."""
        if self.status != "completed":
            return False
        self.completed_reads += 1
        return self.completed_reads > self.session.outcome.completed_without_url_reads


@dataclass(frozen=True)
class SandboxAsset:
    """An uploaded file. Only its hash is kept, not its bytes. Usable from `ready_at` on."""

    asset_id: str
    filename: str
    mime_type: str
    size_bytes: int
    sha256: str
    idempotency_key: str | None
    created_at: float
    ready_at: float = 0.0


@dataclass
class RecordedRequest:
    """One request as it came in. `status` is None while, or if, no answer went out."""

    method: str
    route: str
    path: str
    query: dict[str, str]
    headers: CIMultiDict[str]
    json: Any
    at: float
    status: int | None = None
    account: str = ""  # the name of that whose key it carries


@dataclass(frozen=True)
class SentCallback:
    """One try to deliver a callback. `status` is None when nobody answered or nobody was asked."""

    session_id: str
    url: str
    payload: dict[str, Any]
    status: int | None
    at: float
    is_signed: bool = False  # to a registered endpoint
