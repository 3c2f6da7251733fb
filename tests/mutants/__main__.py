"""make mutants: plant one bug after the other in a copy, and print which test killed it."""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from tests.mutants.plants import MUTANTS, Mutant

ROOT = Path(__file__).parents[2]
SET_UP = ("Makefile", "Dockerfile", ".dockerignore", "README.md", "LICENSE")
COPIED = ("bot", "handlers", "store", "tests", "tools", "manifest.yml", "pyproject.toml", *SET_UP)
LIMIT_S = 180


@dataclass(frozen=True)
class Outcome:
    mutant: Mutant
    killed_by: str | None
    seconds: float

    def line(self) -> str:
        verdict = f"killed by {self.killed_by}" if self.killed_by else "SURVIVED"
        return f"{self.mutant.name:<52} {self.seconds:5.1f} s  {verdict}"


def try_out(mutant: Mutant) -> Outcome:
    """Run the suite's part that should notice it, on a copy with the bug in it."""
    with tempfile.TemporaryDirectory(prefix="video-bot-mutant-") as folder:
        copy = Path(folder)
        for source in [*(ROOT / name for name in COPIED), *ROOT.glob("requirements*.lock")]:
            name = source.name
            if source.is_dir():
                ignored = shutil.ignore_patterns("__pycache__")
                shutil.copytree(source, copy / name, ignore=ignored)
            else:
                shutil.copy(source, copy / name)
        plant(mutant, copy)
        began = time.perf_counter()
        killed_by = first_failure(mutant, copy)
        return Outcome(mutant, killed_by, time.perf_counter() - began)


def plant(mutant: Mutant, copy: Path) -> None:
    """Raises ValueError when the product no longer has the lines that the bug replaces."""
    path = copy / mutant.path
    text = path.read_text("utf-8")
    if text.count(mutant.before) != 1:
        raise ValueError(f"{mutant.name}: {mutant.path} has not exactly one {mutant.before!r}")
    path.write_text(text.replace(mutant.before, mutant.after), "utf-8")


def first_failure(mutant: Mutant, copy: Path) -> str | None:
    """The name of the test that failed first; None when all passed."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "--tb=no", "-p", "no:cacheprovider"]
    try:
        run = subprocess.run(
            [*command, "--timeout=30", *mutant.tests.split()],
            cwd=copy,
            env={**os.environ, "PYTHONPATH": str(copy)},
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"no end within {LIMIT_S} s"
    if run.returncode == 0:
        return None
    found = re.search(r"^(?:FAILED|ERROR) (\S+)", run.stdout, re.MULTILINE)
    return found.group(1) if found else f"pytest's exit code {run.returncode}"


def main() -> int:
    """Exit code 1 when one survived."""
    parser = argparse.ArgumentParser(prog="make mutants", description=__doc__)
    parser.add_argument("words", nargs="*", help="only mutants with one of these in their name")
    words = parser.parse_args().words
    chosen = [m for m in MUTANTS if not words or any(word in m.name for word in words)]
    if not chosen:
        parser.error(f"no planted bug has one of these in its name: {', '.join(words)}")
    survived = 0
    for mutant in chosen:
        outcome = try_out(mutant)
        survived += outcome.killed_by is None
        sys.stdout.write(outcome.line() + "\n")
        sys.stdout.flush()
    sys.stdout.write(f"{len(chosen)} planted, {survived} survived\n")
    return 1 if survived else 0


if __name__ == "__main__":
    sys.exit(main())
