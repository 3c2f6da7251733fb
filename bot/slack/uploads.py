"""Files that the bot brings into threads, in Slack's three steps (port SlackUploads).

Not the SDK's `files_upload_v2`: it reads the whole file into memory (FACTS of Slack, section 7).
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from typing import Any

import httpx
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain import texts
from bot.domain.errors import SlackBusy, SlackRefused, SlackUnavailable
from bot.domain.ports.files import FileContent
from bot.files.client import file_client
from bot.files.pieces import PIECE_BYTES
from bot.screens import mrkdwn
from bot.screens.language import language_of
from bot.slack.client import is_direct
from bot.slack.errors import retry_after_s, slack_call, text_in

CHUNK_BYTES = PIECE_BYTES
TIMEOUT = httpx.Timeout(60.0, connect=10.0, write=120.0)  # for one step; the whole has WHOLE_S
WHOLE_S = 1_800.0  # 1 GB at 5 Mbit/s
ALT_TEXT_MAX_CHARS = 1_000  # Slack names no limit for alt_txt; screen readers read all of it


class SlackWebUploads:
    """SlackUploads over Slack's Web API; the client must come from `slack_client`."""

    def __init__(self, client: AsyncWebClient, *, tls: ssl.SSLContext | None = None) -> None:
        """`tls` is the context to share with the bot's other HTTP clients."""
        if client.retry_handlers:
            raise ValueError("this Slack client repeats requests by itself: use slack_client()")
        self._client = client
        self._api = httpx.URL(client.base_url)
        trusts_env = not is_direct(client.base_url)
        self._http = file_client(timeout=TIMEOUT, trusts_env=trusts_env, tls=tls)

    async def close(self) -> None:
        await self._http.aclose()

    async def upload(self, content: FileContent, *, alt_text: str = "", locale: str = "") -> str:
        """Ask for an address, then stream the bytes there; an upload never shared vanishes."""
        said = mrkdwn.clipped(language_of(locale)(alt_text), ALT_TEXT_MAX_CHARS)
        async with slack_call(may_repeat=True):
            answer = await self._client.files_getUploadURLExternal(
                filename=content.name, length=content.size_bytes, alt_txt=said or None
            )
            url, file_id = text_in(answer, "upload_url"), text_in(answer, "file_id")
        await self._send(self._address(url), content)
        return file_id

    async def share(self, file_id: str, channel_id: str, thread_ts: str | None) -> None:
        """Show an uploaded file, under the name it was uploaded with; sent exactly once."""
        async with slack_call(may_repeat=False):
            await self._client.files_completeUploadExternal(
                files=[{"id": file_id}],
                channel_id=channel_id,
                thread_ts=thread_ts,
            )

    async def is_shared(self, file_id: str, channel_id: str) -> bool:
        """Whether files.info names this channel; Slack may share a little after its answer."""
        async with slack_call(may_repeat=True):
            file: dict[str, Any] = dict((await self._client.files_info(file=file_id))["file"])
            shares: dict[str, Any] = file.get("shares") or {}
            named = {id_ for side in shares.values() for id_ in side}
            for key in ("channels", "groups", "ims"):
                named.update(file.get(key) or ())
        return channel_id in named

    def _address(self, text: str) -> httpx.URL:
        """Where the bytes go: the host of SLACK_API_URL, or any that Slack names with https."""
        try:
            url = httpx.URL(text)
        except httpx.InvalidURL:
            url = httpx.URL("")
        ours = (self._api.scheme, self._api.host, self._api.port)
        if not url.host or (url.scheme != "https" and (url.scheme, url.host, url.port) != ours):
            raise SlackRefused(texts.UPLOAD_UNSAFE, code="unsafe_address")
        return url

    async def _send(self, url: httpx.URL, content: FileContent) -> None:
        """POST the bytes. Whatever goes wrong has shown nothing to anybody."""
        headers = {
            "Content-Length": str(content.size_bytes),
            "Content-Type": "application/octet-stream",
        }
        try:
            async with asyncio.timeout(WHOLE_S):
                answer = await self._http.post(url, content=_bytes_of(content), headers=headers)
        except (httpx.HTTPError, OSError) as error:  # OSError: time, or the file
            raise SlackUnavailable(code="upload_failed") from error
        if answer.status_code == 429:
            raise SlackBusy(retry_after_s(answer.headers))
        if answer.status_code != 200:
            raise SlackUnavailable(code=f"upload_http_{answer.status_code}")


async def _bytes_of(content: FileContent) -> AsyncIterator[bytes]:
    """Exactly as many bytes as were announced, else OSError."""
    left = content.size_bytes
    file = await asyncio.to_thread(content.path.open, "rb")
    try:
        while chunk := await asyncio.to_thread(file.read, CHUNK_BYTES):
            left -= len(chunk)
            yield chunk
    finally:
        await asyncio.to_thread(file.close)
    if left:
        raise OSError("the file changed while it was uploaded")
