"""The bot's own files in Slack: three steps against the stand-in, and what breaks in each."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain import texts
from bot.domain.errors import (
    SlackBusy,
    SlackError,
    SlackOutcomeUnknown,
    SlackRefused,
    SlackUnavailable,
)
from bot.domain.ports.files import FileContent
from bot.sandbox.faults import Fault
from bot.sandbox.slack.server import SlackSandbox
from bot.slack.uploads import CHUNK_BYTES, SlackWebUploads

GET_URL = "files.getUploadURLExternal"
SEND = "file upload"
COMPLETE = "files.completeUploadExternal"


@pytest.fixture
async def uploads(client: AsyncWebClient) -> AsyncIterator[SlackWebUploads]:
    uploads = SlackWebUploads(client)
    yield uploads
    await uploads.close()


@pytest.fixture
def video(tmp_path: Path) -> FileContent:
    """More than one chunk, and no whole number of them."""
    path = tmp_path / "v.mp4"
    path.write_bytes(bytes(range(256)) * (CHUNK_BYTES // 256) * 2 + b"end")
    return FileContent(path, "A-film.mp4", "video/mp4", path.stat().st_size)


def general(slack: SlackSandbox) -> str:
    return slack.channel("general").id


def refusal(code: str) -> Fault:
    return Fault("status", 200, json.dumps({"ok": False, "error": code}))


def shares(slack: SlackSandbox) -> int:
    return sum(len(m.files) for m in slack.messages("general"))


async def test_file_arrives_byte_for_byte_in_its_thread(
    slack: SlackSandbox, uploads: SlackWebUploads, video: FileContent
) -> None:
    root = slack.state.post(slack.channel("general"), slack.bot.id, "card")

    file_id = await uploads.upload(video)
    assert shares(slack) == 0
    await uploads.share(file_id, general(slack), root.ts)

    reply = slack.thread(general(slack), root.ts)[1]
    [file] = reply.files
    assert (file.id, file.name, file.mimetype) == (file_id, "A-film.mp4", "video/mp4")
    assert isinstance(file.content, Path)
    assert file.content.read_bytes() == video.path.read_bytes()


async def test_words_for_a_picture_go_along_in_the_reader_s_language(
    slack: SlackSandbox, uploads: SlackWebUploads, video: FileContent
) -> None:
    words = texts.PREVIEW_ALT.format(prompt="our <new> office & you")

    ids = [await uploads.upload(video, alt_text=words, locale=code) for code in ("", "de-DE")]
    without = await uploads.upload(video)

    english, german = (slack.files[id].alt_text for id in ids)
    assert english == "Preview picture of the video about: our <new> office & you"
    assert "our <new> office & you" in german != english
    assert slack.files[without].alt_text == ""


async def test_share_that_slack_loses_is_not_told_as_shared(
    slack: SlackSandbox, uploads: SlackWebUploads, video: FileContent
) -> None:
    slack.state.alt_text_shares_to_lose = 1
    file_id = await uploads.upload(video, alt_text="A picture.")

    await uploads.share(file_id, general(slack), None)

    assert not await uploads.is_shared(file_id, general(slack))
    assert shares(slack) == 0


async def test_share_is_known_by_its_channel_only(
    slack: SlackSandbox, uploads: SlackWebUploads, video: FileContent
) -> None:
    other = slack.add_channel("other")
    file_id = await uploads.upload(video)
    assert not await uploads.is_shared(file_id, general(slack))

    await uploads.share(file_id, general(slack), None)

    assert await uploads.is_shared(file_id, general(slack))
    assert not await uploads.is_shared(file_id, other.id)


@pytest.mark.parametrize("kind", ["private channel", "direct message"])
async def test_share_in_a_closed_place_is_known_too(
    slack: SlackSandbox, uploads: SlackWebUploads, video: FileContent, kind: str
) -> None:
    secret = slack.add_channel("secret", is_private=True)
    direct = slack.state.direct_channel(slack.bot.id, slack.state.user("ana").id)
    place = secret if kind == "private channel" else direct
    file_id = await uploads.upload(video)

    await uploads.share(file_id, place.id, None)

    assert await uploads.is_shared(file_id, place.id)


@pytest.mark.parametrize("kind", ["drop_before", "drop_after", "status_after"])
async def test_lost_answer_of_a_share_is_unclear_and_not_sent_again(
    slack: SlackSandbox, uploads: SlackWebUploads, video: FileContent, kind: str
) -> None:
    file_id = await uploads.upload(video)
    slack.faults.add(COMPLETE, Fault(kind, 503))  # type: ignore[arg-type]

    with pytest.raises(SlackOutcomeUnknown):
        await uploads.share(file_id, general(slack), None)

    is_done = kind != "drop_before"
    assert await uploads.is_shared(file_id, general(slack)) is is_done
    assert shares(slack) == is_done


@pytest.mark.parametrize("route", [GET_URL, SEND])
@pytest.mark.parametrize("kind", ["drop_before", "drop_after", "status"])
async def test_upload_that_breaks_has_shown_nothing_and_may_be_done_again(
    slack: SlackSandbox, uploads: SlackWebUploads, video: FileContent, route: str, kind: str
) -> None:
    slack.faults.add(route, Fault(kind, 503))  # type: ignore[arg-type]

    with pytest.raises(SlackUnavailable):
        await uploads.upload(video)

    await uploads.share(await uploads.upload(video), general(slack), None)
    assert shares(slack) == 1


@pytest.mark.parametrize("route", [GET_URL, SEND, COMPLETE])
async def test_slow_down_is_handed_on(
    slack: SlackSandbox, uploads: SlackWebUploads, video: FileContent, route: str
) -> None:
    slack.faults.add(route, Fault("status", 429, "{}", headers={"Retry-After": "7"}))

    with pytest.raises(SlackBusy) as caught:
        await uploads.share(await uploads.upload(video), general(slack), None)

    assert caught.value.retry_after_s == 7


@pytest.mark.parametrize("route", [GET_URL, COMPLETE])
@pytest.mark.parametrize("code", ["file_uploads_disabled", "storage_limit_reached"])
async def test_refusal_keeps_slacks_word(
    slack: SlackSandbox, uploads: SlackWebUploads, video: FileContent, route: str, code: str
) -> None:
    slack.faults.add(route, refusal(code))

    with pytest.raises(SlackRefused) as caught:
        await uploads.share(await uploads.upload(video), general(slack), None)

    assert caught.value.code == code


async def test_channel_without_the_bot_takes_no_file(
    slack: SlackSandbox, uploads: SlackWebUploads, video: FileContent
) -> None:
    plans = slack.add_channel("plans", bot_is_member=False)

    with pytest.raises(SlackRefused, match="not_in_channel"):
        await uploads.share(await uploads.upload(video), plans.id, None)


async def test_upload_that_is_gone_is_named(uploads: SlackWebUploads) -> None:
    with pytest.raises(SlackRefused, match="file_not_found"):
        await uploads.is_shared("F0GONE", "C1")


@pytest.mark.parametrize("url", ["http://elsewhere.example/upload", "upload", ""])
async def test_video_goes_to_no_address_without_https(
    slack: SlackSandbox, uploads: SlackWebUploads, video: FileContent, url: str
) -> None:
    body = json.dumps({"ok": True, "upload_url": url, "file_id": "F1"})
    slack.faults.add(GET_URL, Fault("status", 200, body))

    with pytest.raises(SlackError, match="unsafe_address"):
        await uploads.upload(video)


async def test_file_that_changed_its_length_is_not_uploaded(
    uploads: SlackWebUploads, video: FileContent
) -> None:
    video.path.write_bytes(b"shorter")

    with pytest.raises(SlackUnavailable):
        await uploads.upload(video)


async def test_client_that_repeats_by_itself_is_refused(slack: SlackSandbox) -> None:
    with pytest.raises(ValueError, match="slack_client"):
        SlackWebUploads(AsyncWebClient(token="xoxb-t", base_url=slack.api_url))
