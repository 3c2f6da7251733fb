"""What a person may ask of a job: which action, in which state, by whom. Pure rules."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.domain.errors import NotPossible, NotYours
from bot.domain.job import Job, JobState
from bot.domain.progress import TIMED_OUT


class Action(StrEnum):
    CANCEL = "cancel"
    RETRY = "retry"  # a new job with the same request
    LOOK_AGAIN = "look_again"  # ask HeyGen once more; nothing is sent
    SEND_AGAIN = "send_again"  # may cost twice: a person decided


@dataclass(frozen=True, slots=True)
class Who:
    """A person who asks; `name` (a Slack user id) goes into the job's history."""

    name: str
    may_do_all: bool = False  # an admin of the workspace, or whoever runs the bot


OPERATOR = Who("operator", may_do_all=True)

_UNDER_WAY = frozenset({JobState.QUEUED, JobState.SUBMITTING, JobState.RENDERING})
_AT_IT = "The bot is at it already: the card shows where the video stands."

# What a click that comes too late is told: what it asked for has been done.
_DONE: dict[tuple[Action, JobState], str] = {
    (Action.CANCEL, JobState.CANCELLED): "This video is cancelled already.",
    **{(Action.LOOK_AGAIN, state): _AT_IT for state in _UNDER_WAY},
    **{(Action.SEND_AGAIN, state): _AT_IT for state in _UNDER_WAY},
    (Action.LOOK_AGAIN, JobState.COMPLETED): "The video has come: it is in the thread.",
    (Action.SEND_AGAIN, JobState.COMPLETED): "The video has come: it is in the thread.",
}
_REFUSED: dict[Action, tuple[str, str]] = {
    Action.CANCEL: (
        "This video is at its end: there is nothing left to cancel.",
        "The card shows what became of it.",
    ),
    Action.RETRY: (
        "This video is still under way.",
        "Wait for it, or cancel it first, and then try again.",
    ),
    Action.LOOK_AGAIN: (
        "There is nothing to look for: HeyGen has told how this video ended, or nobody asked for "
        "it any more.",
        "To make it anew, press Try again.",
    ),
    Action.SEND_AGAIN: (
        "Only a video that is on hold can be sent again.",
        "To make it anew, press Try again.",
    ),
}


def is_possible(action: Action, job: Job) -> bool:
    """Whether this action would change something in the state the job is in."""
    match action:
        case Action.CANCEL:
            return job.state in _UNDER_WAY or job.state is JobState.PARKED
        case Action.RETRY:
            return job.is_final
        case Action.LOOK_AGAIN:
            return job.state is JobState.PARKED or _is_timed_out(job)
        case Action.SEND_AGAIN:
            return job.state is JobState.PARKED


def check(action: Action, job: Job, who: Who) -> str | None:
    """None when `who` may do this now; a friendly sentence when it has been done already.

    Raises NotYours and NotPossible.
    """
    if not (who.may_do_all or who.name == job.requester_id):
        raise NotYours
    if is_possible(action, job):
        return None
    if done := _DONE.get((action, job.state)):
        return done
    message, hint = _REFUSED[action]
    raise NotPossible(message, hint=hint)


def offered(job: Job) -> tuple[Action, ...]:
    """The actions that the card offers as buttons. A finished video offers none: it costs anew."""
    if job.state is JobState.COMPLETED:
        return ()
    order = (Action.LOOK_AGAIN, Action.SEND_AGAIN, Action.RETRY, Action.CANCEL)
    return tuple(action for action in order if is_possible(action, job))


def _is_timed_out(job: Job) -> bool:
    """Failed because we stopped asking, so asking again may help."""
    is_ours = job.failure is not None and job.failure.code == TIMED_OUT.code
    return job.state is JobState.FAILED and is_ours and job.session_id is not None
