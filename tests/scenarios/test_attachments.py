"""Files and links through the whole bot: large ones, cut off, looked at, named in the prompt."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from bot.sandbox.faults import Fault
from bot.sandbox.heygen.state import SandboxSession
from bot.sandbox.media import media_path
from bot.sandbox.slack.delivery import Answer, ViewErrors
from bot.screens import ids
from tests.scenarios.sandbox_world import PROMPT, World

MP4_HEAD = b"\0\0\0\x18ftypisom\0\0\0\0mp42isom"


@pytest.fixture
async def host() -> AsyncIterator[str]:
    """A web server of somebody else's, with a picture and a page."""

    async def picture(_: web.Request) -> web.FileResponse:
        return web.FileResponse(media_path("logo.png"))

    async def page(_: web.Request) -> web.Response:
        return web.Response(text="<!doctype html><html></html>", content_type="text/html")

    app = web.Application()
    app.add_routes([web.get("/logo.png", picture), web.get("/share", page)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def ask(world: World, values: dict[str, Any]) -> Answer:
    """Fill in the wide form and send it."""
    view = await world.open_composer()
    await world.ana.click(view, ids.MORE_OPTIONS)
    await world.slack.wait_for(lambda: len(view.definitions) > 1 or None, 3.0, "more options")
    channel = world.slack.channel("general").id
    return await world.ana.submit(view, {ids.PROMPT: PROMPT, ids.CHANNEL: channel, **values})


def only_session(world: World) -> SandboxSession:
    (session,) = world.heygen.sessions.values()
    return session


async def test_link_is_looked_at_handed_on_and_named_with_what_it_is_for(
    world: World, host: str
) -> None:
    await ask(world, {ids.LINKS: f"{host}/logo.png: end card"})

    await world.result()

    session = only_session(world)
    assert session.body["files"] == [{"type": "url", "url": f"{host}/logo.png"}]
    assert "“logo.png”, a picture: “end card”" in session.prompt


async def test_link_that_turns_out_to_be_a_page_is_told_in_the_thread_and_costs_nothing(
    world: World, host: str
) -> None:
    await ask(world, {ids.LINKS: f"{host}/share"})

    failure = await world.failure("is a web page")

    assert f"“{host}/share”" in failure.text
    assert world.heygen.sessions == {}


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        (ids.LINKS, "https://192.168.1.7/logo.png", "private network"),
        (ids.LINKS, "my website", "is not a link"),
        (ids.LINKS, "https://example.com/index.html", "is a web page"),
        (ids.NOTES, "logo.png: end card", "nothing attached"),
    ],
)
async def test_line_that_cannot_be_used_is_refused_beside_its_field(
    world: World, field: str, typed: str, words: str
) -> None:
    answer = await ask(world, {field: typed})

    assert isinstance(answer, ViewErrors), answer
    assert set(answer.errors) == {field}
    assert words in answer.errors[field]
    assert await world.bot.store.jobs.recent(1) == []


async def test_files_are_named_with_what_they_are_for(world: World, host: str) -> None:
    logo = world.slack.add_file(world.ana.user, name="logo.png", content=media_path("logo.png"))
    brief = world.slack.add_file(world.ana.user, name="brief.pdf", content=media_path("brief.pdf"))
    notes = "Logo.png: end card\n2: the numbers"

    await ask(world, {ids.ATTACHMENTS: [logo, brief], ids.NOTES: notes})

    await world.result()
    session = only_session(world)
    assert "“logo.png”, a picture: “end card”" in session.prompt
    assert "“brief.pdf”, a document: “the numbers”" in session.prompt
    assert [file["type"] for file in session.body["files"]] == ["asset_id"] * 2


async def test_large_file_of_a_message_comes_to_heygen_by_way_of_its_storage(
    world: World, tmp_path: Path
) -> None:
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(MP4_HEAD)
    os.truncate(clip, 40_000_000)
    file = world.slack.add_file(world.ana.user, name="clip.mp4", content=clip)
    message = world.ana.say("Cut this down to half a minute.", files=[file])
    await world.ana.message_shortcut(message, ids.VIDEO_FROM_MESSAGE)
    view = await world.ana.wait_for_view()

    await world.ana.submit(view)

    await world.result()
    (asset,) = world.heygen.assets.values()
    assert (asset.filename, asset.size_bytes) == ("clip.mp4", 40_000_000)
    assert only_session(world).body["files"] == [{"type": "asset_id", "asset_id": asset.asset_id}]
    routes = [request.route for request in world.heygen.requests]
    assert "POST /v3/assets/direct-uploads" in routes
    assert "POST /v3/assets" not in routes


async def test_download_that_is_cut_off_comes_whole_in_the_end(
    world: World, tmp_path: Path
) -> None:
    logo = world.slack.add_file(world.ana.user, name="logo.png", content=media_path("logo.png"))
    world.slack.faults.add("file download", Fault("cut"), times=2)

    await world.ask(files=[logo])

    await world.result()
    (asset,) = world.heygen.assets.values()
    assert asset.size_bytes == media_path("logo.png").stat().st_size
    assert list((tmp_path / "bot.db.files").iterdir()) == []
