"""What happens to every request of Slack's before its listener."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import structlog
from slack_bolt.async_app import AsyncBoltContext


async def bind_log_context(context: AsyncBoltContext, next: Callable[[], Awaitable[None]]) -> None:
    """Put team and user into every log line of this request."""
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(team_id=context.team_id, user_id=context.user_id)
    await next()
