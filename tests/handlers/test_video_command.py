"""What /video answers, and what happens when Slack does not open the form."""

from __future__ import annotations

import pytest

from bot.sandbox.faults import Fault
from bot.slack import ids
from handlers import texts
from handlers.video_command import answer_to
from tests.handlers.desk import Desk


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("two words", id="two words"),
        pytest.param("two\nlines", id="two lines"),
        pytest.param("two\twords", id="tab"),
        pytest.param("help me", id="help as a first word"),
        pytest.param("新入社員を歓迎する動画を作ってください", id="a sentence without spaces"),
        pytest.param("ยินดีต้อนรับ", id="Thai"),
    ],
)
def test_beginning_of_a_prompt_opens_the_composer(text: str) -> None:
    assert answer_to(text) is None


@pytest.mark.parametrize("text", ["help", "HELP", "Help"])
def test_help_in_any_case_is_answered(text: str) -> None:
    assert answer_to(text) == texts.HELP


@pytest.mark.parametrize(
    ("word", "shown"),
    [
        pytest.param("stauts", "`/video stauts`", id="unknown"),
        pytest.param("`rm`", "`/video 'rm'`", id="backticks"),
        pytest.param("<!channel>", "`/video &lt;!channel&gt;`", id="channel ping"),
        pytest.param("<@U1>&", "`/video &lt;@U1&gt;&amp;`", id="mention"),
    ],
)
def test_one_word_is_shown_back_and_can_become_nothing_else(word: str, shown: str) -> None:
    answer = answer_to(word)

    assert answer is not None
    assert shown in answer
    assert "/video help" in answer


def test_endless_word_is_shown_in_part() -> None:
    answer = answer_to("x" * 4_000)

    assert answer is not None
    assert len(answer) < 300


async def test_spaces_after_the_command_open_an_empty_form(desk: Desk) -> None:
    await desk.ana.command("   ")

    view = await desk.ana.wait_for_view()
    assert "initial_value" not in view.blocks[0]["element"]


async def test_text_longer_than_the_field_opens_the_form_with_its_beginning(desk: Desk) -> None:
    await desk.ana.command("a <b> & " * 500)

    view = await desk.ana.wait_for_view()
    assert view.blocks[0]["element"]["initial_value"] == ("a <b> & " * 500)[:3_000]


def refused(code: str) -> Fault:
    return Fault("status", 200, f'{{"ok": false, "error": "{code}"}}')


@pytest.mark.parametrize(
    "trouble",
    [
        pytest.param(refused("expired_trigger_id"), id="expired trigger"),
        pytest.param(refused("ratelimited"), id="rate limit"),
        pytest.param(Fault("status", 503, "<html>", "text/html"), id="503"),
        pytest.param(Fault("status", 200, "no JSON", "text/plain"), id="no JSON"),
        pytest.param(Fault("drop_before"), id="connection lost"),
    ],
)
async def test_form_that_slack_does_not_open_is_told_to_the_person_alone(
    desk: Desk, trouble: Fault
) -> None:
    desk.slack.faults.add("views.open", trouble)

    answer = await desk.ana.command()

    assert answer.ok
    told = await desk.ana.wait_for_message("general", lambda m: "open the form" in m.text)
    assert told.text == texts.COMPOSER_NOT_OPENED
    assert told.ephemeral_to == desk.ana.user.id
    assert desk.ana.top_view is None


async def test_after_a_refused_form_the_next_one_opens(desk: Desk) -> None:
    desk.slack.faults.add("views.open", refused("expired_trigger_id"))
    await desk.ana.command()

    await desk.ana.command()

    view = await desk.ana.wait_for_view()
    assert view.definition["callback_id"] == ids.VIDEO_COMPOSER
