"""Whatever a listener did not expect, before or after its ack, becomes one sentence for the person.

Nothing that a listener does can end in silence: errors before the ack come here through Bolt's
error hook, those of the tasks that go on after it through `Tasks.on_failure`.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import Any

import structlog
from slack_bolt import BoltResponse
from slack_bolt.error import BoltUnhandledRequestError
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain import texts
from bot.domain.errors import BotError, RequestRefused, StoreUnavailable
from bot.domain.words import Text, joined
from bot.screens.language import Language, language_of
from bot.screens.trouble import trouble_modal
from bot.slack.people import SlackPeople
from bot.workflow.intake import NoKey
from bot.workflow.loop import Tasks
from handlers.recipients import Payload, Recipient, Request, asker_of

log = structlog.get_logger(__name__)

ACK_WITHIN_S = 2.5  # Slack waits 3 s, the way there and back included (FACTS section 1)

Listener = Callable[..., Awaitable[Any]]
_asking: ContextVar[tuple[Payload, AsyncWebClient]] = ContextVar("asking")


def in_time(listener: Listener) -> Listener:
    """A listener that has to work before its ack: it is told of as failed before Slack says so."""

    @functools.wraps(listener)
    async def timed(*args: Any, **kwargs: Any) -> Any:
        try:
            async with asyncio.timeout(ACK_WITHIN_S):
                return await listener(*args, **kwargs)
        except TimeoutError as error:  # the write may still come; sent again it finds itself
            raise StoreUnavailable(code="too_slow") from error

    return timed


class Errors:
    """Tells the person who asked, in this person's language."""

    def __init__(self, people: SlackPeople, tasks: Tasks) -> None:
        self._people = people
        self._tasks = tasks
        tasks.on_failure = self.tell_asker

    def remember_asker(self, body: dict[str, Any], client: AsyncWebClient) -> None:
        """The tasks that this request starts know whom to tell."""
        _asking.set((body, client))

    async def tell_asker(self, error: Exception) -> None:
        """Told by the task that failed: a modal, the message clicked in, or a direct message."""
        if (asking := _asking.get(None)) is None:
            return
        body, client = asking
        recipient = asker_of(body)
        language = await self._people.language(recipient.user_id)
        await recipient.tell(client, sentence_for(error, recipient.request), language)

    async def answer_error(
        self, error: Exception, body: dict[str, Any], client: AsyncWebClient
    ) -> BoltResponse:
        """Bolt's hook: the answer to the request itself says it, or a task does, after the ack."""
        recipient = asker_of(body)
        if isinstance(error, BoltUnhandledRequestError):
            log.warning("no listener for this", request=recipient.request.value)
            if recipient.request is Request.EVENT:  # one that we do not take; else Slack repeats it
                return BoltResponse(status=200)
            if recipient.request is Request.OTHER:
                return BoltResponse(status=404)
        elif isinstance(error, RequestRefused):
            log.info("request refused", fields=sorted(error.faults))
        elif isinstance(error, StoreUnavailable):
            log.warning("request not saved", code=error.code, request=recipient.request.value)
        elif isinstance(error, BotError):
            log.warning("request not done", code=error.code, request=recipient.request.value)
        else:
            log.error("listener failed", exc_info=error)
        say = language_of(self._people.known_locale(recipient.user_id))
        answer = _answer(recipient, sentence_for(error, recipient.request), say)
        if answer is None:
            _asking.set((body, client))
            self._tasks.spawn(self.tell_asker(error))
            return BoltResponse(status=200)
        return BoltResponse(status=200, body=answer)


def sentence_for(error: Exception, request: Request) -> Text:
    """What happened and what to do; nothing of the inside of an error that is not ours."""
    if isinstance(error, BoltUnhandledRequestError):
        return joined(texts.UNKNOWN_CLICK, texts.UNKNOWN_CLICK_HINT)
    if isinstance(error, StoreUnavailable) and request is not Request.VIEW_SUBMISSION:
        return joined(error.message, texts.NOTHING_CHANGED_HINT)
    if isinstance(error, NoKey):
        return error.message
    if isinstance(error, RequestRefused) and request is not Request.VIEW_SUBMISSION:
        return error.message  # its hint speaks of fields
    return (error if isinstance(error, BotError) else BotError()).sentence


def _answer(recipient: Recipient, sentence: Text, say: Language) -> dict[str, Any] | None:
    """The body that says it at once; None where Slack shows none and it is told afterwards."""
    match recipient.request:
        case Request.VIEW_SUBMISSION if recipient.input_block_id:
            return {
                "response_action": "errors",
                "errors": {recipient.input_block_id: say(sentence)},
            }
        case Request.VIEW_SUBMISSION:
            return {"response_action": "update", "view": trouble_modal(sentence, say)}
        case Request.COMMAND:
            return {"response_type": "ephemeral", "text": say(sentence)}
        case Request.OPTIONS:
            return {"options": []}
    return None
