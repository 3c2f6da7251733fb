"""Workspaces that meet: channels shared by Slack Connect, and the teams of an organisation."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.domain import texts
from bot.domain.job.job import JobState
from bot.sandbox.heygen.server import Outcome
from bot.sandbox.slack.delivery import ViewErrors
from bot.sandbox.slack.organisation import OrgTeam, SlackOrganisation
from bot.sandbox.slack.person import Person
from bot.sandbox.slack.state import Message
from bot.sandbox.slack.team import SlackTeam
from bot.screens import ids
from handlers.job_buttons import BUTTONS, MENU
from tests.sandbox.slack import world as blocks
from tests.scenarios.workspaces_world import World, account_of, ask, card_says, running

# Those who decide about a video are its requester and the admins, whoever else asks.
OF_REQUESTER = {ids.CANCEL_JOB, ids.RETRY_JOB, ids.LOOK_AGAIN, ids.SEND_AGAIN}
NOT_YOURS = "Only the person who asked for this video"


# -- a channel shared by Slack Connect


@dataclass
class Shared:
    world: World
    acme: SlackTeam
    globex: SlackTeam
    card: Message  # of Acme's video, in #deal

    @property
    def gus(self) -> Person:
        return self.globex.person("gus")

    async def told(self, person: Person, words: str) -> Message:
        """What only this person reads in #deal."""

        def fits(message: Message) -> bool:
            return message.ephemeral_to == person.user.id and words in message.text

        return await person.wait_for_message("deal", fits, 5.0)


@pytest.fixture
async def shared(tmp_path: Path) -> AsyncIterator[Shared]:
    """Acme's Ann and Globex's Gus are in #deal with both bots; a video of Ann's is under way."""
    async with running(tmp_path) as world:
        acme, globex = world.workspace("Acme", "ann"), world.workspace("Globex", "gus")
        deal = acme.add_channel("deal", members=("ann",))
        acme.share_channel(deal, globex)
        globex.join(deal, "gus", globex.bot)
        await world.install(acme, "ann")
        await world.install(globex, "gus")
        world.heygen.default_outcome = Outcome(stays_forever=True)
        await ask(acme, "ann", "A film about the deal.", channel="deal")
        card = await acme.person("ann").wait_for_message(
            "deal", lambda m: "making the video" in m.text, 8.0
        )
        yield Shared(world, acme, globex, card)


def with_button(shared: Shared, action_id: str) -> Message:
    """A message of Acme's bot with a button of Acme's video."""
    [button] = [
        one
        for block in shared.card.blocks
        if block["type"] == "actions"
        for one in block["elements"]
        if one["action_id"] == ids.CANCEL_JOB
    ]
    row = blocks.actions(blocks.a_button(action_id, value=button["value"]), block_id="row")
    place = shared.acme.channel("deal")
    return shared.acme.state.post(place, shared.acme.bot.id, "hi", blocks=[row])


@pytest.mark.parametrize("action_id", BUTTONS)
async def test_other_side_of_a_shared_channel_decides_nothing(
    shared: Shared, action_id: str
) -> None:
    await shared.gus.click(with_button(shared, action_id), action_id)

    words = NOT_YOURS if action_id in OF_REQUESTER else texts.OUTSIDER
    await shared.told(shared.gus, words)
    jobs = await shared.world.bot.store.jobs.recent(9)
    assert [job.state for job in jobs] == [JobState.RENDERING]
    assert shared.gus.top_view is None


@pytest.mark.parametrize("name", MENU)
async def test_other_side_looks_at_nothing_behind_the_dots(shared: Shared, name: str) -> None:
    (menu,) = (
        one
        for block in shared.card.blocks
        for one in (block.get("accessory"), *block.get("elements", ()))
        if isinstance(one, dict) and one.get("action_id") == ids.JOB_MENU
    )
    values = [option["value"] for option in menu["options"]]
    value = next((v for v in values if v.startswith(name)), ids.menu_value(name, values[0][-12:]))
    menu["options"] = [blocks.an_option(value), blocks.an_option("x:y")]

    await shared.gus.select(shared.card, ids.JOB_MENU, value)

    await shared.told(shared.gus, texts.OUTSIDER)
    assert shared.gus.top_view is None


async def test_mention_of_the_other_side_s_bot_is_refused(shared: Shared) -> None:
    await shared.gus.mention("a film for us", "deal", bot=shared.acme.bot)

    await shared.told(shared.gus, texts.OUTSIDER)


