"""Callbacks of the HeyGen stand-in: one unsigned POST when a session ends, tried a few times."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from typing import Any

import aiohttp

from bot.sandbox.heygen_checks import is_loopback_url
from bot.sandbox.heygen_state import SandboxSession, SentCallback

TRIES = 3
PAUSE_S = 0.05  # between tries; HeyGen takes its time, a test does not
LOOK_S = 0.05  # longest pause between two looks at the clock, which a test may move by hand
ANSWER_S = 10.0  # HeyGen waits that long for a 2xx

log = logging.getLogger(__name__)


class CallbackCourier:
    """Watches sessions until they end, then tells their callback_url if it is on this machine."""

    def __init__(self, payload_for: Callable[[SandboxSession], dict[str, Any]]) -> None:
        self.sent: list[SentCallback] = []
        self._payload_for = payload_for
        self._watched: list[SandboxSession] = []
        self._wake = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._http: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        timeout = aiohttp.ClientTimeout(total=ANSWER_S)
        self._http = aiohttp.ClientSession(timeout=timeout, headers={"User-Agent": "HeyGen"})
        self._wake = asyncio.Event()
        self._spawn(self._watch())

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._http is not None:
            await self._http.close()

    def watch(self, session: SandboxSession) -> None:
        if session.callback_url is not None:
            self._watched.append(session)
            self._wake.set()

    def look_again(self) -> None:
        """A session may have ended earlier than its clock said."""
        self._wake.set()

    async def deliver(self, session: SandboxSession) -> None:
        """One callback, tried up to TRIES times until somebody answers 2xx."""
        payload = self._payload_for(session)
        for attempt in range(TRIES):
            if attempt:
                await asyncio.sleep(PAUSE_S)
            status = await self._post(session, payload)
            if status is not None and 200 <= status < 300:
                session.callback_sent_at = session.now()
                return
        log.info("callback of session %s was not taken", session.session_id)

    async def _watch(self) -> None:
        while True:
            for session in [s for s in self._watched if s.ended]:
                self._watched.remove(session)
                self._spawn(self.deliver(session))
            self._wake.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), self._pause_s())

    def _pause_s(self) -> float | None:
        if not self._watched:
            return None
        nearest = min(session.ends_at - session.now() for session in self._watched)
        return max(0.001, min(nearest, LOOK_S))

    async def _post(self, session: SandboxSession, payload: dict[str, Any]) -> int | None:
        url, status = session.callback_url or "", None
        if self._http is not None and is_loopback_url(url):
            try:
                async with self._http.post(url, json=payload, allow_redirects=False) as answer:
                    status = answer.status
            except (aiohttp.ClientError, TimeoutError) as fault:
                log.info("callback of session %s failed: %r", session.session_id, fault)
        self.sent.append(SentCallback(session.session_id, url, payload, status, time.time()))
        return status

    def _spawn(self, work: Any) -> None:
        task: asyncio.Task[None] = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
