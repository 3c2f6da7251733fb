"""The bytes of files: uploads streamed to disk, downloads served to whoever holds the bot token."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import BinaryIO

from aiohttp import BodyPartReader, web

from bot.sandbox import cut_answers
from bot.sandbox.slack.state import SlackFile, Upload
from bot.sandbox.slack.workspace import Workspace

CHUNK_BYTES = 256 * 1024
LOGIN_PAGE = (
    "<!DOCTYPE html><html><head><title>Slack</title></head>"
    "<body><form id='signin_form'>Sign in to your workspace</form></body></html>"
)


def login_page() -> web.Response:
    """What Slack sends instead of a file when it does not know the caller: HTML with status 200."""
    return web.Response(text=LOGIN_PAGE, content_type="text/html")


async def _sent_bytes(request: web.Request) -> AsyncIterator[bytes]:
    """The file's bytes, sent raw or as the first file part of a form."""
    if not request.content_type.startswith("multipart/"):
        async for chunk in request.content.iter_chunked(CHUNK_BYTES):
            yield chunk
        return
    part = await (await request.multipart()).next()
    while isinstance(part, BodyPartReader) and (chunk := await part.read_chunk(CHUNK_BYTES)):
        yield chunk


async def _keep(chunks: AsyncIterator[bytes], path: Path, most: int) -> int:
    """How many bytes came; stops as soon as there are more than promised."""
    handle: BinaryIO = await asyncio.to_thread(path.open, "wb")
    kept = 0
    try:
        async for chunk in chunks:
            kept += len(chunk)
            if kept > most:
                break
            await asyncio.to_thread(handle.write, chunk)
    finally:
        await asyncio.to_thread(handle.close)
    return kept


async def receive_upload(state: Workspace, request: web.Request) -> web.Response:
    upload = state.uploads.get(request.match_info["token"])
    if upload is None or upload.file.completed:
        return web.Response(status=404, text="no such upload")
    path = state.folder / upload.file.id
    kept = await _keep(_sent_bytes(request), path, upload.length)
    return _finish(state, upload, path, kept)


def _finish(state: Workspace, upload: Upload, path: Path, kept: int) -> web.Response:
    if kept != upload.length:
        path.unlink()
        return web.Response(status=400, text=f"length mismatch: {upload.length} was promised")
    upload.file.content = path
    state.changed()
    return web.Response(text=f"OK - {kept}")


async def send_half_of_file(state: Workspace, request: web.Request) -> web.StreamResponse:
    """Half of a file, as `cut_answers` does it."""
    file = file_of(state, request)
    content = file.content if file is not None else None
    whole = await asyncio.to_thread(content.read_bytes) if isinstance(content, Path) else content
    return await cut_answers.send_half(request, whole or b"")


def file_of(state: Workspace, request: web.Request) -> SlackFile | None:
    """The file if this workspace has it; one of the same id elsewhere is another file."""
    team_id, _, file_id = request.match_info["owner"].rpartition("-")
    file = state.files.get(file_id)
    return file if file is not None and file.team_id == team_id else None


def send_file(state: Workspace, request: web.Request) -> web.StreamResponse:
    """For whoever holds a good token of this workspace."""
    file = file_of(state, request)
    if "files:read" not in state.scopes:
        return login_page()
    if file is None or file.deleted or file.content is None or file.is_external:
        return web.Response(status=404, text="file not found")
    if file.html_login:
        return login_page()
    if file.scanning_reads > 0:
        file.scanning_reads -= 1
        return web.Response(status=404, text="the file is still being scanned")
    headers = {"Content-Type": file.mimetype}
    if isinstance(file.content, Path):
        return web.FileResponse(file.content, chunk_size=CHUNK_BYTES, headers=headers)
    return web.Response(body=file.content, headers=headers)
