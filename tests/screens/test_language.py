"""A Text said in somebody's language: words, numbers, plurals, and texts within texts."""

from __future__ import annotations

import pytest

from bot.domain import texts
from bot.domain.errors import VideoAgentBlocked
from bot.domain.words import Text, joined
from bot.screens.language import Language, language_of, languages


@pytest.fixture
def german() -> Language:
    return language_of("de-DE")


def test_english_and_german_are_there() -> None:
    assert languages() == ["en", "de"]


@pytest.mark.parametrize(
    ("locale", "code"),
    [
        ("de-DE", "de"),
        ("de_AT", "de"),
        ("DE", "de"),
        ("en-US", "en"),
        ("en-GB", "en"),
        ("fr-FR", "en"),
        ("zh-TW", "en"),
        ("", "en"),
        ("-", "en"),
        ("de..", "en"),
        ("../de", "en"),
        ("*", "en"),
        ("LC_MESSAGES", "en"),
    ],
)
def test_locale_of_slack_s_names_the_language(locale: str, code: str) -> None:
    assert language_of(locale).code == code


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (texts.CLOSE, "Schließen"),
        (texts.ATTACHMENTS.format(count=1), "1 Anhang"),
        (texts.ATTACHMENTS.format(count=2), "2 Anhänge"),
        (texts.ATTACHMENTS.format(count=0), "0 Anhänge"),
        (texts.HOURS.format(hours=1_000, minutes=5), "1.000 h 5 min"),
        (Text("{size} MB").format(size=2.5), "2,5 MB"),
        (texts.JOB_ID.format(job_id="1,000.5"), "Auftrag 1,000.5"),
        (texts.WHAT_TO_DO.format(hint=texts.ATTACH_AGAIN), f"Was du tun kannst: {'Hänge'}"),
        (joined(texts.CHANNEL_ARCHIVED, texts.OTHER_CHANNEL), "Der Channel ist archiviert. Wähle"),
    ],
)
def test_german(german: Language, text: Text, said: str) -> None:
    assert german(text).startswith(said)


def test_person_s_own_words_stay_as_they_are(german: Language) -> None:
    assert german("Close") == "Close"
    assert german(texts.JOB_ID.format(job_id="Close")) == "Auftrag Close"


def test_nothing_to_say_is_nothing_and_not_the_head_of_the_catalogue(german: Language) -> None:
    assert german(joined()) == ""


def test_sentence_without_a_translation_stays_english(german: Language) -> None:
    assert german(Text("Not in {file}.").format(file="texts.py")) == "Not in texts.py."


def test_error_with_its_hint_is_said_whole(german: Language) -> None:
    said = german(VideoAgentBlocked().sentence)

    assert said == f"{german(texts.HEYGEN_BLOCKED)} {german(texts.HEYGEN_BLOCKED_HINT)}"
    assert "HeyGen nimmt von diesem Konto gerade keine Anfragen an." in said
