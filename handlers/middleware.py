"""What happens to every request of Slack's before its listener."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from slack_bolt import BoltResponse
from slack_bolt.async_app import AsyncBoltContext

from bot.workflow.requests_first import RequestsFirst

log = structlog.get_logger(__name__)

TRIGGERS_KEPT = 2_000  # a trigger lives 3 s; Slack's repeats come within minutes
_ANSWERED_AGAIN = "view_submission"  # the repeat needs the answer, too, and makes no second job


class PeopleFirst:
    """Lets the background know that somebody is waiting for an answer."""

    def __init__(self, requests_first: RequestsFirst) -> None:
        self._requests_first = requests_first

    async def note_request(self, next: Callable[[], Awaitable[None]]) -> None:
        self._requests_first.note()
        await next()


class OncePerTrigger:
    """A command, shortcut or click that Slack brings again is acked and not obeyed again.

    Its trigger opens one form. Without this the others were told that theirs came too late.
    """

    def __init__(self) -> None:
        self._seen: dict[str, None] = {}  # the oldest first

    async def drop_repeat(
        self, body: dict[str, Any], next: Callable[[], Awaitable[None]]
    ) -> BoltResponse | None:
        trigger_id = str(body.get("trigger_id") or "")
        if trigger_id in self._seen and body.get("type") != _ANSWERED_AGAIN:
            log.info("brought again", request=str(body.get("type") or "command"))
            return BoltResponse(status=200)
        if trigger_id:
            self._keep(trigger_id)
        await next()
        return None

    def _keep(self, trigger_id: str) -> None:
        self._seen[trigger_id] = None
        if len(self._seen) > TRIGGERS_KEPT:
            del self._seen[next(iter(self._seen))]


async def bind_log_context(context: AsyncBoltContext, next: Callable[[], Awaitable[None]]) -> None:
    """Put team and user into every log line of this request."""
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(team_id=context.team_id, user_id=context.user_id)
    await next()
