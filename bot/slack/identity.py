"""Who the bot is in its workspace, asked once and kept; and Bolt's app, which asks for it."""

from __future__ import annotations

from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.authorization.async_authorize import AsyncAuthorize
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.errors import slack_call


class SlackIdentity(AsyncAuthorize):
    """Bolt asks for this with every request; after the first answer nothing leaves the process."""

    def __init__(self, client: AsyncWebClient, bot_token: str) -> None:
        self._client = client
        self._bot_token = bot_token
        self._known: AuthorizeResult | None = None

    @property
    def is_known(self) -> bool:
        return self._known is not None

    async def learn(self) -> AuthorizeResult:
        """Ask Slack (auth.test) unless it is known; raises slack_sdk's errors."""
        if self._known is None:
            answer = await self._client.auth_test()
            self._known = AuthorizeResult.from_auth_test_response(
                auth_test_response=answer, bot_token=self._bot_token
            )
        return self._known

    async def confirm(self) -> None:
        """Ask Slack whether the token is still good; raises slack_sdk's errors."""
        await self._client.auth_test()

    async def workspace_url(self) -> str:
        """The workspace's address in a browser; raises slack_sdk's errors."""
        return str((await self.learn()).url or "")

    async def __call__(self, **_: Any) -> AuthorizeResult:
        """Bolt's `authorize`: one workspace, so the request changes nothing.

        Raises SlackError, which handlers/errors.py tells the person; Slack's own errors would be
        answered by Bolt in words of its own.
        """
        if self._known is not None:
            return self._known
        async with slack_call(may_repeat=True):
            return await self.learn()


def bolt_app(client: AsyncWebClient, identity: SlackIdentity) -> AsyncApp:
    """Bolt's app without listeners, as it runs and as tests run it; `client` has no token yet."""
    return AsyncApp(
        name="video-bot",
        client=client,
        authorize=identity,
        process_before_response=True,  # else Bolt waits for the ack in 10 ms sleeps
        raise_error_for_unhandled_request=True,  # told by handlers/errors.py
        request_verification_enabled=False,  # bot/web/server.py checks before Bolt reads
    )
