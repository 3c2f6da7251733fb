"""Which failed reads are asked again, and what Retry-After says."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.errors import (
    VideoAgentBlocked,
    VideoAgentBusy,
    VideoAgentNotFound,
    VideoAgentOutcomeUnknown,
    VideoAgentRefused,
    VideoAgentUnavailable,
)
from bot.heygen.retry import (
    LONGEST_PAUSE_S,
    pause_before_next_read,
    retry_after_s,
)

NOW = datetime(2026, 10, 21, 7, 28, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("error", "pause"),
    [
        (VideoAgentUnavailable(), True),
        (VideoAgentUnavailable(status=500), True),
        (VideoAgentUnavailable(status=503), True),
        (VideoAgentUnavailable(status=520), True),
        (VideoAgentUnavailable(status=301), False),
        (VideoAgentUnavailable(status=200), False),
        (VideoAgentBusy(), True),
        (VideoAgentBusy(retry_after_s=0), 0),
        (VideoAgentBusy(retry_after_s=LONGEST_PAUSE_S), LONGEST_PAUSE_S),
        (VideoAgentBusy(retry_after_s=LONGEST_PAUSE_S + 0.1), False),
        (VideoAgentRefused(status=400), False),
        (VideoAgentNotFound(status=404), False),
        (VideoAgentBlocked(status=401), False),
        (VideoAgentOutcomeUnknown(status=500), False),
        (ValueError(), False),
    ],
    ids=lambda value: f"{type(value).__name__}-{value}",
)
def test_read_is_asked_again_only_where_that_helps(error: Exception, pause: bool | float) -> None:
    decided = pause_before_next_read(error)

    assert decided == pause
    assert isinstance(decided, bool) == isinstance(pause, bool)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("nan", None),
        ("inf", None),
        ("\u0663", None),
        ("0", 1),
        (" 12 ", 12),
        ("1.5", 1.5),
        ("86400", 600),
        ("999999999", 600),
        ("Wed, 21 Oct 2026 07:28:30 GMT", 30),
        ("Wed, 21 Oct 2026 07:28:30 -0000", 30),
        ("Wed, 21 Oct 2026 09:28:30 +0200", 30),
        ("Wed, 21 Oct 2026 07:00:00 GMT", 1),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 600),
        ("Fri, 31 Dec 9999 23:59:59 -0100", None),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(
    header: str | None, seconds: float | None
) -> None:
    assert retry_after_s(header, NOW) == seconds


@given(st.text(max_size=40))
def test_any_retry_after_is_nothing_or_within_the_cap(header: str) -> None:
    wait_s = retry_after_s(header, NOW)

    assert wait_s is None or 1 <= wait_s <= 600
