"""What happens to every request of Slack's before its listener.

Subclasses of Bolt's AsyncMiddleware: for a plain function Bolt would gather all arguments that a
listener may want, anew for each of them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import structlog
from slack_bolt import BoltResponse
from slack_bolt.middleware.async_middleware import AsyncMiddleware
from slack_bolt.request.async_request import AsyncBoltRequest

from bot.workflow.requests_first import RequestsFirst
from handlers.errors import Errors

Next = Callable[[], Awaitable[BoltResponse]]


class PeopleFirst(AsyncMiddleware):
    """Lets the background know that somebody is waiting for an answer."""

    def __init__(self, requests_first: RequestsFirst) -> None:
        self._requests_first = requests_first

    async def async_process(
        self, *, req: AsyncBoltRequest, resp: BoltResponse, next: Next
    ) -> BoltResponse:
        self._requests_first.note()
        return await next()


class LogContext(AsyncMiddleware):
    """Puts team and user into every log line of this request."""

    async def async_process(
        self, *, req: AsyncBoltRequest, resp: BoltResponse, next: Next
    ) -> BoltResponse:
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(
            team_id=req.context.team_id, user_id=req.context.user_id
        )
        return await next()


class AskerRemembered(AsyncMiddleware):
    """The tasks that this request starts know whom to tell."""

    def __init__(self, errors: Errors) -> None:
        self._errors = errors

    async def async_process(
        self, *, req: AsyncBoltRequest, resp: BoltResponse, next: Next
    ) -> BoltResponse:
        self._errors.remember_asker(req.body, req.context.client)
        return await next()
