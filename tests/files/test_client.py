"""What is common to all who fetch and bring files."""

from __future__ import annotations

import httpx
import pytest

from bot.files.client import file_client, told_bytes

TIMEOUT = httpx.Timeout(5.0)


@pytest.mark.parametrize(
    ("told", "expected"),
    [("0", 0), ("1048576", 1_048_576), (None, None), ("", None), ("-1", None), ("٣", None)],
)
def test_length_is_believed_only_where_it_is_one(told: str | None, expected: int | None) -> None:
    headers = [] if told is None else [(b"Content-Length", told.encode())]

    assert told_bytes(httpx.Response(200, headers=headers)) == expected


async def test_redirect_is_not_followed() -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        return httpx.Response(302, headers={"Location": "/elsewhere"})

    transport = httpx.MockTransport(answer)
    async with file_client(
        timeout=TIMEOUT, trusts_env=False, tls=None, transport=transport
    ) as client:
        response = await client.get("https://files.test/a")

    assert (response.status_code, asked) == (302, ["/a"])
