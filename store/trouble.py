"""sqlite3's errors in our words."""

from __future__ import annotations

import sqlite3

from bot.domain.errors import StoreUnavailable


def unavailable(error: sqlite3.Error) -> StoreUnavailable:
    """Locked, disk full, broken: not now. A broken constraint: not ever, the same way."""
    if not isinstance(error, sqlite3.IntegrityError):
        return StoreUnavailable()
    refused = StoreUnavailable(
        "The database refused a change that would have made its contents wrong.",
        code="store_refused",
        hint="Nothing was changed. Tell whoever runs the video bot; the log names the rule.",
    )
    refused.retryable = False
    return refused


def closed() -> StoreUnavailable:
    return StoreUnavailable("The video bot is shutting down.")
