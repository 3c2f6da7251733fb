"""sqlite3's errors in our words."""

from __future__ import annotations

import sqlite3

from bot.domain import texts
from bot.domain.errors import StoreUnavailable


def unavailable(error: sqlite3.Error) -> StoreUnavailable:
    """Locked, disk full, broken: not now. A broken constraint: not ever, the same way."""
    if not isinstance(error, sqlite3.IntegrityError):
        return StoreUnavailable()
    refused = StoreUnavailable(
        texts.STORE_REFUSED,
        code="store_refused",
        hint=texts.STORE_REFUSED_HINT,
    )
    refused.retryable = False
    return refused


def closed() -> StoreUnavailable:
    return StoreUnavailable(texts.SHUTTING_DOWN)
