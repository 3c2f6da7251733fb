"""HeyGen's catalogue as the options of a menu: the default first, then the account's own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from slack_sdk.models.blocks import Option

from bot.domain import texts
from bot.domain.catalogue import CatalogueEntry
from bot.screens import ids
from bot.screens.blocks import OPTION_MAX_CHARS, option, option_group
from bot.screens.language import Language
from bot.screens.mrkdwn import clipped


def menu_options(entries: Sequence[CatalogueEntry], say: Language) -> dict[str, Any]:
    """What answers a menu that asks: `options` or `option_groups`, at most 100 in each group."""
    default = default_option(say)
    own = _options([entry for entry in entries if entry.is_own])
    public = _options([entry for entry in entries if not entry.is_own])
    if not own and not public:
        return {"options": [default.to_dict()]}
    groups = {texts.GROUP_DEFAULT: [default], texts.GROUP_OWN: own, texts.GROUP_PUBLIC: public}
    return {
        "option_groups": [
            option_group(say(label), options).to_dict()
            for label, options in groups.items()
            if options
        ]
    }


def default_option(say: Language) -> Option:
    return option(say(texts.DEFAULT_OPTION), ids.DEFAULT_CHOICE)


def catalogue_option(entry: CatalogueEntry) -> Option | None:
    """None for an id that Slack would not give back whole, or that would look like the default."""
    if len(entry.id) > OPTION_MAX_CHARS or entry.id == ids.DEFAULT_CHOICE:
        return None
    if not clipped(entry.name, OPTION_MAX_CHARS) and not clipped(entry.id, OPTION_MAX_CHARS):
        return None
    return option(entry.name, entry.id, entry.detail)


def _options(entries: Sequence[CatalogueEntry]) -> list[Option]:
    return [one for one in map(catalogue_option, entries) if one is not None]
