"""Entries of the catalogue as options of a menu."""

from __future__ import annotations

import pytest

from bot.domain import texts
from bot.domain.catalogue import CatalogueEntry
from bot.screens import ids
from bot.screens.blocks import OPTION_MAX_CHARS
from bot.screens.catalogue_options import catalogue_option, default_option, menu_options
from bot.screens.language import language_of
from tests.builders import an_entry

ENGLISH = language_of("")


def test_empty_catalogue_offers_the_default_alone() -> None:
    assert menu_options([], ENGLISH) == {"options": [default_option(ENGLISH).to_dict()]}


def test_own_entries_stand_before_public_ones_and_empty_groups_are_left_out() -> None:
    public, own = an_entry("v1"), an_entry("v2", is_own=True)

    groups = menu_options([public, own], ENGLISH)["option_groups"]
    labels = [group["label"]["text"] for group in menu_options([public], ENGLISH)["option_groups"]]

    values = [[option["value"] for option in group["options"]] for group in groups]
    assert values == [[ids.DEFAULT_CHOICE], ["v2"], ["v1"]]
    assert labels == [texts.GROUP_DEFAULT, texts.GROUP_PUBLIC]


@pytest.mark.parametrize(
    "entry",
    [
        pytest.param(an_entry("x" * (OPTION_MAX_CHARS + 1)), id="long id"),
        pytest.param(an_entry(ids.DEFAULT_CHOICE), id="looks like the default"),
        pytest.param(an_entry("\u202e", name="\x00"), id="nothing to show"),
    ],
)
def test_entry_that_slack_would_not_give_back_is_not_offered(entry: CatalogueEntry) -> None:
    assert catalogue_option(entry) is None
