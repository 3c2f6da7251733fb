"""What a person typed into the field for links -> attachments; their faults are told elsewhere."""

from __future__ import annotations

import re

from bot.domain.addresses import ending_of, link_name, plain_link
from bot.domain.request.video_request import ALLOWED_FILETYPES, Attachment

_BULLET = re.compile(r"^(?:[-*•]|\d{1,2}[.)])\s+")
_IS_LINK = re.compile(r"https?://", re.IGNORECASE)
_SEPARATOR = re.compile(r"^(?:[-–—:,;]\s+)+")  # noqa: RUF001 - as people type it


def links_of(text: str) -> tuple[Attachment, ...]:
    """One attachment for each line: a link, and what it is for after a blank, " - " or ": ".

    A line of nothing but links is as many attachments. Nothing is refused here: what is no good
    link comes out as it stands, and `faults_of` (domain/request/video_request.py) has the sentence.
    """
    return tuple(link for line in text.splitlines() for link in _links_in(line.strip()))


def _links_in(line: str) -> list[Attachment]:
    line = _BULLET.sub("", line)
    words = line.split()
    if len(words) > 1 and all(_IS_LINK.match(word.lstrip("<")) for word in words):
        return [_link(word, "") for word in words]
    first, _, rest = line.partition(words[0]) if words else ("", "", "")
    assert not first
    return [_link(words[0], _SEPARATOR.sub("", rest.strip()))] if words else []


def _link(word: str, note: str) -> Attachment:
    url = plain_link(word.rstrip(":,;").removeprefix("<").removesuffix(">"))
    name = link_name(url)
    ending = ending_of(name)
    return Attachment(
        url=url,
        name=name,
        filetype=ending if ending in ALLOWED_FILETYPES else "",
        note=" ".join(note.split()),
    )
