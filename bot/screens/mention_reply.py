"""The answer to words for the bot: what can be made of them, and buttons; a pure builder."""

from __future__ import annotations

from typing import Any

from slack_sdk.models.blocks import ButtonElement

from bot.domain import texts
from bot.domain.request.mention import Mention
from bot.domain.words import Text
from bot.screens import ids, mrkdwn
from bot.screens.blocks import actions, button, confirm, dicts, section
from bot.screens.language import Language

CHANGE_MAX_CHARS, CHANGE_MAX_LINES = 300, 6


def mention_answer(mention: Mention, say: Language) -> dict[str, Any]:
    """Text and blocks of one message."""
    words = say(_words(mention))
    return {
        "text": words,
        "blocks": dicts([section(words), actions(_buttons(mention, say))]),
        "unfurl_links": False,
        "unfurl_media": False,
    }


def _words(mention: Mention) -> Text:
    draft = mention.draft
    if mention.is_revision:
        answer = texts.REVISION_ANSWER if mention.may_start_at_once else texts.REVISION_WITH_FILES
        quoted = mrkdwn.quoted(draft.brief.change, CHANGE_MAX_CHARS, CHANGE_MAX_LINES)
        return answer.format(change=quoted)
    if draft.prompt or draft.attachments:
        return texts.MENTION_ANSWER
    return texts.MENTION_EMPTY if mention.parent is None else texts.REVISION_EMPTY


def _buttons(mention: Mention, say: Language) -> list[ButtonElement]:
    key = mention.draft.key
    if not mention.is_revision:
        return [button(ids.OPEN_DRAFT, say(texts.BUTTON_FORM), value=key)]
    form = button(ids.OPEN_DRAFT, say(texts.BUTTON_CHANGE_FORM), value=key)
    if not mention.may_start_at_once:
        return [form]
    label, question = say(texts.BUTTON_CHANGE), say(texts.CONFIRM_CHANGE)
    asks = confirm(label, question, say(texts.CONFIRM_CHANGE_YES), say(texts.CONFIRM_NO))
    return [button(ids.MAKE_CHANGE, label, value=key, confirm=asks), form]
