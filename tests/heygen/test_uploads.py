"""Large files into HeyGen's storage: every step, lost answers, spent addresses, refusals."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.domain.errors import (
    VideoAgentBlocked,
    VideoAgentBusy,
    VideoAgentError,
    VideoAgentOutcomeUnknown,
    VideoAgentRefused,
    VideoAgentUnavailable,
)
from bot.domain.ports.files import FileContent
from bot.heygen.client import HeyGenClient
from bot.heygen.connection import USER_AGENT, Connection
from bot.heygen.uploads import CHUNK_BYTES, DirectUploads
from bot.sandbox.faults import Fault
from bot.sandbox.heygen.direct_uploads import ADDRESS_LIFE_S
from bot.sandbox.heygen.server import HeyGenSandbox
from tests.contract.transport import ContractedTransport
from tests.heygen.conftest import KEY, TLS
from tests.sandbox.heygen.world import HandClock

SMALL = "POST /v3/assets"
INIT = "POST /v3/assets/direct-uploads"
PUT = "PUT /storage/{asset_id}"
COMPLETE = "POST /v3/assets/{asset_id}/complete"
STATUSES = "GET /v3/assets/statuses"
WHOLE_WAY = [INIT, PUT, COMPLETE]
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 100
ADDRESS = "https://storage.example.test/put?sig=secret-signature"
OF_FILE = {"url": "https://files.example.test/x", "mime_type": "image/png", "size_bytes": 9}


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
async def heygen(clock: HandClock) -> AsyncIterator[HeyGenSandbox]:
    sandbox = HeyGenSandbox(api_key=KEY, now=clock)
    await sandbox.start()
    yield sandbox
    await sandbox.stop()


@pytest.fixture
async def uploads(heygen: HeyGenSandbox) -> AsyncIterator[DirectUploads]:
    async for uploads in _uploads(heygen.url, httpx.AsyncHTTPTransport(verify=TLS)):
        yield uploads


async def _uploads(url: str, transport: httpx.AsyncBaseTransport) -> AsyncIterator[DirectUploads]:
    api = Connection(KEY, url, transport=transport)
    uploads = DirectUploads(api, USER_AGENT, transport=transport)
    yield uploads
    await uploads.close()
    await api.close()


Storage = Callable[[httpx.Request], httpx.Response | Awaitable[httpx.Response]]
UploadsOf = Callable[..., DirectUploads]


def _takes_it(request: httpx.Request) -> httpx.Response:
    return httpx.Response(200)


@pytest.fixture
async def uploads_of() -> AsyncIterator[UploadsOf]:
    """uploads_of(ticket, storage, ...): HeyGen's answers from values, storage from a function.

    `completed` is the status that complete tells, `statuses` what is told afterwards, in order.
    """
    made: list[DirectUploads] = []

    def build(
        ticket: dict[str, Any] | None = None,
        storage: Storage = _takes_it,
        *,
        completed: str = "completed",
        statuses: Sequence[str] = (),
        odd: bool = False,
    ) -> DirectUploads:
        words = iter(statuses)

        async def handler(request: httpx.Request) -> httpx.Response:
            if request.method == "PUT":
                await request.aread()
                answer = storage(request)
                return answer if isinstance(answer, httpx.Response) else await answer
            data: Any = OF_FILE | {"asset_id": "a", "status": completed}
            if request.url.path.endswith("/direct-uploads"):
                data = a_ticket() if ticket is None else ticket
            elif request.url.path.endswith("/statuses"):
                data = [{"video_id": "a", "status": next(words)}]
            body = json.dumps({"data": data})
            return httpx.Response(200, content=body, headers={"Content-Type": "application/json"})

        transport = ContractedTransport(handler, odd=odd)
        api = Connection(KEY, "https://api.heygen.example.test", transport=transport)
        made.append(DirectUploads(api, USER_AGENT, transport=transport))
        return made[-1]

    yield build
    for uploads in made:
        await uploads.close()
        await uploads._api.close()


def a_file(folder: Path, data: bytes = PNG, **changes: Any) -> FileContent:
    path = folder / "content"
    path.write_bytes(data)
    usual = {"path": path, "name": "photo.png", "media_type": "image/png", "size_bytes": len(data)}
    return FileContent(**(usual | changes))


def a_ticket(**changes: Any) -> dict[str, Any]:
    usual = {
        "asset_id": "a",
        "upload_url": ADDRESS,
        "upload_headers": {"Content-Type": "image/png"},
        "expires_in_seconds": 3600,
        "max_bytes": 500_000_000,
        "status": "pending_upload",
    }
    return usual | changes


def way(heygen: HeyGenSandbox) -> list[str]:
    return [request.route for request in heygen.requests]


async def error_of(uploads: DirectUploads, content: FileContent) -> VideoAgentError:
    with pytest.raises(VideoAgentError) as caught:
        await uploads.upload(content, "job-1.0")
    told = repr(caught.value) + str(caught.value) + caught.value.sentence
    assert KEY not in told
    assert "signature" not in told.lower()
    return caught.value


# Which way


@pytest.mark.parametrize(("size_bytes", "first"), [(32_000_000, SMALL), (32_000_001, INIT)])
async def test_file_above_32_million_bytes_goes_straight_to_storage(
    client: HeyGenClient, heygen: HeyGenSandbox, tmp_path: Path, size_bytes: int, first: str
) -> None:
    content = a_file(tmp_path, size_bytes=size_bytes)
    with content.path.open("r+b") as file:
        file.truncate(size_bytes)

    asset_id = await client.upload_asset(content, "job-1.0")

    assert way(heygen)[0] == first
    assert heygen.assets[asset_id].size_bytes == size_bytes


async def test_every_byte_arrives_under_its_name_type_and_key(
    uploads: DirectUploads, heygen: HeyGenSandbox, tmp_path: Path
) -> None:
    asset_id = await uploads.upload(a_file(tmp_path, name='a "b" é.png'), "job-1.0")

    asset = heygen.assets[asset_id]
    assert asset.sha256 == hashlib.sha256(PNG).hexdigest()
    assert (asset.filename, asset.mime_type) == ('a "b" é.png', "image/png")
    assert asset.idempotency_key == "job-1.0"
    assert way(heygen) == WHOLE_WAY


async def test_checksum_is_told_before_and_after_the_bytes(
    uploads: DirectUploads, heygen: HeyGenSandbox, tmp_path: Path
) -> None:
    await uploads.upload(a_file(tmp_path), "k")

    sha256 = hashlib.sha256(PNG).hexdigest()
    told = [r.json["checksum_sha256"] for r in heygen.requests if r.json is not None]
    assert told == [sha256, sha256]


async def test_checksum_of_the_download_is_told_and_the_file_not_read_for_another(
    uploads: DirectUploads, heygen: HeyGenSandbox, tmp_path: Path
) -> None:
    """So that what the disk has changed since never becomes part of a video."""
    downloaded = hashlib.sha256(b"other bytes").hexdigest()

    error = await error_of(uploads, a_file(tmp_path, sha256=downloaded))

    assert (type(error), error.code) == (VideoAgentRefused, "invalid_parameter")
    told = {r.json["checksum_sha256"] for r in heygen.requests if r.json is not None}
    assert told == {downloaded}
    assert heygen.assets == {}


@pytest.mark.parametrize("name", ["", "\ud800", "x" * 300, "../../x.png", "語" * 3_943])
async def test_odd_file_names_are_still_uploaded(
    uploads: DirectUploads, heygen: HeyGenSandbox, tmp_path: Path, name: str
) -> None:
    asset_id = await uploads.upload(a_file(tmp_path, name=name), "k")

    sent = heygen.assets[asset_id].filename
    assert 1 <= len(sent.encode()) <= 255
    assert "/" not in sent


# The storage gets what it asked for, and nothing of ours


async def test_storage_gets_length_and_headers_but_no_key_or_cookie(
    uploads_of: UploadsOf, tmp_path: Path
) -> None:
    puts: list[httpx.Request] = []

    def storage(request: httpx.Request) -> httpx.Response:
        puts.append(request)
        status = 500 if len(puts) == 1 else 200
        return httpx.Response(status, headers={"Set-Cookie": "a=b; Path=/"})

    headers = {"Content-Type": "image/png", "x-amz-meta-a": "b", "X-Number": 7, "x-none": None}
    uploads = uploads_of(a_ticket(upload_headers=headers), storage)
    await uploads.upload(a_file(tmp_path), "k")

    first, again = puts
    assert first.headers["Content-Length"] == str(len(PNG))
    assert "Transfer-Encoding" not in first.headers
    assert (first.headers["Content-Type"], first.headers["x-amz-meta-a"]) == ("image/png", "b")
    assert first.headers["X-Number"] == "7"
    assert KEY not in str(first.headers.raw)
    assert "Idempotency-Key" not in first.headers
    assert "Cookie" not in again.headers


async def test_headers_of_the_connection_itself_are_ours(
    uploads_of: UploadsOf, tmp_path: Path
) -> None:
    puts: list[httpx.Request] = []

    def storage(request: httpx.Request) -> httpx.Response:
        puts.append(request)
        return httpx.Response(200)

    headers = {"Host": "evil.example", "content-length": "1", "Transfer-Encoding": "chunked"}
    await uploads_of(a_ticket(upload_headers=headers), storage).upload(a_file(tmp_path), "k")

    assert puts[0].headers["Host"] == "storage.example.test"
    assert puts[0].headers["Content-Length"] == str(len(PNG))
    assert "Transfer-Encoding" not in puts[0].headers


async def test_upload_never_holds_more_than_a_chunk(tmp_path: Path) -> None:
    chunks: list[int] = []

    class Counting(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            if request.method == "PUT":
                assert isinstance(request.stream, httpx.AsyncByteStream)
                chunks.extend([len(chunk) async for chunk in request.stream])
            data = a_ticket() | {"status": "completed"}
            return httpx.Response(200, json={"data": data})

    async for uploads in _uploads("https://api.heygen.example.test", Counting()):
        await uploads.upload(a_file(tmp_path, bytes(3 * CHUNK_BYTES + 5)), "k")

    assert chunks == [CHUNK_BYTES] * 3 + [5]


@pytest.mark.parametrize(
    "address",
    [
        "http://storage.example.test/put",
        "http://127.0.0.1:1/put",
        "https:///put",
        "ftp://storage.example.test/put",
        "storage.example.test/put",
        "https://[::1",
        "https://storage.example.test:99999/put",
    ],
)
async def test_unsafe_address_is_never_asked(
    uploads_of: UploadsOf, tmp_path: Path, address: str
) -> None:
    def storage(request: httpx.Request) -> httpx.Response:
        raise AssertionError("asked")

    error = await error_of(uploads_of(a_ticket(upload_url=address), storage), a_file(tmp_path))

    assert (type(error), error.code) == (VideoAgentRefused, "unsafe_address")


async def test_redirect_of_the_storage_is_not_followed(
    uploads_of: UploadsOf, tmp_path: Path
) -> None:
    hosts: list[str] = []

    def storage(request: httpx.Request) -> httpx.Response:
        hosts.append(request.url.host)
        return httpx.Response(307, headers={"Location": "https://elsewhere.example.test/"})

    uploads = uploads_of(a_ticket(), storage)
    await uploads.upload(a_file(tmp_path), "k")  # complete finds the asset all the same

    assert hosts == ["storage.example.test"]


@pytest.mark.parametrize(
    "headers",
    [{"X\r\nY": "a"}, {"X": "a\r\nY: b"}, {"X": "é"}, {"": "a"}, {"X": ["a"]}, "text", 7],
    ids=repr,
)
async def test_headers_that_no_request_can_carry_are_an_unreadable_answer(
    uploads_of: UploadsOf, tmp_path: Path, headers: Any
) -> None:
    uploads = uploads_of(a_ticket(upload_headers=headers), odd=True)

    error = await error_of(uploads, a_file(tmp_path))

    assert (type(error), error.code) == (VideoAgentOutcomeUnknown, "unreadable_reply")


async def test_address_stays_out_of_the_logs(
    uploads: DirectUploads,
    heygen: HeyGenSandbox,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Retries are logged with their arguments."""
    logging.getLogger("httpx").setLevel(logging.WARNING)  # as bot/cli sets it
    caplog.set_level(logging.DEBUG, "bot")
    heygen.faults.add(PUT, Fault("status", status=503), times=2)

    await uploads.upload(a_file(tmp_path), "k")

    told = capsys.readouterr()
    assert "another address" in caplog.text
    assert "X-Signature" not in caplog.text + told.out + told.err


