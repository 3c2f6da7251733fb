"""sqlite3's errors in our words."""

from __future__ import annotations

import sqlite3

from bot.domain.errors import StoreUnavailable
from store import trouble


def unavailable(error: sqlite3.Error) -> StoreUnavailable:
    """Locked, disk full, broken: not now. A broken constraint: not ever, the same way."""
    return trouble.refused() if isinstance(error, sqlite3.IntegrityError) else StoreUnavailable()
