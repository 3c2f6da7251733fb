"""What the tests of this room build with: jobs, notices, and bytes of every kind of file."""

from __future__ import annotations

import io
import zipfile
from datetime import timedelta
from typing import Any

from bot.domain.delivery.delivery import DeliveryKind, delivery_id
from bot.domain.delivery.notice import Notice
from bot.domain.job.job import Failure, Job, JobState, VideoResult
from tests import builders

NOON = builders.NOON
RESULT = VideoResult("https://files.heygen.com/v.mp4", "https://app.heygen.com/share/v", 42.0)
FILE_KINDS = {DeliveryKind.FILE, DeliveryKind.CAPTIONS, DeliveryKind.THUMBNAIL}
MESSAGES = [kind for kind in DeliveryKind if kind not in FILE_KINDS]
FAILURE = Failure("moderation", "HeyGen could not make this video.", "Change the prompt.")


def a_job(**overrides: Any) -> Job:
    """A job of Ana's in #general, asked for 200 seconds before NOON."""
    values: dict[str, Any] = {
        "channel_id": "C0GENERAL",
        "requester_id": "U0ANA",
        "prompt": "A short welcome for new people.",
        "created_at": NOON - timedelta(seconds=200),
    }
    return builders.a_job(**(values | overrides))


def a_notice(kind: DeliveryKind = DeliveryKind.CARD, /, **overrides: Any) -> Notice:
    """A notice of this kind; fields of the job go into `job`."""
    states = {
        DeliveryKind.CARD: {"state": JobState.QUEUED},
        DeliveryKind.RESULT: {"state": JobState.COMPLETED, "result": RESULT},
        DeliveryKind.FAILURE: {"state": JobState.FAILED, "failure": FAILURE},
        DeliveryKind.SLOW: {"state": JobState.RENDERING},
        DeliveryKind.PARKED: {"state": JobState.PARKED},
    }
    job = overrides.pop("job", None) or a_job(**states[kind])
    values: dict[str, Any] = {"delivery_id": delivery_id(job.id, kind), "job": job, "now": NOON}
    return Notice(kind, **(values | overrides))


def a_zip() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a.txt", "hello")
    return buffer.getvalue()


def an_mp4(brand: bytes) -> bytes:
    return b"\0\0\0\x18ftyp" + brand + b"\0\0\0\0mp42isom" + b"\0" * 64


def an_ebml(doctype: bytes) -> bytes:
    """The head of a WebM or Matroska file."""
    fields = bytes.fromhex("4286810142f7810142f2810442f381084282")
    return b"\x1a\x45\xdf\xa3\x9f" + fields + bytes([0x80 | len(doctype)]) + doctype + b"\0" * 64


PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + b"\0" * 64
JPEG = b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01" + b"\0" * 64
PDF = b"%PDF-1.7\n" + b"\0" * 64
WAV = b"RIFF\x24\0\0\0WAVEfmt " + b"\0" * 64
MP3 = b"\xff\xf3\x90\x64" + b"\0" * 400
MP3_WITH_TAG = b"ID3\x03\0\0\0\0\0\x10" + b"\0" * 200
GIF = b"GIF89a" + b"\0" * 64
WEBP = b"RIFF\x24\0\0\0WEBPVP8 " + b"\0" * 64
OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 64
