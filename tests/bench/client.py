"""A process that does nothing but send requests one after the other and time the answers.

Standard input: {"url", "secret", "bodies"}; standard output: a list of seconds. A process of its
own, so that the sandboxes' work for the bot is not counted as the bot's.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time

import aiohttp

from bot.sandbox.slack.delivery import sign

FORM = "application/x-www-form-urlencoded"


class Sender:
    """Signed requests over one kept-alive connection."""

    def __init__(self, session: aiohttp.ClientSession, url: str, secret: str) -> None:
        self._session = session
        self._url = f"{url}/slack/events"
        self._secret = secret

    async def send(self, body: bytes) -> float:
        """Seconds until the answer was there; it must be a 200 without complaint."""
        headers = {"Content-Type": FORM, **sign(self._secret, body, int(time.time()))}
        began = time.perf_counter()
        async with self._session.post(self._url, data=body, headers=headers) as answer:
            text = await answer.text()
            seconds = time.perf_counter() - began
            assert answer.status == 200, (answer.status, text)
            assert "errors" not in text, text
        return seconds


async def send_all(url: str, secret: str, bodies: list[str]) -> list[float]:
    async with aiohttp.ClientSession() as session:
        sender = Sender(session, url, secret)
        return [await sender.send(body.encode()) for body in bodies]


async def send_at_once(urls: list[str], secret: str, bodies: list[str], connections: int) -> float:
    """Seconds for all, `connections` of them under way at a time, to the addresses in turn."""
    waiting = iter(bodies)
    connector = aiohttp.TCPConnector(limit=connections)
    async with aiohttp.ClientSession(connector=connector) as session:
        senders = [Sender(session, url, secret) for url in urls]

        async def send_next(sender: Sender) -> None:
            for body in waiting:
                await sender.send(body.encode())

        began = time.perf_counter()
        await asyncio.gather(*(send_next(senders[n % len(senders)]) for n in range(connections)))
        return time.perf_counter() - began


def main() -> None:
    """With a number as argument: that many connections at once, and the seconds for all."""
    asked = json.load(sys.stdin)
    if len(sys.argv) > 1:
        work = send_at_once(**asked, connections=int(sys.argv[1]))
        json.dump(asyncio.run(work), sys.stdout)
    else:
        json.dump(asyncio.run(send_all(**asked)), sys.stdout)


if __name__ == "__main__":
    main()
