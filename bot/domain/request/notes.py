"""What a person said each attachment is for, one line for each: “logo.png: end card”."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from bot.domain.request.video_request import Attachment

_NUMBER = re.compile(r"(\d{1,2})\s*[:.)]\s+(.+)")
_AFTER_NAME = re.compile(r"(?:\s*[:;,]\s*|\s+[-–—]\s+|\s+|$)(.*)")  # noqa: RUF001 - as typed
_BULLET = re.compile(r"^[-*•]\s+")


def noted(
    attachments: Sequence[Attachment], text: str
) -> tuple[tuple[Attachment, ...], tuple[str, ...]]:
    """(the attachments with their notes, the lines that name none of them).

    A line begins with an attachment's name in any case, its link, or its number, 1 being the
    first. Of several with one name the first that has no line yet is meant; further lines for
    the same one are added to its note.
    """
    lines: dict[int, list[str]] = {}
    unknown = []
    for line in (_BULLET.sub("", raw.strip()) for raw in text.splitlines()):
        found = _named(attachments, line, lines) if line else None
        if found is not None:
            lines.setdefault(found[0], []).append(found[1])
        elif line:
            unknown.append(line)
    return tuple(_with_note(a, lines.get(n, [])) for n, a in enumerate(attachments)), tuple(unknown)


def _with_note(attachment: Attachment, lines: list[str]) -> Attachment:
    note = "; ".join(line for line in lines if line)
    return replace(attachment, note=note) if note else attachment


def _named(
    attachments: Sequence[Attachment], line: str, taken: dict[int, list[str]]
) -> tuple[int, str] | None:
    """(position, what it is for); longer names first, as one may begin with another."""
    names = [(name, n) for n, a in enumerate(attachments) for name in (a.name, a.url) if name]
    names.sort(key=lambda one: (-len(one[0]), one[1] in taken, one[1]))
    for name, position in names:
        after = _AFTER_NAME.fullmatch(line[len(name) :])
        if after and line[: len(name)].casefold() == name.casefold():
            return position, " ".join(after[1].split())
    return _numbered(line, len(attachments))


def _numbered(line: str, count: int) -> tuple[int, str] | None:
    found = _NUMBER.fullmatch(line)
    if found is None or not 1 <= int(found[1]) <= count:
        return None
    return int(found[1]) - 1, " ".join(found[2].split())