# Caps


async def test_file_above_the_cap_is_refused_in_words_before_a_byte_is_sent(
    uploads: DirectUploads, heygen: HeyGenSandbox, tmp_path: Path
) -> None:
    heygen.direct_uploads.max_bytes = 20_000

    error = await error_of(uploads, a_file(tmp_path, bytes(260_000), name="talk.mp4"))

    assert (type(error), error.code) == (VideoAgentRefused, "payload_too_large")
    assert "“talk.mp4” has 0.3 MB; HeyGen takes files of up to 0.0 MB." in error.message
    assert way(heygen) == [INIT]


@pytest.mark.parametrize("odd", [None, 0, -1, "much", float("inf")])
async def test_cap_or_expiry_that_says_nothing_is_none(
    uploads_of: UploadsOf, tmp_path: Path, odd: Any
) -> None:
    uploads = uploads_of(a_ticket(max_bytes=odd, expires_in_seconds=odd), odd=True)

    assert await uploads.upload(a_file(tmp_path), "k") == "a"


# Lost answers and repeats


@pytest.mark.parametrize("kind", ["drop_before", "drop_after"])
async def test_bytes_whose_answer_was_lost_are_sent_again(
    uploads: DirectUploads, heygen: HeyGenSandbox, tmp_path: Path, kind: Any
) -> None:
    heygen.faults.add(PUT, Fault(kind))

    await uploads.upload(a_file(tmp_path), "k")

    assert way(heygen) == [INIT, PUT, PUT, COMPLETE]


