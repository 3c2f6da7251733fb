"""auth.test, auth.teams.list and auth.revoke: what a token says of its installation."""

from __future__ import annotations

from collections.abc import Callable

from bot.sandbox.slack.refusals import SlackRefusal
from bot.sandbox.slack.state import Json
from bot.sandbox.slack.workspace import Workspace

Method = Callable[[Workspace, Json], Json]
TEAMS_MAX = 1000
TEAMS_DEFAULT = 100


def auth_test(state: Workspace, params: Json) -> Json:
    """With an organisation's token team and team_id are the organisation's."""
    body: Json = {
        "url": f"{state.base_url}/",
        "team": state.team.name,
        "user": state.bot.name,
        "team_id": state.team_id,
        "user_id": state.bot.id,
        "bot_id": state.bot_id,
        "is_enterprise_install": state.is_org_wide,
    }
    if state.enterprise is not None:
        body["enterprise_id"] = state.enterprise.id
    return body


def auth_teams_list(state: Workspace, params: Json) -> Json:
    """The workspaces that this token can reach."""
    try:
        limit, start = int(params.get("limit") or TEAMS_DEFAULT), int(params.get("cursor") or 0)
    except ValueError:
        raise SlackRefusal("invalid_cursor") from None
    if not 1 <= limit <= TEAMS_MAX:
        raise SlackRefusal("invalid_limit")
    teams = [{"id": team.id, "name": team.name} for team in state.teams.values()]
    more = start + limit < len(teams)
    return {
        "teams": teams[start : start + limit],
        "response_metadata": {"next_cursor": str(start + limit) if more else ""},
    }


METHODS: dict[str, Method] = {
    "auth.test": auth_test,
    "auth.teams.list": auth_teams_list,
}
