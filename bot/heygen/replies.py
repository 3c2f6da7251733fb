"""HeyGen's replies, read leniently and turned into our words; for the client, and nowhere else.

Unknown fields are ignored and unknown status words mean "still running" (contract, conventions).
A reply without what we need raises ReplyUnreadable. Schemas: "response" of each endpoint there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, TypeVar

from pydantic import AwareDatetime, BaseModel, BeforeValidator, Field, ValidationError

from bot.domain.news import SessionNews, SessionStatus, VideoNews, VideoStatus

# Every word of the contract's "status", the older names included; any other word: still running.
SESSION_WORDS = {
    "thinking": SessionStatus.RUNNING,
    "processing": SessionStatus.RUNNING,  # the older name of thinking
    "generating": SessionStatus.RUNNING,
    "waiting_for_input": SessionStatus.WAITING,
    "reviewing": SessionStatus.WAITING,
    "completed": SessionStatus.COMPLETED,
    "failed": SessionStatus.FAILED,
}
VIDEO_WORDS = {
    "pending": VideoStatus.RUNNING,
    "waiting": VideoStatus.RUNNING,  # both older names of pending
    "queued": VideoStatus.RUNNING,
    "processing": VideoStatus.RUNNING,
    "completed": VideoStatus.COMPLETED,
    "failed": VideoStatus.FAILED,
    "not_found": VideoStatus.NOT_FOUND,  # only in the bulk answer
}


_HEADER_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,128}", re.ASCII)  # RFC 9110, token
_HEADER_VALUE = re.compile(r"[ -~]{1,4096}", re.ASCII)


class ReplyUnreadable(ValueError):
    """A reply of a success that lacks what every such reply has; names fields, never contents."""


@dataclass(frozen=True, slots=True)
class Account:
    """Whose key it is. `balance` is in `unit` ("usd" or "credits"); None when HeyGen tells none."""

    username: str
    billing_type: str | None = None
    balance: float | None = None
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class UploadTicket:
    """Where the bytes of a new asset go. Whoever knows `url` and `headers` may write there."""

    asset_id: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    expires_s: float | None  # after the answer; None when HeyGen does not say
    max_bytes: int | None


def sendable(text: str) -> str:
    """Text that UTF-8 can carry; half a surrogate pair becomes "?"."""
    return text.encode("utf-8", "replace").decode()


def _text_or_none(value: object) -> str | None:
    """Text, or a number as text (some codes are numbers); "" and everything else are None."""
    if isinstance(value, str):
        return sendable(value).strip() or None  # half an emoji is legal JSON and nothing else
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return str(value) if is_number else None


def _as_written(value: object) -> str | None:
    """Text untouched: a prompt is compared with it letter by letter."""
    return value if isinstance(value, str) else None


def _number_or_none(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and abs(value) < 1e12 else None


def _percent(value: object) -> int:
    return int(min(100.0, max(0.0, _number_or_none(value) or 0.0)))


def _positive(number: float | None) -> float | None:
    return number if number is not None and number > 0 else None


def _header_values(value: object) -> object:
    """Names and values that a request can carry; numbers become text."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ValueError("not an object")
    headers = {name: _text_or_none(one) for name, one in value.items() if one is not None}
    for name, text in headers.items():
        if not (_HEADER_NAME.fullmatch(name) and _HEADER_VALUE.fullmatch(text or "")):
            raise ValueError("no header")
    return headers


def _objects(value: object) -> list[Any]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _object(value: object) -> Any:
    return value if isinstance(value, dict) else {}


_Id = Annotated[str, Field(min_length=1)]
_Text = Annotated[str | None, BeforeValidator(_text_or_none)]
_Number = Annotated[float | None, BeforeValidator(_number_or_none)]


class _Message(BaseModel):
    role: _Text = None
    type: _Text = None
    content: Annotated[str | None, BeforeValidator(_as_written)] = None


class _Session(BaseModel):
    session_id: _Id
    status: _Text = None
    video_id: _Text = None
    progress: Annotated[int, BeforeValidator(_percent)] = 0
    messages: Annotated[list[_Message], BeforeValidator(_objects)] = []


class _ListedSession(BaseModel):
    session_id: _Id
    created_at: AwareDatetime  # Unix seconds; pydantic reads them as UTC


class _SessionPage(BaseModel):
    data: list[_ListedSession]
    has_more: bool | None = None
    next_token: _Text = None


class _Video(BaseModel):
    id: _Id
    status: _Text = None
    video_url: _Text = None
    video_page_url: _Text = None
    duration: _Number = None
    thumbnail_url: _Text = None
    subtitle_url: _Text = None
    failure_code: _Text = None
    failure_message: _Text = None


class _VideoState(BaseModel):
    video_id: _Text = None
    status: _Text = None


class _Asset(BaseModel):
    asset_id: _Id


class _Ticket(BaseModel):
    asset_id: _Id
    upload_url: _Id
    upload_headers: Annotated[dict[str, str], BeforeValidator(_header_values)] = {}
    expires_in_seconds: _Number = None
    max_bytes: _Number = None


