"""The answer to words for the bot: what can be made of them, and buttons; a pure builder."""

from __future__ import annotations

from bot.domain import texts
from bot.domain.request.mention import Mention
from bot.domain.words import Text
from bot.screens import ids, mrkdwn
from bot.screens.block_kit import Block, plain, section
from bot.screens.language import Language

CHANGE_MAX_CHARS, CHANGE_MAX_LINES = 300, 6


def mention_answer(mention: Mention, say: Language) -> Block:
    """Text and blocks of one message."""
    words = say(_words(mention))
    buttons = {"type": "actions", "elements": _buttons(mention, say)}
    return {
        "text": words,
        "blocks": [section(words), buttons],
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


def _buttons(mention: Mention, say: Language) -> list[Block]:
    if not mention.is_revision:
        return [_button(ids.OPEN_DRAFT, texts.BUTTON_FORM, mention, say)]
    form = _button(ids.OPEN_DRAFT, texts.BUTTON_CHANGE_FORM, mention, say)
    if not mention.may_start_at_once:
        return [form]
    change = _button(ids.MAKE_CHANGE, texts.BUTTON_CHANGE, mention, say)
    change["confirm"] = {
        "title": plain(say(texts.BUTTON_CHANGE)),
        "text": plain(say(texts.CONFIRM_CHANGE)),
        "confirm": plain(say(texts.CONFIRM_CHANGE_YES)),
        "deny": plain(say(texts.CONFIRM_NO)),
    }
    return [change, form]


def _button(action_id: str, label: Text, mention: Mention, say: Language) -> Block:
    return {
        "type": "button",
        "action_id": action_id,
        "text": plain(say(label)),
        "value": mention.draft.key,
    }
