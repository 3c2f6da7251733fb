"""Our error tree: what can go wrong, in words for a person, for every floor above the border.

BotError
├── RequestRefused            what a person asked for breaks a limit; told beside the field
├── AttachmentUnusable        a file that cannot be read or that HeyGen does not take
├── ControlRefused            what a person asked of a job cannot be done
│   ├── NotYours                  it is somebody else's video
│   ├── Outsider                  a person of another workspace
│   ├── NotPossible               not in the state the job is in
│   └── JobUnknown                there is no such job
├── StoreUnavailable          the database cannot take the write now (disk full, locked)
│   └── LeaseLost                 another replica works now: this one's change is not taken
├── AlreadyRunning            another process holds the database
├── DatabaseLost              it held the database, and does no longer
├── VideoAgentError           HeyGen
│   ├── VideoAgentRefused         this request is wrong; sending it again changes nothing
│   ├── VideoAgentNotFound        no such session, video or asset
│   ├── VideoAgentBusy            wait, then send again (429, 409 "in progress")
│   ├── VideoAgentBlocked         the key or the balance: nothing can be sent by anyone (401, 402)
│   ├── VideoAgentUnavailable     the request had no effect, or was a read; try again later
│   └── VideoAgentOutcomeUnknown  a write whose answer never came: it may have happened
└── SlackError                Slack, with Slack's own error word in `code`
    ├── SlackRefused              the call was refused and had no effect
    ├── SlackBusy                 rate limited: wait `retry_after_s`
    ├── SlackUnavailable          the call had no effect; try again later
    └── SlackOutcomeUnknown       the call may have had its effect
"""

from __future__ import annotations

from bot.domain import texts
from bot.domain.delivery.reaction import Reaction
from bot.domain.job.timing import believed_pause_s
from bot.domain.words import Text, joined


class BotError(Exception):
    """An error that people may read: what happened (message) and what to do next (hint).

    Both are Texts of domain/texts, so that each person reads them in a language of theirs.
    `code` is a stable lower-case word for logs and metrics; `retryable` says whether the same
    request may succeed later without anybody changing anything.
    """

    code = "error"
    message: str = texts.WENT_WRONG
    hint: str = texts.WENT_WRONG_HINT
    retryable = False

    def __init__(
        self, message: str | None = None, *, code: str | None = None, hint: str | None = None
    ) -> None:
        self.message = message or type(self).message
        self.code = code or type(self).code
        self.hint = hint or type(self).hint
        super().__init__(f"{self.code}: {self.message}")

    @property
    def sentence(self) -> Text:
        """Message and hint as one text for a person."""
        return joined(self.message, self.hint)


class RequestRefused(BotError):
    """What a person asked for breaks one or more limits; `faults` maps a field to its sentence."""

    code = "request_refused"
    message = texts.REQUEST_REFUSED
    hint = texts.REQUEST_REFUSED_HINT

    def __init__(self, faults: dict[str, str]) -> None:
        self.faults = faults
        super().__init__(joined(*faults.values()))


class AttachmentUnusable(BotError):
    """A file that cannot be read, or that HeyGen does not take."""

    code = "attachment_unusable"
    message = texts.ATTACHMENT_UNUSABLE
    hint = texts.ATTACHMENT_UNUSABLE_HINT


class ControlRefused(BotError):
    """What a person asked of a job cannot be done; nothing was changed."""

    code = "control_refused"
    message = texts.CONTROL_REFUSED
    hint = texts.CONTROL_REFUSED_HINT


class NotYours(ControlRefused):
    """Only the requester and the workspace's admins decide about a video."""

    code = "not_yours"
    message = texts.NOT_YOURS
    hint = texts.NOT_YOURS_HINT


class Outsider(ControlRefused):
    """Slack Connect shows our buttons to people of other workspaces; they start nothing."""

    code = "outsider"
    message = texts.OUTSIDER
    hint = texts.OUTSIDER_HINT


class NotPossible(ControlRefused):
    """The job is not in a state in which this can be done."""

    code = "not_possible"


class JobUnknown(ControlRefused):
    """No job has this id."""

    code = "job_unknown"
    message = texts.JOB_UNKNOWN
    hint = texts.JOB_UNKNOWN_HINT


class StoreUnavailable(BotError):
    """The database cannot take the write now; nothing was changed."""

    code = "store_unavailable"
    message = texts.NOT_SAVED
    hint = texts.NOT_SAVED_HINT
    retryable = True


