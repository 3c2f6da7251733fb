"""A HeyGen that is one function of a test: what it is asked and answers is told to the hook too."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import httpx

from bot.sandbox.heygen.exchange import Exchange, tell
from tests.contract.heygen import route_for

API_PREFIX = "/v3/"  # all else in a test's function is somebody's storage
_FIELD = re.compile(rb'form-data; name="([^"]*)"')


class ContractedTransport(httpx.MockTransport):
    """`odd`: the function answers on purpose what HeyGen's contract does not know."""

    def __init__(self, handler: Callable[[httpx.Request], Any], *, odd: bool = False) -> None:
        super().__init__(handler)
        self._odd = odd

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await super().handle_async_request(request)
        path = request.url.raw_path.decode().partition("?")[0]
        if path.startswith(API_PREFIX):
            tell(self._exchange(path, request, answer))
        return answer

    def _exchange(self, path: str, request: httpx.Request, answer: httpx.Response) -> Exchange:
        content, kind = request.content, request.headers.get("Content-Type", "")
        is_form = kind.startswith("multipart/form-data")
        fields = tuple(name.decode() for name in _FIELD.findall(content)) if is_form else None
        return Exchange(
            method=request.method,
            route=route_for(request.method, path),
            path=path,
            query=dict(request.url.params),
            headers=request.headers,
            status=answer.status_code,
            answer_headers=answer.headers,
            answer=b"" if self._odd else answer.content,
            json_body=content if kind == "application/json" else None,
            form_fields=fields,
            has_body=bool(content),
            odd=self._odd,
        )
