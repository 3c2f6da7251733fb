"""Bot tokens and refresh tokens of all installations: who holds which, and which are no good."""

from __future__ import annotations

import math
import secrets
from collections import Counter
from dataclasses import dataclass, field

from bot.sandbox.slack.app import SlackApp
from bot.sandbox.slack.refusals import SlackRefusal
from bot.sandbox.slack.workspace import Workspace

LIVE_MAX = 2  # FACTS section 10: of one installation, while tokens rotate; the oldest dies
EXPIRED = "token_expired"
NO_REFRESH = "invalid_refresh_token"


@dataclass
class BotToken:
    secret: str = field(repr=False)
    workspace: Workspace
    expires_at: float = math.inf
    refusal: str | None = None  # Slack's word for it, once it is bad

    def word_at(self, now: float) -> str | None:
        """How Slack refuses this token now; None while it is good."""
        return self.refusal or (EXPIRED if now >= self.expires_at else None)


@dataclass
class RefreshToken:
    secret: str = field(repr=False)
    workspace: Workspace
    used: bool = False


@dataclass(frozen=True)
class Grant:
    """What oauth.v2.access hands out; `refresh` and `expires_in` only while tokens rotate."""

    access: str = field(repr=False)
    refresh: str | None = field(default=None, repr=False)
    expires_in: int | None = None


class Tokens:
    def __init__(self, app: SlackApp) -> None:
        self._app = app
        self._access: dict[str, BotToken] = {}
        self._refresh: dict[str, RefreshToken] = {}
        self.refreshes: Counter[str] = Counter()  # by team or enterprise id
        self.refused_refreshes: Counter[str] = Counter()  # with a token of it that was used or bad

    def find(self, secret: str) -> BotToken | None:
        return self._access.get(secret)

    def add(self, secret: str, workspace: Workspace) -> None:
        """A token that a test has chosen; it does not rotate."""
        self._access[secret] = BotToken(secret, workspace)

    def live(self, workspace: Workspace) -> list[BotToken]:
        """Those Slack takes, oldest first."""
        now = self._app.now()
        mine = [token for token in self._access.values() if token.workspace is workspace]
        return [token for token in mine if token.word_at(now) is None]

    def issue(self, workspace: Workspace) -> Grant:
        """For an installation; the same token as before while it is good and none rotate."""
        live = self.live(workspace)
        if self._app.rotation:
            return self._issue_pair(workspace)
        if live:
            return Grant(live[-1].secret)
        secret = f"xoxb-{_numbers(workspace)}-{secrets.token_hex(12)}"
        self.add(secret, workspace)
        return Grant(secret)

    def refresh(self, secret: str) -> tuple[Workspace, Grant]:
        """A new pair for a refresh token, which is used up; SlackRefusal for any other."""
        known = self._refresh.get(secret)
        if known is None:
            raise SlackRefusal(NO_REFRESH)
        name = known.workspace.team_id
        if known.used:
            self.refused_refreshes[name] += 1
            raise SlackRefusal(NO_REFRESH)
        known.used = True
        self.refreshes[name] += 1
        return known.workspace, self._issue_pair(known.workspace)

    def end(self, workspace: Workspace) -> None:
        """Every token of it that is good ends now, as if its time were up."""
        for token in self.live(workspace):
            token.expires_at = self._app.now()

    def refuse(self, workspace: Workspace, word: str) -> None:
        """Every token of it, whatever it was, is refused with this word and renewed no more."""
        for token in self._access.values():
            if token.workspace is workspace:
                token.refusal = word
        for refresh in self._refresh.values():
            if refresh.workspace is workspace:
                refresh.used = True

    def _issue_pair(self, workspace: Workspace) -> Grant:
        life_s = self._app.token_life_s
        access = f"xoxe.xoxb-1-{secrets.token_hex(40)}"
        refresh = f"xoxe-1-{secrets.token_hex(36)}"
        for old in self.live(workspace)[: -(LIVE_MAX - 1)]:
            old.refusal = EXPIRED
        self._access[access] = BotToken(access, workspace, self._app.now() + life_s)
        self._refresh[refresh] = RefreshToken(refresh, workspace)
        return Grant(access, refresh, math.ceil(life_s))


def _numbers(workspace: Workspace) -> str:
    return str(int(workspace.team_id[1:], 36))
