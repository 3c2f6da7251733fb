"""Where a message goes when the thread or the channel does not take it."""

from __future__ import annotations

import pytest

from bot.domain.delivery.delivery import (
    NO_THREAD,
    NOT_A_MEMBER,
    NOWHERE,
    Delivery,
    DeliveryKind,
    DeliveryState,
    delivery_id,
)
from tests.builders import NOON


def owed(detour: str | None = None, state: DeliveryState = DeliveryState.DUE) -> Delivery:
    return Delivery("job-1.card", "job-1", DeliveryKind.CARD, state, NOON, detour=detour)


def test_without_a_detour_it_goes_into_the_thread() -> None:
    assert not owed().is_direct
    assert not owed().is_unthreaded


@pytest.mark.parametrize("code", sorted(NO_THREAD))
def test_where_there_is_no_thread_it_goes_into_the_channel(code: str) -> None:
    assert owed(code).is_unthreaded
    assert not owed(code).is_direct


@pytest.mark.parametrize("code", [NOT_A_MEMBER, NOWHERE, "word_of_tomorrow"])
def test_what_the_channel_does_not_take_goes_to_the_requester(code: str) -> None:
    assert owed(code).is_direct
    assert not owed(code).is_unthreaded


@pytest.mark.parametrize("state", DeliveryState)
def test_only_what_is_posted_is_edited(state: DeliveryState) -> None:
    assert owed(state=state).is_edit is (state is DeliveryState.POSTED)


def test_id_follows_from_job_and_kind() -> None:
    found = {delivery_id(job, kind) for job in ("job-1", "job-2") for kind in DeliveryKind}

    assert delivery_id("job-1", DeliveryKind.FILE) == "job-1.file"
    assert len(found) == 2 * len(DeliveryKind)
