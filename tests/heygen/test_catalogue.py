"""The catalogue as HeyGen tells it: what is asked, what becomes of each line, and odd answers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.catalogue import CatalogueEntry, CatalogueKind
from bot.domain.errors import (
    VideoAgentBlocked,
    VideoAgentError,
    VideoAgentUnavailable,
)
from bot.domain.request.brief import Shape
from bot.heygen.client import HeyGenClient
from bot.sandbox.faults import Fault
from bot.sandbox.heygen.server import HeyGenSandbox
from tests.contract.transport import ContractedTransport
from tests.heygen.conftest import KEY

AVATAR, VOICE = CatalogueKind.AVATAR, CatalogueKind.VOICE
STYLE, BRAND_KIT = CatalogueKind.STYLE, CatalogueKind.BRAND_KIT

ClientOf = Callable[..., HeyGenClient]
LOOK = {
    "id": "look-1",
    "name": "Office Front",
    "avatar_type": "studio_avatar",
    "preview_image_url": "https://files.example.test/1.png",
    "image_width": 1920,
    "image_height": 1080,
    "group_id": None,
    "tags": [],
    "default_voice_id": None,
    "supported_api_engines": [],
}
STYLE_LINE = {
    "style_id": "s",
    "name": "S",
    "tags": [],
    "aspect_ratio": None,
    "thumbnail_url": None,
    "preview_video_url": None,
}


async def read(client: HeyGenClient, kind: CatalogueKind) -> list[CatalogueEntry]:
    return [entry async for page in client.catalogue_pages(kind) for entry in page]


def answering(*lines: Any, **more: Any) -> Callable[[httpx.Request], httpx.Response]:
    """A HeyGen with these lines among the public ones, and in lists that have but one half."""

    def handler(request: httpx.Request) -> httpx.Response:
        query = request.url.params
        is_private = "private" in (query.get("ownership"), query.get("type"))
        is_group = request.url.path == "/v3/avatars"
        data = [] if is_private or is_group else list(lines)
        # Written with escapes, as half a pair has no other way to come.
        body = json.dumps({"data": data, "has_more": False} | more)
        return httpx.Response(200, content=body, headers={"Content-Type": "application/json"})

    return handler


async def entry_of(client_of: ClientOf, kind: CatalogueKind, line: Any) -> CatalogueEntry:
    """What is read from one odd line."""
    (entry,) = await read(client_of(answering(line), odd=True), kind)
    return entry


# From the stand-in


async def test_looks_carry_their_avatars_name_and_the_shape_of_their_picture(
    client: HeyGenClient,
) -> None:
    looks = {look.id: look for look in await read(client, AVATAR)}

    assert list(looks) == [
        *("look_mira_desk", "look_anna_office", "look_anna_phone", "look_ben_square"),
    ]
    mira, anna = looks["look_mira_desk"], looks["look_anna_office"]
    assert (mira.is_own, mira.shape) == (True, Shape.PORTRAIT)
    assert mira.detail == "Mira from Marketing, female, photo avatar"
    assert (anna.is_own, anna.shape) == (False, Shape.LANDSCAPE)
    assert (anna.avatar_type, anna.group_id) == ("studio_avatar", "group_anna")
    assert set(anna.words.split()) >= {"office", "anna", "studio", "business", "landscape"}
    assert looks["look_anna_phone"].detail == "female, digital twin"  # its name says whose it is
    assert looks["look_ben_square"].shape is Shape.SQUARE


async def test_own_voices_come_before_the_public_ones(client: HeyGenClient) -> None:
    voices = await read(client, VOICE)

    assert [voice.id for voice in voices][:2] == ["voice_mira", "voice_katja"]
    assert [voice.is_own for voice in voices][:2] == [True, False]
    katja = voices[1]
    assert (katja.name, katja.detail, katja.language) == ("Katja, calm", "German, female", "German")
    assert katja.words == "katja calm german female public"


async def test_style_tells_the_only_shape_it_fits(client: HeyGenClient) -> None:
    shapes = {style.name: style.shape for style in await read(client, STYLE)}

    assert shapes == {
        "Film Noir": Shape.LANDSCAPE,
        "Cassette": Shape.PORTRAIT,
        "Paper Cut": None,
        "Pop Poster": Shape.SQUARE,
    }


async def test_brand_kits_are_the_accounts_own(client: HeyGenClient) -> None:
    (kit,) = await read(client, BRAND_KIT)

    assert (kit.id, kit.name, kit.is_own) == ("kit_bakery", "Bakery", True)


async def test_5000_voices_are_read_in_full_pages(
    client: HeyGenClient, heygen: HeyGenSandbox
) -> None:
    heygen.catalogue.add_voices(5_000)

    voices = await read(client, VOICE)

    assert [voice.id for voice in voices] == [v["voice_id"] for v in heygen.catalogue.voices]
    assert len(heygen.requests) == 1 + 51
    assert {request.query["limit"] for request in heygen.requests} == {"100"}


async def test_avatars_are_asked_for_in_pages_of_50(
    client: HeyGenClient, heygen: HeyGenSandbox
) -> None:
    await read(client, AVATAR)

    asked = [(request.path, request.query) for request in heygen.requests]
    assert asked == [
        (path, {"limit": "50", "ownership": ownership})
        for path in ("/v3/avatars", "/v3/avatars/looks")
        for ownership in ("private", "public")
    ]


async def test_trouble_of_a_moment_is_asked_about_again(
    client: HeyGenClient, heygen: HeyGenSandbox
) -> None:
    heygen.faults.add("GET /v3/voices", Fault("status", 503, odd=True), times=2)

    assert len(await read(client, VOICE)) == len(heygen.catalogue.voices)


async def test_trouble_that_stays_is_an_error(client: HeyGenClient, heygen: HeyGenSandbox) -> None:
    body = '{"error": {"code": "unauthorized"}}'
    heygen.faults.add("GET /v3/brand-kits", Fault("status", 401, body=body))

    with pytest.raises(VideoAgentBlocked):
        await read(client, BRAND_KIT)


@pytest.mark.parametrize("status", [404, 410])
async def test_list_that_has_moved_is_an_error_and_not_an_empty_list(
    client: HeyGenClient, heygen: HeyGenSandbox, status: int
) -> None:
    """So the old one is kept: voices are moving to another route (FACTS section 11)."""
    heygen.faults.add("GET /v3/voices", Fault("status", status, odd=True))

    with pytest.raises(VideoAgentUnavailable):
        await read(client, VOICE)


# Odd lines


@pytest.mark.parametrize(
    ("changes", "is_ready"),
    [
        ({}, True),
        ({"status": "completed"}, True),
        ({"status": None}, True),
        ({"status": "polishing"}, True),
        ({"image_width": None, "image_height": None}, True),
        ({"status": "processing"}, False),
        ({"status": "pending_consent"}, False),
        ({"status": "Failed"}, False),
        ({"preview_image_url": None}, False),
        ({"preview_image_url": ""}, False),
        ({"image_width": 0}, False),
        ({"image_height": 0}, False),
    ],
    ids=str,
)
async def test_look_that_is_not_ready_is_left_out(
    client_of: ClientOf, changes: dict[str, Any], is_ready: bool
) -> None:
    looks = await read(client_of(answering(LOOK | changes), odd=True), AVATAR)

    assert bool(looks) is is_ready


@pytest.mark.parametrize(
    ("changes", "shape"),
    [
        ({}, Shape.LANDSCAPE),
        ({"preferred_orientation": "portrait"}, Shape.PORTRAIT),
        ({"preferred_orientation": "Square"}, Shape.SQUARE),
        ({"preferred_orientation": "diagonal"}, Shape.LANDSCAPE),
        ({"image_width": 1080, "image_height": 1920}, Shape.PORTRAIT),
        ({"image_width": None}, None),
        ({"image_width": "1920"}, None),
        ({"image_width": -1}, None),
    ],
    ids=str,
)
async def test_shape_of_a_look(
    client_of: ClientOf, changes: dict[str, Any], shape: Shape | None
) -> None:
    assert (await entry_of(client_of, AVATAR, LOOK | changes)).shape is shape


@pytest.mark.parametrize(
    ("ratio", "shape"),
    [
        ("16:9", Shape.LANDSCAPE),
        ("4:5", Shape.PORTRAIT),
        ("1:1", Shape.SQUARE),
        (None, None),
        ("any", None),
        ("0:0", None),
        ("16:", None),
        (1.77, None),
    ],
)
async def test_shape_of_a_style(client_of: ClientOf, ratio: Any, shape: Shape | None) -> None:
    line = {"style_id": "s", "name": "S", "aspect_ratio": ratio}

    assert (await entry_of(client_of, STYLE, line)).shape is shape


async def test_unknown_words_are_kept_as_words(client_of: ClientOf) -> None:
    line = LOOK | {"avatar_type": "video_avatar", "gender": "any", "tags": ["New_Tag", 7, None]}

    look = await entry_of(client_of, AVATAR, line)

    assert look.avatar_type == "video_avatar"
    assert set(look.words.split()) >= {"video", "avatar", "any", "new", "tag"}


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("", "v1"),
        (None, "v1"),
        (7, "v1"),
        (" Two\n lines\t\x00 ", "Two lines"),
        ("half \ud800 a pair", "half a pair"),
        ("turned \u202e round", "turned round"),
        ("👩\u200d🚀", "👩\u200d🚀"),
        ("n" * 500, "n" * 200),
    ],
)
async def test_name_is_one_line_that_can_be_shown(
    client_of: ClientOf, name: Any, shown: str
) -> None:
    assert (await entry_of(client_of, VOICE, {"voice_id": "v1", "name": name})).name == shown


@pytest.mark.parametrize(
    "voice_id", [None, "", [], {}, True, 1.5, "\ud800", "a\x00b", "i" * 256], ids=repr
)
async def test_line_without_a_usable_id_is_passed_over(client_of: ClientOf, voice_id: Any) -> None:
    lines = [{"voice_id": voice_id, "name": "x"}, "no line", {"voice_id": "good", "name": "y"}]

    voices = await read(client_of(answering(*lines), odd=True), VOICE)

    assert [voice.id for voice in voices] == ["good"]


@pytest.mark.parametrize(
    "url", [None, 7, "", "http://a.test/1", "javascript:x", "https://" + "x" * 3000]
)
async def test_preview_that_slack_would_not_show_is_none(client_of: ClientOf, url: Any) -> None:
    line = {"voice_id": "v", "name": "V", "preview_audio_url": url}

    assert (await entry_of(client_of, VOICE, line)).preview_url == ""


# Odd lists


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"data": None},
        {"data": {}},
        {"data": ["x"]},
        {"data": [{"name": "without an id"}]},
        "nothing",
        None,
    ],
    ids=repr,
)
async def test_answer_that_is_no_list_is_an_error_and_not_an_empty_list(
    client_of: ClientOf, body: Any
) -> None:
    client = client_of(lambda request: httpx.Response(200, json=body), odd=True)

    with pytest.raises(VideoAgentUnavailable):
        await read(client, VOICE)


@pytest.mark.parametrize("kind", CatalogueKind)
async def test_really_empty_list_is_empty(client_of: ClientOf, kind: CatalogueKind) -> None:
    assert await read(client_of(answering()), kind) == []


async def test_empty_page_may_be_followed_by_a_full_one(client_of: ClientOf) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        if "token" in request.url.params:
            return answering(STYLE_LINE)(request)
        return answering(has_more=True, next_token="next")(request)

    assert [style.id for style in await read(client_of(handler), STYLE)] == ["s"]


@pytest.mark.parametrize(
    "more",
    [
        {"has_more": False, "next_token": "next"},
        {"has_more": True, "next_token": None},
        {"has_more": True},
        {"has_more": True, "next_token": ""},
        {"has_more": True, "next_token": 7},
    ],
    ids=repr,
)
async def test_list_ends_without_more_or_without_a_token(
    client_of: ClientOf, more: dict[str, Any]
) -> None:
    client = client_of(answering(STYLE_LINE, **more), odd=True)

    assert len(await read(client, STYLE)) == 1


@pytest.mark.parametrize(
    ("is_turning", "asked"), [(True, 2), (False, 400)], ids=["same token", "new tokens"]
)
async def test_list_without_end_is_given_up(
    client_of: ClientOf, is_turning: bool, asked: int
) -> None:
    count = 0

    def handler(request: httpx.Request) -> httpx.Response:
        nonlocal count
        count += 1
        return answering(has_more=True, next_token="t" if is_turning else f"t{count}")(request)

    with pytest.raises(VideoAgentUnavailable) as caught:
        await read(client_of(handler), STYLE)

    assert (caught.value.code, count) == ("endless_list", asked)


ANY_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)
FIELDS = ("id", "voice_id", "style_id", "brand_kit_id", "name", "tags", "aspect_ratio", "language")
FIELDS += ("gender", "group_id", "avatar_type", "status", "image_width", "image_height", "type")
FIELDS += ("preferred_orientation", "preview_image_url", "thumbnail_url", "logo_url")
LINES = st.lists(st.dictionaries(st.sampled_from(FIELDS), ANY_JSON) | ANY_JSON, max_size=5)


@given(
    kind=st.sampled_from(CatalogueKind),
    lines=LINES,
    more=st.dictionaries(st.sampled_from(["has_more", "next_token"]), ANY_JSON),
)
def test_any_json_is_entries_or_our_error(
    kind: CatalogueKind, lines: list[Any], more: dict[str, Any]
) -> None:
    transport = ContractedTransport(
        lambda request: httpx.Response(200, json={"data": lines, **more}), odd=True
    )
    client = HeyGenClient(KEY, transport=transport)

    async def read_all() -> list[CatalogueEntry]:
        try:
            return await read(client, kind)
        except VideoAgentError:
            return []

    for entry in asyncio.run(read_all()):
        assert entry.id.encode()
        assert entry.name.encode()
