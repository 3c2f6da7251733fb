"""What is shown where a modal or a Home tab could not be made."""

from __future__ import annotations

from hypothesis import given

from bot.sandbox.slack.views import check_view
from bot.screens.language import language_of
from bot.screens.trouble import trouble_home, trouble_modal
from tests.screens.any_words import WORDS


@given(WORDS)
def test_any_sentence_of_trouble_can_be_shown(words: str) -> None:
    modal_, home = trouble_modal(words, language_of("")), trouble_home(words, language_of(""))

    assert check_view(modal_, "modal") == modal_
    assert check_view(home, "home") == home
