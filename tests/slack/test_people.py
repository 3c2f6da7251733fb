"""What Slack says of people: language, name, direct messages; never a reason to fail or wait."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.faults import Fault
from bot.sandbox.slack.organisation import SlackOrganisation
from bot.sandbox.slack.server import SlackSandbox
from bot.slack import people as people_module
from bot.slack.client import slack_client, slack_session
from bot.slack.people import LOCALE_ASKED_AGAIN_S, LOCALE_KEPT_S, NAMES_MAX, SlackPeople


class Watch:
    """A stopwatch that tests turn."""

    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def people(client: AsyncWebClient, watch: Watch) -> SlackPeople:
    return SlackPeople(client, monotonic=watch)


@pytest.fixture
def greta(slack: SlackSandbox) -> str:
    return slack.add_user("greta", locale="de-DE").id


def questions(slack: SlackSandbox) -> int:
    return sum(call.method == "users.info" for call in slack.calls)


async def test_german_locale_is_german(people: SlackPeople, greta: str) -> None:
    language = await people.language(greta)

    assert language.code == "de"
    assert people.known_locale(greta) == "de-DE"


async def test_language_we_do_not_have_is_english_and_the_locale_is_still_told(
    slack: SlackSandbox, people: SlackPeople
) -> None:
    mei = slack.add_user("mei", locale="zh-TW").id

    assert (await people.language(mei)).code == "en"
    assert people.known_locale(mei) == "zh-TW"


async def test_somebody_never_asked_about_has_no_known_locale(
    slack: SlackSandbox, people: SlackPeople, greta: str
) -> None:
    assert people.known_locale(greta) == ""
    assert questions(slack) == 0


async def test_second_question_within_the_hour_asks_nobody(
    slack: SlackSandbox, people: SlackPeople, greta: str, watch: Watch
) -> None:
    await people.language(greta)
    watch.seconds += LOCALE_KEPT_S - 1

    assert (await people.language(greta)).code == "de"
    assert questions(slack) == 1


async def test_after_an_hour_a_changed_language_is_noticed(
    slack: SlackSandbox, people: SlackPeople, greta: str, watch: Watch
) -> None:
    await people.language(greta)
    slack.state.users[greta].locale = "en-GB"
    watch.seconds += LOCALE_KEPT_S

    assert (await people.language(greta)).code == "en"


@pytest.mark.parametrize(
    "fault",
    [
        Fault("status", 500),
        Fault("status", 429, headers={"Retry-After": "30"}),
        Fault("status", 200, '{"ok": true}'),
        Fault("status", 200, '{"ok": true, "user": {"locale": null}}'),
        Fault("status", 200, "<html>", "text/html"),
        Fault("drop_before"),
    ],
    ids=["500", "429", "no user", "no locale", "html", "dropped"],
)
async def test_without_slack_s_word_it_is_english(
    slack: SlackSandbox, people: SlackPeople, greta: str, fault: Fault
) -> None:
    slack.faults.add("users.info", fault, times=2)  # aiohttp repeats a GET that was dropped

    assert (await people.language(greta)).code == "en"


async def test_without_the_scope_it_is_english(
    slack: SlackSandbox, people: SlackPeople, greta: str
) -> None:
    slack.state.scopes -= {"users:read"}

    assert (await people.language(greta)).code == "en"


async def test_slow_slack_is_not_waited_for(
    slack: SlackSandbox, people: SlackPeople, greta: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(people_module, "LOCALE_WITHIN_S", 0.05)
    slack.faults.add("users.info", Fault("slow", seconds=0.5))
    before = time.monotonic()

    language = await people.language(greta)

    assert language.code == "en"
    assert time.monotonic() - before < 1.0


async def test_silence_is_asked_about_again_after_a_minute_only(
    slack: SlackSandbox, people: SlackPeople, greta: str, watch: Watch
) -> None:
    slack.faults.add("users.info", Fault("status", 500))
    await people.language(greta)
    assert (await people.language(greta)).code == "en"
    assert questions(slack) == 0  # those that meet a fault are not counted
    watch.seconds += LOCALE_ASKED_AGAIN_S

    assert (await people.language(greta)).code == "de"


async def test_language_once_known_outlives_a_failed_question(
    slack: SlackSandbox, people: SlackPeople, greta: str, watch: Watch
) -> None:
    await people.language(greta)
    slack.faults.add("users.info", Fault("status", 500))
    watch.seconds += LOCALE_KEPT_S

    assert (await people.language(greta)).code == "de"


async def test_the_oldest_go_when_there_are_too_many(
    slack: SlackSandbox, people: SlackPeople, greta: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(people_module, "LOCALES_MAX", 2)
    others = [slack.add_user(name, locale="de-DE").id for name in ("hans", "ina")]

    for user_id in (greta, *others):
        await people.language(user_id)

    assert [people.known_locale(u) for u in (greta, *others)] == ["", "de-DE", "de-DE"]


async def test_many_at_once_are_all_answered(slack: SlackSandbox, people: SlackPeople) -> None:
    users = [slack.add_user(f"p{n}", locale="de-DE").id for n in range(20)]

    languages = await asyncio.gather(*(people.language(u) for u in users))

    assert {language.code for language in languages} == {"de"}


# -- names, and where people write to the bot

TROUBLES = [
    pytest.param(Fault("status", 200, '{"ok": false, "error": "missing_scope"}'), id="refused"),
    pytest.param(Fault("status", 429, "{}"), id="rate limit"),
    pytest.param(Fault("status", 200, "[]"), id="odd answer"),
    pytest.param(Fault("drop_before"), id="connection lost"),
]
SLOW = pytest.param(Fault("slow", seconds=5.0), id="slow")


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


# -- who is an admin


@dataclass
class Organisation:
    slack: SlackSandbox
    org: SlackOrganisation
    people: SlackPeople

    def id(self, name: str) -> str:
        return self.org.state.user(name).id


@pytest.fixture
async def initech(slack: SlackSandbox) -> AsyncIterator[Organisation]:
    """Olga runs it all, Otto owns it, Sam is admin of Sales, Lea owns Labs, Lou is nobody special.

    Gus is an admin of Globex, with which Labs shares a channel.
    """
    org = slack.add_organisation("Initech")
    sales, labs = org.add_team("Sales"), org.add_team("Labs")
    sales.add_user("olga", is_org_admin=True)
    sales.add_user("otto", is_org_owner=True)
    sales.add_user("sam", is_admin=True)
    labs.add_user("lea", is_owner=True)
    lou = labs.add_user("lou")
    globex = slack.add_workspace("Globex")
    gus = globex.add_user("gus", is_admin=True)
    deal = labs.add_channel("deal", members=(lou,))
    labs.share_channel(deal, globex)
    globex.join(deal, gus)
    org.state.installed, org.state.scopes = True, slack.state.scopes
    slack.tokens.add("xoxb-initech", org.state)
    session = slack_session()
    yield Organisation(
        slack, org, SlackPeople(slack_client("xoxb-initech", slack.api_url, session))
    )
    await session.close()


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("olga", True),
        ("otto", True),
        ("sam", False),
        ("lea", False),
        ("lou", False),
        ("gus", False),
    ],
)
async def test_organisation_is_run_by_its_own_admins_and_owners(
    initech: Organisation, name: str, is_one: bool
) -> None:
    whole = initech.org.enterprise.id

    assert await initech.people.is_admin(initech.id(name), whole) is is_one


@pytest.mark.parametrize("name", ["olga", "otto"])
async def test_another_organisation_s_admin_runs_nothing_here(
    initech: Organisation, name: str
) -> None:
    assert not await initech.people.is_admin(initech.id(name), "E0OTHER")


async def test_workspace_is_run_by_its_own_admins(slack: SlackSandbox, people: SlackPeople) -> None:
    admin = slack.add_user("ada", is_admin=True).id
    owner = slack.add_user("oda", is_owner=True).id
    team_id = slack.state.team_id

    assert await people.is_admin(admin, team_id)
    assert await people.is_admin(owner, team_id)
    assert not await people.is_admin(slack.person("ana").user.id, team_id)


async def test_admin_of_another_workspace_runs_nothing_here(
    slack: SlackSandbox, people: SlackPeople
) -> None:
    eve = slack.add_outsider("eve")
    eve.is_admin = eve.is_owner = True

    assert not await people.is_admin(eve.id, slack.state.team_id)


@pytest.mark.parametrize("trouble", TROUBLES)
async def test_nobody_is_an_admin_while_slack_does_not_say_so(
    slack: SlackSandbox, people: SlackPeople, trouble: Fault
) -> None:
    admin = slack.add_user("ada", is_admin=True).id
    slack.faults.add("users.info", trouble, times=3)

    assert not await people.is_admin(admin, slack.state.team_id)


USERS = [
    {"is_admin": True},
    {"team_id": None, "is_admin": True},
    {"team_id": "T0OTHER", "is_admin": True},
    {"team_id": "OWN", "is_admin": True, "is_stranger": True},
    {"team_id": "OWN", "is_admin": None, "enterprise_user": {"is_admin": True}},
    {"team_id": "OWN", "is_admin": True, "deleted": True},
]


@pytest.mark.parametrize("user", USERS, ids=map(str, range(len(USERS))))
async def test_half_an_answer_makes_nobody_an_admin(
    slack: SlackSandbox, people: SlackPeople, user: dict[str, object]
) -> None:
    own = slack.state.team_id
    told = {k: own if v == "OWN" else v for k, v in user.items()}
    body = json.dumps({"ok": True, "user": {"id": "U1", **told}})
    slack.faults.add("users.info", Fault("status", 200, body))

    assert not await people.is_admin("U1", own)
