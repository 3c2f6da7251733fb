"""A Dockerfile as values, for its check and its test. Knows the instructions that ours uses."""

from __future__ import annotations

import fnmatch
import json
import re
import shlex
from dataclasses import dataclass, field
from pathlib import PurePosixPath


@dataclass(frozen=True)
class Instruction:
    """One instruction: `RUN`, and everything behind it in one line."""

    name: str
    text: str

    @property
    def words(self) -> list[str]:
        """The arguments: a JSON list or plain words, without `--options`."""
        text = self.text
        while text.startswith("--"):
            text = text.partition(" ")[2].lstrip()
        return list(json.loads(text)) if text.startswith("[") else shlex.split(text)

    @property
    def options(self) -> dict[str, str]:
        """`--from=builder` and its like."""
        return dict(re.findall(r"--([a-z-]+)=(\S+)", self.text))


@dataclass
class Stage:
    """Everything from one FROM to the next."""

    base: str
    name: str
    instructions: list[Instruction] = field(default_factory=list)

    def all(self, name: str) -> list[Instruction]:
        return [each for each in self.instructions if each.name == name]


def stages(text: str) -> list[Stage]:
    """The stages in order; a line before the first FROM is refused (we use no global ARG)."""
    found: list[Stage] = []
    for instruction in _instructions(text):
        if instruction.name == "FROM":
            base, _, name = re.split(r"(?i)(\s+as\s+|$)", instruction.text, maxsplit=1)
            found.append(Stage(base, name or str(len(found))))
        elif not found:
            raise ValueError(f"{instruction.name} before FROM")
        else:
            found[-1].instructions.append(instruction)
    return found


def _instructions(text: str) -> list[Instruction]:
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    logical = re.sub(r"\\\n\s*", "", "\n".join(lines)).splitlines()
    parts = [line.strip().partition(" ") for line in logical if line.strip()]
    return [Instruction(name.upper(), rest.strip()) for name, _, rest in parts]


def environment(instructions: list[Instruction]) -> dict[str, str]:
    """What these ENV instructions set, `$PATH` left as written."""
    pairs = (word.partition("=") for each in instructions for word in each.words)
    return {name: value for name, _, value in pairs}


def is_sent(path: str, dockerignore: str) -> bool:
    """Whether this path reaches the builder: the last line that matches it or a parent decides."""
    parents = [str(p) for p in (PurePosixPath(path), *PurePosixPath(path).parents)][:-1]
    is_kept = True
    for line in dockerignore.splitlines():
        rule = line.strip()
        if not rule or rule.startswith("#"):
            continue
        pattern = rule.removeprefix("!").strip("/")
        if any(_matches(each, pattern) for each in parents):
            is_kept = rule.startswith("!")
    return is_kept


def _matches(path: str, pattern: str) -> bool:
    if pattern.startswith("**/"):
        return any(
            fnmatch.fnmatchcase("/".join(path.split("/")[i:]), pattern[3:])
            for i in range(path.count("/") + 1)
        )
    same_depth = path.count("/") == pattern.count("/")
    return same_depth and fnmatch.fnmatchcase(path, pattern)
