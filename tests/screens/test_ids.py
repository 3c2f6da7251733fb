"""Ids that carry something: marks of deliveries."""

from __future__ import annotations

from bot.screens.ids import delivery_mark, is_delivery_mark


def test_mark_of_one_delivery_is_not_the_mark_of_another_that_begins_alike() -> None:
    assert not is_delivery_mark(delivery_mark("job-12.card"), "job-1")
    assert not is_delivery_mark(delivery_mark("job-1.card2"), "job-1.card")
