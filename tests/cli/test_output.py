"""What commands print can be read whole, by people and by scripts."""

from __future__ import annotations

import json

import pytest

from bot.cli.output import console, print_json, table


def test_nothing_is_cut_off_in_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    shown = table("Job", "About", folded=["About"])
    shown.add_row("a" * 40, "word " * 100)

    console().print(shown)

    printed = capsys.readouterr().out
    assert "a" * 40 in printed
    assert printed.count("word") == 100


def test_json_is_one_document_with_letters_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"prompt": "Grüße 👋", "attempts": [1, None]})

    printed = capsys.readouterr().out
    assert json.loads(printed) == {"prompt": "Grüße 👋", "attempts": [1, None]}
    assert "Grüße 👋" in printed
