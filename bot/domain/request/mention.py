"""Words to the bot, as they are kept: a request half made, or a change to a job."""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.job.job import Job
from bot.domain.request.draft import Draft


@dataclass(frozen=True, slots=True)
class Mention:
    """The draft that is kept now; `parent` is the job in whose thread it was said."""

    draft: Draft
    parent: Job | None

    @property
    def is_revision(self) -> bool:
        return self.draft.is_variation

    @property
    def may_start_at_once(self) -> bool:
        """A change in words needs no form; files beside them do."""
        return self.is_revision and not self.draft.attachments
