"""What happens to every request before its listener."""

from __future__ import annotations

import time
from typing import Any

import structlog
from slack_bolt import BoltResponse
from slack_bolt.middleware.async_middleware import AsyncMiddleware
from slack_bolt.request.async_request import AsyncBoltRequest

from bot.workflow.requests_first import QUIET_S, RequestsFirst
from handlers.middleware import LogContext, PeopleFirst

COMMAND = {"command": "/video", "team_id": "T1", "user_id": "U1"}


async def passed(middleware: AsyncMiddleware, body: dict[str, Any]) -> bool:
    """Whether the next one is asked."""
    asked = []

    async def next_one() -> BoltResponse:
        asked.append(True)
        return BoltResponse(status=200)

    request = AsyncBoltRequest(body=body, mode="socket_mode")
    await middleware.async_process(req=request, resp=BoltResponse(status=200), next=next_one)
    return asked == [True]


async def test_lines_of_the_log_name_team_and_user_of_this_request_alone() -> None:
    structlog.contextvars.bind_contextvars(job_id="of the request before")

    assert await passed(LogContext(), COMMAND)

    assert structlog.contextvars.get_contextvars() == {"team_id": "T1", "user_id": "U1"}


async def test_background_waits_for_whoever_has_just_asked() -> None:
    requests_first, began = RequestsFirst(), time.monotonic()

    assert await passed(PeopleFirst(requests_first), COMMAND)
    await requests_first.wait()

    assert time.monotonic() - began >= QUIET_S
