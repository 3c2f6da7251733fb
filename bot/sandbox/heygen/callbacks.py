"""News of the HeyGen stand-in: when a session ends, its callback_url is told, without a signature,

and every registered endpoint, signed; each tried a few times.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import time
from collections.abc import Callable
from typing import Any

import aiohttp

from bot.sandbox.heygen.checks import is_loopback_url
from bot.sandbox.heygen.endpoints import SandboxEndpoint, WebhookEndpoints
from bot.sandbox.heygen.exchange import tell_news
from bot.sandbox.heygen.state import SandboxSession, SentCallback

TRIES = 3
PAUSE_S = 0.05  # between tries; HeyGen takes its time, a test does not
LOOK_S = 0.05  # longest pause between two looks at the clock, which a test may move by hand
ANSWER_S = 10.0  # HeyGen waits that long for a 2xx

log = logging.getLogger(__name__)


class CallbackCourier:
    """Watches sessions until they end, then tells who wants to know and is on this machine."""

    def __init__(
        self,
        payload_for: Callable[[SandboxSession], dict[str, Any]],
        endpoints_of: Callable[[SandboxSession], WebhookEndpoints],
    ) -> None:
        """`endpoints_of` are those of the account that a session is of."""
        self.sent: list[SentCallback] = []
        self._payload_for = payload_for
        self._endpoints_of = endpoints_of
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
        """From now on, if there is anybody to tell of it."""
        if session.callback_url is not None or self._endpoints_of(session).by_id:
            self._watched.append(session)
            self._wake.set()

    def look_again(self) -> None:
        """A session may have ended earlier than its clock said."""
        self._wake.set()

    async def deliver(self, session: SandboxSession) -> None:
        """Tell each, tried up to TRIES times until it answers 2xx."""
        payload = self._payload_for(session)
        tell_news(payload)
        endpoints = self._endpoints_of(session).subscribed(payload["event_type"])
        to: list[SandboxEndpoint | None] = [*endpoints]
        if session.callback_url is not None:
            to.insert(0, None)
        await asyncio.gather(*(self._tell(session, payload, endpoint) for endpoint in to))

    async def _tell(
        self, session: SandboxSession, payload: dict[str, Any], endpoint: SandboxEndpoint | None
    ) -> None:
        for attempt in range(TRIES):
            if attempt:
                await asyncio.sleep(PAUSE_S)
            status = await self._post(session, payload, endpoint)
            if status is not None and 200 <= status < 300:
                session.callback_sent_at = session.now()
                return
        log.info("news of session %s was not taken", session.session_id)

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

    async def _post(
        self, session: SandboxSession, payload: dict[str, Any], endpoint: SandboxEndpoint | None
    ) -> int | None:
        url = endpoint.url if endpoint else session.callback_url or ""
        body, status = json.dumps(payload).encode(), None
        headers = {"Content-Type": "application/json"}
        if endpoint is not None:
            headers |= endpoint.headers_for(body, payload["event_id"])
        if self._http is not None and is_loopback_url(url):
            try:
                async with self._http.post(
                    url, data=body, headers=headers, allow_redirects=False
                ) as answer:
                    status = answer.status
            except (aiohttp.ClientError, TimeoutError) as fault:
                log.info("news of session %s failed: %r", session.session_id, fault)
        is_signed = endpoint is not None
        self.sent.append(
            SentCallback(session.session_id, url, payload, status, time.time(), is_signed)
        )
        return status

    def _spawn(self, work: Any) -> None:
        task: asyncio.Task[None] = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
