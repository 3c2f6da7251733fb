"""What people wrote as plain lines: Slack's markup taken out, white space tidied, safely quoted."""

from __future__ import annotations

import re
import unicodedata

# <@U1|name>, <#C1|name>; <!here>, <!subteam^S1|@team>, <!date^1|text>; <https://x|label>
_MENTION = re.compile(r"<(@|#)([A-Z][A-Z0-9]{0,40})(?:\|([^<>|\n]*))?>")
_SPECIAL = re.compile(r"<!([^<>|\n]+)(?:\|([^<>\n]*))?>")
_LINK = re.compile(r"<((?:https?|mailto|tel):[^<>|\s]+)(?:\|([^<>\n]*))?>")
_ENTITY = re.compile(r"&(?:amp;)*(amp|lt|gt);")
_BARE = re.compile(r"&(?!amp;|lt;|gt;)|[<>]")
_CHARACTERS = {"amp": "&", "lt": "<", "gt": ">"}
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
        before, text = text, tidy(_without_entities(_without_markup(text)))
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


def _without_markup(text: str) -> str:
    text = _MENTION.sub(lambda m: m[1] + (m[3] or m[2]).removeprefix(m[1]), text)
    text = _SPECIAL.sub(lambda m: m[2] or f"@{m[1].partition('^')[0]}", text)
    return _LINK.sub(_plain_link, text)


def _plain_link(match: re.Match[str]) -> str:
    address = re.sub(r"^(mailto|tel):", "", match[1])
    label = (match[2] or "").strip()
    return address if label in ("", address, match[1]) else f"{label} ({address})"


def _without_entities(text: str) -> str:
    if _BARE.search(text):
        return text
    return _ENTITY.sub(lambda m: _CHARACTERS[m[1]], text)


def _shown(line: str) -> str:
    if line.isprintable():  # most are, and this is quick
        return line
    return "".join(c for c in line if c == "\t" or unicodedata.category(c) not in _NEVER_SHOWN)
