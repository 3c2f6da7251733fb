"""Lists of the HeyGen stand-in: filters, limits and tokens that say nothing to who gets them."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from aiohttp import web

from bot.sandbox.heygen.answers import page
from bot.sandbox.heygen.checks import invalid, require

Line = dict[str, Any]
Filter = Callable[[Line, str], bool]

PAGE_MAX = 100


def list_answer(
    request: web.Request,
    lines: Sequence[Line],
    filters: Mapping[str, Filter] | None = None,
    words: Mapping[str, Sequence[str]] | None = None,
    unless_asked: Mapping[str, str] | None = None,
    *,
    default: int = 20,
    most: int = PAGE_MAX,
) -> web.Response:
    """One page of the lines that pass every filter that the query names.

    `words` are all that the query may say for a filter, `unless_asked` what it says by itself,
    `default` and `most` the entries of a page.
    """
    filters = filters or {}
    query = dict(unless_asked or {}) | dict(request.query)
    _check(query, {*filters, "limit", "token"}, words or {})
    limit = _limit(query.get("limit", str(default)), most)
    start = _start(request.path, query.get("token"))
    asked = [(passes, query[name]) for name, passes in filters.items() if name in query]
    passing = [line for line in lines if all(passes(line, word) for passes, word in asked)]
    is_last = start + limit >= len(passing)
    token = None if is_last else _token(request.path, start + limit)
    return web.json_response(page(passing[start : start + limit], token))


def _check(query: Mapping[str, str], names: set[str], words: Mapping[str, Sequence[str]]) -> None:
    for name, value in query.items():
        require(name in names, name, f"{name} is not a parameter of this list")
        allowed = words.get(name, (value,))
        require(value in allowed, name, f"{name} must be one of {', '.join(allowed)}")


def _limit(text: str, most: int) -> int:
    fits = re.fullmatch(r"[0-9]{1,3}", text) is not None and 1 <= int(text) <= most
    require(fits, "limit", f"limit must be a number from 1 to {most}")
    return int(text)


def _token(path: str, start: int) -> str:
    return base64.urlsafe_b64encode(f"{path}:{start}".encode()).decode()


def _start(path: str, token: str | None) -> int:
    """Where the page of this token begins. A token is good for its own list only."""
    if token is None:
        return 0
    try:
        of_path, _, start = base64.urlsafe_b64decode(token.encode()).decode().rpartition(":")
    except (binascii.Error, ValueError):
        of_path = start = ""
    if of_path != path or not start.isdecimal():
        raise invalid("token", "this token is not known")
    return int(start)
