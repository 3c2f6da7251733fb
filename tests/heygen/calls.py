"""Every call that the bot makes to HeyGen, with the routes of the contract that it uses."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

import httpx

from bot.domain.catalogue import CatalogueKind
from bot.domain.news import NewSession
from bot.domain.ports.files import FileContent
from bot.domain.request.video_request import Orientation
from bot.heygen.client import HeyGenClient
from bot.heygen.connection import USER_AGENT, Connection
from bot.heygen.endpoints import WebhookEndpoints
from bot.heygen.uploads import DirectUploads
from tests.heygen.conftest import KEY

LONG = timedelta(days=3_000)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(1000)


@dataclass(frozen=True)
class Bot:
    """All that speaks to HeyGen, over one transport."""

    client: HeyGenClient
    uploads: DirectUploads
    endpoints: WebhookEndpoints
    file: FileContent


@asynccontextmanager
async def a_bot(folder: Path, url: str, transport: httpx.AsyncBaseTransport) -> AsyncIterator[Bot]:
    path = folder / "a.png"
    path.write_bytes(PNG)
    api = Connection(KEY, url, transport=transport)
    client = HeyGenClient(KEY, url, transport=transport)
    uploads = DirectUploads(api, USER_AGENT, transport=transport)
    file = FileContent(path, "a.png", "image/png", len(PNG))
    try:
        yield Bot(client, uploads, WebhookEndpoints(api), file)
    finally:
        await uploads.close()
        await client.close()
        await api.close()


@dataclass(frozen=True)
class Call:
    run: Callable[[Bot], Awaitable[object]]
    endpoints: tuple[str, ...]


NEW = NewSession("job-1", "Hello", Orientation.LANDSCAPE)


async def _catalogue(kind: CatalogueKind, bot: Bot) -> object:
    return [page async for page in bot.client.catalogue_pages(kind)]


CALLS = {
    "upload_asset": Call(lambda bot: bot.client.upload_asset(bot.file, "k"), ("POST /v3/assets",)),
    "upload_asset, large": Call(
        lambda bot: bot.uploads.upload(bot.file, "k"),
        (
            "POST /v3/assets/direct-uploads",
            "POST /v3/assets/{asset_id}/complete",
            "GET /v3/assets/statuses",
        ),
    ),
    "create_session": Call(lambda bot: bot.client.create_session(NEW), ("POST /v3/video-agents",)),
    "get_session": Call(
        lambda bot: bot.client.get_session("s"), ("GET /v3/video-agents/{session_id}",)
    ),
    "list_sessions": Call(lambda bot: bot.client.list_sessions(LONG), ("GET /v3/video-agents",)),
    "get_video": Call(lambda bot: bot.client.get_video("v"), ("GET /v3/videos/{video_id}",)),
    "video_statuses": Call(
        lambda bot: bot.client.video_statuses(["v"]), ("GET /v3/videos/statuses",)
    ),
    "stop_session": Call(
        lambda bot: bot.client.stop_session("s"), ("POST /v3/video-agents/{session_id}/stop",)
    ),
    "ping": Call(lambda bot: bot.client.ping(), ("GET /v3/users/me",)),
    "get_account": Call(lambda bot: bot.client.get_account(), ("GET /v3/users/me",)),
    "catalogue_pages, avatars": Call(
        partial(_catalogue, CatalogueKind.AVATAR), ("GET /v3/avatars/looks", "GET /v3/avatars")
    ),
    "catalogue_pages, voices": Call(partial(_catalogue, CatalogueKind.VOICE), ("GET /v3/voices",)),
    "catalogue_pages, styles": Call(
        partial(_catalogue, CatalogueKind.STYLE), ("GET /v3/video-agents/styles",)
    ),
    "catalogue_pages, brand kits": Call(
        partial(_catalogue, CatalogueKind.BRAND_KIT), ("GET /v3/brand-kits",)
    ),
    "endpoints, list": Call(lambda bot: bot.endpoints.list_all(), ("GET /v3/webhooks/endpoints",)),
    "endpoints, register": Call(
        lambda bot: bot.endpoints.register("https://bot.example.test/heygen/webhook"),
        ("POST /v3/webhooks/endpoints",),
    ),
    "endpoints, rotate": Call(
        lambda bot: bot.endpoints.rotate("e"),
        ("POST /v3/webhooks/endpoints/{endpoint_id}/rotate-secret",),
    ),
    "endpoints, delete": Call(
        lambda bot: bot.endpoints.delete("e"), ("DELETE /v3/webhooks/endpoints/{endpoint_id}",)
    ),
}
