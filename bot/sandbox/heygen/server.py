"""A stand-in for HeyGen v3: real HTTP on loopback, stateful, strict, troublesome on request."""

from __future__ import annotations

import math
import secrets
import time
from collections.abc import Callable
from email.utils import formatdate
from pathlib import Path
from typing import Any

from aiohttp import web

from bot.sandbox.faults import FaultPlan
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
from bot.sandbox.heygen.catalogue import SandboxCatalogue
from bot.sandbox.heygen.checks import (
    RefusedError,
    check_create,
    check_fields,
    invalid,
    page_limit,
    status_ids,
)
from bot.sandbox.heygen.direct_uploads import DirectUploads
from bot.sandbox.heygen.edges import (
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
from bot.sandbox.heygen.endpoints import REGISTER, ROTATE, WebhookEndpoints
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
RETRY_AFTER_MAX_S = 60
SHUTDOWN_S = 0.1  # requests still running at stop are cut off after that


class HeyGenSandbox:
    """One HeyGen account. State follows from the clock `now`; a stopped server keeps it.

    `default_outcome` is how sessions go that no `script` speaks of.
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
        self.api_key = api_key
        self.render_s = render_s
        self.video_id_delay_s = video_id_delay_s
        self.list_lag_s = list_lag_s
        self.max_concurrent = max_concurrent
        self.bulk_knows_videos = bulk_knows_videos
        self.default_outcome = Outcome()
        self.faults = FaultPlan()
        self.sessions: dict[str, SandboxSession] = {}
        self.videos: dict[str, SandboxVideo] = {}
        self.assets: dict[str, SandboxAsset] = {}
        self.direct_uploads = DirectUploads(self.assets, asset_processing_s, now)
        self.catalogue = SandboxCatalogue()
        self.endpoints = WebhookEndpoints(now)
        self.url = ""
        self._now = now
        self._scripts: list[tuple[str, Outcome]] = []
        self._recorder = Recorder()
        self._files = SignedFiles(self.videos, now)
        self._courier = CallbackCourier(
            lambda session: callback_payload(session, self._files), self.endpoints
        )
        self._repeats = Repeats(
            frozenset({ASSETS, DIRECT_UPLOADS, REGISTER, ROTATE})
            | ({SESSIONS} if honour_idempotency else set()),
            now,
        )
        self._runner: web.AppRunner | None = None

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
        self._files.base_url = self.direct_uploads.base_url = self.url
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

    def script(self, marker: str, outcome: Outcome) -> None:
        """The next session whose prompt contains `marker` goes like `outcome`; used up by it."""
        self._scripts.append((marker, outcome))

    async def send_callback(self, session_id: str, times: int = 1) -> None:
        """Sends the callback of a session now, `times` times over, as HeyGen may do."""
        for _ in range(times):
            await self._courier.deliver(self.sessions[session_id])

    def _app(self) -> web.Application:
        steps = [
            self._recorder.middleware,
            Misbehaviour(self.faults).middleware,
            Gatekeeper(self.api_key).middleware,
            self._repeats.middleware,
            slow_down,
        ]
        app = web.Application(middlewares=steps, client_max_size=BODY_MAX_BYTES)
        app.on_response_prepare.append(self._date)
        app.add_routes(
            [
                web.post("/v3/video-agents", self._create_session),
                web.get("/v3/video-agents", self._list_sessions),
                *self.catalogue.routes(),
                *self.endpoints.routes(),
                web.get("/v3/video-agents/{session_id}", self._read_session),
                web.post("/v3/video-agents/{session_id}/stop", self._stop_session),
                web.get("/v3/video-agents/{session_id}/videos", self._session_videos),
                web.get("/v3/videos/statuses", self._video_statuses),
                web.get("/v3/videos/{video_id}", self._read_video),
                web.post("/v3/assets", self._upload_asset),
                *self.direct_uploads.routes(),
                web.get("/v3/users/me", self._read_user),
                web.get("/files/{name}", self._files.serve),
                web.get("/videos/{video_id}", self._files.page),
            ]
        )
        return app

    async def _date(self, _: web.Request, response: web.StreamResponse) -> None:
        """Answers are dated by the clock that dates the sessions."""
        response.headers["Date"] = formatdate(self._now(), usegmt=True)

    async def _create_session(self, request: web.Request) -> web.Response:
        body = await json_body(request)
        check_create(body, self.direct_uploads.usable_type)
        self.catalogue.check_choices(body)
        self._refuse_when_busy()
        session = self._open_session(body, request.headers.get("Idempotency-Key"))
        return web.json_response(single(session_created(session)))

    async def _list_sessions(self, request: web.Request) -> web.Response:
        limit, before = page_limit(request.query), _session_number(request.query.get("token"))
        known = [
            session
            for session in reversed(self.sessions.values())
            if self._is_listed(session) and session.number < before
        ]
        token = f"before-{known[limit - 1].number}" if len(known) > limit else None
        return web.json_response(page([session_in_list(s) for s in known[:limit]], token))

    def _is_listed(self, session: SandboxSession) -> bool:
        lag_s = max(self.list_lag_s, session.outcome.listed_after_s)
        return session.created_at + lag_s <= self._now()

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
        session = self._session(request)
        videos = [self.videos[session.video_id]] if session.video_id is not None else []
        return web.json_response(page([video_read(video, self._files) for video in videos]))

    async def _video_statuses(self, request: web.Request) -> web.Response:
        video_ids, batch_ids = status_ids(request.query)
        entries = [{"video_id": one, "status": self._bulk_status(one)} for one in video_ids]
        entries += [{"batch_id": one, "status": "not_found"} for one in batch_ids]
        return web.json_response(page(entries))

    async def _read_video(self, request: web.Request) -> web.Response:
        video = self._shown_video(request.match_info["video_id"])
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
        self.assets[asset.asset_id] = asset
        return web.json_response(single(asset_uploaded(asset, self.url)))

    async def _read_user(self, request: web.Request) -> web.Response:
        return web.json_response(single(USER))

    def _open_session(self, body: dict[str, Any], idempotency_key: str | None) -> SandboxSession:
        outcome = self._outcome_for(body["prompt"])
        render_s, delay_s = outcome.render_s, outcome.late_video_id_s
        session = SandboxSession(
            session_id=f"sess_{secrets.token_hex(8)}",
            number=len(self.sessions),
            body=body,
            created_at=self._now(),
            render_s=self.render_s if render_s is None else render_s,
            video_id_delay_s=self.video_id_delay_s if delay_s is None else delay_s,
            assigned_video_id=f"vid_{secrets.token_hex(8)}",
            outcome=outcome,
            now=self._now,
            idempotency_key=idempotency_key,
        )
        self.sessions[session.session_id] = session
        if outcome.odd_status_reads:
            self._recorder.odd_words.add(outcome.odd_status)
        if not outcome.fails_at_session:
            video = SandboxVideo(session.assigned_video_id, session)
            self.videos[video.video_id] = video
        self._courier.watch(session)
        return session

    def _outcome_for(self, prompt: str) -> Outcome:
        for position, (marker, outcome) in enumerate(self._scripts):
            if marker in prompt:
                del self._scripts[position]
                return outcome
        return self.default_outcome

    def _refuse_when_busy(self) -> None:
        ends = [session.ends_at for session in self.sessions.values() if not session.ended]
        if len(ends) >= self.max_concurrent:
            wait_s = min(ends, default=math.inf) - self._now()
            seconds = str(max(1, math.ceil(min(wait_s, RETRY_AFTER_MAX_S))))
            raise RefusedError(
                429,
                "rate_limit_exceeded",
                "Too many concurrent jobs",
                headers={"Retry-After": seconds},
            )

    def _session(self, request: web.Request) -> SandboxSession:
        session_id = request.match_info["session_id"]
        if session_id not in self.sessions:
            raise _no_session(session_id)
        return self.sessions[session_id]

    def _shown_video(self, video_id: str) -> SandboxVideo | None:
        video = self.videos.get(video_id)
        return video if video is not None and video.session.video_id == video_id else None

    def _bulk_status(self, video_id: str) -> str:
        video = self._shown_video(video_id) if self.bulk_knows_videos else None
        return "not_found" if video is None else video.told_status()


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
