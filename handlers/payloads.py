"""Slack's payloads in our words. The only place that digs in dicts."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from slack_bolt.async_app import AsyncBoltContext

from bot.domain.request.draft import Draft
from bot.domain.request.video_request import Attachment
from bot.screens import ids
from bot.slack.files import attachment_of
from handlers.message_payloads import is_from_outside, own_team_id

Payload = Mapping[str, Any]


def command_text(command: Payload) -> str:
    """What was typed after /video, as typed: Slack sends &, < and > as entities."""
    return html.unescape(str(command.get("text") or "")).strip()


def command_draft(command: Payload, context: AsyncBoltContext) -> Draft:
    """What /video was typed with, and where."""
    name = str(command.get("channel_name") or "")
    return Draft(
        key="",
        requester_id=str(command["user_id"]),
        team_id=own_team_id(context),
        prompt=command_text(command),
        is_from_dm=name == "directmessage" or name.startswith("mpdm-"),
    )


class Form:
    """The fields of a view and what they hold; one that is not shown holds nothing."""

    def __init__(self, view: Payload) -> None:
        self._values = (view.get("state") or {}).get("values") or {}
        self._shown = {block.get("block_id") for block in view.get("blocks") or []}

    def shows(self, field: str) -> bool:
        return field in self._shown

    def text(self, field: str) -> str:
        """What was typed, without blanks around it."""
        return str(self._element(field).get("value") or "").strip()

    def choice(self, field: str) -> str:
        """The value of the chosen option; "" for the default."""
        value = str((self._element(field).get("selected_option") or {}).get("value") or "")
        return "" if value == ids.DEFAULT_CHOICE else value

    def choice_name(self, field: str) -> str:
        """The chosen option as the person read it."""
        chosen = self._element(field).get("selected_option") or {}
        return str((chosen.get("text") or {}).get("text") or "")

    def ticked(self, field: str) -> list[str]:
        """The values of the boxes with a tick."""
        chosen = self._element(field).get("selected_options") or []
        return [str(one.get("value") or "") for one in chosen]

    def conversation(self, field: str) -> str:
        return str(self._element(field).get("selected_conversation") or "")

    def attachments(self, field: str) -> tuple[Attachment, ...]:
        """The files of a file_input."""
        return tuple(attachment_of(file) for file in self._element(field).get("files") or [])

    def _element(self, field: str) -> Payload:
        return (self._values.get(field) or {}).get(field) or {}


@dataclass(frozen=True, slots=True)
class FilledView:
    """A modal that was submitted, or in which a button was pressed.

    `team_id` is the bot's own workspace, whoever filled it in. `request_key` is the same for a
    modal and what lies on top of it: one modal, one video.
    """

    user_id: str
    team_id: str
    view_id: str
    hash: str
    draft_key: str
    trigger_id: str
    request_key: str
    is_wide: bool  # shows the further options
    is_outsider: bool  # of another workspace than the one that installed the bot
    form: Form


def filled_view(body: Payload, context: AsyncBoltContext) -> FilledView:
    view, team_id = body["view"], own_team_id(context)
    form = Form(view)
    return FilledView(
        user_id=str(body["user"]["id"]),
        team_id=team_id,
        view_id=str(view["id"]),
        hash=str(view.get("hash") or ""),
        draft_key=str(view.get("private_metadata") or ""),
        trigger_id=str(body.get("trigger_id") or ""),
        request_key=f"{team_id}:{view.get('root_view_id') or view['id']}",
        is_wide=form.shows(ids.DETAIL),
        is_outsider=is_from_outside(body, context),
        form=form,
    )


@dataclass(frozen=True, slots=True)
class AskedMenu:
    """A menu that wants its options for what was typed so far."""

    action_id: str
    typed: str
    user_id: str


def asked_menu(body: Payload) -> AskedMenu:
    return AskedMenu(str(body["action_id"]), str(body.get("value") or ""), str(body["user"]["id"]))


@dataclass(frozen=True, slots=True)
class PressedButton:
    action_id: str
    value: str
    user_id: str


def pressed_button(body: Payload) -> PressedButton:
    """A click on a button of ours, or on an option of a card's menu, which stands for a button."""
    (action,) = body["actions"]
    action_id, value = str(action["action_id"]), str(action.get("value") or "")
    if option := action.get("selected_option"):
        action_id, _, value = str(option["value"]).partition(":")
    return PressedButton(action_id, value, str(body["user"]["id"]))
