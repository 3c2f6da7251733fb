"""What the HeyGen stand-in refuses: bodies, queries, files, checked by hand."""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
from collections.abc import Callable, Container, Mapping
from typing import Any
from urllib.parse import urlsplit

Body = Mapping[str, Any]
AssetType = Callable[[str, str], str]  # (asset id, name of the field) -> media type

PROMPT_MAX_CHARS = 10_000
FILES_MAX = 20
URL_MAX_CHARS = 2048
ASSET_MAX_BYTES = 33_554_432  # 32 MiB; whether HeyGen means 32 000 000 is not known
PAGE_MAX = 100
STATUS_IDS_MAX = 100
IDEMPOTENCY_KEY = re.compile(r"[A-Za-z0-9_\-:.]{1,255}")
BASE64_TYPE = re.compile(
    r"image/(png|jpeg)|video/(mp4|webm)|audio/(mpeg|mp3|wav|x-wav)|application/pdf"
)
SRT_TYPE = "application/x-subrip"  # may be uploaded, but a Video Agent does not take it
_SRT_START = re.compile(rb"(\xef\xbb\xbf)?\d+\r?\n\d\d:\d\d:\d\d,\d{3} --> ")
_MP4_BRANDS_OF_OTHERS = (b"qt  ", b"heic", b"heix", b"mif1", b"avif", b"M4A ")


