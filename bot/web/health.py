"""/livez: the process answers. /readyz: it can take requests, and if not, what is missing."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from aiohttp import web

from bot.domain.errors import StoreUnavailable
from bot.workflow.overview import Overview


class Health:
    """`checks` are plain questions about parts, by name: "slack", "socket_mode", "workers"."""

    def __init__(self, overview: Overview, checks: Mapping[str, Callable[[], bool]]) -> None:
        self._overview = overview
        self._checks = checks

    async def handle_livez(self, request: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def handle_readyz(self, request: web.Request) -> web.Response:
        """200 with every check true, else 503; the body has one true or false for each."""
        results = {name: check() for name, check in self._checks.items()}
        results["store"] = await self._is_store_answering()
        is_ready = all(results.values())
        body = {"status": "ready" if is_ready else "not ready", "checks": results}
        return web.json_response(body, status=200 if is_ready else 503)

    async def _is_store_answering(self) -> bool:
        try:
            await self._overview.count_by_state()
        except StoreUnavailable:
            return False
        return True
