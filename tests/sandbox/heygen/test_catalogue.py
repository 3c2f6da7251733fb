"""What the HeyGen stand-in offers for a video, and that it takes nothing else."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.sandbox.heygen.world import World, heygen_world

CONTRACT = json.loads((Path(__file__).parents[2] / "contract/heygen-v3.json").read_text())
LOOKS, GROUPS = "/v3/avatars/looks", "/v3/avatars"
VOICES, STYLES, KITS = "/v3/voices", "/v3/video-agents/styles", "/v3/brand-kits"
LISTS = [LOOKS, GROUPS, VOICES, STYLES, KITS]


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with heygen_world() as world:
        yield world


async def ids(world: World, path: str, **query: str) -> list[str]:
    answer = await world.http.get(path, params={"limit": "50"} | query)
    assert answer.status_code == 200, answer.text
    return [line.get("id") or line.get("voice_id") for line in answer.json()["data"]]


@pytest.mark.parametrize("path", LISTS)
async def test_every_list_keeps_the_contract(world: World, path: str) -> None:
    answer = await world.http.get(path)

    Draft202012Validator(CONTRACT["endpoints"][f"GET {path}"]["response"]).validate(answer.json())
    assert answer.json()["data"]


@pytest.mark.parametrize(
    ("path", "route"),
    [
        (f"{LOOKS}/look_anna_office", f"{LOOKS}/{{look_id}}"),
        (f"{GROUPS}/group_anna", f"{GROUPS}/{{group_id}}"),
    ],
)
async def test_one_of_them_keeps_the_contract(world: World, path: str, route: str) -> None:
    answer = await world.http.get(path)

    Draft202012Validator(CONTRACT["endpoints"][f"GET {route}"]["response"]).validate(answer.json())


@pytest.mark.parametrize(
    ("path", "code"),
    [(f"{LOOKS}/nope", "avatar_not_found"), (f"{GROUPS}/nope", "avatar_group_not_found")],
)
async def test_unknown_one_is_not_found(world: World, path: str, code: str) -> None:
    answer = await world.http.get(path)

    assert (answer.status_code, answer.json()["error"]["code"]) == (404, code)


@pytest.mark.parametrize(
    ("path", "limit"),
    [*((path, "50") for path in LISTS), *((path, "100") for path in (VOICES, STYLES, KITS))],
)
async def test_limit_of_a_page(world: World, path: str, limit: str) -> None:
    answer = await world.http.get(path, params={"limit": limit})

    assert answer.status_code == 200


@pytest.mark.wrong_requests
@pytest.mark.parametrize(
    ("path", "limit"),
    [
        *((path, "51") for path in (LOOKS, GROUPS)),
        *((path, "101") for path in (VOICES, STYLES, KITS)),
        *((VOICES, limit) for limit in ("0", "-1", "ten", "", "1000")),
    ],
)
async def test_limit_that_no_page_has_is_refused(world: World, path: str, limit: str) -> None:
    answer = await world.http.get(path, params={"limit": limit})

    assert answer.status_code == 400


async def test_pages_lead_to_every_voice_once(world: World) -> None:
    world.heygen.catalogue.add_voices(250)
    seen: list[str] = []
    token: str | None = None
    for _ in range(10):
        query = {"limit": "100"} | ({"token": token} if token else {})
        page = (await world.http.get(VOICES, params=query)).json()
        seen += [voice["voice_id"] for voice in page["data"]]
        token = page["next_token"]
        if not page["has_more"]:
            break

    public = [v["voice_id"] for v in world.heygen.catalogue.voices if v["type"] == "public"]
    assert seen == public


@pytest.mark.parametrize("token", ["", "x", "é", "L3YzL3ZvaWNlczo=", "next"])
async def test_unknown_token_is_refused(world: World, token: str) -> None:
    answer = await world.http.get(VOICES, params={"token": token})

    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "token")


async def test_token_of_another_list_is_refused(world: World) -> None:
    token = (await world.http.get(LOOKS, params={"limit": "1"})).json()["next_token"]

    assert (await world.http.get(VOICES, params={"token": token})).status_code == 400


@pytest.mark.parametrize(
    ("path", "query", "expected"),
    [
        (LOOKS, {"ownership": "private"}, ["look_mira_desk", "look_mira_new"]),
        (LOOKS, {"group_id": "group_anna"}, ["look_anna_office", "look_anna_phone"]),
        (LOOKS, {"avatar_type": "studio_avatar"}, ["look_anna_office"]),
        (GROUPS, {"ownership": "private"}, ["group_mira"]),
        (GROUPS, {"ownership": "public"}, ["group_anna", "group_ben"]),
        (VOICES, {"type": "private"}, ["voice_mira"]),
        (VOICES, {"language": "German"}, ["voice_katja", "voice_jonas"]),
        (VOICES, {"language": "German", "gender": "male"}, ["voice_jonas"]),
    ],
)
async def test_filters(world: World, path: str, query: dict[str, str], expected: list[str]) -> None:
    assert await ids(world, path, **query) == expected


async def test_voices_are_the_public_ones_unless_asked(world: World) -> None:
    assert "voice_mira" not in await ids(world, VOICES)


@pytest.mark.wrong_requests
@pytest.mark.parametrize(
    ("path", "query"),
    [
        (LOOKS, {"ownership": "mine"}),
        (LOOKS, {"avatar_type": "video_avatar"}),
        (VOICES, {"type": "own"}),
        (VOICES, {"search": "katja"}),
        (KITS, {"ownership": "private"}),
    ],
)
async def test_unknown_filter_or_word_is_refused(
    world: World, path: str, query: dict[str, str]
) -> None:
    assert (await world.http.get(path, params=query)).status_code == 400


@pytest.mark.parametrize(
    ("chosen", "status", "code"),
    [
        ({"avatar_id": "look_ben_square"}, 200, None),
        ({"avatar_id": "group_ben"}, 400, "invalid_parameter"),
        ({"avatar_id": "look_gone"}, 404, "avatar_not_found"),
        ({"avatar_id": "look_mira_new"}, 409, "resource_not_ready"),
        ({"voice_id": "voice_mira"}, 200, None),
        ({"voice_id": "voice_gone"}, 404, "voice_not_found"),
        ({"style_id": "style_gone"}, 400, "invalid_parameter"),
        ({"brand_kit_id": "kit_gone"}, 400, "invalid_parameter"),
    ],
)
async def test_create_takes_only_what_is_there(
    world: World, chosen: dict[str, Any], status: int, code: str | None
) -> None:
    answer = await world.post({"prompt": "About tea", **chosen})

    assert answer.status_code == status
    assert answer.json().get("error", {}).get("code") == code
    assert len(world.heygen.sessions) == (status == 200)
