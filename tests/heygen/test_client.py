"""The client: what it sends, how often, and what it makes of every kind of answer."""

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from bot.domain.errors import (
    VideoAgentBlocked,
    VideoAgentBusy,
    VideoAgentError,
    VideoAgentNotFound,
    VideoAgentOutcomeUnknown,
    VideoAgentRefused,
    VideoAgentUnavailable,
)
from bot.domain.news import NewSession, SessionStatus, VideoStatus
from bot.domain.ports.files import FileContent
from bot.domain.ports.video import VideoAgent
from bot.domain.request.video_request import Orientation
from bot.heygen.client import HeyGenClient, create_body
from bot.heygen.connection import Connection
from bot.sandbox.faults import Fault
from bot.sandbox.heygen.server import HeyGenSandbox
from tests.contract.transport import ContractedTransport

CONTRACT = json.loads((Path(__file__).parents[1] / "contract" / "heygen-v3.json").read_text())
KEY = "hg_test_0123456789abcdef"
CREATE = "POST /v3/video-agents"
UPLOAD = "POST /v3/assets"
LIST = "GET /v3/video-agents"
STOP = "POST /v3/video-agents/{session_id}/stop"
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 2000
LONG = timedelta(days=3_000)
HTML = "<html><body>Log in</body></html>"
SAMPLE_OF_CREATE = CONTRACT["samples"]["POST /v3/video-agents"]["response"]
LIMITED = '{"error": {"code": "rate_limit_exceeded"}}'

ClientOf = Callable[..., HeyGenClient]


def a_new_session(**changes: Any) -> NewSession:
    values = {"key": "job-1", "prompt": "Hello", "orientation": Orientation.LANDSCAPE}
    return NewSession(**(values | changes))


def a_file(folder: Path, data: bytes = PNG, name: str = "photo.png") -> FileContent:
    path = folder / "content"
    path.write_bytes(data)
    return FileContent(path, name, "image/png", len(data))


def sent(heygen: HeyGenSandbox, route: str) -> int:
    return sum(request.route == route for request in heygen.requests)


def schema_of(endpoint: str) -> Draft202012Validator:
    checker = Draft202012Validator.FORMAT_CHECKER
    return Draft202012Validator(CONTRACT["endpoints"][endpoint]["request"], format_checker=checker)


# What is sent


def test_client_is_a_video_agent() -> None:
    agent: VideoAgent = HeyGenClient(KEY)

    assert isinstance(agent, HeyGenClient)


IDS = st.text(min_size=1, max_size=20)
NEW_SESSIONS = st.builds(
    NewSession,
    key=st.from_regex(r"[A-Za-z0-9_\-:.]{1,255}", fullmatch=True),
    prompt=st.text(min_size=1, max_size=200),
    orientation=st.sampled_from(Orientation),
    asset_ids=st.lists(IDS, max_size=20).map(tuple),
    callback_url=st.none() | st.just("") | st.just("https://bot.example.test/heygen/callback/x"),
    callback_id=st.none() | st.just("") | IDS,
)


@given(NEW_SESSIONS)
def test_every_create_body_keeps_the_contract(new: NewSession) -> None:
    body = create_body(new)

    schema_of(CREATE).validate(body)
    assert body["incognito_mode"] is True
    assert body["orientation"] == new.orientation.value
    assert "mode" not in body
    assert None not in body.values()
    assert [one["asset_id"] for one in body.get("files", [])] == list(new.asset_ids)


@given(NEW_SESSIONS.map(lambda new: new.prompt) | st.characters(categories=["Cs"]))
def test_any_prompt_arrives_as_it_was(prompt: str) -> None:
    """Slack's JSON can hold half a surrogate pair, which UTF-8 cannot."""
    requests: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(200, json=SAMPLE_OF_CREATE)

    client = HeyGenClient(KEY, transport=ContractedTransport(handler))
    asyncio.run(client.create_session(a_new_session(prompt=prompt)))

    body = json.loads(requests[0].content)
    schema_of(CREATE).validate(body)
    assert body["prompt"] == prompt


