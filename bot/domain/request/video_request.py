"""What a person asks for, where it goes, and the limits it must keep."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.domain import texts
from bot.domain.addresses import NO_HOSTS, link_fault
from bot.domain.request.brief import NO_BRIEF, Brief
from bot.domain.words import Text

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
_FILETYPES = {media_type: filetype for filetype, media_type in MEDIA_TYPES.items()}
# Read into the prompt instead of being uploaded.
TEXT_TYPES = ("txt", "md", "csv", "srt")
ALLOWED_FILETYPES = (*MEDIA_TYPES, *TEXT_TYPES)

_INSTEAD = {  # what an ending that HeyGen does not take is best saved as
    **dict.fromkeys(("heic", "heif"), "JPEG"),
    **dict.fromkeys(("webp", "gif", "avif", "bmp", "svg", "tif", "tiff"), "PNG"),
    **dict.fromkeys(("mov", "m4v", "avi", "mkv", "wmv"), "MP4"),
    **dict.fromkeys(("m4a", "aac", "ogg", "flac", "aif", "aiff"), "MP3"),
    **dict.fromkeys(("doc", "docx", "odt", "rtf", "ppt", "pptx", "xls", "xlsx"), "PDF"),
}
NOTE_NAMES_SHOWN, NOTE_NAME_CHARS = 5, 40


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
    """What a person asks for: one value from the form into the job and to HeyGen, unchanged.

    `key` is the same for every delivery of the same submit. `locale` is the person's in Slack
    ("de-DE"); `parent_id` the job whose request this one repeats or varies.
    """

    key: str
    requester_id: str
    thread: SlackThread
    prompt: str  # as the person wrote it
    orientation: Orientation
    brief: Brief = NO_BRIEF
    locale: str = ""  # the card and the result speak it
    parent_id: str | None = None


@dataclass(frozen=True, slots=True)
class Submission:
    """A request as it comes in, with its files, and what is only looked at before it is taken."""

    request: VideoRequest
    attachments: tuple[Attachment, ...] = ()
    is_outsider: bool = False  # of another workspace: Slack Connect lets them use our ways in
    unknown_notes: tuple[str, ...] = ()  # lines of domain/request/notes.py that name no attachment


def faults_of(submission: Submission, link_hosts: Collection[str] = NO_HOSTS) -> dict[str, str]:
    """What breaks a limit, as {field: one sentence}.

    Fields are prompt, attachments, links, notes, channel. `link_hosts` are hosts of this machine
    that links may lead to (domain/addresses.py).
    """
    request = submission.request
    files = [a for a in submission.attachments if a.url is None]
    links = [a for a in submission.attachments if a.url is not None]
    faults = {
        "prompt": _prompt_fault(request.prompt),
        "attachments": _files_fault(files),
        "links": _links_fault(links, len(files), link_hosts),
        "notes": _notes_fault(submission),
        "channel": None if request.thread.channel_id else texts.CHANNEL_MISSING,
    }
    return {field: sentence for field, sentence in faults.items() if sentence is not None}


def _prompt_fault(prompt: str) -> Text | None:
    if not prompt.strip():
        return texts.PROMPT_MISSING
    excess = len(prompt) - PROMPT_MAX_CHARS
    if excess <= 0:
        return None
    return texts.PROMPT_TOO_LONG.format(count=len(prompt), most=PROMPT_MAX_CHARS, excess=excess)


def _files_fault(files: Sequence[Attachment]) -> Text | None:
    if len(files) > ATTACHMENTS_MAX:
        return _too_many(len(files))
    return next(filter(None, map(attachment_fault, files)), None)


def _links_fault(
    links: Sequence[Attachment], file_count: int, link_hosts: Collection[str]
) -> Text | None:
    if links and file_count + len(links) > ATTACHMENTS_MAX:
        return _too_many(file_count + len(links))
    return next(filter(None, (link_fault(a.url or "", link_hosts) for a in links)), None)


def _too_many(count: int) -> Text:
    return texts.ATTACHMENTS_TOO_MANY.format(
        count=count, most=ATTACHMENTS_MAX, excess=count - ATTACHMENTS_MAX
    )


def _notes_fault(submission: Submission) -> Text | None:
    if not submission.unknown_notes:
        return None
    line = submission.unknown_notes[0][:NOTE_NAME_CHARS]
    if not submission.attachments:
        return texts.NOTE_WITHOUT_ATTACHMENT.format(line=line)
    names = [
        f"{number} {(a.name or a.file_id)[:NOTE_NAME_CHARS]}"
        for number, a in enumerate(submission.attachments[:NOTE_NAMES_SHOWN], start=1)
    ]
    more = ["…"] if len(submission.attachments) > NOTE_NAMES_SHOWN else []
    return texts.NOTE_UNKNOWN.format(line=line, names=", ".join([*names, *more]))


def filetype_of(media_type: str, told: str) -> str:
    """The type as our words have it, for what the bytes are; else what was told of the file."""
    return _FILETYPES.get(media_type, told)


def attachment_fault(attachment: Attachment) -> Text | None:
    """Why this file cannot be used, as far as Slack's description of it tells; None if it can.

    A file that Slack has not described yet (`mode` "file_access") has no fault so far.
    """
    if attachment.mode == "file_access":
        return None
    name = attachment.name or attachment.file_id
    if sentence := texts.FILE_WITHOUT_BYTES.get(attachment.mode):
        return sentence.format(name=name)
    if attachment.filetype not in ALLOWED_FILETYPES:
        return _type_fault(name, attachment.filetype)
    if attachment.size_bytes == 0:
        return texts.FILE_EMPTY.format(name=name)
    return _size_fault(name, attachment)


def _type_fault(name: str, filetype: str) -> Text:
    allowed = texts.ALLOWED_TYPES
    if instead := _INSTEAD.get(filetype):
        return texts.FILE_OTHER_TYPE_INSTEAD.format(name=name, instead=instead, allowed=allowed)
    return texts.FILE_OTHER_TYPE.format(name=name, allowed=allowed)


def _size_fault(name: str, attachment: Attachment) -> Text | None:
    size = attachment.size_bytes or 0
    if attachment.is_text and size > TEXT_FILE_MAX_BYTES:
        return texts.FILE_TEXT_TOO_LONG.format(name=name, most=PROMPT_MAX_CHARS)
    if size > SLACK_FILE_MAX_BYTES:
        most = SLACK_FILE_MAX_BYTES // 1_000_000
        return texts.FILE_TOO_LARGE.format(name=name, size=size / 1_000_000, most=most)
    return None
