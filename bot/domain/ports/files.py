"""Files on this machine, and links that people gave."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True)
class FileContent:
    """A downloaded file on this machine, gone when its context ends."""

    path: Path
    name: str
    media_type: str  # from the bytes, e.g. "image/png"; "text/plain" for text
    size_bytes: int
    sha256: str = ""  # hex, where it was worked out on the way here


class Links(Protocol):
    """Links that people gave as attachments. No key, token or cookie of ours goes there."""

    async def check(self, url: str) -> None:
        """Look at the first bytes of what is there, for HeyGen will fetch it later.

        Raises AttachmentUnusable: a web page, a type or size that HeyGen does not take from a
        link, an address that is not public, no answer (asked for twice).
        """
        ...
