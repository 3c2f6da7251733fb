"""The stand-in's way for large files: agree, PUT, complete, ask; and all that it refuses."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator

from bot.sandbox.faults import Fault
from bot.sandbox.heygen.direct_uploads import ADDRESS_LIFE_S
from tests.sandbox.heygen.world import KEY, World, heygen_world, stranger

CONTRACT = json.loads((Path(__file__).parents[2] / "contract/heygen-v3.json").read_text())
INIT = "POST /v3/assets/direct-uploads"
COMPLETE = "POST /v3/assets/{asset_id}/complete"
STATUSES = "GET /v3/assets/statuses"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 100
SHA256 = hashlib.sha256(PNG).hexdigest()


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with heygen_world() as world:
        yield world


def agreement(**changes: Any) -> dict[str, Any]:
    usual = {"filename": "a.png", "content_type": "image/png", "size_bytes": len(PNG)}
    return usual | changes


def keeps_contract(endpoint: str, answer: httpx.Response) -> bool:
    schema = CONTRACT["endpoints"][endpoint]["response"]
    return Draft202012Validator(schema).is_valid(answer.json())


async def agreed(world: World, **changes: Any) -> dict[str, Any]:
    answer = await world.http.post("/v3/assets/direct-uploads", json=agreement(**changes))
    assert answer.status_code == 200, answer.text
    return dict(answer.json()["data"])


async def put(told: dict[str, Any], data: bytes = PNG, **headers: str) -> httpx.Response:
    async with stranger() as http:
        return await http.put(
            told["upload_url"], content=data, headers=told["upload_headers"] | headers
        )


async def complete(world: World, told: dict[str, Any], body: Any = None) -> httpx.Response:
    path = f"/v3/assets/{told['asset_id']}/complete"
    return await world.http.post(path, json={} if body is None else body)


async def status(world: World, told: dict[str, Any]) -> str:
    (line,) = await world.data(f"/v3/assets/statuses?asset_ids={told['asset_id']}")
    assert line["video_id"] == told["asset_id"]
    return str(line["status"])


def error_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


async def attached(world: World, told: dict[str, Any]) -> httpx.Response:
    file = {"type": "asset_id", "asset_id": told["asset_id"]}
    return await world.post({"prompt": "About tea", "files": [file]})


async def test_large_file_becomes_an_asset_in_three_steps(world: World) -> None:
    told = await agreed(world, checksum_sha256=SHA256)
    stored = await put(told)
    completed = await complete(world, told, {"checksum_sha256": SHA256.upper()})

    assert (stored.status_code, stored.content) == (200, b"")
    assert completed.json()["data"]["status"] == "completed"
    asset = world.heygen.assets[told["asset_id"]]
    assert (asset.sha256, asset.size_bytes, asset.mime_type) == (SHA256, len(PNG), "image/png")
    assert (await attached(world, told)).status_code == 200


async def test_answers_keep_the_contract(world: World) -> None:
    init = await world.http.post("/v3/assets/direct-uploads", json=agreement())
    told = init.json()["data"]
    await put(told)
    completed = await complete(world, told)
    ids = f"{told['asset_id']},asset_unknown"
    asked = await world.http.get(f"/v3/assets/statuses?asset_ids={ids}&batch_ids=b")

    assert keeps_contract(INIT, init)
    assert keeps_contract(COMPLETE, completed)
    assert keeps_contract(STATUSES, asked)
    assert [one["status"] for one in asked.json()["data"]] == [
        "completed",
        "not_found",
        "not_found",
    ]


@pytest.mark.wrong_requests
@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"content_type": "image/png", "size_bytes": 1}, 400),
        (agreement(filename=""), 400),
        (agreement(filename="x" * 256), 400),
        (agreement(content_type="png"), 400),
        (agreement(content_type="image/png; q=1"), 400),
        (agreement(size_bytes=0), 400),
        (agreement(size_bytes=True), 400),
        (agreement(size_bytes="10"), 400),
        (agreement(checksum_sha256="abc"), 400),
        (agreement(checksum_sha256=SHA256 + "0"), 400),
        (agreement(size=10), 422),
        ([], 400),
    ],
)
async def test_agreement_refuses_what_the_contract_refuses(
    world: World, body: Any, code: int
) -> None:
    answer = await world.http.post("/v3/assets/direct-uploads", json=body)

    assert answer.status_code == code


@pytest.mark.parametrize(
    "body", [agreement(checksum_sha256=None), agreement(filename="x" * 255)], ids=["null", "long"]
)
async def test_agreement_takes_what_the_contract_takes(world: World, body: Any) -> None:
    answer = await world.http.post("/v3/assets/direct-uploads", json=body)

    assert answer.status_code == 200


async def test_same_key_is_told_the_same_address(world: World) -> None:
    first, second = [
        await world.http.post(
            "/v3/assets/direct-uploads", json=agreement(), headers={"Idempotency-Key": "k"}
        )
        for _ in range(2)
    ]

    assert first.json() == second.json()
    assert len(world.heygen.direct_uploads.pending) == 1


async def test_asset_cannot_be_used_before_complete(world: World) -> None:
    told = await agreed(world)
    await put(told)

    assert error_of(await attached(world, told)) == (409, "resource_not_ready")
    assert await status(world, told) == "pending"


async def test_asset_is_processed_for_a_while() -> None:
    async with heygen_world(asset_processing_s=10.0) as world:
        told = await agreed(world)
        await put(told)

        assert (await complete(world, told)).json()["data"]["status"] == "processing"
        assert await status(world, told) == "processing"
        assert error_of(await attached(world, told)) == (409, "asset_not_available")
        world.clock.forward(10)
        assert await status(world, told) == "completed"
        assert (await attached(world, told)).status_code == 200


async def test_complete_before_the_bytes_is_too_early(world: World) -> None:
    told = await agreed(world)

    assert error_of(await complete(world, told)) == (409, "resource_not_ready")


async def test_complete_may_be_repeated(world: World) -> None:
    told = await agreed(world)
    await put(told)

    first, second = [(await complete(world, told)).json() for _ in range(2)]

    assert first == second
    assert len(world.heygen.assets) == 1


@pytest.mark.parametrize(
    ("changes", "body", "data", "param"),
    [
        ({"checksum_sha256": "0" * 64}, {}, PNG, "checksum_sha256"),
        ({}, {"checksum_sha256": "0" * 64}, PNG, "checksum_sha256"),
        ({}, {}, b"x" * len(PNG), "content_type"),
        ({"content_type": "image/jpeg"}, {}, PNG, "content_type"),
    ],
    ids=["checksum of the agreement", "checksum of complete", "no such type", "another type"],
)
async def test_complete_refuses_other_bytes_than_announced(
    world: World, changes: dict[str, Any], body: dict[str, Any], data: bytes, param: str
) -> None:
    told = await agreed(world, **changes)
    await put(told, data)

    answer = await complete(world, told, body)

    assert error_of(answer) == (400, "invalid_parameter")
    assert answer.json()["error"]["param"] == param
    assert world.heygen.assets == {}


@pytest.mark.wrong_requests
@pytest.mark.parametrize(
    ("body", "code"), [({"sha": "x"}, 422), ({"checksum_sha256": "x"}, 400), ([], 400)]
)
async def test_complete_with_another_body_is_refused(world: World, body: Any, code: int) -> None:
    told = await agreed(world)
    await put(told)

    assert (await complete(world, told, body)).status_code == code


async def test_complete_of_an_unknown_asset_is_not_found(world: World) -> None:
    assert error_of(await complete(world, {"asset_id": "x"})) == (404, "asset_not_found")


@pytest.mark.wrong_requests
@pytest.mark.parametrize("query", ["", "?asset_ids=", "?asset_ids=" + ",".join("a" * 101)])
async def test_statuses_need_one_to_a_hundred_ids(world: World, query: str) -> None:
    answer = await world.http.get(f"/v3/assets/statuses{query}")

    assert error_of(answer) == (400, "invalid_parameter")


# The storage


async def test_storage_refuses_the_api_key(world: World) -> None:
    told = await agreed(world)

    assert (await put(told, **{"X-Api-Key": KEY})).status_code == 400
    assert (await put(told, Authorization="Bearer x")).status_code == 400
    assert (await put(told)).status_code == 200


async def test_address_expires(world: World) -> None:
    told = await agreed(world)
    world.clock.forward(ADDRESS_LIFE_S)

    answer = await put(told)

    assert answer.status_code == 403
    assert "AccessDenied" in answer.text
    assert error_of(await complete(world, told)) == (409, "resource_not_ready")


@pytest.mark.parametrize("left_out", ["Content-Type", "x-amz-meta-upload"])
async def test_storage_wants_every_header_of_the_agreement(world: World, left_out: str) -> None:
    told = await agreed(world)
    headers = {k: v for k, v in told["upload_headers"].items() if k != left_out}

    assert (await put(told | {"upload_headers": headers})).status_code == 403
    assert (await put(told, **{left_out: "text/other"})).status_code == 403


async def test_storage_wants_its_signature(world: World) -> None:
    told, other = await agreed(world), await agreed(world)
    without = told | {"upload_url": told["upload_url"].partition("?")[0]}
    strange = told | {"upload_url": told["upload_url"].replace(told["asset_id"], "asset_x")}
    mixed = told | {"upload_url": told["upload_url"].replace(told["asset_id"], other["asset_id"])}

    assert [(await put(one)).status_code for one in (without, strange, mixed)] == [403] * 3


@pytest.mark.parametrize("data", [PNG[:-1], PNG + b"x", b""])
async def test_storage_wants_the_length_of_the_agreement(world: World, data: bytes) -> None:
    assert (await put(await agreed(world), data)).status_code == 403


async def test_storage_wants_to_know_the_length(world: World) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield PNG

    told = await agreed(world)
    async with stranger() as http:
        answer = await http.put(
            told["upload_url"], content=pieces(), headers=told["upload_headers"]
        )

    assert answer.status_code == 411


async def test_storage_takes_no_more_than_max_bytes(world: World) -> None:
    world.heygen.direct_uploads.max_bytes = len(PNG) - 1
    told = await agreed(world)

    assert told["max_bytes"] == len(PNG) - 1
    assert (await put(told)).status_code == 400


async def test_address_is_of_no_use_after_complete(world: World) -> None:
    told = await agreed(world)
    await put(told)
    await complete(world, told)

    assert (await put(told)).status_code == 403


async def test_bytes_may_be_sent_again_before_complete(world: World) -> None:
    told = await agreed(world, checksum_sha256=SHA256)
    await put(told, PNG[:-1] + b"x")
    await put(told)

    assert (await complete(world, told)).status_code == 200


async def test_lost_answers_of_the_storage_can_be_planned(world: World) -> None:
    told = await agreed(world)
    world.heygen.faults.add("PUT /storage/{asset_id}", Fault("drop_after"))

    with pytest.raises(httpx.HTTPError):
        await put(told)

    assert (await complete(world, told)).status_code == 200


async def test_caller_that_hangs_up_half_way_leaves_nothing_in_the_storage(world: World) -> None:
    told = await agreed(world)
    url = httpx.URL(told["upload_url"])
    _, wire = await asyncio.open_connection(url.host, url.port)
    headers = "".join(f"{name}: {value}\r\n" for name, value in told["upload_headers"].items())
    head = f"PUT {url.raw_path.decode()} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(PNG)}\r\n"
    wire.write(f"{head}{headers}\r\n".encode() + PNG[:1000])
    await wire.drain()
    wire.transport.abort()
    for _ in range(3):  # two more requests give the storage the time to notice
        answer = await complete(world, told)

    assert error_of(answer) == (409, "resource_not_ready")
    assert world.heygen.direct_uploads.pending[told["asset_id"]].arrived is None
