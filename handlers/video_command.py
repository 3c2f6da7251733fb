"""/video: ack at once, then the composer, or a short answer."""

from __future__ import annotations

from typing import Any

import structlog
from slack_bolt.async_app import AsyncAck, AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.errors import SlackError
from bot.slack.errors import slack_call
from bot.workflow.loop import Tasks
from handlers import payloads, texts
from handlers.views.composer import composer_view

log = structlog.get_logger(__name__)


def answer_to(text: str) -> str | None:
    """The answer to what was typed after /video; None when the composer should open.

    Several words are the beginning of a prompt, one word is a command; we know `help`. A sentence
    without spaces (Japanese, Thai) is no command: those are ASCII.
    """
    if len(text.split()) != 1 or not text.isascii():
        return None
    return texts.HELP if text.lower() == "help" else texts.unknown_command(text)


class VideoCommand:
    """`views.open` runs as a task: the ack does not wait for the network."""

    def __init__(self, tasks: Tasks) -> None:
        self._tasks = tasks

    async def handle_video_command(
        self, ack: AsyncAck, command: dict[str, Any], client: AsyncWebClient, respond: AsyncRespond
    ) -> None:
        text = payloads.command_text(command)
        if answer := answer_to(text):
            await ack(answer)
            return
        await ack()
        self._tasks.spawn(_open_composer(client, respond, command["trigger_id"], text))


async def _open_composer(
    client: AsyncWebClient, respond: AsyncRespond, trigger_id: str, prompt: str
) -> None:
    try:
        async with slack_call(may_repeat=False):
            await client.views_open(trigger_id=trigger_id, view=composer_view(prompt=prompt))
    except SlackError as error:
        log.warning("composer not opened", code=error.code)
        await respond(texts.COMPOSER_NOT_OPENED)
