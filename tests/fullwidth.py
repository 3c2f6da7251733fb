"""A language nobody speaks, to see that everything is said in the person's: fullwidth letters.

Every sentence is as long as the English one, so no limit is met sooner. What is shown in plain
letters was not said through a Language, or is somebody's own: ids, links, what has to be typed.
"""

from __future__ import annotations

import html
import re
import shutil
import string
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from babel.messages.mofile import write_mo

from bot.screens import language
from tools.words import Words, template

CODE = "eo"
LOCALE = "eo-EO"
_WIDE = {ord(c): ord(c) - 0x21 + 0xFF01 for c in string.ascii_letters}
# In a template, and in what is shown: names of values, code, commands, mentions, addresses.
_AS_IT_IS = re.compile(r"\{\w+\}|`[^`]*`|/\w+|<[@#!][^>]*>|https?://[^\s|>]+")
_FILE_NAME = re.compile(r"[\w.-]+\.(png|mp4|srt|md|txt|jpg)\b")
_SHOWN = frozenset({"text", "alt_text", "alt_txt", "fallback"})


def strange(sentence: str) -> str:
    """An English sentence as this language has it."""
    said, at = [], 0
    for kept in _AS_IT_IS.finditer(sentence):
        said += [sentence[at : kept.start()].translate(_WIDE), kept.group()]
        at = kept.end()
    return "".join([*said, sentence[at:].translate(_WIDE)])


def teach(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the bot speak it to whoever has its locale."""
    words = Words(CODE, fuzzy=False)
    for message in template():
        if message.id:
            is_one = isinstance(message.id, str)
            forms = [strange(form) for form in ([message.id] if is_one else message.id)]
            words.add(message.id, forms[0] if is_one else tuple(forms))
    place = folder / CODE / "LC_MESSAGES" / f"{language.DOMAIN}.mo"
    place.parent.mkdir(parents=True)
    with place.open("wb") as file:
        write_mo(file, words)
    shutil.copytree(language.LOCALES, folder, dirs_exist_ok=True)
    monkeypatch.setattr(language, "LOCALES", folder)
    language._language.cache_clear()


def unlearn() -> None:
    """Before the languages there really are can be spoken again."""
    language._language.cache_clear()


def left_in_english(shown: Iterable[str], own: Iterable[str]) -> set[str]:
    """What is shown in plain letters and is not in `own`, somebody's own words."""
    left = set()
    for text in shown:
        rest = html.unescape(text)
        for words in sorted(own, key=len, reverse=True):
            rest = rest.replace(words, "")
        for pattern in (_AS_IT_IS, _FILE_NAME):
            rest = pattern.sub("", rest)
        if re.search(r"[A-Za-z]", rest):
            left.add(text)
    return left


def shown_in(body: Any) -> Iterator[str]:
    """Every string that people see in a view, a message, an option list or a form's errors."""
    if isinstance(body, Mapping):
        for key, value in body.items():
            if key == "errors" and isinstance(value, Mapping):
                yield from value.values()
            elif key in _SHOWN and isinstance(value, str):
                yield value
            else:
                yield from shown_in(value)
    elif isinstance(body, list | tuple):
        for one in body:
            yield from shown_in(one)
