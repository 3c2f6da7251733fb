"""A stream of small chunks as few large pieces: each piece costs a turn of the disk's thread."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator

PIECE_BYTES = 1024 * 1024


async def in_pieces(
    chunks: AsyncIterable[bytes], least_bytes: int = PIECE_BYTES
) -> AsyncIterator[list[bytes]]:
    """The same bytes in the same order, gathered until there are `least_bytes` or no more."""
    piece: list[bytes] = []
    size = 0
    async for chunk in chunks:
        piece.append(chunk)
        size += len(chunk)
        if size >= least_bytes:
            yield piece
            piece, size = [], 0
    if piece:
        yield piece
