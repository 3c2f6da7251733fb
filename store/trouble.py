"""What every database's errors become."""

from __future__ import annotations

from bot.domain import texts
from bot.domain.errors import StoreUnavailable


def refused() -> StoreUnavailable:
    """Asking again the same way would be refused the same way."""
    error = StoreUnavailable(
        texts.STORE_REFUSED,
        code="store_refused",
        hint=texts.STORE_REFUSED_HINT,
    )
    error.retryable = False
    return error


def closed() -> StoreUnavailable:
    return StoreUnavailable(texts.SHUTTING_DOWN)
