"""Requests half made: what a modal is opened with, and what it offers from the last video."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import replace

from bot.domain.catalogue import CatalogueKind
from bot.domain.errors import StoreUnavailable
from bot.domain.job.job import Job
from bot.domain.ports.clock import Clock
from bot.domain.ports.store import Store
from bot.domain.request.brief import NO_BRIEF, Brief, Choice
from bot.domain.request.choices import Entries, choices_of, completed
from bot.domain.request.draft import BegunDraft, Draft
from bot.workflow.catalogue import Catalogue

DRAFT_KEY_BYTES = 16  # random: whoever has the key opens the draft


def new_draft_key() -> str:
    return secrets.token_urlsafe(DRAFT_KEY_BYTES)


class DraftKeeper:
    """Keeps drafts for the listeners. Every method raises StoreUnavailable."""

    def __init__(self, store: Store, catalogue: Catalogue, clock: Clock) -> None:
        self._store = store
        self._catalogue = catalogue
        self._clock = clock

    async def begin(self, draft: Draft, *, holds_chars: int) -> BegunDraft:
        """The draft to open a modal with, on disk under a key of its own if Slack cannot hold it.

        A new request is offered the choices of the person's last one. `holds_chars` is the
        longest prompt that the modal itself can hold. A draft that needs no keeping gets no key.
        """
        try:
            begun = await self.looked_up(await self._with_last_choices(draft))
            if _needs_keeping(begun.draft, holds_chars):
                return replace(begun, draft=await self.keep(begun.draft))
        except StoreUnavailable:
            if _needs_keeping(draft, holds_chars):
                raise
            begun = BegunDraft(draft)  # a plain form needs no disk
        return replace(begun, draft=replace(begun.draft, key=""))

    async def looked_up(self, draft: Draft) -> BegunDraft:
        """The draft with the choices that the catalogue has; the others are named."""
        chosen = choices_of(draft.brief)
        entries = await self.entries(chosen)
        gone = tuple(choice for kind, choice in chosen.items() if kind not in entries)
        return BegunDraft(replace(draft, brief=completed(draft.brief, entries)), entries, gone)

    async def entries(self, chosen: Mapping[CatalogueKind, Choice]) -> Entries:
        """What the catalogue has of these choices."""
        found = {
            kind: await self._catalogue.entry(kind, choice.id) for kind, choice in chosen.items()
        }
        return {kind: entry for kind, entry in found.items() if entry is not None}

    async def keep(self, draft: Draft) -> Draft:
        """The draft on disk under a key of its own, whatever key it came with."""
        kept = replace(draft, key=new_draft_key())
        await self._store.drafts.keep(kept, self._clock.now())
        return kept

    async def get(self, key: str) -> Draft | None:
        """None once its week is over."""
        return await self._store.drafts.get(key)

    async def _with_last_choices(self, draft: Draft) -> Draft:
        if draft.parent_id is not None or draft.brief != NO_BRIEF:
            return draft
        jobs = await self._store.jobs.of(draft.requester_id, 1)
        return _like(draft, jobs[0]) if jobs else draft


def _like(draft: Draft, last: Job) -> Draft:
    """Looks and language go from one video to the next; what it says does not."""
    brief = Brief(
        avatar=last.request.brief.avatar,
        voice=last.request.brief.voice,
        style=last.request.brief.style,
        brand_kit=last.request.brief.brand_kit,
        look=last.request.brief.look,
        language=last.request.brief.language,
    )
    return replace(draft, orientation=last.request.orientation, brief=brief)


def _needs_keeping(draft: Draft, holds_chars: int) -> bool:
    """Whether the draft has more than the modal shows and Slack gives back."""
    simple = Draft(
        key=draft.key,
        requester_id=draft.requester_id,
        team_id=draft.team_id,
        prompt=draft.prompt,
        orientation=draft.orientation,
    )
    return draft != simple or len(draft.prompt) > holds_chars
