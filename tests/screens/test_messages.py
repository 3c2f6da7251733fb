from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain import texts
from bot.domain.delivery.delivery import NO_THREAD, DeliveryKind
from bot.domain.delivery.notice import Notice
from bot.domain.job.job import Failure, JobState, VideoResult
from bot.domain.refusals import REFUSALS
from bot.domain.request.brief import AvatarChoice, Brief, Choice
from bot.domain.request.video_request import Orientation
from bot.screens.ids import delivery_mark, is_delivery_mark
from bot.screens.language import language_of
from bot.screens.messages import fresh_links, message_of, metadata_of, plain_message_of
from tests.slack.builders import MESSAGES, NOON, RESULT, a_job, a_notice

KINDS = st.sampled_from(MESSAGES)
# Words people might try, mixed with anything at all.
SMUGGLED = [
    "<!channel>",
    "<!here>",
    "<@U0BEN>",
    "<#C0OTHER>",
    "<https://bad.example|Slack>",
    "&lt;",
]
WORDS = st.lists(st.sampled_from([*SMUGGLED, "<", ">", "&", "|", "`", "\n", "\u202e"]) | st.text())
FOREIGN = WORDS.map("".join) | st.sampled_from(["<" * 12_000, "&\n" * 6_000, "é" * 12_000])
URLS = st.none() | FOREIGN.map(lambda text: f"https://heygen.example/{text}") | FOREIGN
NO_FILE_CODES = {*texts.NO_FILE_REASONS, *REFUSALS, "outcome_unknown"}
ANGLES = re.compile(r"<([^<>]*)>")


def words_of(message: Any) -> list[str]:
    """Every piece of mrkdwn that Slack would read."""
    texts = [message["text"]]
    for block in message["blocks"]:
        if block["type"] != "actions":
            texts += [e["text"] for e in block.get("elements", [block.get("text")])]
    return texts


def row_of(message: Any) -> list[Any]:
    """The elements of the one row of buttons."""
    (row,) = [b["elements"] for b in message["blocks"] if b["type"] == "actions"]
    return list(row)


def menu_of(message: Any) -> list[tuple[str, str]]:
    """Label and address (or "") of each option behind the dots."""
    (menu,) = [one for one in row_of(message) if one["type"] == "overflow"]
    return [(option["text"]["text"], option.get("url", "")) for option in menu["options"]]


def everything(message: Any) -> str:
    return "\n".join(words_of(message))


@st.composite
def notices(draw: st.DrawFn) -> Notice:
    job = a_job(
        prompt=draw(FOREIGN),
        orientation=draw(st.sampled_from(Orientation)),
        state=draw(st.sampled_from(JobState)),
        session_id=draw(st.none() | FOREIGN),
        progress=draw(st.integers(-5, 200)),
        retry_count=draw(st.integers(0, 1)),
        result=VideoResult(draw(URLS), draw(URLS), draw(st.none() | st.floats(0, 1e6))),
        failure=Failure("code", draw(FOREIGN), draw(FOREIGN)),
        locale=draw(st.sampled_from(["", "en-GB", "de-DE"])),
        parent_id=draw(st.none() | FOREIGN),
        brief=Brief(
            change=draw(FOREIGN),
            language=draw(FOREIGN),
            length_s=draw(st.none() | st.integers(0, 600)),
            avatar=draw(st.none() | FOREIGN.map(lambda name: AvatarChoice("a1", name))),
            voice=draw(st.none() | FOREIGN.map(lambda name: Choice("v1", name))),
            style=draw(st.none() | FOREIGN.map(lambda name: Choice("s1", name))),
            brand_kit=draw(st.none() | FOREIGN.map(lambda name: Choice("b1", name))),
        ),
    )
    return a_notice(
        draw(KINDS),
        job=job,
        place=draw(st.none() | st.integers(1, 10_000)),
        attachment_count=draw(st.integers(0, 10)),
        waiting_for=draw(st.none() | FOREIGN),
        file_count=draw(st.integers(0, 20)),
        ready_count=draw(st.integers(0, 20)),
        detour=draw(st.none() | FOREIGN | st.sampled_from(sorted(REFUSALS))),
        no_file=draw(st.none() | FOREIGN | st.sampled_from(sorted(NO_FILE_CODES))),
    )


