"""Person: somebody in the workspace who types, fills in, clicks and waits, against the real bot."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from bot.sandbox.slack import payloads as payloads
from bot.sandbox.slack.app import SlackApp
from bot.sandbox.slack.browser import Browser, Page
from bot.sandbox.slack.delivery import Answer, Courier, Delivery
from bot.sandbox.slack.form import (
    check_required,
    element_state,
    fill,
    find_element,
)
from bot.sandbox.slack.menus import (
    find_button,
    message_as_view,
    offered_options,
    response_urls,
)
from bot.sandbox.slack.oauth import Sessions
from bot.sandbox.slack.refusals import SandboxRefusal, SlackRefusal
from bot.sandbox.slack.response_urls import respond
from bot.sandbox.slack.state import Channel, Json, Message, RecordedCall, SlackFile, User, View
from bot.sandbox.slack.submission import apply_submission_answer
from bot.sandbox.slack.workspace import Workspace


class Person:
    """Made by `sandbox.person("ana")`. What Slack's client would not let one do is refused."""

    def __init__(
        self,
        state: Workspace,
        courier: Courier,
        calls: Iterable[RecordedCall],
        sessions: Sessions,
        user: User,
    ) -> None:
        """`calls` are those that the bot made: told where somebody waits for one in vain."""
        self.user = user
        self._sessions = sessions
        self._state = state
        self._courier = courier
        self._calls = calls
        self._seen_views: set[str] = set()

    # -- ways in

    async def command(
        self, text: str = "", *, channel: str | Channel = "general", command: str = "/video"
    ) -> Answer:
        """Type a slash command; what the bot answers with is shown to this person."""
        self._check_installed()
        place = self._place_to_write(channel)
        body = payloads.command(self._state, self.user, place, command, text)
        answer = await self._deliver(Delivery("slash_commands", body))
        if answer.ok and answer.body:
            answer.message = self._show_command_answer(body, answer.body)
        return answer

    async def message_shortcut(self, message: Message, callback_id: str) -> Answer:
        self._check_installed()
        place = self._place(message.channel_id)
        body = payloads.message_shortcut(self._state, self.user, place, message, callback_id)
        return await self._interact(body)

    async def global_shortcut(self, callback_id: str) -> Answer:
        self._check_installed()
        return await self._interact(payloads.global_shortcut(self._state, self.user, callback_id))

    async def mention(
        self,
        text: str,
        channel: str | Channel = "general",
        *,
        thread_ts: str | None = None,
        files: Sequence[SlackFile] = (),
        bot: User | None = None,
    ) -> Answer:
        """Write a message that mentions the bot; `answer.message` is that message.

        `bot` is that of another workspace, in a channel that both share.
        """
        place = self._place_to_write(channel)
        state = self._state if bot is None else self._state_of_bot(bot)
        self._check_installed(state)
        if state.bot.id not in place.members:
            raise SandboxRefusal(f"the bot is not in #{place.name}, so it hears no mention there")
        words = f"<@{state.bot.id}> {payloads.escape(text)}"
        return await self._write(state, "app_mention", place, words, thread_ts, files)

    async def dm(
        self, text: str, *, thread_ts: str | None = None, files: Sequence[SlackFile] = ()
    ) -> Answer:
        """Write to the bot directly."""
        self._check_installed()
        place = self._state.direct_channel(self._state.bot.id, self.user.id)
        return await self._write(
            self._state, "message", place, payloads.escape(text), thread_ts, files
        )

    async def open_home(self, *, tab: str = "home") -> Answer:
        """Look at the bot's Home; its other tabs ("messages", "about") are told too."""
        self._check_installed()
        body = payloads.home_opened(self._state, self.user, tab)
        return await self._deliver(Delivery("events_api", body))

    def say(
        self,
        text: str,
        channel: str | Channel = "general",
        *,
        thread_ts: str | None = None,
        files: Sequence[SlackFile] = (),
    ) -> Message:
        """Write a message that is not for the bot."""
        place = self._place_to_write(channel)
        words = payloads.escape(text)
        return self._state.post(place, self.user.id, words, thread_ts=thread_ts, files=list(files))

    async def upload(self, path: Path) -> SlackFile:
        """Put a file from disk into Slack, private to this person so far."""
        size = (await asyncio.to_thread(path.stat)).st_size
        return self._state.add_file(self.user, path.name, size, path)

    # -- modals

    @property
    def top_view(self) -> View | None:
        """The modal this person sees, whichever workspace's bot has opened it."""
        mine = [one for one in self._app.workspaces if one.users.get(self.user.id) is self.user]
        stacks = [stack for state in mine if (stack := state.stack(self.user.id))]
        return stacks[-1][-1] if stacks else None

    @property
    def home(self) -> View | None:
        return self._state.homes.get(self.user.id)

    async def wait_for_view(self, timeout_s: float = 3.0) -> View:
        """The next modal opened for this person that was not waited for before."""

        def unseen() -> View | None:
            view = self.top_view
            return view if view is not None and view.id not in self._seen_views else None

        what = f"a view for {self.user.name}; last calls: {self._last_calls()}"
        view = await self._state.wait_for(unseen, timeout_s, what)
        self._seen_views.add(view.id)
        return view

    async def submit(self, view: View, values: Mapping[str, Any] | None = None) -> Answer:
        """Fill in by block_id or action_id and press submit. Refused input comes as ViewErrors."""
        self._check_open(view)
        if "submit" not in view.definition:
            raise SandboxRefusal("the view has no submit button")
        state = self._state_of_view(view)
        await self._open_menus(view, values or {})
        filled = fill(state, view, values or {})
        check_required(view, filled)
        view.values = filled
        urls = response_urls(state, self.user, view, filled)
        body = payloads.view_submission(state, self.user, view, filled, urls)
        answer = await self._interact(body, state)
        return apply_submission_answer(state, view, answer)

    async def close(self, view: View, *, all_views: bool = False) -> Answer | None:
        """Press cancel (or the cross: `all_views`); the bot hears of it only if it asked to."""
        self._check_open(view)
        state = self._state_of_view(view)
        if all_views or view.definition.get("clear_on_close"):
            state.close_all_views(self.user.id)
        else:
            state.close_view(view)
        if not view.definition.get("notify_on_close"):
            return None
        body = payloads.view_closed(state, self.user, view, is_cleared=all_views)
        return await self._interact(body, state)

    async def suggest(self, view: View, action_id: str, text: str = "") -> list[Json]:
        """Open an external select (or type into it): the options the bot offers, out of groups."""
        self._check_open(view)
        block, one = find_element(view.blocks, action_id)
        if not one["type"].endswith("external_select"):
            raise SandboxRefusal(f"{action_id} is a {one['type']} and asks for no options")
        if len(text) < one.get("min_query_length", 3):
            raise SandboxRefusal(f"Slack asks only after {one.get('min_query_length', 3)} letters")
        name, state = one["action_id"], self._state_of_view(view)
        body = payloads.suggestion(state, self.user, view, block["block_id"], name, text)
        options = offered_options(await self._interact(body, state))
        view.loaded_options[name] = options
        return options

    # -- buttons and menus

    async def click(self, where: Message | View, action_id: str, *, value: str = "") -> Answer:
        """Press a button; `value` picks one of several with the same action_id."""
        block, one = find_button(where.blocks, action_id, value)
        keys = ("action_id", "type", "text", "value", "style")
        action = {key: one[key] for key in keys if key in one} | {"block_id": block["block_id"]}
        return await self._act(where, action)

    async def select(self, where: Message | View, action_id: str, value: Any) -> Answer | None:
        """Choose or type; None when the bot is not told (an input without dispatch_action)."""
        block, one = find_element(where.blocks, action_id)
        action = {"type": one["type"], "action_id": one["action_id"], "block_id": block["block_id"]}
        if one["type"] == "overflow":
            chosen = [option for option in one["options"] if option["value"] == value]
            if not chosen:
                raise SandboxRefusal(f"{action_id} shows no option {value!r}")
            return await self._act(where, action | {"selected_option": chosen[0]})
        state = self._state_of(where)
        view = where if isinstance(where, View) else message_as_view(state, self.user, where)
        await self._open_menus(view, {action_id: value})
        entered = element_state(state, view, one, value)
        view.values.setdefault(block["block_id"], {})[one["action_id"]] = entered
        if block["type"] == "input" and not block.get("dispatch_action"):
            return None
        return await self._act(where, entered | action)

    # -- again, and waiting

    async def deliver_again(
        self, what: Answer | Delivery, *, retry_num: int | None = None
    ) -> Answer:
        """The same payload byte for byte, freshly signed; events can carry a retry number."""
        delivery = what.delivery if isinstance(what, Answer) else what
        return await self._courier.deliver(delivery, retry_num=retry_num)

    async def wait_for_message(
        self,
        channel: str | Channel = "general",
        predicate: Callable[[Message], bool] = lambda message: message.bot_id is not None,
        timeout_s: float = 3.0,
    ) -> Message:
        """The first message (reply or not) of the channel that fits, now or later."""
        place = self._state.channel(channel, self.user.team_id)

        def look() -> Message | None:
            mine = [m for m in place.ephemerals if m.ephemeral_to == self.user.id]
            return next((m for m in [*place.messages, *mine] if predicate(m)), None)

        texts = [message.text[:60] for message in place.messages[-5:]]
        return await self._state.wait_for(look, timeout_s, f"a message beside {texts}")

    # -- installing

    def browser(self) -> Browser:
        """`async with person.browser() as browser`: where this person is signed in at Slack."""
        return Browser(self._app, self._sessions, self._state, self.user)

    async def install(
        self,
        install_url: str,
        *,
        cancel: bool = False,
        org_wide: bool = False,
        browser: Browser | None = None,
    ) -> Page:
        """Walk from the bot's page through Slack's question and back: the page at the end.

        A page of Slack's own, or of the bot without a way to Slack, is the end too.
        """
        if browser is None:
            async with self.browser() as fresh:
                return await self.install(
                    install_url, cancel=cancel, org_wide=org_wide, browser=fresh
                )
        page = await browser.visit(install_url)
        if (link := browser.link_to_slack(page)) is not None:
            page = await browser.visit(link)
        if not browser.is_question(page):
            return page
        decision = "cancel" if cancel else "allow"
        led_to = await browser.answer(page, decision, org_wide=org_wide)
        return led_to if isinstance(led_to, Page) else await browser.visit(led_to)

    # -- inside

    @property
    def _app(self) -> SlackApp:
        return self._state.app

    def _check_installed(self, state: Workspace | None = None) -> None:
        state = state or self._state
        if not state.installed:
            raise SandboxRefusal(f"the app is not installed in {state.team.name}")

    def _state_of_bot(self, bot: User) -> Workspace:
        found = (one for one in self._app.workspaces if one.bot is bot)
        if (state := next(found, None)) is None:
            raise SandboxRefusal(f"{bot.name} is the bot of no workspace")
        return state

    def _state_of_view(self, view: View) -> Workspace:
        """The workspace whose bot has opened it."""
        found = (one for one in self._app.workspaces if one.views.get(view.id) is view)
        return next(found, self._state)

    def _state_of(self, where: Message | View) -> Workspace:
        """The workspace whose bot it is from: in a shared channel another than this person's."""
        if isinstance(where, View):
            return self._state_of_view(where)
        found = (one for one in self._app.workspaces if one.bot_id == where.bot_id)
        return next(found, self._state)

    def _place(self, channel: str | Channel) -> Channel:
        place = self._state.channel(channel, self.user.team_id)
        if place.kind != "public" and self.user.id not in place.members:
            raise SandboxRefusal(f"{self.user.name} cannot see {place.name or place.id}")
        return place

    def _place_to_write(self, channel: str | Channel) -> Channel:
        place = self._place(channel)
        if place.is_archived:
            raise SandboxRefusal(f"#{place.name} is archived: nobody can write there")
        return place

    def _check_open(self, view: View) -> None:
        if self.top_view is not view:
            raise SandboxRefusal(f"{view.title!r} is not the view {self.user.name} sees")

    def _last_calls(self) -> list[str]:
        calls = list(self._calls)[-5:]
        return [f"{call.method} {call.error or 'ok'}" for call in calls]

    async def _deliver(self, delivery: Delivery) -> Answer:
        return await self._courier.deliver(delivery)

    async def _interact(self, body: Json, state: Workspace | None = None) -> Answer:
        self._check_installed(state)
        return await self._deliver(Delivery("interactive", body))

    async def _write(
        self,
        state: Workspace,
        kind: str,
        place: Channel,
        words: str,
        thread_ts: str | None,
        files: Sequence[SlackFile],
    ) -> Answer:
        message = self._state.post(
            place, self.user.id, words, thread_ts=thread_ts, files=list(files)
        )
        body = payloads.message_event(state, kind, place, message)
        answer = await self._deliver(Delivery("events_api", body))
        answer.message = message
        return answer

    def _show_command_answer(self, command: Json, body: Any) -> Message | None:
        token = command["response_url"].rpartition("/")[2]
        message = body if isinstance(body, dict) else {"text": str(body)}
        try:
            return respond(self._state, self._state.response_urls[token], message)
        except SlackRefusal as refusal:
            raise SandboxRefusal(f"no answer to a command: {refusal}") from refusal

    async def _open_menus(self, view: View, values: Mapping[str, Any]) -> None:
        """A person has to open an external select to choose from it."""
        for name, value in values.items():
            _, one = find_element(view.blocks, name)
            opens = one["type"].endswith("external_select") and one.get("min_query_length") == 0
            if opens and value and one["action_id"] not in view.loaded_options:
                await self.suggest(view, one["action_id"])

    async def _act(self, where: Message | View, action: Json) -> Answer:
        state = self._state_of(where)
        if isinstance(where, View):
            if where.definition["type"] == "modal":
                self._check_open(where)
            where.values = fill(state, where, {})
            body = payloads.view_action(state, self.user, where, action)
            return await self._interact(body, state)
        place = self._place(where.channel_id)
        if where not in place.messages and where not in place.ephemerals:
            raise SandboxRefusal("the message is not there any more")
        body = payloads.message_action(state, self.user, place, where, action)
        return await self._interact(body, state)
