"""What a request meets before its route: the record, planned faults, the edge, the key, repeats."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from multidict import CIMultiDict

from bot.sandbox.cut_answers import send_half
from bot.sandbox.faults import Fault, FaultPlan, edge_page
from bot.sandbox.heygen.checks import RefusedError, check_idempotency_key, invalid
from bot.sandbox.heygen.exchange import FORM_FIELDS, IN_FAULT, JSON_BODY, ODD, Exchange, tell
from bot.sandbox.heygen.state import RecordedRequest

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Slot = tuple[str, str, str]  # account, path, Idempotency-Key

REQUESTS_KEPT = 20_000
IDEMPOTENCY_LIFE_S = 24 * 3600
SECRET_HEADERS = ("X-Api-Key", "Authorization")
API_PREFIX = "/v3/"
ASSETS, SESSIONS = "POST /v3/assets", "POST /v3/video-agents"
DIRECT_UPLOADS = "POST /v3/assets/direct-uploads"
SLOW_S = web.RequestKey("slow_s", float)
RECORD = web.RequestKey("record", RecordedRequest)
ACCOUNT_NAME = web.RequestKey("account_name", str)  # whose key the request carries


def route_of(request: web.Request) -> str:
    """The route as a fault plan names it; the plain path when there is no such route."""
    resource = request.match_info.route.resource
    path = resource.canonical if resource is not None else request.path
    return f"{request.method} {path}"


class Recorder:
    """Outermost: keeps every request, and turns refusals into HeyGen's error envelope."""

    def __init__(self) -> None:
        self.requests: list[RecordedRequest] = []
        self.odd_words: set[str] = set()  # statuses that a test ordered, known to HeyGen or not

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        record = request[RECORD] = self._record(request)
        answer = await self._answer(record, request, handler)
        dropped = request.transport is None or request.transport.is_closing()
        record.status = None if dropped else answer.status
        if not dropped:
            tell(self._exchange(record, request, answer))
        return answer

    def _exchange(
        self, record: RecordedRequest, request: web.Request, answer: web.StreamResponse
    ) -> Exchange:
        body = answer.body if isinstance(answer, web.Response) else None
        form = request.get(FORM_FIELDS)
        return Exchange(
            method=record.method,
            route=record.route,
            path=record.path,
            query=record.query,
            headers=record.headers,
            status=answer.status,
            answer_headers=answer.headers,
            answer=body if isinstance(body, bytes) else b"",
            json_body=request.get(JSON_BODY),
            form_fields=None if form is None else tuple(form),
            has_body=request.body_exists,
            odd=request.get(ODD, False),
            in_fault=request.get(IN_FAULT, False),
            odd_words=frozenset(self.odd_words),
        )

    def _record(self, request: web.Request) -> RecordedRequest:
        headers = CIMultiDict(request.headers)
        for name in SECRET_HEADERS:
            if name in headers:
                headers[name] = "(hidden)"
        query = dict(request.query)
        record = RecordedRequest(
            request.method, route_of(request), request.path, query, headers, None, time.time()
        )
        self.requests.append(record)
        del self.requests[:-REQUESTS_KEPT]
        return record

    async def _answer(
        self, record: RecordedRequest, request: web.Request, handler: Handler
    ) -> web.StreamResponse:
        try:
            record.json = await _json_or_none(request)
            return await handler(request)
        except RefusedError as refusal:
            return _refusal(refusal)
        except web.HTTPRequestEntityTooLarge:
            return _refusal(RefusedError(413, "payload_too_large", "The body is too large"))
        except (web.HTTPNotFound, web.HTTPMethodNotAllowed) as fault:
            return _refusal(RefusedError(fault.status, "not_found", "No such route"))
        except ConnectionError:  # the caller hung up while sending, so nobody reads this
            return web.Response(status=400)


def _refusal(refusal: RefusedError) -> web.Response:
    return web.json_response(refusal.envelope(), status=refusal.status, headers=refusal.headers)


async def _json_or_none(request: web.Request) -> Any:
    if request.content_type != "application/json":
        return None
    try:
        request[JSON_BODY] = await request.read()
        return json.loads(request[JSON_BODY])
    except ValueError:
        return None


