"""What a downloaded file really is, told from its first and last bytes and never from its name."""

from __future__ import annotations

from pathlib import Path

from bot.domain import texts
from bot.domain.errors import AttachmentUnusable
from bot.domain.request.video_request import MEDIA_TYPES, Attachment
from bot.domain.words import Text

_HEAD_BYTES = 1_024
_ALIASES = {"audio/wave": "audio/wav", "audio/x-wav": "audio/wav", "audio/vnd.wave": "audio/wav"}
_MP4_BRANDS = (b"iso", b"mp4", b"avc1", b"dash", b"M4V")  # ISO/IEC 14496-12; puremagic knows some
_KINDS_BY_BRAND = {
    b"qt  ": texts.KIND_MOV,
    **dict.fromkeys((b"heic", b"heix", b"hevc", b"mif1", b"msf1"), texts.KIND_HEIC),
}
_KINDS_BY_START = {
    b"PK\x03\x04": texts.KIND_ZIP,
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": texts.KIND_OFFICE,
    b"GIF8": texts.KIND_GIF,
}
_KINDS_BY_TYPE = {"image/webp": texts.KIND_WEBP, "video/x-matroska": texts.KIND_MATROSKA}
_ALLOWED = frozenset(MEDIA_TYPES.values())


def media_type_of(path: Path, attachment: Attachment) -> str:
    """One of HeyGen's media types, or "text/plain"; AttachmentUnusable for everything else.

    Reads the head and the foot of the file, and all of a text, which is small: call it in a thread.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    if attachment.is_text:
        return _text_type(path, head, attachment)
    media_type, kind = _recognised(path, head)
    if media_type in _ALLOWED:
        return media_type
    raise _lying(attachment, kind or texts.KIND_UNKNOWN)


def _text_type(path: Path, head: bytes, attachment: Attachment) -> str:
    try:
        text = path.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" not in text:
        return "text/plain"
    _, kind = _recognised(path, head)
    raise _lying(attachment, kind or texts.KIND_NOT_UTF8)


def _recognised(path: Path, head: bytes) -> tuple[str, Text | None]:
    """(media type, name for a person); empty when nobody knows it."""
    for start, kind in _KINDS_BY_START.items():
        if head.startswith(start):
            return "", kind
    brand = head[8:12] if head[4:8] == b"ftyp" else b""
    if brand.startswith(_MP4_BRANDS):
        return "video/mp4", texts.KIND_OF_TYPE.format(media_type="video/mp4")
    if _is_mp3_frame(head):
        return "audio/mpeg", None
    import puremagic  # only now: its tables take 0.6 MB, and many bots never see a file

    matches = [match for match in puremagic.magic_file(path) if match.mime_type]
    best = [match.mime_type for match in matches if match.confidence == matches[0].confidence]
    media_types = [_ALIASES.get(media_type, media_type) for media_type in best]
    for media_type in media_types:
        if media_type in _ALLOWED:
            return media_type, texts.KIND_OF_TYPE.format(media_type=media_type)
    if brand:
        return "", _KINDS_BY_BRAND.get(brand, texts.KIND_OTHER_MP4)
    return (media_types[0], _kind_of(media_types[0])) if media_types else ("", None)


def _kind_of(media_type: str) -> Text:
    return _KINDS_BY_TYPE.get(media_type) or texts.KIND_OF_TYPE.format(media_type=media_type)


def _is_mp3_frame(head: bytes) -> bool:
    """An MPEG frame of layer III without an ID3 tag before it."""
    return len(head) > 2 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2


def _lying(attachment: Attachment, kind: Text) -> AttachmentUnusable:
    name = attachment.name or attachment.file_id
    return AttachmentUnusable(
        texts.FILE_LIES.format(name=name, kind=kind),
        code="attachment_type",
        hint=texts.FILE_LIES_HINT.format(allowed=texts.ALLOWED_TYPES),
    )
