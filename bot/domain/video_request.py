"""What a person asks for, where it goes, and the limits it must keep."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from bot.domain.brief import NO_BRIEF, Brief

PROMPT_MAX_CHARS = 10_000  # HeyGen, POST /v3/video-agents (contract: limits.prompt_chars)
ATTACHMENTS_MAX = 20  # HeyGen, limits.files_per_request: files and links together
MODAL_FILES_MAX = 10  # Slack, file_input max_files; of 10 MB each, which Slack sees to itself
SLACK_FILE_MAX_BYTES = 1_000_000_000  # Slack's most for one file in a message
TEXT_FILE_MAX_BYTES = 4 * PROMPT_MAX_CHARS  # UTF-8 needs at most four bytes for a character

# HeyGen, contract: limits.asset_types. The extensions are those people's files have.
MEDIA_TYPES = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "mp4": "video/mp4",
    "webm": "video/webm",
    "mp3": "audio/mpeg",
    "wav": "audio/wav",
    "pdf": "application/pdf",
}
# Read into the prompt instead of being uploaded.
TEXT_TYPES = ("txt", "md", "csv", "srt")
ALLOWED_FILETYPES = (*MEDIA_TYPES, *TEXT_TYPES)
ALLOWED_TYPES_SENTENCE = "PNG, JPEG, MP4, WebM, MP3, WAV, PDF or plain text (TXT, MD, CSV, SRT)"

# Slack file modes whose bytes a bot cannot have (FACTS of Slack, section 3).
_MODES_WITHOUT_BYTES = {
    "external": "is kept outside Slack",
    "post": "is a Slack post, not a file",
    "quip": "is a canvas, not a file",
    "canvas": "is a canvas, not a file",
    "tombstone": "was deleted",
    "hidden_by_limit": "is hidden by your workspace's storage limit",
}


class Orientation(StrEnum):
    """The two shapes that HeyGen makes."""

    LANDSCAPE = "landscape"
    PORTRAIT = "portrait"


@dataclass(frozen=True, slots=True)
class Attachment:
    """One file in Slack, or one link (`url`), which HeyGen fetches itself.

    `mode` is Slack's; name, type and size may be unknown until asked for. `asset_id` is HeyGen's
    name for it once it is uploaded; `text` its content once it is read; `note` says in a person's
    words what it is for.
    """

    file_id: str = ""
    name: str = ""
    filetype: str = ""  # Slack's word or the extension, lower case, without a dot
    size_bytes: int | None = None
    mode: str = "hosted"
    asset_id: str | None = None
    text: str | None = None
    url: str | None = None
    note: str = ""

    @property
    def is_text(self) -> bool:
        return self.filetype in TEXT_TYPES

    @property
    def is_ready(self) -> bool:
        return not (self.asset_id is None and self.text is None and self.url is None)


@dataclass(frozen=True, slots=True)
class SlackThread:
    """Where the card and the result go; without `thread_ts` the card opens a thread of its own."""

    team_id: str
    channel_id: str
    thread_ts: str | None = None


@dataclass(frozen=True, slots=True)
class VideoRequest:
    """One filled-in modal. `request_key` is the same for every delivery of the same submit.

    `locale` is the person's in Slack ("de-DE"); `parent_id` the job that this one varies.
    """

    request_key: str
    requester_id: str
    thread: SlackThread
    prompt: str
    orientation: Orientation
    attachments: tuple[Attachment, ...] = field(default=())
    brief: Brief = NO_BRIEF
    locale: str = ""
    parent_id: str | None = None


def faults_of(request: VideoRequest) -> dict[str, str]:
    """What breaks a limit, as {field: one sentence}; fields are prompt, attachments, channel."""
    faults: dict[str, str] = {}
    if sentence := _prompt_fault(request.prompt):
        faults["prompt"] = sentence
    if sentence := _attachments_fault(request.attachments):
        faults["attachments"] = sentence
    if not request.thread.channel_id:
        faults["channel"] = "Choose the channel that should get the video."
    return faults


def _prompt_fault(prompt: str) -> str | None:
    if not prompt.strip():
        return "Say what the video should be about; one sentence is enough."
    if len(prompt) > PROMPT_MAX_CHARS:
        return (
            f"This is {len(prompt):,} characters long; HeyGen takes at most "
            f"{PROMPT_MAX_CHARS:,}. Shorten it by {len(prompt) - PROMPT_MAX_CHARS:,}."
        )
    return None


def _attachments_fault(attachments: Sequence[Attachment]) -> str | None:
    if len(attachments) > ATTACHMENTS_MAX:
        return (
            f"These are {len(attachments)} files; at most {ATTACHMENTS_MAX} fit. "
            f"Remove {len(attachments) - ATTACHMENTS_MAX}."
        )
    for attachment in attachments:
        if sentence := attachment_fault(attachment):
            return sentence
    return None


def attachment_fault(attachment: Attachment) -> str | None:
    """Why this file cannot be used, as far as Slack's description of it tells; None if it can.

    A file that Slack has not described yet (`mode` "file_access") has no fault so far.
    """
    if attachment.mode == "file_access":
        return None
    name = attachment.name or attachment.file_id
    if reason := _MODES_WITHOUT_BYTES.get(attachment.mode):
        return f"“{name}” {reason}. Download it and attach the file itself."
    if attachment.filetype not in ALLOWED_FILETYPES:
        return f"“{name}” is of a type HeyGen does not take. Use {ALLOWED_TYPES_SENTENCE}."
    if attachment.size_bytes == 0:
        return f"“{name}” is empty. Attach the file again, or remove it."
    return _size_fault(name, attachment)


def _size_fault(name: str, attachment: Attachment) -> str | None:
    size = attachment.size_bytes or 0
    if attachment.is_text and size > TEXT_FILE_MAX_BYTES:
        return (
            f"“{name}” is too long to read into the prompt: prompt and text files together may "
            f"have {PROMPT_MAX_CHARS:,} characters. Shorten it, or attach it as a PDF."
        )
    if size > SLACK_FILE_MAX_BYTES:
        return (
            f"“{name}” has {size / 1_000_000:.1f} MB; a file may have "
            f"{SLACK_FILE_MAX_BYTES // 1_000_000} MB. Use a smaller one."
        )
    return None
