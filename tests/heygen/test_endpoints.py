"""Webhook endpoints: what is sent, and what becomes of odd answers. The rest: tests/cli."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest

from bot.domain.errors import VideoAgentOutcomeUnknown
from bot.heygen.connection import Connection
from bot.heygen.endpoints import Endpoint, WebhookEndpoints
from tests.contract.transport import ContractedTransport
from tests.heygen.conftest import KEY

ADDRESS = "https://bot.example.test/heygen/webhook"
DATA = {
    "endpoint_id": "ep_1",
    "url": ADDRESS,
    "events": None,
    "status": "enabled",
    "secret": "whsec_1",
    "created_at": "2026-01-01T00:00:00Z",
}

EndpointsOf = Callable[..., WebhookEndpoints]


@pytest.fixture
async def endpoints_of() -> AsyncIterator[EndpointsOf]:
    """endpoints_of(handler): endpoints of a HeyGen that is that function; `odd` as its answers."""
    connections: list[Connection] = []

    def build(
        handler: Callable[[httpx.Request], httpx.Response], *, odd: bool = False
    ) -> WebhookEndpoints:
        transport = ContractedTransport(handler, odd=odd)
        connections.append(Connection(KEY, "https://api.heygen.test", transport=transport))
        return WebhookEndpoints(connections[-1])

    yield build
    for connection in connections:
        await connection.close()


async def test_one_call_has_one_key_and_another_call_another(endpoints_of: EndpointsOf) -> None:
    keys: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        keys.append(request.headers["Idempotency-Key"])
        if len(keys) % 2:
            return httpx.Response(500, json={"error": {"code": "internal_error"}})
        return httpx.Response(200, json={"data": DATA})

    endpoints = endpoints_of(handler)
    await endpoints.register(ADDRESS)
    await endpoints.rotate("ep_1")

    registered, registered_again, rotated, rotated_again = keys
    assert registered == registered_again
    assert rotated == rotated_again
    assert registered != rotated


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        {},
        DATA | {"secret": None},
        DATA | {"secret": ""},
        DATA | {"secret": 7},
        DATA | {"secret": "two\nlines"},
        DATA | {"endpoint_id": ""},
        DATA | {"endpoint_id": None},
    ],
    ids=repr,
)
async def test_success_without_a_secret_is_unclear_and_not_a_success(
    endpoints_of: EndpointsOf, data: Any
) -> None:
    endpoints = endpoints_of(lambda request: httpx.Response(200, json={"data": data}), odd=True)

    with pytest.raises(VideoAgentOutcomeUnknown):
        await endpoints.register(ADDRESS)


async def test_secret_is_in_no_text_of_what_comes_back(endpoints_of: EndpointsOf) -> None:
    made = await endpoints_of(lambda request: httpx.Response(200, json={"data": DATA})).register(
        ADDRESS
    )

    assert made.secret == "whsec_1"
    assert "whsec_1" not in repr(made)


@pytest.mark.parametrize("status", [200, 204])
async def test_delete_may_answer_with_nothing(endpoints_of: EndpointsOf, status: int) -> None:
    await endpoints_of(lambda request: httpx.Response(status), odd=True).delete("ep_1")


async def test_odd_lines_are_shown_as_far_as_they_can_be(endpoints_of: EndpointsOf) -> None:
    lines = [{"endpoint_id": "a"}, {"url": ADDRESS}, DATA | {"events": ["x", 7], "url": "a\x00"}]
    body = json.dumps({"data": lines, "has_more": False})
    endpoints = endpoints_of(lambda request: httpx.Response(200, content=body), odd=True)

    assert await endpoints.list_all() == [
        Endpoint("a", "", None, "", ""),
        Endpoint("ep_1", "", ("x", ""), "enabled", DATA["created_at"]),
    ]