@pytest.mark.parametrize("status", [408, 429, 500, 503])
async def test_storage_that_is_busy_for_a_moment_is_asked_again(
    uploads: DirectUploads, heygen: HeyGenSandbox, tmp_path: Path, status: int
) -> None:
    heygen.faults.add(PUT, Fault("status", status=status))

    await uploads.upload(a_file(tmp_path), "k")

    assert way(heygen) == [INIT, PUT, PUT, COMPLETE]


@pytest.mark.parametrize(
    "fault",
    [
        Fault("drop_before"),
        Fault("drop_after"),
        Fault("status", status=503, odd=True),
        Fault("status", status=429, headers={"Retry-After": "1"}, odd=True),
        Fault("status", status=409, body='{"error": {"code": "resource_not_ready"}}'),
        Fault("status", status=200, body='{"error": {"code": "resource_not_ready"}}', odd=True),
    ],
    ids=["dropped before", "dropped after", "503", "429", "409", "409 in a 200"],
)
async def test_complete_is_repeated_until_it_is_answered(
    uploads: DirectUploads, heygen: HeyGenSandbox, tmp_path: Path, fault: Fault
) -> None:
    heygen.faults.add(COMPLETE, fault, times=2)

    asset_id = await uploads.upload(a_file(tmp_path), "k")

    assert list(heygen.assets) == [asset_id]
    assert way(heygen) == [INIT, PUT, COMPLETE, COMPLETE, COMPLETE]


