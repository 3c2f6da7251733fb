"""What *More options* adds to the form."""

from __future__ import annotations

from bot.domain.catalogue import CatalogueKind
from bot.domain.prompt.styles import STYLES
from bot.domain.request.brief import Brief, Detail, Purpose
from bot.screens import ids
from tests.builders import a_draft
from tests.screens.composer.opened import VOICE, element_of, shown


def test_wide_form_shows_the_draft_s_answers() -> None:
    brief = Brief(
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
        voice=VOICE,
    )

    view = shown(a_draft(brief=brief), is_wide=True)

    typed = (ids.AUDIENCE, ids.TONE, ids.LENGTH, ids.ON_SCREEN_TEXT, ids.CALL_TO_ACTION)
    values = [element_of(view, field)["initial_value"] for field in typed]
    assert values == ["teachers", "dry", "90", "One\nTwo", "Write to us"]
    chosen = (ids.PURPOSE, ids.LANGUAGE, ids.LOOK, ids.DETAIL, ids.VOICE, ids.AVATAR)
    options = [element_of(view, field)["initial_option"]["value"] for field in chosen]
    assert options == ["demo", "German", "swiss_pulse", "full", "voice-1", "default"]
    assert element_of(view, ids.EXACT_WORDING)["initial_options"]


def test_looks_are_all_offered_after_the_default() -> None:
    groups = element_of(shown(a_draft(), is_wide=True), ids.LOOK)["option_groups"]

    values = [option["value"] for group in groups for option in group["options"]]
    assert values == [ids.DEFAULT_CHOICE, *STYLES]


def test_menus_ask_us_from_the_first_letter_on() -> None:
    view = shown(a_draft(), is_wide=True)

    elements = [element_of(view, kind.value) for kind in CatalogueKind]
    assert {element["type"] for element in elements} == {"external_select"}
    assert {element["min_query_length"] for element in elements} == {0}
