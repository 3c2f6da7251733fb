"""One connection's deadlines, in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from bot.web.visitors import Limits, Visitor, Visitors
from tests.simulation import virtual_time

LIMITS = Limits(head_s=10.0, body_s=20.0, idle_s=75.0, refused_s=1.0, answer_s=30.0)


class Connection(asyncio.Transport):
    """Remembers when it was closed, by the loop's clock."""

    def __init__(self) -> None:
        super().__init__()
        self.closed_at: float | None = None

    def abort(self) -> None:
        assert self.closed_at is None
        self.closed_at = asyncio.get_running_loop().time()


def closed_at(visit: Callable[[Visitor], Awaitable[None]]) -> float | None:
    """When somebody who comes at 0 s and does this is shown out; None: not within an hour."""

    async def world() -> float | None:
        visitor, connection = Visitors(asyncio.Protocol, LIMITS)(), Connection()
        visitor.connection_made(connection)
        await visit(visitor)
        await asyncio.sleep(3600)
        return connection.closed_at

    return virtual_time.run(world())


def ask(visitor: Visitor) -> None:
    visitor.head_is_here()
    visitor.body_is_here()
    visitor.is_answered()


async def say_nothing(visitor: Visitor) -> None:
    pass


async def send_half_a_body(visitor: Visitor) -> None:
    await asyncio.sleep(9)
    visitor.head_is_here()


async def ask_once(visitor: Visitor) -> None:
    await asyncio.sleep(9)
    ask(visitor)


async def ask_for_long(visitor: Visitor) -> None:
    """One request after the other, each later than the first deadlines were."""
    ask(visitor)
    for _ in range(20):
        await asyncio.sleep(70)
        ask(visitor)


async def ask_and_begin_another(visitor: Visitor) -> None:
    """From idle to half a head: the deadline moves nearer."""
    ask(visitor)
    await asyncio.sleep(40)
    visitor.data_received(b"POST ")


async def be_refused(visitor: Visitor) -> None:
    visitor.head_is_here()
    visitor.is_refused()


async def wait_long_for_the_answer(visitor: Visitor) -> None:
    visitor.head_is_here()
    visitor.body_is_here()
    await asyncio.sleep(600)
    visitor.is_answered()


async def be_in_work(visitor: Visitor) -> None:
    visitor.head_is_here()
    visitor.body_is_here()


async def leave(visitor: Visitor) -> None:
    await asyncio.sleep(5)
    visitor.close()


@pytest.mark.parametrize(
    ("visit", "expected_s"),
    [
        (say_nothing, 10),
        (send_half_a_body, 9 + 20),
        (ask_once, 9 + 75),
        (ask_for_long, 20 * 70 + 75),
        (ask_and_begin_another, 40 + 10),
        (be_refused, 1),
        (wait_long_for_the_answer, 600 + 75),
        (be_in_work, None),
        (leave, 5),
    ],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def test_deadline(visit: Callable[[Visitor], Awaitable[None]], expected_s: float | None) -> None:
    assert closed_at(visit) == expected_s
