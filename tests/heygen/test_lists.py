"""Lists of HeyGen, page by page: their ends, and the lines that can be read."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest

from bot.domain.errors import VideoAgentError
from bot.heygen.connection import Connection
from bot.heygen.lists import ID_MAX_CHARS, TEXT_MAX_CHARS, id_of, lines_of, text_of
from tests.heygen.conftest import KEY

Page = dict[str, Any]
Pages = Callable[[str | None], Page]


@pytest.fixture
async def read() -> AsyncIterator[Callable[[Pages], Any]]:
    """read(pages): the ids of every page; `pages` answers the token asked with, None at first."""
    opened: list[Connection] = []

    async def ids(pages: Pages) -> list[list[str]]:
        def handler(request: httpx.Request) -> httpx.Response:
            return httpx.Response(200, json=pages(request.url.params.get("token")))

        opened.append(
            Connection(KEY, "https://api.heygen.com", transport=httpx.MockTransport(handler))
        )
        found = lines_of(opened[0], "/v3/voices", {}, "voice_id")
        return [[line["voice_id"] for line in lines] async for lines in found]

    yield ids
    for connection in opened:
        await connection.close()


def page(*ids: object, token: str | None = None, **more: object) -> Page:
    return {"data": [{"voice_id": id_} for id_ in ids], "next_token": token, **more}


async def test_pages_are_read_up_to_the_last(read: Callable[[Pages], Any]) -> None:
    pages = {None: page("a", "b", token="t1"), "t1": page("c")}

    assert await read(lambda token: pages[token]) == [["a", "b"], ["c"]]


async def test_list_that_says_there_is_no_more_is_believed(read: Callable[[Pages], Any]) -> None:
    assert await read(lambda _: page("a", token="t1", has_more=False)) == [["a"]]


async def test_list_that_comes_round_to_where_it_was_is_given_up(
    read: Callable[[Pages], Any],
) -> None:
    with pytest.raises(VideoAgentError, match="endless_list"):
        await read(lambda _: page("a", token="t1"))


async def test_lines_without_an_id_are_left_out(read: Callable[[Pages], Any]) -> None:
    assert await read(lambda _: page("a", None, "", ["x"])) == [["a"]]


@pytest.mark.parametrize("odd", [{}, {"data": {}}, page(None, "")])
async def test_page_of_nothing_to_read_is_an_error(read: Callable[[Pages], Any], odd: Page) -> None:
    with pytest.raises(VideoAgentError):
        await read(lambda _: odd)


@pytest.mark.parametrize(
    ("value", "id_"),
    [("a-1", "a-1"), (17, "17"), (True, ""), (None, ""), ("a\n", ""), ("x" * 256, "")],
)
def test_id_is_readable_text_or_nothing(value: object, id_: str) -> None:
    assert id_of(value) == id_
    assert len(id_of("x" * ID_MAX_CHARS)) == ID_MAX_CHARS


@pytest.mark.parametrize(
    ("value", "text"),
    [(" two\nlines ", "two lines"), (5, ""), (None, ""), ("👩\u200d🚀", "👩\u200d🚀")],
)
def test_text_is_one_line(value: object, text: str) -> None:
    assert text_of(value) == text
    assert len(text_of("x" * 999)) == TEXT_MAX_CHARS
