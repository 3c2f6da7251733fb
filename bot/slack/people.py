"""What Slack says about the people of the workspace: who is an admin, who reads which language."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection, Mapping
from typing import Any, NamedTuple

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.errors import SlackError
from bot.screens.language import Language, language_of
from bot.slack.errors import slack_call

log = structlog.get_logger(__name__)

LOCALE_KEPT_S = 3_600.0  # a person who changes the language in Slack sees it within the hour
LOCALE_ASKED_AGAIN_S = 60.0  # when Slack did not say
LOCALE_WITHIN_S = 1.0  # a trigger lives 3 s: English in time beats German too late
NAMES_MAX = 20  # of people whom one message mentions
LOCALES_MAX = 10_000  # about 1 MB


class _Known(NamedTuple):
    locale: str  # "" when Slack has not said
    until: float


def _runs(user: Mapping[str, Any], team_id: str) -> bool:
    if user.get("is_stranger") or user.get("deleted"):
        return False
    of_all = user.get("enterprise_user") or {}
    if team_id.startswith("E"):
        is_here, role = of_all.get("enterprise_id") == team_id, of_all
    else:
        is_here, role = user.get("team_id") == team_id, user
    return is_here and bool(role.get("is_admin") or role.get("is_owner"))


class SlackPeople:
    """Languages are kept in memory: a form is to open without asking Slack first."""

    def __init__(
        self, client: AsyncWebClient, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        """`monotonic` tells the seconds that kept answers are aged by."""
        self._client = client
        self._monotonic = monotonic
        self._locales: dict[str, _Known] = {}

    async def is_admin(self, user_id: str, team_id: str) -> bool:
        """Whether this person runs the workspace (or organisation, E…) `team_id`.

        False when Slack will not say.

        Somebody of another workspace (Slack Connect) may be an admin there, which counts nothing.
        """
        try:
            async with slack_call(may_repeat=True):
                answer = await self._client.users_info(user=user_id)
                return _runs(answer["user"], team_id)
        except SlackError as error:  # without the scope users:read only the requester decides
            log.info("not known whether admin", user_id=user_id, code=error.code)
            return False

    async def language(self, user_id: str) -> Language:
        """The language this person reads Slack in; English when Slack does not say within 1 s.

        Never raises. Slack's answer (users.info, include_locale) is kept for an hour.
        """
        known = self._locales.get(user_id)
        if known is None or known.until <= self._monotonic():
            self._keep(user_id, await self._asked_locale(user_id))
        return language_of(self.known_locale(user_id))

    def known_locale(self, user_id: str) -> str:
        """The person's locale such as "de-DE" as last told, or ""; asks nobody."""
        known = self._locales.get(user_id)
        return known.locale if known else ""

    async def names(self, user_ids: Collection[str]) -> dict[str, str]:
        """What these people are called, as far as Slack says so within 1 s. Never raises."""
        asked = sorted(user_ids)[:NAMES_MAX]
        found = await asyncio.gather(*map(self._asked_name, asked))
        return {user_id: name for user_id, name in zip(asked, found, strict=True) if name}

    async def _asked_name(self, user_id: str) -> str:
        try:
            async with asyncio.timeout(LOCALE_WITHIN_S), slack_call(may_repeat=True):
                user = (await self._client.users_info(user=user_id))["user"]
                profile = user.get("profile") or {}
                return str(profile.get("real_name") or user.get("real_name") or user["name"])
        except (SlackError, TimeoutError):
            return ""

    async def dm_with_bot(self, user_id: str) -> str | None:
        """The channel of this person's direct messages with the bot, if Slack says so within 1 s.

        Never raises. It is there afterwards, if it was not before (conversations.open).
        """
        try:
            async with asyncio.timeout(LOCALE_WITHIN_S), slack_call(may_repeat=True):
                opened = await self._client.conversations_open(users=[user_id])
                return str(opened["channel"]["id"])
        except (SlackError, TimeoutError):
            return None

    async def _asked_locale(self, user_id: str) -> str | None:
        """What Slack says now; None when it says nothing."""
        try:
            async with asyncio.timeout(LOCALE_WITHIN_S), slack_call(may_repeat=True):
                answer = await self._client.users_info(user=user_id, include_locale=True)
                return str(answer["user"].get("locale") or "")
        except (SlackError, TimeoutError) as error:
            code = error.code if isinstance(error, SlackError) else "timeout"
            log.info("language not known", user_id=user_id, code=code)
            return None

    def _keep(self, user_id: str, told: str | None) -> None:
        kept_s = LOCALE_ASKED_AGAIN_S if told is None else LOCALE_KEPT_S
        locale = self.known_locale(user_id) if told is None else told
        self._locales.pop(user_id, None)  # the newest stand last, the oldest go first
        self._locales[user_id] = _Known(locale, self._monotonic() + kept_s)
        if len(self._locales) > LOCALES_MAX:
            del self._locales[next(iter(self._locales))]
