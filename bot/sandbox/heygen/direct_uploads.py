"""Direct uploads of the HeyGen stand-in: an address to PUT a large file to, complete, status.

The storage stands for S3 behind a presigned address: it wants exactly what was agreed on, it
answers in XML, and it has never heard of API keys.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from bot.sandbox.heygen.answers import asset_uploaded, page, single
from bot.sandbox.heygen.checks import (
    RefusedError,
    check_fields,
    detect_type,
    invalid,
    require,
    status_ids,
)
from bot.sandbox.heygen.edges import drain, json_body
from bot.sandbox.heygen.state import SandboxAsset

ADDRESS_LIFE_S = 3600  # contract, samples: expires_in_seconds
MAX_BYTES = 500_000_000  # contract, samples: max_bytes
CHUNK_BYTES = 1_048_576
HEAD_BYTES = 512  # enough to tell the type
_CONTENT_TYPE = re.compile(r"[a-z]+/[A-Za-z0-9.+-]+")
_CHECKSUM = re.compile(r"[A-Fa-f0-9]{64}")
_FIELDS = ("filename", "content_type", "size_bytes", "checksum_sha256")


@dataclass(frozen=True)
class Arrived:
    """What a PUT brought; the bytes are hashed and forgotten."""

    sha256: str
    mime_type: str | None


@dataclass
class PendingUpload:
    """One agreed upload: waiting for its bytes, waiting for complete, or an asset."""

    asset_id: str
    filename: str
    content_type: str
    size_bytes: int
    checksum_sha256: str | None
    idempotency_key: str | None
    expires_at: float
    token: str
    arrived: Arrived | None = None


class DirectUploads:
    """Keeps what was agreed on; a complete upload becomes one of `assets`."""

    def __init__(
        self, assets: dict[str, SandboxAsset], processing_s: float, now: Callable[[], float]
    ) -> None:
        self.base_url = ""
        self.max_bytes = MAX_BYTES
        self.pending: dict[str, PendingUpload] = {}
        self._assets = assets
        self.processing_s = processing_s
        self._now = now

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/v3/assets/direct-uploads", self._agree),
            web.get("/v3/assets/statuses", self._statuses),
            web.post("/v3/assets/{asset_id}/complete", self._complete),
            web.put("/storage/{asset_id}", self._store),
        ]

    def usable_type(self, asset_id: str, where: str) -> str:
        """The media type of an asset that a session may use; every other one is refused."""
        if asset_id in self.pending:
            raise RefusedError(
                409, "resource_not_ready", f"Asset {asset_id} is not complete", param=where
            )
        if asset_id not in self._assets:
            raise RefusedError(404, "asset_not_found", f"No asset {asset_id}", param=where)
        if self._status(asset_id) != "completed":
            raise RefusedError(
                409, "asset_not_available", f"Asset {asset_id} is being processed", param=where
            )
        return self._assets[asset_id].mime_type

    # -- the API ---------------------------------------------------------------------------

    async def _agree(self, request: web.Request) -> web.Response:
        body = await json_body(request)
        _check_agreement(body)
        upload = PendingUpload(
            asset_id=f"asset_{secrets.token_hex(8)}",
            filename=body["filename"],
            content_type=body["content_type"],
            size_bytes=body["size_bytes"],
            checksum_sha256=body.get("checksum_sha256"),
            idempotency_key=request.headers.get("Idempotency-Key"),
            expires_at=self._now() + ADDRESS_LIFE_S,
            token=secrets.token_hex(16),
        )
        self.pending[upload.asset_id] = upload
        return web.json_response(single(self._agreement(upload)))

    def _agreement(self, upload: PendingUpload) -> dict[str, Any]:
        url = f"{self.base_url}/storage/{upload.asset_id}?X-Signature={_signature(upload)}"
        return {
            "asset_id": upload.asset_id,
            "upload_url": url,
            "upload_headers": _wanted(upload),
            "expires_in_seconds": ADDRESS_LIFE_S,
            "max_bytes": self.max_bytes,
            "status": "pending_upload",
        }

    async def _complete(self, request: web.Request) -> web.Response:
        asset_id = request.match_info["asset_id"]
        body = await json_body(request)
        check_fields(body, ("checksum_sha256",))
        checksum = body.get("checksum_sha256")
        _check_checksum(checksum)
        if asset_id in self.pending:
            self._take(self.pending[asset_id], checksum)
        if asset_id not in self._assets:
            raise RefusedError(404, "asset_not_found", f"No asset {asset_id}")
        told = asset_uploaded(self._assets[asset_id], self.base_url)
        return web.json_response(single(told | {"status": self._status(asset_id)}))

    def _take(self, upload: PendingUpload, checksum: str | None) -> None:
        """The upload becomes an asset, if what came is what was announced."""
        arrived = upload.arrived
        if arrived is None:
            raise RefusedError(409, "resource_not_ready", "Nothing has been uploaded yet")
        for announced in (upload.checksum_sha256, checksum):
            fits = announced is None or announced.lower() == arrived.sha256
            require(fits, "checksum_sha256", "the bytes have another checksum")
        if arrived.mime_type is None:
            raise invalid("content_type", "this type of file is not accepted")
        require(arrived.mime_type == upload.content_type, "content_type", "the bytes are not that")
        del self.pending[upload.asset_id]
        self._assets[upload.asset_id] = SandboxAsset(
            asset_id=upload.asset_id,
            filename=upload.filename,
            mime_type=arrived.mime_type,
            size_bytes=upload.size_bytes,
            sha256=arrived.sha256,
            idempotency_key=upload.idempotency_key,
            created_at=self._now(),
            ready_at=self._now() + self.processing_s,
        )

    async def _statuses(self, request: web.Request) -> web.Response:
        assets, batches = status_ids(request.query, "asset_ids")
        entries = [{"video_id": one, "status": self._status(one)} for one in assets]
        entries += [{"batch_id": one, "status": "not_found"} for one in batches]
        return web.json_response(page(entries))

    def _status(self, asset_id: str) -> str:
        if asset_id in self.pending:
            return "pending"
        if asset_id not in self._assets:
            return "not_found"
        return "completed" if self._now() >= self._assets[asset_id].ready_at else "processing"

    # -- the storage -----------------------------------------------------------------------

    async def _store(self, request: web.Request) -> web.Response:
        refusal = self._refusal(request)
        if refusal is not None:
            await drain(request)
            return refusal
        upload = self.pending[request.match_info["asset_id"]]
        head, digest = b"", hashlib.sha256()
        # Ends with an error when the sender hangs up: storage keeps nothing of it.
        async for chunk in request.content.iter_chunked(CHUNK_BYTES):
            head += chunk[: HEAD_BYTES - len(head)]
            digest.update(chunk)
        upload.arrived = Arrived(digest.hexdigest(), detect_type(head))
        return web.Response(status=200)

    def _refusal(self, request: web.Request) -> web.Response | None:
        """What is wrong with a PUT before its first byte; None when nothing is."""
        if "X-Api-Key" in request.headers or "Authorization" in request.headers:
            return _xml(400, "InvalidRequest")
        upload = self.pending.get(request.match_info["asset_id"])
        signature = request.query.get("X-Signature", "")
        if upload is None or self._now() >= upload.expires_at:
            return _xml(403, "AccessDenied")
        if not hmac.compare_digest(signature.encode(), _signature(upload).encode()):
            return _xml(403, "SignatureDoesNotMatch")
        if any(request.headers.get(name) != value for name, value in _wanted(upload).items()):
            return _xml(403, "SignatureDoesNotMatch")
        if request.content_length is None:
            return _xml(411, "MissingContentLength")
        if request.content_length > self.max_bytes:
            return _xml(400, "EntityTooLarge")
        if request.content_length != upload.size_bytes:
            return _xml(403, "SignatureDoesNotMatch")
        return None


def _wanted(upload: PendingUpload) -> dict[str, str]:
    """The headers that belong to the address."""
    return {"Content-Type": upload.content_type, "x-amz-meta-upload": upload.token}


def _signature(upload: PendingUpload) -> str:
    text = f"{upload.asset_id}/{upload.expires_at}"
    return hmac.new(upload.token.encode(), text.encode(), hashlib.sha256).hexdigest()


def _xml(status: int, code: str) -> web.Response:
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code></Error>'
    return web.Response(status=status, text=text, content_type="application/xml")


def _check_agreement(body: dict[str, Any]) -> None:
    check_fields(body, _FIELDS)
    name, kind, size = body.get("filename"), body.get("content_type"), body.get("size_bytes")
    fits = isinstance(name, str) and 1 <= len(name) <= 255
    require(fits, "filename", "filename must have 1 to 255 characters")
    fits = isinstance(kind, str) and _CONTENT_TYPE.fullmatch(kind) is not None
    require(fits, "content_type", "content_type must be a media type")
    fits = isinstance(size, int) and not isinstance(size, bool) and size >= 1
    require(fits, "size_bytes", "size_bytes must be a whole number from 1")
    _check_checksum(body.get("checksum_sha256"))


def _check_checksum(value: Any) -> None:
    fits = value is None or (isinstance(value, str) and _CHECKSUM.fullmatch(value) is not None)
    require(fits, "checksum_sha256", "checksum_sha256 must be 64 hex digits or null")
