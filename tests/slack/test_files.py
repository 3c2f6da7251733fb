from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.errors import AttachmentUnusable, SlackBusy, SlackUnavailable
from bot.domain.ports.files import FileContent
from bot.domain.request.video_request import SLACK_FILE_MAX_BYTES, TEXT_FILE_MAX_BYTES, Attachment
from bot.sandbox.faults import Fault
from bot.sandbox.slack.server import SlackSandbox
from bot.slack.client import slack_client, slack_session
from bot.slack.files import SCAN_PAUSE_STEPS, SlackWebFiles, attachment_of, budget_s
from bot.slack.tokens import FixedToken
from tests.slack.builders import PNG, a_zip

SMALL_BYTES = 30_000
FULL = Path("/dev/full")  # takes no byte, as a full disk


@pytest.fixture
def pauses() -> list[float]:
    return []


@pytest.fixture
async def files(
    client: AsyncWebClient, slack: SlackSandbox, tmp_path: Path, pauses: list[float]
) -> AsyncIterator[SlackWebFiles]:
    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    files = SlackWebFiles(client, FixedToken(slack.bot_token), folder=tmp_path, pause=pause)
    yield files
    await files.close()


@pytest.fixture
async def small_files(
    client: AsyncWebClient, slack: SlackSandbox, tmp_path: Path
) -> AsyncIterator[SlackWebFiles]:
    """One that takes files of SMALL_BYTES at most."""
    files = SlackWebFiles(
        client, FixedToken(slack.bot_token), folder=tmp_path, most_bytes=SMALL_BYTES
    )
    yield files
    await files.close()


def left_in(folder: Path) -> list[Path]:
    return list(folder.iterdir())


async def content_of(files: SlackWebFiles, file_id: str) -> tuple[FileContent, bytes]:
    async with files.download(Attachment(file_id)) as content:
        return content, content.path.read_bytes()


async def refused(files: SlackWebFiles, file_id: str) -> AttachmentUnusable:
    with pytest.raises(AttachmentUnusable) as caught:
        await content_of(files, file_id)
    return caught.value


async def test_file_arrives_on_disk_and_is_gone_afterwards(
    slack: SlackSandbox, files: SlackWebFiles, tmp_path: Path, pauses: list[float]
) -> None:
    file = slack.add_file("ana", name="logo.png", content=PNG)

    content, got = await content_of(files, file.id)

    assert got == PNG
    assert (content.name, content.media_type) == ("logo.png", "image/png")
    assert content.size_bytes == len(PNG)
    assert content.sha256 == hashlib.sha256(PNG).hexdigest()
    assert left_in(tmp_path) == []
    assert pauses == []


async def test_text_file_arrives_as_plain_text(slack: SlackSandbox, files: SlackWebFiles) -> None:
    file = slack.add_file("ana", name="notes.md", content=b"# Hello")

    content, _ = await content_of(files, file.id)

    assert content.media_type == "text/plain"


async def test_pushed_object_cut_down_to_an_id_is_asked_for(
    slack: SlackSandbox, files: SlackWebFiles
) -> None:
    file = slack.add_file("ana", name="logo.png", content=PNG, check_file_info=True)
    pushed = attachment_of(file.as_pushed())

    described = await files.describe(file.id)

    assert pushed == Attachment(file.id, mode="file_access")
    assert described == Attachment(file.id, "logo.png", "png", len(PNG))


@pytest.mark.parametrize(
    ("file", "filetype"),
    [
        ({"name": "a.TXT", "filetype": "text"}, "txt"),
        ({"name": "a.md", "filetype": "markdown"}, "md"),
        ({"name": "a.srt", "filetype": "subtitle"}, "srt"),
        ({"name": "a.png", "filetype": "PNG"}, "png"),
        ({"name": "a.exe", "filetype": "binary"}, "binary"),
        ({"name": "noending", "filetype": "jpg"}, "jpg"),
        ({}, ""),
    ],
)
def test_slacks_words_for_types_become_ours(file: dict[str, Any], filetype: str) -> None:
    assert attachment_of({"id": "F1", **file}).filetype == filetype


def test_external_file_is_told_by_either_field() -> None:
    assert attachment_of({"id": "F1", "is_external": True}).mode == "external"
    assert attachment_of({"id": "F1", "mode": "external"}).mode == "external"


@pytest.mark.parametrize("code", ["file_not_found", "file_deleted", "not_visible", "missing_scope"])
async def test_file_that_slack_does_not_show_is_unusable_in_words(
    slack: SlackSandbox, files: SlackWebFiles, code: str
) -> None:
    slack.faults.add("files.info", Fault("status", 200, json.dumps({"ok": False, "error": code})))

    with pytest.raises(AttachmentUnusable) as caught:
        await files.describe("F0X")

    assert caught.value.code == code
    assert code not in caught.value.sentence


