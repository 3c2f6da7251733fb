"""A Slack client that sends each request once, and the way it takes."""

from __future__ import annotations

import pytest

from bot.slack.client import is_direct, is_loopback, slack_client, slack_session

PROXY = "http://proxy.example:3128"


@pytest.mark.parametrize(
    ("host", "is_here"),
    [("127.0.0.1", True), ("::1", True), ("localhost", True), ("slack.com", False), ("", False)],
)
def test_this_machine_is_known_by_its_names(host: str, is_here: bool) -> None:
    assert is_loopback(host) is is_here


def test_address_named_in_no_proxy_is_reached_directly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", PROXY)
    monkeypatch.setenv("NO_PROXY", "slack.example")

    assert is_direct("https://slack.example/api/")
    assert not is_direct("https://slack.com/api/")


async def test_client_repeats_nothing_and_takes_the_proxy_only_outside(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", PROXY)
    async with slack_session() as session:
        outside = slack_client("xoxb-1", "https://slack.com/api/", session)
        here = slack_client("xoxb-1", "http://127.0.0.1:9/api/", session)

    assert outside.retry_handlers == here.retry_handlers == []
    assert (outside.proxy, here.proxy) == (PROXY, None)
