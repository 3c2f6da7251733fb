"""The languages the bot speaks in Slack: texts of bot/domain/texts said in a person's own.

The words stand in locales/<code>/LC_MESSAGES/video-bot.po (gettext); the .mo beside it is the same
for the machine, made by `make words`.
"""

from __future__ import annotations

import gettext
from functools import cache
from pathlib import Path

from bot.domain.words import Text, english, filled

LOCALES = Path(__file__).with_name("locales")
DOMAIN = "video-bot"  # gettext's word for the name of the files
ENGLISH = "en"


class Language:
    """One language, called with a text; what has no translation stays English."""

    def __init__(self, code: str, translations: gettext.NullTranslations) -> None:
        self.code = code
        self._translations = translations

    def __call__(self, text: str) -> str:
        """The text in this language. A plain str, such as a person's own words, stays as it is."""
        if not isinstance(text, Text) or not text.template:  # gettext has its own data under ""
            return text
        return filled(self._form(text), text.values, self._shown)

    def _form(self, text: Text) -> str:
        count = text.values.get("count")
        if text.one is None or not isinstance(count, int):
            return self._translations.gettext(text.template)
        return self._translations.ngettext(text.one, text.template, count)

    def _shown(self, value: object) -> str:
        if isinstance(value, Text):
            return self(value)
        shown = english(value)
        is_number = isinstance(value, int | float)
        if self.code == "de" and is_number:  # 10.000 and 2,5
            return shown.translate({ord(","): ".", ord("."): ","})
        return shown


def language_of(locale: str) -> Language:
    """The language for a locale of Slack's such as "de-DE"; English for those we do not have."""
    return _language(locale.replace("_", "-").partition("-")[0].lower())


def languages() -> list[str]:
    """The codes of all languages: English and every folder in locales/."""
    return [ENGLISH, *sorted(path.parent.parent.name for path in LOCALES.glob("*/*/*.mo"))]


@cache
def _language(code: str) -> Language:
    if code not in languages()[1:]:
        return Language(ENGLISH, gettext.NullTranslations())
    return Language(code, gettext.translation(DOMAIN, LOCALES, [code]))