class _Completed(BaseModel):
    asset_id: _Id
    status: _Text = None


class _Stopped(BaseModel):
    session_id: _Id


class _Balance(BaseModel):
    """The wallet's and the usage-based block in one; whichever is there."""

    currency: _Text = None
    remaining_balance: _Number = None
    remaining_credits: _Number = None


class _Account(BaseModel):
    username: str
    billing_type: _Text = None
    wallet: Annotated[_Balance, BeforeValidator(_object)] = _Balance()
    usage_based: Annotated[_Balance, BeforeValidator(_object)] = _Balance()
    subscription: Annotated[dict[str, Any], BeforeValidator(_object)] = {}


_Model = TypeVar("_Model", bound=BaseModel)


def session_news(document: object, *, has_messages: bool) -> SessionNews:
    """A create's or a read's reply; only a read has messages (newest first, at most 40)."""
    session = _read(_Session, _data(document))
    return SessionNews(
        session_id=session.session_id,
        status=SESSION_WORDS.get((session.status or "").lower(), SessionStatus.RUNNING),
        video_id=session.video_id,
        progress=session.progress,
        error_text=next((m.content for m in session.messages if m.type == "error"), None),
        first_user_message=_first_user_message(session.messages) if has_messages else None,
    )


def _first_user_message(messages: list[_Message]) -> str | None:
    """The oldest text of the user: files given along may be messages of the user as well."""
    of_user = [m for m in reversed(messages) if m.role == "user" and m.content is not None]
    texts = [m.content for m in of_user if m.type in (None, "text")]
    return next(iter(texts), None) or next((m.content for m in of_user), None)


def session_page(document: object) -> tuple[list[tuple[str, datetime]], str | None]:
    """One page of the list: each session's id and time of creation by HeyGen's clock.

    And the token of the next page; None on the last page.
    """
    page = _read(_SessionPage, document)
    sessions = [(line.session_id, line.created_at) for line in page.data]
    return sessions, page.next_token if page.has_more is not False else None


def video_news(document: object) -> VideoNews:
    video = _read(_Video, _data(document))
    return VideoNews(
        video_id=video.id,
        status=_video_status(video.status),
        video_url=video.video_url,
        page_url=video.video_page_url,
        duration_s=video.duration,
        thumbnail_url=video.thumbnail_url,
        subtitle_url=video.subtitle_url,
        failure_code=video.failure_code,
        failure_message=video.failure_message,
    )


def video_statuses(document: object) -> dict[str, VideoStatus]:
    """{video_id: status} of the bulk answer; lines without an id are left out."""
    data = _data(document)
    if not isinstance(data, list):
        raise ReplyUnreadable("data is not a list")
    lines = [_read(_VideoState, line) for line in _objects(data)]
    return {line.video_id: _video_status(line.status) for line in lines if line.video_id}


def asset_id(document: object) -> str:
    return _read(_Asset, _data(document)).asset_id


def upload_ticket(document: object) -> UploadTicket:
    ticket = _read(_Ticket, _data(document))
    return UploadTicket(
        asset_id=ticket.asset_id,
        url=ticket.upload_url,
        headers=ticket.upload_headers,
        expires_s=_positive(ticket.expires_in_seconds),
        max_bytes=int(most) if (most := _positive(ticket.max_bytes)) else None,
    )


def completed_asset_status(document: object) -> VideoStatus:
    """An asset's status words are those of a video (contract, GET /v3/assets/statuses)."""
    return _video_status(_read(_Completed, _data(document)).status)


def stopped_session_id(document: object) -> str:
    return _read(_Stopped, _data(document)).session_id


def account(document: object) -> Account:
    """Wallet, usage-based or subscription: whichever block is there tells the balance."""
    found = _read(_Account, _data(document))
    balance, unit = found.wallet.remaining_balance, found.wallet.currency
    if balance is None:
        balance, unit = found.usage_based.remaining_credits, "credits"
    if balance is None:
        balance = _subscription_credits(found.subscription)
    return Account(
        username=found.username,
        billing_type=found.billing_type,
        balance=balance,
        unit=unit if balance is not None else None,
    )


def _subscription_credits(subscription: dict[str, Any]) -> float | None:
    credits = _object(subscription.get("credits"))
    blocks = [_object(credits.get(name)) for name in ("premium_credits", "add_on_credits")]
    numbers = [_number_or_none(block.get("remaining")) for block in blocks]
    known = [number for number in numbers if number is not None]
    return sum(known) if known else None


def _video_status(word: str | None) -> VideoStatus:
    return VIDEO_WORDS.get((word or "").lower(), VideoStatus.RUNNING)


def _data(document: object) -> object:
    return document.get("data") if isinstance(document, dict) else None


def _read(model: type[_Model], value: object) -> _Model:
    try:
        return model.model_validate(value)
    except ValidationError as exc:
        places = {".".join(map(str, fault["loc"])) or "data" for fault in exc.errors()}
        raise ReplyUnreadable("missing or wrong: " + ", ".join(sorted(places))) from None
