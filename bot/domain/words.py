"""A sentence that people read: English as it stands, other languages from the same template.

A Text is a plain English string for whoever does not care, and remembers the template and the
values it was made of, so that bot/screens/language.py can say the same in another language. All
templates stand in bot/domain/texts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Self

_NOTHING: Mapping[str, object] = MappingProxyType({})


class Text(str):
    """`Text("{count} files", one="1 file").format(count=2)`: says “2 files”, knows how it came.

    Values are text, whole numbers, numbers or Texts. `one` is the form for `count` 1. Whoever
    fills in foreign text has made it safe for where it is shown.
    """

    template: str
    one: str | None
    values: Mapping[str, object]

    def __new__(cls, template: str, *, one: str | None = None) -> Self:
        return cls._made(template, one, _NOTHING)

    def __reduce__(self) -> tuple[Any, ...]:
        """Copies and pickles keep the values too."""
        return type(self)._made, (self.template, self.one, dict(self.values))

    @classmethod
    def _made(cls, template: str, one: str | None, values: Mapping[str, object]) -> Self:
        form = one if one is not None and values.get("count") == 1 else template
        text = str.__new__(cls, filled(form, values, english))
        text.template, text.one, text.values = template, one, values
        return text

    def format(self, *args: object, **values: object) -> Self:
        """The template with these values in its braces; `args` are not for templates."""
        assert not args, "a template names its values"
        return self._made(self.template, self.one, {**self.values, **values})


def joined(*texts: str) -> Text:
    """Sentences one after the other; empty ones are left out."""
    kept = [text for text in texts if text]
    names = [f"part{n}" for n in range(len(kept))]
    template = " ".join(f"{{{name}}}" for name in names)
    return Text(template).format(**dict(zip(names, kept, strict=True)))


def filled(template: str, values: Mapping[str, object], shown: Callable[[object], str]) -> str:
    """The template with each value as `shown` shows it; without values the template itself."""
    if not values:
        return template
    return template.format(**{name: shown(value) for name, value in values.items()})


def english(value: object) -> str:
    """Numbers as English writes them: 10,000 and 2.5."""
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return f"{value:,.1f}" if isinstance(value, float) else str(value)


def to_plain(text: object) -> object:
    """A Text as JSON can keep it; everything else as it is."""
    if not isinstance(text, Text):
        return text
    values = {name: to_plain(value) for name, value in text.values.items()}
    kept: dict[str, object] = {"text": text.template, "values": values}
    return kept | ({"one": text.one} if text.one is not None else {})


def from_plain(kept: object) -> Any:
    """What `to_plain` kept."""
    if not isinstance(kept, dict):
        return kept
    values = {name: from_plain(value) for name, value in kept["values"].items()}
    text = Text(kept["text"], one=kept.get("one"))
    return text.format(**values) if values else text