async def test_expired_token_is_no_fault_of_the_file(
    slack: SlackSandbox, files: SlackWebFiles
) -> None:
    body = json.dumps({"ok": False, "error": "token_expired"})
    slack.faults.add("files.info", Fault("status", 200, body))

    with pytest.raises(SlackUnavailable):
        await files.describe("F0X")


async def test_file_still_being_scanned_is_waited_for(
    slack: SlackSandbox, files: SlackWebFiles, pauses: list[float]
) -> None:
    file = slack.add_file("ana", name="logo.png", content=PNG, scanning_reads=3)

    _, got = await content_of(files, file.id)

    assert got == PNG
    assert pauses == [1.0, 2.0, 4.0]


async def test_login_page_is_never_passed_on(
    slack: SlackSandbox, files: SlackWebFiles, pauses: list[float], tmp_path: Path
) -> None:
    file = slack.add_file("ana", name="notes.txt", content=b"hello", html_login=True)

    error = await refused(files, file.id)

    assert error.code == "file_not_readable"
    assert "notes.txt" in error.message
    assert pauses == list(SCAN_PAUSE_STEPS)
    assert left_in(tmp_path) == []


async def test_login_page_without_its_content_type_is_known_by_its_bytes(
    slack: SlackSandbox, files: SlackWebFiles
) -> None:
    page = b"\n<!doctype HTML><html><body>Sign in</body></html>"
    file = slack.add_file("ana", name="notes.txt", content=page)

    assert (await refused(files, file.id)).code == "file_not_readable"


async def test_redirect_is_not_followed(slack: SlackSandbox, files: SlackWebFiles) -> None:
    file = slack.add_file("ana", name="logo.png", content=PNG)
    async with SlackSandbox() as elsewhere:
        target = elsewhere.add_file("ana", name="logo.png", content=PNG)
        headers = {"Location": str(target.as_json()["url_private_download"])}
        fault = Fault("status", 302, headers=headers)
        slack.faults.add("file download", fault, times=len(SCAN_PAUSE_STEPS) + 1)

        error = await refused(files, file.id)

    assert error.code == "file_not_readable"


async def test_slack_down_while_downloading_may_be_tried_later(
    slack: SlackSandbox, files: SlackWebFiles, pauses: list[float]
) -> None:
    file = slack.add_file("ana", name="logo.png", content=PNG)
    slack.faults.add("file download", Fault("status", 503), times=3)
    slack.faults.add("file download", Fault("drop_before"), times=3)

    with pytest.raises(SlackUnavailable):
        await content_of(files, file.id)

    assert pauses == list(SCAN_PAUSE_STEPS)


async def test_rate_limited_download_waits_as_slack_says(
    slack: SlackSandbox, files: SlackWebFiles
) -> None:
    file = slack.add_file("ana", name="logo.png", content=PNG)
    slack.faults.add("file download", Fault("status", 429, headers={"Retry-After": "12"}))

    with pytest.raises(SlackBusy) as caught:
        await content_of(files, file.id)

    assert caught.value.retry_after_s == 12


@pytest.mark.parametrize("size", [0, None], ids=["as Slack says", "in truth"])
async def test_empty_file_is_unusable(
    slack: SlackSandbox, files: SlackWebFiles, size: int | None
) -> None:
    file = slack.add_file("ana", name="logo.png", content=b"", size=size if size == 0 else 5)

    assert "is empty" in (await refused(files, file.id)).message


@pytest.mark.parametrize(
    ("name", "words"), [("big.mp4", "has 0.0 MB"), ("big.txt", "too long to read")]
)
async def test_size_that_lies_is_caught_before_a_byte_is_kept(
    slack: SlackSandbox, small_files: SlackWebFiles, name: str, words: str, tmp_path: Path
) -> None:
    content = b"x" * (TEXT_FILE_MAX_BYTES + 1)
    file = slack.add_file("ana", name=name, content=content, size=10)

    error = await refused(small_files, file.id)

    assert f"“{name}” " in error.message
    assert words in error.message
    assert left_in(tmp_path) == []


async def test_size_that_nobody_told_is_caught_while_streaming(
    slack: SlackSandbox, small_files: SlackWebFiles, tmp_path: Path
) -> None:
    file = slack.add_file("ana", name="big.mp4", content=b"x", size=10)
    body, kind = "x" * (SMALL_BYTES + 1), "video/mp4"
    headers = {"Transfer-Encoding": "chunked"}  # so without a Content-Length
    slack.faults.add("file download", Fault("status", 200, body, kind, headers))

    error = await refused(small_files, file.id)

    assert "“big.mp4” has" in error.message
    assert left_in(tmp_path) == []


async def test_announced_size_is_enough_to_refuse_a_file(
    slack: SlackSandbox, small_files: SlackWebFiles
) -> None:
    file = slack.add_file("ana", name="big.mp4", content=b"x" * (SMALL_BYTES + 1), size=10)
    slack.faults.add("file download", Fault("cut"))

    assert "“big.mp4” has" in (await refused(small_files, file.id)).message
    assert [call.method for call in slack.calls] == ["files.info"]  # so it was asked for once


