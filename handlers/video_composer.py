"""The composer's submit: checked beside the fields, on disk before the ack."""

from __future__ import annotations

from typing import Any

from slack_bolt.async_app import AsyncAck

from bot.domain.errors import RequestRefused, StoreUnavailable
from bot.slack import ids
from bot.workflow.intake import Intake
from handlers import payloads


class VideoComposer:
    def __init__(self, intake: Intake) -> None:
        self._intake = intake

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
