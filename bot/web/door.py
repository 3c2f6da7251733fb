"""What is checked of every request before any route sees it: nothing packed, nothing too large."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from bot.web.visitors import Visitor

# A view has 250 kB at most (FACTS of Slack, section 2); the largest payload is that of a shortcut
# on a message of 40,000 characters, at nine bytes for one of Japanese (section 6).
BODY_MAX_BYTES = 400_000
_BODY = web.RequestKey("body", bytes)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def at_the_door(request: web.Request, handler: Handler) -> web.StreamResponse:
    """The body of a request, whole and as it was sent, before anything else is done about it.

    Neither Slack nor HeyGen compresses what it sends.
    """
    if request.transport is None:
        return _refuse(400, "Gone already.")
    visitor = request.transport.get_protocol()
    assert isinstance(visitor, Visitor)
    visitor.head_is_here()
    try:
        request[_BODY] = await _whole_body(request)
    except _Refused as refused:
        visitor.is_refused()
        return _refuse(refused.status, str(refused))
    visitor.body_is_here()
    try:
        return await handler(request)
    finally:
        visitor.is_answered()


def body_of(request: web.Request) -> bytes:
    """What `at_the_door` took in."""
    return request[_BODY]


class _Refused(Exception):
    def __init__(self, status: int, why: str) -> None:
        self.status = status
        super().__init__(why)


async def _whole_body(request: web.Request) -> bytes:
    """As request.read() does, but for what came of a body that is broken off.

    That would stay in memory, held by the error's traceback, until Python looks for cycles. So
    no name here keeps a piece, and `body` is emptied.
    """
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise _Refused(415, "Nothing compressed is taken.")
    if (request.content_length or 0) > BODY_MAX_BYTES:
        raise _Refused(413, "Too large.")
    body = bytearray()
    try:
        while not request.content.at_eof():
            body += await request.content.readany()
            if len(body) > BODY_MAX_BYTES:  # sent in chunks, without saying how much
                raise _Refused(413, "Too large.")
        return bytes(body)
    except (ConnectionError, web.RequestPayloadError, HttpProcessingError):
        raise _Refused(400, "Not a whole request.") from None
    finally:
        body.clear()


def _refuse(status: int, text: str) -> web.Response:
    refusal = web.Response(status=status, text=text)
    refusal.force_close()
    return refusal