async def test_file_of_exactly_the_most_bytes_is_taken(
    slack: SlackSandbox, small_files: SlackWebFiles
) -> None:
    content = PNG.ljust(SMALL_BYTES, b"\0")
    file = slack.add_file("ana", name="a.png", content=content)

    got, _ = await content_of(small_files, file.id)

    assert got.size_bytes == SMALL_BYTES


async def test_download_cut_off_half_way_begins_anew(
    slack: SlackSandbox, files: SlackWebFiles, pauses: list[float], tmp_path: Path
) -> None:
    content = PNG.ljust(3_000_000, b"\1")
    file = slack.add_file("ana", name="logo.png", content=content)
    slack.faults.add("file download", Fault("cut"), times=2)

    _, got = await content_of(files, file.id)

    assert got == content
    assert pauses == [1.0, 2.0]
    assert left_in(tmp_path) == []


async def test_host_that_trickles_is_given_up_and_tried_again(
    slack: SlackSandbox, files: SlackWebFiles, monkeypatch: pytest.MonkeyPatch, pauses: list[float]
) -> None:
    file = slack.add_file("ana", name="logo.png", content=PNG)
    slack.faults.add("file download", Fault("slow", seconds=1))
    monkeypatch.setattr("bot.slack.files.FIRST_BYTE_S", 0.3)

    _, got = await content_of(files, file.id)

    assert got == PNG
    assert pauses[0] == 1.0


def test_whole_download_may_take_longer_the_larger_the_file_is() -> None:
    assert budget_s(1_000) < 61
    assert budget_s(500_000_000) > 14 * 60  # at 5 Mbit/s it takes 14 minutes
    assert budget_s(SLACK_FILE_MAX_BYTES) > 27 * 60


@pytest.mark.skipif(not FULL.exists(), reason="only Linux has it")
async def test_full_disk_is_told_as_something_that_passes(
    slack: SlackSandbox, files: SlackWebFiles, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    full = tmp_path / "full"
    full.symlink_to(FULL)
    monkeypatch.setattr(files, "_new_path", lambda: full)
    file = slack.add_file("ana", name="logo.png", content=PNG.ljust(2_000_000, b"\0"))

    with pytest.raises(SlackUnavailable) as caught:
        await content_of(files, file.id)

    assert caught.value.code == "disk_full"
    assert caught.value.retryable
    assert "no room left" in caught.value.message


async def test_png_that_is_a_zip_is_unusable(slack: SlackSandbox, files: SlackWebFiles) -> None:
    file = slack.add_file("ana", name="logo.png", content=a_zip())

    error = await refused(files, file.id)

    assert "ZIP archive" in error.message
    assert "PNG, JPEG" in error.hint


@pytest.mark.parametrize("mode", ["tombstone", "quip", "post", "hidden_by_limit", "external"])
async def test_file_without_bytes_is_refused_before_any_download(
    slack: SlackSandbox, files: SlackWebFiles, mode: str
) -> None:
    file = slack.add_file("ana", name="logo.png", content=PNG, mode=mode)

    assert "logo.png" in (await refused(files, file.id)).message


# -- who may see the token


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://slack.com/x", True),
        ("https://files.slack.com/files-pri/T1-F1/a.png", True),
        ("http://127.0.0.1:7000/files-pri/x", True),
        ("http://127.0.0.1:7001/files-pri/x", False),
        ("https://127.0.0.1:7000/files-pri/x", False),
        ("http://files.slack.com/x", False),
        ("https://slack.com.evil.example/x", False),
        ("https://evilslack.com/x", False),
        ("https://files.slack.com@evil.example/x", False),
        ("https://evil.example/files.slack.com", False),
        ("file:///etc/passwd", False),
        ("", False),
    ],
)
async def test_token_is_for_the_api_host_and_slack_only(url: str, allowed: bool) -> None:
    async with slack_session() as session:
        files = SlackWebFiles(
            slack_client("t", "http://127.0.0.1:7000/api/", session), FixedToken("t")
        )

        assert files.may_see_token(httpx.URL(url)) is allowed

        await files.close()


async def test_address_on_another_host_is_never_asked(
    slack: SlackSandbox, files: SlackWebFiles
) -> None:
    async with SlackSandbox() as elsewhere:
        file = slack.add_file("ana", name="logo.png", content=PNG)
        trap = elsewhere.add_file("ana", name="logo.png", content=PNG)
        file.base_url = trap.base_url
        elsewhere.faults.add("file download", Fault("status", 200, "caught"))

        error = await refused(files, file.id)

        assert elsewhere.faults.used["file download"] == 0
    assert error.code == "file_outside_slack"
