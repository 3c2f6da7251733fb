"""The HTTP side of the Slack stand-in: routes, tokens, scopes, faults, and the record of calls."""

from __future__ import annotations

import asyncio
import json
import sys
from collections import deque
from typing import Any

from aiohttp import web

from bot.sandbox.cut_answers import send_half
from bot.sandbox.faults import Fault, FaultPlan
from bot.sandbox.slack import (
    auth_methods,
    chat_methods,
    conversation_methods,
    file_methods,
    oauth,
    view_methods,
)
from bot.sandbox.slack.app import SlackApp
from bot.sandbox.slack.conversation_methods import need_scope
from bot.sandbox.slack.file_routes import (
    login_page,
    receive_upload,
    send_file,
    send_half_of_file,
)
from bot.sandbox.slack.refusals import RateLimited, SlackRefusal
from bot.sandbox.slack.response_urls import use_response_url
from bot.sandbox.slack.sockets import SocketHub
from bot.sandbox.slack.state import Json, RecordedCall
from bot.sandbox.slack.tokens import BotToken, Tokens
from bot.sandbox.slack.workspace import Workspace

METHODS = {
    **auth_methods.METHODS,
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
# Not told: nobody has made their types yet (tools/slack_types)
UNTYPED = frozenset({"auth.revoke", "auth.teams.list", oauth.METHOD})
CALLS_KEPT = 10_000
MAX_BODY_BYTES = 4 * 1024 * 1024


class SlackApi:
    """Answers the bot's requests, each out of the state of the workspace whose token it has."""

    def __init__(
        self, app: SlackApp, sockets: SocketHub, tokens: Tokens, *, app_token: str
    ) -> None:
        self.faults = FaultPlan()
        self.calls: deque[RecordedCall] = deque(maxlen=CALLS_KEPT)
        self.oauth = oauth.OAuth(app, tokens)
        self._app, self._sockets = app, sockets
        self._tokens, self._app_token = tokens, app_token
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
                *self.oauth.routes(),
            ]
        )
        return app

    async def _serve_method(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["method"]
        fault = self.faults.take(name)
        if fault is not None and (stopped := await self._before(fault, request)) is not None:
            return stopped
        params = await _read_params(request)
        token = _bearer(request, params) if name != oauth.METHOD else _basic(request)
        if fault is not None and fault.kind == "late":
            work = self._take_effect(fault.seconds, name, params, token)
            self._late.add(task := asyncio.create_task(work))
            task.add_done_callback(self._late.discard)
            return _abort(request)
        status, body, headers = self._answer(name, params, token)
        if fault is not None and (broken := self._after(fault, request)) is not None:
            return broken
        if fault is not None and fault.kind == "cut":
            whole = json.dumps(body).encode()
            return await send_half(request, whole, content_type="application/json")
        if name not in UNTYPED:
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
        known = self._tokens.find(token)
        told = {key: value for key, value in params.items() if not _is_secret(name, key)}
        team_id = known.workspace.team_id if known else ""
        call = RecordedCall(name, told, self._app.now(), authorized=False, team_id=team_id)
        self.calls.append(call)
        self._app.sent.append(told)
        try:
            body = self._result(name, params, token, call)
            return 200, {"ok": True, **body}, {}
        except RateLimited as refusal:
            call.error = refusal.error
            return 429, refusal.body(), {"Retry-After": refusal.retry_after}
        except SlackRefusal as refusal:
            call.error = refusal.error
            return 200, refusal.body(), {}
        finally:
            self._app.changed()  # somebody may wait for a call that is refused, or only reads

    def _result(self, name: str, params: Json, token: str, call: RecordedCall) -> Json:
        if name == oauth.METHOD:  # its `token` is what the client is known by
            body = self.oauth.access(params, token)
            call.authorized = True
            return body
        workspace = self._check_token(name, token)
        call.authorized = True
        if workspace is None:
            return {"url": self._sockets.new_address()}
        if name == "auth.revoke":
            return self._revoke(workspace, params)
        if name not in METHODS:
            raise SlackRefusal("unknown_method", req_method=name)
        if name in SCOPE_OF:
            need_scope(workspace, SCOPE_OF[name])
        return METHODS[name](workspace, params)

    def _check_token(self, name: str, token: str) -> Workspace | None:
        """The workspace whose bot calls; None when the app itself opens a socket."""
        if not token:
            raise SlackRefusal("not_authed")
        known = self._tokens.find(token)
        if known is None and token != self._app_token:
            raise SlackRefusal("invalid_auth")
        if known is not None and (word := self._word_for(known)) is not None:
            raise SlackRefusal(word)
        wants_app = name == "apps.connections.open"
        if (known is None) != wants_app:
            raise SlackRefusal("not_allowed_token_type")
        return known.workspace if known is not None else None

    def _word_for(self, token: BotToken) -> str | None:
        return token.word_at(self._app.now()) or token.workspace.token_refusal

    def _revoke(self, workspace: Workspace, params: Json) -> Json:
        """Of its own token; what the events say of it a test sends by `revoke`."""
        if str(params.get("test") or "") in ("1", "true", "True"):
            return {"revoked": False}
        self._tokens.refuse(workspace, "token_revoked")
        return {"revoked": True}

    async def _serve_upload(self, request: web.Request) -> web.StreamResponse:
        fault = self.faults.take("file upload")
        if fault is not None and (stopped := await self._before(fault, request)) is not None:
            return stopped
        token = request.match_info["token"]
        having = (one for one in self._app.workspaces if token in one.uploads)
        response = await receive_upload(next(having, self._app.workspaces[0]), request)
        if fault is not None and (broken := self._after(fault, request)) is not None:
            return broken
        return response

    async def _serve_download(self, request: web.Request) -> web.StreamResponse:
        fault = self.faults.take("file download")
        if fault is not None and (stopped := await self._before(fault, request)) is not None:
            return stopped
        token = self._tokens.find(_bearer(request, {}))
        good = token if token is not None and self._word_for(token) is None else None
        if fault is not None and fault.kind == "cut" and good is not None:
            return await send_half_of_file(good.workspace, request)
        response = send_file(good.workspace, request) if good is not None else login_page()
        if fault is not None and (broken := self._after(fault, request)) is not None:
            return broken
        return response

    async def _serve_response_url(self, request: web.Request) -> web.StreamResponse:
        try:
            body: Any = await request.json()
            self._app.sent.append(body)
            token = request.match_info["token"]
            having = (one for one in self._app.workspaces if token in one.response_urls)
            use_response_url(next(having, self._app.workspaces[0]), token, body)
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


def _is_secret(method: str, name: str) -> bool:
    return method == oauth.METHOD and name in oauth.SECRET_PARAMS


def _bearer(request: web.Request, params: Json) -> str:
    header = request.headers.get("Authorization", "")
    return header.removeprefix("Bearer ").strip() or str(params.get("token") or "")


def _basic(request: web.Request) -> str:
    return request.headers.get("Authorization", "")


async def _read_params(request: web.Request) -> Json:
    params: Json = dict(request.query)
    if request.content_type == "application/json":
        try:
            body = json.loads(await request.text() or "{}")
        except ValueError:
            body = {}
        return params | (body if isinstance(body, dict) else {})
    return params | dict(await request.post())
