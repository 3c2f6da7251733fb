"""Files in the Slack stand-in: uploads in three steps, downloads, files hard to read."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.sandbox.faults import Fault
from bot.sandbox.slack.server import SlackSandbox
from tests.sandbox.slack.world import client_for, refusal


@pytest.fixture
async def slack() -> AsyncIterator[SlackSandbox]:
    async with SlackSandbox() as sandbox:
        yield sandbox


@pytest.fixture
async def web_session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def uploaded(slack: SlackSandbox, session: aiohttp.ClientSession, content: bytes) -> str:
    step = await client_for(slack).files_getUploadURLExternal(
        filename="video.mp4", length=len(content)
    )
    async with session.post(step["upload_url"], data=content) as response:
        assert response.status == 200
    name: str = step["file_id"]
    return name


async def test_share_of_a_file_with_alt_text_is_lost_on_request_and_stands_the_next_time(
    slack: SlackSandbox, web_session: aiohttp.ClientSession
) -> None:
    client, general = client_for(slack), slack.channel("general").id
    slack.state.alt_text_shares_to_lose = 1
    step = await client.files_getUploadURLExternal(filename="p.png", length=1, alt_txt="A cat.")
    async with web_session.post(step["upload_url"], data=b"x"):
        pass

    seen = []
    for _ in range(2):
        files = [{"id": step["file_id"]}]
        assert (await client.files_completeUploadExternal(files=files, channel_id=general))["ok"]
        seen.append(len(slack.messages("general")))

    assert seen == [0, 1]
    assert (await client.files_info(file=step["file_id"]))["file"]["alt_txt"] == "A cat."


async def fetched(session: aiohttp.ClientSession, url: str, token: str) -> tuple[int, str, bytes]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with session.get(url, headers=headers) as response:
        return response.status, response.content_type, await response.read()


async def test_upload_lands_in_the_thread_and_can_be_read_again(
    slack: SlackSandbox, web_session: aiohttp.ClientSession
) -> None:
    client, general = client_for(slack), slack.channel("general").id
    root = await client.chat_postMessage(channel=general, text="root")
    file_id = await uploaded(slack, web_session, b"moving pictures")
    await client.files_completeUploadExternal(
        files=[{"id": file_id, "title": "My video"}],
        channel_id=general,
        thread_ts=root["ts"],
        initial_comment="here",
    )
    reply = slack.thread(general, root["ts"])[1]
    info = (await client.files_info(file=file_id))["file"]
    _, kind, content = await fetched(web_session, info["url_private_download"], slack.bot_token)

    assert (reply.text, [file.id for file in reply.files]) == ("here", [file_id])
    assert info["shares"]["public"][general][0]["ts"] == reply.ts
    assert info["title"] == "My video"
    assert (kind, content) == ("video/mp4", b"moving pictures")


async def test_sdk_upload_helper_is_understood(slack: SlackSandbox) -> None:
    general = slack.channel("general").id
    await client_for(slack).files_upload_v2(filename="captions.srt", content="1\n", channel=general)

    assert slack.messages("general")[0].files[0].name == "captions.srt"


async def test_upload_as_a_form_is_understood(
    slack: SlackSandbox, web_session: aiohttp.ClientSession
) -> None:
    step = await client_for(slack).files_getUploadURLExternal(filename="a.txt", length=5)
    form = aiohttp.FormData()
    form.add_field("file", b"words", filename="a.txt")
    async with web_session.post(step["upload_url"], data=form) as response:
        assert response.status == 200

    content = slack.files[step["file_id"]].content
    assert isinstance(content, Path)
    assert content.read_bytes() == b"words"


@pytest.mark.parametrize("sent", [b"too long for it", b"few"], ids=["more", "less"])
async def test_upload_of_another_length_is_refused(
    slack: SlackSandbox, web_session: aiohttp.ClientSession, sent: bytes
) -> None:
    client, general = client_for(slack), slack.channel("general").id
    step = await client.files_getUploadURLExternal(filename="a.txt", length=5)
    async with web_session.post(step["upload_url"], data=sent) as response:
        assert response.status == 400
    body = await refusal(
        client.files_completeUploadExternal(files=[{"id": step["file_id"]}], channel_id=general)
    )

    assert body["error"] == "file_not_found"


async def test_completing_needs_membership_even_with_the_public_scope(
    slack: SlackSandbox, web_session: aiohttp.ClientSession
) -> None:
    away = slack.add_channel("away", bot_is_member=False)
    file_id = await uploaded(slack, web_session, b"x")
    body = await refusal(
        client_for(slack).files_completeUploadExternal(files=[{"id": file_id}], channel_id=away.id)
    )

    assert body["error"] == "not_in_channel"
    assert not away.messages


async def test_completing_twice_shares_twice(
    slack: SlackSandbox, web_session: aiohttp.ClientSession
) -> None:
    general = slack.channel("general").id
    file_id = await uploaded(slack, web_session, b"x")
    for _ in range(2):
        await client_for(slack).files_completeUploadExternal(
            files=[{"id": file_id}], channel_id=general
        )

    assert len(slack.messages("general")) == 2


async def test_upload_that_is_dropped_after_the_bytes_can_be_completed(
    slack: SlackSandbox, web_session: aiohttp.ClientSession
) -> None:
    slack.faults.add("file upload", Fault("drop_after"))
    client = client_for(slack)
    step = await client.files_getUploadURLExternal(filename="a.txt", length=1)
    with pytest.raises(aiohttp.ClientError):
        await web_session.post(step["upload_url"], data=b"x")
    await client.files_completeUploadExternal(files=[{"id": step["file_id"]}])

    assert slack.files[step["file_id"]].completed
    assert not slack.messages("general")


async def test_length_of_nothing_is_a_missing_argument(slack: SlackSandbox) -> None:
    body = await refusal(
        client_for(slack).files_getUploadURLExternal(filename="empty.txt", length=0)
    )

    assert body["error"] == "missing_argument"


@pytest.mark.parametrize(
    ("token", "fields"),
    [
        pytest.param("", {}, id="no-token"),
        pytest.param("xoxb-wrong", {}, id="wrong-token"),
        pytest.param("xoxb-sandbox", {"html_login": True}, id="told-to"),
    ],
)
async def test_download_gives_the_login_page(
    slack: SlackSandbox,
    web_session: aiohttp.ClientSession,
    token: str,
    fields: dict[str, Any],
) -> None:
    file = slack.add_file("ana", name="a.png", content=b"png", **fields)
    url = file.as_json()["url_private_download"]
    status, kind, content = await fetched(web_session, url, token)

    assert (status, kind) == (200, "text/html")
    assert content.startswith(b"<!DOCTYPE html>")


async def test_file_still_being_scanned_can_be_read_later(
    slack: SlackSandbox, web_session: aiohttp.ClientSession, tmp_path: Path
) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"words")
    file = slack.add_file("ana", name="a.txt", content=path, scanning_reads=1)
    url = file.as_json()["url_private"]
    first = await fetched(web_session, url, slack.bot_token)
    second = await fetched(web_session, url, slack.bot_token)

    assert first[0] == 404
    assert second == (200, "text/plain", b"words")


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        pytest.param({"deleted": True}, "file_deleted", id="deleted"),
        pytest.param(None, "file_not_found", id="unknown"),
    ],
)
async def test_info_about_a_file_that_is_gone(
    slack: SlackSandbox, fields: dict[str, Any] | None, error: str
) -> None:
    name = "F0NOTHING"
    if fields is not None:
        name = slack.add_file("ana", name="a.png", content=b"png", **fields).id
    body = await refusal(client_for(slack).files_info(file=name))

    assert body["error"] == error


def test_file_from_a_shared_channel_is_pushed_as_an_id_only() -> None:
    slack = SlackSandbox()
    file = slack.add_file("ana", name="a.png", content=b"png", check_file_info=True)

    assert file.as_pushed() == {
        "id": file.id,
        "mode": "file_access",
        "file_access": "check_file_info",
    }


async def test_file_with_an_awkward_name_can_be_read(
    slack: SlackSandbox, web_session: aiohttp.ClientSession
) -> None:
    file = slack.add_file("ana", name="Brief für 50 % + Extra?.md", content=b"words")
    url = file.as_json()["url_private_download"]

    assert (await fetched(web_session, url, slack.bot_token))[2] == b"words"


def test_external_file_points_elsewhere() -> None:
    slack = SlackSandbox()
    file = slack.add_file("ana", name="a.png", content=b"", is_external=True, mode="external")

    assert "127.0.0.1" not in file.as_json()["url_private"]
    assert "url_private_download" not in file.as_json()
