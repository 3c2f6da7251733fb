"""Slack's payloads, as the sandbox writes them, in our words."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.request.video_request import Attachment
from bot.sandbox.slack import payloads
from bot.sandbox.slack.server import SlackSandbox
from bot.screens import ids
from handlers.payloads import Form, asked_menu, command_draft, command_text, filled_view
from tests.builders import a_draft
from tests.handlers.filling_in import a_submission, bolt_context, in_own_team
from tests.sandbox.slack.world import Json


def a_form(**values: Json) -> Form:
    """A form of one element in each field, in these states."""
    blocks = [{"block_id": field} for field in values]
    state = {field: {field: value} for field, value in values.items()}
    return Form({"blocks": blocks, "state": {"values": state}})


def the_attachment(**file: Any) -> Attachment:
    (attachment,) = a_form(files={"files": [{"id": "F1", **file}]}).attachments("files")
    return attachment


# -- /video … ----------------------------------------------------------------------------------


@given(st.text())
def test_command_text_arrives_as_it_was_typed(typed: str) -> None:
    assert command_text({"text": payloads.escape(typed)}) == typed.strip()


@pytest.mark.parametrize("command", [{}, {"text": None}, {"text": ""}, {"text": " \n "}])
def test_command_without_text_is_empty(command: Json) -> None:
    assert command_text(command) == ""


@pytest.mark.parametrize(
    ("name", "is_from_dm"),
    [
        pytest.param("general", False, id="channel"),
        pytest.param("privategroup", False, id="private channel"),
        pytest.param("directmessage", True, id="direct message"),
        pytest.param("mpdm-ana--ben--cy-1", True, id="group"),
    ],
)
def test_command_tells_whether_the_bot_could_post_there(name: str, is_from_dm: bool) -> None:
    command = {"text": "words", "user_id": "U1", "team_id": "T1", "channel_name": name}

    assert command_draft(command, bolt_context("T1")).is_from_dm is is_from_dm


def test_command_s_draft_is_of_the_bot_s_own_workspace() -> None:
    command = {"text": "words", "user_id": "U1", "team_id": "T-OF-THE-CHANNEL"}

    assert command_draft(command, bolt_context("E1")).team_id == "E1"


def test_entities_that_a_person_typed_stay_entities() -> None:
    assert command_text({"text": "R&amp;amp;D &amp;copy; &lt;b&gt;"}) == "R&amp;D &copy; <b>"


# -- a modal -----------------------------------------------------------------------------------


def test_filled_view_knows_who_where_and_which() -> None:
    body = a_submission(a_draft(key="kept-under-this"), prompt="Hello")

    filled = filled_view(body, in_own_team(body))

    view = body["view"]
    assert (filled.user_id, filled.team_id) == (body["user"]["id"], body["team"]["id"])
    assert (filled.view_id, filled.hash) == (view["id"], view["hash"])
    assert filled.draft_key == "kept-under-this"
    assert filled.trigger_id == body["trigger_id"]
    assert filled.form.text(ids.PROMPT) == "Hello"


def test_modal_on_top_of_another_has_the_request_key_of_that_one() -> None:
    body = a_submission(a_draft(), prompt="Hello")
    below = filled_view(body, in_own_team(body)).request_key
    body["view"] |= {"id": "V-ON-TOP", "previous_view_id": body["view"]["id"]}

    assert filled_view(body, in_own_team(body)).request_key == below


@pytest.mark.parametrize("team", [None, {}, {"id": "T-ELSEWHERE"}], ids=["null", "empty", "other"])
@pytest.mark.parametrize("own", ["T-OWN", "E-OWN"])
def test_form_is_kept_under_the_workspace_of_the_bot_whatever_slack_names(
    team: Json | None, own: str
) -> None:
    body = a_submission(a_draft(), prompt="Hello") | {"team": team}

    filled = filled_view(body, bolt_context(own))

    assert filled.team_id == own
    assert filled.request_key.startswith(f"{own}:")


def test_form_of_a_person_of_another_workspace_says_so() -> None:
    body = a_submission(a_draft(), prompt="Hello")

    assert not filled_view(body, in_own_team(body)).is_outsider
    assert filled_view(body, bolt_context("T-OWN")).is_outsider
    assert not filled_view(body, bolt_context("E1", {body["user"]["team_id"]})).is_outsider


# -- its fields --------------------------------------------------------------------------------


@given(st.text())
def test_typed_text_comes_without_the_blanks_around_it(typed: str) -> None:
    assert a_form(field={"value": typed}).text("field") == typed.strip()


@pytest.mark.parametrize(
    "state",
    [
        pytest.param({}, id="no key"),
        pytest.param(
            {"value": None, "selected_option": None, "selected_options": None, "files": None},
            id="nulls",
        ),
    ],
)
def test_field_that_holds_nothing_is_empty_in_every_way(state: Json) -> None:
    form = a_form(field=state)

    assert form.shows("field")
    assert (form.text("field"), form.choice("field"), form.choice_name("field")) == ("", "", "")
    assert (form.ticked("field"), form.attachments("field")) == ([], ())
    assert form.conversation("field") == ""


def test_field_that_is_not_there_is_empty_and_not_shown() -> None:
    form = Form({})

    assert not form.shows("field")
    assert form.text("field") == ""


def test_field_that_slack_leaves_out_of_the_state_is_shown_and_empty() -> None:
    form = Form({"blocks": [{"block_id": "field"}], "state": {"values": {}}})

    assert form.shows("field")
    assert form.choice("field") == ""


def test_default_option_is_no_choice() -> None:
    option = {"text": {"type": "plain_text", "text": "Default"}, "value": ids.DEFAULT_CHOICE}

    assert a_form(field={"selected_option": option}).choice("field") == ""


def test_menu_asks_with_what_was_typed() -> None:
    body = {"action_id": "voice", "value": "ger", "user": {"id": "U1"}}

    asked = asked_menu(body)

    assert (asked.action_id, asked.typed, asked.user_id) == ("voice", "ger", "U1")


# -- files -------------------------------------------------------------------------------------


def test_full_file_object_is_described() -> None:
    logo = SlackSandbox().add_file("ana", name="logo.png", content=b"1234")

    assert the_attachment(**logo.as_json()) == Attachment(logo.id, "logo.png", "png", 4)


def test_file_of_a_shared_channel_is_known_by_its_id_alone() -> None:
    file = {"mode": "file_access", "file_access": "check_file_info"}

    assert the_attachment(**file) == Attachment("F1", mode="file_access")


@pytest.mark.parametrize("more", [{"is_external": True}, {"mode": "external"}], ids=str)
def test_file_outside_slack_is_known_as_such(more: Json) -> None:
    assert the_attachment(name="a.png", filetype="png", **more).mode == "external"


@pytest.mark.parametrize(
    ("file", "filetype"),
    [
        pytest.param({"name": "logo", "filetype": "png"}, "png", id="no extension"),
        pytest.param({"name": "LOGO.PNG", "filetype": "png"}, "png", id="upper case"),
        pytest.param({"name": "Script.TXT"}, "txt", id="upper case, no word of Slack's"),
        pytest.param({"name": "script.txt", "filetype": "text"}, "txt", id="text"),
        pytest.param({"name": "script", "filetype": "text"}, "txt", id="text, no extension"),
        pytest.param({"name": "notes", "filetype": "markdown"}, "md", id="markdown"),
        pytest.param({"name": "a.jpeg", "filetype": "jpg"}, "jpeg", id="jpeg is jpg to Slack"),
        pytest.param({"name": "brief.v2", "filetype": "pdf"}, "pdf", id="dot in the name"),
        pytest.param({"name": ".png", "filetype": "binary"}, "png", id="nothing but extension"),
        pytest.param({"title": "clip.mp4"}, "mp4", id="title only"),
        pytest.param({"name": "deck.pptx", "filetype": "pptx"}, "pptx", id="not for HeyGen"),
        pytest.param({"name": "logo.png.exe", "filetype": "exe"}, "exe", id="two extensions"),
        pytest.param({}, "", id="nothing known"),
    ],
)
def test_type_is_the_extension_or_slack_s_word(file: Json, filetype: str) -> None:
    assert the_attachment(**file).filetype == filetype


@pytest.mark.parametrize("size", [None, "12", 1.5])
def test_size_that_is_no_number_of_bytes_is_unknown(size: Any) -> None:
    assert the_attachment(name="a.png", size=size).size_bytes is None
