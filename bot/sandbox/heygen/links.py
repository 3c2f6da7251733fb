"""The files behind the stand-in's links: signed, short-lived, and never asked for with a key."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping
from html import escape
from http import HTTPStatus
from pathlib import Path

from aiohttp import web

from bot.sandbox.heygen.state import SandboxVideo
from bot.sandbox.media import media_path

# Seven days: old page of GET /v1/video_status.get; v3 gives no figure.
LINK_LIFE_S = 7 * 24 * 3600

_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>
<style>body{{font:16px sans-serif;margin:4rem auto;max-width:44rem;padding:0 1rem}}
video{{max-width:100%;max-height:70vh}}</style>
<h1>{title}</h1><video controls src="{src}"></video><p>A sample video of the sandbox.</p></html>"""


class SignedFiles:
    """Makes links to a video's files and serves them. A link with no good signature is a 403.

    `video` stands for every video, instead of the packaged ones.
    """

    def __init__(self, videos: Mapping[str, SandboxVideo], now: Callable[[], float]) -> None:
        self.base_url = ""
        self.video: Path | None = None
        self._videos = videos
        self._now = now
        self._secret = secrets.token_bytes(32)

    def link(self, name: str) -> str:
        """A fresh link to /files/`name`, good for LINK_LIFE_S."""
        expires = str(int(self._now()) + LINK_LIFE_S)
        signature = self._sign(name, expires)
        return f"{self.base_url}/files/{name}?Expires={expires}&Signature={signature}"

    def page_url(self, video_id: str) -> str:
        return f"{self.base_url}/videos/{video_id}"

    async def serve(self, request: web.Request) -> web.StreamResponse:
        if "X-Api-Key" in request.headers:
            return web.Response(status=400, text="A download link carries no API key.")
        name = request.match_info["name"]
        if not self._is_good(name, request.query):
            return web.Response(status=403, text="AccessDenied: Request has expired")
        video_id, _, suffix = name.rpartition(".")
        video = self._videos[video_id]
        if suffix == "mp4" and not video.has_file:
            return _not_there_yet(video.session.outcome.late_file_status)
        if suffix == "mp4" and self.video is not None:
            return web.FileResponse(self.video)
        files = {"png": "thumbnail.png", "srt": "captions.srt"}
        packaged = files.get(suffix, f"{video.session.orientation}.mp4")
        return web.FileResponse(media_path(packaged))

    async def page(self, request: web.Request) -> web.StreamResponse:
        """What a person sees who opens video_page_url."""
        video = self._videos.get(request.match_info["video_id"])
        if video is None or video.status != "completed":
            raise web.HTTPNotFound
        title, src = escape(video.session.title), escape(self.link(f"{video.video_id}.mp4"))
        return web.Response(text=_PAGE.format(title=title, src=src), content_type="text/html")

    def _is_good(self, name: str, query: Mapping[str, str]) -> bool:
        expires, signature = query.get("Expires", ""), query.get("Signature", "")
        genuine = hmac.compare_digest(self._sign(name, expires).encode(), signature.encode())
        return genuine and self._now() < int(expires)

    def _sign(self, name: str, expires: str) -> str:
        text = f"{name}?{expires}".encode()
        return hmac.new(self._secret, text, hashlib.sha256).hexdigest()


def _not_there_yet(status: int) -> web.Response:
    """What a storage or its edge says of a file that has not reached it."""
    if status == HTTPStatus.OK:
        return web.Response(text="<html><body>One moment</body></html>", content_type="text/html")
    return web.Response(status=status, text="<Error><Code>NoSuchKey</Code></Error>")
