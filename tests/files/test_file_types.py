from __future__ import annotations

import os
from pathlib import Path

import pytest

from bot.domain.errors import AttachmentUnusable
from bot.domain.request.video_request import MEDIA_TYPES, Attachment
from bot.files.file_types import media_type_of
from bot.files.web_page import is_html
from tests.slack import builders as b

MEDIA = Path("bot/sandbox/media")


def told(folder: Path, name: str, content: bytes) -> str:
    path = folder / "downloaded"
    path.write_bytes(content)
    return media_type_of(path, Attachment("F1", name=name, filetype=name.rpartition(".")[2]))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.png", b.PNG),
        ("a.jpg", b.JPEG),
        ("a.pdf", b.PDF),
        ("a.wav", b.WAV),
        ("a.mp3", b.MP3),
        ("tagged.mp3", b.MP3_WITH_TAG),
        ("a.webm", b.an_ebml(b"webm")),
        *[(f"{brand.decode().strip()}.mp4", b.an_mp4(brand)) for brand in (b"mp42", b"isom")],
        *[
            (f"{brand.decode().strip()}.mp4", b.an_mp4(brand))
            for brand in (b"iso5", b"M4V ", b"MSNV")
        ],
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_each_allowed_kind_is_known_by_its_bytes(tmp_path: Path, name: str, content: bytes) -> None:
    assert told(tmp_path, name, content) == MEDIA_TYPES[name.rpartition(".")[2]]


def test_real_media_is_known(tmp_path: Path) -> None:
    for name in ("logo.png", "brief.pdf", "portrait.mp4", "landscape.mp4"):
        found = told(tmp_path, name, (MEDIA / name).read_bytes())
        assert found == MEDIA_TYPES[name.rpartition(".")[2]]


def test_jpeg_called_png_is_taken_for_what_it_is(tmp_path: Path) -> None:
    assert told(tmp_path, "a.png", b.JPEG) == "image/jpeg"


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.csv", "a.srt"])
@pytest.mark.parametrize("content", [b"hello", "\ufeffGrüße".encode(), b"a,b\n1,2\n"])
def test_utf8_text_is_plain_text(tmp_path: Path, name: str, content: bytes) -> None:
    assert told(tmp_path, name, content) == "text/plain"


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        pytest.param("logo.png", b.a_zip(), "ZIP archive", id="zip as png"),
        pytest.param("logo.png", b"just words", "does not know", id="text as png"),
        pytest.param("logo.png", b.GIF, "a GIF picture", id="gif as png"),
        pytest.param("logo.jpg", b.WEBP, "a WebP picture", id="webp as jpg"),
        pytest.param("photo.jpg", b.an_mp4(b"heic"), "a HEIC picture", id="heic as jpg"),
        pytest.param("brief.pdf", b.OLD_OFFICE, "an old Office document", id="doc as pdf"),
        pytest.param("a.webm", b.an_ebml(b"matroska"), "a Matroska video", id="matroska as webm"),
        pytest.param("a.mp4", b.an_mp4(b"qt  "), "a QuickTime video", id="quicktime as mp4"),
        pytest.param("a.mp4", b.an_mp4(b"M4A "), "that is no MP4", id="sound as mp4"),
        pytest.param("a.txt", b.PNG, "of type image/png", id="png as txt"),
        pytest.param("a.txt", b.an_mp4(b"isom"), "of type video/mp4", id="mp4 as txt"),
        pytest.param("a.txt", "Grüße".encode("latin-1"), "UTF-8", id="latin-1 as txt"),
        pytest.param("a.md", b.a_zip(), "ZIP archive", id="zip as md"),
    ],
)
def test_name_that_lies_is_told_what_it_is_and_what_is_allowed(
    tmp_path: Path, name: str, content: bytes, what: str
) -> None:
    with pytest.raises(AttachmentUnusable) as caught:
        told(tmp_path, name, content)

    assert f"“{name}” is" in caught.value.message
    assert what in caught.value.message
    assert "PNG, JPEG, MP4" in caught.value.hint


def test_web_page_is_known_by_its_first_bytes() -> None:
    assert is_html(b"\xef\xbb\xbf\n <!DOCTYPE html><html>")
    assert is_html(b"<HTML lang=en>")
    assert is_html(b"<!-- saved --> <!-- twice -->\n<html>")
    assert not is_html(b"<!-- only a comment")
    assert not is_html(b"a < b")


linux_only = pytest.mark.skipif(
    not Path("/proc/self/io").exists(), reason="only Linux tells how much was read"
)


@linux_only
def test_type_of_a_large_file_is_told_without_reading_it_all(tmp_path: Path) -> None:
    path = tmp_path / "long.mp4"
    path.write_bytes(b.an_mp4(b"isom"))
    os.truncate(path, 1_000_000_000)  # a hole: takes no room, and reading it would take a second
    read_before = _bytes_read()

    media_type = media_type_of(path, Attachment("F1", name="long.mp4", filetype="mp4"))

    assert media_type == "video/mp4"
    assert _bytes_read() - read_before < 100_000


@linux_only
def test_type_that_only_puremagic_knows_is_told_from_head_and_foot(tmp_path: Path) -> None:
    path = tmp_path / "long.pdf"
    path.write_bytes(b.PDF)
    os.truncate(path, 1_000_000_000)
    read_before = _bytes_read()

    media_type = media_type_of(path, Attachment("F1", name="long.pdf", filetype="pdf"))

    assert media_type == "application/pdf"
    assert _bytes_read() - read_before < 100_000


def _bytes_read() -> int:
    """What this process has read so far, from wherever (Linux)."""
    io = dict(line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())
    return int(io["rchar"])
