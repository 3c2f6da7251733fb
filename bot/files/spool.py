"""A download on its way to disk: a thread writes and hashes one piece while the next one comes."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import BinaryIO


class Spool:
    """At most two pieces are in memory: the one that is written and the one that is put."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._digest = hashlib.sha256()
        self._writing: asyncio.Future[None] | None = None

    async def put(self, piece: list[bytes]) -> None:
        """Begin to write this one; raises OSError when the one before could not be written."""
        await self._written()
        self._writing = asyncio.ensure_future(asyncio.to_thread(self._write, piece))

    async def sha256(self) -> str:
        """Of all that was put, hex, once it is written; raises OSError."""
        await self._written()
        await asyncio.to_thread(self._file.flush)
        return self._digest.hexdigest()

    async def settle(self) -> None:
        """Nothing is being written any more, however it went."""
        if self._writing is not None:
            await asyncio.wait([self._writing])
            self._writing.exception()  # told by `put` or `sha256`, or wanted by nobody

    async def _written(self) -> None:
        if self._writing is not None:
            await asyncio.shield(self._writing)  # a thread cannot be stopped half way
            self._writing = None

    def _write(self, piece: list[bytes]) -> None:
        whole = b"".join(piece)  # one turn at the interpreter's lock instead of many
        self._file.write(whole)
        self._digest.update(whole)


@asynccontextmanager
async def spool_to(path: Path) -> AsyncIterator[Spool]:
    """The file is closed when the context ends."""
    file = await asyncio.to_thread(path.open, "wb")
    spool = Spool(file)
    try:
        yield spool
    finally:
        try:
            await spool.settle()
        finally:
            await asyncio.to_thread(file.close)
