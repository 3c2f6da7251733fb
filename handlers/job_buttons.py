"""The buttons and the menu of a job: ack at once, do it, say privately what did not happen."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

import structlog
from slack_bolt.async_app import AsyncAck, AsyncBoltContext
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain import texts
from bot.domain.errors import BotError, SlackError
from bot.domain.job.permissions import Action, Who, check
from bot.screens import ids
from bot.screens.details import details_view
from bot.screens.fresh_links import links_view
from bot.screens.messages import fresh_links
from bot.slack.errors import slack_call
from bot.slack.people import SlackPeople
from bot.workflow.controls import Controls
from bot.workflow.fresh_links import FreshLinks
from bot.workflow.loop import Tasks
from bot.workflow.overview import Overview
from handlers import payloads
from handlers.composer.form import VideoComposer
from handlers.errors import sentence_for
from handlers.message_payloads import is_from_outside, own_team_id
from handlers.modals import USED_TRIGGER
from handlers.person_controls import PersonControls
from handlers.recipients import Recipient, Request, asker_of
from handlers.triggers import Triggers

log = structlog.get_logger(__name__)

BUTTONS = {
    ids.CANCEL_JOB: Action.CANCEL,
    ids.RETRY_JOB: Action.RETRY,
    ids.LOOK_AGAIN: Action.LOOK_AGAIN,
    ids.SEND_AGAIN: Action.SEND_AGAIN,
    ids.VARY_JOB: Action.VARY,
    ids.EDIT_JOB: Action.EDIT,
    ids.OTHER_ORIENTATION: Action.OTHER_ORIENTATION,
}
MENU = {ids.FRESH_LINK: Action.FRESH_LINK, ids.JOB_DETAILS: Action.DETAILS}
ACTION_IDS = (*BUTTONS, ids.JOB_MENU)


@dataclass(frozen=True, slots=True)
class Click:
    """One press of a button, by whom, and the ways to answer it."""

    action: Action
    job_id: str
    who: Who
    team_id: str  # ours
    recipient: Recipient
    client: AsyncWebClient


class JobButtons:
    """The rest runs as a task: the ack waits for nothing. What happened shows in a card."""

    def __init__(
        self,
        *,
        controls: Controls,
        decisions: PersonControls,
        links: FreshLinks,
        overview: Overview,
        composer: VideoComposer,
        people: SlackPeople,
        tasks: Tasks,
        triggers: Triggers,
    ) -> None:
        self._controls = controls
        self._decisions = decisions
        self._links = links
        self._overview = overview
        self._composer = composer
        self._people = people
        self._tasks = tasks
        self._triggers = triggers

    async def handle_job_button(
        self,
        ack: AsyncAck,
        body: dict[str, Any],
        client: AsyncWebClient,
        context: AsyncBoltContext,
    ) -> None:
        await ack()
        pressed, team_id = payloads.pressed_button(body), own_team_id(context)
        action = (BUTTONS | MENU).get(pressed.action_id)
        if action is None:  # a link, which Slack has opened by itself
            return
        click = Click(
            action,
            pressed.value,
            Who(pressed.user_id, is_outsider=is_from_outside(body, context)),
            team_id,
            asker_of(body),
            client,
        )
        self._tasks.spawn(self._act(click), job_id=click.job_id)

    async def _act(self, click: Click) -> None:
        ways: dict[Action, Callable[[Click], Awaitable[str | None]]] = {
            Action.VARY: self._open_form,
            Action.EDIT: self._open_form,
            Action.OTHER_ORIENTATION: self._turn,
            Action.FRESH_LINK: self._fresh_link,
            Action.DETAILS: self._show_details,
        }
        try:
            told = await ways.get(click.action, self._decide)(click)
        except BotError as error:
            told = sentence_for(error, Request.ACTIONS)
        if told is not None:
            say = await self._people.language(click.who.name)
            await click.recipient.tell(click.client, told, say)

    async def _decide(self, click: Click) -> str | None:
        decided = self._decisions.act(click.action, click.job_id, click.who, click.team_id)
        return (await decided).note

    async def _turn(self, click: Click) -> str | None:
        await self._people.language(click.who.name)
        who = replace(click.who, locale=self._people.known_locale(click.who.name))
        return await self._decide(replace(click, who=who))

    async def _open_form(self, click: Click) -> str | None:
        draft = await self._controls.draft(click.action, click.job_id, click.who)
        say = await self._people.language(click.who.name)
        await self._composer.open(
            click.client,
            click.recipient.trigger_id,
            draft,
            say,
            lambda sentence: click.recipient.tell(click.client, sentence, say),
        )
        return None

    async def _fresh_link(self, click: Click) -> str | None:
        """Privately beside the card; in the Home tab, which has no such place, in a modal."""
        job = await self._links.of(click.job_id, click.who)
        say = await self._people.language(click.who.name)
        if click.recipient.response_url:
            return "\n".join(fresh_links(job, say))
        return await self._show(click, links_view(job, say))

    async def _show_details(self, click: Click) -> str | None:
        story = await self._overview.story_of(click.job_id)
        check(Action.DETAILS, story.job, click.who)
        return await self._show(
            click, details_view(story, await self._people.language(click.who.name))
        )

    async def _show(self, click: Click, view: dict[str, Any]) -> str | None:
        if not self._triggers.is_first(click.recipient.trigger_id):
            return None
        try:
            async with slack_call(may_repeat=False):
                await click.client.views_open(trigger_id=click.recipient.trigger_id, view=view)
        except SlackError as error:
            log.warning("modal not opened", code=error.code, job_id=click.job_id)
            return None if error.code == USED_TRIGGER else texts.DETAILS_NOT_OPENED
        return None
