"""Bolt's error hook: whatever a listener did not expect becomes one sentence for the person."""

from __future__ import annotations

from typing import Any

import structlog
from slack_bolt import BoltResponse

from bot.domain.errors import BotError
from bot.slack import ids

log = structlog.get_logger(__name__)


async def answer_error(error: Exception, body: dict[str, Any]) -> BoltResponse:
    """A modal keeps what was typed and says it beside the prompt; a command answers privately."""
    log.error("listener failed", exc_info=error)
    sentence = (error if isinstance(error, BotError) else BotError()).sentence
    if body.get("type") == "view_submission":
        answer: dict[str, Any] = {"response_action": "errors", "errors": {ids.PROMPT: sentence}}
        return BoltResponse(status=200, body=answer)
    return BoltResponse(status=200, body={"response_type": "ephemeral", "text": sentence})
