"""Small checks for JSON from the bot, and the report they write into, in Slack's own wording."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Check = Callable[[Any, str, "Report"], None]


@dataclass
class Report:
    """What is wrong and where; a pointer is a path as Slack writes it: /blocks/0/text."""

    errors: list[str] = field(default_factory=list)

    def add(self, pointer: str, message: str) -> None:
        self.errors.append(f"[ERROR] {message} [json-pointer:{pointer}]")


def anything(value: Any, pointer: str, report: Report) -> None:
    """For parts we do not look into; coverage.md names them."""


def boolean(value: Any, pointer: str, report: Report) -> None:
    if not isinstance(value, bool):
        report.add(pointer, "must provide a boolean")


def string(longest: int, *, shortest: int = 0) -> Check:
    def check(value: Any, pointer: str, report: Report) -> None:
        if not isinstance(value, str):
            report.add(pointer, "must provide a string")
        elif len(value) > longest:
            report.add(pointer, f"must be less than {longest + 1} characters")
        elif len(value) < shortest:
            report.add(pointer, f"must be more than {shortest - 1} characters")

    return check


def integer(lowest: int, highest: int) -> Check:
    def check(value: Any, pointer: str, report: Report) -> None:
        if not isinstance(value, int) or isinstance(value, bool):
            report.add(pointer, "must provide an integer")
        elif not lowest <= value <= highest:
            report.add(pointer, f"must be between {lowest} and {highest}")

    return check


def one_of(*allowed: str) -> Check:
    def check(value: Any, pointer: str, report: Report) -> None:
        if value not in allowed:
            report.add(pointer, f"unsupported value: {value!r}, expected one of {allowed}")

    return check


def list_of(item: Check, lowest: int, highest: int) -> Check:
    def check(value: Any, pointer: str, report: Report) -> None:
        if not isinstance(value, list):
            report.add(pointer, "must provide an array")
            return
        if len(value) > highest:
            report.add(pointer, f"no more than {highest} items allowed")
        if len(value) < lowest:
            report.add(pointer, f"no fewer than {lowest} items allowed")
        for index, one in enumerate(value):
            item(one, f"{pointer}/{index}", report)

    return check


def shape(
    required: Mapping[str, Check], optional: Mapping[str, Check], then: Check | None = None
) -> Check:
    """An object with these keys and no others; `then` looks at the whole of it."""

    def check(value: Any, pointer: str, report: Report) -> None:
        if not isinstance(value, dict):
            report.add(pointer, "must provide an object")
            return
        before = len(report.errors)
        for key in required:
            if key not in value:
                report.add(pointer, f"missing required field: {key}")
        for key, inner in value.items():
            known = required.get(key) or optional.get(key)
            if known is None:
                report.add(f"{pointer}/{key}", "unknown field")
            else:
                known(inner, f"{pointer}/{key}", report)
        if then is not None and len(report.errors) == before:
            then(value, pointer, report)

    return check


def typed(shapes: Mapping[str, Check], allowed: Sequence[str], what: str) -> Check:
    """An object whose `type` says which shape it has; only the allowed types pass."""

    def check(value: Any, pointer: str, report: Report) -> None:
        if not isinstance(value, dict):
            report.add(pointer, "must provide an object")
            return
        kind = value.get("type")
        if isinstance(kind, str) and kind in shapes and kind in allowed:
            shapes[kind](value, pointer, report)
        else:
            report.add(pointer, f"unsupported type of {what}: {kind!r}")

    return check
