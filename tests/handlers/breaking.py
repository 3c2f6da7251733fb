"""A bot whose every listener breaks, before its ack or in the task that goes on after it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack.person import Person
from bot.sandbox.slack.server import SlackSandbox
from bot.sandbox.slack.state import Message, View
from bot.slack.client import slack_client, slack_session
from bot.slack.identity import SlackIdentity, bolt_app
from bot.slack.people import SlackPeople
from bot.slack.tokens import FixedToken
from bot.workflow.loop import Tasks
from handlers.errors import Errors
from handlers.middleware import AskerRemembered
from tests.handlers.listening import answering
from tests.sandbox.slack import world as blocks

INSIDE = "/srv/bot.py: no column named hunter2"
BUTTON, MENU, FORM, BARE, SHORTCUT = "press", "menu", "form", "bare", "shortcut"

Break = Callable[[], Exception]


@dataclass
class Breaking:
    slack: SlackSandbox
    client: AsyncWebClient

    async def message(self) -> Message:
        """A message of the bot's with a button, in #general."""
        channel = self.slack.channel("general").id
        row = blocks.actions(blocks.a_button(BUTTON))
        answer = await self.client.chat_postMessage(channel=channel, text="hi", blocks=[row])
        return next(m for m in self.slack.messages("general") if m.ts == answer["ts"])

    async def modal(self, person: Person, *, has_input: bool = True) -> View:
        """A modal with a button and a menu, and with or without a field to fill in."""
        menu = {"type": "external_select", "action_id": MENU, "min_query_length": 0}
        field = [blocks.an_input(blocks.a_text_input("words"), "words")] * has_input
        row = blocks.actions(blocks.a_button(BUTTON), menu, block_id="row")
        view = blocks.a_modal(row, *field, callback_id=FORM, notify_on_close=True)
        trigger = self.slack.state.new_trigger(person.user, None)
        await self.client.views_open(trigger_id=trigger.id, view=view)
        return await person.wait_for_view()

    async def home(self, person: Person) -> View:
        """A Home tab with a button."""
        view = {"type": "home", "blocks": [blocks.actions(blocks.a_button(BUTTON))]}
        await self.client.views_publish(user_id=person.user.id, view=view)
        assert person.home is not None
        return person.home


@asynccontextmanager
async def breaking(
    slack: SlackSandbox, error: Break, *, after_ack: bool = False
) -> AsyncIterator[Breaking]:
    """Listeners for everything, which raise `error()`: at once, or in a task once they acked."""
    session, tasks = slack_session(), Tasks("slack")
    client = slack_client(slack.bot_token, slack.api_url, session)
    identity = SlackIdentity(client, FixedToken(slack.bot_token))
    app = bolt_app(slack_client(None, slack.api_url, session), identity)
    errors = Errors(SlackPeople(client), tasks)
    app.middleware(AskerRemembered(errors))
    app.error(errors.answer_error)

    async def break_down() -> None:
        raise error()

    async def listener(ack: AsyncAck) -> None:
        if not after_ack:
            raise error()
        await ack()
        tasks.spawn(break_down())

    for listen in _kinds(app):
        listen(listener)
    try:
        async with answering(slack, app):
            yield Breaking(slack, client)
    finally:
        await tasks.settle(1.0)
        await session.close()


def _kinds(app: AsyncApp) -> list[Callable[[Callable[..., Awaitable[None]]], Any]]:
    return [
        app.command("/video"),
        app.view(FORM),
        app.view_closed(FORM),
        app.options(MENU),
        app.action(BUTTON),
        app.action(MENU),
        app.shortcut(SHORTCUT),
        app.event("app_mention"),
        app.event("message"),
        app.event("app_home_opened"),
    ]
