"""A workspace's own HeyGen key: checked with HeyGen before it is kept, replaced, removed."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Coroutine, Iterable
from typing import Any

import structlog

from bot.domain import texts
from bot.domain.errors import (
    RequestRefused,
    VideoAgentBlocked,
    VideoAgentError,
    VideoAgentRefused,
)
from bot.domain.ports.clock import Clock
from bot.domain.ports.store import HeyGenKeys
from bot.domain.workspace import NO_ACCOUNT, HeyGenKey, KeyStatus, account_of

log = structlog.get_logger(__name__)

FIELD = "heygen_key"  # which a RequestRefused of `connect` names
KEY_MAX_CHARS = 300
_KEY = re.compile(rf"[!-~]{{8,{KEY_MAX_CHARS}}}")  # what a header can carry
CHECK_WITHIN_S = 1.7  # Slack waits 3 s for the answer to a form, which has more to wait for
_NO_SUCH_KEY = (401, 403)

Check = Callable[[str], Coroutine[Any, Any, None]]


class WorkspaceKey:
    """One for each workspace. It remembers what it last read, so that `has_any` costs nothing."""

    def __init__(
        self,
        keys: HeyGenKeys,
        workspace_id: str,
        *,
        check: Check,
        clock: Clock,
        on_change: Callable[[], None],
        default: str = NO_ACCOUNT,
        check_within_s: float = CHECK_WITHIN_S,
    ) -> None:
        """`check` asks HeyGen with a key and raises VideoAgentError.

        `default` is the account of the operator's key, which serves whoever has none.
        `check_within_s` is how long HeyGen has to answer. `on_change` hears of every
        key that was connected or removed here.
        """
        self._keys = keys
        self.workspace_id = workspace_id
        self._check = check
        self._clock = clock
        self._on_change = on_change
        self._default = default
        self._has_default = default != NO_ACCOUNT
        self._check_within_s = check_within_s
        self._known = KeyStatus(has_default=self._has_default)
        self._checking: tuple[str, asyncio.Task[None]] | None = None

    async def status(self) -> KeyStatus:
        """What there is now; `has_any` knows it from then on. Raises StoreUnavailable."""
        return self.learn(await self._keys.all())

    def learn(self, keys: Iterable[HeyGenKey]) -> KeyStatus:
        """The same of all keys that were just read."""
        self._known = KeyStatus(has_default=self._has_default)
        for key in keys:
            if key.workspace_id == self.workspace_id and key.is_current:
                self._known = KeyStatus(key.connected_by, key.connected_at, self._has_default)
        return self._known

    @property
    def has_any(self) -> bool:
        """Whether videos can be made, as last read."""
        return self._known.has_any

    def why_it_waits(self, said: str | None) -> str | None:
        """`said` is why nothing is sent to HeyGen (workflow/gate), here in words for people who
        can have their own key.
        """
        if not self.has_any:
            return texts.WAITS_FOR_KEY
        is_ours = self._known.has_own and said == texts.BOT_KEY_REFUSED
        return texts.WORKSPACE_KEY_REFUSED if is_ours else said

    async def connect(self, secret: str, who: str) -> None:
        """Keep this key, once HeyGen has taken it; `who` is an admin.

        Raises RequestRefused, whose fault says what to do, and StoreUnavailable.
        """
        if not _KEY.fullmatch(secret):
            raise RequestRefused({FIELD: texts.KEY_MISSHAPEN})
        await self._checked(secret)
        key = HeyGenKey(
            self.workspace_id,
            account_of(secret),
            secret,
            is_current=True,
            connected_by=who,
            connected_at=self._clock.now(),
        )
        await self._keys.keep(key)
        log.info("HeyGen key connected", team_id=self.workspace_id, who=who)
        await self._changed()

    async def remove(self, who: str) -> None:
        """What runs is finished with it; what waits goes to the operator's key, if there is one.

        Raises StoreUnavailable.
        """
        await self._keys.retire(self.workspace_id, instead=self._default)
        log.info("HeyGen key removed", team_id=self.workspace_id, who=who)
        await self._changed()

    async def _changed(self) -> None:
        await self.status()
        self._on_change()

    async def _checked(self, secret: str) -> None:
        """HeyGen has a moment; who asks again with the same key waits for the same answer."""
        asking = self._asking(secret)
        await asyncio.wait([asking], timeout=self._check_within_s)
        if not asking.done():
            raise RequestRefused({FIELD: texts.KEY_CHECK_SLOW})
        self._checking = None
        try:
            await asking
        except VideoAgentError as error:
            log.info("HeyGen key not taken", team_id=self.workspace_id, code=error.code)
            raise RequestRefused({FIELD: _sentence_of(error)}) from error

    def _asking(self, secret: str) -> asyncio.Task[None]:
        account = account_of(secret)
        if self._checking is not None and self._checking[0] == account:
            return self._checking[1]
        asking = asyncio.create_task(self._check(secret))
        asking.add_done_callback(_look_at)
        self._checking = account, asking
        return asking


def _look_at(asking: asyncio.Task[None]) -> None:
    """An answer that nobody came back for is no error of the loop's."""
    if not asking.cancelled():
        asking.exception()


def _sentence_of(error: VideoAgentError) -> str:
    if not isinstance(error, VideoAgentBlocked | VideoAgentRefused):
        return texts.KEY_NOT_CHECKED
    if error.status in _NO_SUCH_KEY:
        return texts.KEY_REFUSED
    return texts.KEY_OF_NO_USE.format(message=error.message)
