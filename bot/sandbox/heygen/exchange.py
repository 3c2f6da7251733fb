"""What went between somebody and the HeyGen stand-in, told to the audit hooks of this process.

PEP 578 hooks need no one to hand them on: the demo has none, and the tests hold every exchange
against HeyGen's contract (tests/contract), whoever started the stand-in.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

EXCHANGE, NEWS = "bot.sandbox.heygen.exchange", "bot.sandbox.heygen.news"

# On their way through the stand-in: what `Exchange` tells under the same names.
JSON_BODY = web.RequestKey("json_body", bytes)
FORM_FIELDS = web.RequestKey("form_fields", list)
ODD = web.RequestKey("odd", bool)
IN_FAULT = web.RequestKey("in_fault", bool)


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request as it came in, and the answer that went out."""

    method: str
    route: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    status: int
    answer_headers: Mapping[str, str]
    answer: bytes
    json_body: bytes | None = None  # the body of a request, if it calls itself JSON
    form_fields: tuple[str, ...] | None = None  # the fields of a form, if somebody read it
    has_body: bool = False
    odd: bool = False  # the answer is meant to be none of HeyGen's: a fault says so, or the edge
    in_fault: bool = False  # a planned fault wrote the answer
    odd_words: frozenset[str] = field(default_factory=frozenset)  # statuses ordered by a test


def tell(exchange: Exchange) -> None:
    """An answer that nobody got, because the line was dropped, is not told."""
    sys.audit(EXCHANGE, exchange)


def tell_news(payload: Mapping[str, Any]) -> None:
    sys.audit(NEWS, payload)
