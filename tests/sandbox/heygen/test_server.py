"""How sessions and videos of the HeyGen stand-in go their way."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator

import httpx
import pytest

from bot.sandbox.heygen.server import HeyGenSandbox, Message, Outcome
from bot.sandbox.media import media_path
from tests.sandbox.heygen.world import RENDER_S, World, heygen_world, stranger


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with heygen_world() as world:
        yield world


async def test_time_passes_and_session_thinks_generates_completes(world: World) -> None:
    session = await world.create()
    seen = []
    for _ in range(3):
        told = await world.session(session)
        seen.append((told["status"], told["progress"]))
        world.clock.forward(RENDER_S / 2)

    assert seen == [("thinking", 0), ("generating", 50), ("completed", 100)]


async def test_time_passes_and_video_is_pending_processing_completed(world: World) -> None:
    session = await world.create()
    seen = []
    for _ in range(3):
        seen.append((await world.video(session))["status"])
        world.clock.forward(RENDER_S / 2)

    assert seen == ["pending", "processing", "completed"]


async def test_video_id_comes_late_when_asked_to() -> None:
    async with heygen_world(video_id_delay_s=30) as world:
        created = (await world.post()).json()["data"]
        session = world.heygen.sessions[created["session_id"]]
        early = await world.http.get(f"/v3/videos/{session.assigned_video_id}")
        world.clock.forward(30)

        assert created["video_id"] is None
        assert early.json()["error"]["code"] == "video_not_found"
        assert (await world.session(session))["video_id"] == session.assigned_video_id


async def test_oldest_message_is_the_prompt(world: World) -> None:
    session = await world.create("A very particular prompt")
    world.clock.forward(RENDER_S)

    oldest = (await world.session(session))["messages"][-1]

    assert (oldest["role"], oldest["content"]) == ("user", "A very particular prompt")


@pytest.mark.parametrize(
    ("asked", "file_name"),
    [("portrait", "portrait.mp4"), ("landscape", "landscape.mp4"), (None, "landscape.mp4")],
)
async def test_finished_video_streams_in_the_orientation_asked_for(
    world: World, asked: str | None, file_name: str
) -> None:
    session = await world.create(orientation=asked)
    world.clock.forward(RENDER_S)
    link = (await world.video(session))["video_url"]
    digest = hashlib.sha256()

    async with stranger() as http, http.stream("GET", link) as file:
        async for chunk in file.aiter_bytes(4096):
            digest.update(chunk)

    expected = media_path(file_name).read_bytes()
    assert file.headers["Content-Type"] == "video/mp4"
    assert file.headers["Content-Length"] == str(len(expected))
    assert digest.hexdigest() == hashlib.sha256(expected).hexdigest()


async def test_download_with_the_api_key_is_refused(world: World) -> None:
    session = await world.create()
    world.clock.forward(RENDER_S)

    answer = await world.http.get((await world.video(session))["video_url"])

    assert answer.status_code == 400


async def test_link_expires_and_the_next_read_gives_a_fresh_one(world: World) -> None:
    session = await world.create()
    world.clock.forward(RENDER_S)
    stale = (await world.video(session))["video_url"]
    world.clock.forward(7 * 24 * 3600)
    fresh = (await world.video(session))["video_url"]

    async with stranger() as http:
        statuses = [(await http.get(link)).status_code for link in (stale, fresh)]

    assert statuses == [403, 200]


async def test_link_without_its_signature_is_refused(world: World) -> None:
    session = await world.create()

    async with stranger() as http:
        bare = f"{world.heygen.url}/files/{session.assigned_video_id}.mp4"
        answers = [await http.get(bare), await http.get(f"{bare}?Expires=x&Signature=é")]

    assert [answer.status_code for answer in answers] == [403, 403]


async def test_subtitles_and_thumbnail_can_be_fetched(world: World) -> None:
    world.heygen.default_outcome = Outcome(has_subtitles=True)
    session = await world.create()
    world.clock.forward(RENDER_S)
    video = await world.video(session)

    async with stranger() as http:
        srt = await http.get(video["subtitle_url"])
        png = await http.get(video["thumbnail_url"])

    assert " --> " in srt.text
    assert png.content.startswith(b"\x89PNG")


async def test_video_page_shows_the_title_as_text(world: World) -> None:
    session = await world.create("<script>tea</script>")
    world.clock.forward(RENDER_S)

    page = await world.http.get((await world.video(session))["video_page_url"])

    assert "&lt;script&gt;tea" in page.text


async def test_script_concerns_one_session_only(world: World) -> None:
    world.heygen.script("tea", Outcome(video="failed", failure_code="x", failure_message="Too hot"))
    first, second = await world.create("tea, please"), await world.create("more tea")
    world.clock.forward(RENDER_S)

    assert [first.status, second.status] == ["failed", "completed"]
    assert (await world.video(first))["failure_message"] == "Too hot"
    assert (await world.session(first))["messages"][0]["type"] == "error"


async def test_failure_without_a_reason_stays_at_progress_zero(world: World) -> None:
    world.heygen.script("", Outcome(video="failed"))
    session = await world.create()
    world.clock.forward(RENDER_S)
    told, video = await world.session(session), await world.video(session)

    assert (told["status"], told["progress"]) == ("failed", 0)
    assert not [m for m in told["messages"] if m["type"] == "error"]
    assert "failure_message" not in video


async def test_session_fails_before_it_has_a_video(world: World) -> None:
    world.heygen.script("", Outcome(fails_at_session=True, failure_message="No avatar"))
    session = await world.create()
    world.clock.forward(RENDER_S)
    told = await world.session(session)

    assert (told["status"], told["video_id"]) == ("failed", None)
    assert await world.data(f"/v3/video-agents/{session.session_id}/videos") == []


async def test_completed_video_has_no_url_for_the_first_reads(world: World) -> None:
    world.heygen.script("", Outcome(completed_without_url_reads=2))
    session = await world.create()
    world.clock.forward(RENDER_S)

    reads = [await world.video(session) for _ in range(3)]

    assert {read["status"] for read in reads} == {"completed"}
    assert [read["video_url"] is None for read in reads] == [True, True, False]


async def test_session_is_gone_once_the_video_is_known(world: World) -> None:
    world.heygen.script("", Outcome(session_404_after_video=True, late_video_id_s=10))
    session = await world.create()
    path = f"/v3/video-agents/{session.session_id}"
    before = await world.http.get(path)
    world.clock.forward(10)
    after = await world.http.get(path)

    assert (before.status_code, after.status_code) == (200, 404)
    assert (await world.video(session))["status"] == "pending"


async def test_unknown_status_word_is_told_for_the_first_reads(world: World) -> None:
    world.heygen.script("", Outcome(odd_status="polishing", odd_status_reads=1))
    session = await world.create()

    assert [(await world.session(session))["status"] for _ in range(2)] == ["polishing", "thinking"]
    assert [(await world.video(session))["status"] for _ in range(2)] == ["polishing", "pending"]


async def test_session_that_stays_forever_ends_by_stop_alone(world: World) -> None:
    world.heygen.script("", Outcome(stays_forever=True, messages=(Message("Still at it"),)))
    session = await world.create()
    world.clock.forward(1_000_000)
    told = await world.session(session)
    await world.http.post(f"/v3/video-agents/{session.session_id}/stop", json={})

    assert (told["status"], told["progress"]) == ("generating", 99)
    assert told["messages"][0]["content"] == "Still at it"
    assert (await world.session(session))["status"] == "failed"


async def test_stop_halts_the_render(world: World) -> None:
    session = await world.create()
    answer = await world.http.post(f"/v3/video-agents/{session.session_id}/stop", json={})
    world.clock.forward(RENDER_S)

    assert answer.json() == {"data": {"session_id": session.session_id}}
    assert (await world.video(session))["status"] == "failed"


async def test_stop_after_the_end_changes_nothing(world: World) -> None:
    session = await world.create()
    world.clock.forward(RENDER_S)
    await world.http.post(f"/v3/video-agents/{session.session_id}/stop", json={})

    assert (await world.video(session))["status"] == "completed"


async def test_render_that_ignores_stop_arrives_anyway(world: World) -> None:
    world.heygen.script("", Outcome(ignores_stop=True))
    session = await world.create()
    await world.http.post(f"/v3/video-agents/{session.session_id}/stop", json={})
    world.clock.forward(RENDER_S)

    assert (await world.video(session))["status"] == "completed"


async def test_list_is_newest_first_in_pages(world: World) -> None:
    created = [(await world.create()).session_id for _ in range(5)]
    listed, query = [], {"limit": "2"}
    while True:
        page = (await world.http.get("/v3/video-agents", params=query)).json()
        listed += [entry["session_id"] for entry in page["data"]]
        if not page["has_more"]:
            break
        query["token"] = page["next_token"]

    assert listed == created[::-1]


async def test_list_lags_behind() -> None:
    async with heygen_world(list_lag_s=5) as world:
        session = await world.create()
        early = await world.data("/v3/video-agents")
        world.clock.forward(5)
        late = await world.data("/v3/video-agents")

    assert early == []
    assert [entry["session_id"] for entry in late] == [session.session_id]


async def test_statuses_answer_in_the_order_asked(world: World) -> None:
    first, second = await world.create(), await world.create()
    ids = f"{second.video_id},vid_unknown,{first.video_id}"

    told = await world.data(f"/v3/videos/statuses?video_ids={ids}&batch_ids=b1")

    assert [entry["status"] for entry in told] == ["pending", "not_found", "pending", "not_found"]
    assert told[0]["video_id"] == second.video_id
    assert told[3]["batch_id"] == "b1"


async def test_bulk_that_knows_no_agent_videos_says_not_found() -> None:
    async with heygen_world(bulk_knows_videos=False) as world:
        session = await world.create()
        told = await world.data(f"/v3/videos/statuses?video_ids={session.video_id}")

        assert told[0]["status"] == "not_found"
        assert (await world.video(session))["status"] == "pending"


async def test_upload_is_hashed_and_can_be_attached(world: World) -> None:
    logo = media_path("logo.png").read_bytes()
    told = (await world.upload(logo, "logo.png")).json()["data"]
    asset = world.heygen.assets[told["asset_id"]]
    session = await world.create(files=[{"type": "asset_id", "asset_id": asset.asset_id}])

    assert (asset.filename, asset.mime_type, asset.size_bytes) == (
        "logo.png",
        "image/png",
        len(logo),
    )
    assert asset.sha256 == hashlib.sha256(logo).hexdigest()
    assert session.body["files"][0]["asset_id"] == asset.asset_id


async def test_session_beyond_the_limit_is_told_when_to_come_back() -> None:
    async with heygen_world(max_concurrent=2) as world:
        await world.create()
        world.clock.forward(60)
        await world.create()
        busy = await world.post()
        world.clock.forward(40)
        free = await world.post()

    assert (busy.status_code, busy.headers["Retry-After"]) == (429, "40")
    assert busy.json()["error"]["code"] == "rate_limit_exceeded"
    assert free.status_code == 200


async def test_record_keeps_the_request_and_hides_the_key(world: World) -> None:
    await world.post(key="job-1")
    [record] = world.heygen.requests

    assert (record.method, record.route, record.status) == ("POST", "POST /v3/video-agents", 200)
    assert record.json == {"prompt": "About tea"}
    assert record.headers["idempotency-key"] == "job-1"
    assert record.headers["x-api-key"] == "(hidden)"


async def test_stopped_server_starts_again_with_its_memory() -> None:
    async with heygen_world() as world:
        session = await world.create()
        port = int(world.heygen.url.rpartition(":")[2])
        await world.heygen.stop()
        with pytest.raises(httpx.TransportError):
            await world.session(session)
        await world.heygen.start(port=port)

        assert (await world.session(session))["status"] == "thinking"


async def test_server_stopped_before_its_start_is_left_in_peace() -> None:
    await HeyGenSandbox().stop()
