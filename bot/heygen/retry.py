"""When a read is asked again and how long to wait; pure, for the client.

Reads may be repeated (contract, "retry" of every GET: 429, 5xx, transport faults), and so may the
end of an upload, which does the same however often it is sent. No other write passes through here:
a create costs money, and the workflow finds out whether a lost one arrived.
"""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from bot.domain.errors import VideoAgentBusy, VideoAgentUnavailable
from bot.domain.job.timing import believed_pause_s

READ_ATTEMPTS = 3  # the first and two more, as HeyGen's own command line does (FACTS section 3)
READ_RETRIES_WITHIN_S = (
    10.0  # after that the workflow reschedules: it has longer breath than a call
)
FIRST_PAUSE_S = 0.5  # doubled for the next one
LONGEST_PAUSE_S = 3.0  # a longer Retry-After is handed up instead of being waited for here

_SECONDS = re.compile(r"\d{1,9}(\.\d{1,9})?", re.ASCII)


def pause_before_next_read(error: Exception) -> bool | float:
    """What comes after a read failed with `error`; the shape is that of stamina's backoff hook.

    False: give up; True: ask again after the usual pause; a number: after that many seconds.
    """
    if isinstance(error, VideoAgentBusy):
        if error.retry_after_s is None:
            return True
        return error.retry_after_s if error.retry_after_s <= LONGEST_PAUSE_S else False
    # Status 0 is no answer at all. A redirect and an unreadable 200 stay what they are.
    return isinstance(error, VideoAgentUnavailable) and (error.status == 0 or error.status >= 500)


def retry_after_s(value: str | None, now: datetime) -> float | None:
    """Seconds to wait by a Retry-After header, as far as it is believed; None: it says nothing.

    Seconds and HTTP dates are both in use (contract, Retry-After: "HTTP date tolerated").
    """
    text = (value or "").strip()
    if _SECONDS.fullmatch(text):
        return believed_pause_s(float(text))
    until = http_date(text)
    if until is None:
        return None
    return believed_pause_s(math.ceil((until - now).total_seconds()))


def http_date(text: str) -> datetime | None:
    """The moment an HTTP date names, aware in UTC; None when it is none."""
    try:
        moment = parsedate_to_datetime(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
