"""Mentions and direct messages: one answer, with buttons; words alone start nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import structlog
from slack_bolt.async_app import AsyncAck, AsyncBoltContext, AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain import texts
from bot.domain.errors import ControlRefused, Outsider, SlackBusy, SlackRefused
from bot.domain.job.permissions import Action, Who
from bot.domain.request.draft import Draft
from bot.screens import mrkdwn
from bot.screens.mention_reply import CHANGE_MAX_CHARS, CHANGE_MAX_LINES, mention_answer
from bot.slack.errors import slack_call
from bot.slack.people import SlackPeople
from bot.workflow.controls import Controls
from bot.workflow.drafts import DraftKeeper
from bot.workflow.intake import Intake
from bot.workflow.loop import Tasks
from bot.workflow.mentions import Mentions, with_change
from handlers import message_payloads, payloads
from handlers.composer.form import VideoComposer
from handlers.message_payloads import SaidMessage, is_from_outside, own_team_id
from handlers.recipients import Recipient, asker_of

log = structlog.get_logger(__name__)

LONGEST_PAUSE_S = 30.0  # that Slack may ask for before an answer; then the person is told instead


class BotMentions:
    """Slack's repeats of an event find the draft of the first delivery and are silent."""

    def __init__(
        self,
        *,
        intake: Intake,
        mentions: Mentions,
        drafts: DraftKeeper,
        controls: Controls,
        composer: VideoComposer,
        people: SlackPeople,
        tasks: Tasks,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._intake = intake
        self._mentions = mentions
        self._drafts = drafts
        self._controls = controls
        self._composer = composer
        self._people = people
        self._tasks = tasks
        self._pause = pause

    # -- what people write

    async def handle_message(
        self,
        ack: AsyncAck,
        event: dict[str, Any],
        body: dict[str, Any],
        context: AsyncBoltContext,
        client: AsyncWebClient,
    ) -> None:
        await ack()
        said = message_payloads.said_to_bot(event)
        if said and is_from_outside(event, context):
            self._tasks.spawn(self._refuse(asker_of(body), client))
        elif said:
            work = self._answer(said, own_team_id(context), context.bot_user_id or "", client)
            self._tasks.spawn(work)

    async def _refuse(self, recipient: Recipient, client: AsyncWebClient) -> None:
        language = await self._people.language(recipient.user_id)
        await recipient.tell(client, Outsider().sentence, language)

    async def _answer(
        self, said: SaidMessage, team_id: str, bot_user_id: str, client: AsyncWebClient
    ) -> None:
        """Kept first, then posted once: an answer that is lost on its way is not posted again.

        Raises NoKey where nothing could come of it.
        """
        self._intake.check_key()
        names = await self._people.names(said.people - {bot_user_id})
        draft = _draft_of(said, team_id, said.words(names, bot_user_id))
        mention = await self._mentions.take(draft, said.thread_ts)
        if mention is None:
            log.info("answered before", key=draft.key)
            return
        answer = mention_answer(mention, await self._people.language(said.user_id))
        await self._post(client, said, draft.thread_ts, answer)

    async def _post(
        self,
        client: AsyncWebClient,
        said: SaidMessage,
        thread_ts: str | None,
        answer: dict[str, Any],
    ) -> None:
        """In the thread; where it takes no replies, to the person directly."""
        try:
            await self._post_once(client, said.channel_id, thread_ts, answer)
        except SlackBusy as error:
            if error.retry_after_s > LONGEST_PAUSE_S:
                raise
            await self._pause(error.retry_after_s)
            await self._post_once(client, said.channel_id, thread_ts, answer)
        except SlackRefused as error:
            log.info("answered directly", code=error.code)
            async with slack_call(may_repeat=False):
                opened = await client.conversations_open(users=[said.user_id])
                await client.chat_postMessage(channel=opened["channel"]["id"], **answer)

    async def _post_once(
        self, client: AsyncWebClient, channel_id: str, thread_ts: str | None, answer: dict[str, Any]
    ) -> None:
        async with slack_call(may_repeat=False):
            await client.chat_postMessage(channel=channel_id, thread_ts=thread_ts, **answer)

    # -- the buttons under the answer

    async def handle_form_button(
        self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext, client: AsyncWebClient
    ) -> None:
        await ack()
        self._tasks.spawn(self._open_form(body, context, client))

    async def _open_form(
        self, body: dict[str, Any], context: AsyncBoltContext, client: AsyncWebClient
    ) -> None:
        pressed, recipient = payloads.pressed_button(body), asker_of(body)
        language = await self._people.language(pressed.user_id)
        if is_from_outside(body, context):
            await self._refuse(recipient, client)
            return
        draft = await self._drafts.get(pressed.value)
        if draft is None:
            await recipient.tell(client, texts.DRAFT_GONE, language)
            return
        await self._composer.open(
            client,
            recipient.trigger_id,
            await self._form_of(draft, pressed.user_id),
            language,
            lambda sentence: recipient.tell(client, sentence, language),
        )

    async def _form_of(self, draft: Draft, user_id: str) -> Draft:
        """For whoever presses the button, who asks for the video, not for who wrote the words."""
        if draft.parent_id is None:
            return replace(draft, requester_id=user_id)
        parents = await self._controls.draft(Action.VARY, draft.parent_id, Who(user_id))
        return with_change(parents, draft)

    async def handle_change_button(
        self,
        ack: AsyncAck,
        body: dict[str, Any],
        context: AsyncBoltContext,
        client: AsyncWebClient,
        respond: AsyncRespond,
    ) -> None:
        await ack()
        self._tasks.spawn(self._make_change(body, context, client, respond))

    async def _make_change(
        self,
        body: dict[str, Any],
        context: AsyncBoltContext,
        client: AsyncWebClient,
        respond: AsyncRespond,
    ) -> None:
        """The draft's key is the job's request_key: however often it is pressed, one video."""
        pressed, recipient = payloads.pressed_button(body), asker_of(body)
        language = await self._people.language(pressed.user_id)
        draft = await self._drafts.get(pressed.value)
        if draft is None or draft.parent_id is None:
            await recipient.tell(client, texts.DRAFT_GONE, language)
            return
        who = Who(
            pressed.user_id,
            is_outsider=is_from_outside(body, context),
            locale=self._people.known_locale(pressed.user_id),
        )
        try:
            outcome = await self._controls.vary(
                draft.parent_id, who, draft.brief.change, request_key=draft.key
            )
            note: str | None = outcome.note
        except ControlRefused as error:
            note = error.sentence
        if note is not None:
            await recipient.tell(client, note, language)
            return
        started = texts.CHANGE_STARTED.format(
            requester=mrkdwn.user(pressed.user_id),
            job_id=outcome.job.id,
            change=mrkdwn.quoted(draft.brief.change, CHANGE_MAX_CHARS, CHANGE_MAX_LINES),
        )
        await respond(language(started), replace_original=True)


def _draft_of(said: SaidMessage, team_id: str, words: str) -> Draft:
    """The video goes to the thread of the words; in a direct message it needs none."""
    own_thread = None if said.is_direct else said.ts
    return Draft(
        key=f"said:{team_id}:{said.channel_id}:{said.ts}",
        requester_id=said.user_id,
        team_id=team_id,
        channel_id=said.channel_id,
        thread_ts=said.thread_ts or own_thread,
        prompt=words,
        attachments=said.attachments,
    )
