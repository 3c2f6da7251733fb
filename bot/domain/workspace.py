"""A Slack workspace (or a whole organisation) that installed the app, and its HeyGen key."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

RENEW_BEFORE_END = timedelta(hours=2)  # of a token's twelve hours (FACTS of Slack, section 10)


@dataclass(frozen=True, slots=True)
class SlackToken:
    """A bot token; one that rotates ends at `expires_at` and is renewed with `refresh`."""

    access: str = field(repr=False)
    refresh: str | None = field(default=None, repr=False)
    expires_at: datetime | None = None

    def is_to_be_renewed(self, now: datetime) -> bool:
        if self.refresh is None or self.expires_at is None:
            return False
        return now >= self.expires_at - RENEW_BEFORE_END


@dataclass(frozen=True, slots=True)
class Installation:
    """One installation: the workspace it serves and what Slack gave for it."""

    workspace_id: str  # T…, of an organisation-wide one E…: what jobs have as their team
    team_id: str | None  # None for an organisation-wide one
    enterprise_id: str | None
    name: str
    app_id: str
    bot_id: str
    bot_user_id: str
    scopes: tuple[str, ...]
    installed_by: str  # user id
    installed_at: datetime
    token: SlackToken | None  # None: uninstalled, or revoked


@dataclass(frozen=True, slots=True)
class HeyGenKey:
    """A workspace's own key. An earlier one is kept until the videos made with it have ended."""

    workspace_id: str
    account: str  # account_of(secret): what jobs have as their account
    secret: str = field(repr=False)
    is_current: bool
    connected_by: str  # user id
    connected_at: datetime


def account_of(secret: str) -> str:
    """The name of the account behind a key, which tells nothing of the key."""
    return hashlib.sha256(b"HeyGen account " + secret.encode()).hexdigest()[:16]


NO_ACCOUNT = "none"  # nobody pays: no video can be made


@dataclass(frozen=True, slots=True)
class Tenancy:
    """A workspace with one HeyGen account: a bot of its own works for each."""

    workspace_id: str
    account: str
    is_installed: bool  # its Slack token is there
    is_current: bool  # new videos are this account's, and people's requests come here


def current_accounts(
    installations: Iterable[Installation], keys: Iterable[HeyGenKey], default: str
) -> dict[str, str]:
    """The account of each workspace that has the app, by its id."""
    own = {key.workspace_id: key.account for key in keys if key.is_current}
    ids = [each.workspace_id for each in installations if each.token is not None]
    return {workspace_id: own.get(workspace_id, default) for workspace_id in ids}


def tenancies(
    installations: Collection[Installation],
    keys: Collection[HeyGenKey],
    unfinished: Collection[tuple[str, str]],
    default: str,
) -> list[Tenancy]:
    """Who there is to work for: every workspace that has the app, and what is left to do.

    `unfinished` are (workspace, account) of jobs that are not done with; an earlier account and
    a workspace that is gone are worked for only while they have some. `default` is the account
    of the operator's key, which serves who has none, or NO_ACCOUNT.
    """
    current = current_accounts(installations, keys, default)
    found = []
    for each in installations:
        workspace_id, is_installed = each.workspace_id, each.token is not None
        own = current.get(workspace_id)
        left = sorted(account for team, account in unfinished if team == workspace_id)
        accounts = [own] if own is not None else []
        accounts += [account for account in left if account not in accounts]
        found += [
            Tenancy(workspace_id, account, is_installed, account == own) for account in accounts
        ]
    return found


@dataclass(frozen=True, slots=True)
class KeyStatus:
    """What people may know of a workspace's HeyGen key."""

    connected_by: str = ""  # user id; "" without a key of its own
    connected_at: datetime | None = None
    has_default: bool = False  # whether the operator's key serves a workspace that has none

    @property
    def has_own(self) -> bool:
        return self.connected_at is not None

    @property
    def has_any(self) -> bool:
        return self.has_own or self.has_default
