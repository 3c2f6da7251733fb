"""The one app of a sandbox, and what all workspaces share: the address, ids, waiting."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from bot.sandbox.slack.state import Json

if TYPE_CHECKING:
    from bot.sandbox.slack.workspace import Workspace

T = TypeVar("T")
SENT_KEPT = 10_000
TOKEN_LIFE_S = 43_200.0  # FACTS section 10: twelve hours


@dataclass
class SlackApp:
    """Every change of anything ends with `changed()`, so nobody needs to poll."""

    now: Callable[[], float] = time.time
    name: str = "video-bot"
    client_id: str = "111111111111.222222222222"
    client_secret: str = "sandbox-client-secret"
    rotation: bool = False  # tokens live for `token_life_s` and come with a refresh token
    token_life_s: float = TOKEN_LIFE_S
    org_wide: bool = True  # the manifest's `org_deploy_enabled`
    redirect_urls: tuple[str, ...] = ()  # registered ones; none: any address will do
    base_url: str = ""
    folder: Path = field(default_factory=Path)  # for uploads; there while the stand-in runs
    app_id: str = ""
    workspaces: list[Workspace] = field(default_factory=list)
    # bodies of all that the bot said, wherever
    sent: deque[Json] = field(default_factory=lambda: deque(maxlen=SENT_KEPT))
    _ids: int = 0
    _waiting: set[asyncio.Future[None]] = field(default_factory=set)

    def count(self) -> int:
        """A number that was never given before."""
        self._ids += 1
        return self._ids

    def new_id(self, prefix: str) -> str:
        """Shaped as Slack's: a letter or two and ten capital letters or digits."""
        return f"{prefix}0{0xA5B0C0000 + self.count() * 0x1F3B:09X}"

    def changed(self) -> None:
        for waiter in self._waiting:
            if not waiter.done():
                waiter.set_result(None)
        self._waiting.clear()

    async def wait_for(self, look: Callable[[], T | None], timeout_s: float, what: str) -> T:
        """The first thing `look` finds, now or after a change; TimeoutError names `what`."""
        try:
            async with asyncio.timeout(timeout_s):
                while (found := look()) is None:
                    waiter = asyncio.get_running_loop().create_future()
                    self._waiting.add(waiter)
                    try:
                        await waiter
                    finally:
                        self._waiting.discard(waiter)
        except TimeoutError:
            raise TimeoutError(f"waited {timeout_s} s for {what}") from None
        return found
