"""What people wrote as plain lines: Slack's markup taken out, white space tidied, safely quoted."""

from __future__ import annotations

import re
import unicodedata

from bot.domain.slack_markup import Mark, is_escaped, unescaped, with_words

_DOUBLE_QUOTES, _SINGLE_QUOTE = re.compile('[“”„«»"]'), "\N{RIGHT SINGLE QUOTATION MARK}"
_DEEPEST = 5  # markup in markup: nobody writes it, and thousands in each other would take seconds
_NEVER_SHOWN = frozenset({"Cc", "Cs"})  # control characters, halves of a surrogate pair


def plain(text: str) -> str:
    """The text as people see it in Slack: mentions as names, links as label and address.

    Entities are taken as Slack's only when the whole text is in Slack's encoding, where no bare
    `&`, `<` or `>` is left: what was typed into a form is not. Tidy; twice is the same as once.
    """
    text = tidy(text)
    for _ in range(_DEEPEST):
        before, text = text, tidy(_without_entities(with_words(text, _words_of)))
        if before == text:
            break
    return text


def tidy(text: str) -> str:
    """Lines end with \\n, at most one of them empty in a row, nothing unprintable, no ends."""
    lines = (_shown(line).rstrip() for line in text.splitlines())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n").rstrip()


def quoted(text: str) -> str:
    """Every line behind "> ", so that none of them can pass for one of our own lines.

    Chosen over a fence or changed letters: it is read as a quotation, hides and alters nothing,
    and needs no guess at what a label may look like.
    """
    return "\n".join(f"> {line}".rstrip() for line in tidy(text).split("\n"))


def in_line(text: str) -> str:
    """“The text” within a line of ours: one line, double quotation marks inside made single."""
    words = " ".join(tidy(text).split())
    return f"“{_DOUBLE_QUOTES.sub(_SINGLE_QUOTE, words)}”"


def _words_of(mark: Mark) -> str | None:
    return mark.words if mark.is_by_slack else None


def _without_entities(text: str) -> str:
    return unescaped(text, wholly=True) if is_escaped(text) else text


def _shown(line: str) -> str:
    if line.isprintable():  # most are, and this is quick
        return line
    return "".join(c for c in line if c == "\t" or unicodedata.category(c) not in _NEVER_SHOWN)
