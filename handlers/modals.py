"""Showing a modal while its trigger lives, however long it takes to make it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.errors import BotError, SlackRefused
from bot.screens.composer.form import loading_view
from bot.screens.language import Language
from bot.screens.trouble import trouble_modal
from bot.slack.errors import slack_call

log = structlog.get_logger(__name__)

LOADING_AFTER_S = 0.3  # a trigger lives 3 s (FACTS section 1), and the way to Slack takes its part

# The trigger has opened something already: a repeat of Slack's that another process of ours had.
USED_TRIGGER = "exchanged_trigger_id"

View = dict[str, Any]
Show = Callable[..., Awaitable[Any]]


async def show_modal(
    client: AsyncWebClient,
    show: Show,
    trigger_id: str,
    making: Coroutine[Any, Any, View],
    say: Language,
) -> None:
    """Show the view that is being made; a small one holds its place when that takes long.

    `show` is the client's `views_open` or `views_push`. Raises SlackError, and what `making`
    raises as long as nothing is shown yet; afterwards the modal itself says it.
    """
    made = asyncio.create_task(making)
    try:
        await asyncio.wait([made], timeout=LOADING_AFTER_S)
        if made.done():
            await _shown(show, trigger_id, await made)
            return
        view_id = await _shown(show, trigger_id, loading_view(say))
        async with slack_call(may_repeat=True):
            await client.views_update(view_id=view_id, view=await _view_or_trouble(made, say))
    except SlackRefused as refusal:
        if refusal.code != USED_TRIGGER:
            raise
        log.info("opened before")
    finally:
        made.cancel()


async def _shown(show: Show, trigger_id: str, view: View) -> str:
    """Show a view; returns its id."""
    async with slack_call(may_repeat=False):
        answer = await show(trigger_id=trigger_id, view=view)
        return str(answer["view"]["id"])


async def _view_or_trouble(made: asyncio.Task[View], say: Language) -> View:
    try:
        return await made
    except BotError as error:
        return trouble_modal(error.sentence, say)
