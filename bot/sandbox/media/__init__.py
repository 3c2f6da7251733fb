"""Small real files of our own making that the stand-ins hand out; make.sh makes them anew."""

from __future__ import annotations

from pathlib import Path


def media_path(name: str) -> Path:
    """Where the packaged file `name` lies, for example "landscape.mp4"."""
    return Path(__file__).parent / name
