"""What a message says, as plain words: Slack's markup and blocks taken away.

Source: Slack, "Rich text block" (read 2026-11); its markup is read by domain/slack_markup.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from bot.domain.slack_markup import Kind, Mark, link_words, marks, unescaped, with_words

Json = Mapping[str, Any]
Names = Mapping[str, str]

SOMEONE = "someone"  # a person whose name Slack did not tell
_SPACES = re.compile(r"[ \t]{2,}")
_BULLETS = {"bullet": "- ", "ordered": "{n}. "}


def message_words(message: Json, names: Names | None = None, *, bot_user_id: str = "") -> str:
    """The words of a message; mentions of the bot itself are left out.

    A message that people typed comes as rich_text, which says it without markup; else `text` is
    read, and where that is empty the blocks and attachments of an app. `names` are those of
    people and channels by their ids, as far as known.
    """
    known = {**_labels(str(message.get("text") or "")), **(names or {}), bot_user_id: ""}
    reader = _Reader(known)
    blocks = [block for block in message.get("blocks") or [] if isinstance(block, dict)]
    is_typed = bool(blocks) and all(block.get("type") == "rich_text" for block in blocks)
    if message.get("text") and not is_typed:
        text = reader.marked(str(message["text"]))
    else:
        parts = [*map(reader.block, blocks), *map(reader.attachment, _attachments(message))]
        text = "\n".join(filter(None, parts))
    return "\n".join(_SPACES.sub(" ", line).strip() for line in text.splitlines()).strip()


def mentioned_people(message: Json) -> set[str]:
    """The user ids that the message's text mentions."""
    found = marks(str(message.get("text") or ""))
    people = (mark for mark in found if mark.kind is Kind.PERSON and mark.is_by_slack)
    return {mark.target for mark in people if mark.target[0] in "UW"}


def _labels(text: str) -> dict[str, str]:
    """Names that Slack wrote beside the ids of people and channels."""
    named = (mark for mark in marks(text) if mark.kind in (Kind.PERSON, Kind.CHANNEL))
    return {mark.target: unescaped(mark.name) for mark in named if mark.label}


class _Reader:
    def __init__(self, names: Names) -> None:
        self._names = names

    # mrkdwn

    def marked(self, text: str) -> str:
        return unescaped(with_words(text, self._words_of))

    def _words_of(self, mark: Mark) -> str:
        if mark.kind is Kind.PERSON:
            return self._person(mark.target)
        if mark.kind is Kind.CHANNEL:
            return self._channel(mark.target)
        return mark.words

    def _person(self, user_id: str) -> str:
        name = self._names.get(user_id, SOMEONE)
        return f"@{name}" if name else ""

    def _channel(self, channel_id: str) -> str:
        return f"#{self._names.get(channel_id) or channel_id}"

    # blocks

    def block(self, block: Json) -> str:
        if block.get("type") == "rich_text":
            return "\n".join(self._part(part).rstrip("\n") for part in _dicts(block))
        parts = [block.get("text"), *(block.get("fields") or []), *(block.get("elements") or [])]
        return "\n".join(filter(None, (self._text_object(part) for part in parts)))

    def _text_object(self, part: Any) -> str:
        if isinstance(part, str):  # a markdown block
            return part
        if not isinstance(part, dict) or part.get("type") not in ("mrkdwn", "plain_text"):
            return ""
        text = str(part.get("text") or "")
        return self.marked(text) if part["type"] == "mrkdwn" else text

    def attachment(self, attachment: Json) -> str:
        """An attachment of the old kind, as many apps still post them."""
        own = [attachment.get("title"), attachment.get("text")]
        words = "\n".join(self.marked(str(part)) for part in own if part)
        return words or self.marked(str(attachment.get("fallback") or ""))

    def _part(self, part: Json) -> str:
        if part.get("type") != "rich_text_list":
            return "".join(map(self._inline, _dicts(part)))
        bullet = _BULLETS.get(str(part.get("style")), "- ")
        first = int(part.get("offset") or 0) + 1
        lines = ("".join(map(self._inline, _dicts(item))) for item in _dicts(part))
        return "\n".join(f"{bullet.format(n=n)}{line}" for n, line in enumerate(lines, first))

    def _inline(self, one: Json) -> str:
        match one.get("type"):
            case "user":
                return self._person(str(one.get("user_id")))
            case "channel":
                return self._channel(str(one.get("channel_id")))
            case "link":
                return link_words(str(one.get("url") or ""), str(one.get("text") or ""))
            case "emoji":
                return _emoji(one)
            case "broadcast":
                return f"@{one.get('range')}"
            case "date":
                return str(one.get("fallback") or "")
            case "color":
                return str(one.get("value") or "")
            case "usergroup":
                return f"@{SOMEONE}"
            case _:
                return str(one.get("text") or "")


def _attachments(message: Json) -> Iterator[Json]:
    """None of a person's message: those are previews of links."""
    found = message.get("attachments") or [] if message.get("bot_id") else []
    return (one for one in found if isinstance(one, dict))


def _dicts(part: Json) -> Iterator[Json]:
    return (one for one in part.get("elements") or [] if isinstance(one, dict))


def _emoji(one: Json) -> str:
    try:
        sign = "".join(chr(int(code, 16)) for code in str(one.get("unicode") or "").split("-"))
        sign.encode()  # half a sign is none
        return sign
    except (ValueError, OverflowError):  # an emoji of this workspace's own
        return f":{one.get('name')}:"
