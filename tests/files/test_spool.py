from __future__ import annotations

import asyncio
import hashlib
import threading
from pathlib import Path

import pytest

from bot.files.spool import spool_to

FULL = Path("/dev/full")  # takes no byte, as a full disk
PIECES = [[b"a" * 300_000, b"b"], [b"c" * 900_000], [b"d"]]
WHOLE = b"".join(b"".join(piece) for piece in PIECES)


async def test_pieces_arrive_in_their_order_with_their_checksum(tmp_path: Path) -> None:
    path = tmp_path / "file"

    async with spool_to(path) as spool:
        for piece in PIECES:
            await spool.put(piece)
        sha256 = await spool.sha256()

    assert await asyncio.to_thread(path.read_bytes) == WHOLE
    assert sha256 == hashlib.sha256(WHOLE).hexdigest()


async def test_nothing_put_is_an_empty_file(tmp_path: Path) -> None:
    async with spool_to(tmp_path / "file") as spool:
        sha256 = await spool.sha256()

    assert sha256 == hashlib.sha256().hexdigest()


async def fill_disk(with_error: Exception | None = None) -> None:
    async with spool_to(FULL) as spool:
        await spool.put(PIECES[1])
        if with_error:
            raise with_error
        await spool.sha256()


@pytest.mark.skipif(not FULL.exists(), reason="only Linux has it")
async def test_full_disk_is_told_at_the_latest_with_the_checksum() -> None:
    with pytest.raises(OSError, match="No space left"):
        await fill_disk()


@pytest.mark.skipif(not FULL.exists(), reason="only Linux has it")
async def test_other_error_comes_before_what_the_disk_says() -> None:
    with pytest.raises(RuntimeError, match="too large"):
        await fill_disk(RuntimeError("too large"))


async def test_cancelled_while_a_piece_is_written_waits_for_it_and_closes_the_file(
    tmp_path: Path,
) -> None:
    begun, may_end = threading.Event(), threading.Event()
    path = tmp_path / "file"

    class SlowPiece(list[bytes]):
        def __iter__(self):  # type: ignore[no-untyped-def]
            begun.set()
            may_end.wait(10)
            return super().__iter__()

    async def spool_slowly() -> None:
        async with spool_to(path) as spool:
            await spool.put(SlowPiece([b"slow"]))
            await spool.sha256()

    task = asyncio.create_task(spool_slowly())
    await asyncio.to_thread(begun.wait, 10)
    task.cancel()
    ended_early, _ = await asyncio.wait([task], timeout=0.05)
    may_end.set()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert not ended_early
    assert await asyncio.to_thread(path.read_bytes) == b"slow"
