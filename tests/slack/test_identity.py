"""Who the bot is: asked once, unless Slack did not answer."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
from slack_bolt.async_app import AsyncBoltContext
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.errors import SlackUnavailable
from bot.sandbox.faults import Fault
from bot.sandbox.slack.organisation import OrgTeam, SlackOrganisation
from bot.sandbox.slack.server import SlackSandbox
from bot.slack import identity as identity_module
from bot.slack.client import slack_client, slack_session
from bot.slack.identity import OWN_TEAMS, TEAMS_ASKED_AGAIN_S, SlackIdentity, persons_team
from bot.slack.tokens import FixedToken


@pytest.fixture
def identity(slack: SlackSandbox, client: AsyncWebClient) -> SlackIdentity:
    return SlackIdentity(client, FixedToken(slack.bot_token))


def questions(slack: SlackSandbox) -> int:
    return sum(call.method == "auth.test" for call in slack.calls)


async def test_bot_is_asked_about_once(slack: SlackSandbox, identity: SlackIdentity) -> None:
    first, second = (
        await identity(context=AsyncBoltContext()),
        await identity(context=AsyncBoltContext()),
    )

    assert first is second
    assert first.bot_user_id == slack.state.bot.id
    assert identity.is_known
    assert questions(slack) == 1


async def test_slack_that_is_away_is_told_in_our_words_and_asked_again(
    slack: SlackSandbox, identity: SlackIdentity
) -> None:
    slack.faults.add("auth.test", Fault("status", 503))

    with pytest.raises(SlackUnavailable):
        await identity(context=AsyncBoltContext())

    assert not identity.is_known
    assert (await identity(context=AsyncBoltContext())).bot_user_id == slack.state.bot.id


async def test_token_is_confirmed_anew_each_time(
    slack: SlackSandbox, identity: SlackIdentity
) -> None:
    await identity.learn()
    slack.faults.add("auth.test", Fault("status", 200, '{"ok": false, "error": "token_revoked"}'))

    with pytest.raises(SlackApiError):
        await identity.confirm()


# -- of an organisation: its teams


class Watch:
    """A stopwatch that tests turn."""

    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


@dataclass
class Org:
    slack: SlackSandbox
    org: SlackOrganisation
    sales: OrgTeam
    watch: Watch
    identity: SlackIdentity

    @property
    def lists(self) -> int:
        return sum(call.method == "auth.teams.list" for call in self.slack.calls)


@pytest.fixture
async def org(slack: SlackSandbox) -> AsyncIterator[Org]:
    """Initech, whose one team is Sales, with the app and a token."""
    initech = slack.add_organisation("Initech")
    sales = initech.add_team("Sales")
    initech.state.installed = True
    slack.tokens.add("xoxb-initech", initech.state)
    session, watch = slack_session(), Watch()
    client = slack_client("xoxb-initech", slack.api_url, session)
    identity = SlackIdentity(
        client, FixedToken("xoxb-initech"), workspace_id=initech.enterprise.id, monotonic=watch
    )
    yield Org(slack, initech, sales, watch, identity)
    await session.close()


async def test_organisation_s_teams_come_with_each_request(org: Org) -> None:
    context = AsyncBoltContext()

    known = await org.identity(context=context)

    assert known.team_id == org.org.enterprise.id
    assert context[OWN_TEAMS] == {org.sales.team_id}
    assert org.lists == 1


async def test_new_team_is_found_when_somebody_of_it_comes(org: Org) -> None:
    await org.identity.learn()
    labs = org.org.add_team("Labs")

    await org.identity.look_for_team(labs.team_id)

    assert org.identity.teams == {org.sales.team_id, labs.team_id}


async def test_strangers_make_us_ask_once_a_minute(org: Org) -> None:
    await org.identity.learn()

    for _ in range(100):
        await org.identity.look_for_team("T0STRANGER")
        await org.identity.look_for_team(org.sales.team_id)

    assert org.lists == 2
    org.watch.seconds += TEAMS_ASKED_AGAIN_S
    await org.identity.look_for_team("T0STRANGER")
    assert org.lists == 3


TROUBLES = [
    pytest.param(Fault("status", 200, '{"ok": false, "error": "internal_error"}'), id="refused"),
    pytest.param(Fault("status", 503), id="away"),
    pytest.param(Fault("status", 200, '{"ok": true}'), id="odd answer"),
    pytest.param(Fault("slow", seconds=5.0), id="slow"),
]


@pytest.mark.parametrize("trouble", TROUBLES)
async def test_teams_that_are_known_stay_known_when_slack_does_not_tell(
    org: Org, trouble: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(identity_module, "TEAMS_WITHIN_S", 0.05)
    await org.identity.learn()
    org.slack.faults.add("auth.teams.list", trouble, times=2)

    await org.identity.look_for_team("T0STRANGER")

    assert org.identity.teams == {org.sales.team_id}


async def test_half_a_list_of_teams_is_none(org: Org, monkeypatch: pytest.MonkeyPatch) -> None:
    await org.identity.learn()
    for name in ("Labs", "Legal"):
        org.org.add_team(name)
    monkeypatch.setattr(identity_module, "TEAMS_A_PAGE", 1)
    first = {"ok": True, "teams": [], "response_metadata": {"next_cursor": "more"}}
    org.slack.faults.add("auth.teams.list", Fault("status", 200, json.dumps(first)))
    org.slack.faults.add("auth.teams.list", Fault("status", 500))

    await org.identity.confirm()

    assert org.identity.teams == {org.sales.team_id}


@pytest.mark.parametrize(
    ("body", "team_id"),
    [
        pytest.param({"user": {"id": "U1", "team_id": "T2"}, "team": None}, "T2", id="click"),
        pytest.param({"user": {"id": "U1", "team_id": "E1"}}, "", id="organisation named"),
        pytest.param({"user": {"id": "U1"}}, "", id="no team named"),
        pytest.param({"team_id": "T2", "user_id": "U1", "command": "/video"}, "T2", id="command"),
        pytest.param({"team_id": "T1", "event": {"user": "U1", "team": "T2"}}, "T2", id="event"),
        pytest.param(
            {"event": {"user": "U1", "user_team": "T9", "team": "T2"}}, "T9", id="event elsewhere"
        ),
        pytest.param({"event": {"type": "app_home_opened", "user": "U1"}}, "", id="bare event"),
        pytest.param({}, "", id="nothing"),
    ],
)
def test_team_of_whoever_is_behind_a_request(body: dict[str, Any], team_id: str) -> None:
    assert persons_team(body) == team_id
