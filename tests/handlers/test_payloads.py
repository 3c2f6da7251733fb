"""Slack's payloads, as the sandbox writes them, in our words."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.video_request import Attachment, Orientation, SlackThread, faults_of
from bot.sandbox import slack_payloads
from bot.sandbox.slack_form import fill
from bot.sandbox.slack_server import SlackSandbox
from bot.sandbox.slack_views import make_view
from bot.slack import ids
from handlers.payloads import command_text, video_request
from handlers.views.composer import composer_view
from tests.sandbox.slack_world import Json


def a_submission(**values: Any) -> Json:
    """What arrives when Ana submits the composer, opened in #general, with these values."""
    sandbox = SlackSandbox()
    user, general = sandbox.person("ana").user, sandbox.channel("general")
    view = make_view(sandbox.state, user, composer_view(prompt="Hello"), channel_id=general.id)
    filled = fill(sandbox.state, view, values)
    body = slack_payloads.view_submission(sandbox.state, user, view, filled, [])
    return dict(json.loads(json.dumps(body)))


def with_files(*files: Json | None) -> Json:
    body = a_submission()
    body["view"]["state"]["values"][ids.ATTACHMENTS][ids.ATTACHMENTS]["files"] = list(files)
    return body


def the_attachment(**file: Any) -> Attachment:
    (attachment,) = video_request(with_files({"id": "F1", **file})).attachments
    return attachment


# -- /video … ----------------------------------------------------------------------------------


@given(st.text())
def test_command_text_arrives_as_it_was_typed(typed: str) -> None:
    assert command_text({"text": slack_payloads.escape(typed)}) == typed.strip()


@pytest.mark.parametrize("command", [{}, {"text": None}, {"text": ""}, {"text": " \n "}])
def test_command_without_text_is_empty(command: Json) -> None:
    assert command_text(command) == ""


def test_entities_that_a_person_typed_stay_entities() -> None:
    assert command_text({"text": "R&amp;amp;D &amp;copy; &lt;b&gt;"}) == "R&amp;D &copy; <b>"


# -- the composer ------------------------------------------------------------------------------


def test_submission_becomes_a_request() -> None:
    body = a_submission(prompt="A tour\nin two lines & more", orientation="portrait")

    request = video_request(body)

    team_id = body["team"]["id"]
    channel_id = body["view"]["state"]["values"][ids.CHANNEL][ids.CHANNEL]["selected_conversation"]
    assert request.prompt == "A tour\nin two lines & more"
    assert request.orientation is Orientation.PORTRAIT
    assert request.thread == SlackThread(team_id, channel_id)
    assert request.requester_id == body["user"]["id"]
    assert request.request_key == f"{team_id}:{body['view']['id']}"
    assert request.attachments == ()
    assert faults_of(request) == {}


def test_no_channel_means_the_requester() -> None:
    request = video_request(a_submission(channel=None))

    assert request.thread.channel_id == request.requester_id


def test_empty_prompt_of_slack_s_is_an_empty_text() -> None:
    assert video_request(a_submission(prompt=None)).prompt == ""


@pytest.mark.parametrize("missing", [ids.ATTACHMENTS, ids.CHANNEL, ids.PROMPT])
def test_block_that_slack_leaves_out_counts_as_empty(missing: str) -> None:
    body = a_submission()
    del body["view"]["state"]["values"][missing]

    request = video_request(body)

    assert request.attachments == ()
    assert request.requester_id


def test_file_input_without_a_files_key_means_no_attachments() -> None:
    body = a_submission()
    del body["view"]["state"]["values"][ids.ATTACHMENTS][ids.ATTACHMENTS]["files"]

    assert video_request(body).attachments == ()


# -- whose workspace ---------------------------------------------------------------------------


@pytest.mark.parametrize("team", [pytest.param(None, id="null"), pytest.param({}, id="empty")])
def test_organisation_wide_install_is_kept_under_the_workspace_of_the_view(
    team: Json | None,
) -> None:
    body = a_submission() | {"team": team, "is_enterprise_install": True}
    body["view"]["app_installed_team_id"] = "T-INSTALLED"

    assert video_request(body).thread.team_id == "T-INSTALLED"


def test_without_any_team_but_the_person_s_that_one_is_taken() -> None:
    body = a_submission() | {"team": None}
    del body["view"]["app_installed_team_id"]
    body["user"]["team_id"] = "T-HERS"

    request = video_request(body)

    assert request.thread.team_id == "T-HERS"
    assert request.request_key.startswith("T-HERS:")


def test_person_of_another_workspace_writes_to_the_one_that_installed_the_bot() -> None:
    body = a_submission()
    installed = body["view"]["app_installed_team_id"]
    body["team"] = {"id": "T-ELSEWHERE"}

    assert video_request(body).thread.team_id == installed


# -- files -------------------------------------------------------------------------------------


def test_full_file_object_is_described() -> None:
    sandbox = SlackSandbox()
    logo = sandbox.add_file("ana", name="logo.png", content=b"1234")

    (attachment,) = video_request(with_files(logo.as_json())).attachments

    assert attachment == Attachment(logo.id, "logo.png", "png", 4)


def test_file_of_a_shared_channel_is_not_judged_before_slack_describes_it() -> None:
    body = with_files({"id": "F1", "mode": "file_access", "file_access": "check_file_info"})

    request = video_request(body)

    assert request.attachments == (Attachment("F1", mode="file_access"),)
    assert faults_of(request) == {}


@pytest.mark.parametrize("more", [{"is_external": True}, {"mode": "external"}], ids=str)
def test_file_outside_slack_is_named_beside_its_field(more: Json) -> None:
    request = video_request(with_files({"id": "F1", "name": "a.png", "filetype": "png", **more}))

    assert "outside Slack" in faults_of(request)[ids.ATTACHMENTS]


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
