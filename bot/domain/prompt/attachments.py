"""What a prompt says of attachments: files are named with what they are for, texts stand in it."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.plain_text import in_line, quoted
from bot.domain.request.video_request import Attachment

_KINDS = {  # what an attachment is, and what it is for when nobody says
    "png": ("a picture", "to show where it fits"),
    "jpg": ("a picture", "to show where it fits"),
    "jpeg": ("a picture", "to show where it fits"),
    "mp4": ("footage", "to use where it fits"),
    "webm": ("footage", "to use where it fits"),
    "mp3": ("audio", "to use where it fits"),
    "wav": ("audio", "to use where it fits"),
    "pdf": ("a document", "background for the content"),
}
_ANY_KIND = ("a file", "to use where it fits")


def is_attached_text(attachment: Attachment) -> bool:
    """Whether it goes into the prompt itself rather than to HeyGen as a file."""
    return attachment.url is None and (attachment.is_text or attachment.text is not None)


def scripts_of(attachments: Sequence[Attachment]) -> list[Attachment]:
    """Attached texts that are the script when the wording is exact: those nothing is said about.

    A script of more than 3,000 characters cannot be typed into a modal; it comes as a text file.
    """
    return [a for a in attachments if is_attached_text(a) and not a.note.strip()]


def file_block(
    attachments: Sequence[Attachment], label: str = "Attached files, in this order:"
) -> str:
    """Every file and link that HeyGen gets, in its order: files first, then links."""
    files = [a for a in attachments if not is_attached_text(a)]
    files.sort(key=lambda a: a.url is not None)
    if not files:
        return ""
    lines = [f"{n}. {_file_line(a)}" for n, a in enumerate(files, 1)]
    return "\n".join([label, *lines])


def _file_line(attachment: Attachment) -> str:
    kind, use = _KINDS.get(attachment.filetype, _ANY_KIND)
    note = in_line(attachment.note) if attachment.note.strip() else use
    return f"{in_line(attachment.name or attachment.url or attachment.file_id)}, {kind}: {note}"


def text_block(attachment: Attachment, *, is_script: bool, max_chars: int | None = None) -> str:
    """One attached text; a longer one than `max_chars` ends in an ellipsis."""
    text = attachment.text or ""
    if max_chars is not None and len(text) > max_chars:
        text = text[:max_chars].rstrip() + " …"
    use = f"for {in_line(attachment.note)}" if attachment.note.strip() else "material for the video"
    use = "the script" if is_script else use
    return f"Attached text {in_line(attachment.name)}, {use}:\n{quoted(text)}"
