"""A form filled in on paper: the payload that Slack would send, without a bot that gets it."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from slack_bolt.async_app import AsyncBoltContext
from slack_bolt.authorization import AuthorizeResult

from bot.domain.request.choices import Entries
from bot.domain.request.draft import BegunDraft, Draft
from bot.sandbox.slack import payloads
from bot.sandbox.slack.elements import flat_options
from bot.sandbox.slack.form import fill
from bot.sandbox.slack.server import SlackSandbox
from bot.sandbox.slack.views import make_view
from bot.screens.catalogue_options import menu_options
from bot.screens.composer.form import composer_view
from bot.screens.language import language_of
from tests.sandbox.slack.world import Json

ENGLISH = language_of("en-US")


def bolt_context(own_team_id: str, own_teams: Collection[str] = ()) -> AsyncBoltContext:
    """What Bolt hands to listeners of the bot that this workspace, or organisation, installed."""
    who = AuthorizeResult(enterprise_id=None, team_id=own_team_id)
    return AsyncBoltContext(authorize_result=who, own_teams=frozenset(own_teams))


def in_own_team(body: Json) -> AsyncBoltContext:
    return bolt_context(str(body["view"]["app_installed_team_id"]))


def a_submission(
    draft: Draft, *, entries: Entries | None = None, is_wide: bool = False, **values: Any
) -> Json:
    """What arrives when Ana submits the composer of this draft, opened in #general."""
    sandbox = SlackSandbox()
    user, general = sandbox.person("ana").user, sandbox.channel("general")
    begun = BegunDraft(draft, entries or {})
    definition = composer_view(begun, ENGLISH, is_wide=is_wide)
    view = make_view(sandbox.state, user, definition, channel_id=general.id)
    for kind, entry in (entries or {}).items():  # as if the menu had been opened
        view.loaded_options[kind.value] = flat_options(menu_options([entry], ENGLISH))
    filled = fill(sandbox.state, view, values)
    body = payloads.view_submission(sandbox.state, user, view, filled, [])
    return dict(json.loads(json.dumps(body)))
