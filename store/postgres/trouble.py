"""PostgreSQL's errors in our words."""

from __future__ import annotations

import psycopg
from psycopg import errors

from bot.domain.errors import StoreUnavailable
from store import trouble

# Another transaction was in the way, and nothing of this one stays: it is made once more.
COLLISIONS = (errors.DeadlockDetected, errors.SerializationFailure)


def words_of(error: psycopg.Error) -> str:
    """The first line alone: further ones may show rows, and with them what people wrote."""
    lines = (error.diag.message_primary or str(error)).strip().splitlines()
    return lines[0].rstrip(".: ") if lines else type(error).__name__


def unavailable(error: psycopg.Error) -> StoreUnavailable:
    """Away, slow, full: not now. A broken rule, or a value that no column takes: not ever."""
    if isinstance(error, (psycopg.IntegrityError, psycopg.DataError)):
        return trouble.refused()
    return StoreUnavailable()