async def test_init_whose_answer_was_lost_may_be_sent_again_with_its_key(
    uploads: DirectUploads, heygen: HeyGenSandbox, tmp_path: Path
) -> None:
    heygen.faults.add(INIT, Fault("drop_after"))

    lost = await error_of(uploads, a_file(tmp_path))
    asset_id = await uploads.upload(a_file(tmp_path), "job-1.0")

    assert type(lost) is VideoAgentOutcomeUnknown
    assert list(heygen.assets) == [asset_id]
    assert heygen.direct_uploads.pending == {}


async def test_upload_after_one_that_was_complete_finds_it(
    uploads: DirectUploads, heygen: HeyGenSandbox, tmp_path: Path
) -> None:
    """A crash between complete and our own note of it."""
    first = await uploads.upload(a_file(tmp_path), "job-1.0")

    assert await uploads.upload(a_file(tmp_path), "job-1.0") == first
    assert len(heygen.assets) == 1


async def test_expired_address_is_replaced_though_the_key_repeats_it(
    uploads: DirectUploads, heygen: HeyGenSandbox, tmp_path: Path, clock: HandClock
) -> None:
    heygen.faults.add(PUT, Fault("drop_before"), times=4)
    await error_of(uploads, a_file(tmp_path))
    clock.forward(ADDRESS_LIFE_S)
    heygen.requests.clear()

    asset_id = await uploads.upload(a_file(tmp_path), "job-1.0")

    assert list(heygen.assets) == [asset_id]
    assert way(heygen) == [INIT, PUT, COMPLETE, INIT, PUT, COMPLETE]
    keys = [r.headers["Idempotency-Key"] for r in heygen.requests if r.route == INIT]
    assert keys[0] == "job-1.0"
    assert keys[1].startswith("job-1.0:")


