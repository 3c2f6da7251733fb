"""The catalogue of a running bot: read at once, kept, and never in the way of a start."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx

from bot.app.bot import Bot
from bot.domain.catalogue import CatalogueEntry, CatalogueKind
from bot.sandbox.faults import Fault
from bot.screens import ids
from tests.scenarios.sandbox_world import running

LISTS = (
    *("GET /v3/avatars", "GET /v3/avatars/looks", "GET /v3/voices"),
    *("GET /v3/video-agents/styles", "GET /v3/brand-kits"),
)


async def found(bot: Bot, kind: CatalogueKind, text: str) -> list[CatalogueEntry]:
    """What a search finds, once the list has been read; the catalogue wakes nobody."""
    for _ in range(2_000):
        if await bot.store.catalogue.read_at(kind) is not None:
            return await bot.store.catalogue.search(kind, text, 100)
        await asyncio.sleep(0.005)
    raise AssertionError(f"the {kind.value} list was not read")


async def test_voices_are_found_by_language_and_gender_soon_after_the_start(
    tmp_path: Path,
) -> None:
    async with running(tmp_path) as world:
        voices = await found(world.bot, CatalogueKind.VOICE, "german female")
        looks = await found(world.bot, CatalogueKind.AVATAR, "anna")

    assert [voice.id for voice in voices] == ["voice_mira", "voice_katja"]
    assert [look.id for look in looks] == ["look_anna_phone", "look_anna_office"]


async def test_restart_within_the_hour_has_the_catalogue_without_asking(tmp_path: Path) -> None:
    async with running(tmp_path) as world:
        for kind in CatalogueKind:
            await found(world.bot, kind, "")
    async with running(tmp_path) as world:
        voices = await found(world.bot, CatalogueKind.VOICE, "katja")
        await world.ask()
        await world.result()
        asked = {request.route for request in world.heygen.requests}

    assert [voice.id for voice in voices] == ["voice_katja"]
    assert asked.isdisjoint(LISTS)


async def test_bot_that_cannot_reach_heygen_is_ready_and_reads_when_it_can(
    tmp_path: Path,
) -> None:
    async with running(tmp_path, HEYGEN_API_URL="http://127.0.0.1:9") as world:
        async with httpx.AsyncClient() as http:
            ready = await http.get(f"{world.bot.url}/readyz")
        view = await world.open_composer()
        is_empty = await world.bot.store.catalogue.is_empty(CatalogueKind.VOICE)
    async with running(tmp_path) as world:
        voices = await found(world.bot, CatalogueKind.VOICE, "")

    assert (ready.status_code, is_empty) == (200, True)
    assert view.callback_id == ids.VIDEO_COMPOSER
    assert len(voices) == 8


async def test_list_that_failed_at_the_start_is_read_soon_after(tmp_path: Path) -> None:
    async with running(tmp_path) as world:
        world.heygen.faults.add("GET /v3/brand-kits", Fault("status", 403, odd=True))
        kits = await found(world.bot, CatalogueKind.BRAND_KIT, "")

    assert [kit.name for kit in kits] == ["Bakery"]
