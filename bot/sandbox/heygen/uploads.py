"""POST /v3/assets of the HeyGen stand-in: reads the one file of a form piece by piece."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from aiohttp import BodyPartReader, web

from bot.sandbox.heygen.checks import (
    ASSET_MAX_BYTES,
    RefusedError,
    check_fields,
    detect_type,
    invalid,
    require,
)
from bot.sandbox.heygen.edges import drain
from bot.sandbox.heygen.exchange import FORM_FIELDS

CHUNK_BYTES = 65_536
HEAD_BYTES = 512  # enough to tell the type


@dataclass(frozen=True)
class Upload:
    filename: str
    mime_type: str
    size_bytes: int
    sha256: str


async def read_upload(request: web.Request) -> Upload:
    """The file of the form field `file`; its bytes are hashed and forgotten."""
    if request.content_type != "multipart/form-data":
        raise invalid("Content-Type", "the body must be multipart/form-data")
    upload = None
    names: list[str] = []
    request[FORM_FIELDS] = names
    try:
        async for part in await request.multipart():
            name = getattr(part, "name", None) or ""
            names.append(name)
            check_fields({name: part}, {"file"})
            require(upload is None and isinstance(part, BodyPartReader), "file", "one file only")
            if isinstance(part, BodyPartReader):
                upload = await _read_part(part)
    except RefusedError:
        await drain(request)
        raise
    except ValueError:
        raise invalid(None, "the form cannot be read") from None
    if upload is None:
        raise invalid("file", "file is required")
    return upload


async def _read_part(part: BodyPartReader) -> Upload:
    head, size, digest = b"", 0, hashlib.sha256()
    while chunk := await part.read_chunk(CHUNK_BYTES):
        head += chunk[: HEAD_BYTES - len(head)]
        size += len(chunk)
        digest.update(chunk)
        if size > ASSET_MAX_BYTES:
            raise RefusedError(413, "payload_too_large", "A file may have 32 MB", param="file")
    require(size > 0, "file", "the file is empty")
    mime_type = detect_type(head)
    if mime_type is None:
        raise invalid("file", "this type of file is not accepted")
    return Upload(part.filename or "file", mime_type, size, digest.hexdigest())
