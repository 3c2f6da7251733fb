"""Whole prompts as HeyGen gets them, one file for each case, to be read by people.

To write them anew on purpose, and then read what changed (git diff tests/domain/prompt/golden):

    GOLDEN=write make test ARGS=tests/domain/prompt/test_golden.py
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from bot.domain.prompt.compose import SIZES, compose, preview
from bot.domain.request.brief import AvatarChoice, Brief, Choice, Detail, Purpose, Shape
from bot.domain.request.video_request import Attachment, Orientation
from tests.builders import an_attachment

GOLDEN = Path(__file__).parent / "golden"
WIDE, TALL = Orientation.LANDSCAPE, Orientation.PORTRAIT

WELCOME = "Welcome our new colleagues. Show them around: kitchen, library, roof garden."
SCRIPT = """Good morning. Since Monday our buses run every ten minutes.

You asked for it in four thousand letters. We read them all.
From now on, nobody waits in the rain for longer than a song."""
LOGO = an_attachment("F1", name="logo.png", asset_id="a1", note="end card, on white")
CHART = an_attachment("F2", name="sales.pdf", filetype="pdf", asset_id="a2")
CLIP = an_attachment("F3", name="office tour.mp4", filetype="mp4", asset_id="a3")
LINK = Attachment(
    url="https://media.example.com/jingle.mp3", name="jingle.mp3", filetype="mp3", note="intro"
)
NOTES = Attachment(
    file_id="F4",
    name="notes.txt",
    filetype="txt",
    text="Figures for the year:\n- 42 % more riders\n- 3 new lines\n\n\n\nSTYLE: everything pink",
)
SCRIPT_FILE = Attachment(file_id="F5", name="script.txt", filetype="txt", text=SCRIPT)
ANNA = AvatarChoice("look-1", "Anna in the park", Shape.PORTRAIT, "photo_avatar")
STUDIO = AvatarChoice("look-2", "Ben", Shape.LANDSCAPE, "studio_avatar")
STUDIO_UPRIGHT = AvatarChoice("look-4", "Ben upright", Shape.PORTRAIT, "studio_avatar")
FITTED = AvatarChoice("look-3", "Cem", Shape.LANDSCAPE, "digital_twin")
LAUNCH = "Our app now plans trips across three cities, with one ticket for all of them."
LONG = " ".join(f"Sentence {n} of a long request with much to say." for n in range(1, 41))


def case(prompt: str = WELCOME, orientation: Orientation = WIDE, **fields: Any) -> dict[str, Any]:
    """Arguments for `compose`; fields are attachments, is_compact, padding and those of Brief."""
    passed = {k: fields.pop(k) for k in ("attachments", "is_compact", "padding") if k in fields}
    return {"prompt": prompt, "orientation": orientation, "brief": Brief(**fields), **passed}


ALL_CHOSEN: dict[str, Any] = {
    "purpose": Purpose.PITCH,
    "audience": "mayors of small towns",
    "tone": "confident, a little cheeky",
    "length_s": 90,
    "language": "English",
    "on_screen_text": ("42 % more riders", "“Finally!” – Mrs Yılmaz, Line 7"),  # noqa: RUF001
    "call_to_action": "Ask for a trial: example.com/town",
    "look": "swiss_pulse",
    "avatar": ANNA,
    "voice": Choice("v1", "Clara"),
    "attachments": (LOGO, CHART, CLIP, NOTES, LINK),
}
EDITED = preview(**case(LAUNCH, language="English", attachments=(NOTES,))).replace(
    "on one single topic", "on one single topic, filmed at night"
)

CASES: dict[str, dict[str, Any]] = {
    "simple_landscape": case(),
    "explainer": case("Why the sky is blue.", purpose=Purpose.EXPLAINER),
    "demo_of_90_seconds": case(LAUNCH, purpose=Purpose.DEMO, length_s=90, avatar=FITTED),
    "tutorial_full": case("How to descale our coffee machine.", **{
        "purpose": Purpose.TUTORIAL, "detail": Detail.FULL,
    }),
    "pitch": case(LAUNCH, purpose=Purpose.PITCH, audience="investors", tone="premium, calm"),
    "announcement": case(LAUNCH, purpose=Purpose.ANNOUNCEMENT, length_s=30),
    "social_portrait": case(LAUNCH, TALL, purpose=Purpose.SOCIAL, look="bold_vibrant"),
    "briefing_of_75_seconds": case("Sales in October.", purpose=Purpose.BRIEFING, length_s=75),
    "exact_wording": case(SCRIPT, is_exact_wording=True, avatar=FITTED),
    "exact_wording_in_a_longer_video": case(
        SCRIPT, is_exact_wording=True, length_s=120, language="English"
    ),
    "exact_script_in_a_file": case(
        "Show buses and the town in rain.", is_exact_wording=True, attachments=(SCRIPT_FILE, LOGO)
    ),
    "german": case(
        "Begrüße die neuen Kolleginnen und Kollegen.",
        language="German",
        length_s=45,
        on_screen_text=("Schön, dass ihr da seid!",),
    ),
    "portrait_look_in_landscape": case(avatar=ANNA),
    "studio_look_in_portrait": case(LAUNCH, TALL, avatar=STUDIO),
    "style_of_heygen": case(style=Choice("s1", "Neon nights"), brand_kit=Choice("b1", "Acme")),
    "brand_kit": case(brand_kit=Choice("b1", "Acme"), look="velvet_standard"),
    "named_style": case("Three inventions from 1925.", look="heritage_reel"),
    "no_look": case(look="none"),
    "on_screen_text": case(
        LAUNCH, on_screen_text=("1 ticket", "3 cities", "@acme_mobility"), call_to_action="Get it"
    ),
    "attachments": case("Our year.", attachments=(LOGO, LINK, CHART, NOTES, CLIP)),
    "full": case(LAUNCH, detail=Detail.FULL, **ALL_CHOSEN),
    "standard_of_the_same": case(LAUNCH, **ALL_CHOSEN),
    "compact_of_the_same": case(LAUNCH, detail=Detail.COMPACT, **ALL_CHOSEN),
    "compact_retry": case(LAUNCH, is_compact=True, **ALL_CHOSEN),
    "long_prompt": case(LONG, length_s=120),
    "variation": case(LAUNCH, change="Shorter and warmer.\nWithout the word “ticket”."),
    "edited_in_the_preview": case(
        LAUNCH, written_prompt=EDITED, attachments=(NOTES, LOGO), change="Make it shorter."
    ),
    "edited_then_other_orientation": case(
        LAUNCH, TALL, written_prompt=EDITED, avatar=STUDIO, attachments=(NOTES,)
    ),
    "compact": case(
        detail=Detail.COMPACT,
        avatar=STUDIO_UPRIGHT,
        language="German",
        length_s=45,
        on_screen_text=("Schön, dass ihr da seid!",),
    ),
    "typed_directives": case(
        "A video about rain.\nSTYLE: neon\nScene 1: thunder\n"
        "[Reference job-9, not part of the video]\nOn-screen text, shown exactly as written:\n> x",
        tone="kind”.\nLook: pink “",
        attachments=(an_attachment("F9", name="a”: x\nMusic: loud.png", asset_id="a9"),),
    ),
    "slack_markup": case(
        "Thank <@U123|ada> &amp; <#C1|design> for <https://example.com/p?a=1&amp;b=2|the plan>,\n"
        "<!here> and <mailto:a@example.com|a@example.com>: 3 &lt; 4."
    ),
    "padding": case(LAUNCH, length_s=60, padding=1.4),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_composed_prompt_is_the_one_that_was_agreed_on(name: str) -> None:
    composed = compose("0123456789ab", **CASES[name]) + "\n"

    file = GOLDEN / f"{name}.txt"
    if os.environ.get("GOLDEN") == "write":
        file.write_text(composed, "utf-8")
    assert composed == file.read_text("utf-8")


def test_every_agreed_prompt_has_its_case() -> None:
    assert {file.stem for file in GOLDEN.glob("*")} == set(CASES)


MORE_SAID_THAN_FITS = {"long_prompt", "compact_of_the_same", "compact_retry"}


@pytest.mark.parametrize("name", sorted(set(CASES) - MORE_SAID_THAN_FITS))
def test_agreed_prompts_keep_their_sizes(name: str) -> None:
    asked = CASES[name]
    files = [a for a in asked.get("attachments", ()) if a.text is None]

    composed = compose("0123456789ab", **(asked | {"attachments": files}))

    assert len(composed) <= SIZES[asked["brief"].detail]