@given(notices())
@settings(max_examples=70, deadline=None)
def test_nothing_foreign_becomes_a_mention_a_ping_or_a_link_of_its_own(notice: Notice) -> None:
    message = message_of(notice)

    for text in words_of(message):
        for inside in ANGLES.findall(text):
            assert re.fullmatch(r"@U0ANA|#C0GENERAL|https?://[^\s|]+\|[\w -]+", inside), inside
        bare = ANGLES.sub("", text)
        assert "<" not in bare
        assert not re.search(r"&(?!amp;|lt;|gt;)", text)


@given(notices())
@settings(max_examples=70, deadline=None)
def test_every_message_keeps_the_limits_of_slack(notice: Notice) -> None:
    for message in (message_of(notice, edit=1), plain_message_of(notice)):
        sections = [b["text"]["text"] for b in message["blocks"] if b["type"] == "section"]

        assert 0 < len(message["text"]) < 3_000
        assert all(0 < len(text) <= 3_000 for text in sections)
        assert sum(len(text) for text in words_of(message)[1:]) < 13_000
        assert len(message["blocks"]) <= 10
        assert all(1 <= len(b.get("elements", [0])) <= 10 for b in message["blocks"])


@given(notices())
@settings(max_examples=50, deadline=None)
def test_every_text_is_taken_word_for_word(notice: Notice) -> None:
    blocks = message_of(notice)["blocks"]
    for block in (block for block in blocks if block["type"] != "actions"):
        for text in block.get("elements", [block.get("text")]):
            assert text["type"] == "mrkdwn"
            assert text["verbatim"] is True


@pytest.mark.parametrize("kind", MESSAGES)
@pytest.mark.parametrize("state", JobState)
def test_every_kind_in_every_state_has_a_text_and_our_mark(
    kind: DeliveryKind, state: JobState
) -> None:
    notice = a_notice(kind, job=a_job(state=state))

    message, plain = message_of(notice), plain_message_of(notice)

    assert message["text"].strip()
    for shown in (message, plain):
        assert shown["blocks"][0]["block_id"] == delivery_mark(notice.delivery_id)
    assert "job-1" in everything(message)
    assert metadata_of(notice)["event_payload"] == {
        "delivery_id": notice.delivery_id,
        "job_id": "job-1",
    }


def test_edited_card_has_a_mark_of_its_own_that_is_still_found() -> None:
    notice = a_notice()

    marks = {message_of(notice, edit=edit)["blocks"][0]["block_id"] for edit in (0, 7, 8)}

    assert len(marks) == 3
    assert all(is_delivery_mark(mark, notice.delivery_id) for mark in marks)


def test_mark_of_one_delivery_is_not_the_mark_of_another_that_begins_alike() -> None:
    assert not is_delivery_mark(delivery_mark("job-12.card"), "job-1")
    assert not is_delivery_mark(delivery_mark("job-1.card2"), "job-1.card")


def test_card_tells_who_what_choices_place_and_why_it_waits() -> None:
    notice = a_notice(place=3, attachment_count=2, waiting_for="The HeyGen balance is used up.")

    words = everything(message_of(notice))

    for part in (
        "<@U0ANA>",
        "A short welcome",
        "Landscape",
        "2 attachments",
        "number 3 in the queue",
        "balance is used up",
        "Time so far: 3 min 20 s",
    ):
        assert part in words


def test_rendering_card_says_its_progress_in_words_and_leads_to_the_session() -> None:
    job = a_job(state=JobState.RENDERING, progress=40, session_id="s1")

    message = message_of(a_notice(job=job))

    assert "40 percent" in message["text"]
    assert "█" not in message["text"]
    assert "40 percent" in everything(message)
    assert ("Open in HeyGen", "https://app.heygen.com/video-agent/s1") in menu_of(message)


