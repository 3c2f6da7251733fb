"""The menus of HeyGen's catalogue: options for what was typed so far, from our own copy of it."""

from __future__ import annotations

from typing import Any

import structlog
from slack_bolt.async_app import AsyncAck

from bot.domain.catalogue import CatalogueEntry, CatalogueKind
from bot.domain.errors import StoreUnavailable
from bot.screens.blocks import OPTIONS_MAX
from bot.screens.catalogue_options import menu_options
from bot.screens.language import language_of
from bot.slack.people import SlackPeople
from bot.workflow.catalogue import Catalogue
from handlers import payloads
from handlers.payloads import AskedMenu

log = structlog.get_logger(__name__)


class CatalogueMenus:
    def __init__(self, catalogue: Catalogue, people: SlackPeople) -> None:
        self._catalogue = catalogue
        self._people = people

    async def handle_menu(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        """Asked on every key that is pressed; a menu is never empty."""
        asked = payloads.asked_menu(body)
        say = language_of(self._people.known_locale(asked.user_id))
        await ack(**menu_options(await self._found(asked), say))

    async def _found(self, asked: AskedMenu) -> list[CatalogueEntry]:
        kind = CatalogueKind(asked.action_id)
        try:
            return await self._catalogue.search(kind, asked.typed, OPTIONS_MAX)
        except StoreUnavailable as error:
            log.warning("catalogue not searched", kind=kind.value, code=error.code)
            return []
