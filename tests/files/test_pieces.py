"""Small chunks become few large pieces, and no byte is lost."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.files.pieces import in_pieces


async def stream(chunks: list[bytes]) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


@given(st.lists(st.binary(max_size=20), max_size=30), st.integers(1, 50))
async def test_any_stream_comes_whole_and_in_order(chunks: list[bytes], least: int) -> None:
    pieces = [piece async for piece in in_pieces(stream(chunks), least)]

    assert [chunk for piece in pieces for chunk in piece] == chunks
    assert all(sum(map(len, piece)) >= least for piece in pieces[:-1])


@pytest.mark.parametrize(
    ("sizes", "pieces"), [([], []), ([3, 3], [[3, 3]]), ([4, 4, 1], [[4, 4], [1]]), ([9], [[9]])]
)
async def test_piece_ends_with_the_chunk_that_fills_it(
    sizes: list[int], pieces: list[list[int]]
) -> None:
    chunks = [b"x" * size for size in sizes]

    found = [piece async for piece in in_pieces(stream(chunks), 8)]

    assert [list(map(len, piece)) for piece in found] == pieces
