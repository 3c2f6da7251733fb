"""One person's one video: its states, the allowed moves between them, and what it knows.

    queued ───► submitting ───► rendering ───► completed
      ▲ ▲          │ ▲ │          ▲  │
      │ ├──────────┘ │ ▼          │  │        HeyGen asks to wait, or does not answer at all
      │ └───────── parked ────────┤  │        the evidence contradicts itself, until it is clear
      └───────────────────────────┼──┘        failed without a reason: once more
                                  │
    failed ───────────────────────┘           timed out, and a person looks again

    queued, submitting, rendering, parked ──► failed | cancelled

Who leaves a state, and when:
queued      the submitter, as soon as a slot is free (workflow/submitter)
submitting  the submitter, when HeyGen has answered; back to queued when HeyGen asks to wait;
            the reconciler, when the answer was lost (workflow/recovery): it adopts what it finds,
            and parks the job only for a session that may be ours and cannot be read
rendering   the poller or a callback, when HeyGen says how it ended; queued for the one
            automatic retry of a failure without a reason
parked      the reconciler, which looks again now and then: rendering, or queued once nothing that
            may be ours is kept from us; a person: submitting, to look again or to send again
failed      only a person, and only after a time-out: rendering, to look again
cancelled   nobody; while `due_at` is set, HeyGen has yet to be told to stop (workflow/stopper)

In every state with a `sweep_at` a second session of the same job is looked for and stopped
(workflow/sweeper): the job was sent more than once, and HeyGen may have taken two of the sends.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from bot.domain.request.video_request import Orientation, VideoRequest


class JobState(StrEnum):
    QUEUED = "queued"
    SUBMITTING = "submitting"
    RENDERING = "rendering"
    PARKED = "parked"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


FINAL_STATES = frozenset({JobState.COMPLETED, JobState.FAILED, JobState.CANCELLED})
WAITING_STATES = frozenset({JobState.QUEUED, JobState.SUBMITTING})  # HeyGen has yet to take it
TAKEN_UP_STATES = (JobState.SUBMITTING, JobState.PARKED)  # by the submitter, when they are due


class WaitKind(StrEnum):
    """What keeps this one job waiting; what keeps everybody waiting is no fault of a job."""

    NOT_READY = "not_ready"  # something that this request names is still being prepared
    UNREACHABLE = "unreachable"  # its files, or HeyGen when it came to this request


ALLOWED_MOVES: dict[JobState, frozenset[JobState]] = {
    JobState.QUEUED: frozenset({JobState.SUBMITTING, JobState.FAILED, JobState.CANCELLED}),
    JobState.SUBMITTING: frozenset(
        {
            JobState.QUEUED,
            JobState.RENDERING,
            JobState.PARKED,
            JobState.FAILED,
            JobState.CANCELLED,
        }
    ),
    JobState.RENDERING: frozenset(
        {JobState.QUEUED, JobState.COMPLETED, JobState.FAILED, JobState.CANCELLED}
    ),
    JobState.PARKED: frozenset(
        {
            JobState.QUEUED,
            JobState.SUBMITTING,
            JobState.RENDERING,
            JobState.FAILED,
            JobState.CANCELLED,
        }
    ),
    JobState.COMPLETED: frozenset(),
    JobState.FAILED: frozenset({JobState.RENDERING}),
    JobState.CANCELLED: frozenset(),
}


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a job failed, for a person: HeyGen's or our code, what happened, what to do next."""

    code: str
    message: str
    hint: str


@dataclass(frozen=True, slots=True)
class VideoResult:
    """The finished video; one of the links is there. All but `page_url` expire (in 7 days)."""

    video_url: str | None
    page_url: str | None = None
    duration_s: float | None = None
    thumbnail_url: str | None = None
    subtitle_url: str | None = None  # SRT; HeyGen may add it some seconds after the video