def test_card_names_what_was_chosen_and_nothing_that_was_left_open() -> None:
    brief = Brief(
        length_s=90,
        language="German",
        avatar=AvatarChoice("a1", "Anna"),
        voice=Choice("v1", "Warm voice"),
        style=Choice("s1", "Bauhaus"),
        brand_kit=Choice("b1", "Our colours"),
    )

    chosen = message_of(a_notice(job=a_job(brief=brief), attachment_count=1))["blocks"][3]
    nothing = message_of(a_notice())["blocks"][3]

    assert chosen["elements"][0]["text"] == (
        "Landscape · about 1 min 30 s · in German · avatar Anna · voice Warm voice · "
        "style Bauhaus · brand kit Our colours · 1 attachment"
    )
    assert nothing["elements"][0]["text"] == "Landscape"


def test_card_of_a_variation_names_the_job_it_was_made_after() -> None:
    job = a_job(parent_id="job-0", brief=Brief(change="Make it shorter."))

    message = message_of(a_notice(job=job))

    assert "Made after job job-0" in everything(message)
    assert "With this change:\n>Make it shorter." in everything(message)
    assert "“Make it shorter.”" in message["text"]


def test_card_counts_the_attachments_that_are_uploaded() -> None:
    job = a_job(state=JobState.SUBMITTING)
    notice = a_notice(job=job, file_count=5, ready_count=2)

    for words in (message_of(notice)["text"], everything(message_of(notice))):
        assert "Uploading attachments: 2 of 5" in words


@pytest.mark.parametrize("code", sorted(NO_FILE_CODES | {"brand_new_error"}))
def test_finished_card_says_why_the_file_is_missing_and_what_to_use(code: str) -> None:
    job = a_job(state=JobState.COMPLETED)

    message = message_of(a_notice(job=job, no_file=code))

    for words in (message["text"], everything(message)):
        assert "video file" in words
        assert "The links in the reply below lead to the video." in words
        assert (code in words) == (code == "brand_new_error")


@pytest.mark.parametrize(
    ("state", "buttons", "menu"),
    [
        ("queued", ["Cancel"], ["Details"]),
        ("rendering", ["Cancel"], ["Open in HeyGen", "Details"]),
        ("parked", ["Look again", "Send again (may cost twice)", "Cancel"], ["Details"]),
        (
            "completed",
            ["Make a variation", "Edit and run again", "Make it portrait"],
            ["Fresh link", "Open in HeyGen", "Details"],
        ),
        ("failed", ["Try again", "Edit and run again"], ["Open in HeyGen", "Details"]),
        ("cancelled", ["Try again", "Edit and run again"], ["Details"]),
    ],
)
def test_card_has_a_few_buttons_and_the_rest_behind_the_dots(
    state: str, buttons: list[str], menu: list[str]
) -> None:
    has_session = "Open in HeyGen" in menu
    job = a_job(state=JobState(state), session_id="s1" if has_session else None)

    message = message_of(a_notice(job=job))

    shown = [one["text"]["text"] for one in row_of(message) if one["type"] == "button"]
    assert shown == buttons
    assert [label for label, _ in menu_of(message)] == menu


def test_turning_a_portrait_video_is_called_so_and_asks_about_the_cost() -> None:
    job = a_job(state=JobState.COMPLETED, orientation=Orientation.PORTRAIT)

    turn = next(b for b in row_of(message_of(a_notice(job=job))) if "confirm" in b)

    assert turn["text"]["text"] == "Make it landscape"
    assert "costs like any new video" in turn["confirm"]["text"]["text"]


def test_card_of_a_german_speaks_german() -> None:
    job = a_job(state=JobState.RENDERING, progress=40, locale="de-DE")

    message = message_of(a_notice(job=job))

    assert (
        message["text"]
        != message_of(a_notice(job=replace(job, request=replace(job.request, locale=""))))["text"]
    )
    assert row_of(message)[0]["text"]["text"] == language_of("de")(texts.BUTTON_CANCEL)


def test_long_prompt_is_cut_with_an_ellipsis() -> None:
    message = message_of(a_notice(job=a_job(prompt="word " * 500)))

    quote = message["blocks"][1]["text"]["text"]
    assert quote.endswith("…")
    assert len(quote) <= 301


def test_prompt_of_many_lines_shows_the_first_ones_as_a_quotation() -> None:
    prompt = "\n\n".join(f"line {n}" for n in range(20))

    quote = message_of(a_notice(job=a_job(prompt=prompt)))["blocks"][1]["text"]["text"]

    lines = quote.split("\n")
    assert len(lines) == 6
    assert all(line.startswith(">") for line in lines)
    assert quote.endswith("line 5 …")


