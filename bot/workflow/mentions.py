"""Words to the bot: kept as a draft that a button opens; in a card's thread, as a revision."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import replace

import structlog

from bot.domain.errors import BotError
from bot.domain.job.job import Job
from bot.domain.ports.clock import Clock
from bot.domain.ports.slack import SlackFiles
from bot.domain.ports.store import Store
from bot.domain.request.brief import Brief
from bot.domain.request.draft import Draft
from bot.domain.request.mention import Mention
from bot.domain.request.video_request import Attachment

log = structlog.get_logger(__name__)

NOT_DESCRIBED = "file_access"  # Slack's mode of a file that it named without saying what it is


class Mentions:
    def __init__(self, store: Store, files: SlackFiles, clock: Clock) -> None:
        self._store = store
        self._files = files
        self._clock = clock

    async def take(self, draft: Draft, thread_ts: str | None) -> Mention | None:
        """Keep what was said; None when the same message was taken before.

        The draft's key follows from the message, so that a repeat of Slack's finds the first.
        `thread_ts` is the thread it was said in. Raises StoreUnavailable.
        """
        if await self._store.drafts.get(draft.key) is not None:
            return None
        parent = None
        if thread_ts is not None:
            parent = await self._store.jobs.of_thread(draft.channel_id, thread_ts)
        draft = replace(draft, attachments=await self._described(draft.attachments))
        if parent is not None and (draft.prompt or draft.attachments):
            draft = _revision(parent, draft)
        if not await self._store.drafts.keep(draft, self._clock.now()):
            return None
        return Mention(draft, parent)

    async def _described(self, attachments: Iterable[Attachment]) -> tuple[Attachment, ...]:
        return tuple(await asyncio.gather(*map(self._describe, attachments)))

    async def _describe(self, attachment: Attachment) -> Attachment:
        """Only for the form to show names: what is not known now is asked for again later."""
        if attachment.mode != NOT_DESCRIBED:
            return attachment
        try:
            return await self._files.describe(attachment.file_id)
        except BotError as error:
            log.info("file not described", file_id=attachment.file_id, code=error.code)
            return attachment


def _revision(parent: Job, said: Draft) -> Draft:
    """What was said is the change; the parent's request is taken when a button is pressed."""
    return replace(
        said,
        prompt="",
        brief=Brief(change=said.prompt),
        parent_id=parent.id,
        is_variation=True,
    )


def with_change(parents: Draft, said: Draft) -> Draft:
    """The form for a revision: the parent's answers (Controls.draft), and what was said now.

    What was to be different in the parent stays so, as in domain/job/job.py, variation_of.
    """
    change = "\n".join(filter(None, (parents.brief.change, said.brief.change)))
    return replace(
        parents,
        brief=replace(parents.brief, change=change),
        attachments=(*parents.attachments, *said.attachments),
    )
