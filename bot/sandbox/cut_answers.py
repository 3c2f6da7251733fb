"""An answer that breaks off in the middle, the same on both platforms."""

from __future__ import annotations

from aiohttp import web


async def send_half(
    request: web.Request, whole: bytes, *, status: int = 200, content_type: str | None = None
) -> web.StreamResponse:
    """The whole length is announced, half of the bytes come, and then nobody is there."""
    answer = web.StreamResponse(status=status, headers={"Content-Length": str(len(whole))})
    if content_type is not None:
        answer.content_type = content_type
    await answer.prepare(request)
    await answer.write(whole[: len(whole) // 2])
    if request.transport is not None:
        request.transport.close()  # what was written still goes out
    return answer
