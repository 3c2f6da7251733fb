"""Secrets at rest: encrypted with the first of ENCRYPTION_KEYS, opened with any of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from bot.domain.errors import StoreUnavailable


class Sealing:
    """What is sealed says for what it was, so that it opens nowhere else."""

    def __init__(self, keys: Sequence[str]) -> None:
        """Fernet keys, newest first; without any nothing can be sealed."""
        self._fernet: Any = None
        if keys:
            # Only those who use it load it: 6 MB of memory.
            from cryptography.fernet import Fernet, MultiFernet

            self._fernet = MultiFernet([Fernet(key) for key in keys])

    def seal(self, what: str, secret: Mapping[str, str | None]) -> str:
        """`what` names the row and the kind of secret."""
        text = json.dumps({"what": what, **secret})
        return str(self._box().encrypt(text.encode()).decode())

    def open(self, what: str, sealed: str) -> dict[str, Any]:
        """Raises StoreUnavailable where no key opens it, or it was moved here from another row."""
        box = self._box()
        from cryptography.fernet import InvalidToken

        try:
            secret: dict[str, Any] = json.loads(box.decrypt(sealed.encode()))
        except (InvalidToken, ValueError) as error:
            raise _cannot_open(what) from error
        if secret.pop("what", None) != what:
            raise _cannot_open(what)
        return secret

    def _box(self) -> Any:
        if self._fernet is None:
            raise StoreUnavailable(
                "The database serves workspaces that installed the app, and ENCRYPTION_KEYS is not"
                " set.",
                code="no_encryption_key",
                hint="Set it, SLACK_CLIENT_ID and SLACK_CLIENT_SECRET as before; for a single"
                " workspace name another database.",
            )
        return self._fernet


def _cannot_open(what: str) -> StoreUnavailable:
    return StoreUnavailable(
        f"None of the ENCRYPTION_KEYS opens the {what}.",
        code="cannot_decrypt",
        hint="Add the key that it was encrypted with, after the newest.",
    )
