"""The aiohttp application: every route in one table, and the server around it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncApp
from slack_sdk.signature import SignatureVerifier

from bot.web.health import Health
from bot.web.heygen_webhook import HeyGenWebhook
from bot.web.metrics import Metrics

BODY_MAX_BYTES = 1_000_000  # a view's payload is 250 kB at most (FACTS of Slack, section 2)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class SlackEndpoint:
    """Hands Slack's signed requests to Bolt. Closed without a signing secret (Socket Mode)."""

    def __init__(self, app: AsyncApp, signing_secret: str | None) -> None:
        self._app = app
        self._verifier = SignatureVerifier(signing_secret) if signing_secret else None

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """401 for whatever is not signed by Slack, before anything of it is read as a payload."""
        if self._verifier is None:
            return web.Response(status=404, text="This bot uses Socket Mode.")
        body = await request.read()
        if not self._is_signed(body, request):
            return web.Response(status=401, text="Not signed by Slack.")
        try:
            bolt_request = await to_bolt_request(request)
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


def web_app(
    *, slack: SlackEndpoint, heygen: HeyGenWebhook, health: Health, metrics: Metrics
) -> web.Application:
    """All routes of DESIGN section 2."""
    app = web.Application(client_max_size=BODY_MAX_BYTES)
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
    return app


class WebServer:
    """Listens from start to stop; `url` is where, with the real port when it was 0."""

    def __init__(self, app: web.Application, host: str, port: int) -> None:
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=2.0)
        self._host = host
        self._port = port
        self.url = ""

    async def start(self) -> None:
        """Raises OSError when the port is taken."""
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._host, self._port)
        await site.start()
        port = self._runner.addresses[0][1]
        host = f"[{self._host}]" if ":" in self._host else self._host
        self.url = f"http://{host}:{port}"

    async def stop(self) -> None:
        await self._runner.cleanup()
