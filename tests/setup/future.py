"""A folder of wheels, as an index may be in a year: the locked ones and newer releases of all."""

from __future__ import annotations

import re
import sys
import zipfile
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.markers import Marker

PROJECT = Path(__file__).parents[2]
LOCKS = ("requirements.lock", "requirements-build.lock", "requirements-dev.lock")
OLDEST_PIP = Path(sys.prefix) / "oldest-pip"  # `make setup` put it there
_ENTRY = re.compile(
    r"^([a-z0-9-]+)==([^ ;\n]+)( ; [^\\\n]+)?(?: \\\n    --hash=sha256:\w+)+$", re.M
)


@dataclass(frozen=True)
class Locked:
    """One entry of a lock file."""

    name: str
    version: str
    marker: str = ""

    @property
    def is_for_this_python(self) -> bool:
        return not self.marker or Marker(self.marker).evaluate()

    @property
    def newer(self) -> Locked:
        """The release of tomorrow: its last number is one higher."""
        *first, last = self.version.split(".")
        return Locked(self.name, ".".join([*first, str(int(last) + 1)]))

    @cached_property
    def installed(self) -> Distribution | None:
        """What this test runs with; None for a package of another system."""
        try:
            return distribution(self.name)
        except PackageNotFoundError:
            return None


def entries(lock: str) -> list[Locked]:
    """Everything that the text of a lock file names."""
    found = [Locked(name, version, marker[3:]) for name, version, marker in _ENTRY.findall(lock)]
    assert len(found) == len(re.findall(r"^[^\s#]", lock, re.M)), "a line that is no entry"
    return found


def versions(lock: str) -> dict[str, str]:
    """What has to be installed here, by name."""
    return {each.name: each.version for each in entries(lock) if each.is_for_this_python}


class Future:
    """The wheels, and the locks that name those of today; neither is a real download.

    Most wheels are hollow: name, version and what they require, as the real ones say. pip and the
    build backend work for the set-up itself, so theirs hold the files that are installed here.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        texts = {name: (PROJECT / name).read_text("utf-8") for name in LOCKS}
        self.working = {"pip", *versions(texts["requirements-build.lock"])}
        everything = {each for text in texts.values() for each in entries(text)}
        hashes = {each: self._today(each) for each in everything}
        for each in everything:
            _wheel(folder, each.newer, _metadata(each.newer, each.installed), {})
        (pip,) = OLDEST_PIP.glob("pip-*.whl")
        (folder / pip.name).write_bytes(pip.read_bytes())
        self.locks = {name: _relocked(text, hashes) for name, text in texts.items()}

    def _today(self, each: Locked) -> str:
        files = _files(each.installed) if each.name in self.working and each.installed else {}
        return _wheel(self.folder, each, _metadata(each, each.installed), files)


def _metadata(each: Locked, real: Distribution | None) -> str:
    lines = ["Metadata-Version: 2.1", f"Name: {each.name}", f"Version: {each.version}"]
    for header in ("Requires-Dist", "Provides-Extra") if real else ():
        lines += [f"{header}: {value}" for value in real.metadata.get_all(header) or []]
    return "\n".join(lines) + "\n"


def _files(real: Distribution) -> dict[str, bytes]:
    """All that the package brought, but what the installation wrote."""
    kept = [path for path in real.files or [] if ".." not in path.parts]
    kept = [path for path in kept if path.suffix != ".pyc"]
    own = [path for path in kept if not path.parts[0].endswith(".dist-info")]
    extra = [path for path in kept if path.name == "entry_points.txt" or "licenses" in path.parts]
    return {str(path): path.read_binary() for path in {*own, *extra}}


def _wheel(folder: Path, each: Locked, metadata: str, files: dict[str, bytes]) -> str:
    """Writes it and returns its hash."""
    stem = f"{each.name.replace('-', '_')}-{each.version}"
    info = f"{stem}.dist-info"
    wheel = "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    files = {re.sub(r"^[^/]+\.dist-info", info, name): data for name, data in files.items()}
    files |= {f"{info}/METADATA": metadata.encode(), f"{info}/WHEEL": wheel.encode()}
    record = [f"{name},sha256={_urlsafe(data)},{len(data)}" for name, data in files.items()]
    files[f"{info}/RECORD"] = "\n".join([*record, f"{info}/RECORD,,", ""]).encode()
    path = folder / f"{stem}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return sha256(path.read_bytes()).hexdigest()


def _urlsafe(data: bytes) -> str:
    return urlsafe_b64encode(sha256(data).digest()).rstrip(b"=").decode()


def _relocked(lock: str, hashes: dict[Locked, str]) -> str:
    """The same lock for the wheels of this folder."""

    def entry(match: re.Match[str]) -> str:
        each = Locked(match[1], match[2], (match[3] or "")[3:])
        return f"{each.name}=={each.version}{match[3] or ''} \\\n    --hash=sha256:{hashes[each]}"

    return _ENTRY.sub(entry, lock)
