"""A trigger opens once."""

from __future__ import annotations

from handlers.triggers import KEPT, Triggers


def test_trigger_that_comes_again_is_no_first() -> None:
    triggers = Triggers()

    assert [triggers.is_first(name) for name in ("a", "b", "a", "b")] == [True, True, False, False]


def test_only_the_oldest_trigger_is_forgotten() -> None:
    triggers = Triggers()
    for number in range(KEPT + 1):
        triggers.is_first(str(number))

    assert not triggers.is_first("1")
    assert triggers.is_first("0")
