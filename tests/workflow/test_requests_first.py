import asyncio
import time

from bot.workflow.requests_first import LET_PASS_S, QUIET_S, RequestsFirst


async def test_nothing_waits_while_nobody_asks() -> None:
    first = RequestsFirst()
    began = time.monotonic()

    await first.wait()

    assert time.monotonic() - began < QUIET_S


async def test_background_waits_until_it_is_quiet() -> None:
    first = RequestsFirst()
    first.note()
    began = time.monotonic()

    await first.wait()

    assert time.monotonic() - began >= QUIET_S


async def test_background_goes_on_however_many_requests_come() -> None:
    first = RequestsFirst()

    async def ask_all_the_time() -> None:
        while True:
            first.note()
            await asyncio.sleep(0)

    asking = asyncio.create_task(ask_all_the_time())
    await asyncio.sleep(0)
    began = time.monotonic()
    await first.wait()
    waited_s = time.monotonic() - began
    asking.cancel()

    assert waited_s >= LET_PASS_S
