"""Who the bot is in its workspace, asked once and kept; and Bolt's app, which asks for it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import structlog
from slack_bolt import BoltResponse
from slack_bolt.async_app import AsyncApp, AsyncBoltContext
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.authorization.async_authorize import AsyncAuthorize
from slack_bolt.middleware.async_middleware import AsyncMiddleware
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.errors import SlackError
from bot.slack.errors import slack_call
from bot.slack.tokens import BotToken

log = structlog.get_logger(__name__)

OWN_TEAMS = "own_teams"  # in Bolt's context: the workspaces of an organisation-wide installation
TEAMS_A_PAGE = 100
TEAM_PAGES_MAX = 100
TEAMS_WITHIN_S = 1.0  # a trigger lives 3 s
TEAMS_ASKED_AGAIN_S = 60.0  # when somebody of a team that is not known to be ours is here


class SlackIdentity(AsyncAuthorize):
    """Bolt asks for this with every request; after the first answer nothing leaves the process."""

    def __init__(
        self,
        client: AsyncWebClient,
        token: BotToken,
        *,
        workspace_id: str = "",
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """`workspace_id` is the installation's: T…, of an organisation E…; "": whose token it is.

        With one, `client` is what listeners get: it knows how to renew its token.
        """
        self._client = client
        self._token = token
        self._workspace_id = workspace_id
        self._known: AuthorizeResult | None = None
        self._monotonic = monotonic
        self._teams_asked_at = -TEAMS_ASKED_AGAIN_S
        self.teams: frozenset[str] = frozenset()

    @property
    def is_known(self) -> bool:
        return self._known is not None

    @property
    def is_of_organisation(self) -> bool:
        return self._workspace_id.startswith("E")

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
        if self.is_of_organisation:
            await self._learn_teams()
        return known

    async def _learn_teams(self) -> None:
        """As far as Slack says: what it does not tell now stays as it was."""
        try:
            async with slack_call(may_repeat=True):
                self.teams = await self._asked_teams()
        except SlackError as error:
            log.warning("teams of the organisation not known", code=error.code)

    async def _asked_teams(self) -> frozenset[str]:
        teams: set[str] = set()
        cursor = ""
        for _ in range(TEAM_PAGES_MAX):
            page = await self._client.auth_teams_list(limit=TEAMS_A_PAGE, cursor=cursor or None)
            teams |= {str(team["id"]) for team in page["teams"]}
            cursor = str((page.get("response_metadata") or {}).get("next_cursor") or "")
            if not cursor:
                break
        return frozenset(teams)

    async def look_for_team(self, team_id: str) -> None:
        """A team may have come to the organisation just now. Never raises; takes 1 s at most."""
        now = self._monotonic()
        if team_id in self.teams or now < self._teams_asked_at + TEAMS_ASKED_AGAIN_S:
            return
        self._teams_asked_at = now
        try:
            async with asyncio.timeout(TEAMS_WITHIN_S):
                await self._learn_teams()
        except TimeoutError:
            log.info("teams of the organisation not told in time")

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


class TeamsKnown(AsyncMiddleware):
    """Of an organisation: whose team is not known to be ours may be of a new one."""

    def __init__(self, identity: SlackIdentity) -> None:
        self._identity = identity

    async def async_process(
        self,
        *,
        req: AsyncBoltRequest,
        resp: BoltResponse,
        next: Callable[[], Awaitable[BoltResponse]],
    ) -> BoltResponse:
        if team_id := persons_team(req.body):
            await self._identity.look_for_team(team_id)
            req.context[OWN_TEAMS] = self._identity.teams
        return await next()


def persons_team(body: Mapping[str, Any]) -> str:
    """The workspace (T…) of whoever is behind a request, as far as it is named."""
    user, event = body.get("user"), body.get("event")
    if isinstance(user, Mapping):
        team_id = user.get("team_id")
    elif isinstance(event, Mapping):
        team_id = event.get("user_team") or event.get("team")
    else:
        team_id = body.get("team_id")
    return str(team_id) if team_id and str(team_id).startswith("T") else ""


def bolt_app(client: AsyncWebClient, identity: SlackIdentity) -> AsyncApp:
    """Bolt's app without listeners, as it runs and as tests run it; `client` has no token yet."""
    app = AsyncApp(
        name="video-bot",
        client=client,
        authorize=identity,
        process_before_response=True,  # else Bolt waits for the ack in 10 ms sleeps
        raise_error_for_unhandled_request=True,  # told by handlers/errors.py
        request_verification_enabled=False,  # bot/web/server.py checks before Bolt reads
    )
    if identity.is_of_organisation:
        app.middleware(TeamsKnown(identity))
    return app
