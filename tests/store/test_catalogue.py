"""The catalogue on disk: what a search finds, in which order, how fast, and how lists change."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain.catalogue import CatalogueEntry, CatalogueKind, words_of
from bot.domain.ports.store import Store
from bot.domain.request.brief import Shape
from store import open_store
from tests.builders import NOON, an_entry

VOICE, AVATAR, STYLE = CatalogueKind.VOICE, CatalogueKind.AVATAR, CatalogueKind.STYLE
SEARCH_WITHIN_S = 0.1  # DESIGN section 5
ONE_CHANGE_WITHIN_S = 0.5  # of the one thread that writes


async def show(store: Store, *entries: CatalogueEntry, kind: CatalogueKind = VOICE) -> int:
    """Make these the list."""
    await store.catalogue.begin_list(kind)
    await store.catalogue.add_page(kind, entries)
    return await store.catalogue.finish_list(kind, NOON)


async def found(store: Store, text: str, limit: int = 100) -> list[str]:
    return [entry.id for entry in await store.catalogue.search(VOICE, text, limit)]


def voices(*names: str, words: str = "") -> list[CatalogueEntry]:
    """One voice for each name, with the name as its id."""
    return [an_entry(name, name=name, words=f"{name} {words}") for name in names]


def many_voices(count: int) -> Sequence[CatalogueEntry]:
    languages = ("German", "English", "French", "Japanese", "Spanish")
    return [
        an_entry(
            f"{number:032x}",
            name=f"Voice {number}",
            words=f"Voice {number} {languages[number % 5]} {('male', 'female')[number % 2]} public",
            preview_url=f"https://files.example.test/{number:0200d}.mp3",
        )
        for number in range(count)
    ]


# What is kept


async def test_every_field_comes_back(store: Store) -> None:
    entry = CatalogueEntry(
        *(AVATAR, "look-1", "Büro", "Anna, female", "buro anna female", True, Shape.PORTRAIT),
        avatar_type="photo_avatar",
        group_id="group-1",
        language="German",
        preview_url="https://files.example.test/1.png",
    )
    await show(store, entry, kind=AVATAR)

    assert await store.catalogue.entry(AVATAR, "look-1") == entry
    assert await store.catalogue.search(AVATAR, "", 10) == [entry]


async def test_catalogue_outlives_a_restart(database_url: str) -> None:
    store = open_store(database_url)
    await show(store, *voices("Anna"))
    await store.close()
    store = open_store(database_url)

    assert await found(store, "anna") == ["Anna"]
    assert await store.catalogue.read_at(VOICE) == NOON
    await store.close()


@pytest.mark.parametrize("id_", ["", "nope", "anna", "\x00", "\ud800", "'; --"])
async def test_unknown_id_is_no_entry(store: Store, id_: str) -> None:
    await show(store, *voices("Anna"))

    assert await store.catalogue.entry(VOICE, id_) is None


async def test_kinds_do_not_mix(store: Store) -> None:
    await show(store, *voices("Anna"))

    assert await store.catalogue.search(STYLE, "anna", 10) == []
    assert await store.catalogue.entry(STYLE, "Anna") is None
    assert await store.catalogue.is_empty(STYLE)
    assert not await store.catalogue.is_empty(VOICE)
    assert await store.catalogue.read_at(STYLE) is None


# How a list changes


async def test_new_list_shows_only_when_it_is_complete(store: Store) -> None:
    await show(store, *voices("Anna", "Ben"))
    await store.catalogue.begin_list(VOICE)
    await store.catalogue.add_page(VOICE, voices("Cleo"))
    before = await found(store, "")

    await store.catalogue.add_page(VOICE, voices("Ben"))
    count = await store.catalogue.finish_list(VOICE, NOON + timedelta(hours=1))

    assert (before, count) == (["Anna", "Ben"], 2)
    assert await found(store, "") == ["Cleo", "Ben"]
    assert await store.catalogue.read_at(VOICE) == NOON + timedelta(hours=1)


async def test_list_that_never_became_complete_is_forgotten(database_url: str) -> None:
    store = open_store(database_url)
    await store.catalogue.begin_list(VOICE)
    await store.catalogue.add_page(VOICE, voices("Lost"))
    await store.close()
    store = open_store(database_url)

    await show(store, *voices("Anna"))

    assert await found(store, "") == ["Anna"]
    await store.close()


async def test_empty_list_is_a_list(store: Store) -> None:
    await show(store, *voices("Anna"))

    assert await show(store) == 0
    assert await store.catalogue.is_empty(VOICE)
    assert await store.catalogue.read_at(VOICE) == NOON


async def test_entry_that_comes_twice_keeps_its_first_place(store: Store) -> None:
    await store.catalogue.begin_list(VOICE)
    await store.catalogue.add_page(VOICE, [an_entry("a", name="Mine", is_own=True)])
    await store.catalogue.add_page(VOICE, [an_entry("b"), an_entry("a", name="Public")])

    assert await store.catalogue.finish_list(VOICE, NOON) == 2
    assert (await store.catalogue.search(VOICE, "", 10))[0].name == "Mine"


# What a search finds


@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        ("", True),
        ("zoe", True),
        ("ZOÉ", True),
        ("Zoe\u0308", True),
        ("zo", True),
        ("oe", False),
        ("german female", True),
        ("Female, GERMAN!", True),
        ("fem ger", True),
        ("male", False),  # it is in "female", but does not begin it
        ("german english", False),
        ("strasse", True),
        ("straße", True),
        ("obrien", False),
        ("o'brien", True),
        ("photo avatar", True),
        ("photo_avatar", True),
        ("京", True),
        ("東京", True),
        ("%", True),  # no word at all, as good as nothing
        ("_", True),
        ("100%", False),
        ("' OR 1=1 --", False),
        ("\x00\ud800", True),
        ("zoe\x00german", True),
        ("z" * 10_000, False),
        ("zoe " * 1_000, True),
    ],
)
async def test_every_word_must_begin_a_word(store: Store, text: str, is_found: bool) -> None:
    name = "Zoë O'Brien, Straße 東京"
    words = " ".join(words_of(name, "German", "female", "photo_avatar"))
    await show(store, an_entry("zoe", name=name, words=words))

    assert (await found(store, text) == ["zoe"]) is is_found


async def test_own_come_first_then_names_then_the_order_of_heygen(store: Store) -> None:
    await show(
        store,
        an_entry("tagged", name="Ada", words="ada bruno"),
        an_entry("half", name="Bruno", words="bruno ada"),
        an_entry("named", name="Bruno Ada", words="bruno ada"),
        an_entry("named-too", name="Ada Bruno", words="bruno ada"),
        an_entry("own", name="Cleo", words="cleo bruno ada", is_own=True),
    )

    assert await found(store, "bruno ada") == ["own", "named", "named-too", "tagged", "half"]
    assert await found(store, "bruno") == ["own", "half", "named", "named-too", "tagged"]
    assert await found(store, "") == ["own", "tagged", "half", "named", "named-too"]


async def test_no_more_than_the_limit(store: Store) -> None:
    await show(store, *many_voices(30))

    assert len(await found(store, "", 7)) == 7
    assert len(await found(store, "voice", 7)) == 7


@given(text=st.text(max_size=60))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
async def test_any_text_is_answered_and_finds_what_is_called_so(store: Store, text: str) -> None:
    name = text.encode("utf-8", "replace").decode()
    await show(store, an_entry("it", name=name, words=" ".join(words_of(name))))

    assert await found(store, text) == ["it"]


# How fast


async def test_search_in_5000_voices_takes_less_than_a_menu_may(store: Store) -> None:
    await show(store, *many_voices(5_000))
    took = []
    for text in ("", "v", "german female", "voice 4999", "nobody at all"):
        began = time.perf_counter()
        await store.catalogue.search(VOICE, text, 100)
        took.append(time.perf_counter() - began)

    assert max(took) < SEARCH_WITHIN_S


async def test_5000_voices_keep_no_other_change_waiting(store: Store) -> None:
    """The one thread that writes is also what an ack waits for."""
    await show(store, *many_voices(5_000))
    took = []
    everyone = many_voices(5_000)
    pages = [everyone[start : start + 100] for start in range(0, 5_000, 100)]
    await store.catalogue.begin_list(VOICE)
    for page in pages:
        began = time.perf_counter()
        await store.catalogue.add_page(VOICE, page)
        took.append(time.perf_counter() - began)
    began = time.perf_counter()
    await store.catalogue.finish_list(VOICE, NOON)
    took.append(time.perf_counter() - began)

    assert max(took) < ONE_CHANGE_WITHIN_S
