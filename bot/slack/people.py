"""What Slack says about the people of the workspace."""

from __future__ import annotations

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.errors import SlackError
from bot.slack.errors import slack_call

log = structlog.get_logger(__name__)


class SlackPeople:
    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client

    async def is_admin(self, user_id: str, team_id: str) -> bool:
        """Whether this person runs the workspace `team_id`; False when Slack will not say.

        Somebody of another workspace (Slack Connect) may be an admin there, which counts nothing.
        """
        try:
            async with slack_call(may_repeat=True):
                answer = await self._client.users_info(user=user_id)
                user = answer["user"]
                is_here = user.get("team_id") == team_id and not user.get("is_stranger")
                return is_here and bool(user.get("is_admin") or user.get("is_owner"))
        except SlackError as error:  # without the scope users:read only the requester decides
            log.info("not known whether admin", user_id=user_id, code=error.code)
            return False
