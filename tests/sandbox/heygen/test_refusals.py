"""What the HeyGen stand-in refuses, held against the contract's own schemas."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from bot.sandbox.heygen.checks import ASSET_MAX_BYTES, detect_type
from bot.sandbox.heygen.server import Outcome
from bot.sandbox.media import media_path
from tests.sandbox.heygen.world import KEY, RENDER_S, World, heygen_world, stranger

CONTRACT = json.loads((Path(__file__).parents[2] / "contract/heygen-v3.json").read_text())
ENDPOINTS = CONTRACT["endpoints"]
PNG = b"\x89PNG\r\n\x1a\n"
FILE = {"type": "url", "url": "https://files.example.test/a.png"}
DATA = {"type": "base64", "media_type": "image/png", "data": base64.b64encode(PNG).decode()}
PDF = DATA | {"media_type": "application/pdf"}


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with heygen_world(max_concurrent=1000) as world:
        yield world


def keeps_contract(schema: dict[str, Any], value: Any) -> bool:
    return Draft202012Validator(schema, format_checker=FormatChecker()).is_valid(value)


def tea(**fields: Any) -> dict[str, Any]:
    return {"prompt": "About tea", **fields}


def with_file(**fields: Any) -> dict[str, Any]:
    return tea(files=[fields])


TAKEN: dict[str, Any] = {
    "smallest": tea(),
    "sample_without_files": CONTRACT["samples"]["POST /v3/video-agents"]["request"] | {"files": []},
    "nulls": tea(avatar_id=None, files=None, orientation=None, callback_url=None),
    "null_callback_id_alone": tea(callback_id=None),
    "longest_prompt": {"prompt": "x" * 10_000},
    "longest_prompt_outside_ascii": {"prompt": "🍵" * 10_000},
    "twenty_files": tea(files=[FILE] * 20),
    "every_kind_of_id": tea(
        avatar_id="look_anna_office",
        voice_id="voice_katja",
        style_id="style_film_noir",
        brand_kit_id="kit_bakery",
    ),
    "chat_mode": tea(mode="chat", incognito_mode=True),
    "portrait": tea(orientation="portrait"),
    "base64_png": tea(files=[DATA]),
    "base64_pdf": tea(files=[PDF]),
    "callback": tea(callback_url="https://bot.example.test:8443/cb?x=1", callback_id="j"),
}
REFUSED: dict[str, tuple[Any, int]] = {
    "list_instead_of_object": ([], 400),
    "text_instead_of_object": ("tea", 400),
    "no_prompt": ({}, 400),
    "null_prompt": ({"prompt": None}, 400),
    "empty_prompt": ({"prompt": ""}, 400),
    "number_as_prompt": ({"prompt": 7}, 400),
    "prompt_too_long": ({"prompt": "x" * 10_001}, 400),
    "unknown_field": (tea(duration=30), 422),
    "undocumented_field": (tea(visibility="private"), 422),
    "square": (tea(orientation="square"), 400),
    "capital_orientation": (tea(orientation="Landscape"), 400),
    "list_as_orientation": (tea(orientation=["landscape"]), 400),
    "unknown_mode": (tea(mode="fast"), 400),
    "null_mode": (tea(mode=None), 400),
    "null_incognito": (tea(incognito_mode=None), 400),
    "number_as_incognito": (tea(incognito_mode=1), 400),
    "empty_avatar_id": (tea(avatar_id=""), 400),
    "number_as_voice_id": (tea(voice_id=7), 400),
    "files_no_list": (tea(files=FILE), 400),
    "twenty_one_files": (tea(files=[FILE] * 21), 400),
    "file_no_object": (tea(files=["a.png"]), 400),
    "file_without_type": (with_file(url=FILE["url"]), 400),
    "file_of_unknown_type": (with_file(type="path", path="/tmp/a"), 400),
    "file_with_list_as_type": (with_file(type=["url"], url=FILE["url"]), 400),
    "file_of_two_kinds": (with_file(**FILE, asset_id="a"), 422),
    "file_with_title": (with_file(**FILE, title="a"), 422),
    "file_url_missing": (with_file(type="url"), 400),
    "file_url_http": (with_file(type="url", url="http://files.example.test/a.png"), 400),
    "file_url_with_blank": (with_file(type="url", url="https://files.example.test/a b"), 400),
    "file_url_too_long": (with_file(type="url", url="https://a.test/" + "x" * 2034), 400),
    "file_asset_id_empty": (with_file(type="asset_id", asset_id=""), 400),
    "base64_without_data": (with_file(type="base64", media_type="image/png"), 400),
    "base64_empty": (with_file(**DATA | {"data": ""}), 400),
    "base64_content_type": (with_file(**DATA | {"content_type": "image/png"}), 422),
    "base64_html": (with_file(**DATA | {"media_type": "text/html"}), 400),
    "base64_gif": (with_file(**DATA | {"media_type": "image/gif"}), 400),
    "callback_id_alone": (tea(callback_id="j"), 400),
    "callback_id_with_null_url": (tea(callback_id="j", callback_url=None), 400),
    "callback_url_http": (tea(callback_url="http://bot.example.test/cb"), 400),
    "callback_url_ftp": (tea(callback_url="ftp://bot.example.test/cb"), 400),
    "callback_url_empty": (tea(callback_url=""), 400),
    "callback_url_too_long": (tea(callback_url="https://a.test/" + "x" * 2034), 400),
    "callback_id_empty": (tea(callback_id="", callback_url="https://a.test/"), 400),
}


@pytest.mark.parametrize("body", TAKEN.values(), ids=TAKEN.keys())
async def test_create_takes_what_the_contract_takes(world: World, body: Any) -> None:
    answer = await world.post(body)

    assert answer.status_code == 200, answer.text
    assert len(world.heygen.sessions) == 1


@pytest.mark.wrong_requests
@pytest.mark.parametrize(("body", "status"), REFUSED.values(), ids=REFUSED.keys())
async def test_create_refuses_what_the_contract_refuses(
    world: World, body: Any, status: int
) -> None:
    answer = await world.post(body)

    assert answer.status_code == status, answer.text
    assert world.heygen.sessions == {}


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:3000/heygen/callback/x", "http://localhost:3000/x", "http://[::1]:3000/x"],
)
async def test_callback_over_http_may_go_to_this_machine(world: World, url: str) -> None:
    assert (await world.post(tea(callback_url=url))).status_code == 200


@pytest.mark.wrong_requests
@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1.example.test/x",
        "http://localhost@example.test/x",
        "http://10.0.0.1/x",
        "http:///x",
    ],
)
async def test_callback_over_http_may_go_nowhere_else(world: World, url: str) -> None:
    answer = await world.post(tea(callback_url=url))

    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "callback_url")


async def test_callback_to_a_port_that_does_not_exist_is_refused(world: World) -> None:
    answer = await world.post(tea(callback_url="https://a.test:99999/x"))

    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "callback_url")


@pytest.mark.wrong_requests
async def test_refusal_names_the_field(world: World) -> None:
    answer = await world.post(tea(files=[FILE, {"type": "url", "url": "http://a.test"}]))

    assert answer.json()["error"]["code"] == "invalid_parameter"
    assert answer.json()["error"]["param"] == "files[1].url"


async def test_base64_that_cannot_be_decoded_is_refused(world: World) -> None:
    answer = await world.post(tea(files=[DATA | {"data": "not base64!"}]))

    assert answer.json()["error"]["param"] == "files[0].data"


async def test_asset_that_does_not_exist_is_not_found(world: World) -> None:
    answer = await world.post(with_file(type="asset_id", asset_id="asset_x"))

    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "asset_not_found"


async def test_captions_may_be_uploaded_but_not_attached(world: World) -> None:
    upload = await world.upload(media_path("captions.srt").read_bytes(), "captions.srt")
    asset_id = upload.json()["data"]["asset_id"]

    assert (await world.post(with_file(type="asset_id", asset_id=asset_id))).status_code == 400


@pytest.mark.wrong_requests
async def test_missing_and_wrong_key_get_the_same_answer(world: World) -> None:
    async with stranger(base_url=world.heygen.url) as http:
        without = await http.get("/v3/users/me")
        wrong = await http.get("/v3/users/me", headers={"X-Api-Key": KEY + "x"})

    assert (without.status_code, wrong.status_code) == (401, 401)
    assert without.json()["error"]["code"] == "unauthorized"
    assert without.content == wrong.content


async def test_caller_without_user_agent_gets_a_page_of_the_edge(world: World) -> None:
    del world.http.headers["User-Agent"]

    answer = await world.http.get("/v3/users/me")

    assert (answer.status_code, answer.headers["Content-Type"][:9]) == (403, "text/html")


@pytest.mark.wrong_requests
@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded"])
async def test_create_in_another_content_type_is_refused(world: World, kind: str) -> None:
    headers = {"Content-Type": kind}
    answer = await world.http.post("/v3/video-agents", content='{"prompt":"x"}', headers=headers)

    assert answer.status_code == 400


@pytest.mark.wrong_requests
@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe"], ids=["empty", "broken", "no_utf8"])
async def test_create_with_something_else_than_json_is_refused(
    world: World, content: bytes
) -> None:
    headers = {"Content-Type": "application/json"}
    answer = await world.http.post("/v3/video-agents", content=content, headers=headers)

    assert answer.status_code == 400


@pytest.mark.wrong_requests
@pytest.mark.parametrize("key", ["", "with blank", "a" * 256, "slash/"])
async def test_idempotency_key_of_another_form_is_refused(world: World, key: str) -> None:
    answer = await world.post(key=key)

    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "Idempotency-Key")


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/v3/video-agents?token=x", 400, "invalid_parameter"),
        ("/v3/video-agents/sess_x", 404, "not_found"),
        ("/v3/video-agents/sess_x/videos", 404, "not_found"),
        ("/v3/videos/vid_x", 404, "video_not_found"),
    ],
)
async def test_read_of_what_is_not_there_is_refused(
    world: World, path: str, status: int, code: str
) -> None:
    answer = await world.http.get(path)

    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


@pytest.mark.wrong_requests
@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/v3/video-agents?limit=0", 400, "invalid_parameter"),
        ("/v3/video-agents?limit=101", 400, "invalid_parameter"),
        ("/v3/video-agents?limit=ten", 400, "invalid_parameter"),
        ("/v3/videos/statuses", 400, "invalid_parameter"),
        ("/v3/videos/statuses?video_ids=,", 400, "invalid_parameter"),
        ("/v3/videos/statuses?video_ids=" + "v," * 101, 400, "invalid_parameter"),
        ("/v3/nowhere", 404, "not_found"),
    ],
)
async def test_read_that_the_contract_does_not_know_is_refused(
    world: World, path: str, status: int, code: str
) -> None:
    answer = await world.http.get(path)

    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


@pytest.mark.wrong_requests
async def test_stop_with_an_unknown_field_is_refused(world: World) -> None:
    session = await world.create()
    path = f"/v3/video-agents/{session.session_id}/stop"

    assert (await world.http.post(path, json={"why": "x"})).status_code == 422
    assert (await world.http.post(path)).status_code == 400
    assert session.stopped_at is None


async def test_empty_upload_is_refused(world: World) -> None:
    answer = await world.upload(b"")

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_parameter")


async def test_largest_upload_is_taken_and_one_byte_more_is_not(world: World) -> None:
    largest = PNG + bytes(ASSET_MAX_BYTES - len(PNG))
    taken, refused = await world.upload(largest), await world.upload(largest + b"x")

    assert taken.json()["data"]["size_bytes"] == ASSET_MAX_BYTES
    assert (refused.status_code, refused.json()["error"]["code"]) == (413, "payload_too_large")


async def test_upload_goes_by_its_bytes_and_not_by_its_name(world: World) -> None:
    page = await world.upload(b"<!doctype html><p>Sign in</p>", "logo.png")
    pdf = await world.upload(media_path("brief.pdf").read_bytes(), "logo.png")

    assert page.status_code == 400
    assert pdf.json()["data"]["mime_type"] == "application/pdf"


@pytest.mark.wrong_requests
@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"files": {"image": ("a.png", PNG)}}, 422),
        ({"files": [("file", ("a.png", PNG)), ("file", ("b.png", PNG))]}, 400),
        ({"files": {"file": ("a.png", PNG)}, "data": {"folder": "x"}}, 422),
        ({"json": {"file": "x"}}, 400),
        ({"content": b"x", "headers": {"Content-Type": "multipart/form-data"}}, 400),
        ({"content": b"x", "headers": {"Content-Type": "multipart/form-data; boundary=b"}}, 400),
    ],
    ids=["other_field", "two_files", "field_more", "json", "no_boundary", "no_parts"],
)
async def test_upload_in_another_form_is_refused(world: World, form: Any, status: int) -> None:
    assert (await world.http.post("/v3/assets", **form)).status_code == status


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (PNG, "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"\0\0\0\x18ftypisom", "video/mp4"),
        (b"\0\0\0\x14ftypqt  ", None),
        (b"\x1aE\xdf\xa3....B\x82\x84webm", "video/webm"),
        (b"\x1aE\xdf\xa3....B\x82\x88matroska", None),
        (b"ID3\x04", "audio/mpeg"),
        (b"\xff\xfb\x90", "audio/mpeg"),
        (b"RIFF....WAVE", "audio/wav"),
        (b"RIFF....WEBP", None),
        (b"%PDF-1.7", "application/pdf"),
        (b"1\r\n00:00:00,000 --> 00:00:01,000", "application/x-subrip"),
        (b"GIF89a", None),
        (b"PK\x03\x04", None),
        (b"hello", None),
    ],
)
def test_type_is_told_from_the_first_bytes(head: bytes, kind: str | None) -> None:
    assert detect_type(head) == kind


OUTCOMES = {
    "completed": Outcome(has_subtitles=True),
    "failed": Outcome(video="failed", failure_code="x", failure_message="Too hot"),
    "failed_without_reason": Outcome(video="failed"),
    "failed_at_session": Outcome(fails_at_session=True, failure_message="No avatar"),
    "late_id": Outcome(late_video_id_s=RENDER_S),
    "forever": Outcome(stays_forever=True),
}


@pytest.mark.parametrize("outcome", OUTCOMES.values(), ids=OUTCOMES.keys())
async def test_answers_keep_the_contract_at_every_stage(world: World, outcome: Outcome) -> None:
    world.heygen.script("", outcome)
    created = await world.post()
    [session] = world.heygen.sessions.values()
    assert keeps_contract(ENDPOINTS["POST /v3/video-agents"]["response"], created.json())

    for seconds in (0, RENDER_S / 2, RENDER_S):
        world.clock.forward(seconds)
        await _check_reads(world, session.session_id, session.video_id)


async def _check_reads(world: World, session_id: str, video_id: str | None) -> None:
    reads = {
        "GET /v3/video-agents": "/v3/video-agents",
        "GET /v3/video-agents/{session_id}": f"/v3/video-agents/{session_id}",
        "GET /v3/video-agents/{session_id}/videos": f"/v3/video-agents/{session_id}/videos",
        "GET /v3/videos/statuses": f"/v3/videos/statuses?video_ids={video_id or 'x'}",
    }
    if video_id is not None:
        reads["GET /v3/videos/{video_id}"] = f"/v3/videos/{video_id}"
    for route, path in reads.items():
        answer = (await world.http.get(path)).json()
        assert keeps_contract(ENDPOINTS[route]["response"], answer), (route, answer)


async def test_other_answers_keep_the_contract(world: World) -> None:
    session = await world.create()
    stop = "POST /v3/video-agents/{session_id}/stop"
    answers = {
        "GET /v3/users/me": await world.http.get("/v3/users/me"),
        "POST /v3/assets": await world.upload(PNG),
        stop: await world.http.post(f"/v3/video-agents/{session.session_id}/stop", json={}),
    }

    for route, answer in answers.items():
        assert keeps_contract(ENDPOINTS[route]["response"], answer.json()), route


@pytest.mark.parametrize("outcome", [Outcome(), Outcome(video="failed", failure_message="Hm")])
async def test_callbacks_keep_the_contract(world: World, outcome: Outcome) -> None:
    world.heygen.script("", outcome)
    session = await world.create(callback_url="http://127.0.0.1:9/cb", callback_id="j")
    world.clock.forward(RENDER_S)
    await world.heygen.send_callback(session.session_id)

    payload = world.heygen.callbacks[0].payload
    [event] = [e for e in CONTRACT["events"] if e["event_type"] == payload["event_type"]]
    assert keeps_contract(event["schema"], payload)
