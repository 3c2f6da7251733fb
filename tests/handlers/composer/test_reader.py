"""A form that is older than its draft, and what its person is told."""

from __future__ import annotations

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain import texts
from bot.domain.request.draft import BegunDraft
from bot.sandbox.slack.delivery import ViewErrors
from bot.screens import ids
from bot.screens.composer.form import composer_view
from tests.builders import a_draft
from tests.handlers.filling_in import ENGLISH
from tests.handlers.listening import ListeningBot, trigger_of


async def test_form_whose_draft_is_gone_says_so_beside_the_prompt(
    bot: ListeningBot, client: AsyncWebClient
) -> None:
    shown = composer_view(BegunDraft(a_draft(key="long gone", prompt="Hi")), ENGLISH)
    await client.views_open(trigger_id=trigger_of(bot), view=shown)
    view = await bot.ana.wait_for_view()

    answer = await bot.ana.submit(view)

    assert isinstance(answer, ViewErrors)
    assert texts.FORM_TOO_OLD in answer.errors[ids.PROMPT]
    assert await bot.store.jobs.recent(10) == []


@pytest.mark.parametrize("button", [ids.MORE_OPTIONS, ids.PREVIEW_PROMPT])
async def test_button_of_a_form_whose_draft_is_gone_says_so_on_top(
    bot: ListeningBot, client: AsyncWebClient, button: str
) -> None:
    shown = composer_view(BegunDraft(a_draft(key="long gone", prompt="Hi")), ENGLISH)
    await client.views_open(trigger_id=trigger_of(bot), view=shown)
    view = await bot.ana.wait_for_view()

    await bot.ana.click(view, button)

    told = await bot.ana.wait_for_view()
    assert texts.FORM_TOO_OLD in str(told.blocks)