async def test_mention_of_one_s_own_bot_in_the_other_side_s_thread_knows_nothing_of_its_video(
    shared: Shared,
) -> None:
    ts = shared.card.thread_ts or shared.card.ts
    await shared.gus.mention("make it shorter", "deal", thread_ts=ts)

    def is_answer(message: Message) -> bool:
        return message.bot_id == shared.globex.state.bot_id and message.is_reply

    answer = await shared.gus.wait_for_message("deal", is_answer, 5.0)
    assert ids.MAKE_CHANGE not in str(answer.blocks)
    assert "about the deal" not in str(answer.blocks)
    await shared.gus.click(answer, ids.OPEN_DRAFT)
    form = await shared.gus.wait_for_view()
    assert "about the deal" not in str(form.definition)
    shared.world.heygen.default_outcome = Outcome()

    assert (await shared.gus.submit(form)).ok

    await shared.gus.wait_for_message("deal", lambda m: "is ready" in m.text, 8.0)
    jobs = await shared.world.bot.store.jobs.recent(9)
    assert {job.request.thread.team_id for job in jobs} == {
        shared.acme.team_id,
        shared.globex.team_id,
    }


async def test_answer_for_the_other_side_opens_no_form_here(shared: Shared) -> None:
    await shared.gus.mention("a film for us", "deal")

    def is_answer(message: Message) -> bool:
        return message.bot_id == shared.globex.state.bot_id and message.is_reply

    answer = await shared.gus.wait_for_message("deal", is_answer, 5.0)
    ann = shared.acme.person("ann")

    await ann.click(answer, ids.OPEN_DRAFT)

    await shared.told(ann, texts.OUTSIDER)
    assert ann.top_view is None


async def test_command_in_the_shared_channel_is_each_side_s_own(shared: Shared) -> None:
    await shared.gus.command("list", channel="deal")

    told = await shared.told(shared.gus, "")
    assert "about the deal" not in f"{told.text} {told.blocks}"


# -- an organisation

Press = Callable[[Person, Message], Awaitable[object]]


@dataclass
class Org:
    world: World
    org: SlackOrganisation
    sales: OrgTeam
    labs: OrgTeam
    globex: SlackTeam

    def say_more(self, *, team: bool = False, enterprise: bool = False) -> None:
        """Slack's pages differ about what these payloads name (FACTS section 10)."""
        self.org.payloads.team = self.org.payloads.team_in_authorizations = team
        self.org.payloads.team_as_installed = team
        self.org.payloads.enterprise_as_user_team = enterprise


@asynccontextmanager
async def organisation(folder: Path, **more: str) -> AsyncIterator[Org]:
    """Initech: Sales with Olga, who runs all, Sam, its admin, and Sue; Labs with Lou and Lea,
    its admin. Globex's Gus is in a channel that Labs shares with them.
    """
    async with running(folder, render_s=60.0, **more) as world:
        org = world.slack.add_organisation("Initech")
        sales, labs = org.add_team("Sales"), org.add_team("Labs")
        olga = sales.add_user("olga", is_org_admin=True)
        sam = sales.add_user("sam", is_admin=True)
        sales.add_channel("general", members=(olga, sam, sales.add_user("sue")))
        lou, lea = labs.add_user("lou"), labs.add_user("lea", is_admin=True)
        labs.add_channel("general", members=(lou, lea))
        await sales.person("olga").install(world.install_url, org_wide=True)
        globex = world.workspace("Globex", "gus")
        await world.install(globex, "gus")
        yield Org(world, org, sales, labs, globex)


async def under_way(org: Org, team: OrgTeam, name: str) -> Message:
    assert (await ask(team, name, f"A film for {name}.")).ok
    return await card_says(team, name, "making the video")


PAYLOADS = {
    "bare": {},
    "with the team": {"team": True},
    "with the organisation as the person's team": {"enterprise": True},
    "with all": {"team": True, "enterprise": True},
}


@pytest.mark.parametrize("shape", PAYLOADS.values(), ids=PAYLOADS)
async def test_people_of_every_team_are_served_by_the_one_installation(
    tmp_path: Path, shape: dict[str, bool]
) -> None:
    async with organisation(tmp_path) as org:
        org.say_more(**shape)

        card = await under_way(org, org.labs, "lou")
        await under_way(org, org.sales, "sue")
        await org.labs.person("lou").click(card, ids.CANCEL_JOB)

        await card_says(org.labs, "lou", "Cancelled")
        jobs = await org.world.bot.store.jobs.recent(9)
        assert {job.request.thread.team_id for job in jobs} == {org.org.enterprise.id}


