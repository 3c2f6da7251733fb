"""The buttons of a card: ack at once, ask the controls, say privately what did not happen."""

from __future__ import annotations

from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncBoltContext, AsyncRespond

from bot.domain.errors import BotError, NotYours, StoreUnavailable
from bot.domain.permissions import Action, Who
from bot.slack import ids
from bot.slack.people import SlackPeople
from bot.workflow.controls import Controls, Outcome
from bot.workflow.loop import Tasks
from handlers import payloads, texts

ACTIONS = {
    ids.CANCEL_JOB: Action.CANCEL,
    ids.RETRY_JOB: Action.RETRY,
    ids.LOOK_AGAIN: Action.LOOK_AGAIN,
    ids.SEND_AGAIN: Action.SEND_AGAIN,
}


class JobButtons:
    """The rest runs as a task: the ack waits for nothing. What happened shows in the card."""

    def __init__(self, controls: Controls, people: SlackPeople, tasks: Tasks) -> None:
        self._controls = controls
        self._people = people
        self._tasks = tasks

    async def handle_job_button(
        self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext, respond: AsyncRespond
    ) -> None:
        await ack()
        pressed = payloads.pressed_button(body)
        action, team_id = ACTIONS[pressed.action_id], _own_team_id(context)
        work = self._obey(action, pressed.value, pressed.user_id, team_id, respond)
        self._tasks.spawn(work, job_id=pressed.value)

    async def _obey(
        self, action: Action, job_id: str, user_id: str, team_id: str, respond: AsyncRespond
    ) -> None:
        try:
            outcome = await self._act(action, job_id, user_id, team_id)
            sentence = outcome.note
        except StoreUnavailable:
            sentence = texts.BUTTON_NOT_SAVED
        except BotError as error:
            sentence = error.sentence
        if sentence is not None:
            await respond(sentence, response_type="ephemeral", replace_original=False)

    async def _act(self, action: Action, job_id: str, user_id: str, team_id: str) -> Outcome:
        """Slack is asked for admins only when somebody else than the requester clicks."""
        try:
            return await self._controls.act(action, job_id, Who(user_id))
        except NotYours:
            if not await self._people.is_admin(user_id, team_id):
                raise
            return await self._controls.act(action, job_id, Who(user_id, may_do_all=True))


def _own_team_id(context: AsyncBoltContext) -> str:
    """The workspace the bot is installed in, whoever clicks."""
    authorized = context.authorize_result
    return str(authorized.team_id if authorized else "")
