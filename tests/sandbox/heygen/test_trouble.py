"""The HeyGen stand-in in trouble: planned faults, repeats of a request, callbacks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from aiohttp import web

from bot.sandbox.faults import Fault, edge_page
from bot.sandbox.heygen.server import Outcome
from tests.sandbox.heygen.world import KEY, RENDER_S, World, heygen_world, stranger

CREATE = "POST /v3/video-agents"


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with heygen_world() as world:
        yield world


async def test_status_fault_answers_as_planned_and_has_no_effect(world: World) -> None:
    page = Fault("status", 503, "<h1>busy</h1>", "text/html", {"Retry-After": "7"}, odd=True)
    world.heygen.faults.add(CREATE, page)

    first, second = await world.post(), await world.post()

    assert (first.status_code, first.text) == (503, "<h1>busy</h1>")
    assert (first.headers["Content-Type"], first.headers["Retry-After"]) == ("text/html", "7")
    assert second.status_code == 200
    assert len(world.heygen.sessions) == 1


async def test_status_fault_on_a_large_upload_can_be_read(world: World) -> None:
    world.heygen.faults.add("POST /v3/assets", Fault("status", 500, odd=True))

    answer = await world.upload(b"\x89PNG\r\n\x1a\n" + bytes(3_000_000))

    assert answer.status_code == 500
    assert world.heygen.assets == {}


@pytest.mark.parametrize(("kind", "made"), [("drop_before", 0), ("drop_after", 1)])
async def test_dropped_connection_gives_no_answer(world: World, kind: Any, made: int) -> None:
    world.heygen.faults.add(CREATE, Fault(kind))

    with pytest.raises(httpx.TransportError):
        await world.post()

    assert len(world.heygen.sessions) == made
    assert world.heygen.requests[-1].status is None


async def test_status_after_fault_hides_that_the_session_exists(world: World) -> None:
    world.heygen.faults.add(
        CREATE, Fault("status_after", 502, "bad gateway", "text/plain", odd=True)
    )

    answer = await world.post()

    assert answer.status_code == 502
    assert len(world.heygen.sessions) == 1


async def test_slow_answer_takes_effect_though_the_caller_has_gone(world: World) -> None:
    world.heygen.faults.add(CREATE, Fault("slow", seconds=0.05))

    timeout = httpx.Timeout(5, read=0.01)

    with pytest.raises(httpx.ReadTimeout):
        await world.http.post("/v3/video-agents", json={"prompt": "tea"}, timeout=timeout)
    await asyncio.sleep(0.1)

    assert len(world.heygen.sessions) == 1


async def test_caller_that_hangs_up_in_an_upload_leaves_no_asset(world: World) -> None:
    address = httpx.URL(world.heygen.url)
    _, wire = await asyncio.open_connection(address.host, address.port)
    form = "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 99999\r\n\r\n"
    part = '--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nhello'
    key = f"User-Agent: t\r\nX-Api-Key: {KEY}\r\n"
    wire.write(f"POST /v3/assets HTTP/1.1\r\nHost: x\r\n{key}{form}{part}".encode())
    await wire.drain()
    await asyncio.sleep(0.02)
    wire.transport.abort()
    await asyncio.sleep(0.02)

    assert [request.status for request in world.heygen.requests] == [None]
    assert world.heygen.assets == {}


async def test_cut_answer_breaks_off_though_the_session_is_made(world: World) -> None:
    world.heygen.faults.add(CREATE, Fault("cut"))

    with pytest.raises(httpx.RemoteProtocolError):
        await world.post()

    assert len(world.heygen.sessions) == 1


async def test_spell_without_routes_is_an_outage_until_it_ends(world: World) -> None:
    spell = world.heygen.faults.begin(Fault("status", 503, odd=True))

    down = [await world.post(), await world.http.get("/v3/video-agents")]
    world.heygen.faults.end(spell)

    assert [answer.status_code for answer in down] == [503, 503]
    assert (await world.post()).status_code == 200


async def test_list_can_be_down_while_all_else_works(world: World) -> None:
    session = await world.create()
    world.heygen.faults.begin(Fault("status", 500, odd=True), routes={"GET /v3/video-agents"})

    assert (await world.http.get("/v3/video-agents")).status_code == 500
    assert (await world.session(session))["session_id"] == session.session_id


async def test_one_session_hangs_while_the_others_answer(world: World) -> None:
    stuck, other = await world.create(), await world.create()
    path = f"/v3/video-agents/{stuck.session_id}"
    world.heygen.faults.begin(Fault("slow", seconds=60), path=path)

    with pytest.raises(httpx.ReadTimeout):
        await world.http.get(path, timeout=httpx.Timeout(5, read=0.05))

    assert (await world.session(other))["session_id"] == other.session_id


@pytest.mark.parametrize("status", [403, 404, 502, 503])
async def test_edge_answers_with_a_page_of_its_own(world: World, status: int) -> None:
    world.heygen.faults.begin(edge_page(status))

    answer = await world.post()

    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "text/html")
    assert "<h1>" in answer.text
    assert world.heygen.sessions == {}


async def test_connections_are_refused_until_heygen_comes_back(world: World) -> None:
    session = await world.create()
    await world.heygen.stop()
    with pytest.raises(httpx.ConnectError):
        await world.post()

    await world.heygen.come_back()

    assert (await world.session(session))["session_id"] == session.session_id


async def test_list_shows_one_session_late_and_another_at_once(world: World) -> None:
    world.heygen.script("late", Outcome(listed_after_s=90))
    late, prompt = await world.create("late"), await world.create("prompt")

    first = [s["session_id"] for s in await world.data("/v3/video-agents")]
    world.clock.forward(90)
    then = [s["session_id"] for s in await world.data("/v3/video-agents")]

    assert first == [prompt.session_id]
    assert then == [prompt.session_id, late.session_id]


@pytest.mark.parametrize("status", [404, 403, 200])
async def test_link_leads_to_the_video_some_seconds_after_it_is_told(
    world: World, status: int
) -> None:
    world.heygen.script("", Outcome(late_file_s=30, late_file_status=status))
    session = await world.create()
    world.clock.forward(RENDER_S)
    link = (await world.video(session))["video_url"]
    async with stranger() as http:
        early = await http.get(link)
        world.clock.forward(30)
        later = await http.get(link)

    assert (early.status_code, early.headers["Content-Type"] == "video/mp4") == (status, False)
    assert (later.status_code, later.headers["Content-Type"]) == (200, "video/mp4")


@pytest.mark.parametrize(
    ("route", "path"),
    [
        ("GET /v3/video-agents", "/v3/video-agents"),
        ("GET /v3/video-agents/{session_id}", "/v3/video-agents/s"),
        ("GET /v3/video-agents/{session_id}/videos", "/v3/video-agents/s/videos"),
        ("GET /v3/videos/statuses", "/v3/videos/statuses?video_ids=v"),
        ("GET /v3/videos/{video_id}", "/v3/videos/v"),
        ("GET /v3/users/me", "/v3/users/me"),
        ("GET /files/{name}", "/files/v.mp4"),
    ],
)
async def test_every_read_can_be_planned_to_fail(world: World, route: str, path: str) -> None:
    world.heygen.faults.add(route, Fault("status", 500, odd=True))

    assert (await world.http.get(path)).status_code == 500


async def test_stop_can_be_planned_to_fail(world: World) -> None:
    world.heygen.faults.add(
        "POST /v3/video-agents/{session_id}/stop", Fault("status", 500, odd=True)
    )
    session = await world.create()

    answer = await world.http.post(f"/v3/video-agents/{session.session_id}/stop", json={})

    assert (answer.status_code, session.stopped_at) == (500, None)


async def test_same_key_gets_the_first_answer_for_a_day(world: World) -> None:
    first = await world.post(key="job-1")
    world.clock.forward(24 * 3600 - 1)
    repeat = await world.post({"prompt": "something else"}, key="job-1")
    world.clock.forward(1)
    late = await world.post(key="job-1")

    assert repeat.json() == first.json()
    assert late.json() != first.json()
    assert len(world.heygen.sessions) == 2


async def test_same_key_finds_the_session_whose_answer_was_lost(world: World) -> None:
    world.heygen.faults.add(CREATE, Fault("drop_after"))
    with pytest.raises(httpx.TransportError):
        await world.post(key="job-1")

    answer = await world.post(key="job-1")

    assert [answer.json()["data"]["session_id"]] == list(world.heygen.sessions)


async def test_same_key_while_the_first_is_running_is_a_conflict(world: World) -> None:
    world.heygen.faults.add(CREATE, Fault("slow", seconds=0.2))

    answers = await asyncio.gather(world.post(key="job-1"), world.post(key="job-1"))

    taken, refused = sorted(answers, key=lambda answer: answer.status_code)
    assert (taken.status_code, refused.status_code) == (200, 409)
    assert refused.json()["error"]["code"] == "request_in_progress"


@pytest.mark.wrong_requests
async def test_refused_request_may_be_sent_again_with_its_key(world: World) -> None:
    await world.post({"prompt": ""}, key="job-1")

    assert (await world.post(key="job-1")).status_code == 200


async def test_key_that_is_not_honoured_makes_a_session_each_time() -> None:
    async with heygen_world(honour_idempotency=False) as world:
        for _ in range(2):
            await world.post(key="job-1")

        assert [s.idempotency_key for s in world.heygen.sessions.values()] == ["job-1", "job-1"]


async def test_upload_with_the_same_key_makes_one_asset() -> None:
    async with heygen_world(honour_idempotency=False) as world:
        png = b"\x89PNG\r\n\x1a\n"
        answers = [await world.upload(png, **{"Idempotency-Key": "a-1"}) for _ in range(2)]

        assert answers[0].json() == answers[1].json()
        assert len(world.heygen.assets) == 1


class Receiver:
    """Takes callbacks; `answers` are the statuses of the next ones, afterwards 200."""

    def __init__(self, *answers: int) -> None:
        self.url = ""
        self.answers = list(answers)
        self.bodies: list[dict[str, Any]] = []
        self.headers: list[Any] = []
        self._came = asyncio.Condition()

    async def take(self, request: web.Request) -> web.Response:
        async with self._came:
            self.bodies.append(await request.json())
            self.headers.append(request.headers)
            self._came.notify_all()
        return web.Response(status=self.answers.pop(0) if self.answers else 200)

    async def wait_for(self, count: int) -> None:
        async with asyncio.timeout(2), self._came:
            await self._came.wait_for(lambda: len(self.bodies) >= count)


@asynccontextmanager
async def receiving(*answers: int) -> AsyncIterator[Receiver]:
    receiver, app = Receiver(*answers), web.Application()
    app.router.add_post("/cb", receiver.take)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}/cb"
    try:
        yield receiver
    finally:
        await runner.cleanup()


async def test_finished_session_tells_its_callback_url_unsigned(world: World) -> None:
    async with receiving() as receiver:
        session = await world.create(callback_url=receiver.url, callback_id="job-1")
        world.clock.forward(RENDER_S)
        await receiver.wait_for(1)

    [body], [headers] = receiver.bodies, receiver.headers
    data = body["event_data"]
    assert body["event_type"] == "video_agent.success"
    assert (data["session_id"], data["video_id"]) == (session.session_id, session.video_id)
    assert data["callback_id"] == "job-1"
    assert not [name for name in headers if "signature" in name.lower()]


@pytest.mark.parametrize("video_id_known", [True, False])
async def test_failed_session_tells_its_callback_url(world: World, video_id_known: bool) -> None:
    outcome = Outcome(video="failed", fails_at_session=not video_id_known, failure_message="Hm")
    world.heygen.script("", outcome)
    async with receiving() as receiver:
        await world.create(callback_url=receiver.url)
        world.clock.forward(RENDER_S)
        await receiver.wait_for(1)

    assert receiver.bodies[0]["event_type"] == "video_agent.fail"
    assert (receiver.bodies[0]["event_data"]["video_id"] is not None) is video_id_known


async def test_stopped_session_tells_its_callback_url_at_once(world: World) -> None:
    async with receiving() as receiver:
        session = await world.create(callback_url=receiver.url)
        await world.http.post(f"/v3/video-agents/{session.session_id}/stop", json={})
        await receiver.wait_for(1)

    assert receiver.bodies[0]["event_type"] == "video_agent.fail"


async def test_callback_is_tried_again_until_it_is_taken(world: World) -> None:
    async with receiving(500, 404) as receiver:
        session = await world.create(callback_url=receiver.url)
        await world.heygen.send_callback(session.session_id)

    assert [sent.status for sent in world.heygen.callbacks] == [500, 404, 200]
    assert session.callback_sent_at == world.clock()


async def test_callback_nobody_takes_is_given_up_after_three_tries(world: World) -> None:
    session = await world.create(callback_url="http://127.0.0.1:9/cb")

    await world.heygen.send_callback(session.session_id)

    assert [sent.status for sent in world.heygen.callbacks] == [None, None, None]
    assert session.callback_sent_at is None


async def test_callback_can_be_repeated(world: World) -> None:
    async with receiving() as receiver:
        session = await world.create(callback_url=receiver.url)
        await world.heygen.send_callback(session.session_id, times=2)

    assert receiver.bodies[0] == receiver.bodies[1]


async def test_callback_to_another_machine_is_kept_but_not_dialled(world: World) -> None:
    session = await world.create(callback_url="https://bot.example.test/cb")

    await world.heygen.send_callback(session.session_id)

    assert {sent.url for sent in world.heygen.callbacks} == {"https://bot.example.test/cb"}
    assert {sent.status for sent in world.heygen.callbacks} == {None}
