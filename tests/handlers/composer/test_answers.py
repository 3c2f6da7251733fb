"""What was filled in, what the draft has beside it, and what is refused beside which field."""

from __future__ import annotations

from typing import Any

import pytest

from bot.domain import texts
from bot.domain.catalogue import CatalogueKind
from bot.domain.request.brief import NO_BRIEF, AvatarChoice, Brief, Choice, Detail, Purpose, Shape
from bot.domain.request.choices import Entries, choices_of
from bot.domain.request.draft import Draft
from bot.domain.request.video_request import Orientation, SlackThread, faults_of
from bot.screens import ids
from handlers.composer.answers import (
    ReadForm,
    beside_fields,
    opens_wide,
    read_brief,
    read_form,
    typed_into,
)
from handlers.payloads import Form, filled_view
from tests.builders import a_draft, an_attachment, an_entry
from tests.handlers.filling_in import a_submission, in_own_team
from tests.sandbox.slack.world import Json

KATJA = an_entry("voice-1", name="Katja", language="German")
MIRA = an_entry("look-1", kind=CatalogueKind.AVATAR, name="Mira", shape=Shape.PORTRAIT)
OF_LAST_VIDEO = Brief(voice=Choice("voice-1", "Katja"), look="swiss_pulse")
LOCALE = "de-DE"


def answers_to(body: Json, draft: Draft, entries: Entries | None = None) -> ReadForm:
    filled = filled_view(body, in_own_team(body))
    return read_form(filled, draft, read_brief(filled.form, draft), entries or {}, LOCALE)


def filled(draft: Draft, entries: Entries | None = None, **form: Any) -> ReadForm:
    """The answers when Ana opens this draft, fills it in like that and submits it."""
    return answers_to(a_submission(draft, entries=entries, **form), draft, entries)


def brief_of(draft: Draft, entries: Entries | None = None, **form: Any) -> Brief:
    return filled(draft, entries, **form).submission.request.brief


# -- the simple form ---------------------------------------------------------------------------


def test_simple_form_becomes_a_request() -> None:
    body = a_submission(a_draft(), prompt="A tour\nin two lines & more", orientation="portrait")

    answers = answers_to(body, a_draft())

    request = answers.submission.request
    channel_id = body["view"]["state"]["values"][ids.CHANNEL][ids.CHANNEL]["selected_conversation"]
    assert request.prompt == "A tour\nin two lines & more"
    assert request.orientation is Orientation.PORTRAIT
    assert request.thread == SlackThread(body["team"]["id"], channel_id)
    assert request.requester_id == body["user"]["id"]
    assert request.key == f"{body['team']['id']}:{body['view']['id']}"
    assert (answers.submission.attachments, request.brief, request.parent_id) == (
        (),
        NO_BRIEF,
        None,
    )
    assert request.locale == LOCALE
    assert answers.faults == faults_of(answers.submission) == {}


def test_no_channel_means_the_requester() -> None:
    request = filled(a_draft(prompt="Hi"), channel=None).submission.request

    assert request.thread.channel_id == request.requester_id


@pytest.mark.parametrize("missing", [ids.ATTACHMENTS, ids.CHANNEL, ids.PROMPT, ids.ORIENTATION])
def test_field_that_slack_leaves_out_counts_as_empty(missing: str) -> None:
    body = a_submission(a_draft(prompt="Hi"))
    del body["view"]["state"]["values"][missing]

    submission = answers_to(body, a_draft()).submission

    assert submission.attachments == ()
    assert submission.request.orientation is Orientation.LANDSCAPE


# -- with a draft ------------------------------------------------------------------------------


def test_thread_of_the_draft_is_where_it_goes() -> None:
    draft = a_draft(prompt="Hi", channel_id="C7", thread_ts="1.2", parent_id="job-1")

    request = filled(draft).submission.request

    assert (request.thread.channel_id, request.thread.thread_ts) == ("C7", "1.2")
    assert request.parent_id == "job-1"


def test_long_prompt_of_the_draft_is_taken_whole() -> None:
    draft = a_draft(prompt="word " * 1_000)

    assert filled(draft).submission.request.prompt == draft.prompt
    assert (
        filled(draft, prompt="And this.").submission.request.prompt
        == f"{draft.prompt}\n\nAnd this."
    )


