"""Webhook endpoints of the HeyGen stand-in: registered for the account, each with a secret."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import aiohttp
from aiohttp import web

from bot.sandbox.heygen.answers import page, single
from bot.sandbox.heygen.checks import (
    Body,
    RefusedError,
    check_fields,
    invalid,
    is_https_url,
    is_loopback_url,
    require,
)
from bot.sandbox.heygen.edges import json_body
from bot.sandbox.heygen.lists import list_answer

PATH = "/v3/webhooks/endpoints"
REGISTER, ROTATE = f"POST {PATH}", f"POST {PATH}/{{endpoint_id}}/rotate-secret"
PROBE_S = 1.0
PAGE_DEFAULT = 10

EVENTS = (
    *("avatar_video.success", "avatar_video.fail"),
    *("avatar_video_gif.success", "avatar_video_gif.fail"),
    *("video_translate.success", "video_translate.fail"),
    *("video_translate.preflight.validation_failed", "video_translate.preflight.download_failed"),
    *("personalized_video", "instant_avatar.success", "instant_avatar.fail"),
    *("photo_avatar_generation.success", "photo_avatar_generation.fail"),
    *("photo_avatar_train.success", "photo_avatar_train.fail"),
    *("photo_avatar_add_motion.success", "photo_avatar_add_motion.fail"),
    *("proofread_creation.success", "proofread_creation.fail"),
    *("live_avatar.success", "live_avatar.fail"),
    *("avatar_video_caption.success", "avatar_video_caption.fail"),
    *("video_agent.success", "video_agent.fail"),
    *("hyperframes_video.success", "hyperframes_video.fail"),
    *("ai_clipping.success", "ai_clipping.fail", "batch.finished"),
)


@dataclass
class SandboxEndpoint:
    """One registered address. `events` None means all of them."""

    endpoint_id: str
    url: str
    events: list[str] | None
    secret: str
    created_at: float
    status: str = "enabled"

    def headers_for(self, body: bytes, event_id: str) -> dict[str, str]:
        """The signature is over the body alone; the time beside it is not signed."""
        signature = hmac.new(self.secret.encode(), body, hashlib.sha256).hexdigest()
        return {
            "Heygen-Signature": signature,
            "Heygen-Timestamp": str(int(time.time())),
            "Heygen-Event-Id": event_id,
        }

    def told(self, *, with_secret: bool) -> dict[str, Any]:
        return {
            "endpoint_id": self.endpoint_id,
            "url": self.url,
            "events": self.events,
            "status": self.status,
            "created_at": datetime.fromtimestamp(self.created_at, UTC).isoformat(),
            "secret": self.secret if with_secret else None,
        }


class WebhookEndpoints:
    """Registered twice, an address is told everything twice: HeyGen is not known to mind."""

    def __init__(self, now: Callable[[], float]) -> None:
        self.by_id: dict[str, SandboxEndpoint] = {}
        self.probe_s = PROBE_S
        self._now = now

    def subscribed(self, event_type: str) -> list[SandboxEndpoint]:
        enabled = [one for one in self.by_id.values() if one.status == "enabled"]
        return [one for one in enabled if one.events is None or event_type in one.events]

    def routes(self) -> list[web.RouteDef]:
        one = f"{PATH}/{{endpoint_id}}"
        return [
            web.post(PATH, self._register),
            web.get(PATH, self._list),
            web.patch(one, self._change),
            web.delete(one, self._delete),
            web.post(f"{one}/rotate-secret", self._rotate),
            web.get("/v3/webhooks/event-types", self._event_types),
        ]

    async def _register(self, request: web.Request) -> web.Response:
        body = await json_body(request)
        check_fields(body, {"url", "events", "entity_id"})
        url, events = _url(body), _events(body)
        entity_id = body.get("entity_id")
        require(entity_id is None or isinstance(entity_id, str), "entity_id", "must be text")
        await _probe(url, self.probe_s)
        id_ = f"ep_{secrets.token_hex(8)}"
        endpoint = SandboxEndpoint(id_, url, events, _new_secret(), self._now())
        self.by_id[id_] = endpoint
        return web.json_response(single(endpoint.told(with_secret=True)))

    async def _list(self, request: web.Request) -> web.Response:
        lines = [endpoint.told(with_secret=False) for endpoint in self.by_id.values()]
        return list_answer(request, lines, default=PAGE_DEFAULT)

    async def _change(self, request: web.Request) -> web.Response:
        endpoint, body = self._endpoint(request), await json_body(request)
        check_fields(body, {"url", "events"})
        if body.get("url") is not None:
            endpoint.url = _url(body)
            await _probe(endpoint.url, self.probe_s)
        if "events" in body:
            endpoint.events = _events(body)
        return web.json_response(single(endpoint.told(with_secret=False)))

    async def _delete(self, request: web.Request) -> web.Response:
        del self.by_id[self._endpoint(request).endpoint_id]
        return web.json_response(single({}))

    async def _rotate(self, request: web.Request) -> web.Response:
        """The old secret signs nothing from now on."""
        endpoint = self._endpoint(request)
        endpoint.secret = _new_secret()
        told = {"endpoint_id": endpoint.endpoint_id, "secret": endpoint.secret}
        return web.json_response(single(told))

    async def _event_types(self, request: web.Request) -> web.Response:
        return web.json_response(page([{"event_type": e, "description": e} for e in EVENTS]))

    def _endpoint(self, request: web.Request) -> SandboxEndpoint:
        endpoint = self.by_id.get(request.match_info["endpoint_id"])
        if endpoint is None:
            raise RefusedError(404, "webhook_not_found", "No such endpoint")
        return endpoint


def _url(body: Body) -> str:
    url = body.get("url")
    require(is_https_url(url) or is_loopback_url(url), "url", "url must be an https address")
    return str(url)


def _events(body: Body) -> list[str] | None:
    events = body.get("events")
    if events is None:
        return None
    fits = isinstance(events, list) and all(event in EVENTS for event in events)
    require(fits, "events", "events must be names of events")
    return list(events)


async def _probe(url: str, within_s: float) -> None:
    """Somebody must be there: an OPTIONS request, answered with 2xx in time."""
    if not is_loopback_url(url):
        return  # the stand-in asks nobody but this machine
    timeout = aiohttp.ClientTimeout(total=within_s)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout, headers={"User-Agent": "HeyGen"}) as http,
            http.options(url, allow_redirects=False) as answer,
        ):
            is_there = 200 <= answer.status < 300
    except (aiohttp.ClientError, TimeoutError):
        is_there = False
    if not is_there:
        raise invalid("url", "the endpoint did not answer OPTIONS with 2xx within a second")


def _new_secret() -> str:
    return f"whsec_{secrets.token_hex(24)}"
