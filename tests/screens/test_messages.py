"""Every message a delivery owes: safe with any words, within Slack's limits, told in ours."""

from __future__ import annotations

import re
from dataclasses import replace

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
from tests.screens.reading import everything, words_of
from tests.slack.builders import MESSAGES, RESULT, a_job, a_notice

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