def test_finished_card_shows_the_time_it_took_and_no_place() -> None:
    done_at = NOON - timedelta(seconds=80)
    job = a_job(state=JobState.COMPLETED, state_since=done_at)

    words = everything(message_of(a_notice(job=job, place=1)))

    assert "Time taken: 2 min" in words
    assert "queue" not in words


def test_result_mentions_the_requester_and_gives_both_links_and_the_length() -> None:
    message = message_of(a_notice(DeliveryKind.RESULT))

    for words in (message["text"], everything(message)):
        assert "<@U0ANA>" in words
        assert "<https://app.heygen.com/share/v|Watch the video>" in words
        assert "<https://files.heygen.com/v.mp4|Download the video file>" in words
        assert "about 7 days" in words
        assert "42 s" in words


def test_result_tells_the_length_beside_the_length_wished_for() -> None:
    job = a_job(state=JobState.COMPLETED, result=RESULT, brief=Brief(length_s=60))

    text = message_of(a_notice(DeliveryKind.RESULT, job=job))["text"]

    assert "It is 42 s long; you asked for about 1 min." in text


def test_fresh_links_are_told_with_the_job_they_belong_to() -> None:
    job = a_job(state=JobState.COMPLETED, result=RESULT)

    lines = fresh_links(job, language_of(""))

    assert "job-1" in lines[0]
    assert "<https://app.heygen.com/share/v|Watch the video>" in lines[1]
    assert "about 7 days" in lines[2]


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "file:///etc/passwd",
        "https://",
        "https://a.example/ b",
        "https://user:pw@a.example/",
        "https://[broken",
        "https://a.example/" + "x" * 3_000,
    ],
)
def test_link_that_is_no_plain_web_address_is_never_shown(url: str) -> None:
    job = a_job(state=JobState.COMPLETED, result=VideoResult(url))

    words = everything(message_of(a_notice(DeliveryKind.RESULT, job=job)))

    assert "Its link cannot be shown here" in words
    assert url not in words


def test_ampersands_of_a_signed_link_are_escaped_and_its_bars_encoded() -> None:
    job = a_job(state=JobState.COMPLETED, result=VideoResult("https://a.example/v?a=1&b=<|>"))

    words = everything(message_of(a_notice(DeliveryKind.RESULT, job=job)))

    assert "<https://a.example/v?a=1&amp;b=%3C%7C%3E|Download the video file>" in words


def test_failure_says_what_happened_and_what_to_do() -> None:
    text = message_of(a_notice(DeliveryKind.FAILURE))["text"]

    assert text.startswith("<@U0ANA>")
    assert "HeyGen could not make this video." in text
    assert "What to do: Change the prompt." in text


def test_parked_note_says_honestly_what_is_not_known() -> None:
    text = message_of(a_notice(DeliveryKind.PARKED))["text"]

    for part in ("did not answer", "refused to show it", "nothing is paid twice", "job-1"):
        assert part in text


@pytest.mark.parametrize("code", sorted(REFUSALS))
def test_detour_is_explained_in_words_for_every_refusal(code: str) -> None:
    text = message_of(a_notice(DeliveryKind.RESULT, detour=code))["text"]

    verb = "reply" if code in NO_THREAD else "post"
    assert f"could not {verb} in <#C0GENERAL>." in text
    assert REFUSALS[code][0] in text


@pytest.mark.parametrize("code", sorted(REFUSALS))
def test_detour_asks_nobody_to_pay_for_the_same_video_again(code: str) -> None:
    text = message_of(a_notice(DeliveryKind.RESULT, detour=code))["text"]

    assert "again with /video" not in text
    assert "start the video again" not in text
    assert "in the card" not in text


def test_detour_with_an_unknown_code_names_it() -> None:
    text = message_of(a_notice(detour="brand_new_error"))["text"]

    assert "Slack refused it (brand_new_error)." in text


def test_detour_from_a_direct_message_names_no_channel() -> None:
    notice = a_notice(detour="channel_not_found")

    text = message_of(replace(notice, job=a_job(channel_id="D0DM")))["text"]

    assert "<#" not in text
    assert "the conversation you chose" in text
