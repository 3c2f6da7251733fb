"""The composer: opened for a draft; its submit is checked beside the fields and on disk before ack."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from slack_bolt.async_app import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.draft import Draft
from bot.domain.errors import RequestRefused, SlackError, StoreUnavailable
from bot.slack import ids
from bot.slack.errors import slack_call
from bot.slack.language import Language
from bot.workflow.drafts import DraftKeeper
from bot.workflow.intake import Intake
from handlers import payloads, texts
from handlers.views.composer import composer_view

log = structlog.get_logger(__name__)

Tell = Callable[[str], Awaitable[object]]


class VideoComposer:
    def __init__(self, intake: Intake, drafts: DraftKeeper) -> None:
        self._intake = intake
        self._drafts = drafts

    async def open(
        self,
        client: AsyncWebClient,
        trigger_id: str,
        draft: Draft,
        language: Language,
        tell: Tell,
    ) -> None:
        """Open the modal for this draft, whatever its key; run it as a task, after the ack.

        Never raises: what keeps it from opening is said to the person by `tell`.
        """
        try:
            async with slack_call(may_repeat=False):
                await client.views_open(
                    trigger_id=trigger_id, view=composer_view(prompt=draft.prompt)
                )
        except SlackError as error:
            log.warning("composer not opened", code=error.code)
            await tell(language(texts.COMPOSER_NOT_OPENED))

    async def handle_composer_submitted(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        request = payloads.video_request(body)
        try:
            await self._intake.accept(request)
        except RequestRefused as error:
            await ack(response_action="errors", errors=error.faults)
        except StoreUnavailable as error:
            await ack(response_action="errors", errors={ids.PROMPT: error.sentence})
        else:
            await ack()
