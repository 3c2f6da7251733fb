"""Every listener there is, when something breaks that nobody expected: the person is told."""

from __future__ import annotations

import inspect
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.domain import texts
from bot.domain.catalogue import CatalogueKind
from bot.domain.errors import BotError, SlackUnavailable
from bot.sandbox.faults import Fault
from bot.sandbox.slack.delivery import Answer, ViewErrors
from bot.sandbox.slack.person import Person
from bot.sandbox.slack.server import SlackSandbox
from bot.sandbox.slack.state import Message, View
from bot.sandbox.slack.view_methods import views_publish
from bot.screens import ids
from bot.workflow.heygen_keys import WorkspaceKey
from handlers.job_buttons import BUTTONS, MENU
from store import open_store
from tests.empty_database import write_empty_database
from tests.fakes import FakeClock
from tests.handlers.breaking import INSIDE
from tests.handlers.listening import listening
from tests.handlers.registered import registered
from tests.keys import FERNET_KEY
from tests.sandbox.slack import world as blocks

SORRY = (str(BotError().sentence), str(SlackUnavailable().sentence), str(texts.FORM_NOT_OPENED))
JOB_ID = "abcdef123456"


class Breakable:
    """A real store until `is_broken`; from then on each of its methods raises."""

    def __init__(self, real: Any, owner: Breakable | None = None) -> None:
        self._real, self._owner = real, owner or self
        self.is_broken = False

    def __getattr__(self, name: str) -> Any:
        part = getattr(self._real, name)
        if not callable(part):
            return Breakable(part, self._owner)

        async def method(*args: Any, **kwargs: Any) -> Any:
            if self._owner.is_broken:
                raise RuntimeError(INSIDE)
            return await part(*args, **kwargs)

        return method if inspect.iscoroutinefunction(part) else part


@dataclass
class Scene:
    """What Ana does: `set` before the store breaks, `click` after it has."""

    slack: SlackSandbox
    ana: Person

    def message(self, element: dict[str, Any]) -> Message:
        channel = self.slack.channel("general")
        row = {"type": "actions", "block_id": "row", "elements": [element]}
        return self.slack.state.post(channel, self.slack.bot.id, "hi", blocks=[row])

    def button(self, action_id: str) -> Message:
        return self.message(blocks.a_button(action_id, value=JOB_ID))

    async def home(self, action_id: str) -> View:
        row = {"type": "actions", "elements": [blocks.a_button(action_id, value="1")]}
        view = {"type": "home", "blocks": [row]}
        views_publish(self.slack.state, {"user_id": self.ana.user.id, "view": view})
        return self.slack.homes[self.ana.user.id]

    async def form(self) -> View:
        await self.ana.command("Ten sentences about us.")
        return await self.ana.wait_for_view()

    async def home_of_admin(self, action_id: str) -> View:
        self.ana.user.is_admin = True
        return await self.home(action_id)

    async def key_form(self) -> View:
        await self.ana.click(await self.home_of_admin(ids.CONNECT_HEYGEN), ids.CONNECT_HEYGEN)
        return await self.ana.wait_for_view()

    async def preview(self) -> View:
        await self.ana.click(await self.form(), ids.PREVIEW_PROMPT)
        return await self.ana.wait_for_view()


Click = Callable[[Scene, Any], Awaitable[Any]]
Set = Callable[[Scene], Awaitable[Any]]


async def nothing(_: Scene) -> None: ...


def typed(text: str) -> tuple[Set, Click]:
    return nothing, lambda scene, _: scene.ana.command(text)


def pressed(action_id: str) -> tuple[Set, Click]:
    async def shown(scene: Scene) -> Message:
        return scene.button(action_id)

    return shown, lambda scene, message: scene.ana.click(message, action_id)


def chosen(name: str) -> tuple[Set, Click]:
    value = ids.menu_value(name, JOB_ID)

    async def shown(scene: Scene) -> Message:
        options = [blocks.an_option(value), blocks.an_option("x:y")]
        menu = {"type": "overflow", "action_id": ids.JOB_MENU, "options": options}
        return scene.message(menu)

    return shown, lambda scene, message: scene.ana.select(message, ids.JOB_MENU, value)


def at_home(action_id: str) -> tuple[Set, Click]:
    return lambda s: s.home(action_id), lambda s, view: s.ana.click(view, action_id)


async def form_that_slack_does_not_change(scene: Scene) -> View:
    scene.slack.faults.add("views.update", Fault("status", 500))
    return await scene.form()


async def key_form_that_slack_does_not_open(scene: Scene) -> View:
    scene.slack.faults.add("views.open", Fault("status", 500))
    return await scene.home_of_admin(ids.CONNECT_HEYGEN)


def widen(scene: Scene, view: View) -> Awaitable[Answer]:
    return scene.ana.click(view, ids.MORE_OPTIONS)


async def said(scene: Scene) -> Message:
    scene.slack.channel("general").members.add(scene.slack.bot.id)
    return scene.ana.say("Ten sentences about us.")


