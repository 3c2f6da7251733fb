"""Every sentence that people read is in bot/domain/texts, and in every language."""

from __future__ import annotations

import ast
import re
import string
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Message

from bot.domain import texts
from bot.domain.errors import BotError
from bot.domain.words import Text
from bot.screens.language import language_of, languages
from bot.screens.messages import HINT_MAX_CHARS
from tools import words

ROOT = Path(__file__).resolve().parent.parent
TEXTS = ROOT / "bot" / "domain" / "texts"
FILES_OF_TEXTS = sorted(TEXTS.glob("*.py"))
# Files whose dicts and strings people see. The sandbox and the command line are not among them.
SEEN_IN_SLACK = [*ROOT.glob("handlers/**/*.py"), *ROOT.glob("bot/slack/*.py")]
PRODUCT = [
    path
    for folder in ("bot", "handlers", "store")
    for path in (ROOT / folder).rglob("*.py")
    if "sandbox" not in path.parts
]

# What Slack takes at most, by the beginning or the end of a constant's name (FACTS section 2, 6).
LIMITS = {
    r"CONFIRM_\w*(YES|NO)": 30,
    r"CONFIRM_\w+": 300,
    r"(BUTTON|MENU|GROUP|LOOK_GROUP)_\w+|LOOKS|PURPOSES|DETAILS|LANGUAGES|\w+_OPTIONS?": 75,
    r"(FORM|PREVIEW|PROBLEM|DETAILS|WENT_WRONG)_TITLE|FORM_(SUBMIT|CANCEL|BACK)|CLOSE": 24,
    r"\w+_PLACEHOLDER": 150,
    r"(?!FIELD_|PARKED_)\w+_HINT": HINT_MAX_CHARS,  # of a failure, in the thread
    r"\w+": 2_000,
}

every_po = pytest.mark.parametrize("po", words.po_files(), ids=words.language_code)


def messages(po: Path) -> Iterator[Message]:
    return (message for message in words.read(po) if message.id)


def forms(of: object) -> tuple[str, ...]:
    return tuple(map(str, of)) if isinstance(of, list | tuple) else (str(of),)


def braces(form: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(form) if name is not None}


# -- the translations


def test_each_language_we_say_has_its_file() -> None:
    assert ["en", *map(words.language_code, words.po_files())] == languages()


@every_po
def test_every_sentence_is_translated(po: Path) -> None:
    assert words.untranslated(po) == []


@every_po
def test_file_has_the_sentences_of_texts_and_no_others(po: Path) -> None:
    assert words.in_step(po).decode() == po.read_text(), "make words brings it in step"


@every_po
def test_compiled_file_is_that_of_the_readable_one(po: Path) -> None:
    assert words.compiled(po) == po.with_suffix(".mo").read_bytes(), "make words compiles it"


@every_po
def test_nothing_is_guessed(po: Path) -> None:
    assert [message.id for message in messages(po) if message.fuzzy] == []


@every_po
def test_every_translation_has_the_same_values_as_the_english(po: Path) -> None:
    wrong = {
        form: message.id
        for message in messages(po)
        for form in forms(message.string)
        if form and not agree(form, message)
    }

    assert wrong == {}


def agree(form: str, message: Message) -> bool:
    """The same names in braces; the form for one may leave its count out."""
    may_differ = {"count"} if message.pluralizable else set()
    return braces(form) ^ braces(forms(message.id)[-1]) <= may_differ


@every_po
def test_every_translation_keeps_marks_that_slack_reads(po: Path) -> None:
    """Stars and backticks are markup; `/video` is what has to be typed."""
    kept = re.compile(r"[*`]|/\w+|\n")
    wrong = [
        message.id
        for message in messages(po)
        for form in forms(message.string)
        if form and Counter(kept.findall(form)) != Counter(kept.findall(forms(message.id)[-1]))
    ]

    assert wrong == []


@pytest.mark.parametrize("code", languages())
def test_fixed_sentence_fits_the_place_where_slack_shows_it(code: str) -> None:
    say = language_of(code)
    too_long = {}
    for name, text in words.named_texts():
        most = next(most for names, most in LIMITS.items() if re.fullmatch(names, plain(name)))
        if len(said := say(text)) > most:
            too_long[name] = (len(said), most)

    assert too_long == {}


@pytest.mark.parametrize("code", languages())
def test_button_that_a_sentence_names_is_called_the_same_as_on_the_button(code: str) -> None:
    say = language_of(code)
    labels = {
        str(text): say(text)
        for name, text in words.named_texts()
        if re.match(r"(HOME_)?BUTTON_", name)
    }
    told = {
        name: (label, say(text))
        for name, text in words.named_texts()
        for label in re.findall(r"“([^”{]+)”", text)
        if label in labels or re.search(rf"[Pp]ress “{label}”", text)
    }

    assert {"RENDER_FAILED_HINT", "PARKED_HINT", "HOME_EMPTY"} <= set(told)
    assert [n for n, (label, said) in told.items() if not quotes(said, labels.get(label))] == []


