"""The aiohttp application: every route in one table, and the server with its door around it."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any, Protocol

import structlog
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.signature import SignatureVerifier
from yarl import URL

from bot.observe import Seldom
from bot.web.door import at_the_door, body_of
from bot.web.health import Health
from bot.web.heygen_webhook import HeyGenWebhook
from bot.web.install import InstallPages
from bot.web.metrics import Metrics
from bot.web.visitors import Limits, Visitors

log = structlog.get_logger(__name__)

ACCEPTED_AT_ONCE = 64  # before the door sees the first of them; each is a file


class Listeners(Protocol):
    """Bolt's AsyncApp, or what leads to one of several."""

    async def async_dispatch(self, req: AsyncBoltRequest) -> BoltResponse: ...


class SlackEndpoint:
    """Hands Slack's signed requests to Bolt. Closed without a signing secret (Socket Mode)."""

    def __init__(self, app: Listeners, signing_secret: str | None) -> None:
        self._app = app
        self._verifier = SignatureVerifier(signing_secret) if signing_secret else None

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """401 for whatever is not signed by Slack, before anything of it is read as a payload."""
        if self._verifier is None:
            return web.Response(status=404, text="This bot uses Socket Mode.")
        body = body_of(request)
        if not self._is_signed(body, request):
            return web.Response(status=401, text="Not signed by Slack.")
        try:
            # As Bolt gets it from a socket: checked and read. Its own reading is slow, and takes
            # a command whose text has the word payload in it for an empty one.
            bolt_request = AsyncBoltRequest(
                body=payload_of(body.decode(), request.content_type), mode="socket_mode"
            )
        except (ValueError, AttributeError, TypeError):  # signed, yet no payload: not JSON, a list
            return web.Response(status=400, text="Not a payload of Slack's.")
        return await to_aiohttp_response(await self._app.async_dispatch(bolt_request))

    def _is_signed(self, body: bytes, request: web.Request) -> bool:
        assert self._verifier is not None
        timestamp = request.headers.get("X-Slack-Request-Timestamp", "")
        signature = request.headers.get("X-Slack-Signature", "")
        if not (timestamp.isascii() and timestamp.isdigit() and signature.isascii()):
            return False
        try:
            return bool(self._verifier.is_valid(body, timestamp, signature))
        except (ValueError, OverflowError):  # undecodable body, a timestamp of 5,000 digits
            return False


def payload_of(body: str, content_type: str) -> dict[str, Any]:
    """What Slack sent as JSON, as fields, or as JSON in a field. Raises ValueError, TypeError."""
    if content_type != "application/json" and not body.startswith("{"):
        fields = dict(URL.build(query_string=body, encoded=True).query.items())
        if "payload" not in fields:
            return fields
        body = fields["payload"]
    payload = json.loads(body)
    if not isinstance(payload, dict):
        raise TypeError("a payload has names")
    return payload


def web_app(
    *,
    slack: SlackEndpoint,
    heygen: HeyGenWebhook,
    health: Health,
    metrics: Metrics,
    install: InstallPages | None = None,
) -> web.Application:
    """All routes of DESIGN section 2; `install` where any workspace may have the app."""
    app = web.Application()
    app.add_routes(
        [
            web.post("/slack/events", slack.handle),
            web.post("/heygen/callback/{token}", heygen.handle_callback),
            web.post("/heygen/webhook", heygen.handle_webhook),
            web.get("/livez", health.handle_livez),
            web.get("/readyz", health.handle_readyz),
            web.get("/metrics", metrics.handle),
        ]
    )
    for path in ("/heygen/callback/{token}", "/heygen/webhook"):  # HeyGen's probes (FACTS 9)
        app.router.add_route("GET", path, heygen.handle_probe)
        app.router.add_route("HEAD", path, heygen.handle_probe)
        app.router.add_route("OPTIONS", path, heygen.handle_probe)
    if install is not None:
        app.router.add_get("/slack/install", install.handle_install)
        app.router.add_get("/slack/oauth_redirect", install.handle_redirect)
    return app


class WebServer:
    """Listens from start to stop; `url` is where, with the real port when it was 0."""

    def __init__(
        self, app: web.Application, host: str, port: int, limits: Limits | None = None
    ) -> None:
        app.middlewares.append(at_the_door)
        self._limits = limits or Limits()
        self._runner = web.AppRunner(
            app,
            access_log=None,
            lingering_time=self._limits.refused_s,
            shutdown_timeout=2.0,
            logger=_server_log(),
            auto_decompress=False,  # it would be unpacked before anybody is asked who sent it
        )
        self._host = host
        self._port = port
        self._listener: asyncio.Server | None = None
        self.url = ""

    async def start(self) -> None:
        """Raises OSError when the port is taken."""
        await self._runner.setup()
        assert self._runner.server is not None
        visitors = Visitors(self._runner.server, self._limits)
        loop = asyncio.get_running_loop()
        self._listener = await loop.create_server(
            visitors, self._host, self._port, backlog=ACCEPTED_AT_ONCE
        )
        port = self._listener.sockets[0].getsockname()[1]
        host = f"[{self._host}]" if ":" in self._host else self._host
        self.url = f"http://{host}:{port}"

    async def stop(self) -> None:
        if self._listener is not None:
            self._listener.close()
        await self._runner.cleanup()


def _server_log() -> logging.Logger:
    """aiohttp's own log, in which what is no HTTP is told seldom, and without its insides."""
    told = Seldom(lambda count: log.warning("no HTTP, refused", count=count))

    def is_wanted(record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, HttpProcessingError):
            told()
            return False
        return True

    server_log = logging.Logger("aiohttp.server")
    server_log.parent = logging.getLogger()
    server_log.addFilter(is_wanted)
    return server_log
