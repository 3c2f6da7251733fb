"""The form of a draft, and what stands in it."""

from __future__ import annotations

from bot.domain.catalogue import CatalogueEntry
from bot.domain.request.brief import Choice
from bot.domain.request.choices import choices_of
from bot.domain.request.draft import BegunDraft, Draft
from bot.screens.composer.form import composer_view
from bot.screens.language import Language, language_of
from tests.sandbox.slack.world import Json

ENGLISH = language_of("en-US")
VOICE = Choice("voice-1", "Katja")


def shown(draft: Draft, *, is_wide: bool = False, say: Language = ENGLISH) -> Json:
    """The view of a draft whose choices are all in the catalogue."""
    entries = {
        kind: CatalogueEntry(kind, choice.id, choice.name)
        for kind, choice in choices_of(draft.brief).items()
    }
    return composer_view(BegunDraft(draft, entries), say, is_wide=is_wide)


def fields_of(view: Json) -> list[str]:
    return [block["block_id"] for block in view["blocks"] if block["type"] == "input"]


def block_of(view: Json, field: str) -> Json:
    (block,) = [b for b in view["blocks"] if b.get("block_id") == field]
    return dict(block)


def element_of(view: Json, field: str) -> Json:
    return dict(block_of(view, field)["element"])


def buttons_of(view: Json) -> list[str]:
    actions = [block for block in view["blocks"] if block["type"] == "actions"]
    return [one["action_id"] for block in actions for one in block["elements"]]


def words_of(view: Json) -> str:
    return str(view["blocks"])
