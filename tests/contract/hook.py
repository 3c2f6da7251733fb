"""The one hook: what HeyGen's stand-in takes and tells, and Slack's answers, keep their contracts.

A pytest plugin (tests/conftest.py), so it works in each worker of pytest-xdist. It listens to the
stand-ins as an audit hook and fails the test in which something disagreed. What is wrong on purpose
says so where it is ordered: an answer by `Fault(..., odd=True)`, a request by the test's mark
`wrong_requests`; such a mark that nothing needs is a fault of its own.
"""

from __future__ import annotations

import sys
from collections.abc import Generator, Iterator
from typing import Any

import pytest

from bot.sandbox.heygen.exchange import EXCHANGE, NEWS, Exchange
from bot.sandbox.slack.api import ANSWER
from tests.contract import slack
from tests.contract.heygen import (
    is_contracted,
    wrong_with_answer,
    wrong_with_news,
    wrong_with_request,
)

MARK = "wrong_requests"
KEPT_MAX = 2_000  # exchanges judged at the latest when so many wait, as in the soak


class ContractBroken(AssertionError):
    """Somebody said to the other side what HeyGen's contract does not know."""


class Listener:
    """Keeps what was said until somebody wants to know what was wrong with it."""

    def __init__(self) -> None:
        self.heard = 0
        self._exchanges: list[Exchange] = []
        self._news: list[dict[str, Any]] = []
        self._slack: list[tuple[str, dict[str, Any]]] = []
        self._wrong: list[str] = []
        self._refused: list[str] = []

    def __call__(self, event: str, args: tuple[Any, ...]) -> None:
        if event == EXCHANGE:
            self.hear(args[0])
        elif event == NEWS:
            self._news.append(args[0])
        elif event == ANSWER:
            self._slack.append((args[0], args[1]))

    def hear(self, exchange: Exchange) -> None:
        self.heard += 1
        self._exchanges.append(exchange)
        if len(self._exchanges) >= KEPT_MAX:
            self._judge()

    def verdict(self) -> tuple[list[str], list[str]]:
        """(what was wrong, wrong requests that were refused) since the last verdict."""
        self._judge()
        wrong, refused = self._wrong, self._refused
        self._wrong, self._refused = [], []
        return wrong, refused

    def _judge(self) -> None:
        exchanges, self._exchanges = self._exchanges, []
        news, self._news = self._news, []
        answers, self._slack = self._slack, []
        for exchange in exchanges:
            at = f"{exchange.method} {exchange.path}, {exchange.status}"
            requests = [f"{at}: {one}" for one in wrong_with_request(exchange)]
            is_refused = 400 <= exchange.status < 500 and not exchange.in_fault
            (self._refused if is_refused else self._wrong).extend(requests)
            self._wrong += [f"{at}: {one}" for one in _wrong_with_answer(exchange)]
        for method, answer in answers:
            self._wrong += [f"{method}: {one}" for one in slack.wrong_with_answer(method, answer)]
        for payload in news:
            self._wrong += [
                f"{payload.get('event_type')}: {one}" for one in wrong_with_news(payload)
            ]


def _wrong_with_answer(exchange: Exchange) -> Iterator[str]:
    wrong = wrong_with_answer(exchange)
    if not exchange.odd:
        hint = "; if a fault means it so, it says odd=True" if exchange.in_fault else ""
        yield from (one + hint for one in wrong)
    elif not wrong and exchange.in_fault and is_contracted(exchange):
        yield "the fault says odd=True, but HeyGen may answer so"


class Plugin:
    """Fails the test during which something was wrong, after its call or its teardown."""

    def __init__(self, listener: Listener) -> None:
        self.listener = listener

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, None, None]:
        try:
            result = yield
        except BaseException:
            self._complain(item)
            raise
        if not self._complain(item) and item.get_closest_marker(MARK):
            raise ContractBroken(f"marked {MARK}, but no request was wrong and refused")
        return result

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Generator[None, None, None]:
        try:
            return (yield)
        finally:
            self._complain(item)

    def _complain(self, item: pytest.Item) -> bool:
        """Raises ContractBroken; else whether wrong requests were refused."""
        wrong, refused = self.listener.verdict()
        is_marked = item.get_closest_marker(MARK) is not None
        if not is_marked:
            wrong += [f"{one}; if the test means it so, mark it {MARK}" for one in refused]
        if wrong:
            raise ContractBroken("\n".join(["the platforms' contracts:", *dict.fromkeys(wrong)]))
        return bool(refused)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", f"{MARK}: says to HeyGen's stand-in what the contract forbids; it must refuse"
    )
    listener = Listener()
    config.pluginmanager.register(Plugin(listener), "heygen-contract")
    sys.addaudithook(listener)
