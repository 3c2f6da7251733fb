"""Whose words are meant for the bot, and what comes with them."""

from __future__ import annotations

from typing import Any

import pytest

from handlers.message_payloads import (
    is_from_outside,
    is_outsider,
    opened_home,
    said_to_bot,
    shortcut_message,
)
from tests.handlers.filling_in import bolt_context

MENTION = {"type": "app_mention", "user": "U1", "channel": "C1", "ts": "2.0", "text": "hello"}
DIRECT = {**MENTION, "type": "message", "channel": "D1", "channel_type": "im"}


@pytest.mark.parametrize(
    "event",
    [
        pytest.param({**MENTION, "bot_id": "B1"}, id="another app"),
        pytest.param({**MENTION, "bot_profile": {}}, id="another app with a profile"),
        pytest.param({**MENTION, "user": None}, id="nobody"),
        pytest.param({**DIRECT, "bot_id": "B1"}, id="our own answer"),
        pytest.param({**DIRECT, "subtype": "bot_message"}, id="app of the old kind"),
        pytest.param({**DIRECT, "subtype": "message_changed", "hidden": True}, id="edit"),
        pytest.param({**DIRECT, "subtype": "message_deleted", "hidden": True}, id="deletion"),
        pytest.param({**DIRECT, "subtype": "channel_topic"}, id="new topic"),
        pytest.param({**DIRECT, "hidden": True}, id="hidden"),
        pytest.param({**DIRECT, "channel_type": "channel"}, id="message in a channel"),
        pytest.param({**DIRECT, "channel_type": "mpim"}, id="group of people"),
    ],
)
def test_what_no_person_newly_said_to_the_bot_is_nothing(event: dict[str, Any]) -> None:
    assert said_to_bot(event) is None


@pytest.mark.parametrize(
    ("event", "is_direct"),
    [
        pytest.param(MENTION, False, id="mention"),
        pytest.param({**MENTION, "edited": {"ts": "3.0"}}, False, id="mention put in later"),
        pytest.param(DIRECT, True, id="direct message"),
        pytest.param({**DIRECT, "subtype": "file_share"}, True, id="with a file"),
        pytest.param({**DIRECT, "subtype": "thread_broadcast"}, True, id="reply sent on"),
        pytest.param({**DIRECT, "subtype": "me_message"}, True, id="/me"),
    ],
)
def test_what_a_person_said_is_taken(event: dict[str, Any], is_direct: bool) -> None:
    said = said_to_bot(event)

    assert said is not None
    assert (said.user_id, said.ts, said.is_direct) == ("U1", "2.0", is_direct)
    assert said.words({}, "U0BOT") == "hello"


@pytest.mark.parametrize(
    ("file", "mode", "name"),
    [
        pytest.param({"id": "F1"}, "file_access", "", id="id alone"),
        pytest.param(
            {"id": "F1", "mode": "file_access", "file_access": "check_file_info"},
            *("file_access", ""),
            id="shared channel",
        ),
        pytest.param(
            {"id": "F1", "name": "a.png", "filetype": "png"}, "hosted", "a.png", id="full"
        ),
        pytest.param({"id": "F1", "mode": "tombstone"}, "tombstone", "", id="deleted"),
    ],
)
def test_files_come_as_far_as_slack_describes_them(
    file: dict[str, Any], mode: str, name: str
) -> None:
    said = said_to_bot({**MENTION, "files": [file]})

    assert said is not None
    (attachment,) = said.attachments
    assert (attachment.file_id, attachment.mode, attachment.name) == ("F1", mode, name)


@pytest.mark.parametrize(
    ("name", "is_direct"),
    [("general", False), ("directmessage", True), ("mpdm-ana--ben-1", True), (None, False)],
)
def test_shortcut_knows_a_conversation_without_a_channel(name: str | None, is_direct: bool) -> None:
    message = {"user": "U1", "text": "hello", "thread_ts": "1.0"}
    body = {"channel": {"id": "C1", "name": name}, "message_ts": "2.0", "message": message}

    said = shortcut_message(body)

    assert (said.is_direct, said.ts, said.thread_ts) == (is_direct, "2.0", "1.0")