class Misbehaviour:
    """Carries out the planned faults. `slow` is left to the innermost step, see `slow_down`."""

    def __init__(self, plan: FaultPlan) -> None:
        self._plan = plan

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        fault = self._plan.take(route_of(request), request.path)
        if fault is None:
            return await handler(request)
        if fault.kind == "drop_before":
            return _drop(request)
        request[IN_FAULT] = fault.kind != "slow"
        request[ODD] = fault.odd
        if fault.kind == "status":
            await drain(request)
            return _planned(fault)
        if fault.kind == "slow":
            request[SLOW_S] = fault.seconds
            return await handler(request)
        answer = await handler(request)
        if fault.kind == "cut":
            return await _cut(request, answer)
        return _drop(request) if fault.kind == "drop_after" else _planned(fault)


def _drop(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)


async def _cut(request: web.Request, answer: web.StreamResponse) -> web.StreamResponse:
    """Half of an answer in JSON; of a file nothing."""
    if not isinstance(answer, web.Response) or not isinstance(answer.body, bytes):
        return _drop(request)
    return await send_half(
        request, answer.body, status=answer.status, content_type=answer.content_type
    )


def _planned(fault: Fault) -> web.Response:
    headers = CIMultiDict(fault.headers)
    headers.setdefault("Content-Type", fault.content_type)
    return web.Response(status=fault.status, body=fault.body.encode(), headers=headers)


async def drain(request: web.Request) -> None:
    """Reads what is left of the body, so that the sender gets to read our answer."""
    async for _ in request.content.iter_chunked(65_536):
        pass


async def json_body(request: web.Request) -> dict[str, Any]:
    """The object that the body is; anything else is refused."""
    if request.content_type != "application/json":
        raise invalid("Content-Type", "the body must be application/json")
    try:
        body = json.loads(await request.read())
    except ValueError:
        raise invalid(None, "the body is not JSON") from None
    if not isinstance(body, dict):
        raise invalid(None, "the body must be an object")
    return body


@web.middleware
async def slow_down(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Innermost, so that a repeat of a slow request finds the first one still in progress."""
    await asyncio.sleep(request.get(SLOW_S, 0.0))
    return await handler(request)


class Gatekeeper:
    """The edge filter and the key. Download links and pages need neither."""

    def __init__(self, account_of: Callable[[str], str | None]) -> None:
        """`account_of` names the account of a key; None for a key that is no good."""
        self._account_of = account_of

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if not request.path.startswith(API_PREFIX):
            return await handler(request)
        if not request.headers.get("User-Agent", "").strip():
            request[ODD] = True
            return _planned(edge_page(403))
        name = self._account_of(request.headers.get("X-Api-Key", ""))
        if name is None:
            raise RefusedError(401, "unauthorized", "The API key is missing or not valid")
        request[ACCOUNT_NAME] = request[RECORD].account = name
        return await handler(request)


@dataclass
class Repeats:
    """Idempotency-Key: the first good answer is given again for a day, on routes that honour it.

    A key is one account's own: another's request with the same one is another request.
    """

    honoured: frozenset[str]
    now: Callable[[], float]
    _answers: dict[Slot, tuple[float, int, bytes]] = field(default_factory=dict)
    _running: set[Slot] = field(default_factory=set)

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        key = request.headers.get("Idempotency-Key")
        if key is not None:  # a blank one is refused too (contract, limits.idempotency_key)
            check_idempotency_key(key)
        if key is None or route_of(request) not in self.honoured:
            return await handler(request)
        slot = (request.get(ACCOUNT_NAME, ""), request.path, key)
        if slot in self._running:
            raise RefusedError(409, "request_in_progress", "The first request is still running")
        return self._replay(slot) or await self._first(slot, request, handler)

    def _replay(self, slot: Slot) -> web.Response | None:
        at, status, body = self._answers.get(slot, (-IDEMPOTENCY_LIFE_S, 0, b""))
        if self.now() - at >= IDEMPOTENCY_LIFE_S:
            return None
        return web.Response(status=status, body=body, content_type="application/json")

    async def _first(
        self, slot: Slot, request: web.Request, handler: Handler
    ) -> web.StreamResponse:
        self._running.add(slot)
        try:
            answer = await handler(request)
        finally:
            self._running.discard(slot)
        if isinstance(answer, web.Response) and isinstance(answer.body, bytes):
            self._answers[slot] = (self.now(), answer.status, answer.body)
        return answer
