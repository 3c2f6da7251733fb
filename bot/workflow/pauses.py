"""What Slack asked to wait for: the posts of one conversation, every edit, everything."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog

from bot.domain.errors import SlackError
from bot.domain.ports.clock import Clock

log = structlog.get_logger(__name__)

EVERYTHING = "everything"
TOKEN = "everything, for the bot may not"  # until Slack takes the token again
EDITS = "edits"  # chat.update counts for the whole workspace (FACTS of Slack, section 6)
LOOKS = "looks"  # so do conversations.history and conversations.replies

RETRY_FIRST_S = 2.0
RETRY_CAP_S = 300.0
TRIES = 30  # about two hours of pauses; then the log says that nobody could be told
STOPPED_PAUSE = timedelta(minutes=10)  # a key or a token is refused; shorter once it works again
MIGRATION_PAUSE = timedelta(hours=1)


class Pauses:
    """Kept in memory: after a restart Slack says it once more."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._begun: dict[str, tuple[datetime, datetime]] = {}

    def begin(self, what: str, how_long: timedelta, error: SlackError) -> datetime:
        """`error` is Slack's reason. Returns its end."""
        now = self._clock.now()
        until = now + how_long
        self._begun[what] = (now, until)
        log.warning("waiting for Slack", what=what, code=error.code, until=until.isoformat())
        return until

    def until(self, what: str) -> datetime | None:
        """When this pause ends; None when there is none."""
        self._forget_what_is_over()
        return self._begun[what][1] if what in self._begun else None

    def resume(self) -> bool:
        """Slack takes the bot's token (again); False when nothing waited for it."""
        return self._begun.pop(TOKEN, None) is not None

    def of_all(self) -> datetime | None:
        """When the last pause ends that concerns everything."""
        return max(filter(None, map(self.until, (EVERYTHING, TOKEN))), default=None)

    def is_any(self) -> bool:
        self._forget_what_is_over()
        return bool(self._begun)

    def _forget_what_is_over(self) -> None:
        """A clock that was put back ends them, too: else one would last as long as the jump."""
        now = self._clock.now()
        self._begun = {
            what: (begun, end) for what, (begun, end) in self._begun.items() if begun <= now < end
        }
