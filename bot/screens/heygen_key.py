"""“Connect HeyGen”: its part of the Home tab and its form; pure builders. No key is in any."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from slack_sdk.models.blocks import Block, ButtonElement

from bot.domain import texts
from bot.domain.words import Text
from bot.domain.workspace import KeyStatus
from bot.screens import ids, mrkdwn
from bot.screens.blocks import actions, button, confirm, field, modal, section, text_input
from bot.screens.language import Language

KEYS_URL = "https://app.heygen.com/settings/api"
KEYS_LABEL = "app.heygen.com/settings/api"


@dataclass(frozen=True, slots=True)
class HomeKey:
    """The workspace's key, and whether the Home is an admin's: others learn only that none is."""

    status: KeyStatus
    is_admin: bool


def key_blocks(key: HomeKey, say: Language) -> list[Block]:
    """What a Home says of the key, with its buttons."""
    if not key.is_admin:
        return [] if key.status.has_any else [section(say(texts.HOME_KEY_NONE))]
    return [section(say(_words(key.status))), actions(_buttons(key.status, say))]


def key_form(say: Language, *, is_missing: bool = False) -> dict[str, Any]:
    """The `heygen_key_form` modal; `is_missing`: it comes in place of what cannot be done yet."""
    link = mrkdwn.link(KEYS_URL, KEYS_LABEL)
    why = [section(say(texts.HOME_KEY_NONE_ADMIN))] if is_missing else []
    key = field(
        ids.HEYGEN_KEY,
        say(texts.FIELD_KEY),
        text_input(has_focus=True),
        hint=say(texts.FIELD_KEY_HINT),
        is_optional=False,
    )
    return modal(
        say(texts.HOME_BUTTON_CONNECT),
        say(texts.FORM_CANCEL),
        [*why, section(say(texts.KEY_FORM_INTRO.format(link=link))), key],
        submit=say(texts.KEY_FORM_SUBMIT),
        callback_id=ids.HEYGEN_KEY_FORM,
    )


def key_connected(say: Language) -> dict[str, Any]:
    """What becomes of the form: done, and what is next."""
    done = section(say(texts.KEY_CONNECTED))
    return modal(say(texts.HOME_BUTTON_CONNECT), say(texts.CLOSE), [done])


def _words(status: KeyStatus) -> Text:
    if status.connected_at is not None:
        who, date = mrkdwn.user(status.connected_by), mrkdwn.date(status.connected_at)
        return texts.HOME_KEY_OWN.format(who=who, date=date)
    return texts.HOME_KEY_DEFAULT if status.has_default else texts.HOME_KEY_NONE_ADMIN


def _buttons(status: KeyStatus, say: Language) -> list[ButtonElement]:
    if not status.has_own:
        style = None if status.has_default else "primary"
        return [button(ids.CONNECT_HEYGEN, say(texts.HOME_BUTTON_CONNECT), style=style)]
    label = say(texts.HOME_BUTTON_REMOVE_KEY)
    follows = texts.CONFIRM_REMOVE_KEY_DEFAULT if status.has_default else texts.CONFIRM_REMOVE_KEY
    asks = confirm(label, say(follows), label, say(texts.CONFIRM_NO))
    return [
        button(ids.CONNECT_HEYGEN, say(texts.HOME_BUTTON_REPLACE_KEY)),
        button(ids.REMOVE_HEYGEN_KEY, label, style="danger", confirm=asks),
    ]