@pytest.mark.parametrize(
    ("user", "is_one"),
    [
        ({"team_id": "T1"}, False),
        ({"team_id": "T2"}, True),
        ({}, False),
        ({"team_id": None}, False),
    ],
)
def test_outsider_is_of_another_workspace(user: dict[str, Any], is_one: bool) -> None:
    assert is_outsider({"user": user}, "T1") is is_one


OWN, FOREIGN = {"id": "T1", "enterprise_id": "E1"}, {"id": "T9", "enterprise_id": "E9"}


@pytest.mark.parametrize(
    ("body", "is_one"),
    [
        pytest.param(
            {"team": None, "enterprise": {"id": "E1"}, "user": {"id": "U1"}}, False, id="E"
        ),
        pytest.param({"team": OWN, "user": {"team_id": "T1"}}, False, id="team of it"),
        pytest.param({"team": None, "user": {"enterprise_id": "E1"}}, False, id="its person"),
        pytest.param({"team": None, "user": {"team_id": "T2"}}, False, id="team known to be of it"),
        pytest.param({"team_id": "T7", "enterprise_id": "E1"}, False, id="command"),
        pytest.param({"team_id": "T2"}, False, id="command in a team known to be of it"),
        pytest.param({"user": "U1", "user_team": "E1", "team": "T7"}, False, id="event"),
        pytest.param({"user": "U1", "source_team": "E1"}, False, id="event of a shared channel"),
        pytest.param({"user": "U1", "team": "T2"}, False, id="event in a team known to be of it"),
        pytest.param({"team": FOREIGN, "user": {"team_id": "T9"}}, True, id="other organisation"),
        pytest.param({"team": {"id": "T9"}, "user": {"team_id": "T9"}}, True, id="other team"),
        pytest.param(
            {"team": OWN, "enterprise": {"id": "E1"}, "user": {"team_id": "T9"}},
            *(True,),
            id="our team, another person's",
        ),
        pytest.param(
            {"team": None, "enterprise": {"id": "E1"}, "user": {"enterprise_id": "E9"}},
            *(True,),
            id="our organisation, another person's",
        ),
        pytest.param(
            {"team": None, "enterprise": {"id": "E1"}, "user": {"team_id": "T9"}},
            *(True,),
            id="our organisation, another team's person",
        ),
        pytest.param(
            {"team": {"id": "T9"}, "enterprise": {"id": "E1"}, "user": {"team_id": "T9"}},
            *(True,),
            id="our organisation beside another team",
        ),
        pytest.param({"team_id": "T9", "enterprise_id": "E9"}, True, id="command elsewhere"),
        pytest.param({"user": "U1", "user_team": "T9", "team": "T9"}, True, id="event elsewhere"),
        pytest.param({"team": None, "user": {"id": "U1"}}, True, id="nothing named"),
    ],
)
def test_organisation_s_people_are_those_whom_slack_names_with_it(
    body: dict[str, Any], is_one: bool
) -> None:
    assert is_outsider(body, "E1", {"T1", "T2"}) is is_one


def test_while_slack_does_not_tell_the_teams_the_organisation_named_counts() -> None:
    click = {"team": None, "enterprise": {"id": "E1"}, "user": {"team_id": "T2"}}

    assert not is_outsider(click, "E1")
    assert is_outsider(click | {"enterprise": {"id": "E9"}}, "E1")


def test_teams_that_count_as_own_come_with_the_request() -> None:
    click = {"user": {"team_id": "T2"}}

    assert is_from_outside(click, bolt_context("T1"))
    assert not is_from_outside(click, bolt_context("T1", {"T2"}))


@pytest.mark.parametrize(("tab", "who"), [("home", "U1"), ("messages", None), ("about", None)])
def test_only_the_home_tab_counts_as_opened(tab: str, who: str | None) -> None:
    assert opened_home({"user": "U1", "tab": tab}) == who
