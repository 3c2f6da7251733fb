"""The step between form and video: the composed prompt is shown, may be edited, and is sent."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncBoltContext
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain import texts
from bot.domain.errors import RequestRefused
from bot.domain.prompt.compose import preview
from bot.domain.request.draft import Draft
from bot.domain.request.estimate import cost_range_usd, estimate
from bot.domain.request.video_request import SlackThread, Submission, VideoRequest
from bot.screens import ids
from bot.screens.composer.preview import Preview, preview_view, problem_view
from bot.screens.language import Language, language_of
from bot.slack.people import SlackPeople
from bot.workflow.drafts import DraftKeeper
from bot.workflow.intake import Intake
from bot.workflow.loop import Tasks
from handlers import payloads
from handlers.composer.reader import ComposerReader
from handlers.modals import View, show_modal
from handlers.payloads import FilledView


class PromptPreview:
    """What the form held when the button was pressed is kept as a draft; its submit sends that."""

    def __init__(
        self,
        *,
        intake: Intake,
        drafts: DraftKeeper,
        reader: ComposerReader,
        people: SlackPeople,
        tasks: Tasks,
        usd_per_second: float,
        length_padding: float,
    ) -> None:
        self._intake = intake
        self._drafts = drafts
        self._reader = reader
        self._people = people
        self._tasks = tasks
        self._usd_per_second = usd_per_second
        self._length_padding = length_padding

    async def handle_preview_asked(
        self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext, client: AsyncWebClient
    ) -> None:
        await ack()
        self._tasks.spawn(self._show(client, payloads.filled_view(body, context)))

    async def _show(self, client: AsyncWebClient, filled: FilledView) -> None:
        say = await self._people.language(filled.user_id)
        making = self._view(filled, say)
        await show_modal(client, client.views_push, filled.trigger_id, making, say)

    async def _view(self, filled: FilledView, say: Language) -> View:
        """The prompt, or what has to be changed before there is one: a click shows no errors."""
        answers = await self._reader.answers(filled)
        try:
            self._intake.check(answers.submission, answers.faults)
        except RequestRefused as refused:
            return problem_view(list(refused.faults.values()), say)
        draft = await self._drafts.keep(_draft_of(answers.submission))
        guess = estimate(draft.prompt, draft.brief, draft.attachments)
        cost_usd = cost_range_usd(guess.seconds, self._usd_per_second)
        composed = _composed(draft, self._length_padding)
        is_open = not draft.brief.length_s and not draft.brief.is_exact_wording
        return preview_view(Preview(draft.key, composed, guess, cost_usd, is_open), say)

    async def handle_preview_submitted(
        self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext
    ) -> None:
        """Makes the video and closes the form below, too."""
        filled = payloads.filled_view(body, context)
        locale = self._people.known_locale(filled.user_id)
        is_edited = filled.form.shows(ids.WRITTEN_PROMPT)
        written = filled.form.text(ids.WRITTEN_PROMPT)
        if is_edited and not written:
            sentence = language_of(locale)(texts.PREVIEW_EMPTY)
            await ack(response_action="errors", errors={ids.WRITTEN_PROMPT: sentence})
            return
        draft = await self._reader.draft_of(filled)
        composed = _composed(draft, self._length_padding)
        edited = written if written.split() != composed.split() else ""
        await self._intake.accept(_submission(filled, draft, edited, locale))
        await ack(response_action="clear")


def _draft_of(submission: Submission) -> Draft:
    request = submission.request
    return Draft(
        key="",
        requester_id=request.requester_id,
        team_id=request.thread.team_id,
        channel_id=request.thread.channel_id,
        thread_ts=request.thread.thread_ts,
        prompt=request.prompt,
        orientation=request.orientation,
        brief=request.brief,
        attachments=submission.attachments,
        parent_id=request.parent_id,
    )


def _submission(filled: FilledView, draft: Draft, edited: str, locale: str) -> Submission:
    """A prompt that was only looked at is not kept: it is composed again when it is sent."""
    request = VideoRequest(
        key=filled.request_key,
        requester_id=filled.user_id,
        thread=SlackThread(draft.team_id, draft.channel_id, draft.thread_ts),
        prompt=draft.prompt,
        orientation=draft.orientation,
        brief=replace(draft.brief, written_prompt=edited),
        locale=locale,
        parent_id=draft.parent_id,
    )
    return Submission(request, draft.attachments, filled.is_outsider)


def _composed(draft: Draft, padding: float) -> str:
    asked = (draft.prompt, draft.orientation, draft.brief, draft.attachments)
    return preview(*asked, padding=padding)
