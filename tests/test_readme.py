"""README, .env.example and their neighbours tell the truth."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from bot.config import Settings, SettingsError, load_settings

PROJECT = Path(__file__).parent.parent
PAGES = ("README.md", "CONTRIBUTING.md", "DECISIONS.md", "CHANGELOG.md")
TABLE_HEAD = "| Setting | Default | Meaning |"
NO_DEFAULT = "-\u2013\u2014"  # a dash of any length
SECRETS = {
    "SLACK_BOT_TOKEN": "xoxb-1",
    "SLACK_SIGNING_SECRET": "secret",
    "HEYGEN_API_KEY": "key",
}


def page(name: str) -> str:
    return (PROJECT / name).read_text("utf-8")


def defaults() -> dict[str, str]:
    """Every setting with its default as people write it; "" where there is none."""
    fields = Settings.model_fields.items()
    return {name.upper(): _written(field.default) for name, field in fields}


def _written(value: object) -> str:
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def required() -> set[str]:
    with pytest.raises(SettingsError) as caught:
        load_settings({}, env_file=None)
    return {fault.split()[0] for fault in caught.value.faults}


def settings_table() -> Iterator[tuple[str, str, str]]:
    """(name, default, meaning) for each name; one row may tell several, such as HOST and PORT."""
    _, _, below = page("README.md").partition(TABLE_HEAD + "\n")
    for line in below.split("\n\n")[0].splitlines()[1:]:
        names, values, meaning = (cell.strip() for cell in line.strip("| ").split(" | ", 2))
        found = re.findall(r"`([A-Z_]+)`", names)
        for name, value in zip(found, values.split(", ") if found[1:] else [values], strict=True):
            yield name, value, meaning


def code_lines(text: str) -> Iterator[str]:
    """Commands in fenced blocks, without prompt and comment."""
    for block in re.findall(r"^ *```\w*\n(.*?)^ *```", text, re.MULTILINE | re.DOTALL):
        for line in block.splitlines():
            if command := re.sub(r"(^\s*\$ |(^|\s+)#.*$)", "", line).strip():
                yield command


def slug(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")


def test_settings_table_lists_every_setting_with_its_default() -> None:
    rows = list(settings_table())
    shown = {name: value for name, value, _ in rows}
    optional = {
        name: value.strip(NO_DEFAULT) for name, value in shown.items() if name not in required()
    }

    assert sorted(name for name, _, _ in rows) == sorted(defaults())
    assert {name for name, value in shown.items() if value.startswith("required")} == required()
    assert optional == {
        name: f"`{value}`" if value else ""
        for name, value in defaults().items()
        if name not in required()
    }
    assert all(meaning for _, _, meaning in rows)


def test_env_example_lists_every_setting_with_its_default() -> None:
    lines = re.findall(r"^(# )?([A-Z_]+)=(.*)$", page(".env.example"), re.MULTILINE)

    assert sorted(name for _, name, _ in lines) == sorted(defaults())
    assert {name: value for _, name, value in lines} == defaults()
    assert {name for commented, name, _ in lines if not commented} == required()


def test_env_example_loads_once_the_secrets_are_filled_in(tmp_path: Path) -> None:
    text = re.sub(r"^# (?=[A-Z_]+=)", "", page(".env.example"), flags=re.MULTILINE)
    (tmp_path / ".env").write_text(text, "utf-8")

    settings = load_settings(SECRETS, env_file=tmp_path / ".env")

    assert settings == load_settings(SECRETS, env_file=None)


def test_log_lines_that_operators_are_told_of_stand_in_the_code() -> None:
    _, _, table = page("docs/WORKSPACES.md").partition("| Line | Meaning |\n")
    cells = [line.split(" | ")[0] for line in table.split("\n\n")[0].splitlines()[1:]]
    told = {words for cell in cells for words in re.findall(r"`([^`]+)`", cell)}
    code = "".join(path.read_text("utf-8") for path in (PROJECT / "bot").rglob("*.py"))

    assert len(told) >= len(cells) > 5
    assert {words for words in told if f'"{words}"' not in code} == set()


@pytest.mark.parametrize("name", PAGES)
def test_make_targets_exist(name: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):", page("Makefile"), re.MULTILINE))
    code = [*re.findall(r"`([^`\n]+)`", page(name)), *code_lines(page(name))]

    named = {match[1] for line in code if (match := re.match(r"make ([a-z][a-z-]*)", line))}

    assert named <= targets


def test_readme_begins_with_demo_and_test() -> None:
    assert list(code_lines(page("README.md")))[:2] == ["make demo", "make test"]


@pytest.mark.parametrize("name", PAGES)
def test_links_and_pictures_exist(name: str) -> None:
    text = re.sub(r"^ *```.*?^ *```", "", page(name), flags=re.MULTILINE | re.DOTALL)
    headings = {slug(each) for each in re.findall(r"^#+ (.+)$", text, re.MULTILINE)}
    links = re.findall(r"\]\(([^)\s]+)", text) + re.findall(r'(?:src|href)="([^"]+)"', text)

    for link in links:
        path, _, anchor = link.partition("#")
        if "://" not in link and not link.startswith("mailto:"):
            assert (PROJECT / path).exists(), link
            assert path or anchor in headings, link


def test_every_decision_has_its_date() -> None:
    entries = re.split(r"^## ", page("DECISIONS.md"), flags=re.MULTILINE)[1:]

    assert entries
    for entry in entries:
        found = re.search(r"\d{4}-\d{2}-\d{2}", "\n".join(entry.splitlines()[:3]))
        assert found, f"no date: {entry.splitlines()[0]}"
        date.fromisoformat(found[0])


def test_changelog_has_unreleased_on_top() -> None:
    first = re.search(r"^## (.+)$", page("CHANGELOG.md"), re.MULTILINE)

    assert first
    assert "Unreleased" in first[1]
