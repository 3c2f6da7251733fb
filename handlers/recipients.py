"""Who asked, and every way to tell this person something that nobody else sees.

A person who clicked in a message reads the answer there, one in a modal in a modal on top of it,
one in the Home tab in a modal; a direct message is the last way.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import structlog
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.domain.errors import SlackError, SlackRefused
from bot.screens.language import Language
from bot.screens.trouble import trouble_home, trouble_modal
from bot.slack.errors import slack_call

log = structlog.get_logger(__name__)

Payload = Mapping[str, Any]
Way = Callable[[AsyncWebClient, str, Language], Awaitable[object]]


class Request(StrEnum):
    """What Slack calls the kinds of requests; a slash command has no word in its payload."""

    COMMAND = "command"
    VIEW_SUBMISSION = "view_submission"
    VIEW_CLOSED = "view_closed"
    OPTIONS = "block_suggestion"
    ACTIONS = "block_actions"
    MESSAGE_SHORTCUT = "message_action"
    SHORTCUT = "shortcut"
    EVENT = "event_callback"
    OTHER = "other"


_KINDS = frozenset(Request)


@dataclass(frozen=True, slots=True)
class Recipient:
    """The person behind one request of Slack's, and what the request leaves us to answer with."""

    request: Request
    user_id: str = ""  # "" for what no person did
    response_url: str = ""
    trigger_id: str = ""
    is_in_modal: bool = False  # which stays open whatever we answer
    opened_home: bool = False
    channel_id: str = ""  # of an event
    thread_ts: str | None = None
    input_block_id: str = ""  # the first field of a submitted form

    async def tell(self, client: AsyncWebClient, sentence: str, say: Language) -> None:
        """Say it in the first way that works; told twice rather than not at all."""
        for name, way in self._ways():
            try:
                async with slack_call(may_repeat=False):
                    await way(client, sentence, say)
                return
            except SlackError as error:
                log.info("not told this way", way=name, code=error.code, user_id=self.user_id)
        if self.user_id:
            log.error("not told at all", user_id=self.user_id)

    def _ways(self) -> Iterator[tuple[str, Way]]:
        if self.response_url:
            yield "response_url", self._by_response_url
        if self.trigger_id:
            yield "modal", self._by_modal
        if self.opened_home:
            yield "home", self._by_home
        elif self.channel_id and self.user_id:
            yield "ephemeral", self._by_ephemeral
        if self.user_id:
            yield "direct message", self._by_direct_message

    async def _by_response_url(self, _: AsyncWebClient, sentence: str, say: Language) -> None:
        hook = AsyncWebhookClient(self.response_url)
        answer = await hook.send(
            text=say(sentence), response_type="ephemeral", replace_original=False
        )
        if answer.status_code != 200:
            raise SlackRefused(code=f"http_{answer.status_code}")

    async def _by_modal(self, client: AsyncWebClient, sentence: str, say: Language) -> None:
        show = client.views_push if self.is_in_modal else client.views_open
        await show(trigger_id=self.trigger_id, view=trouble_modal(sentence, say))

    async def _by_home(self, client: AsyncWebClient, sentence: str, say: Language) -> None:
        await client.views_publish(user_id=self.user_id, view=trouble_home(sentence, say))

    async def _by_ephemeral(self, client: AsyncWebClient, sentence: str, say: Language) -> None:
        await client.chat_postEphemeral(
            channel=self.channel_id,
            user=self.user_id,
            thread_ts=self.thread_ts,
            text=say(sentence),
        )

    async def _by_direct_message(
        self, client: AsyncWebClient, sentence: str, say: Language
    ) -> None:
        opened = await client.conversations_open(users=self.user_id)
        await client.chat_postMessage(channel=opened["channel"]["id"], text=say(sentence))


def asker_of(body: Payload) -> Recipient:
    """The recipient of any payload; never raises, for it is there when all else has failed."""
    kind = _kind(body)
    if kind is Request.EVENT:
        return _asker_of_event(_part(body, "event"))
    view = _part(body, "view")
    return Recipient(
        kind,
        user_id=str(_part(body, "user").get("id") or body.get("user_id") or ""),
        response_url=str(body.get("response_url") or ""),
        trigger_id=str(body.get("trigger_id") or ""),
        is_in_modal=kind is Request.ACTIONS and view.get("type") == "modal",
        input_block_id=_first_input(view),
    )


def _kind(body: Payload) -> Request:
    if "command" in body:
        return Request.COMMAND
    kind = body.get("type")
    return Request(kind) if isinstance(kind, str) and kind in _KINDS else Request.OTHER


def _asker_of_event(event: Payload) -> Recipient:
    """Nobody for what an app wrote, or for an event that no person caused."""
    is_by_app = "bot_id" in event or event.get("subtype") not in (None, "file_share")
    user = event.get("user")
    thread_ts = event.get("thread_ts")
    return Recipient(
        Request.EVENT,
        user_id="" if is_by_app or not isinstance(user, str) else user,
        opened_home=event.get("type") == "app_home_opened",
        channel_id=str(event.get("channel") or ""),
        thread_ts=str(thread_ts) if thread_ts else None,
    )


def _first_input(view: Payload) -> str:
    for block in view.get("blocks") or []:
        if block.get("type") == "input":
            return str(block.get("block_id") or "")
    return ""


def _part(body: Payload, name: str) -> Payload:
    part = body.get(name)
    return part if isinstance(part, Mapping) else {}
