"""Messages in Slack threads: post once, edit, find what is already there (port SlackThreads)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain import texts
from bot.domain.delivery.notice import Notice, PostedMessage
from bot.domain.errors import SlackRefused
from bot.screens import messages
from bot.screens.ids import DELIVERY_EVENT, is_delivery_mark
from bot.screens.messages import SlackMessage
from bot.slack.errors import is_message_fault, is_metadata_fault, slack_call, text_in

log = structlog.get_logger(__name__)

LOOK_BACK = timedelta(seconds=60)  # beyond the beginning, for our clock and Slack's may differ
PAGE_SIZE = 200  # Slack recommends no more than 200 messages a page
MAX_PAGES = 5


class SlackWebThreads:
    """SlackThreads over Slack's Web API; the client must come from `slack_client`."""

    def __init__(self, client: AsyncWebClient, *, bot_user_id: str | None = None) -> None:
        if client.retry_handlers:
            raise ValueError("this Slack client repeats requests by itself: use slack_client()")
        self._client = client
        self._bot_user_id = bot_user_id

    async def post(self, channel_id: str, thread_ts: str | None, notice: Notice) -> PostedMessage:
        """Post once. Only a post that Slack refused for its form is sent again, simpler."""
        message, metadata = messages.message_of(notice), messages.metadata_of(notice)
        try:
            return await self._send(channel_id, thread_ts, message, metadata)
        except SlackRefused as refusal:
            if is_metadata_fault(refusal.code):
                _log_fallback(refusal, notice, "without metadata")
                return await self._send(channel_id, thread_ts, message, None)
            if is_message_fault(refusal.code):
                _log_fallback(refusal, notice, "as a plain short text")
                plain = messages.plain_message_of(notice)
                return await self._send(channel_id, thread_ts, plain, metadata)
            raise

    async def _send(
        self,
        channel_id: str,
        thread_ts: str | None,
        message: SlackMessage,
        metadata: dict[str, Any] | None,
    ) -> PostedMessage:
        async with slack_call(may_repeat=False):
            answer = await self._client.chat_postMessage(
                channel=channel_id,
                thread_ts=thread_ts,
                text=message["text"],
                blocks=message["blocks"],
                metadata=metadata,
                unfurl_links=False,
                unfurl_media=False,
            )
            posted = PostedMessage(text_in(answer, "channel"), text_in(answer, "ts"))
            shown: dict[str, Any] = answer.get("message") or {}
        if thread_ts and shown.get("thread_ts") != thread_ts:
            log.warning("slack_post_outside_thread", ts=posted.ts, thread_ts=thread_ts)
        return posted

    async def update(self, channel_id: str, ts: str, notice: Notice) -> None:
        """Edit a message of ours; the same edit twice shows the same."""
        edit = int(notice.now.timestamp() * 1000)
        try:
            await self._edit(channel_id, ts, messages.message_of(notice, edit=edit))
        except SlackRefused as refusal:
            if not is_message_fault(refusal.code):
                raise
            _log_fallback(refusal, notice, "as a plain short text")
            await self._edit(channel_id, ts, messages.plain_message_of(notice, edit=edit))

    async def _edit(self, channel_id: str, ts: str, message: SlackMessage) -> None:
        # Metadata is left out: the message keeps what it was posted with.
        async with slack_call(may_repeat=True):
            await self._client.chat_update(
                channel=channel_id, ts=ts, text=message["text"], blocks=message["blocks"]
            )

    async def find(
        self, channel_id: str, thread_ts: str | None, delivery_id: str, since: datetime
    ) -> PostedMessage | None:
        """Our message with this delivery's mark; SlackRefused when that cannot be known."""
        bot_user_id = await self._own_user_id()
        if thread_ts:
            pages = self._thread(channel_id, thread_ts, since)
        else:
            pages = self._newest_first(channel_id, since)
        async for page in pages:
            for message in page:
                if message.get("user") == bot_user_id and _carries(message, delivery_id):
                    return PostedMessage(channel_id, str(message["ts"]))
        return None

    async def _newest_first(
        self, channel_id: str, since: datetime
    ) -> AsyncIterator[list[dict[str, Any]]]:
        """Back to `since`; the newest page in any case, for our clock may be far ahead."""
        enough, cursor = (since - LOOK_BACK).timestamp(), ""
        for _ in range(MAX_PAGES):
            page, cursor = await self._page(channel_id, cursor)
            yield page
            if not cursor or (page and float(page[-1]["ts"]) < enough):
                return
        raise SlackRefused(texts.HISTORY_TOO_LONG, code="history_too_long")

    async def _thread(
        self, channel_id: str, thread_ts: str, since: datetime
    ) -> AsyncIterator[list[dict[str, Any]]]:
        """All of it, for our clock may be far ahead; of one too long, what came after `since`."""
        for oldest in (None, f"{(since - LOOK_BACK).timestamp():.6f}"):
            cursor = ""
            for _ in range(MAX_PAGES):
                page, cursor = await self._page(channel_id, cursor, thread_ts, oldest)
                yield page
                if not cursor:
                    return
        raise SlackRefused(texts.HISTORY_TOO_LONG, code="history_too_long")

    async def _page(
        self, channel_id: str, cursor: str, thread_ts: str | None = None, oldest: str | None = None
    ) -> tuple[list[dict[str, Any]], str]:
        query: dict[str, Any] = {
            "channel": channel_id,
            "limit": PAGE_SIZE,
            "include_all_metadata": True,
            "cursor": cursor or None,
        }
        async with slack_call(may_repeat=True):
            if thread_ts:
                answer = await self._client.conversations_replies(
                    ts=thread_ts, oldest=oldest, **query
                )
            else:
                answer = await self._client.conversations_history(**query)
            more = (answer.get("response_metadata") or {}).get("next_cursor")
            messages = list(answer["messages"])
            _ = [float(message["ts"]) for message in messages]  # an answer without is no answer
            return messages, str(more or "")

    async def _own_user_id(self) -> str:
        if self._bot_user_id is None:
            async with slack_call(may_repeat=True):
                self._bot_user_id = text_in(await self._client.auth_test(), "user_id")
        return self._bot_user_id

    async def join(self, channel_id: str) -> None:
        async with slack_call(may_repeat=True):
            await self._client.conversations_join(channel=channel_id)

    async def open_dm(self, user_id: str) -> str:
        async with slack_call(may_repeat=True):
            answer = await self._client.conversations_open(users=[user_id])
            return text_in(answer["channel"], "id")


def _carries(message: dict[str, Any], delivery_id: str) -> bool:
    metadata = message.get("metadata") or {}
    payload = metadata.get("event_payload") or {}
    if metadata.get("event_type") == DELIVERY_EVENT and payload.get("delivery_id") == delivery_id:
        return True
    blocks = message.get("blocks") or []
    return any(is_delivery_mark(str(block.get("block_id")), delivery_id) for block in blocks)


def _log_fallback(refusal: SlackRefused, notice: Notice, how: str) -> None:
    log.error(
        "slack_refused_our_message",
        code=refusal.code,
        job_id=notice.job.id,
        delivery_id=notice.delivery_id,
        sent_again=how,
    )