async def test_expired_address_of_bytes_that_had_come_needs_no_second_one(
    uploads: DirectUploads, heygen: HeyGenSandbox, tmp_path: Path, clock: HandClock
) -> None:
    heygen.faults.add(COMPLETE, Fault("status", status=503, odd=True), times=3)
    await error_of(uploads, a_file(tmp_path))
    clock.forward(ADDRESS_LIFE_S)
    heygen.requests.clear()

    await uploads.upload(a_file(tmp_path), "job-1.0")

    assert way(heygen) == [INIT, PUT, COMPLETE]


async def test_bytes_damaged_on_their_way_are_sent_to_another_address(
    uploads: DirectUploads, heygen: HeyGenSandbox, tmp_path: Path
) -> None:
    refusal = '{"error": {"code": "invalid_parameter", "param": "checksum_sha256"}}'
    heygen.faults.add(COMPLETE, Fault("status", status=400, body=refusal))

    asset_id = await uploads.upload(a_file(tmp_path), "k")

    assert list(heygen.assets) == [asset_id]
    assert way(heygen) == [*WHOLE_WAY, *WHOLE_WAY]


async def test_storage_that_refuses_every_address_is_told_in_words(
    uploads: DirectUploads, heygen: HeyGenSandbox, tmp_path: Path
) -> None:
    heygen.faults.add(PUT, Fault("status", status=403, body="<Error/>"), times=10)

    error = await error_of(uploads, a_file(tmp_path))

    assert (type(error), error.code, error.status) == (VideoAgentRefused, "upload_refused", 403)
    assert way(heygen) == [INIT, PUT, COMPLETE, INIT, PUT, COMPLETE]


async def test_storage_that_is_away_is_unavailable(
    uploads: DirectUploads, heygen: HeyGenSandbox, tmp_path: Path
) -> None:
    heygen.faults.add(PUT, Fault("drop_before"), times=10)

    error = await error_of(uploads, a_file(tmp_path))

    assert (type(error), error.code) == (VideoAgentUnavailable, "upload_failed")
    assert way(heygen).count(PUT) == 4


