"""The HTTP side of the Slack stand-in: routes, tokens, scopes, faults, and the record of calls."""

from __future__ import annotations

import asyncio
import hmac
import json
import sys
from collections import deque
from typing import Any

from aiohttp import web

from bot.sandbox.cut_answers import send_half
from bot.sandbox.faults import Fault, FaultPlan
from bot.sandbox.slack import chat_methods, conversation_methods, file_methods, view_methods
from bot.sandbox.slack.conversation_methods import need_scope
from bot.sandbox.slack.file_routes import receive_upload, send_file, send_half_of_file
from bot.sandbox.slack.refusals import RateLimited, SlackRefusal
from bot.sandbox.slack.response_urls import use_response_url
from bot.sandbox.slack.sockets import SocketHub
from bot.sandbox.slack.state import Json, RecordedCall
from bot.sandbox.slack.workspace import Workspace

METHODS = {
    **chat_methods.METHODS,
    **conversation_methods.METHODS,
    **file_methods.METHODS,
    **view_methods.METHODS,
}
# The scope each method needs; conversations.info, .history and .replies ask for their own by kind
SCOPE_OF = {
    "chat.postMessage": "chat:write",
    "chat.postEphemeral": "chat:write",
    "chat.update": "chat:write",
    "conversations.join": "channels:join",
    "conversations.open": "im:write",
    "users.info": "users:read",
    "files.info": "files:read",
    "files.getUploadURLExternal": "files:write",
    "files.completeUploadExternal": "files:write",
}
ANSWER = "bot.sandbox.slack.answer"  # told to audit hooks (PEP 578): the tests judge each one
CALLS_KEPT = 10_000
MAX_BODY_BYTES = 4 * 1024 * 1024


