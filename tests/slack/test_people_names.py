"""What people are called, and where they write to the bot; never a reason to fail or to wait."""

from __future__ import annotations

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.faults import Fault
from bot.sandbox.slack.server import SlackSandbox
from bot.slack.people import NAMES_MAX, SlackPeople

TROUBLES = [
    pytest.param(Fault("status", 200, '{"ok": false, "error": "missing_scope"}'), id="refused"),
    pytest.param(Fault("status", 429, "{}"), id="rate limit"),
    pytest.param(Fault("status", 200, "[]"), id="odd answer"),
    pytest.param(Fault("drop_before"), id="connection lost"),
]
SLOW = pytest.param(Fault("slow", seconds=5.0), id="slow")


@pytest.fixture
def people(client: AsyncWebClient) -> SlackPeople:
    return SlackPeople(client)


async def test_people_are_called_by_their_names(slack: SlackSandbox, people: SlackPeople) -> None:
    ana, ben = (slack.person(name).user.id for name in ("ana", "ben"))

    assert await people.names({ana, ben, "U0NOBODY"}) == {ana: "Ana", ben: "Ben"}


async def test_nobody_is_asked_about_nobody(slack: SlackSandbox, people: SlackPeople) -> None:
    assert await people.names(set()) == {}
    assert list(slack.calls) == []


async def test_of_many_people_some_are_asked_about(
    slack: SlackSandbox, people: SlackPeople
) -> None:
    await people.names({f"U{n:03}" for n in range(NAMES_MAX + 30)})

    assert len(slack.calls) == NAMES_MAX


@pytest.mark.parametrize("trouble", [*TROUBLES, SLOW])
async def test_name_that_slack_does_not_tell_is_left_out(
    slack: SlackSandbox, people: SlackPeople, trouble: Fault
) -> None:
    slack.faults.add("users.info", trouble, times=2)  # a GET is repeated on a lost connection

    assert await people.names({slack.person("ana").user.id}) == {}


async def test_direct_messages_with_the_bot_are_known(
    slack: SlackSandbox, people: SlackPeople
) -> None:
    ana = slack.person("ana").user
    own = slack.state.direct_channel(slack.bot.id, ana.id)

    assert await people.dm_with_bot(ana.id) == own.id


@pytest.mark.parametrize("trouble", TROUBLES)
async def test_direct_messages_that_slack_does_not_tell_are_unknown(
    slack: SlackSandbox, people: SlackPeople, trouble: Fault
) -> None:
    slack.faults.add("conversations.open", trouble, times=2)

    assert await people.dm_with_bot(slack.person("ana").user.id) is None
