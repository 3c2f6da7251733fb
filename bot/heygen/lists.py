"""HeyGen's lists: every page after the other, and their lines, read leniently."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from typing import Any

from bot.domain.errors import VideoAgentUnavailable
from bot.heygen.connection import Connection
from bot.heygen.replies import ReplyUnreadable

PAGES_MAX = 400  # of one list; 20,000 looks: it does not end, rather than having more
ID_MAX_CHARS = 255
TEXT_MAX_CHARS = 200
_JOINERS = "\u200c\u200d"  # in emoji and in Persian or Indian names: not printable, yet wanted

Line = dict[str, Any]


async def lines_of(
    api: Connection, path: str, query: dict[str, str], id_name: str
) -> AsyncIterator[list[Line]]:
    """The lines of one list, page by page; `id_name` is the field that every line has.

    Raises VideoAgentError: with code "endless_list" when it comes round to where it was, or has
    more than PAGES_MAX pages; also when something else than lines with an id comes.
    """
    read = partial(_page, id_name)
    token: str | None = None
    seen: set[str] = set()
    for _ in range(PAGES_MAX):
        lines, token = await api.read(read, path, query | ({"token": token} if token else {}))
        yield lines
        if token is None:
            return
        if token in seen:
            break
        seen.add(token)
    raise VideoAgentUnavailable(code="endless_list")


def _page(id_name: str, document: object) -> tuple[list[Line], str | None]:
    """The lines of one page, and the token of the next; None on the last page."""
    body: Line = document if isinstance(document, dict) else {}
    data = body.get("data")
    if not isinstance(data, list):
        raise ReplyUnreadable("data is not a list")
    lines = [line for line in data if isinstance(line, dict) and id_of(line.get(id_name))]
    if data and not lines:
        raise ReplyUnreadable(f"no line has the field {id_name}")
    token = body.get("next_token")
    is_last = body.get("has_more") is False or not isinstance(token, str) or not token
    return lines, None if is_last else token


def id_of(value: object) -> str:
    """An id as text; empty for what cannot be one."""
    id_ = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    return id_ if id_.isprintable() and len(id_) <= ID_MAX_CHARS else ""


def text_of(value: object) -> str:
    """One line of readable text; empty for anything else."""
    if not isinstance(value, str):
        return ""
    readable = "".join(one if one.isprintable() or one in _JOINERS else " " for one in value)
    return " ".join(readable.split())[:TEXT_MAX_CHARS]