async def test_file_of_a_type_that_heygen_does_not_take_is_refused_with_its_words(
    uploads: DirectUploads, heygen: HeyGenSandbox, tmp_path: Path
) -> None:
    error = await error_of(uploads, a_file(tmp_path, b"GIF89a" + bytes(100)))

    assert (type(error), error.code) == (VideoAgentRefused, "invalid_parameter")
    assert "this type of file is not accepted" in error.message


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (401, "unauthorized", VideoAgentBlocked),
        (402, "insufficient_credit", VideoAgentBlocked),
        (409, "request_in_progress", VideoAgentBusy),
        (429, "rate_limit_exceeded", VideoAgentBusy),
        (413, "payload_too_large", VideoAgentRefused),
        (500, "internal_error", VideoAgentOutcomeUnknown),
    ],
)
async def test_refused_init_is_told_as_every_other_write(
    uploads: DirectUploads,
    heygen: HeyGenSandbox,
    tmp_path: Path,
    status: int,
    code: str,
    kind: type,
) -> None:
    body = json.dumps({"error": {"code": code}})
    heygen.faults.add(INIT, Fault("status", status=status, body=body))

    error = await error_of(uploads, a_file(tmp_path))

    assert (type(error), error.code) == (kind, code)
    assert way(heygen) == [INIT]


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        *((401, VideoAgentBlocked), (409, VideoAgentBusy), (503, VideoAgentUnavailable)),
        (403, VideoAgentUnavailable),  # a page of the edge
    ],
)
async def test_complete_that_stays_refused_is_no_reason_to_send_the_bytes_again(
    uploads: DirectUploads, heygen: HeyGenSandbox, tmp_path: Path, status: int, kind: type
) -> None:
    codes = {401: "unauthorized", 409: "resource_not_ready"}
    body = f'{{"error": {{"code": "{codes[status]}"}}}}' if status in codes else ""
    heygen.faults.add(COMPLETE, Fault("status", status=status, body=body, odd=not body), times=10)

    error = await error_of(uploads, a_file(tmp_path))

    assert type(error) is kind
    assert way(heygen).count(PUT) == 1


@pytest.mark.parametrize("key", ["", "a b", "é", "x" * 256])
async def test_key_that_heygen_refuses_is_never_sent(
    uploads: DirectUploads, heygen: HeyGenSandbox, tmp_path: Path, key: str
) -> None:
    with pytest.raises(VideoAgentRefused):
        await uploads.upload(a_file(tmp_path), key)

    assert heygen.requests == []


# The file


@pytest.mark.parametrize("sha256", ["", "0" * 64], ids=["measured", "told"])
@pytest.mark.parametrize("size_bytes", [len(PNG) - 1, len(PNG) + 1])
async def test_file_of_another_length_than_announced_is_told_without_asking_heygen(
    uploads: DirectUploads,
    heygen: HeyGenSandbox,
    tmp_path: Path,
    size_bytes: int,
    sha256: str,
) -> None:
    error = await error_of(uploads, a_file(tmp_path, size_bytes=size_bytes, sha256=sha256))

    assert (type(error), error.code) == (VideoAgentUnavailable, "file_unreadable")
    assert heygen.requests == []


@pytest.mark.parametrize("sha256", ["", "0" * 64], ids=["measured", "told"])
async def test_file_that_is_gone_is_told_without_asking_heygen(
    uploads: DirectUploads, heygen: HeyGenSandbox, tmp_path: Path, sha256: str
) -> None:
    error = await error_of(uploads, a_file(tmp_path, path=tmp_path / "gone", sha256=sha256))

    assert (type(error), error.code) == (VideoAgentUnavailable, "file_unreadable")
    assert heygen.requests == []


