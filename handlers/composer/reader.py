"""Reads a filled-in composer with all that belongs to it: its draft and the catalogue."""

from __future__ import annotations

from bot.domain import texts
from bot.domain.errors import BotError
from bot.domain.request.choices import choices_of
from bot.domain.request.draft import Draft
from bot.slack.people import SlackPeople
from bot.workflow.drafts import DraftKeeper
from handlers.composer.answers import ReadForm, read_brief, read_form
from handlers.payloads import FilledView


class DraftGone(BotError):
    """The modal is older than its draft (bot/domain/request/draft.py, DRAFT_LIFE)."""

    code = "draft_gone"
    message = texts.FORM_TOO_OLD
    hint = texts.FORM_TOO_OLD_HINT


class ComposerReader:
    """Asks the database only. Every method raises DraftGone and StoreUnavailable."""

    def __init__(self, drafts: DraftKeeper, people: SlackPeople) -> None:
        self._drafts = drafts
        self._people = people

    async def draft_of(self, filled: FilledView) -> Draft:
        """What the modal was opened with; one that kept nothing has an empty draft."""
        if not filled.draft_key:
            return Draft(key="", requester_id=filled.user_id, team_id=filled.team_id)
        draft = await self._drafts.get(filled.draft_key)
        if draft is None:
            raise DraftGone
        return draft

    async def answers(self, filled: FilledView) -> ReadForm:
        """What was filled in; whether it can be taken is for workflow/intake to say."""
        draft = await self.draft_of(filled)
        brief = read_brief(filled.form, draft)
        entries = await self._drafts.entries(choices_of(brief))
        locale = self._people.known_locale(filled.user_id)
        return read_form(filled, draft, brief, entries, locale)
