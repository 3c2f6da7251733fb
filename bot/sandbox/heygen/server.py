"""A stand-in for HeyGen v3: real HTTP on loopback, stateful, strict, troublesome on request."""

from __future__ import annotations

import hmac
import math
import secrets
import time
from collections import ChainMap
from collections.abc import Callable
from email.utils import formatdate
from pathlib import Path
from typing import Any

from aiohttp import web

from bot.sandbox.faults import FaultPlan
from bot.sandbox.heygen.account import HeyGenAccount
from bot.sandbox.heygen.answers import (
    USER,
    asset_uploaded,
    callback_payload,
    page,
    session_created,
    session_in_list,
    session_read,
    single,
    video_read,
)
from bot.sandbox.heygen.callbacks import CallbackCourier
from bot.sandbox.heygen.checks import (
    RefusedError,
    check_create,
    check_fields,
    invalid,
    page_limit,
    status_ids,
)
from bot.sandbox.heygen.edges import (
    ACCOUNT_NAME,
    ASSETS,
    DIRECT_UPLOADS,
    SESSIONS,
    Gatekeeper,
    Misbehaviour,
    Recorder,
    Repeats,
    json_body,
    slow_down,
)
from bot.sandbox.heygen.endpoints import REGISTER, ROTATE
from bot.sandbox.heygen.links import SignedFiles
from bot.sandbox.heygen.state import (
    Message,
    Outcome,
    RecordedRequest,
    SandboxAsset,
    SandboxSession,
    SandboxVideo,
    SentCallback,
)
from bot.sandbox.heygen.uploads import read_upload

__all__ = [
    "HeyGenAccount",
    "HeyGenSandbox",
    "Message",
    "Outcome",
    "RecordedRequest",
    "SandboxAsset",
    "SandboxSession",
    "SandboxVideo",
    "SentCallback",
]

BODY_MAX_BYTES = 64 * 1024 * 1024
FIRST_ACCOUNT = "sandbox"
SHUTDOWN_S = 0.1  # requests still running at stop are cut off after that


