"""HeyGen's registered webhook: is it HeyGen, and which ids does it speak of; pure, for bot/web.

Header names, signing input and payloads are uncertain in part (FACTS section 9): tolerant of
spellings, strict about signatures. Only ids leave this file: an event wakes the poller, no more.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

SIGNATURE_HEADERS = ("heygen-signature", "signature")  # as documented; as seen in production
SECRET_PREFIX = "whsec_"  # part of the key as given (likely), so tried with and without it
ID_MAX_CHARS = 255  # longer than any id of ours or HeyGen's


class WebhookUnreadable(ValueError):
    """The body is no event: not JSON, not an object, or without an event_type."""


@dataclass(frozen=True, slots=True)
class WebhookEvent:
    """What an event is about. Any id may be missing."""

    session_id: str | None
    video_id: str | None
    callback_id: str | None
    event_type: str


def is_signed_by(raw_body: bytes, headers: Mapping[str, str], secrets: Sequence[str]) -> bool:
    """Whether one of `secrets` signed these bytes (HMAC-SHA256 as hex, compared in constant time).

    Without a secret nothing is signed. The timestamp header proves nothing: it is not signed.
    """
    given = [
        value.strip().lower().encode("utf-8", "replace")
        for name, value in headers.items()
        if name.lower() in SIGNATURE_HEADERS
    ]
    expected = [
        hmac.new(key.encode(), raw_body, hashlib.sha256).hexdigest().encode()
        for key in _keys(secrets)
    ]
    return any([hmac.compare_digest(one, other) for one in given for other in expected])


def read_event(raw_body: bytes) -> WebhookEvent:
    """The ids in an event, from `event_data` or beside it; raises WebhookUnreadable.

    Links, states and texts of the body are left where they are: they could be anybody's.
    """
    try:
        body = json.loads(raw_body)
    except (ValueError, RecursionError) as exc:
        raise WebhookUnreadable("the body is not JSON") from exc
    if not isinstance(body, dict):
        raise WebhookUnreadable("the body is not an object")
    event_type = _text(body.get("event_type"))
    if event_type is None:
        raise WebhookUnreadable("the body has no event_type")
    return WebhookEvent(
        session_id=_id(body, "session_id"),
        video_id=_id(body, "video_id"),
        callback_id=_id(body, "callback_id"),
        event_type=event_type,
    )


def _keys(secrets: Sequence[str]) -> Iterator[str]:
    """Every key worth trying; never an empty one, with which anybody could sign."""
    for secret in secrets:
        for key in {secret, secret.removeprefix(SECRET_PREFIX)}:
            if key:
                yield key


def _id(body: dict[str, Any], name: str) -> str | None:
    data = body.get("event_data")
    inner = _text(data.get(name)) if isinstance(data, dict) else None
    return inner or _text(body.get(name))


def _text(value: object) -> str | None:
    """A short, non-empty string, or None."""
    if isinstance(value, str) and 0 < len(value.strip()) <= ID_MAX_CHARS:
        return value.strip()
    return None
