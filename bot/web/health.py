"""/livez: the process answers. /readyz: it can take requests, and if not, what is missing."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from aiohttp import web

from bot.domain.errors import StoreUnavailable
from bot.workflow.overview import Overview


class Health:
    """`checks` say in words what is wrong with a part, by its name; None when nothing is."""

    def __init__(self, overview: Overview, checks: Mapping[str, Callable[[], str | None]]) -> None:
        self._overview = overview
        self._checks = checks

    async def handle_livez(self, request: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def handle_readyz(self, request: web.Request) -> web.Response:
        """200 with every check true, else 503; then `faults` says in words what is wrong."""
        told = {name: check() for name, check in self._checks.items()}
        told["store"] = await self._store_fault()
        faults = {name: words for name, words in told.items() if words is not None}
        checks = {name: words is None for name, words in told.items()}
        body = {"status": "not ready" if faults else "ready", "checks": checks}
        if faults:
            return web.json_response({**body, "faults": faults}, status=503)
        return web.json_response(body)

    async def _store_fault(self) -> str | None:
        try:
            await self._overview.count_by_state()
        except StoreUnavailable:
            return "The database does not answer."
        return None
