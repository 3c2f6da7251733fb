"""An organisation with two teams and one installation for both: its token and its payloads."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.sandbox.slack.organisation import OrgTeam, SlackOrganisation
from bot.sandbox.slack.server import SlackSandbox
from tests.sandbox.slack.oauth_world import (
    BACK,
    InstalledBot,
    asked,
    exchange,
    installable,
)
from tests.sandbox.slack.world import Json, client_for, refusal


@dataclass
class World:
    slack: SlackSandbox
    bot: InstalledBot
    org: SlackOrganisation
    sales: OrgTeam
    labs: OrgTeam

    async def install(self) -> None:
        page = await self.sales.person("olga").install(self.bot.install_url, org_wide=True)
        assert page.status == 200, page.text


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """Initech with Sales (Olga, who runs the organisation, and Sam) and Labs (Lou)."""
    async with SlackSandbox(installed=False) as slack, installable(slack, tmp_path) as bot:
        org = slack.add_organisation("Initech")
        sales, labs = org.add_team("Sales"), org.add_team("Labs")
        olga, sam = sales.add_user("olga", is_org_admin=True), sales.add_user("sam", is_admin=True)
        sales.add_channel("general", members=(olga, sam))
        labs.add_channel("general", members=(labs.add_user("lou"),))
        yield World(slack, bot, org, sales, labs)


async def test_one_installation_serves_both_teams(world: World) -> None:
    await world.install()

    for team, name in ((world.sales, "sam"), (world.labs, "lou")):
        person = team.person(name)
        await person.command()
        view = (await person.wait_for_view()).as_json()
        assert view["team_id"] == team.team_id
        assert view["app_installed_team_id"] == world.org.team_id
        await person.submit(person.top_view)  # type: ignore[arg-type]
    enterprise = world.org.enterprise.id
    command, submission = world.bot.heard[-2:]
    assert command["is_enterprise_install"] == "true"
    assert (command["enterprise_id"], command["team_id"]) == (enterprise, world.labs.team_id)
    assert submission["is_enterprise_install"] is True
    assert submission["enterprise"] == {"id": enterprise, "name": "Initech"}
    assert submission["team"] is None
    assert submission["user"]["team_id"] == world.labs.team_id
    assert {org for org, _ in world.bot.teams} == {enterprise}


async def test_answer_to_the_code_names_no_team(world: World) -> None:
    olga = world.sales.person("olga")
    async with olga.browser() as browser:
        world.slack.app.redirect_urls = (BACK,)
        question = await browser.visit(asked(world.slack))
        led_to = await browser.answer(question, "allow", org_wide=True)
    assert isinstance(led_to, str)
    body = await exchange(
        world.slack, code=led_to.partition("code=")[2].partition("&")[0], redirect_uri=BACK
    )

    assert body["team"] is None
    assert body["enterprise"] == {"id": world.org.team_id, "name": "Initech"}
    assert body["is_enterprise_install"] is True


async def test_token_says_whose_it_is_and_which_teams_it_reaches(world: World) -> None:
    await world.install()
    client = client_for(world.slack, world.org.bot_token)
    told, teams = await client.auth_test(), await client.auth_teams_list(limit=1)
    rest = await client.auth_teams_list(cursor=teams["response_metadata"]["next_cursor"])

    assert told["is_enterprise_install"] is True
    assert told["enterprise_id"] == told["team_id"] == world.org.enterprise.id
    assert [team["id"] for team in teams["teams"] + rest["teams"]] == [
        world.sales.team_id,
        world.labs.team_id,
    ]
    assert rest["response_metadata"]["next_cursor"] == ""


async def test_people_are_told_with_what_they_are_in_the_organisation(world: World) -> None:
    await world.install()
    client = client_for(world.slack, world.org.bot_token)
    olga = (await client.users_info(user=world.org.state.user("olga").id))["user"]
    sam = (await client.users_info(user=world.org.state.user("sam").id))["user"]

    assert olga["enterprise_user"] == {
        "id": olga["id"],
        "enterprise_id": world.org.enterprise.id,
        "enterprise_name": "Initech",
        "is_admin": True,
        "is_owner": False,
        "teams": [world.sales.team_id],
    }
    assert (olga["is_admin"], sam["is_admin"]) == (False, True)
    assert sam["enterprise_user"]["is_admin"] is False


async def test_event_is_for_the_installation_and_tells_the_team_beside_it(world: World) -> None:
    await world.install()
    await world.labs.person("lou").open_home()
    (event,) = (body for body in world.bot.heard if body.get("type") == "event_callback")

    assert event["team_id"] == event["context_team_id"] == world.labs.team_id
    assert event["enterprise_id"] == world.org.enterprise.id
    assert event["authorizations"] == [
        {
            "enterprise_id": world.org.enterprise.id,
            "team_id": None,
            "user_id": world.org.bot.id,
            "is_bot": True,
            "is_enterprise_install": True,
        }
    ]


async def test_payloads_may_tell_more(world: World) -> None:
    await world.install()
    shape = world.org.payloads
    shape.team = shape.team_in_authorizations = True
    shape.enterprise_as_user_team = shape.team_as_installed = True
    lou, labs, org = world.labs.person("lou"), world.labs, world.org
    await lou.open_home()
    await lou.command()
    view = await lou.wait_for_view()
    await lou.submit(view)
    home, submission = world.bot.heard[-3], world.bot.heard[-1]

    assert home["authorizations"][0]["team_id"] == labs.team_id
    assert view.as_json()["app_installed_team_id"] == labs.team_id
    assert submission["user"]["team_id"] == org.team_id
    assert submission["team"] == {
        "id": labs.team_id,
        "domain": "labs",
        "enterprise_id": org.team_id,
        "enterprise_name": "Initech",
    }


async def test_general_of_each_team_is_its_own(world: World) -> None:
    await world.install()
    world.sales.person("sam").say("in sales")
    world.labs.person("lou").say("in the labs")

    assert [one.text for one in world.sales.messages("general")] == ["in sales"]
    assert [one.text for one in world.labs.messages("general")] == ["in the labs"]


@pytest.mark.parametrize(
    ("name", "org_wide", "words"),
    [
        pytest.param("sam", True, "Only an admin of the organization", id="admin of a team"),
        pytest.param("olga", False, "Choose where", id="no choice"),
    ],
)
async def test_installing_for_all_is_for_those_who_run_the_organisation(
    world: World, name: str, org_wide: bool, words: str
) -> None:
    page = await world.sales.person(name).install(world.bot.install_url, org_wide=org_wide)

    assert page.url.startswith(world.slack.url)
    assert words in page.text
    assert not world.org.is_installed


async def test_app_may_not_be_for_organisations(world: World) -> None:
    world.slack.app.org_wide = False
    page = await world.sales.person("olga").install(world.bot.install_url, org_wide=True)

    assert "cannot be installed for a whole organization" in page.text


async def test_workspace_of_the_organisation_can_have_its_own_installation(world: World) -> None:
    await world.install()
    annex = world.slack.add_workspace("Annex", enterprise=world.org)
    annex.add_channel("general", members=(annex.add_user("amy"),))
    amy = annex.person("amy")
    await amy.install(world.bot.install_url)
    await amy.command()
    await amy.submit(await amy.wait_for_view())
    command, submission = world.bot.heard[-2:]
    told = await client_for(world.slack, annex.bot_token).auth_test()

    assert told["is_enterprise_install"] is False
    assert told["enterprise_id"] == world.org.enterprise.id
    assert told["team_id"] == annex.team_id
    assert command["is_enterprise_install"] == "false"
    assert submission["team"]["enterprise_id"] == world.org.enterprise.id
    assert submission["is_enterprise_install"] is False
    assert world.bot.teams[-1] == (world.org.enterprise.id, annex.team_id)


async def test_token_of_the_organisation_sees_nothing_of_others(world: World) -> None:
    await world.install()
    client = client_for(world.slack, world.org.bot_token)
    ana: Json = await refusal(client.users_info(user=world.slack.state.user("ana").id))

    assert ana["error"] == "user_not_found"
