"""The composer: opened for a draft, widened; its submit is on disk before the ack."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from slack_bolt.async_app import AsyncAck, AsyncBoltContext
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain import texts
from bot.domain.errors import RequestRefused, SlackError, SlackRefused, StoreUnavailable
from bot.domain.request.draft import Draft
from bot.screens.blocks import TEXT_INPUT_MAX_CHARS
from bot.screens.composer.form import composer_view
from bot.screens.language import Language, language_of
from bot.slack.errors import slack_call
from bot.slack.people import SlackPeople
from bot.workflow.drafts import DraftKeeper
from bot.workflow.intake import Intake, NoKey
from bot.workflow.loop import Tasks
from handlers import payloads
from handlers.composer.answers import beside_fields, opens_wide, typed_into
from handlers.composer.reader import ComposerReader
from handlers.heygen_key import KeyListeners
from handlers.modals import View, show_modal
from handlers.payloads import FilledView
from handlers.triggers import Triggers

log = structlog.get_logger(__name__)

Tell = Callable[[str], Awaitable[object]]
_CHANGED_MEANWHILE = "hash_conflict"


class VideoComposer:
    def __init__(
        self,
        *,
        intake: Intake,
        drafts: DraftKeeper,
        reader: ComposerReader,
        people: SlackPeople,
        tasks: Tasks,
        triggers: Triggers,
        keys: KeyListeners | None,
    ) -> None:
        """`keys`: where admins connect the workspace's own HeyGen key."""
        self._intake = intake
        self._drafts = drafts
        self._reader = reader
        self._people = people
        self._tasks = tasks
        self._triggers = triggers
        self._keys = keys

    async def open(
        self,
        client: AsyncWebClient,
        trigger_id: str,
        draft: Draft,
        language: Language,
        tell: Tell,
    ) -> None:
        """Open the modal for this draft, whatever its key; run it as a task, after the ack.

        What keeps it from opening is said to the person by `tell`, not raised. A repeat of Slack's
        opens nothing and is told nothing. Without a HeyGen key an admin gets the form for that.
        """
        if not self._triggers.is_first(trigger_id):
            return
        try:
            self._intake.check_key()
            making = self._first_view(draft, language)
            await show_modal(client, client.views_open, trigger_id, making, language)
        except SlackError as error:
            log.warning("composer not opened", code=error.code)
            await tell(language(texts.FORM_NOT_OPENED))
        except StoreUnavailable as error:
            await tell(language(error.sentence))
        except NoKey as error:
            keys, user_id = self._keys, draft.requester_id
            if keys is None or not await keys.offer(client, trigger_id, user_id, language):
                await tell(language(error.message))

    async def _first_view(self, draft: Draft, say: Language) -> View:
        begun = await self._drafts.begin(draft, holds_chars=TEXT_INPUT_MAX_CHARS)
        return composer_view(begun, say, is_wide=opens_wide(begun.draft))

    async def handle_more_options(
        self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext, client: AsyncWebClient
    ) -> None:
        await ack()
        self._tasks.spawn(self._widen(client, payloads.filled_view(body, context)))

    async def _widen(self, client: AsyncWebClient, filled: FilledView) -> None:
        """The same modal with more fields; Slack keeps what stands in those that were there."""
        say = await self._people.language(filled.user_id)
        draft = typed_into(await self._reader.draft_of(filled), filled)
        view = composer_view(await self._drafts.looked_up(draft), say, is_wide=True)
        try:
            await _update(client, view_id=filled.view_id, view=view, hash=filled.hash)
        except SlackRefused as refusal:
            if refusal.code != _CHANGED_MEANWHILE:
                raise
            await _update(client, view_id=filled.view_id, view=view)  # a second click, as a rule

    async def handle_composer_submitted(
        self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext
    ) -> None:
        """Nothing is asked of the network before the ack."""
        filled = payloads.filled_view(body, context)
        answers = await self._reader.answers(filled)
        try:
            await self._intake.accept(answers.submission, answers.faults)
        except RequestRefused as refused:
            say = language_of(answers.submission.request.locale)
            beside = beside_fields(refused.faults, filled.form)
            errors = {field: say(sentence) for field, sentence in beside.items()}
            await ack(response_action="errors", errors=errors)
        else:
            await ack()


async def _update(client: AsyncWebClient, **arguments: Any) -> None:
    async with slack_call(may_repeat=True):
        await client.views_update(**arguments)
