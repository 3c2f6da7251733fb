"""Our error tree: what can go wrong, in words for a person, for every floor above the border.

BotError
├── RequestRefused            what a person asked for breaks a limit; told beside the field
├── AttachmentUnusable        a file that cannot be read or that HeyGen does not take
├── ControlRefused            what a person asked of a job cannot be done
│   ├── NotYours                  it is somebody else's video
│   ├── NotPossible               not in the state the job is in
│   └── JobUnknown                there is no such job
├── StoreUnavailable          the database cannot take the write now (disk full, locked)
├── AlreadyRunning            another process holds the database
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


class BotError(Exception):
    """An error that people may read: what happened (message) and what to do next (hint).

    `code` is a stable lower-case word for logs and metrics; `retryable` says whether the same
    request may succeed later without anybody changing anything.
    """

    code = "error"
    message = "Something went wrong."
    hint = "Try again in a few minutes. If it happens again, tell whoever runs the video bot."
    retryable = False

    def __init__(
        self, message: str | None = None, *, code: str | None = None, hint: str | None = None
    ) -> None:
        self.message = message or type(self).message
        self.code = code or type(self).code
        self.hint = hint or type(self).hint
        super().__init__(f"{self.code}: {self.message}")

    @property
    def sentence(self) -> str:
        """Message and hint as one text for a person."""
        return f"{self.message} {self.hint}".strip()


class RequestRefused(BotError):
    """What a person asked for breaks one or more limits; `faults` maps a field to its sentence."""

    code = "request_refused"
    message = "The request cannot be taken as it is."
    hint = "Change the fields named and send it again."

    def __init__(self, faults: dict[str, str]) -> None:
        self.faults = faults
        super().__init__(" ".join(faults.values()))


class AttachmentUnusable(BotError):
    """A file that cannot be read, or that HeyGen does not take."""

    code = "attachment_unusable"
    message = "An attachment could not be used."
    hint = "Attach it again, or leave it out, and start a new video with /video."


class ControlRefused(BotError):
    """What a person asked of a job cannot be done; nothing was changed."""

    code = "control_refused"
    message = "This cannot be done with this video now."
    hint = "The card shows where the video stands."


class NotYours(ControlRefused):
    """Only the requester and the workspace's admins decide about a video."""

    code = "not_yours"
    message = "Only the person who asked for this video, or an admin of the workspace, can do that."
    hint = "Ask one of them."


class NotPossible(ControlRefused):
    """The job is not in a state in which this can be done."""

    code = "not_possible"


class JobUnknown(ControlRefused):
    """No job has this id."""

    code = "job_unknown"
    message = "The video bot does not know this job."
    hint = "Check its number; the card shows it."


class StoreUnavailable(BotError):
    """The database cannot take the write now; nothing was changed."""

    code = "store_unavailable"
    message = "The video bot cannot save your request right now."
    hint = "Nothing was lost: your text is still here. Try again in a minute."
    retryable = True


class AlreadyRunning(BotError):
    """Another process holds the database."""

    code = "already_running"
    message = "Another video bot is already running on this database."
    hint = "Stop it first, or set DATABASE_URL to another file."


class VideoAgentError(BotError):
    """HeyGen said no, or said nothing. `status` is the HTTP status, 0 when there was no answer."""

    code = "video_agent_error"
    message = "HeyGen could not do this."

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

    message = "HeyGen did not accept this request."
    hint = "Change the request and start it again with /video."


class VideoAgentNotFound(VideoAgentRefused):
    """No such session, video or asset."""

    code = "not_found"
    message = "HeyGen does not know this id (any more)."


class VideoAgentBusy(VideoAgentError):
    """HeyGen asks to wait; the request had no effect and may be sent again."""

    code = "rate_limit_exceeded"
    message = "HeyGen is busy with this account's other videos."
    hint = "Nothing to do: the request waits and is sent again by itself."
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
    message = "HeyGen does not accept requests of this account at the moment."
    hint = "Your request waits and is sent by itself once whoever runs the video bot has fixed it."
    retryable = True


class VideoAgentUnavailable(VideoAgentError):
    """The request had no effect (or only read), and may be sent again later."""

    code = "unavailable"
    message = "HeyGen could not be reached."
    hint = "Nothing to do: the bot tries again by itself."
    retryable = True


class VideoAgentOutcomeUnknown(VideoAgentError):
    """A write whose answer never came. It may have happened: ask before sending it again."""

    code = "outcome_unknown"
    message = "HeyGen did not answer in time; the request may have arrived."
    hint = "Nothing to do: the bot asks HeyGen whether it arrived before sending anything again."


class SlackError(BotError):
    """Slack said no, or said nothing; `code` is Slack's own error word."""

    code = "slack_error"
    message = "Slack could not do this."


class SlackRefused(SlackError):
    """Slack refused the call; it had no effect."""


class SlackBusy(SlackError):
    """Slack asks to slow down; the call had no effect."""

    code = "ratelimited"
    message = "Slack asks the bot to slow down."
    retryable = True

    def __init__(self, retry_after_s: float, *, code: str | None = None) -> None:
        self.retry_after_s = retry_after_s
        super().__init__(code=code)


class SlackUnavailable(SlackError):
    """The call had no effect; try again later."""

    code = "unavailable"
    message = "Slack could not be reached."
    retryable = True


class SlackOutcomeUnknown(SlackError):
    """The call may have had its effect: look before doing it again."""

    code = "outcome_unknown"
    message = "Slack did not answer clearly; the call may have had its effect."
    retryable = True