class HeyGenSandbox(HeyGenAccount):
    """HeyGen with one account, and those that are added to it; each request's key says whose.

    State follows from the clock `now`; a stopped server keeps it.
    """

    def __init__(
        self,
        *,
        api_key: str = "sandbox-heygen-key",
        render_s: float = 1.0,
        video_id_delay_s: float = 0.0,
        honour_idempotency: bool = True,
        list_lag_s: float = 0.0,
        max_concurrent: int = 10,
        bulk_knows_videos: bool = True,
        asset_processing_s: float = 0.0,
        now: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(
            FIRST_ACCOUNT,
            api_key=api_key,
            now=now,
            render_s=render_s,
            video_id_delay_s=video_id_delay_s,
            list_lag_s=list_lag_s,
            max_concurrent=max_concurrent,
            bulk_knows_videos=bulk_knows_videos,
            asset_processing_s=asset_processing_s,
        )
        self.accounts: dict[str, HeyGenAccount] = {self.name: self}
        self.faults = FaultPlan()
        self.url = ""
        self._recorder = Recorder()
        self._all_videos: ChainMap[str, SandboxVideo] = ChainMap(self.videos)
        self._files = SignedFiles(self._all_videos, now)
        self._courier = CallbackCourier(
            lambda session: callback_payload(session, self._files),
            lambda session: self._account_with(session).endpoints,
        )
        self._repeats = Repeats(
            frozenset({ASSETS, DIRECT_UPLOADS, REGISTER, ROTATE})
            | ({SESSIONS} if honour_idempotency else set()),
            now,
        )
        self._runner: web.AppRunner | None = None

    def add_account(self, name: str, *, api_key: str, **settings: Any) -> HeyGenAccount:
        """One more account; `settings` are those of HeyGenAccount."""
        if name in self.accounts or self._name_of(api_key) is not None:
            raise ValueError(f"{name} or its key is an account's already")
        account = HeyGenAccount(name, api_key=api_key, now=self._now, **settings)
        account.direct_uploads.base_url = self.url
        self._all_videos.maps.append(account.videos)
        self.accounts[name] = account
        return account

    def _name_of(self, key: str) -> str | None:
        """The account of a key that is good."""
        given = key.encode()
        for account in self.accounts.values():
            if any(hmac.compare_digest(given, one.encode()) for one in account.keys):
                return account.name
        return None

    def _account(self, request: web.Request) -> HeyGenAccount:
        return self.accounts[request[ACCOUNT_NAME]]

    def _account_with(self, session: SandboxSession) -> HeyGenAccount:
        having = (one for one in self.accounts.values() if session.session_id in one.sessions)
        return next(having)

    @property
    def requests(self) -> list[RecordedRequest]:
        """The requests so far, oldest first; the latest 20 000 are kept."""
        return self._recorder.requests

    def serve_video(self, path: Path) -> None:
        """Every video is this file from now on, instead of the packaged ones."""
        self._files.video = path

    def link_to_video(self, video_id: str) -> str:
        """A fresh link, as a read of the video tells it."""
        return self._files.link(f"{video_id}.mp4")

    @property
    def callbacks(self) -> list[SentCallback]:
        """Every try to deliver a callback so far."""
        return self._courier.sent

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> str:
        """Listens, and returns the base address. Port 0 takes any free one."""
        self._runner = web.AppRunner(self._app(), access_log=None, shutdown_timeout=SHUTDOWN_S)
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port).start()
        self.url = f"http://{host}:{self._runner.addresses[0][1]}"
        self._files.base_url = self.url
        for account in self.accounts.values():
            account.direct_uploads.base_url = self.url
        await self._courier.start()
        return self.url

    async def come_back(self) -> str:
        """Listens again where it did before `stop`: until then connections were refused."""
        host, _, port = self.url.removeprefix("http://").rpartition(":")
        return await self.start(host, int(port))

    async def stop(self) -> None:
        await self._courier.stop()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def send_callback(self, session_id: str, times: int = 1) -> None:
        """Sends the callback of a session now, `times` times over, as HeyGen may do."""
        sessions = ChainMap(*(account.sessions for account in self.accounts.values()))
        for _ in range(times):
            await self._courier.deliver(sessions[session_id])

    def _app(self) -> web.Application:
        steps = [
            self._recorder.middleware,
            Misbehaviour(self.faults).middleware,
            Gatekeeper(self._name_of).middleware,
            self._repeats.middleware,
            slow_down,
        ]
        app = web.Application(middlewares=steps, client_max_size=BODY_MAX_BYTES)
        app.on_response_prepare.append(self._date)
        app.add_routes(
            [
                web.post("/v3/video-agents", self._create_session),
                web.get("/v3/video-agents", self._list_sessions),
                *map(self._by_account, self.catalogue.routes()),
                *map(self._by_account, self.endpoints.routes()),
                web.get("/v3/video-agents/{session_id}", self._read_session),
                web.post("/v3/video-agents/{session_id}/stop", self._stop_session),
                web.get("/v3/video-agents/{session_id}/videos", self._session_videos),
                web.get("/v3/videos/statuses", self._video_statuses),
                web.get("/v3/videos/{video_id}", self._read_video),
                web.post("/v3/assets", self._upload_asset),
                *map(self._by_account, self.direct_uploads.routes()),
                web.get("/v3/users/me", self._read_user),
                web.get("/files/{name}", self._files.serve),
                web.get("/videos/{video_id}", self._files.page),
            ]
        )
        return app

    def _by_account(self, route: web.RouteDef) -> web.RouteDef:
        """The same route, answered by the room of the account whose key asks."""

        async def answer(request: web.Request) -> web.StreamResponse:
            name = request.get(ACCOUNT_NAME)
            account = self._keyless(request) if name is None else self.accounts[name]
            return await account.handlers[route.method, route.path](request)

        return web.RouteDef(route.method, route.path, answer, route.kwargs)

    def _keyless(self, request: web.Request) -> HeyGenAccount:
        """Storage knows no keys: the account that an upload's address was made for."""
        asset_id = request.match_info.get("asset_id", "")
        accounts = self.accounts.values()
        having = (one for one in accounts if asset_id in one.direct_uploads.pending)
        return next(having, self)

    async def _date(self, _: web.Request, response: web.StreamResponse) -> None:
        """Answers are dated by the clock that dates the sessions."""
        response.headers["Date"] = formatdate(self._now(), usegmt=True)

    async def _create_session(self, request: web.Request) -> web.Response:
        account, body = self._account(request), await json_body(request)
        check_create(body, account.direct_uploads.usable_type)
        account.catalogue.check_choices(body)
        account.refuse_when_busy()
        session = account.open_session(body, request.headers.get("Idempotency-Key"))
        if session.outcome.odd_status_reads:
            self._recorder.odd_words.add(session.outcome.odd_status)
        self._courier.watch(session)
        return web.json_response(single(session_created(session)))

    async def _list_sessions(self, request: web.Request) -> web.Response:
        account = self._account(request)
        limit, before = page_limit(request.query), _session_number(request.query.get("token"))
        known = [
            session
            for session in reversed(account.sessions.values())
            if account.is_listed(session) and session.number < before
        ]
        token = f"before-{known[limit - 1].number}" if len(known) > limit else None
        return web.json_response(page([session_in_list(s) for s in known[:limit]], token))

    async def _read_session(self, request: web.Request) -> web.Response:
        session = self._session(request)
        if session.outcome.session_404_after_video and session.video_id is not None:
            raise _no_session(session.session_id)
        return web.json_response(single(session_read(session)))

    async def _stop_session(self, request: web.Request) -> web.Response:
        session = self._session(request)
        check_fields(await json_body(request), ())
        if session.stopped_at is None:
            session.stopped_at = self._now()
        self._courier.look_again()
        return web.json_response(single({"session_id": session.session_id}))

    async def _session_videos(self, request: web.Request) -> web.Response:
        session, known = self._session(request), self._account(request).videos
        videos = [known[session.video_id]] if session.video_id is not None else []
        return web.json_response(page([video_read(video, self._files) for video in videos]))

    async def _video_statuses(self, request: web.Request) -> web.Response:
        video_ids, batch_ids = status_ids(request.query)
        told = self._account(request).bulk_status
        entries = [{"video_id": one, "status": told(one)} for one in video_ids]
        entries += [{"batch_id": one, "status": "not_found"} for one in batch_ids]
        return web.json_response(page(entries))

    async def _read_video(self, request: web.Request) -> web.Response:
        video = self._account(request).shown_video(request.match_info["video_id"])
        if video is None:
            raise RefusedError(404, "video_not_found", "No such video")
        return web.json_response(single(video_read(video, self._files)))

    async def _upload_asset(self, request: web.Request) -> web.Response:
        upload = await read_upload(request)
        asset = SandboxAsset(
            asset_id=f"asset_{secrets.token_hex(8)}",
            filename=upload.filename,
            mime_type=upload.mime_type,
            size_bytes=upload.size_bytes,
            sha256=upload.sha256,
            idempotency_key=request.headers.get("Idempotency-Key"),
            created_at=self._now(),
        )
        self._account(request).assets[asset.asset_id] = asset
        return web.json_response(single(asset_uploaded(asset, self.url)))

    async def _read_user(self, request: web.Request) -> web.Response:
        account, user = self._account(request), dict(USER)
        if account is not self:
            user |= {"username": account.name, "email": f"{account.name}@example.test"}
        user["wallet"] = user["wallet"] | {"remaining_balance": account.balance_usd}
        return web.json_response(single(user))

    def _session(self, request: web.Request) -> SandboxSession:
        session_id = request.match_info["session_id"]
        sessions = self._account(request).sessions
        if session_id not in sessions:
            raise _no_session(session_id)
        return sessions[session_id]


def _no_session(session_id: str) -> RefusedError:
    return RefusedError(404, "not_found", f"No session {session_id}")


def _session_number(token: str | None) -> float:
    """The place in the list that a page token stands for; infinity for the first page."""
    if token is None:
        return math.inf
    word, _, number = token.partition("-")
    if word != "before" or not number.isdecimal():
        raise invalid("token", "this token is not known")
    return int(number)