def test_only_attachments_with_a_tick_come_along() -> None:
    came = tuple(an_attachment(f"F{n}", name=f"{n}.png") for n in range(12))

    submission = filled(
        a_draft(prompt="Hi", attachments=came), kept_0=["0", "9"], kept_1=["11"]
    ).submission

    assert [attachment.file_id for attachment in submission.attachments] == ["F0", "F9", "F11"]


def test_notes_go_to_what_came_along_and_to_links_alike() -> None:
    draft = a_draft(prompt="Hi", attachments=(an_attachment(name="logo.png"),))
    notes = "logo.png: end card\n2: opening"

    link = "https://example.com/clip.mp4"
    submission = filled(draft, is_wide=True, links=link, notes=notes).submission

    noted = [(attachment.name, attachment.note) for attachment in submission.attachments]
    assert noted == [("logo.png", "end card"), ("clip.mp4", "opening")]


def test_note_for_nothing_is_refused_beside_the_notes() -> None:
    answers = filled(a_draft(prompt="Hi"), is_wide=True, notes="logo.png: end card")

    assert list(faults_of(answers.submission)) == [ids.NOTES]


# -- the last video's choices ------------------------------------------------------------------


def test_choices_of_the_last_video_hold_while_their_box_is_ticked() -> None:
    draft = a_draft(prompt="Hi", brief=OF_LAST_VIDEO)
    entries = {CatalogueKind.VOICE: KATJA}

    assert brief_of(draft, entries) == OF_LAST_VIDEO
    assert brief_of(draft, entries, last_choices=[]) == NO_BRIEF


def test_choices_of_a_variation_hold_unseen() -> None:
    draft = a_draft(prompt="Hi", brief=OF_LAST_VIDEO, parent_id="job-1", is_variation=True)

    brief = brief_of(draft, {CatalogueKind.VOICE: KATJA}, change="shorter")

    assert (brief.voice, brief.look, brief.change) == (
        OF_LAST_VIDEO.voice,
        OF_LAST_VIDEO.look,
        "shorter",
    )


def test_prompt_written_by_hand_for_other_answers_is_not_sent_again() -> None:
    draft = a_draft(prompt="Hi", brief=Brief(written_prompt="By hand."), parent_id="job-1")

    assert brief_of(draft).written_prompt == ""


# -- more options ------------------------------------------------------------------------------


def test_every_further_field_reaches_the_brief() -> None:
    entries = {CatalogueKind.VOICE: KATJA, CatalogueKind.AVATAR: MIRA}

    brief = brief_of(
        a_draft(prompt="Hi"),
        entries,
        is_wide=True,
        purpose="demo",
        length="90",
        language="German",
        audience=" teachers ",
        tone="dry",
        look="swiss_pulse",
        on_screen_text="One\n\n Two ",
        call_to_action="Write to us",
        exact_wording=[ids.EXACT_WORDING],
        detail="full",
        voice="voice-1",
        avatar="look-1",
    )

    assert brief == Brief(
        purpose=Purpose.DEMO,
        audience="teachers",
        tone="dry",
        length_s=90,
        language="German",
        on_screen_text=("One", "Two"),
        call_to_action="Write to us",
        is_exact_wording=True,
        look="swiss_pulse",
        detail=Detail.FULL,
        voice=Choice("voice-1", "Katja"),
        avatar=AvatarChoice("look-1", "Mira", Shape.PORTRAIT),
    )


def test_wide_form_left_as_it_is_says_nothing() -> None:
    assert brief_of(a_draft(prompt="Hi"), is_wide=True) == NO_BRIEF


def test_choice_taken_back_in_the_wide_form_is_none() -> None:
    draft = a_draft(prompt="Hi", brief=OF_LAST_VIDEO)
    entries = {CatalogueKind.VOICE: KATJA}

    brief = brief_of(
        draft, entries, is_wide=True, voice=ids.DEFAULT_CHOICE, look=ids.DEFAULT_CHOICE
    )

    assert brief == NO_BRIEF


@pytest.mark.parametrize("length", ["4", "601", "-30", "1e2", "30.5", "٣٠", "9" * 400])
def test_length_that_cannot_be_meant_is_refused_with_its_limits(length: str) -> None:
    body = a_submission(a_draft(prompt="Hi"), is_wide=True)
    body["view"]["state"]["values"][ids.LENGTH][ids.LENGTH]["value"] = length

    answers = answers_to(body, a_draft())

    assert answers.faults == {ids.LENGTH: texts.LENGTH_WRONG.format(least=5, most=600)}
    assert answers.submission.request.brief.length_s is None


