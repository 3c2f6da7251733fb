"""What a downloaded file really is, told from its bytes and never from its name."""

from __future__ import annotations

from pathlib import Path

import puremagic

from bot.domain.errors import AttachmentUnusable
from bot.domain.video_request import ALLOWED_TYPES_SENTENCE, MEDIA_TYPES, Attachment

_HEAD_BYTES = 1_024
_HTML_STARTS = (b"<!doctype html", b"<html")
_ALIASES = {"audio/wave": "audio/wav", "audio/x-wav": "audio/wav", "audio/vnd.wave": "audio/wav"}
_MP4_BRANDS = (b"iso", b"mp4", b"avc1", b"dash", b"M4V")  # ISO/IEC 14496-12; puremagic knows some
_ZIP = "a ZIP archive or an Office document"
_ALLOWED = frozenset(MEDIA_TYPES.values())


def media_type_of(path: Path, attachment: Attachment) -> str:
    """One of HeyGen's media types, or "text/plain"; AttachmentUnusable for everything else.

    Reads the file: call it in a thread.
    """
    head = _head(path)
    if attachment.is_text:
        return _text_type(path, head, attachment)
    media_type, what = _recognised(path, head)
    if media_type in _ALLOWED:
        return media_type
    raise _lying(attachment, what or "something the bot does not know")


def is_html(head: bytes) -> bool:
    """Whether these first bytes are a web page, such as Slack's login page."""
    return head.lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(_HTML_STARTS)


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_HEAD_BYTES)


def _text_type(path: Path, head: bytes, attachment: Attachment) -> str:
    try:
        text = path.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" not in text:
        return "text/plain"
    _, what = _recognised(path, head)
    raise _lying(attachment, what or "not text in UTF-8")


def _recognised(path: Path, head: bytes) -> tuple[str, str]:
    """(media type, name for a person); empty when nobody knows it."""
    if head.startswith(b"PK\x03\x04"):
        return "application/zip", _ZIP
    if _is_mp4(head):
        return "video/mp4", "an MP4 video"
    if _is_mp3_frame(head):
        return "audio/mpeg", "an MP3 file"
    matches = [match for match in puremagic.magic_file(path) if match.mime_type]
    best = [match for match in matches if match.confidence == matches[0].confidence]
    for match in best:
        media_type = _ALIASES.get(match.mime_type, match.mime_type)
        if media_type in _ALLOWED:
            return media_type, match.name
    return (best[0].mime_type, f"of type {best[0].mime_type}") if best else ("", "")


def _is_mp4(head: bytes) -> bool:
    return head[4:8] == b"ftyp" and head[8:12].startswith(_MP4_BRANDS)


def _is_mp3_frame(head: bytes) -> bool:
    """An MPEG frame of layer III without an ID3 tag before it."""
    return len(head) > 2 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2


def _lying(attachment: Attachment, what: str) -> AttachmentUnusable:
    name = attachment.name or attachment.file_id
    return AttachmentUnusable(
        f"“{name}” is {what}, which is not what its name says.",
        code="attachment_type",
        hint=f"Use {ALLOWED_TYPES_SENTENCE}, and start a new video with /video.",
    )
