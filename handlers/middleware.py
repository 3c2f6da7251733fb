"""What happens to every request of Slack's before its listener."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import structlog
from slack_bolt.async_app import AsyncBoltContext

from bot.workflow.requests_first import RequestsFirst


class PeopleFirst:
    """Lets the background know that somebody is waiting for an answer."""

    def __init__(self, requests_first: RequestsFirst) -> None:
        self._requests_first = requests_first

    async def note_request(self, next: Callable[[], Awaitable[None]]) -> None:
        self._requests_first.note()
        await next()


async def bind_log_context(context: AsyncBoltContext, next: Callable[[], Awaitable[None]]) -> None:
    """Put team and user into every log line of this request."""
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(team_id=context.team_id, user_id=context.user_id)
    await next()