class LeaseLost(StoreUnavailable):
    """Another replica works now; nothing was changed."""

    code = "lease_lost"


class AlreadyRunning(BotError):
    """Another process holds the database."""

    code = "already_running"
    message = "Another video bot is already running on this database."
    hint = "Stop it first, or set DATABASE_URL to another file."


class DatabaseLost(BotError):
    """The database is no longer ours; nothing more is written, so nothing more is paid for."""

    code = "database_lost"
    message = "The database was moved or replaced, or another video bot has taken it over."
    hint = "Put the file back or stop the other bot, then start this one again."


class VideoAgentError(BotError):
    """HeyGen said no, or said nothing. `status` is the HTTP status, 0 when there was no answer."""

    code = "video_agent_error"
    message = texts.HEYGEN_COULD_NOT
    retry_after_s: float | None = None  # how long HeyGen asked us to wait

    def __init__(
        self,
        message: str | None = None,
        *,
        code: str | None = None,
        hint: str | None = None,
        status: int = 0,
        param: str | None = None,
    ) -> None:
        self.status = status
        self.param = param
        super().__init__(message, code=code, hint=hint)


class VideoAgentRefused(VideoAgentError):
    """The request itself is wrong; sending it again unchanged changes nothing."""

    message = texts.HEYGEN_REFUSED
    hint = texts.CHANGE_REQUEST


class VideoAgentNotFound(VideoAgentRefused):
    """No such session, video or asset."""

    code = "not_found"
    message = texts.HEYGEN_ID_UNKNOWN


class VideoAgentBusy(VideoAgentError):
    """HeyGen asks to wait; the request had no effect and may be sent again."""

    code = "rate_limit_exceeded"
    message = texts.HEYGEN_BUSY
    hint = texts.REQUEST_WAITS
    retryable = True

    def __init__(
        self,
        message: str | None = None,
        *,
        code: str | None = None,
        hint: str | None = None,
        status: int = 0,
        param: str | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        self.retry_after_s = retry_after_s
        super().__init__(message, code=code, hint=hint, status=status, param=param)


class VideoAgentBlocked(VideoAgentError):
    """The key is refused or the balance is used up: nobody's request can be sent."""

    code = "unauthorized"
    message = texts.HEYGEN_BLOCKED
    hint = texts.HEYGEN_BLOCKED_HINT
    retryable = True


class VideoAgentUnavailable(VideoAgentError):
    """The request had no effect (or only read), and may be sent again later."""

    code = "unavailable"
    message = texts.HEYGEN_UNREACHABLE
    hint = texts.BOT_TRIES_AGAIN
    retryable = True


class VideoAgentOutcomeUnknown(VideoAgentError):
    """A write whose answer never came. It may have happened: ask before sending it again."""

    code = "outcome_unknown"
    message = texts.HEYGEN_UNANSWERED
    hint = texts.HEYGEN_UNANSWERED_HINT


class SlackError(BotError):
    """Slack said no, or said nothing; `code` is Slack's own error word."""

    code = "slack_error"
    message = texts.SLACK_COULD_NOT


class SlackRefused(SlackError):
    """Slack refused the call; it had no effect. `reaction` is what that means for us."""

    def __init__(
        self,
        message: str | None = None,
        *,
        code: str | None = None,
        hint: str | None = None,
        reaction: Reaction = Reaction.OTHER,
    ) -> None:
        self.reaction = reaction
        super().__init__(message, code=code, hint=hint)


class SlackBusy(SlackError):
    """Slack asks to slow down; the call had no effect. `retry_after_s` is believable."""

    code = "ratelimited"
    message = texts.SLACK_SLOW_DOWN
    retryable = True

    def __init__(self, asked_s: float, *, code: str | None = None) -> None:
        self.retry_after_s = believed_pause_s(asked_s)
        super().__init__(code=code)


class SlackUnavailable(SlackError):
    """The call had no effect; try again later."""

    code = "unavailable"
    message = texts.SLACK_UNREACHABLE
    retryable = True


class SlackMoving(SlackUnavailable):
    """Slack is moving the workspace or the channel: it passes by itself, in an hour or so."""

    message = texts.SLACK_MOVING


class SlackOutcomeUnknown(SlackError):
    """The call may have had its effect: look before doing it again."""

    code = "outcome_unknown"
    message = texts.SLACK_UNCLEAR
    retryable = True