def quotes(sentence: str, label: str | None) -> bool:
    return label is not None and re.search(rf"[“„]{re.escape(label)}[”“]", sentence) is not None


def plain(name: str) -> str:
    """The constant's name without the key of a dict."""
    return name.partition("[")[0]


# -- the texts


def test_no_sentence_has_the_name_of_another() -> None:
    names = Counter(
        target.id
        for path in FILES_OF_TEXTS
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    )

    assert [name for name, count in names.items() if count > 1] == []


def test_every_sentence_is_used() -> None:
    source = "\n".join(path.read_text() for path in PRODUCT if path not in FILES_OF_TEXTS)
    used = set(re.findall(r"texts\.([A-Z][A-Z0-9_]*)", source))

    assert {plain(name) for name, _ in words.named_texts()} - used == set()


def test_sentences_are_made_in_texts_only() -> None:
    elsewhere = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in PRODUCT
        if path not in FILES_OF_TEXTS and path.name != "words.py" and "cli" not in path.parts
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and getattr(node.func, "id", "") == "Text"
        and any(literal(argument) for argument in node.args)
    ]

    assert elsewhere == []


def errors_of(parent: type[BotError]) -> Iterator[type[BotError]]:
    for error in parent.__subclasses__():
        yield error
        yield from errors_of(error)


def test_every_error_speaks_every_language() -> None:
    english_only = [
        error.__name__
        for error in (BotError, *errors_of(BotError))
        if not (isinstance(error.message, Text) and isinstance(error.hint, Text))
    ]

    assert english_only == ["AlreadyRunning", "DatabaseLost"]  # for whoever runs the bot


def test_no_error_is_raised_with_words_of_its_own() -> None:
    names = {error.__name__ for error in errors_of(BotError)}
    own_words = [
        f"{path.relative_to(ROOT)}:{node.lineno}: {sentence}"
        for path in PRODUCT
        if path not in OPENED_BY_OPERATORS
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in names
        for value in [*node.args[:1], *[w.value for w in node.keywords if w.arg in SAYING]]
        for sentence in literal(value)
    ]

    assert own_words == []


SAYING = frozenset({"message", "hint"})
OPENED_BY_OPERATORS = [  # before anybody can click
    *(ROOT / "store" / engine / "database.py" for engine in ("sqlite", "postgres")),
    *(ROOT / "store" / name for name in ("move.py", "sealing.py", "sqlite/moved.py")),
]


def test_texts_import_nothing_but_words() -> None:
    imported = {
        path.stem: [
            node.module
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.ImportFrom)
        ]
        for path in FILES_OF_TEXTS
    }
    rooms = [f"bot.domain.texts.{room}" for room in imported if room != "__init__"]

    assert imported.pop("__init__") == ["__future__", *rooms]
    assert list(imported.values()) == [["__future__", "bot.domain.words"]] * len(rooms)
    assert isinstance(texts.CLOSE, Text)


def test_nothing_that_people_read_is_written_where_it_is_shown() -> None:
    """A literal sentence as the "text" of a block, or handed to a function that says it."""
    written = [
        f"{path.relative_to(ROOT)}:{node.lineno}: {sentence}"
        for path in SEEN_IN_SLACK
        for node in ast.walk(ast.parse(path.read_text()))
        for sentence in shown_literals(node)
        if re.search(r"[A-Z][a-z]|[a-z] [a-z]", sentence)
    ]

    assert written == []


SHOWN_KEYS = frozenset({"text", "label", "hint", "title", "submit", "close", "placeholder"})
SHOWN_BY = frozenset({"say", "tell", "respond", "_plain", "_section", "_context", "_mrkdwn"})


def shown_literals(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            if isinstance(key, ast.Constant) and key.value in (*SHOWN_KEYS, "alt_text"):
                yield from literal(value)
    if isinstance(node, ast.Call):
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        values = [*node.args] if name in SHOWN_BY else []
        values += [word.value for word in node.keywords if word.arg in SHOWN_KEYS]
        for value in values:
            yield from literal(value)


def literal(value: ast.expr) -> list[str]:
    """The letters of a string or f-string; what is between its braces is somebody else's."""
    if isinstance(value, ast.JoinedStr):
        return [words for part in value.values for words in literal(part)]
    is_text = isinstance(value, ast.Constant) and isinstance(value.value, str)
    return [value.value] if is_text and value.value else []
