"""What a person's file is called where it goes: a name, never a path, that every system takes."""

from __future__ import annotations

import re
import unicodedata

NAME_MAX_BYTES = 255  # HeyGen: 255 characters (contract, filename); file systems: 255 bytes
NAMELESS = "attachment"

_ENDING_MAX_BYTES = 16
_SEPARATORS = re.compile(r"[/\\]")


def plain_file_name(name: str) -> str:
    """The last piece of what may be a path, without what cannot be read, as long as is taken.

    Never empty; a name that is plain already stays as it is.
    """
    last = _SEPARATORS.split(name)[-1]
    readable = "".join(char for char in last if char.isprintable() or char.isspace())
    spaced = " ".join(unicodedata.normalize("NFC", readable).split())
    return _cut(spaced.strip(" .")) or NAMELESS


def _cut(name: str) -> str:
    """At most NAME_MAX_BYTES; the ending is kept."""
    stem, dot, ending = name.rpartition(".")
    if not stem or len(ending.encode()) > _ENDING_MAX_BYTES:
        stem, dot, ending = name, "", ""
    room = NAME_MAX_BYTES - len(f"{dot}{ending}".encode())
    return stem.encode()[:room].decode(errors="ignore").rstrip(" .") + dot + ending