@pytest.mark.parametrize("shape", PAYLOADS.values(), ids=PAYLOADS)
async def test_somebody_of_no_team_of_the_organisation_is_an_outsider(
    tmp_path: Path, shape: dict[str, bool]
) -> None:
    async with organisation(tmp_path) as org:
        deal = org.labs.add_channel("deal", members=("lou",))
        org.labs.share_channel(deal, org.globex)
        org.globex.join(deal, "gus", org.globex.bot)
        org.say_more(**shape)
        gus, lou = org.globex.person("gus"), org.labs.person("lou")
        assert (await ask(org.labs, "lou", channel="deal")).ok
        card = await lou.wait_for_message("deal", lambda m: "making the video" in m.text, 8.0)
        row = blocks.actions(
            blocks.a_button(ids.EDIT_JOB, value=button_value(card)), block_id="row"
        )
        place = org.labs.channel("deal")
        other = org.org.state.post(place, org.org.state.bot.id, "hi", blocks=[row])

        await gus.click(other, ids.EDIT_JOB)
        await gus.mention("a film for us", "deal", bot=org.org.state.bot)

        def told() -> bool | None:
            mine = [m for m in deal.ephemerals if m.ephemeral_to == gus.user.id]
            return sum(texts.OUTSIDER in m.text for m in mine) == 2 or None

        await org.globex.wait_for(told, 5.0, "two refusals")
        assert gus.top_view is None


def button_value(card: Message) -> str:
    return next(
        str(one["value"])
        for block in card.blocks
        if block["type"] == "actions"
        for one in block["elements"]
        if one["action_id"] == ids.CANCEL_JOB
    )


async def test_team_that_has_come_to_the_organisation_is_known_at_once(tmp_path: Path) -> None:
    async with organisation(tmp_path) as org:
        await under_way(org, org.labs, "lou")  # so the teams of before are known
        fresh = org.org.add_team("Fresh")
        fresh.add_channel("general", members=(fresh.add_user("fay"),))

        card = await under_way(org, fresh, "fay")
        await fresh.person("fay").click(card, ids.CANCEL_JOB)

        await card_says(fresh, "fay", "Cancelled")


async def test_who_runs_the_organisation_may_cancel_anybody_s_video_and_a_team_s_admin_not(
    tmp_path: Path,
) -> None:
    async with organisation(tmp_path) as org:
        card = await under_way(org, org.labs, "lou")
        lea, olga = org.labs.person("lea"), org.sales.person("olga")
        org.labs.channel("general").members.add(olga.user.id)

        await lea.click(card, ids.CANCEL_JOB)
        refused = await lea.wait_for_message("general", lambda m: NOT_YOURS in m.text, 5.0)
        assert refused.ephemeral_to == lea.user.id
        await olga.command(f"cancel {button_value(card)}")

        await card_says(org.labs, "lou", "Cancelled")


async def test_heygen_is_connected_by_who_runs_the_organisation_alone(tmp_path: Path) -> None:
    async with organisation(tmp_path, HEYGEN_API_KEY="") as org:
        account_of(org.world, "initech", "sk_initech_0123456789")
        for team, name, may in (
            (org.sales, "sam", False),
            (org.labs, "lou", False),
            (org.sales, "olga", True),
        ):
            person = team.person(name)
            await person.open_home()
            home = await team.wait_for(lambda p=person: p.home, 5.0, "the Home tab")  # type: ignore[misc]
            assert (ids.CONNECT_HEYGEN in str(home.blocks)) is may
        await olga_connects(org)

        org.world.heygen.accounts["initech"].default_outcome = Outcome(render_s=0.1)
        assert (await ask(org.labs, "lou")).ok
        await org.labs.person("lou").wait_for_message(
            "general", lambda m: "is ready" in m.text, 8.0
        )


async def olga_connects(org: Org) -> None:
    olga = org.sales.person("olga")
    assert olga.home is not None
    await olga.click(olga.home, ids.CONNECT_HEYGEN)
    view = await olga.wait_for_view()
    answer = await olga.submit(view, {ids.HEYGEN_KEY: "sk_initech_0123456789"})
    assert answer.ok
    assert not isinstance(answer, ViewErrors)