@dataclass(frozen=True, slots=True)
class Attempt:
    """Bringing the request to HeyGen: the sends, what it waits for, the looks for its session."""

    number: int = 0  # automatic retries of a failure without a reason before this one
    final_prompt: str | None = None  # as it is sent, with the attached text and notes
    send_count: int = 0  # calls of create so far that may have had their effect
    began_at: datetime | None = None  # the first of them, and we have no session yet
    sent_at: datetime | None = None  # the last of them
    callback_token_hash: str | None = None  # of the last of them
    look_count: int = 0  # looks for a session in vain, since the last of them or in this state
    unread_sessions: tuple[str, ...] = ()  # listed, may be ours, and HeyGen never showed them
    wait_kind: WaitKind | None = None
    wait_count: int = 0  # waits of this kind, in a row
    wait_since: datetime | None = None  # the first of them
    sweep_at: datetime | None = None  # when to look for a second session; None: not (any more)
    sweep_count: int = 0  # such looks so far


@dataclass(frozen=True, slots=True)
class Render:
    """The session at HeyGen, as far as it was told."""

    session_id: str | None = None
    video_id: str | None = None
    progress: int = 0
    watched_s: float = 0.0  # how long HeyGen has said "still running", answer by answer
    is_slow_told: bool = False
    link_reads: int = 0  # in a row of a finished video without its link; `watched_s` is theirs then


@dataclass(frozen=True, slots=True)
class Outcome:
    """How it ended: with a video, or why not."""

    result: VideoResult | None = None
    failure: Failure | None = None


NOT_TRIED, NOT_BEGUN, OPEN = Attempt(), Render(), Outcome()


@dataclass(frozen=True, slots=True)
class Job:
    """One row of jobs. Changed only by `dataclasses.replace` and written back by `version`."""

    id: str
    request: VideoRequest
    created_at: datetime
    updated_at: datetime  # what HeyGen said of a rendering was last heard then, too
    state: JobState = JobState.QUEUED
    state_since: datetime | None = None
    due_at: datetime | None = None  # when its state's worker should look at it; None: nothing to do
    attempt: Attempt = NOT_TRIED
    render: Render = NOT_BEGUN
    outcome: Outcome = OPEN
    version: int = 0

    @property
    def is_final(self) -> bool:
        return self.state in FINAL_STATES


def new_job(id: str, request: VideoRequest, now: datetime) -> Job:
    """A job that waits for its turn."""
    return Job(id, request, created_at=now, updated_at=now, state_since=now, due_at=now)


def retry_of(parent: Job) -> VideoRequest:
    """The same once more. Asked for twice of one end of the parent: the same key."""
    ended_at = parent.state_since or parent.updated_at
    key = f"retry:{parent.id}:{ended_at.isoformat()}"
    return replace(parent.request, key=key, parent_id=parent.id)


def variation_of(parent: Job, change: str, *, key: str) -> VideoRequest:
    """The same with one thing different; what was to be different in the parent stays so.

    HeyGen knows nothing of the parent's video: every change so far has to be said.
    """
    brief = parent.request.brief
    changes = "\n".join(filter(None, (brief.change, change.strip())))
    varied = replace(brief, change=changes)
    return replace(parent.request, key=key, parent_id=parent.id, brief=varied)


def other_orientation_of(parent: Job) -> VideoRequest:
    """The same in the other orientation. Asked for twice: the same key."""
    is_portrait = parent.request.orientation is Orientation.PORTRAIT
    orientation = Orientation.LANDSCAPE if is_portrait else Orientation.PORTRAIT
    key = f"turned:{parent.id}"
    return replace(parent.request, key=key, parent_id=parent.id, orientation=orientation)


class MoveNotAllowed(Exception):
    """A move that the picture above does not have: a programming error."""


def move(job: Job, to: JobState, now: datetime, due_at: datetime | None = None) -> Job:
    """The job in its next state, with a new `due_at`; raises MoveNotAllowed."""
    if to not in ALLOWED_MOVES[job.state]:
        raise MoveNotAllowed(f"job {job.id}: {job.state} -> {to}")
    return replace(job, state=to, state_since=now, updated_at=now, due_at=due_at)
