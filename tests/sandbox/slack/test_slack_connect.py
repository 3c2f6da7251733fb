"""A channel that two workspaces share, both of which have installed the app."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.sandbox.slack.refusals import SandboxRefusal
from bot.sandbox.slack.server import SlackSandbox
from bot.sandbox.slack.state import Channel, Message
from bot.sandbox.slack.team import SlackTeam
from tests.sandbox.slack.oauth_world import InstalledBot, installable
from tests.sandbox.slack.world import client_for


@dataclass
class World:
    slack: SlackSandbox
    bot: InstalledBot
    acme: SlackTeam
    globex: SlackTeam
    shared: Channel


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """Acme's Ann and Globex's Gus are in #deal, and so are both bots."""
    async with SlackSandbox(installed=False) as slack, installable(slack, tmp_path) as bot:
        acme, globex = slack.add_workspace("Acme"), slack.add_workspace("Globex")
        ann, gus = acme.add_user("ann"), globex.add_user("gus")
        globex.add_channel("general", members=(gus,))
        shared = acme.add_channel("deal", members=(ann,))
        acme.share_channel(shared, globex)
        globex.join(shared, gus, globex.bot)
        for person in (acme.person("ann"), globex.person("gus")):
            await person.install(bot.install_url)
        yield World(slack, bot, acme, globex, shared)


async def acmes_card(world: World) -> Message:
    await world.acme.person("ann").mention("a video, please", "deal")
    return await world.globex.person("gus").wait_for_message("deal")


async def test_click_on_another_workspaces_card_is_for_that_workspaces_installation(
    world: World,
) -> None:
    card, gus = await acmes_card(world), world.globex.person("gus")
    await gus.click(card, "press")
    click = world.bot.heard[-1]

    assert card.user_id == world.acme.bot.id
    assert click["team"] == {"id": world.acme.team_id, "domain": "acme"}
    assert click["user"]["team_id"] == world.globex.team_id
    assert world.bot.teams[-1] == (None, world.acme.team_id)
    assert world.acme.own_calls[-1].method == "views.open"


async def test_modal_of_another_workspaces_bot_names_both_teams(world: World) -> None:
    card, gus = await acmes_card(world), world.globex.person("gus")
    await gus.click(card, "press")
    view = await gus.wait_for_view()
    await gus.submit(view)
    submission = world.bot.heard[-1]

    assert submission["team"]["id"] == world.globex.team_id
    assert submission["view"]["team_id"] == world.globex.team_id
    assert submission["view"]["app_installed_team_id"] == world.acme.team_id
    assert world.bot.teams[-1] == (None, world.acme.team_id)
    assert gus.top_view is None


async def test_command_in_the_shared_channel_is_for_ones_own_workspace(world: World) -> None:
    await world.globex.person("gus").command(channel="deal")

    assert world.bot.heard[-1]["channel_id"] == world.shared.id
    assert world.bot.teams[-1] == (None, world.globex.team_id)


async def test_mention_of_another_workspaces_bot_is_an_event_of_that_workspace(
    world: World,
) -> None:
    await world.globex.person("gus").mention("a video", "deal", bot=world.acme.bot)
    event = next(body for body in world.bot.heard if body.get("type") == "event_callback")

    assert event["is_ext_shared_channel"] is True
    assert event["authorizations"][0]["team_id"] == world.acme.team_id
    assert event["team_id"] == event["event"]["team"] == world.acme.team_id
    assert event["event"]["user_team"] == world.globex.team_id
    assert world.bot.teams[-1] == (None, world.acme.team_id)


async def test_both_see_the_channel_its_people_and_its_files(world: World) -> None:
    file = world.globex.add_file("gus", name="a.txt", content=b"words")
    world.globex.person("gus").say("look", "deal", files=[file])
    for team in (world.acme, world.globex):
        client = client_for(world.slack, team.bot_token)
        told = await client.conversations_info(channel=world.shared.id)
        assert told["channel"]["is_ext_shared"] is True
        assert (await client.users_info(user=file.user_id))["user"]["team_id"] == (
            world.globex.team_id
        )
        assert (await client.files_info(file=file.id))["file"]["user_team"] == world.globex.team_id

    assert world.acme.messages("deal") == world.globex.messages("deal")


async def test_people_of_the_same_id_cannot_share_a_channel() -> None:
    slack = SlackSandbox()
    globex = slack.add_workspace("Globex")
    twin = slack.add_user("twin", id="U0TWIN")
    globex.add_user("other", id="U0TWIN")
    shared = slack.add_channel("deal", members=(twin,))

    with pytest.raises(SandboxRefusal, match="somebody else in Globex"):
        slack.share_channel(shared, globex)
