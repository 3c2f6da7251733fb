"""The modal, judged by the sandbox's own reading of Slack's rules."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain import texts
from bot.domain.catalogue import CatalogueEntry
from bot.domain.request.brief import AvatarChoice, Brief, Choice, Detail, Purpose
from bot.domain.request.choices import choices_of
from bot.domain.request.draft import BegunDraft, Draft
from bot.domain.request.video_request import (
    ALLOWED_FILETYPES,
    MODAL_FILES_MAX,
    Attachment,
    Orientation,
)
from bot.sandbox.slack.views import check_view
from bot.screens import ids
from bot.screens.blocks import TEXT_INPUT_MAX_CHARS
from bot.screens.composer.form import composer_view, loading_view
from bot.screens.language import language_of, languages
from tests.builders import a_draft, an_attachment
from tests.screens.composer.opened import (
    ENGLISH,
    VOICE,
    block_of,
    buttons_of,
    element_of,
    fields_of,
    shown,
    words_of,
)

SIMPLE = [ids.PROMPT, ids.ORIENTATION, ids.ATTACHMENTS, ids.CHANNEL]


# -- any input ---------------------------------------------------------------------------------

# A short text said over and over: long ones at the price of short ones.
words = st.builds(lambda text, times: text * times, st.text(max_size=40), st.integers(0, 200))
names = st.builds(lambda text, times: text * times, st.text(max_size=30), st.integers(0, 5))
slack_ids = st.from_regex(r"[A-Z][A-Z0-9]{8}", fullmatch=True)
choices = st.builds(Choice, st.text(min_size=1, max_size=90), names)
avatars = st.builds(AvatarChoice, st.text(min_size=1, max_size=90), names)
briefs = st.builds(
    Brief,
    purpose=st.none() | st.sampled_from(Purpose),
    audience=words,
    tone=words,
    length_s=st.none() | st.integers(5, 600),
    language=st.sampled_from(["", "German", "Klingon"]),
    on_screen_text=st.lists(names, max_size=5).map(tuple),
    call_to_action=words,
    is_exact_wording=st.booleans(),
    look=st.sampled_from(["", "swiss_pulse", "no such look"]),
    detail=st.sampled_from(Detail),
    avatar=st.none() | avatars,
    voice=st.none() | choices,
    style=st.none() | choices,
    brand_kit=st.none() | choices,
    change=words,
    written_prompt=words,
)
attachments = st.builds(
    Attachment,
    file_id=slack_ids,
    name=names,
    filetype=st.sampled_from(["png", "heic", ""]),
    mode=st.sampled_from(["hosted", "file_access", "tombstone"]),
    url=st.none() | st.just("https://example.com/a.png"),
    note=words,
)
drafts = st.builds(
    Draft,
    key=st.text("abc", max_size=22),
    requester_id=slack_ids,
    team_id=slack_ids,
    channel_id=st.just("") | slack_ids,
    thread_ts=st.none() | st.just("1700000000.000100"),
    prompt=words,
    orientation=st.sampled_from(Orientation),
    brief=briefs,
    attachments=st.lists(attachments, max_size=70).map(tuple),
    parent_id=st.none() | st.just("job-1"),
    is_variation=st.booleans(),
    is_from_dm=st.booleans(),
)


@settings(max_examples=100, deadline=None)
@given(
    draft=drafts,
    gone=st.lists(choices, max_size=4).map(tuple),
    is_wide=st.booleans(),
    code=st.sampled_from(languages()),
)
def test_any_draft_makes_a_view_that_slack_takes(
    draft: Draft, gone: tuple[Choice, ...], is_wide: bool, code: str
) -> None:
    chosen = choices_of(draft.brief).items()
    entries = {kind: CatalogueEntry(kind, one.id, one.name, one.name) for kind, one in chosen}

    view = composer_view(BegunDraft(draft, entries, gone), language_of(code), is_wide=is_wide)

    assert check_view(view, "modal") == view
    assert view.get("private_metadata", "") == draft.key


@pytest.mark.parametrize(
    "letter",
    [
        pytest.param("a", id="ASCII"),
        pytest.param("🎬", id="emoji"),
        pytest.param("👩‍👩‍👧", id="joined emoji"),
        pytest.param("ש", id="right to left"),
        pytest.param("\u202e", id="direction mark"),
        pytest.param("\n", id="newline"),
        pytest.param('"', id="quote"),
        pytest.param("<!channel>", id="mention"),
    ],
)
def test_prompt_that_just_fits_is_in_the_field_and_a_longer_one_is_taken_whole(
    letter: str,
) -> None:
    fitting = (letter * TEXT_INPUT_MAX_CHARS)[:TEXT_INPUT_MAX_CHARS]

    fits, longer = shown(a_draft(prompt=fitting)), shown(a_draft(prompt=fitting + "x"))

    assert element_of(fits, ids.PROMPT)["initial_value"] == fitting
    assert "initial_value" not in element_of(longer, ids.PROMPT)
    assert block_of(longer, ids.PROMPT)["optional"] is True
    assert "3,001 characters" in words_of(longer)
    assert check_view(longer, "modal")


# -- the first screen --------------------------------------------------------------------------


def test_simple_form_has_four_fields_and_two_buttons() -> None:
    view = shown(a_draft())

    assert fields_of(view) == SIMPLE
    assert buttons_of(view) == [ids.MORE_OPTIONS, ids.PREVIEW_PROMPT]
    assert len(view["blocks"]) == 5


def test_empty_form_has_no_initial_text_and_says_landscape() -> None:
    view = shown(a_draft())

    assert "initial_value" not in element_of(view, ids.PROMPT)
    chosen = element_of(view, ids.ORIENTATION)["initial_option"]["value"]
    assert chosen == Orientation.LANDSCAPE


def test_every_input_is_called_the_same_in_block_and_action() -> None:
    blocks = [b for b in shown(a_draft(), is_wide=True)["blocks"] if b["type"] == "input"]

    assert [b["block_id"] for b in blocks] == [b["element"]["action_id"] for b in blocks]


def test_file_field_offers_what_the_bot_takes_and_no_more() -> None:
    element = element_of(shown(a_draft()), ids.ATTACHMENTS)

    assert element["filetypes"] == list(ALLOWED_FILETYPES)
    assert element["max_files"] == MODAL_FILES_MAX


@pytest.mark.parametrize("is_wide", [False, True], ids=["simple", "wide"])
def test_only_prompt_and_orientation_must_be_filled_in(is_wide: bool) -> None:
    view = shown(a_draft(), is_wide=is_wide)

    needed = [b["block_id"] for b in view["blocks"] if b["type"] == "input" and not b["optional"]]
    assert needed == [ids.PROMPT, ids.ORIENTATION]


def test_loading_view_is_one_that_slack_takes() -> None:
    view = loading_view(ENGLISH)

    assert check_view(view, "modal") == view


# -- where it goes -----------------------------------------------------------------------------


def test_thread_that_it_was_asked_for_in_is_where_it_goes() -> None:
    view = shown(a_draft(channel_id="C1", thread_ts="1.2"))

    assert ids.CHANNEL not in fields_of(view)
    assert texts.GOES_TO_THREAD in words_of(view)


@pytest.mark.parametrize(
    ("channel_id", "said"),
    [
        pytest.param("C0ABC", "comes to <#C0ABC>", id="channel"),
        pytest.param("D0ABC", texts.GOES_TO_DM, id="direct message"),
    ],
)
def test_conversation_that_it_was_asked_for_in_is_named(channel_id: str, said: str) -> None:
    assert said in words_of(shown(a_draft(channel_id=channel_id)))


def test_direct_message_between_people_is_not_offered_and_the_form_says_why() -> None:
    view = shown(a_draft(is_from_dm=True))

    assert "default_to_current_conversation" not in element_of(view, ids.CHANNEL)
    assert block_of(view, ids.CHANNEL)["hint"]["text"] == texts.FIELD_CHANNEL_HINT_DM


# -- what came along ---------------------------------------------------------------------------


def test_attachments_that_came_along_are_ticked_but_for_those_of_no_use() -> None:
    heic = an_attachment("F2", name="me.heic", filetype="heic")
    link = an_attachment("", name="clip.mp4", filetype="mp4", url="https://example.com/clip.mp4")
    view = shown(a_draft(attachments=(an_attachment("F1", note="end card"), heic, link)))

    element = element_of(view, ids.kept_attachments(0))

    described = [o.get("description", {}).get("text") for o in element["options"]]
    assert described == ["end card", texts.KEPT_UNUSABLE, texts.KEPT_LINK]
    assert [option["value"] for option in element["initial_options"]] == ["0", "2"]


@pytest.mark.parametrize(
    ("count", "groups"), [(0, []), (1, [1]), (10, [10]), (11, [10, 1]), (70, [10] * 5)]
)
def test_ten_attachments_make_a_field(count: int, groups: list[int]) -> None:
    came = tuple(an_attachment(f"F{n}") for n in range(count))
    view = shown(a_draft(attachments=came))

    sizes = [len(element_of(view, ids.kept_attachments(n))["options"]) for n in range(len(groups))]
    assert sizes == groups
    assert ids.kept_attachments(len(groups)) not in fields_of(view)


def test_choices_of_the_last_video_are_one_box_that_names_them() -> None:
    brief = Brief(voice=VOICE, look="swiss_pulse", language="German")

    view = shown(a_draft(brief=brief))

    (box,) = element_of(view, ids.LAST_CHOICES)["initial_options"]
    assert box["description"]["text"] == "Katja, Swiss Pulse, German"
    assert ids.LAST_CHOICES not in fields_of(shown(a_draft(brief=brief), is_wide=True))


def test_choices_that_heygen_has_no_more_are_named_safely() -> None:
    gone = (Choice("v", "<!channel> & co"),)

    view = composer_view(BegunDraft(a_draft(), gone=gone), ENGLISH)

    assert "&lt;!channel&gt; &amp; co" in words_of(view)


# -- variations and edits ----------------------------------------------------------------------


def test_variation_asks_first_what_should_be_different() -> None:
    draft = a_draft(parent_id="job-1", is_variation=True, brief=Brief(change="shorter"))

    view = shown(draft)

    assert fields_of(view) == [ids.CHANGE, *SIMPLE]
    assert element_of(view, ids.CHANGE)["initial_value"] == "shorter"
    focused = [f for f in fields_of(view) if element_of(view, f).get("focus_on_load")]
    assert focused == [ids.CHANGE]
    assert block_of(view, ids.CHANGE)["optional"] is False


def test_edit_of_a_variation_shows_its_change_but_does_not_ask_for_one() -> None:
    view = shown(a_draft(parent_id="job-1", brief=Brief(change="shorter")))

    assert block_of(view, ids.CHANGE)["optional"] is True


def test_edit_of_a_prompt_written_by_hand_says_that_it_starts_from_the_answers() -> None:
    view = shown(a_draft(parent_id="job-1", brief=Brief(written_prompt="By hand.")))

    assert texts.WRITING_NOT_KEPT in words_of(view)
    assert "By hand." not in words_of(view)


# -- more options ------------------------------------------------------------------------------


def test_wide_form_has_no_button_for_more_options() -> None:
    assert buttons_of(shown(a_draft(), is_wide=True)) == [ids.PREVIEW_PROMPT]
