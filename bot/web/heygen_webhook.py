"""HeyGen's callbacks: checked, then reduced to "look at this job"; nothing else is taken."""

from __future__ import annotations

import structlog
from aiohttp import web

from bot.domain.errors import StoreUnavailable
from bot.heygen.webhook import WebhookUnreadable, is_signed_by, read_event
from bot.observe import Seldom
from bot.web.door import body_of
from bot.workflow.callbacks import Callbacks

log = structlog.get_logger(__name__)

BODY_MAX_BYTES = 64_000  # an event has a handful of ids and links
TRY_AGAIN = 503  # HeyGen repeats with growing pauses for 24 h (FACTS section 9)


class HeyGenWebhook:
    """Both routes. Order of checks: size, token or signature, then the one question it leads to."""

    def __init__(self, callbacks: Callbacks, secrets: tuple[str, ...]) -> None:
        self._callbacks = callbacks
        self._secrets = secrets
        self._told = Seldom(
            lambda count: log.warning("webhook refused", count=count, has_secret=bool(secrets))
        )

    async def handle_probe(self, request: web.Request) -> web.Response:
        """HeyGen asks whether we are there; answered at once."""
        return web.Response(text="ok")

    async def handle_callback(self, request: web.Request) -> web.Response:
        """POST /heygen/callback/{token}: unsigned, so the token in the address is the proof."""
        if len(body_of(request)) > BODY_MAX_BYTES:
            return web.Response(status=413, text="Too large.")
        try:
            is_ours = await self._callbacks.by_token(request.match_info["token"])
        except StoreUnavailable:
            return web.Response(status=TRY_AGAIN, text="Try again later.")
        if not is_ours:
            return web.Response(status=404, text="Unknown token.")
        return web.Response(text="ok")

    async def handle_webhook(self, request: web.Request) -> web.Response:
        """POST /heygen/webhook: the registered endpoint, signed with its secret."""
        body = body_of(request)
        if len(body) > BODY_MAX_BYTES:
            return web.Response(status=413, text="Too large.")
        if not self._secrets or not is_signed_by(body, request.headers, self._secrets):
            self._told()
            return web.Response(status=401, text="Not signed by HeyGen.")
        try:
            event = read_event(body)
            await self._callbacks.by_id(
                session_id=event.session_id or "", video_id=event.video_id or ""
            )
        except (WebhookUnreadable, UnicodeEncodeError):  # the latter: half a character as an id
            return web.Response(status=400, text="Not an event of HeyGen's.")
        except StoreUnavailable:
            return web.Response(status=TRY_AGAIN, text="Try again later.")
        return web.Response(text="ok")