class RefusedError(Exception):
    """The request is refused with this status and HeyGen's error envelope."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        param: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message
        self.param, self.headers = param, headers

    def envelope(self) -> dict[str, Any]:
        error = {"code": self.code, "message": self.message}
        return {"error": error | ({"param": self.param} if self.param else {})}


def invalid(param: str | None, message: str) -> RefusedError:
    return RefusedError(400, "invalid_parameter", message, param=param)


def require(condition: bool, param: str, message: str) -> None:
    if not condition:
        raise invalid(param, message)


def check_fields(body: Body, allowed: Container[str], where: str = "") -> None:
    """Bodies are closed: a field that HeyGen does not know is a 422."""
    for name in body:
        if name not in allowed:
            raise RefusedError(
                422, "unprocessable", f"Unknown field: {where}{name}", param=where + name
            )


def check_create(body: Body, asset_type: AssetType) -> None:
    """The body of POST /v3/video-agents; `asset_type` refuses assets that cannot be used."""
    check_fields(body, _CREATE_CHECKS)
    _check_prompt(body.get("prompt"), "prompt")
    for name, check in _CREATE_CHECKS.items():
        if name in body:
            check(body[name], name)
    _check_files(body.get("files"), asset_type)
    if body.get("callback_id") is not None and body.get("callback_url") is None:
        raise invalid("callback_id", "callback_id needs callback_url")


def _check_prompt(value: Any, name: str) -> None:
    require(isinstance(value, str), name, "prompt is required and must be text")
    require(0 < len(value) <= PROMPT_MAX_CHARS, name, "prompt must have 1 to 10000 characters")


def _check_id(value: Any, name: str) -> None:
    fits = value is None or (isinstance(value, str) and value != "")
    require(fits, name, f"{name} must be a non-empty string or null")


def _one_of(*allowed: str | None) -> Callable[[Any, str], None]:
    def check(value: Any, name: str) -> None:
        fits = (value is None or isinstance(value, str)) and value in allowed
        require(fits, name, f"{name} must be one of {allowed}")

    return check


def _check_flag(value: Any, name: str) -> None:
    require(isinstance(value, bool), name, f"{name} must be true or false")


def _check_callback_url(value: Any, name: str) -> None:
    if value is not None:
        fits = is_https_url(value) or is_loopback_url(value)
        require(fits, name, "callback_url must be an https address")


def _check_file_list(value: Any, name: str) -> None:
    require(value is None or isinstance(value, list), name, "files must be a list or null")
    require(value is None or len(value) <= FILES_MAX, name, "at most 20 files")


_CREATE_CHECKS: dict[str, Callable[[Any, str], None]] = {
    "prompt": _check_prompt,
    "mode": _one_of("generate", "chat"),
    "avatar_id": _check_id,
    "voice_id": _check_id,
    "style_id": _check_id,
    "brand_kit_id": _check_id,
    "orientation": _one_of("landscape", "portrait", None),
    "files": _check_file_list,
    "callback_url": _check_callback_url,
    "callback_id": _check_id,
    "incognito_mode": _check_flag,
}

# The fields of a file besides `type`, for each of its three kinds.
_FILE_FIELDS = {"url": {"url"}, "asset_id": {"asset_id"}, "base64": {"media_type", "data"}}


def _check_files(files: list[Any] | None, asset_type: AssetType) -> None:
    for position, file in enumerate(files or []):
        _check_file(file, f"files[{position}]", asset_type)


def _check_file(file: Any, name: str, asset_type: AssetType) -> None:
    kind = file.get("type") if isinstance(file, dict) else None
    if not isinstance(kind, str) or kind not in _FILE_FIELDS:
        raise invalid(f"{name}.type", "a file is one of url, asset_id, base64")
    check_fields(file, _FILE_FIELDS[kind] | {"type"}, f"{name}.")
    for field in sorted(_FILE_FIELDS[kind]):
        value = file.get(field)
        require(isinstance(value, str) and value != "", f"{name}.{field}", f"{field} is required")
    if kind == "url":
        fits = is_https_url(file["url"]) or is_loopback_url(file["url"])
        require(fits, f"{name}.url", "url must be an https address")
    elif kind == "asset_id":
        kind = asset_type(file["asset_id"], f"{name}.asset_id")
        require(kind != SRT_TYPE, f"{name}.asset_id", "this type is not accepted here")
    else:
        _check_base64(file, name)


def _check_base64(file: Body, name: str) -> None:
    known = BASE64_TYPE.fullmatch(file["media_type"]) is not None
    require(known, f"{name}.media_type", "this media type is not accepted")
    try:
        data = base64.b64decode(file["data"], validate=True)
    except (binascii.Error, ValueError):
        raise invalid(f"{name}.data", "data is not base64") from None
    if len(data) > ASSET_MAX_BYTES:
        raise RefusedError(413, "payload_too_large", "A file may have 32 MB", param=name)


def _is_url(value: Any) -> bool:
    if not isinstance(value, str) or len(value) > URL_MAX_CHARS:
        return False
    if not value.isascii() or re.search(r"[\s<>\"{}|\\^`\x00-\x1f]", value):
        return False
    try:
        return bool(urlsplit(value).hostname) and urlsplit(value).port != 0
    except ValueError:
        return False


def is_https_url(value: Any) -> bool:
    return _is_url(value) and str(value).startswith("https://")


def is_loopback_url(value: Any) -> bool:
    """An http or https address of this machine. HeyGen takes no http, the stand-in does."""
    if not _is_url(value) or not re.match(r"https?://", str(value)):
        return False
    host = urlsplit(value).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check_idempotency_key(key: str) -> None:
    fits = IDEMPOTENCY_KEY.fullmatch(key) is not None
    require(fits, "Idempotency-Key", "1 to 255 letters, digits and _ - : . are allowed")


def page_limit(query: Mapping[str, str], default: int = 20) -> int:
    text = query.get("limit", str(default))
    fits = re.fullmatch(r"\d{1,3}", text) is not None and 1 <= int(text) <= PAGE_MAX
    require(fits, "limit", "limit must be a number from 1 to 100")
    return int(text)


def status_ids(
    query: Mapping[str, str], parameter: str = "video_ids"
) -> tuple[list[str], list[str]]:
    """The ids of videos (or what `parameter` names) and of batches whose statuses are asked for."""
    ids, batches = (
        [part.strip() for part in query.get(name, "").split(",") if part.strip()]
        for name in (parameter, "batch_ids")
    )
    require(bool(ids or batches), parameter, f"{parameter} or batch_ids is required")
    require(len(ids) + len(batches) <= STATUS_IDS_MAX, parameter, "at most 100 ids")
    return ids, batches


def detect_type(head: bytes) -> str | None:
    """The type of a file by its first bytes; None for a type that HeyGen does not take."""
    if head[4:8] == b"ftyp":
        return None if head[8:12] in _MP4_BRANDS_OF_OTHERS else "video/mp4"
    if head.startswith(b"\x1aE\xdf\xa3"):
        return "video/webm" if b"webm" in head[:64] else None
    if head.startswith(b"RIFF"):
        return "audio/wav" if head[8:12] == b"WAVE" else None
    if _SRT_START.match(head):
        return SRT_TYPE
    starts = {
        b"\x89PNG\r\n\x1a\n": "image/png",
        b"\xff\xd8\xff": "image/jpeg",
        b"%PDF-": "application/pdf",
        b"ID3": "audio/mpeg",
        b"\xff\xfb": "audio/mpeg",
        b"\xff\xf3": "audio/mpeg",
        b"\xff\xf2": "audio/mpeg",
    }
    return next((kind for start, kind in starts.items() if head.startswith(start)), None)
