"""make words: brings every language in step with bot/domain/texts.

New sentences come into each video-bot.po without a translation, those that are gone leave it, and
video-bot.mo is compiled from it. Ends with 1 while a sentence has no translation.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from bot.domain import texts
from bot.domain.words import Text
from bot.screens.language import DOMAIN, LOCALES

WIDTH = 100


class Words(Catalog):
    """A catalogue whose head says only what gettext needs, so that it never changes by itself."""

    @property
    def mime_headers(self) -> list[tuple[str, str]]:
        return [
            ("Language", str(self.locale)),
            ("Plural-Forms", self.plural_forms),
            ("Content-Type", "text/plain; charset=utf-8"),
        ]

    @property
    def header_comment(self) -> str:
        return f"# {self.locale}: translations of bot/domain/texts. Then: make words"


def named_texts(value: object = None, name: str = "") -> Iterator[tuple[str, Text]]:
    """Every Text of bot/domain/texts with its constant's name, also out of dicts and tuples."""
    if isinstance(value, Text):
        yield name, value
    elif isinstance(value, Mapping):
        for key, one in value.items():
            yield from named_texts(one, f"{name}[{key}]" if name else str(key))
    elif isinstance(value, list | tuple | frozenset):
        for one in value:
            yield from named_texts(one, name)
    elif value is None:
        yield from named_texts({k: v for k, v in vars(texts).items() if not k.startswith("__")})


def template() -> Catalog:
    """What is to be translated, in the order of the file, each with its constant's name."""
    wanted = Catalog()
    for name, text in named_texts():
        key = text.template if text.one is None else (text.one, text.template)
        wanted.add(key, auto_comments=[name], flags=["python-brace-format"] * ("{" in text))
    return wanted


def po_files() -> list[Path]:
    return sorted(LOCALES.glob(f"*/LC_MESSAGES/{DOMAIN}.po"))


def language_code(po: Path) -> str:
    return po.parent.parent.name


def read(po: Path) -> Words:
    with po.open("rb") as file:
        found = read_po(file, locale=language_code(po))
    words = Words(language_code(po), fuzzy=False)
    for message in found:
        if message.id:
            words[message.id] = message
    return words


def in_step(po: Path) -> bytes:
    """The file as it should be: the translations it has, for the sentences there are."""
    catalog = read(po)
    catalog.update(template(), no_fuzzy_matching=True)
    out = io.BytesIO()
    write_po(out, catalog, width=WIDTH, no_location=True, ignore_obsolete=True)
    return out.getvalue()


def compiled(po: Path) -> bytes:
    """The .mo for this .po, always the same bytes."""
    out = io.BytesIO()
    write_mo(out, read(po))
    return out.getvalue()


def untranslated(po: Path) -> list[str]:
    """English sentences that have no translation here, or an incomplete or guessed one."""
    return [
        str(message.id)
        for message in read(po)
        if message.id and (message.fuzzy or not all(_forms(message)))
    ]


def _forms(message: Message) -> list[str]:
    """The translation, or one for each number of things."""
    string = message.string
    return [string] if isinstance(string, str) else list(string)


def main() -> int:
    missing = 0
    for po in po_files():
        po.write_bytes(in_step(po))
        po.with_suffix(".mo").write_bytes(compiled(po))
        left = untranslated(po)
        missing += len(left)
        sys.stdout.write(f"{language_code(po)}: {len(read(po))} sentences, {len(left)} to do\n")
        sys.stdout.writelines(f"  {sentence}\n" for sentence in left)
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
