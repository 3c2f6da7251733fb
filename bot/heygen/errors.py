"""What HeyGen's refusals mean: its whole error table, and how an answer becomes our error.

Codes, statuses and retry rules: the contract's "errors" (FACTS section 10). The retry rule lives in
the class: Busy and Unavailable may be sent again, OutcomeUnknown only once HeyGen has been asked.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.domain import texts
from bot.domain.errors import (
    VideoAgentBlocked,
    VideoAgentBusy,
    VideoAgentError,
    VideoAgentNotFound,
    VideoAgentOutcomeUnknown,
    VideoAgentRefused,
    VideoAgentUnavailable,
)
from bot.domain.words import Text
from bot.heygen.retry import http_date, retry_after_s

QUOTE_MAX_CHARS = 300  # of HeyGen's own words; enough for its reason, short enough for a card
QUOTA_WAIT_S = 900.0  # contract, quota_exceeded: "retry slowly"; used when no Retry-After says more
_CODE = re.compile(r"[a-z0-9_.\-]{1,64}", re.ASCII)
_MARKUP = re.compile(r"<\s*[a-zA-Z!/?]")


@dataclass(frozen=True, slots=True)
class Meaning:
    """One row: our class, the sentence and the hint for a person.

    `quotes`: HeyGen's own words are added. `wait_s`: the pause when no Retry-After is given.
    """

    kind: type[VideoAgentError]
    message: Text
    hint: Text
    quotes: bool = False
    wait_s: float | None = None


_REFUSED = Meaning(VideoAgentRefused, texts.HEYGEN_REFUSED, texts.CHANGE_REQUEST, quotes=True)
_SLOTS = Meaning(VideoAgentRefused, texts.ACCOUNT_LIMIT, texts.ACCOUNT_HINT, quotes=True)
_BAD_KEY = Meaning(VideoAgentBlocked, texts.BOT_KEY_REFUSED, texts.BOT_KEY_HINT)
_NO_PLAN = Meaning(VideoAgentBlocked, texts.PLAN_TOO_SMALL, texts.BALANCE_HINT)
_NOT_THERE = Meaning(VideoAgentNotFound, texts.HEYGEN_ID_UNKNOWN, texts.VIDEO_AGAIN)
_TOO_MANY = Meaning(VideoAgentBusy, texts.HEYGEN_BUSY, texts.REQUEST_WAITS)
_FAULT = Meaning(VideoAgentUnavailable, texts.HEYGEN_FAULT, texts.BOT_TRIES_AGAIN)


def _refused(message: Text, hint: Text = texts.CHANGE_REQUEST, *, quotes: bool = False) -> Meaning:
    return Meaning(VideoAgentRefused, message, hint, quotes)


def _gone(message: Text, hint: Text = texts.CHANGE_REQUEST) -> Meaning:
    return Meaning(VideoAgentNotFound, message, hint)


def _busy(message: Text) -> Meaning:
    return Meaning(VideoAgentBusy, message, texts.REQUEST_WAITS)


MEANINGS: Mapping[str, Meaning] = {
    # 400, 413, 422: the request is wrong
    "invalid_parameter": _REFUSED,
    "invalid_request": _REFUSED,
    "validation_error": _REFUSED,
    "unprocessable": _REFUSED,
    "download_failed": _refused(texts.FILE_NOT_FETCHED, texts.OTHER_FILE),
    "resource_limit_reached": _SLOTS,
    "resource_limit_exceeded": _SLOTS,
    "content_policy_violation": _refused(
        texts.CONTENT_RULES, texts.CONTENT_RULES_HINT, quotes=True
    ),
    "payload_too_large": _refused(texts.TOO_LARGE, texts.TOO_LARGE_HINT),
    # 401, 402: nobody's request can be sent
    "unauthorized": _BAD_KEY,
    "authentication_failed": _BAD_KEY,
    "insufficient_credit": Meaning(VideoAgentBlocked, texts.BALANCE_USED_UP, texts.BALANCE_HINT),
    "trial_limit_exceeded": Meaning(VideoAgentBlocked, texts.TRIAL_USED_UP, texts.BALANCE_HINT),
    "plan_upgrade_required": _NO_PLAN,
    "subscription_required": _NO_PLAN,
    "phone_verification_required": Meaning(
        VideoAgentBlocked, texts.PHONE_WANTED, texts.PHONE_WANTED_HINT
    ),
    # 403: not this request, not with this account
    "forbidden": _refused(texts.ACCOUNT_MAY_NOT, texts.ACCOUNT_HINT),
    "resource_access_denied": _refused(texts.OTHER_ACCOUNT, texts.ACCOUNT_HINT),
    "ai_vendor_access_restricted": _refused(texts.AI_RULES, texts.ACCOUNT_HINT),
    "voice_not_usable": _refused(texts.VOICE_NOT_ALLOWED),
    "avatar_consent_required": _refused(texts.CONSENT_WANTED),
    # 404: no such thing
    "not_found": _NOT_THERE,
    "resource_not_found": _NOT_THERE,
    "video_not_found": _gone(texts.VIDEO_UNKNOWN, texts.VIDEO_AGAIN),
    "avatar_not_found": _gone(texts.AVATAR_UNKNOWN),
    "avatar_group_not_found": _gone(texts.AVATAR_UNKNOWN),
    "voice_not_found": _gone(texts.VOICE_UNKNOWN),
    "asset_not_found": _gone(texts.FILE_UNKNOWN, texts.OTHER_FILE),
    "webhook_not_found": _gone(texts.WEBHOOK_UNKNOWN, texts.WEBHOOK_UNKNOWN_HINT),
    # 409: some pass by themselves
    "conflict": _refused(texts.STATE_CONFLICT, texts.VIDEO_AGAIN, quotes=True),
    "request_in_progress": _busy(texts.SAME_REQUEST_RUNS),
    "resource_not_ready": _busy(texts.STILL_PREPARING),
    "brand_kit_not_ready": _busy(texts.BRAND_KIT_IMPORTING),
    "asset_not_available": _busy(texts.FILE_PROCESSING),
    # 429: later
    "rate_limit_exceeded": _TOO_MANY,
    "rate_limited": _TOO_MANY,
    "quota_exceeded": Meaning(
        VideoAgentBusy,
        texts.QUOTA_USED_UP,
        texts.REQUEST_WAITS,
        wait_s=QUOTA_WAIT_S,
    ),
    # 5xx: HeyGen's own
    "internal_error": _FAULT,
    "voice_provider_error": Meaning(
        VideoAgentUnavailable, texts.SPEECH_FAULT, texts.BOT_TRIES_AGAIN
    ),
    "service_unavailable": _FAULT,
    "gateway_timeout": Meaning(VideoAgentUnavailable, texts.HEYGEN_TOO_SLOW, texts.BOT_TRIES_AGAIN),
    "unclassified_server_error": _FAULT,
    "unclassified_client_error": _REFUSED,
}
# An error page of the edge in front of HeyGen is no verdict of HeyGen's: it may pass at any moment.
NO_ENVELOPE = Meaning(VideoAgentUnavailable, texts.NOT_HEYGENS_ANSWER, texts.BOT_TRIES_AGAIN)
_EDGE_MAY_SAY = frozenset({413, 429})  # too large, too many: true whoever says it
REDIRECTED = Meaning(VideoAgentUnavailable, texts.REDIRECTED, texts.REDIRECTED_HINT)

# What a status says when no known code comes with it.
_CODE_OF_STATUS = {
    400: "validation_error",
    401: "unauthorized",
    402: "insufficient_credit",
    403: "forbidden",
    404: "not_found",
    408: "gateway_timeout",  # an edge gave up waiting: as unclear as a 504
    409: "conflict",
    413: "payload_too_large",
    422: "unprocessable",
    429: "rate_limit_exceeded",
}


def error_from(
    status: int, headers: Mapping[str, str], body: bytes, *, is_write: bool = False
) -> VideoAgentError:
    """Our error for an answer that is no success, or a success whose body tells an error.

    `headers` are looked up as given (httpx's ignore case). A known code decides, else the
    status; after a write whatever may have had its effect is VideoAgentOutcomeUnknown.
    """
    document = document_of(body)
    told = _told(document)
    word = _code_word(told.get("code"))
    code, meaning = _meaning(status, word)
    if 400 <= status < 500 and status not in _EDGE_MAY_SAY and not _is_verdict(document):
        code, meaning = "no_envelope", NO_ENVELOPE
    if is_write and meaning.kind is VideoAgentUnavailable and meaning is not REDIRECTED:
        unsure = VideoAgentOutcomeUnknown.hint
        return VideoAgentOutcomeUnknown(meaning.message, code=code, hint=unsure, status=status)
    message = meaning.message
    if meaning.quotes and (quote := quoted(told.get("message"))):
        message = texts.HEYGEN_SAYS.format(message=message, quote=_with_stop(quote))
    param = quoted(told.get("param"))
    if meaning.kind is VideoAgentBusy:
        wait_s = retry_after_s(headers.get("Retry-After"), _now(headers))
        wait_s = meaning.wait_s if wait_s is None else wait_s
        return VideoAgentBusy(
            message, code=code, hint=meaning.hint, status=status, param=param, retry_after_s=wait_s
        )
    return meaning.kind(message, code=code, hint=meaning.hint, status=status, param=param)


def document_of(body: bytes) -> Any:
    """The body's JSON, or None when it is none."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def tells_error(document: object) -> bool:
    """A non-null "error" is a failure, whatever the status says (contract, envelopes)."""
    return isinstance(document, dict) and document.get("error") is not None


def _is_verdict(document: object) -> bool:
    """Whether HeyGen itself speaks: by its envelope, or in a shape of old (`_told`)."""
    if not isinstance(document, dict):
        return False
    return any(document.get(name) is not None for name in ("error", "code", "detail"))


def quoted(text: object) -> str | None:
    """HeyGen's words on one line of at most QUOTE_MAX_CHARS characters; None for markup."""
    if not isinstance(text, str) or _MARKUP.search(text):
        return None
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= QUOTE_MAX_CHARS else line[: QUOTE_MAX_CHARS - 1] + "…"


def _with_stop(quote: str) -> str:
    """A hint follows, which is a sentence of its own."""
    return quote if quote[-1] in ".!?…" else f"{quote}."


def _meaning(status: int, word: str | None) -> tuple[str, Meaning]:
    """The code to report and its row; a 5xx stays one whatever code comes with it."""
    known = MEANINGS.get(word or "")
    if 300 <= status < 400:
        return "redirected", REDIRECTED
    if status >= 500 and known is not None and known.kind is not VideoAgentUnavailable:
        return "unclassified_server_error", _FAULT
    if known is not None and word is not None:
        return word, known
    fallback = "unclassified_client_error" if 400 <= status < 500 else "unclassified_server_error"
    default = _CODE_OF_STATUS.get(status, fallback)  # a 200 that tells an unlisted error: a fault
    return word or default, MEANINGS[default]


def _told(document: object) -> dict[str, Any]:
    """code, message and param wherever they stand: in "error", as "error", or at the top."""
    if not isinstance(document, dict):
        return {}
    error = document.get("error")
    if isinstance(error, dict):
        return error
    if isinstance(error, str):
        return {"code": error, "message": error}
    return {"message": document.get("detail")} | document


def _code_word(code: object) -> str | None:
    """A code fit for logs and metrics: lower case, no blanks; numbers become text."""
    if isinstance(code, bool) or not isinstance(code, str | int):
        return None
    word = str(code).strip().lower()
    return word if _CODE.fullmatch(word) else None


def _now(headers: Mapping[str, str]) -> datetime:
    """HeyGen's own clock where the answer tells it: its HTTP dates are relative to that."""
    return http_date(headers.get("Date") or "") or datetime.now(UTC)
