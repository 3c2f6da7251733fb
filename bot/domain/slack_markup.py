"""Slack's markup, read: `<@U1|ana>`, `<#C1|general>`, `<!here>`, `<https://a.b|label>`, `&amp;`.

Only this file knows how it is spelled; whoever reads a text says what becomes of each mark.
Source: Slack, "Formatting message text" (read 2026-11).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

_MARK = re.compile(r"<([@#!]?)([^<>|]*)(?:\|([^<>]*))?>")
_ENTITY = re.compile(r"&(amp|lt|gt);")  # Slack has these three
_WRAPPED_ENTITY = re.compile(r"&(?:amp;)*(amp|lt|gt);")
_CHARACTERS = {"amp": "&", "lt": "<", "gt": ">"}
_BARE = re.compile(r"&(?!amp;|lt;|gt;)|[<>]")


class Kind(StrEnum):
    """What a mark is, by the sign after its `<`."""

    PERSON = "@"
    CHANNEL = "#"
    SPECIAL = "!"  # <!here>, <!subteam^S1|@team>, <!date^1392734382^{date}|18 February>
    LINK = ""


_ID = re.compile(r"[A-Z][A-Z0-9]{0,40}")
_BY_SLACK = {
    Kind.PERSON: _ID,
    Kind.CHANNEL: _ID,
    Kind.SPECIAL: re.compile(r"[^\n]+"),
    Kind.LINK: re.compile(r"(?:https?|mailto|tel):\S+"),
}


@dataclass(frozen=True, slots=True)
class Mark:
    """`target` is an id, a command or an address; `label` what stands beside it, or ""."""

    kind: Kind
    target: str
    label: str

    @property
    def is_by_slack(self) -> bool:
        """Whether Slack writes such marks by itself: a `<b>` that somebody typed is none."""
        return bool(_BY_SLACK[self.kind].fullmatch(self.target)) and "\n" not in self.label

    @property
    def name(self) -> str:
        """Of a person or a channel, without the sign; the id where Slack told no name."""
        return (self.label or self.target).removeprefix(self.kind)

    @property
    def words(self) -> str:
        """What people see in its place, as far as the mark itself tells."""
        if self.kind is Kind.LINK:
            return link_words(self.target, self.label)
        if self.kind is Kind.SPECIAL:
            return self.label or f"@{self.target.partition('^')[0]}"
        return f"{self.kind}{self.name}"


def marks(text: str) -> Iterator[Mark]:
    """Every mark in the text, in order."""
    return map(_mark, _MARK.finditer(text))


def with_words(text: str, words: Callable[[Mark], str | None]) -> str:
    """The text with `words` in the place of each mark; None leaves a mark as it stands."""

    def instead(found: re.Match[str]) -> str:
        shown = words(_mark(found))
        return found[0] if shown is None else shown

    return _MARK.sub(instead, text)


def _mark(found: re.Match[str]) -> Mark:
    return Mark(Kind(found[1]), found[2], found[3] or "")


def link_words(url: str, label: str) -> str:
    """Label and address; the address stays: it may be what the video is about."""
    label, address = label.strip(), url.removeprefix("mailto:").removeprefix("tel:")
    is_same = not label or label in (url, address) or f"//{label}" in url
    return address if is_same else f"{label} ({address})"


def unescaped(text: str, *, wholly: bool = False) -> str:
    """Entities as the characters they stand for, once; `wholly`: those within entities too."""
    entity = _WRAPPED_ENTITY if wholly else _ENTITY
    return entity.sub(lambda found: _CHARACTERS[found[1]], text)


def is_escaped(text: str) -> bool:
    """Whether no bare `&`, `<` or `>` is left, as in all of Slack's text outside its marks."""
    return not _BARE.search(text)
