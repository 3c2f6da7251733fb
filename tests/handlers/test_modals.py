"""A modal is shown while its trigger lives, or says why not."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain import texts
from bot.domain.errors import StoreUnavailable
from bot.domain.request.draft import BegunDraft
from bot.screens import ids
from bot.screens.composer.form import composer_view
from handlers.modals import show_modal
from tests.builders import a_draft
from tests.handlers.filling_in import ENGLISH
from tests.handlers.listening import ListeningBot, trigger_of


async def test_form_that_takes_long_holds_its_place_and_then_comes(
    bot: ListeningBot, client: AsyncWebClient
) -> None:
    is_made = asyncio.Event()

    async def making() -> dict[str, Any]:
        await is_made.wait()
        return composer_view(BegunDraft(a_draft(prompt="Hello")), ENGLISH)

    showing = asyncio.create_task(
        show_modal(client, client.views_open, trigger_of(bot), making(), ENGLISH)
    )
    view = await bot.ana.wait_for_view()
    assert texts.FORM_OPENING in str(view.blocks)
    is_made.set()
    await showing

    assert view.callback_id == ids.VIDEO_COMPOSER
    assert view.blocks[0]["element"]["initial_value"] == "Hello"


async def test_form_that_cannot_be_made_after_all_says_so_in_its_place(
    bot: ListeningBot, client: AsyncWebClient
) -> None:
    is_refused = asyncio.Event()

    async def making() -> dict[str, Any]:
        await is_refused.wait()
        raise StoreUnavailable

    showing = asyncio.create_task(
        show_modal(client, client.views_open, trigger_of(bot), making(), ENGLISH)
    )
    view = await bot.ana.wait_for_view()
    is_refused.set()
    await showing

    assert StoreUnavailable().message in str(view.blocks)


async def test_form_that_cannot_be_made_at_once_is_not_opened(
    bot: ListeningBot, client: AsyncWebClient
) -> None:
    async def making() -> dict[str, Any]:
        raise StoreUnavailable

    with pytest.raises(StoreUnavailable):
        await show_modal(client, client.views_open, trigger_of(bot), making(), ENGLISH)

    assert bot.ana.top_view is None
