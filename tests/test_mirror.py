"""Tests mirror the tree: whoever reads a file finds its tests at the same place under tests/."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).parent.parent

# What a person plays or a whole bot shows; the names are files and folders of sources.
TESTED_ELSEWHERE = {
    "bot/app/": "the whole bot: tests/scenarios, tests/crash, tests/replicas",
    "bot/cli/run.py": "a process of its own: tests/scenarios/test_process.py",
    "bot/sandbox/": "a stand-in is asked from outside, by what it imitates: tests/sandbox",
    "handlers/__init__.py": "tests/test_manifest.py, tests/handlers/test_nothing_is_silent.py",
    # The workflow: one job passes several files, and is followed through them.
    "bot/workflow/callbacks.py": "tests/web/test_heygen_callback.py and test_heygen_webhook.py",
    "bot/workflow/gate.py": "tests/workflow/test_outages.py, test_submitter.py",
    "bot/workflow/guarded_agent.py": "tests/workflow/test_outages.py",
    "bot/workflow/looks.py": "tests/workflow/test_session_search.py",
    "bot/workflow/outbox.py": "tests/workflow/test_message_sender.py, test_slack_bad_hours.py",
    "bot/workflow/overview.py": "tests/workflow/test_home.py, tests/handlers",
    "bot/workflow/parts.py": "wires what every test of the workflow runs",
    "bot/workflow/pauses.py": "tests/workflow/test_slack_bad_hours.py",
    "bot/workflow/places.py": "tests/workflow/test_slack_words.py",
    "bot/workflow/recovery.py": "tests/workflow/test_restart.py, test_session_search.py",
    "bot/workflow/result_files.py": "tests/workflow/test_file_sender.py",
    "bot/workflow/status_updates.py": "tests/workflow/test_poller.py",
    "bot/workflow/stopper.py": "tests/workflow/test_controls.py",
    "bot/workflow/sweeper.py": "tests/workflow/test_session_search.py",
    # The store: asked through its classes, over a real database.
    "store/__init__.py": "opens what every test of the store runs on",
    "store/attachments.py": "tests/store/test_jobs.py",
    "store/drafts.py": "tests/workflow/test_drafts.py",
    "store/history.py": "tests/store/test_jobs.py",
    "store/outbox.py": "tests/store/test_deliveries.py",
    "store/queue.py": "tests/store/test_jobs.py",
    "store/rows.py": "tests/store/test_jobs.py, test_deliveries.py",
    "store/postgres/migrate.py": "tests/store/postgres/test_database.py",
    "store/postgres/patience.py": "tests/store/postgres/test_database.py",
    "store/postgres/trouble.py": "tests/store/postgres/test_database.py",
    "store/sqlite/lock_file.py": "tests/store/sqlite/test_database.py",
    "store/sqlite/reader.py": "tests/store/sqlite/test_database.py",
    "store/sqlite/trouble.py": "tests/store/sqlite/test_database.py",
    "store/sqlite/writer.py": "tests/store/sqlite/test_database.py",
    "store/store.py": "all tests of tests/store",
    "store/trouble.py": "tests/store/sqlite/test_database.py",
}
# Tests of more than one file; the names are files and folders of tests.
MIRROR_NOTHING = {
    "tests/domain/prompt/test_golden.py": "whole prompts, word for word",
    "tests/handlers/test_nothing_is_silent.py": "every listener there is",
    "tests/heygen/test_may_leave.py": "a replica that works no more: client and connection",
    "tests/slack/test_may_post.py": "a replica that works no more: threads and uploads",
    "tests/heygen/test_docstrings.py": "every call of the client",
    "tests/heygen/test_fuzz.py": "every reply, damaged",
    "tests/web/test_heygen_callback.py": "the older of two doors of web/heygen_webhook",
    "tests/sandbox/": "by what is imitated",
    "tests/store/test_failure_texts.py": "a failure from disk, said in any language",
    "tests/store/test_file_deliveries.py": "files owed to threads, and what jobs say of them",
    "tests/store/test_job_lists.py": "whose job, which thread: the questions of lists",
    "tests/store/test_sqlite_tables.py": "the schema of all tables, and every hot statement's plan",
    "tests/workflow/test_bad_days.py": "several workers at once",
    "tests/workflow/test_outages.py": "several workers at once",
    "tests/workflow/test_restart.py": "several workers at once",
    "tests/workflow/test_slack_bad_hours.py": "several workers at once",
    "tests/workflow/test_slack_words.py": "both senders",
    "tests/workflow/test_variations.py": "a video made after another",
    **dict.fromkeys(
        [
            *(f"tests/{whole}/" for whole in ("bench", "block_kit", "contract", "crash")),
            *(f"tests/{whole}/" for whole in ("mutants", "scenarios", "setup", "simulation")),
            *(
                f"tests/{whole}/"
                for whole in ("deploy", "postgres", "replicas", "soak", "strangers")
            ),
        ],
        "the whole system",
    ),
    **dict.fromkeys(
        [
            f"tests/test_{what}.py"
            for what in (
                *("dockerfile", "floors", "manifest", "mirror"),
                *("readme", "side_by_side", "words"),
            )
        ],
        "files of the project that are no sources of the bot",
    ),
}


def sources() -> Iterator[str]:
    for top in ("bot", "handlers", "store"):
        yield from (path.relative_to(PROJECT).as_posix() for path in (PROJECT / top).rglob("*.py"))


def files_of_tests() -> Iterator[str]:
    for path in (PROJECT / "tests").rglob("test_*.py"):
        yield path.relative_to(PROJECT).as_posix()


def mirror_of(source: str) -> str:
    folder, _, name = source.removeprefix("bot/").rpartition("/")
    name = name.replace("__init__", "init")
    return "/".join(filter(None, ["tests", folder, f"test_{name}"]))


def has_logic(code: str) -> bool:
    """Whether any function does something: values, Protocols and docstrings need no test."""
    functions = (
        node
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    return any(
        not (isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant))
        for function in functions
        for line in function.body
    )


def is_named(path: str, names: dict[str, str]) -> bool:
    return any(path == name or (name.endswith("/") and path.startswith(name)) for name in names)


def test_every_source_with_logic_has_its_test() -> None:
    untested = [
        source
        for source in sources()
        if not (PROJECT / mirror_of(source)).exists()
        and not is_named(source, TESTED_ELSEWHERE)
        and has_logic((PROJECT / source).read_text("utf-8"))
    ]

    assert untested == []


def test_every_test_stands_where_its_source_does() -> None:
    mirrored = set(map(mirror_of, sources()))

    strays = [t for t in files_of_tests() if t not in mirrored and not is_named(t, MIRROR_NOTHING)]

    assert strays == []


def test_no_exception_outlives_its_reason() -> None:
    mirrored = set(map(mirror_of, sources()))
    exceptions = {*TESTED_ELSEWHERE, *MIRROR_NOTHING}

    assert [name for name in exceptions if not (PROJECT / name).exists()] == []
    tested = [name for name in TESTED_ELSEWHERE if (PROJECT / mirror_of(name)).is_file()]
    assert tested == []
    assert mirrored & set(MIRROR_NOTHING) == set()


@pytest.mark.parametrize(
    ("source", "test"),
    [
        ("bot/domain/job/sends.py", "tests/domain/job/test_sends.py"),
        ("bot/cli/__init__.py", "tests/cli/test_init.py"),
        ("handlers/home.py", "tests/handlers/test_home.py"),
        ("bot/config.py", "tests/test_config.py"),
    ],
)
def test_place_of_a_test_follows_from_its_source(source: str, test: str) -> None:
    assert mirror_of(source) == test


@pytest.mark.parametrize(
    ("code", "is_logic"),
    [
        ("X = 1", False),
        ("class Port(Protocol):\n    async def ask(self) -> str:\n        '''Ask.'''", False),
        ("class Port(Protocol):\n    def ask(self) -> str: ...", False),
        ("class A:\n    def b(self):\n        '''C.'''\n        return 1", True),
    ],
)
def test_values_and_protocols_are_no_logic(code: str, is_logic: bool) -> None:
    assert has_logic(code) is is_logic
