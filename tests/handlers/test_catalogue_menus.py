"""Menus of the catalogue: what they offer, in groups, within Slack's limits, and how fast."""

from __future__ import annotations

import time
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain import texts
from bot.domain.catalogue import CatalogueEntry, CatalogueKind, words_of
from bot.sandbox.slack.delivery import Answer, Delivery
from bot.sandbox.slack.menus import offered_options
from bot.sandbox.slack.state import View
from bot.screens import ids
from bot.screens.catalogue_options import catalogue_option, menu_options
from bot.screens.language import language_of
from tests.builders import NOON, an_entry
from tests.handlers.filling_in import ENGLISH
from tests.handlers.listening import ListeningBot

FAST_S = 0.1  # DESIGN section 5
ODD_NAMES = st.text(max_size=100) | st.sampled_from(["👩‍👩‍👧" * 50, "ש" * 200, "\u202e", " ", "\0"])


async def has(bot: ListeningBot, kind: CatalogueKind, entries: Sequence[CatalogueEntry]) -> None:
    """The catalogue has been read."""
    await bot.store.catalogue.begin_list(kind)
    await bot.store.catalogue.add_page(kind, entries)
    await bot.store.catalogue.finish_list(kind, NOON)


async def wide_form(bot: ListeningBot) -> View:
    await bot.ana.command()
    view = await bot.ana.wait_for_view()
    await bot.ana.click(view, ids.MORE_OPTIONS)
    await bot.slack.wait_for(lambda: len(view.definitions) > 1 or None, 3.0, "more options")
    return view


def offered(entries: Sequence[CatalogueEntry]) -> list[str]:
    """The values that Slack would show, if it takes the answer."""
    answer = Answer(Delivery("interactive", {}), 0.0, 200, menu_options(entries, ENGLISH))
    return [option["value"] for option in offered_options(answer)]


# -- any catalogue -----------------------------------------------------------------------------

entries = st.builds(
    CatalogueEntry,
    kind=st.just(CatalogueKind.VOICE),
    id=st.text(min_size=1, max_size=90) | st.just(ids.DEFAULT_CHOICE),
    name=ODD_NAMES,
    detail=ODD_NAMES,
    is_own=st.booleans(),
)


@settings(max_examples=100, deadline=None)
@given(st.lists(entries, max_size=100, unique_by=lambda entry: entry.id))
def test_any_catalogue_makes_options_that_slack_takes(found: list[CatalogueEntry]) -> None:
    values = offered(found)

    assert values[0] == ids.DEFAULT_CHOICE
    assert len(set(values)) == len(values)
    assert set(values[1:]) <= {entry.id for entry in found}


@pytest.mark.parametrize(
    ("id_", "is_offered"),
    [
        pytest.param("x" * 75, True, id="just fits"),
        pytest.param("x" * 76, False, id="too long to come back whole"),
        pytest.param(ids.DEFAULT_CHOICE, False, id="looks like the default"),
    ],
)
def test_id_that_slack_would_not_give_back_is_left_out(id_: str, is_offered: bool) -> None:
    assert (catalogue_option(an_entry(id_)) is not None) is is_offered


def test_name_that_cannot_be_shown_is_replaced_by_the_id() -> None:
    option = catalogue_option(an_entry("voice-1", name="\u202e\0 "))

    assert option is not None
    assert option.text == "voice-1"


def test_long_name_is_cut_with_an_ellipsis() -> None:
    option = catalogue_option(an_entry(name="x" * 76, detail="y" * 76))

    assert option is not None
    assert option.text == "x" * 74 + "…"
    assert option.description == "y" * 74 + "…"


def test_own_entries_stand_before_public_ones_in_groups_that_say_so() -> None:
    groups = menu_options([an_entry("public"), an_entry("own", is_own=True)], ENGLISH)

    shown = {
        group["label"]["text"]: [option["value"] for option in group["options"]]
        for group in groups["option_groups"]
    }
    assert shown == {
        texts.GROUP_DEFAULT: [ids.DEFAULT_CHOICE],
        texts.GROUP_OWN: ["own"],
        texts.GROUP_PUBLIC: ["public"],
    }


def test_empty_catalogue_offers_the_default_alone() -> None:
    assert list(menu_options([], ENGLISH)) == ["options"]
    assert offered([]) == [ids.DEFAULT_CHOICE]


# -- through the listeners ---------------------------------------------------------------------


async def test_menu_is_searched_as_the_person_types(bot: ListeningBot) -> None:
    katja = an_entry("katja", name="Katja", words="katja german female", is_own=True)
    await has(bot, CatalogueKind.VOICE, [an_entry("emma"), katja])
    view = await wide_form(bot)

    everything = await bot.ana.suggest(view, ids.VOICE)
    german = await bot.ana.suggest(view, ids.VOICE, "Kat")

    assert [option["value"] for option in everything] == ["default", "katja", "emma"]
    assert [option["value"] for option in german] == ["default", "katja"]


async def test_each_menu_has_its_own_kind(bot: ListeningBot) -> None:
    for kind in CatalogueKind:
        await has(bot, kind, [an_entry(f"{kind.value}-1", kind=kind)])
    view = await wide_form(bot)

    found = [(await bot.ana.suggest(view, kind.value))[1]["value"] for kind in CatalogueKind]

    assert found == [f"{kind.value}-1" for kind in CatalogueKind]


async def test_menu_of_five_thousand_voices_answers_in_time(bot: ListeningBot) -> None:
    voices = [
        an_entry(f"voice-{n}", name=f"Voice {n}", words=" ".join(words_of(f"Voice {n}", "German")))
        for n in range(5_000)
    ]
    await has(bot, CatalogueKind.VOICE, voices)
    view = await wide_form(bot)

    elapsed_s = []
    for typed in ("german voice", "voice 4999", ""):
        started = time.perf_counter()
        await bot.ana.suggest(view, ids.VOICE, typed)
        elapsed_s.append(time.perf_counter() - started)

    assert len(view.loaded_options[ids.VOICE]) == 101
    assert min(elapsed_s) < FAST_S  # the others may have met a busy machine


async def test_menu_is_in_the_person_s_language(bot: ListeningBot) -> None:
    bot.ana.user.locale = "de-DE"
    view = await wide_form(bot)

    (default,) = await bot.ana.suggest(view, ids.VOICE)

    assert default["text"]["text"] == language_of("de-DE")(texts.DEFAULT_OPTION)