@pytest.mark.parametrize(("length", "length_s"), [("5", 5), ("600", 600), (None, None)])
def test_length_within_its_limits_is_taken(length: str | None, length_s: int | None) -> None:
    assert brief_of(a_draft(prompt="Hi"), is_wide=True, length=length).length_s == length_s


def test_variation_without_a_change_is_refused_beside_that_field() -> None:
    draft = a_draft(prompt="Hi", parent_id="job-1", is_variation=True)
    body = a_submission(draft, change="x")
    body["view"]["state"]["values"][ids.CHANGE][ids.CHANGE]["value"] = "  "

    assert answers_to(body, draft).faults == {ids.CHANGE: texts.CHANGE_MISSING}


def test_choices_are_to_be_looked_up_as_they_stand_in_the_form() -> None:
    draft = a_draft(prompt="Hi", brief=OF_LAST_VIDEO)
    entries = {CatalogueKind.AVATAR: MIRA, CatalogueKind.VOICE: KATJA}
    body = a_submission(
        draft, entries=entries, is_wide=True, avatar="look-1", voice=ids.DEFAULT_CHOICE
    )

    assert choices_of(read_brief(filled_view(body, in_own_team(body)).form, draft)) == {
        CatalogueKind.AVATAR: AvatarChoice("look-1", "Mira")
    }


# -- beside the fields -------------------------------------------------------------------------


def test_sentences_of_fields_that_are_not_shown_stand_beside_the_prompt() -> None:
    form = Form(a_submission(a_draft(prompt="Hi"))["view"])
    faults = {"voice": "Voice.", "prompt": "Prompt.", "attachments": "Files."}

    assert beside_fields(faults, form) == {
        ids.PROMPT: "Voice. Prompt.",
        ids.ATTACHMENTS: "Files.",
    }


def test_choice_that_is_gone_since_the_form_was_opened_is_told_though_it_is_not_shown() -> None:
    draft = a_draft(prompt="Hi", brief=OF_LAST_VIDEO)
    body = a_submission(draft, entries={CatalogueKind.VOICE: KATJA})

    answers = answers_to(body, draft, {})

    told = beside_fields(answers.faults, filled_view(body, in_own_team(body)).form)
    assert told == {ids.PROMPT: texts.CHOICE_GONE.format(name="Katja")}


# -- the same modal with more fields -----------------------------------------------------------


def test_draft_of_the_wider_form_has_what_was_typed() -> None:
    draft = a_draft(prompt="Hi", brief=OF_LAST_VIDEO, key="k")
    entries = {CatalogueKind.VOICE: KATJA}
    body = a_submission(
        draft, entries=entries, prompt="Hello", orientation="portrait", last_choices=[]
    )

    typed = typed_into(draft, filled_view(body, in_own_team(body)))

    assert (typed.prompt, typed.orientation) == ("Hello", Orientation.PORTRAIT)
    assert (typed.brief, typed.key) == (NO_BRIEF, "k")


def test_draft_of_the_wider_form_keeps_a_long_prompt() -> None:
    draft = a_draft(prompt="word " * 1_000)
    body = a_submission(draft, prompt="More.")

    typed = typed_into(draft, filled_view(body, in_own_team(body)))

    assert typed.prompt == draft.prompt


@pytest.mark.parametrize(
    ("draft", "is_wide"),
    [
        pytest.param(a_draft(), False, id="new"),
        pytest.param(a_draft(brief=OF_LAST_VIDEO), False, id="with the last video's choices"),
        pytest.param(a_draft(parent_id="j", brief=OF_LAST_VIDEO), True, id="edit with choices"),
        pytest.param(a_draft(parent_id="j"), False, id="edit of a simple one"),
        pytest.param(a_draft(parent_id="j", brief=Brief(change="x")), False, id="of a change"),
        pytest.param(
            a_draft(parent_id="j", brief=OF_LAST_VIDEO, is_variation=True), False, id="variation"
        ),
    ],
)
def test_former_answers_are_shown_at_once_when_they_are_to_be_edited(
    draft: Draft, is_wide: bool
) -> None:
    assert opens_wide(draft) is is_wide
