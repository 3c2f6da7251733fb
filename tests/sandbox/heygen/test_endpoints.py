"""Webhook endpoints of the HeyGen stand-in: registered, probed, rotated, told and forgotten."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiohttp import web
from jsonschema import Draft202012Validator

from tests.sandbox.heygen.world import RENDER_S, World, heygen_world

CONTRACT = json.loads((Path(__file__).parents[2] / "contract/heygen-v3.json").read_text())
PATH = "/v3/webhooks/endpoints"
FAR_AWAY = "https://bot.example.test/heygen/webhook"  # the stand-in asks nobody but this machine


@dataclass
class Receiver:
    """Somebody's server: answers `statuses` in turn, then 200."""

    url: str = ""
    statuses: list[int] = field(default_factory=list)
    probes: int = 0
    news: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.Response:
        if request.method == "OPTIONS":
            self.probes += 1
        else:
            self.news.append((dict(request.headers), await request.read()))
        return web.Response(status=self.statuses.pop(0) if self.statuses else 200)


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with heygen_world() as world:
        yield world


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    app = web.Application()
    app.router.add_route("*", "/hook", receiver.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield receiver
    await runner.cleanup()


async def register(world: World, url: str = FAR_AWAY, **more: Any) -> dict[str, Any]:
    answer = await world.http.post(PATH, json={"url": url, **more})
    assert answer.status_code == 200, answer.text
    data: dict[str, Any] = answer.json()["data"]
    return data


def keeps_contract(route: str, answer: httpx.Response) -> bool:
    return Draft202012Validator(CONTRACT["endpoints"][route]["response"]).is_valid(answer.json())


async def test_answers_keep_the_contract(world: World) -> None:
    created = await world.http.post(PATH, json={"url": FAR_AWAY, "events": None})
    one = f"{PATH}/{created.json()['data']['endpoint_id']}"
    listed = await world.http.get(PATH)
    changed = await world.http.patch(one, json={"events": ["video_agent.fail"]})
    rotated = await world.http.post(f"{one}/rotate-secret")
    types = await world.http.get("/v3/webhooks/event-types")
    deleted = await world.http.delete(one)

    assert keeps_contract(f"POST {PATH}", created)
    assert keeps_contract(f"GET {PATH}", listed)
    assert keeps_contract(f"PATCH {PATH}/{{endpoint_id}}", changed)
    assert keeps_contract(f"POST {PATH}/{{endpoint_id}}/rotate-secret", rotated)
    assert keeps_contract("GET /v3/webhooks/event-types", types)
    assert keeps_contract(f"DELETE {PATH}/{{endpoint_id}}", deleted)
    known = CONTRACT["endpoints"][f"POST {PATH}"]["request"]["properties"]["events"]["items"]
    assert [one["event_type"] for one in types.json()["data"]] == known["enum"]


async def test_secret_is_told_once_and_again_only_when_rotated(world: World) -> None:
    created = await register(world)
    [listed] = await world.data(PATH)
    rotate = f"{PATH}/{created['endpoint_id']}/rotate-secret"
    rotated = (await world.http.post(rotate)).json()["data"]

    assert created["secret"].startswith("whsec_")
    assert listed["secret"] is None
    assert rotated["secret"] not in (None, created["secret"])


async def test_same_key_gives_the_first_answer_again(world: World) -> None:
    answers = [
        await world.http.post(PATH, json={"url": FAR_AWAY}, headers={"Idempotency-Key": "k"})
        for _ in range(2)
    ]

    assert answers[0].json() == answers[1].json()
    assert len(world.heygen.endpoints.by_id) == 1


@pytest.mark.wrong_requests
@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"url": "http://bot.example.test/"}, 400),
        ({"url": 7}, 400),
        ({"url": FAR_AWAY, "events": ["video.done"]}, 400),
        ({"url": FAR_AWAY, "events": "video_agent.fail"}, 400),
        ({"url": FAR_AWAY, "entity_id": 7}, 400),
        ({"url": FAR_AWAY, "secret": "mine"}, 422),
    ],
    ids=str,
)
async def test_what_the_contract_refuses_is_refused(world: World, body: Any, status: int) -> None:
    answer = await world.http.post(PATH, json=body)

    assert answer.status_code == status
    assert world.heygen.endpoints.by_id == {}


async def test_address_is_probed_before_it_is_taken(world: World, receiver: Receiver) -> None:
    receiver.statuses = [405]
    refused = await world.http.post(PATH, json={"url": receiver.url})
    await register(world, receiver.url)

    assert refused.status_code == 400
    assert receiver.probes == 2
    assert len(world.heygen.endpoints.by_id) == 1


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", f"{PATH}/x", {}),
        ("DELETE", f"{PATH}/x", None),
        ("POST", f"{PATH}/x/rotate-secret", None),
    ],
)
async def test_unknown_endpoint_is_not_found(
    world: World, method: str, path: str, body: Any
) -> None:
    answer = await world.http.request(method, path, json=body)

    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "webhook_not_found")


async def test_list_is_paged(world: World) -> None:
    for number in range(12):
        await register(world, f"{FAR_AWAY}/{number}")

    first = (await world.http.get(PATH)).json()
    rest = (await world.http.get(PATH, params={"token": first["next_token"]})).json()

    assert (len(first["data"]), len(rest["data"])) == (10, 2)
    assert (first["has_more"], rest["has_more"]) == (True, False)


async def test_end_of_a_session_is_told_signed_over_the_body_until_somebody_takes_it(
    world: World, receiver: Receiver
) -> None:
    session = await world.create()  # before, so that only the test itself has it told
    endpoint = await register(world, receiver.url, events=["video_agent.success"])
    receiver.statuses = [500]
    world.clock.forward(RENDER_S)
    await world.heygen.send_callback(session.session_id)

    signed = [one for one in world.heygen.callbacks if one.is_signed]
    headers, body = receiver.news[1]
    expected = hmac.new(endpoint["secret"].encode(), body, hashlib.sha256).hexdigest()
    assert [one.status for one in signed] == [500, 200]
    assert headers["Heygen-Signature"] == expected
    assert headers["Heygen-Timestamp"].isdecimal()
    assert headers["Heygen-Event-Id"] == json.loads(body)["event_id"]
    assert json.loads(body)["event_data"]["session_id"] == session.session_id


@pytest.mark.parametrize(
    ("events", "status"), [(["video_agent.fail"], "enabled"), (None, "disabled")]
)
async def test_nobody_is_told_what_they_did_not_ask_for(
    world: World, receiver: Receiver, events: list[str] | None, status: str
) -> None:
    id_ = (await register(world, receiver.url, events=events))["endpoint_id"]
    world.heygen.endpoints.by_id[id_].status = status
    session = await world.create()
    world.clock.forward(RENDER_S)

    await world.heygen.send_callback(session.session_id)

    assert receiver.news == []


async def test_deleted_endpoint_hears_nothing_more(world: World, receiver: Receiver) -> None:
    id_ = (await register(world, receiver.url))["endpoint_id"]
    session = await world.create()
    await world.http.delete(f"{PATH}/{id_}")
    world.clock.forward(RENDER_S)

    await world.heygen.send_callback(session.session_id)

    assert receiver.news == []
    assert await world.data(PATH) == []