class SlackApi:
    """Answers the bot's requests out of the workspace's state."""

    def __init__(
        self, state: Workspace, sockets: SocketHub, *, bot_token: str, app_token: str
    ) -> None:
        self.faults = FaultPlan()
        self.calls: deque[RecordedCall] = deque(maxlen=CALLS_KEPT)
        self.bot_token, self.app_token = bot_token, app_token
        self.state, self._sockets = state, sockets
        self._late: set[asyncio.Task[None]] = set()  # requests that take effect later

    def application(self) -> web.Application:
        app = web.Application(client_max_size=MAX_BODY_BYTES)
        app.add_routes(
            [
                web.route("*", "/api/{method}", self._serve_method),
                web.post("/upload/v1/{token}", self._serve_upload),
                web.get("/files-pri/{owner}/download/{name}", self._serve_download),
                web.get("/files-pri/{owner}/{name}", self._serve_download),
                web.post("/respond/{team}/{token}", self._serve_response_url),
                web.get("/link/", self._sockets.serve),
            ]
        )
        return app

    async def _serve_method(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["method"]
        fault = self.faults.take(name)
        if fault is not None and (stopped := await self._before(fault, request)) is not None:
            return stopped
        params = await _read_params(request)
        if fault is not None and fault.kind == "late":
            work = self._take_effect(fault.seconds, name, params, _bearer(request, params))
            self._late.add(task := asyncio.create_task(work))
            task.add_done_callback(self._late.discard)
            return _abort(request)
        status, body, headers = self._answer(name, params, _bearer(request, params))
        if fault is not None and (broken := self._after(fault, request)) is not None:
            return broken
        if fault is not None and fault.kind == "cut":
            whole = json.dumps(body).encode()
            return await send_half(request, whole, content_type="application/json")
        sys.audit(ANSWER, name, body)
        return web.json_response(body, status=status, headers=headers)

    async def _take_effect(self, after_s: float, name: str, params: Json, token: str) -> None:
        await asyncio.sleep(after_s)
        self._answer(name, params, token)

    async def stop(self) -> None:
        for task in (late := list(self._late)):
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    def _answer(self, name: str, params: Json, token: str) -> tuple[int, Json, dict[str, str]]:
        """(status, body, headers)."""
        params.pop("token", None)
        call = RecordedCall(name, params, self.state.now(), authorized=False)
        self.calls.append(call)
        self.state.sent.append(params)
        try:
            self._check_token(name, token)
            call.authorized = True
            if name == "apps.connections.open":
                return 200, {"ok": True, "url": self._sockets.new_address()}, {}
            if name not in METHODS:
                raise SlackRefusal("unknown_method", req_method=name)
            if name in SCOPE_OF:
                need_scope(self.state, SCOPE_OF[name])
            return 200, {"ok": True, **METHODS[name](self.state, params)}, {}
        except RateLimited as refusal:
            call.error = refusal.error
            return 429, refusal.body(), {"Retry-After": refusal.retry_after}
        except SlackRefusal as refusal:
            call.error = refusal.error
            return 200, refusal.body(), {}
        finally:
            self.state.changed()  # somebody may wait for a call that is refused, or only reads

    def _check_token(self, name: str, token: str) -> None:
        if not token:
            raise SlackRefusal("not_authed")
        if token not in (self.bot_token, self.app_token):
            raise SlackRefusal("invalid_auth")
        if token == self.bot_token and self.state.token_refusal is not None:
            raise SlackRefusal(self.state.token_refusal)
        wants_app = name == "apps.connections.open"
        if (token == self.app_token) != wants_app:
            raise SlackRefusal("not_allowed_token_type")

    async def _serve_upload(self, request: web.Request) -> web.StreamResponse:
        fault = self.faults.take("file upload")
        if fault is not None and (stopped := await self._before(fault, request)) is not None:
            return stopped
        response = await receive_upload(self.state, request)
        if fault is not None and (broken := self._after(fault, request)) is not None:
            return broken
        return response

    async def _serve_download(self, request: web.Request) -> web.StreamResponse:
        fault = self.faults.take("file download")
        if fault is not None and (stopped := await self._before(fault, request)) is not None:
            return stopped
        knows = hmac.compare_digest(_bearer(request, {}).encode(), self.bot_token.encode())
        knows = knows and self.state.token_refusal is None
        if fault is not None and fault.kind == "cut" and knows:
            return await send_half_of_file(self.state, request)
        response = send_file(self.state, request, knows=knows)
        if fault is not None and (broken := self._after(fault, request)) is not None:
            return broken
        return response

    async def _serve_response_url(self, request: web.Request) -> web.StreamResponse:
        try:
            body: Any = await request.json()
            self.state.sent.append(body)
            use_response_url(self.state, request.match_info["token"], body)
        except SlackRefusal as refusal:
            return web.json_response(refusal.body(), status=404)
        except ValueError:
            return web.json_response({"ok": False, "error": "invalid_payload"}, status=400)
        return web.Response(text="ok")

    # -- misbehaviour

    async def _before(self, fault: Fault, request: web.Request) -> web.StreamResponse | None:
        if fault.kind == "slow":
            await asyncio.sleep(fault.seconds)
        if fault.kind == "status":
            return _as_told(fault)
        return _abort(request) if fault.kind == "drop_before" else None

    def _after(self, fault: Fault, request: web.Request) -> web.StreamResponse | None:
        if fault.kind == "status_after":
            return _as_told(fault)
        return _abort(request) if fault.kind == "drop_after" else None


def _as_told(fault: Fault) -> web.Response:
    headers = {"Content-Type": fault.content_type, **fault.headers}
    is_chunked = headers.pop("Transfer-Encoding", "") == "chunked"
    answer = web.Response(status=fault.status, body=fault.body.encode(), headers=headers)
    if is_chunked:  # so without a Content-Length
        answer.enable_chunked_encoding()
    return answer


def _abort(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


def _bearer(request: web.Request, params: Json) -> str:
    header = request.headers.get("Authorization", "")
    return header.removeprefix("Bearer ").strip() or str(params.get("token") or "")


async def _read_params(request: web.Request) -> Json:
    params: Json = dict(request.query)
    if request.content_type == "application/json":
        try:
            body = json.loads(await request.text() or "{}")
        except ValueError:
            body = {}
        return params | (body if isinstance(body, dict) else {})
    return params | dict(await request.post())