# The name is the listener's, as `register` gives it to Bolt.
WAYS: dict[str, list[tuple[Set, Click]]] = {
    f"command {ids.COMMAND}": [
        typed(""),
        typed("list"),
        typed(f"status {JOB_ID}"),
        typed(f"cancel {JOB_ID}"),
    ],
    f"view {ids.VIDEO_COMPOSER}": [(Scene.form, lambda s, view: s.ana.submit(view))],
    f"view {ids.PROMPT_PREVIEW}": [(Scene.preview, lambda s, view: s.ana.submit(view))],
    f"action {ids.MORE_OPTIONS}": [(form_that_slack_does_not_change, widen)],
    f"action {ids.PREVIEW_PROMPT}": [
        (Scene.form, lambda s, view: s.ana.click(view, ids.PREVIEW_PROMPT))
    ],
    **{f"action {name}": [pressed(name)] for name in BUTTONS},
    f"action {ids.JOB_MENU}": [chosen(name) for name in MENU],
    f"action {ids.OPEN_DRAFT}": [pressed(ids.OPEN_DRAFT)],
    f"action {ids.MAKE_CHANGE}": [pressed(ids.MAKE_CHANGE)],
    f"action {ids.HOME_NEWER}": [at_home(ids.HOME_NEWER)],
    f"action {ids.HOME_OLDER}": [at_home(ids.HOME_OLDER)],
    f"action {ids.CONNECT_HEYGEN}": [
        (
            key_form_that_slack_does_not_open,
            lambda s, view: s.ana.click(view, ids.CONNECT_HEYGEN),
        )
    ],
    f"action {ids.REMOVE_HEYGEN_KEY}": [
        (
            lambda s: s.home_of_admin(ids.REMOVE_HEYGEN_KEY),
            lambda s, view: s.ana.click(view, ids.REMOVE_HEYGEN_KEY),
        )
    ],
    f"view {ids.HEYGEN_KEY_FORM}": [
        (Scene.key_form, lambda s, view: s.ana.submit(view, {ids.HEYGEN_KEY: "sk_0123456789"}))
    ],
    f"action {ids.NEW_VIDEO}": [at_home(ids.NEW_VIDEO)],
    f"shortcut {ids.NEW_VIDEO}": [(nothing, lambda s, _: s.ana.global_shortcut(ids.NEW_VIDEO))],
    f"shortcut {ids.VIDEO_FROM_MESSAGE}": [
        (said, lambda s, message: s.ana.message_shortcut(message, ids.VIDEO_FROM_MESSAGE))
    ],
    "event app_mention": [(said, lambda s, _: s.ana.mention("a video"))],
    "event message": [(said, lambda s, _: s.ana.dm("a video"))],
    "event app_home_opened": [(nothing, lambda s, _: s.ana.open_home())],
}
# Nobody can be told anything in a menu: it offers the default (tests/handlers/test_errors.py).
SILENT = {f"options {kind.value}" for kind in CatalogueKind}
CASES = [
    pytest.param(*way, id=f"{name} {number}")
    for name, ways in WAYS.items()
    for number, way in enumerate(ways)
]


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Breakable]:
    write_empty_database(tmp_path / "bot.db")
    real = open_store(f"sqlite:///{tmp_path / 'bot.db'}", encryption_keys=(FERNET_KEY,))
    yield Breakable(real)
    await real.close()


def everything_told(scene: Scene, answer: object) -> str:
    """All that Ana can read now."""
    ana = scene.ana
    told = [m.text for m in scene.slack.direct_messages(ana.user)]
    for channel in scene.slack.channels.values():
        told += [m.text for m in channel.ephemerals if m.ephemeral_to == ana.user.id]
    for view in (ana.top_view, ana.home):
        told.append(json.dumps(view.blocks, ensure_ascii=False) if view else "")
    told += answer.errors.values() if isinstance(answer, ViewErrors) else []
    return "\n".join(told)


async def any_key(_: str) -> None:
    """HeyGen takes it."""


@pytest.mark.parametrize(("set_up", "click"), CASES)
async def test_person_is_told(
    slack: SlackSandbox, store: Breakable, set_up: Set, click: Click
) -> None:
    key = WorkspaceKey(
        store.heygen_keys,
        slack.state.team_id,
        check=any_key,
        clock=FakeClock(),
        on_change=lambda: None,
        default="operators",
    )
    async with listening(slack, store, key):
        scene = Scene(slack, slack.person("ana"))
        thing = await set_up(scene)
        store.is_broken = True

        answer: Answer = await click(scene, thing)

        def is_told() -> bool | None:
            told = everything_told(scene, answer)
            return any(sentence in told for sentence in SORRY) or None

        assert answer.status == 200
        await slack.wait_for(is_told, 3.0, f"a word to Ana beside {everything_told(scene, answer)}")
        assert "hunter2" not in everything_told(scene, answer)


def test_no_listener_is_left_out() -> None:
    assert registered() == {*WAYS, *SILENT}
