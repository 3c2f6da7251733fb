"""Who the bot is in its workspace, asked once and kept; and Bolt's app, which asks for it."""

from __future__ import annotations

from typing import Any

from slack_bolt.async_app import AsyncApp, AsyncBoltContext
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.authorization.async_authorize import AsyncAuthorize
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.errors import slack_call
from bot.slack.tokens import BotToken

OWN_TEAMS = "own_teams"  # in Bolt's context: the workspaces of an organisation-wide installation
TEAMS_A_PAGE = 100
TEAM_PAGES_MAX = 100


class SlackIdentity(AsyncAuthorize):
    """Bolt asks for this with every request; after the first answer nothing leaves the process."""

    def __init__(self, client: AsyncWebClient, token: BotToken, *, workspace_id: str = "") -> None:
        """`workspace_id` is the installation's: T…, of an organisation E…; "": whose token it is.

        With one, `client` is what listeners get: it knows how to renew its token.
        """
        self._client = client
        self._token = token
        self._workspace_id = workspace_id
        self._known: AuthorizeResult | None = None
        self.teams: frozenset[str] = frozenset()

    @property
    def is_known(self) -> bool:
        return self._known is not None

    async def learn(self) -> AuthorizeResult:
        """Ask Slack (auth.test) unless it is known; raises slack_sdk's errors."""
        if self._known is None:
            self._known = await self._asked()
        return self._known

    async def _asked(self) -> AuthorizeResult:
        answer = await self._client.auth_test()
        known = AuthorizeResult.from_auth_test_response(
            auth_test_response=answer, bot_token=await self._token.current()
        )
        if self._workspace_id:
            known.team_id = self._workspace_id
        if self._workspace_id.startswith("E"):
            self.teams = await self._asked_teams()
        return known

    async def _asked_teams(self) -> frozenset[str]:
        """As far as Slack says: without them only payloads that name the organisation are ours."""
        teams: set[str] = set()
        cursor = ""
        for _ in range(TEAM_PAGES_MAX):
            try:
                page = await self._client.auth_teams_list(limit=TEAMS_A_PAGE, cursor=cursor or None)
            except SlackApiError:
                break
            teams |= {str(team["id"]) for team in page["teams"]}
            cursor = str((page.get("response_metadata") or {}).get("next_cursor") or "")
            if not cursor:
                break
        return frozenset(teams)

    async def confirm(self) -> None:
        """Ask Slack whether the token is still good; raises slack_sdk's errors."""
        if self._workspace_id:
            self._known = await self._asked()  # teams may have come to the organisation
        else:
            await self._client.auth_test()

    async def workspace_url(self) -> str:
        """The workspace's address in a browser; raises slack_sdk's errors."""
        return str((await self.learn()).url or "")

    async def __call__(self, *, context: AsyncBoltContext, **_: Any) -> AuthorizeResult:
        """Bolt's `authorize`: one workspace, so the request changes nothing.

        Raises SlackError, which handlers/errors.py tells the person; Slack's own errors would be
        answered by Bolt in words of its own.
        """
        if self._workspace_id:
            context["client"] = self._client
        known = self._known
        if known is None:
            async with slack_call(may_repeat=True):
                known = await self.learn()
        context[OWN_TEAMS] = self.teams
        return known


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
