"""Workspaces: for which HeyGen accounts somebody works, and when a token is renewed."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.workspace import (
    NO_ACCOUNT,
    RENEW_BEFORE_END,
    HeyGenKey,
    Installation,
    KeyStatus,
    SlackToken,
    Tenancy,
    account_of,
    tenancies,
)

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
ENDS_AT = NOON + timedelta(hours=12)
SECOND = timedelta(seconds=1)
SECRET = "sk-of-acme"


def installed(workspace_id: str, *, has_token: bool = True) -> Installation:
    token = SlackToken("xoxb-1") if has_token else None
    who = ("Acme", "A1", "B1", "U-BOT", ("commands",), "U-ADMIN")
    return Installation(workspace_id, workspace_id, None, *who, NOON, token)


def key(workspace_id: str, account: str, *, is_current: bool = True) -> HeyGenKey:
    return HeyGenKey(workspace_id, account, SECRET, is_current, "U-ADMIN", NOON)


def current(workspace_id: str, account: str) -> Tenancy:
    return Tenancy(workspace_id, account, is_installed=True, is_current=True)


def earlier(workspace_id: str, account: str) -> Tenancy:
    return Tenancy(workspace_id, account, is_installed=True, is_current=False)


def gone(workspace_id: str, account: str) -> Tenancy:
    return Tenancy(workspace_id, account, is_installed=False, is_current=False)


T1, T2 = installed("T1"), installed("T2")
T1_GONE = installed("T1", has_token=False)
OWN, OLD = key("T1", "own"), key("T1", "old", is_current=False)

DEFAULT = "default"  # the account of the operator's key
CASES = {
    "nobody": ([], [], set(), DEFAULT, []),
    "no-key-and-the-operator-has-one": (
        *([T1], [], set(), DEFAULT),
        [current("T1", "default")],
    ),
    "no-key-at-all": ([T1], [], set(), NO_ACCOUNT, [current("T1", NO_ACCOUNT)]),
    "own-key": ([T1], [OWN], set(), NO_ACCOUNT, [current("T1", "own")]),
    "own-key-before-the-operator-s": ([T1], [OWN], set(), DEFAULT, [current("T1", "own")]),
    "only-a-retired-key": ([T1], [OLD], set(), DEFAULT, [current("T1", "default")]),
    "two-workspaces-one-with-a-key": (
        *([T1, T2], [OWN], set(), DEFAULT),
        [current("T1", "own"), current("T2", "default")],
    ),
    "its-own-jobs-make-no-second-one": (
        *([T1], [OWN], {("T1", "own")}, NO_ACCOUNT),
        [current("T1", "own")],
    ),
    "earlier-account-has-jobs-left": (
        *([T1], [OWN, OLD], {("T1", "old")}, NO_ACCOUNT),
        [current("T1", "own"), earlier("T1", "old")],
    ),
    "operator-s-account-has-jobs-left": (
        *([T1], [OWN], {("T1", "default")}, DEFAULT),
        [current("T1", "own"), earlier("T1", "default")],
    ),
    "several-earlier-ones-in-order": (
        *([T1], [], {("T1", "b"), ("T1", "a")}, NO_ACCOUNT),
        [current("T1", NO_ACCOUNT), earlier("T1", "a"), earlier("T1", "b")],
    ),
    "earlier-account-is-done-with": ([T1], [OWN, OLD], set(), NO_ACCOUNT, [current("T1", "own")]),
    "jobs-of-another-workspace-only": (
        *([T1], [OWN], {("T2", "old")}, NO_ACCOUNT),
        [current("T1", "own")],
    ),
    "uninstalled-and-done": ([T1_GONE], [OWN], set(), DEFAULT, []),
    "uninstalled-with-jobs-left": (
        *([T1_GONE], [OWN], {("T1", "own"), ("T1", "")}, DEFAULT),
        [gone("T1", ""), gone("T1", "own")],
    ),
}


@pytest.mark.parametrize(
    ("installations", "keys", "unfinished", "default", "expected"), CASES.values(), ids=CASES
)
def test_who_is_worked_for(
    installations: list[Installation],
    keys: list[HeyGenKey],
    unfinished: set[tuple[str, str]],
    default: str,
    expected: list[Tenancy],
) -> None:
    assert tenancies(installations, keys, unfinished, default) == expected


@pytest.mark.parametrize(
    ("token", "now", "expected"),
    [
        pytest.param(SlackToken("a"), ENDS_AT, False, id="never-ends"),
        pytest.param(SlackToken("a", None, ENDS_AT), ENDS_AT, False, id="cannot-be-renewed"),
        pytest.param(SlackToken("a", "r", None), ENDS_AT, False, id="ends-at-no-known-time"),
        pytest.param(SlackToken("a", "r", ENDS_AT), NOON, False, id="new"),
        pytest.param(
            SlackToken("a", "r", ENDS_AT),
            ENDS_AT - RENEW_BEFORE_END - SECOND,
            False,
            id="a-second-too-soon",
        ),
        pytest.param(
            SlackToken("a", "r", ENDS_AT), ENDS_AT - RENEW_BEFORE_END, True, id="two-hours-left"
        ),
        pytest.param(SlackToken("a", "r", ENDS_AT), ENDS_AT + SECOND, True, id="ended"),
    ],
)
def test_token_is_renewed_two_hours_before_it_ends(
    token: SlackToken, now: datetime, expected: bool
) -> None:
    assert token.is_to_be_renewed(now) is expected


@pytest.mark.parametrize(
    ("status", "has_own", "has_any"),
    [
        pytest.param(KeyStatus(), False, False, id="none"),
        pytest.param(KeyStatus(has_default=True), False, True, id="operator-s"),
        pytest.param(KeyStatus("U-ADMIN", NOON), True, True, id="own"),
        pytest.param(KeyStatus("U-ADMIN", NOON, True), True, True, id="both"),
    ],
)
def test_what_people_may_know_of_a_key(status: KeyStatus, has_own: bool, has_any: bool) -> None:
    assert (status.has_own, status.has_any) == (has_own, has_any)


def test_account_is_always_the_same_for_a_key_and_tells_nothing_of_it() -> None:
    name = account_of(SECRET)

    assert name == account_of(SECRET)
    assert name != account_of(SECRET + "x")
    assert re.fullmatch("[0-9a-f]{16}", name)
    assert name not in {"", NO_ACCOUNT}


def test_secrets_are_not_shown() -> None:
    shown = f"{SlackToken('xoxb-secret', 'xoxe-secret')!r} {key('T1', 'own')!r}"

    assert "secret" not in shown
    assert SECRET not in shown