@pytest.mark.parametrize("harm", ["shrinks", "goes"])
async def test_file_that_changes_between_two_tries_ends_the_upload(
    uploads_of: UploadsOf, tmp_path: Path, harm: str
) -> None:
    content = a_file(tmp_path, bytes(3 * CHUNK_BYTES))
    puts: list[str] = []

    def storage(request: httpx.Request) -> httpx.Response:
        puts.append(request.method)
        if harm == "goes":
            content.path.unlink()
        else:
            content.path.write_bytes(b"short")
        return httpx.Response(503)

    error = await error_of(uploads_of(a_ticket(), storage), content)

    assert (type(error), error.code) == (VideoAgentUnavailable, "file_unreadable")
    assert len(puts) == 1


# Waiting until HeyGen has looked at it


async def test_asset_that_is_still_processing_is_waited_for(
    uploads_of: UploadsOf, tmp_path: Path
) -> None:
    told = iter(["processing", "not_found", "completed", "never asked for"])
    uploads = uploads_of(completed="brand_new", statuses=told)

    assert await uploads.upload(a_file(tmp_path), "k") == "a"
    assert next(told) == "never asked for"


@pytest.mark.parametrize("word", ["processing", "not_found", "brand_new"])
async def test_asset_that_takes_too_long_is_used_as_it_is(
    uploads_of: UploadsOf, tmp_path: Path, word: str
) -> None:
    """A create with it is told 409 and waits in the queue; the bytes are not sent again."""
    uploads = uploads_of(completed=word, statuses=[word] * 3)

    assert await uploads.upload(a_file(tmp_path), "k") == "a"


@pytest.mark.parametrize("status", [401, 404, 429, 503])
async def test_status_that_nobody_tells_does_not_lose_the_asset(
    uploads: DirectUploads, heygen: HeyGenSandbox, tmp_path: Path, status: int
) -> None:
    processing = {"data": OF_FILE | {"asset_id": "x", "status": "processing"}}
    heygen.faults.add(COMPLETE, Fault("status_after", status=200, body=json.dumps(processing)))
    heygen.faults.add(STATUSES, Fault("status", status=status, odd=True), times=10)

    assert await uploads.upload(a_file(tmp_path), "k") in heygen.assets


@pytest.mark.parametrize(
    ("completed", "statuses"),
    [("failed", []), ("processing", ["failed"]), ("processing", ["processing", "failed"])],
)
async def test_asset_that_heygen_cannot_use_is_refused_in_words(
    uploads_of: UploadsOf, tmp_path: Path, completed: str, statuses: list[str]
) -> None:
    uploads = uploads_of(completed=completed, statuses=statuses)

    error = await error_of(uploads, a_file(tmp_path))

    assert (type(error), error.code) == (VideoAgentRefused, "asset_failed")
    assert "could not read" in error.message


async def test_cancelled_upload_stops_at_once(uploads_of: UploadsOf, tmp_path: Path) -> None:
    puts = 0
    is_sending = asyncio.Event()

    async def storage(request: httpx.Request) -> httpx.Response:
        nonlocal puts
        puts += 1
        is_sending.set()
        return await asyncio.Future()

    uploads = uploads_of(storage=storage)
    upload = asyncio.ensure_future(uploads.upload(a_file(tmp_path), "k"))
    await is_sending.wait()

    upload.cancel()

    with pytest.raises(asyncio.CancelledError):
        await upload
    assert puts == 1


async def test_storage_that_takes_too_long_is_not_asked_again(
    uploads_of: UploadsOf, tmp_path: Path
) -> None:
    puts = 0

    async def storage(request: httpx.Request) -> httpx.Response:
        nonlocal puts
        puts += 1
        return await asyncio.Future()

    uploads = uploads_of(a_ticket(expires_in_seconds=0.02), storage, odd=True)

    error = await error_of(uploads, a_file(tmp_path))

    assert (type(error), error.code) == (VideoAgentUnavailable, "upload_timeout")
    assert puts == 1
