"""The planted bugs still fit the product; `make mutants` says whether the suite kills them."""

from pathlib import Path

import pytest

from tests.mutants.plants import MUTANTS, Mutant

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_what_a_planted_bug_replaces_stands_once(mutant: Mutant) -> None:
    assert (ROOT / mutant.path).read_text("utf-8").count(mutant.before) == 1


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_tests_of_a_planted_bug_are_there(mutant: Mutant) -> None:
    named = [word for word in mutant.tests.split() if word.startswith("tests/")]

    assert named
    assert all((ROOT / name.partition("::")[0]).exists() for name in named)
