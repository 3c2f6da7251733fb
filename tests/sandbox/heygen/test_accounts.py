"""Several HeyGen accounts at one address: a key sees its own account and nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from bot.sandbox.heygen.server import HeyGenAccount, Outcome
from tests.sandbox.heygen.world import RENDER_S, World, heygen_world, stranger

THEIR_KEY = "their-key"
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 100


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with heygen_world() as world:
        yield world


@pytest.fixture
def theirs(world: World) -> HeyGenAccount:
    return world.heygen.add_account(
        "globex", api_key=THEIR_KEY, render_s=RENDER_S, max_concurrent=1, balance_usd=3.5
    )


@asynccontextmanager
async def client(world: World, key: str = THEIR_KEY) -> AsyncIterator[httpx.AsyncClient]:
    async with stranger(base_url=world.heygen.url, headers={"X-Api-Key": key}) as http:
        yield http


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


async def test_ids_of_one_account_are_unknown_to_another(
    world: World, theirs: HeyGenAccount
) -> None:
    session = await world.create()
    world.clock.forward(RENDER_S)
    asset = (await world.upload(PNG)).json()["data"]["asset_id"]
    name, video = session.session_id, session.assigned_video_id
    create = {"prompt": "mine", "files": [{"type": "asset_id", "asset_id": asset}]}
    async with client(world) as http:
        refused = [
            code(await http.get(f"/v3/video-agents/{name}")),
            code(await http.post(f"/v3/video-agents/{name}/stop", json={})),
            code(await http.get(f"/v3/video-agents/{name}/videos")),
            code(await http.get(f"/v3/videos/{video}")),
            code(await http.post("/v3/video-agents", json=create)),
        ]
        listed = (await http.get("/v3/video-agents")).json()["data"]
        bulk = (await http.get("/v3/videos/statuses", params={"video_ids": video})).json()
        files = (await http.get("/v3/assets/statuses", params={"asset_ids": asset})).json()

    assert refused == [
        *[(404, "not_found")] * 3,
        (404, "video_not_found"),
        (404, "asset_not_found"),
    ]
    assert listed == []
    assert bulk["data"][0]["status"] == files["data"][0]["status"] == "not_found"
    assert session.stopped_at is None


async def test_each_account_has_its_own_catalogue_wallet_and_sessions(
    world: World, theirs: HeyGenAccount
) -> None:
    theirs.catalogue.voices = theirs.catalogue.voices[:1]
    async with client(world) as http:
        await http.post("/v3/video-agents", json={"prompt": "theirs"})
        voices = (await http.get("/v3/voices", params={"type": "private"})).json()["data"]
        public = (await http.get("/v3/voices")).json()["data"]
        user = (await http.get("/v3/users/me")).json()["data"]

    assert (len(voices), public) == (1, [])
    assert await world.data("/v3/voices")
    assert (user["username"], user["wallet"]["remaining_balance"]) == ("globex", 3.5)
    assert (await world.data("/v3/users/me"))["username"] == "sandbox"
    assert (len(theirs.sessions), len(world.heygen.sessions)) == (1, 0)
    assert [one.account for one in world.heygen.requests][:4] == ["globex"] * 4


async def test_limit_counts_for_each_account_alone(world: World, theirs: HeyGenAccount) -> None:
    async with client(world) as http:
        answers = [await http.post("/v3/video-agents", json={"prompt": f"{n}"}) for n in range(2)]
    for _ in range(3):
        await world.create()

    assert [answer.status_code for answer in answers] == [200, 429]
    assert (theirs.most_at_once, world.heygen.most_at_once) == (1, 3)
    world.clock.forward(RENDER_S)
    await world.create()
    assert world.heygen.most_at_once == 3
    assert len(world.heygen.running) == 1


async def test_two_keys_of_one_account_see_the_same(world: World) -> None:
    session = await world.create()
    world.heygen.add_key("second-key")
    async with client(world, "second-key") as http:
        answer = await http.get(f"/v3/video-agents/{session.session_id}")

    assert answer.status_code == 200


async def test_key_can_end_at_once(world: World, theirs: HeyGenAccount) -> None:
    theirs.add_key("second-key")
    theirs.end_key(THEIR_KEY)
    async with client(world) as http, client(world, "second-key") as other:
        assert code(await http.get("/v3/users/me")) == (401, "unauthorized")
        assert (await other.get("/v3/users/me")).status_code == 200
    assert (await world.http.get("/v3/users/me")).status_code == 200


async def test_idempotency_key_is_the_accounts_own(world: World, theirs: HeyGenAccount) -> None:
    await world.post(key="same-key")
    async with client(world) as http:
        answer = await http.post(
            "/v3/video-agents", json={"prompt": "theirs"}, headers={"Idempotency-Key": "same-key"}
        )

    assert answer.json()["data"]["session_id"] in theirs.sessions


async def test_files_links_and_direct_uploads_of_each_account_work(
    world: World, theirs: HeyGenAccount
) -> None:
    wanted = {"filename": "a.png", "content_type": "image/png", "size_bytes": len(PNG)}
    async with client(world) as http, stranger() as outside:
        agreed = (await http.post("/v3/assets/direct-uploads", json=wanted)).json()["data"]
        put = await outside.put(agreed["upload_url"], content=PNG, headers=agreed["upload_headers"])
        done = await http.post(f"/v3/assets/{agreed['asset_id']}/complete", json={})
        created = await http.post("/v3/video-agents", json={"prompt": "theirs"})
        (session,) = theirs.sessions.values()
        world.clock.forward(RENDER_S)
        video = (await http.get(f"/v3/videos/{session.assigned_video_id}")).json()["data"]
        file = await outside.get(video["video_url"])

    assert [one.status_code for one in (put, done, created, file)] == [200] * 4
    assert list(theirs.assets) == [agreed["asset_id"]]
    assert not world.heygen.assets


async def test_scripts_are_for_one_account(world: World, theirs: HeyGenAccount) -> None:
    theirs.script("tea", Outcome(video="failed"))
    mine = await world.create("About tea")
    async with client(world) as http:
        await http.post("/v3/video-agents", json={"prompt": "About tea"})
    (other,) = theirs.sessions.values()
    world.clock.forward(RENDER_S)

    assert (mine.status, other.status) == ("completed", "failed")


async def test_key_belongs_to_one_account(world: World, theirs: HeyGenAccount) -> None:
    with pytest.raises(ValueError, match="already"):
        world.heygen.add_account("initech", api_key=THEIR_KEY)