async def test_create_is_sent_with_key_and_idempotency_key(
    client: HeyGenClient, heygen: HeyGenSandbox
) -> None:
    news = await client.create_session(a_new_session())

    (session,) = heygen.sessions.values()
    assert news.session_id == session.session_id
    assert session.idempotency_key == "job-1"
    assert session.body == create_body(a_new_session())


async def test_upload_streams_the_file_under_its_name_and_key(
    client: HeyGenClient, heygen: HeyGenSandbox, tmp_path: Path
) -> None:
    asset_id = await client.upload_asset(a_file(tmp_path, name='a "b" é.png'), "job-1:0")

    asset = heygen.assets[asset_id]
    assert (asset.size_bytes, asset.mime_type) == (len(PNG), "image/png")
    assert asset.idempotency_key == "job-1:0"


async def test_upload_never_holds_more_than_a_chunk(client_of: ClientOf, tmp_path: Path) -> None:
    chunks: list[int] = []

    class Counting(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            assert isinstance(request.stream, httpx.AsyncByteStream)
            chunks.extend([len(chunk) async for chunk in request.stream])
            return httpx.Response(200, json={"data": {"asset_id": "a"}})

    client = HeyGenClient(KEY, transport=Counting())
    await client.upload_asset(a_file(tmp_path, b"\x00" * 1_000_000), "k")
    await client.close()

    assert sum(chunks) > 1_000_000
    assert max(chunks) <= 65_536


@pytest.mark.parametrize(
    "name", ["", "\ud800", "a\r\nX-Evil: 1.png", "../../etc/passwd", "語" * 3_943]
)
async def test_odd_file_names_are_still_uploaded(
    client: HeyGenClient, heygen: HeyGenSandbox, tmp_path: Path, name: str
) -> None:
    asset_id = await client.upload_asset(a_file(tmp_path, name=name), "k")

    asset = heygen.assets[asset_id]
    assert asset.size_bytes == len(PNG)
    assert "/" not in asset.filename
    assert len(asset.filename.encode()) <= 255


async def test_stop_sends_an_empty_object(client: HeyGenClient, heygen: HeyGenSandbox) -> None:
    session_id = (await client.create_session(a_new_session())).session_id

    await client.stop_session(session_id)

    assert heygen.requests[-1].json == {}
    schema_of(STOP).validate(heygen.requests[-1].json)
    assert heygen.sessions[session_id].stopped_at is not None


@pytest.mark.parametrize("key", ["", "a b", "é", "x" * 256, "a\r\nb", "ok\n"])
async def test_key_that_heygen_refuses_is_never_sent(
    client: HeyGenClient, heygen: HeyGenSandbox, tmp_path: Path, key: str
) -> None:
    with pytest.raises(VideoAgentRefused):
        await client.create_session(a_new_session(key=key))
    with pytest.raises(VideoAgentRefused):
        await client.upload_asset(a_file(tmp_path), key)

    assert heygen.requests == []


@pytest.mark.parametrize("odd_id", ["..", "../users/me", "a/b?c#d", "é", "\ud800"])
async def test_id_cannot_lead_to_another_route(client_of: ClientOf, odd_id: str) -> None:
    paths: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        paths.append(request.url.raw_path.decode())
        return httpx.Response(200, json={"data": {"id": "v", "status": "pending"}})

    await client_of(handler).get_video(odd_id)

    assert paths[0].startswith("/v3/videos/")
    assert paths[0].count("/") == 3
    assert "?" not in paths[0]


# What is read


async def test_a_whole_story_is_read_in_our_words(
    client: HeyGenClient, heygen: HeyGenSandbox
) -> None:
    heygen.render_s = 0.0
    created = await client.create_session(a_new_session(prompt="Say hello"))

    session = await client.get_session(created.session_id)
    assert (session.status, session.first_user_message) == (SessionStatus.COMPLETED, "Say hello")
    assert session.video_id is not None
    video = await client.get_video(session.video_id)
    assert video.status is VideoStatus.COMPLETED
    assert video.video_url is not None
    statuses = await client.video_statuses([session.video_id, "vid_unknown"])
    assert statuses == {
        session.video_id: VideoStatus.COMPLETED,
        "vid_unknown": VideoStatus.NOT_FOUND,
    }
    assert [one.session_id for one in await client.list_sessions(LONG)] == [created.session_id]
    assert (await client.get_account()).username


async def test_statuses_of_many_videos_are_asked_a_hundred_at_a_time(
    client: HeyGenClient, heygen: HeyGenSandbox
) -> None:
    ids = [f"vid_{number}" for number in range(201)]

    assert set(await client.video_statuses(ids)) == set(ids)
    assert sent(heygen, "GET /v3/videos/statuses") == 3
    assert await client.video_statuses([]) == {}
    assert sent(heygen, "GET /v3/videos/statuses") == 3


PAGES_READ_AT = 100  # Unix seconds, by HeyGen's clock


class Pages:
    """A list of sessions as HeyGen serves it: newest first, `size` lines a page."""

    def __init__(self, created: list[int], size: int) -> None:
        self.lines = [{"session_id": f"s{at}", "created_at": at} for at in created]
        self.size = size
        self.asked = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        start = int(request.url.params.get("token", "0"))
        end = start + self.size
        more = end < len(self.lines)
        body = {"data": self.lines[start:end], "has_more": more, "next_token": str(end)}
        return httpx.Response(
            200,
            json=body if more else body | {"next_token": None},
            headers={"Date": format_datetime(datetime.fromtimestamp(PAGES_READ_AT, UTC), True)},
        )


async def listed(client: HeyGenClient, since: float) -> list[str]:
    sessions = await client.list_sessions(timedelta(seconds=PAGES_READ_AT - since))
    return [session.session_id for session in sessions]


async def test_list_is_read_over_pages_until_older_than_since(client_of: ClientOf) -> None:
    pages = Pages([90, 80, 70, 60, 50, 40, 30, 20, 10], size=2)

    assert await listed(client_of(pages), 60) == ["s90", "s80", "s70", "s60"]
    assert pages.asked == 3


async def test_whole_list_is_read_when_nothing_is_older(client_of: ClientOf) -> None:
    assert len(await listed(client_of(Pages(list(range(9, 0, -1)), size=2)), 0)) == 9


async def test_session_of_the_same_second_is_in_the_list(client_of: ClientOf) -> None:
    assert await listed(client_of(Pages([60], size=2)), 60.9) == ["s60"]


@pytest.mark.parametrize("late_s", [-600, 600])
async def test_list_that_is_dated_wrongly_has_all_that_is_recent_by_our_clock(
    client_of: ClientOf, late_s: float
) -> None:
    now = datetime.now(UTC)
    body = {"data": [{"session_id": "s", "created_at": int(now.timestamp())}], "has_more": False}
    date = format_datetime(now + timedelta(seconds=late_s), usegmt=True)
    client = client_of(lambda _: httpx.Response(200, json=body, headers={"Date": date}))

    (session,) = await client.list_sessions(timedelta(minutes=2))

    assert abs(session.age.total_seconds() - late_s) < 3
    assert abs((session.created_at - now).total_seconds()) < 3


@pytest.mark.parametrize("date", ["", "yesterday", "Thu, 31 Dec 9999 23:59:59 -1200"])
async def test_date_that_is_none_is_now(client_of: ClientOf, date: str) -> None:
    created = int(datetime.now(UTC).timestamp())
    body = {"data": [{"session_id": "s", "created_at": created}], "has_more": False}
    client = client_of(lambda _: httpx.Response(200, json=body, headers={"Date": date}))

    (session,) = await client.list_sessions(timedelta(minutes=2))

    assert abs(session.age.total_seconds()) < 3


async def test_line_out_of_order_does_not_end_the_list(client_of: ClientOf) -> None:
    pages = Pages([90, 10, 80, 70], size=2)

    assert await listed(client_of(pages), 60) == ["s90", "s80", "s70"]


async def test_list_without_end_is_no_answer(client_of: ClientOf) -> None:
    page = {
        "data": [{"session_id": "s", "created_at": int(time.time())}],
        "has_more": True,
        "next_token": "again",
    }

    with pytest.raises(VideoAgentUnavailable, match="endless_list"):
        await listed(client_of(lambda request: httpx.Response(200, json=page)), 0)


async def test_paged_sandbox_list_is_whole(client: HeyGenClient, heygen: HeyGenSandbox) -> None:
    heygen.max_concurrent = 1000
    for number in range(101):
        await client.create_session(a_new_session(key=f"job-{number}"))

    assert len(await client.list_sessions(LONG)) == 101
    assert await client.list_sessions(timedelta(hours=-1)) == []


# What goes wrong: a write is sent once, a read is asked again

STATUS_FAULTS: list[tuple[int, type[VideoAgentError], type[VideoAgentError]]] = [
    # status, a write's error, a read's error
    (302, VideoAgentUnavailable, VideoAgentUnavailable),
    *[
        (status, VideoAgentOutcomeUnknown, VideoAgentUnavailable)  # a page of the edge
        for status in (400, 401, 402, 403, 404)
    ],
    (429, VideoAgentBusy, VideoAgentBusy),
    (500, VideoAgentOutcomeUnknown, VideoAgentUnavailable),
    (502, VideoAgentOutcomeUnknown, VideoAgentUnavailable),
    (504, VideoAgentOutcomeUnknown, VideoAgentUnavailable),
    (200, VideoAgentOutcomeUnknown, VideoAgentUnavailable),  # no body that we can read
]
FAULTS = [
    pytest.param(
        Fault("status", status=status, body=body, odd=True), write, read, id=f"{status} {name}"
    )
    for status, write, read in STATUS_FAULTS
    for name, body in [("html", HTML), ("empty", ""), ("list", "[]")]
]
FAULTS += [
    pytest.param(
        Fault("status", status=status, body='{"error": {"message": "why"}}'),
        *(kind, kind),
        id=f"{status} envelope",
    )
    for status, kind in [
        *((400, VideoAgentRefused), (401, VideoAgentBlocked), (402, VideoAgentBlocked)),
        *((403, VideoAgentRefused), (404, VideoAgentNotFound)),
    ]
]
FAULTS += [
    pytest.param(
        Fault("status", status=200, body='{"error": {"code": "insufficient_credit"}}', odd=True),
        VideoAgentBlocked,
        VideoAgentBlocked,
        id="error in a 200",
    ),
    pytest.param(
        Fault(
            "status",
            status=200,
            body='{"error": {"message": "new"}, "data": {"id": "x"}}',
            odd=True,
        ),
        VideoAgentOutcomeUnknown,
        VideoAgentUnavailable,
        id="unlisted error in a 200",
    ),
    pytest.param(
        Fault("drop_before"), VideoAgentOutcomeUnknown, VideoAgentUnavailable, id="dropped before"
    ),
    pytest.param(
        Fault("drop_after"), VideoAgentOutcomeUnknown, VideoAgentUnavailable, id="dropped after"
    ),
    pytest.param(
        Fault("status_after", status=503, odd=True),
        VideoAgentOutcomeUnknown,
        VideoAgentUnavailable,
        id="503 after it happened",
    ),
]


async def error_of(call: Awaitable[object]) -> VideoAgentError:
    with pytest.raises(VideoAgentError) as caught:
        await call
    assert KEY not in repr(caught.value) + str(caught.value) + caught.value.sentence
    assert "<" not in caught.value.sentence
    return caught.value


@pytest.mark.parametrize(("fault", "write", "read"), FAULTS)
async def test_create_is_sent_once_under_every_fault(
    client: HeyGenClient, heygen: HeyGenSandbox, fault: Fault, write: type, read: type
) -> None:
    heygen.faults.add(CREATE, fault)

    error = await error_of(client.create_session(a_new_session()))

    assert type(error) is write
    assert sent(heygen, CREATE) == 1


@pytest.mark.parametrize(("fault", "write", "read"), FAULTS)
async def test_upload_and_stop_are_sent_once_under_every_fault(
    client: HeyGenClient,
    heygen: HeyGenSandbox,
    tmp_path: Path,
    fault: Fault,
    write: type,
    read: type,
) -> None:
    session_id = (await client.create_session(a_new_session())).session_id
    heygen.faults.add(UPLOAD, fault)
    heygen.faults.add(STOP, fault)

    assert type(await error_of(client.upload_asset(a_file(tmp_path), "k"))) is write
    assert type(await error_of(client.stop_session(session_id))) is write
    assert (sent(heygen, UPLOAD), sent(heygen, STOP)) == (1, 1)


@pytest.mark.parametrize(("fault", "write", "read"), FAULTS)
async def test_read_that_keeps_failing_is_given_up(
    client: HeyGenClient, heygen: HeyGenSandbox, fault: Fault, write: type, read: type
) -> None:
    heygen.faults.add(LIST, fault, times=10)
    is_repeated = fault.kind != "status" or fault.status >= 429

    error = await error_of(client.list_sessions(LONG))

    assert type(error) is read
    assert sent(heygen, LIST) == (3 if is_repeated else 1)


@pytest.mark.parametrize(
    "fault",
    [
        Fault("drop_before"),
        Fault("status", status=503, body=HTML, odd=True),
        Fault("status", status=429, headers={"Retry-After": "1"}, odd=True),
    ],
    ids=["dropped", "503", "429"],
)
async def test_read_is_asked_again_and_answered(
    client: HeyGenClient, heygen: HeyGenSandbox, fault: Fault
) -> None:
    heygen.faults.add(LIST, fault, times=2)

    assert await client.list_sessions(LONG) == []


async def test_read_with_a_long_retry_after_is_handed_up(
    client: HeyGenClient, heygen: HeyGenSandbox
) -> None:
    busy = Fault("status", 429, LIMITED, headers={"Retry-After": "30"})
    heygen.faults.add(LIST, busy)

    error = await error_of(client.list_sessions(LONG))

    assert isinstance(error, VideoAgentBusy)
    assert error.retry_after_s == 30
    assert sent(heygen, LIST) == 1


async def test_create_beyond_the_concurrent_jobs_is_busy(
    client: HeyGenClient, heygen: HeyGenSandbox
) -> None:
    heygen.max_concurrent = 0

    error = await error_of(client.create_session(a_new_session()))

    assert isinstance(error, VideoAgentBusy)
    assert error.retry_after_s is not None


TRANSPORT_FAULTS: list[tuple[Exception, type[VideoAgentError]]] = [
    (httpx.ConnectError("no route"), VideoAgentUnavailable),
    (httpx.ConnectTimeout("no route"), VideoAgentUnavailable),
    (httpx.PoolTimeout("all taken"), VideoAgentUnavailable),
    (httpx.ProxyError("407"), VideoAgentUnavailable),
    (httpx.UnsupportedProtocol("ftp"), VideoAgentUnavailable),
    (httpx.ReadTimeout("silence"), VideoAgentOutcomeUnknown),
    (httpx.WriteTimeout("silence"), VideoAgentOutcomeUnknown),
    (httpx.ReadError("reset"), VideoAgentOutcomeUnknown),
    (httpx.WriteError("reset"), VideoAgentOutcomeUnknown),
    (httpx.CloseError("reset"), VideoAgentOutcomeUnknown),
    (httpx.RemoteProtocolError("closed"), VideoAgentOutcomeUnknown),
    (httpx.LocalProtocolError("the file shrank"), VideoAgentOutcomeUnknown),
    (httpx.DecodingError("gzip"), VideoAgentOutcomeUnknown),
    (OSError("the disk"), VideoAgentOutcomeUnknown),
    (TimeoutError(), VideoAgentOutcomeUnknown),
]


@pytest.mark.parametrize(
    ("fault", "kind"), TRANSPORT_FAULTS, ids=[type(one).__name__ for one, _ in TRANSPORT_FAULTS]
)
async def test_only_a_create_that_never_left_had_no_effect(
    client_of: ClientOf, fault: Exception, kind: type
) -> None:
    requests: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        raise fault

    client = client_of(handler)

    assert type(await error_of(client.create_session(a_new_session()))) is kind
    assert len(requests) == 1
    assert type(await error_of(client.get_video("v"))) is VideoAgentUnavailable
    assert len(requests) == 4


async def test_nobody_listening_is_unavailable() -> None:
    client = HeyGenClient(KEY, "http://127.0.0.1:1")

    assert type(await error_of(client.create_session(a_new_session()))) is VideoAgentUnavailable
    await client.close()


async def test_answer_that_trickles_is_cut_off_and_unclear() -> None:
    """Each byte comes in time, the whole never does; the budget is shortened to see it."""
    api = Connection(
        KEY, "https://heygen.example.test", transport=ContractedTransport(_trickle, odd=True)
    )

    error = await error_of(api.write(str, "/v3/video-agents", body={"prompt": "x"}, budget_s=0.05))
    await api.close()

    assert type(error) is VideoAgentOutcomeUnknown


async def test_file_that_is_gone_is_told_without_asking_heygen(
    client: HeyGenClient, heygen: HeyGenSandbox, tmp_path: Path
) -> None:
    gone = FileContent(tmp_path / "gone", "a.png", "image/png", 1)

    error = await error_of(client.upload_asset(gone, "k"))

    assert (type(error), error.code) == (VideoAgentUnavailable, "file_unreadable")
    assert heygen.requests == []


async def _trickle(request: httpx.Request) -> httpx.Response:
    async def body() -> AsyncIterator[bytes]:
        for _ in range(100):
            await asyncio.sleep(0.01)
            yield b" "

    return httpx.Response(200, content=body())


# The key


async def test_redirect_is_refused_and_the_key_stays_home(
    client: HeyGenClient, heygen: HeyGenSandbox
) -> None:
    elsewhere = HeyGenSandbox(api_key=KEY)
    location = {"Location": await elsewhere.start() + "/v3/video-agents"}
    for route in (CREATE, LIST):
        heygen.faults.add(route, Fault("status", status=307, headers=location, odd=True))

    created = await error_of(client.create_session(a_new_session()))
    listing = await error_of(client.list_sessions(LONG))
    await elsewhere.stop()

    assert {type(created), type(listing)} == {VideoAgentUnavailable}
    assert "redirect" in created.message
    assert elsewhere.requests == []


async def test_key_is_in_no_repr_log_or_quoted_refusal(
    client_of: ClientOf, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    refusal = {"error": {"code": "invalid_parameter", "message": f"key {KEY} says no"}}
    client = client_of(lambda request: httpx.Response(400, json=refusal))

    error = await error_of(client.create_session(a_new_session()))

    assert "says no" in error.message
    assert KEY not in repr(client) + caplog.text


@pytest.mark.parametrize("key", ["", "two\nlines", "a b", "schlüssel"])
def test_key_that_no_header_can_carry_is_refused_unseen(key: str) -> None:
    """h11 would quote it in its error."""
    with pytest.raises(ValueError, match="API key") as caught:
        HeyGenClient(key)

    assert not key or key not in str(caught.value)
