"""/metrics for Prometheus: read from the store at scrape, so a restart loses no number."""

from __future__ import annotations

from aiohttp import web
from prometheus_client import CollectorRegistry, Gauge, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from bot.domain.errors import StoreUnavailable
from bot.workflow.overview import Overview


class Metrics:
    def __init__(self, overview: Overview) -> None:
        self._overview = overview
        self._registry = CollectorRegistry()
        self._jobs = Gauge(
            "video_bot_jobs", "Jobs in each state", ["state"], registry=self._registry
        )

    async def handle(self, request: web.Request) -> web.Response:
        try:
            counts = await self._overview.count_by_state()
        except StoreUnavailable:
            return web.Response(status=503, text="The database does not answer.")
        for state, count in counts.items():
            self._jobs.labels(state=state.value).set(count)
        return web.Response(
            body=generate_latest(self._registry),
            headers={"Content-Type": CONTENT_TYPE_PLAIN_0_0_4},
        )
