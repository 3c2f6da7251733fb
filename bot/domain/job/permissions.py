"""What a person may ask of a job: which action, in which state, by whom. Pure rules."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.domain import texts
from bot.domain.errors import NotPossible, NotYours, Outsider
from bot.domain.job.job import Job, JobState
from bot.domain.job.progress import TIMED_OUT
from bot.domain.words import Text


class Action(StrEnum):
    CANCEL = "cancel"
    RETRY = "retry"  # a new job with the same request
    LOOK_AGAIN = "look_again"  # ask HeyGen once more; nothing is sent
    SEND_AGAIN = "send_again"  # may cost twice: a person decided
    VARY = "vary"  # a new job, of whoever asks, with one thing different
    EDIT = "edit"  # the form with this job's answers, for a new job
    OTHER_ORIENTATION = "other_orientation"  # a new job, of whoever asks
    FRESH_LINK = "fresh_link"  # HeyGen's links expire
    DETAILS = "details"


# These decide about somebody's video; the others look, or start one of one's own.
OF_REQUESTER = frozenset({Action.CANCEL, Action.RETRY, Action.LOOK_AGAIN, Action.SEND_AGAIN})


@dataclass(frozen=True, slots=True)
class Who:
    """A person who asks; `name` (a Slack user id) goes into the job's history.

    `locale` is theirs in Slack: a job that they start speaks it.
    """

    name: str
    may_do_all: bool = False  # an admin of the workspace, or whoever runs the bot
    is_outsider: bool = False  # of another workspace: Slack Connect lets them press our buttons
    locale: str = ""


OPERATOR = Who("operator", may_do_all=True)

_UNDER_WAY = frozenset({JobState.QUEUED, JobState.SUBMITTING, JobState.RENDERING})

# What a click that comes too late is told: what it asked for has been done.
_DONE: dict[tuple[Action, JobState], Text] = {
    (Action.CANCEL, JobState.CANCELLED): texts.CANCELLED_ALREADY,
    **{(Action.LOOK_AGAIN, state): texts.AT_IT_ALREADY for state in _UNDER_WAY},
    **{(Action.SEND_AGAIN, state): texts.AT_IT_ALREADY for state in _UNDER_WAY},
    (Action.LOOK_AGAIN, JobState.COMPLETED): texts.VIDEO_HAS_COME,
    (Action.SEND_AGAIN, JobState.COMPLETED): texts.VIDEO_HAS_COME,
}
_REFUSED: dict[Action, tuple[Text, Text]] = {
    Action.CANCEL: (texts.NOTHING_TO_CANCEL, texts.NOTHING_TO_CANCEL_HINT),
    Action.RETRY: (texts.STILL_UNDER_WAY, texts.STILL_UNDER_WAY_HINT),
    Action.LOOK_AGAIN: (texts.NOTHING_TO_LOOK_FOR, texts.MAKE_ANEW_HINT),
    Action.SEND_AGAIN: (texts.NOT_ON_HOLD, texts.MAKE_ANEW_HINT),
    Action.FRESH_LINK: (texts.NO_VIDEO_TO_LINK, texts.NO_VIDEO_TO_LINK_HINT),
}
_ORDER = (
    *(Action.LOOK_AGAIN, Action.SEND_AGAIN, Action.RETRY, Action.CANCEL),
    *(Action.VARY, Action.EDIT, Action.OTHER_ORIENTATION),
)


def is_possible(action: Action, job: Job) -> bool:
    """Whether this action would do something in the state the job is in."""
    match action:
        case Action.CANCEL:
            return job.state in _UNDER_WAY or job.state is JobState.PARKED
        case Action.RETRY:
            return job.is_final
        case Action.LOOK_AGAIN:
            return job.state is JobState.PARKED or _is_timed_out(job)
        case Action.SEND_AGAIN:
            return job.state is JobState.PARKED
        case Action.FRESH_LINK:
            return job.state is JobState.COMPLETED
        case _:  # a job of one's own after this one's answers: its state does not matter
            return True


def check(action: Action, job: Job, who: Who) -> Text | None:
    """None when `who` may do this now; a friendly sentence when it has been done already.

    Raises NotYours, Outsider and NotPossible.
    """
    if action in OF_REQUESTER and not (who.may_do_all or who.name == job.request.requester_id):
        raise NotYours
    if who.is_outsider:
        raise Outsider
    if is_possible(action, job):
        return None
    if done := _DONE.get((action, job.state)):
        return done
    message, hint = _REFUSED[action]
    raise NotPossible(message, hint=hint)


def offered(job: Job) -> tuple[Action, ...]:
    """The actions that the card offers as buttons; what only looks is in its menu.

    A finished video is not offered to be made once more as it is: that costs, and gives the same.
    """
    if job.state is JobState.COMPLETED:
        fitting = {Action.VARY, Action.EDIT, Action.OTHER_ORIENTATION}
    elif job.is_final:
        fitting = {Action.LOOK_AGAIN, Action.RETRY, Action.EDIT}
    else:
        fitting = {Action.LOOK_AGAIN, Action.SEND_AGAIN, Action.CANCEL}
    return tuple(a for a in _ORDER if a in fitting and is_possible(a, job))


def _is_timed_out(job: Job) -> bool:
    """Failed because we stopped asking, so asking again may help."""
    is_ours = job.outcome.failure is not None and job.outcome.failure.code == TIMED_OUT.code
    return job.state is JobState.FAILED and is_ours and job.render.session_id is not None
