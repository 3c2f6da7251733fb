"""Every id that a workspace holds, tried from another that has all else alike: nothing is told."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from structlog.testing import capture_logs

from bot.domain.catalogue import CatalogueKind
from bot.sandbox.heygen.server import Outcome
from bot.sandbox.slack.delivery import Answer, Delivery, ViewErrors
from bot.sandbox.slack.person import Person
from bot.sandbox.slack.state import Channel, Message, View
from bot.sandbox.slack.view_methods import views_publish
from bot.screens import ids
from bot.workflow import overview
from handlers.command_answers import Question
from handlers.job_buttons import BUTTONS, MENU
from tests.handlers.registered import registered
from tests.sandbox.slack import world as blocks
from tests.scenarios.twins import (
    SECRET,
    Ids,
    Twins,
    answer_of,
    content,
    has_older,
    own_message,
    shown,
    twins,
    words_of,
)
from tests.scenarios.workspaces_world import ask, card_says

WORDS = "A film about us."


@pytest.fixture(autouse=True)
def _logs() -> Iterator[None]:
    """A traceback takes so long to draw that triggers die meanwhile."""
    with capture_logs():
        yield


@dataclass(frozen=True)
class Visit:
    """Somebody in Globex who tries one id."""

    twins: Twins
    person: Person
    id: str

    @property
    def general(self) -> Channel:
        return self.twins.globex.channel("general")

    def message(self, element: dict[str, Any]) -> Message:
        row = {"type": "actions", "block_id": "row", "elements": [element]}
        globex = self.twins.globex
        return globex.state.post(self.general, globex.bot.id, "hi", blocks=[row])

    async def form(self, *, is_wide: bool = False) -> View:
        assert (await self.person.command(WORDS)).ok
        view = await self.person.wait_for_view()
        if is_wide:
            seen = len(view.definitions)
            await self.person.click(view, ids.MORE_OPTIONS)
            await self.twins.globex.wait_for(
                lambda: len(view.definitions) > seen or None, 5.0, "the wide form"
            )
        return view

    async def home(self, action_id: str) -> View:
        row = blocks.actions(blocks.a_button(action_id, value="1"))
        view = {"type": "home", "blocks": [row]}
        globex, user_id = self.twins.globex, self.person.user.id
        views_publish(globex.state, {"user_id": user_id, "view": view})
        return globex.homes[user_id]

    async def home_shown(self, asked: Awaitable[Answer]) -> Answer:
        """The Home tab is published by the workers."""
        globex, user_id = self.twins.globex, self.person.user.id
        before = globex.homes.get(user_id)
        seen = len(before.definitions) if before else 0

        def is_shown() -> bool | None:
            home = globex.homes.get(user_id)
            return (home is not None and len(home.definitions) > seen) or None

        answer = await asked
        await globex.wait_for(is_shown, 5.0, "the Home tab")
        return answer


Try = Callable[[Visit], Awaitable[Any]]


async def press(visit: Visit, action_id: str) -> Answer:
    message = visit.message(blocks.a_button(action_id, value=visit.id))
    return await visit.person.click(message, action_id)


def pressed(action_id: str) -> Try:
    return lambda visit: press(visit, action_id)


def chosen(name: str) -> Try:
    """A line of the menu behind a card's dots."""

    async def choose(visit: Visit) -> Answer | None:
        value = ids.menu_value(name, visit.id)
        options = [blocks.an_option(value, "This"), blocks.an_option("x:y")]
        menu = {"type": "overflow", "action_id": ids.JOB_MENU, "options": options}
        return await visit.person.select(visit.message(menu), ids.JOB_MENU, value)

    return choose


def typed(words: str) -> Try:
    return lambda visit: visit.person.command(words.format(id=visit.id))


def in_form(act: Callable[[Visit, View], Awaitable[Any]]) -> Try:
    """With the key of somebody else's draft in one's own form."""

    async def tried(visit: Visit) -> Any:
        view = await visit.form()
        view.definition["private_metadata"] = visit.id
        return await act(visit, view)

    return tried


async def submit_preview(visit: Visit) -> Answer:
    await visit.person.click(await visit.form(), ids.PREVIEW_PROMPT)
    preview = await visit.person.wait_for_view()
    preview.definition["private_metadata"] = visit.id
    return await visit.person.submit(preview)


async def widen_anothers_view(visit: Visit) -> Answer:
    """One's own click once more, said to come from another view."""
    view, person = await visit.form(), visit.person
    click = (await person.click(view, ids.MORE_OPTIONS)).delivery
    await visit.twins.settle()
    trigger = visit.twins.globex.state.new_trigger(person.user, view.channel_id, view)
    forged = click.payload["view"] | {"id": visit.id, "root_view_id": visit.id}
    body = click.payload | {"view": forged, "trigger_id": trigger.id}
    answer = await person.deliver_again(Delivery("interactive", body))
    await person.wait_for_view(5.0)  # that says what went wrong
    return answer


async def submit_with_avatar(visit: Visit) -> Answer:
    view = await visit.form(is_wide=True)
    view.loaded_options[ids.AVATAR] = [blocks.an_option(visit.id, "Somebody")]
    return await visit.person.submit(view, {ids.PROMPT: WORDS, ids.AVATAR: visit.id})


def offered(kind: CatalogueKind) -> Try:
    """What a menu offers for the word that only Acme's own things have in their names."""

    async def suggested(visit: Visit) -> list[dict[str, Any]]:
        return await visit.person.suggest(await visit.form(is_wide=True), kind.value, visit.id)

    return suggested


def at_home(action_id: str) -> Try:
    async def clicked(visit: Visit) -> Answer:
        home = await visit.home(action_id)
        return await visit.home_shown(visit.person.click(home, action_id))

    return clicked


async def open_from_home(visit: Visit) -> Answer:
    return await visit.person.click(await visit.home(ids.NEW_VIDEO), ids.NEW_VIDEO)


async def connect_from_home(visit: Visit) -> Answer:
    return await visit.person.click(await visit.home(ids.CONNECT_HEYGEN), ids.CONNECT_HEYGEN)


async def connect_wrong_key(visit: Visit) -> Answer:
    await connect_from_home(visit)
    view = await visit.person.wait_for_view()
    return await visit.person.submit(view, {ids.HEYGEN_KEY: "sk_nobody_0123456789"})


async def mention_in_thread(visit: Visit) -> Answer:
    own_message(visit.twins.globex, visit.id, visit.person, visit.general)
    return await visit.person.mention("make it shorter", thread_ts=visit.id)


async def write_in_thread(visit: Visit) -> Answer:
    globex = visit.twins.globex
    own_dm = globex.state.direct_channel(globex.bot.id, visit.person.user.id)
    own_message(globex, visit.id, visit.person, own_dm)
    return await visit.person.dm("make it shorter", thread_ts=visit.id)


async def use_on_message(visit: Visit) -> Answer:
    message = own_message(visit.twins.globex, visit.id, visit.person, visit.general)
    return await visit.person.message_shortcut(message, ids.VIDEO_FROM_MESSAGE)


# What is tried, by the name of the listener; beside it the kind of ids that it is tried with.
WAYS: dict[str, list[tuple[str, Try]]] = {
    f"command {ids.COMMAND}": [
        ("jobs", typed("status {id}")),
        ("jobs", typed("cancel {id}")),
        ("jobs", typed("cancel job #{id}")),
        ("jobs", typed("{id}")),
        ("person", typed("list")),
        ("person", typed("help")),
        ("person", typed("")),
    ],
    **{f"action {name}": [("jobs", pressed(name))] for name in BUTTONS},
    f"action {ids.JOB_MENU}": [("jobs", chosen(name)) for name in MENU],
    f"action {ids.OPEN_DRAFT}": [("drafts", pressed(ids.OPEN_DRAFT))],
    f"action {ids.MAKE_CHANGE}": [("drafts", pressed(ids.MAKE_CHANGE))],
    f"view {ids.VIDEO_COMPOSER}": [
        ("drafts", in_form(lambda v, view: v.person.submit(view, {ids.PROMPT: WORDS}))),
        ("avatar", submit_with_avatar),
    ],
    f"view {ids.PROMPT_PREVIEW}": [("drafts", submit_preview)],
    f"action {ids.MORE_OPTIONS}": [
        ("drafts", in_form(lambda v, view: v.person.click(view, ids.MORE_OPTIONS))),
        ("views", widen_anothers_view),
    ],
    f"action {ids.PREVIEW_PROMPT}": [
        ("drafts", in_form(lambda v, view: v.person.click(view, ids.PREVIEW_PROMPT)))
    ],
    **{f"options {kind.value}": [("word", offered(kind))] for kind in CatalogueKind},
    "event app_mention": [("threads", mention_in_thread)],
    "event message": [("dm_thread", write_in_thread)],
    f"shortcut {ids.VIDEO_FROM_MESSAGE}": [("threads", use_on_message)],
    f"shortcut {ids.NEW_VIDEO}": [("person", lambda v: v.person.global_shortcut(ids.NEW_VIDEO))],
    f"action {ids.NEW_VIDEO}": [("person", open_from_home)],
    "event app_home_opened": [("person", lambda v: v.home_shown(v.person.open_home()))],
    f"action {ids.HOME_NEWER}": [("person", at_home(ids.HOME_NEWER))],
    f"action {ids.HOME_OLDER}": [("person", at_home(ids.HOME_OLDER))],
    # Only of Globex's own key is anything said or done here.
    f"action {ids.CONNECT_HEYGEN}": [("person", connect_from_home)],
    f"action {ids.REMOVE_HEYGEN_KEY}": [("person", at_home(ids.REMOVE_HEYGEN_KEY))],
    f"view {ids.HEYGEN_KEY_FORM}": [("person", connect_wrong_key)],
}
SUBCOMMANDS = {Question.HELP, Question.LIST, Question.STATUS, Question.CANCEL, Question.UNKNOWN}


def of_kind(held: Ids, kind: str) -> tuple[str, ...]:
    one = {"person": held.person, "word": held.word, "avatar": held.avatar}
    one["dm_thread"] = held.dm_thread
    return (one[kind],) if kind in one else getattr(held, kind)


async def told(world: Twins, held: Ids, attempt: Try, id_: str) -> str:
    """All that Globex sees of it, without the id."""
    globex = world.globex
    person = globex.person(held.person)
    before = {id(one) for one in shown(globex)}
    answer = await attempt(Visit(world, person, id_))
    await world.settle()
    globex.state.close_all_views(person.user.id)
    news = [content(one) for one in shown(globex) if id(one) not in before]
    if isinstance(answer, ViewErrors):
        news.append(list(answer.errors.values()))
    elif isinstance(answer, Answer):
        assert answer.ok
        news += answer_of(answer.body)
    else:
        news.append(answer)
    said = words_of(news).replace(person.user.id, "person").replace(held.word, "word")
    return held.replaced_in(said)


def rows_of(folder: Path, team_id: str) -> dict[str, list[Any]]:
    """All that the database has of this workspace's videos, but for when they are looked at."""
    of_jobs = f"IN (SELECT id FROM jobs WHERE team_id = '{team_id}')"
    questions = {
        "jobs": f"SELECT id, state, account, requester_id, prompt, session_id, video_id,"
        f" request_key FROM jobs WHERE team_id = '{team_id}'",
        "history": f"SELECT job_id, from_state, to_state, why, who FROM history"
        f" WHERE job_id {of_jobs}",
        "deliveries": f"SELECT id, job_id, kind, state, message_ts FROM deliveries"
        f" WHERE job_id {of_jobs}",
        "drafts": f"SELECT key, body FROM drafts WHERE body LIKE '%{team_id}%'",
        "keys": f"SELECT * FROM heygen_keys WHERE workspace_id = '{team_id}'",
        "homes": f"SELECT user_id, page FROM home_tabs WHERE team_id = '{team_id}'",
    }
    with closing(sqlite3.connect(folder / "bot.db")) as db:
        return {name: sorted(db.execute(sql), key=repr) for name, sql in questions.items()}


def heygens_words(world: Twins) -> list[str]:
    sessions = world.account.sessions.values()
    return [name for s in sessions for name in (s.session_id, s.assigned_video_id)]


@pytest.mark.parametrize(
    "own_key",
    [
        pytest.param(True, id="a key of its own", marks=pytest.mark.heavy),
        pytest.param(False, id="one key for both"),
    ],
)
async def test_no_id_of_a_workspace_is_known_in_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own_key: bool
) -> None:
    monkeypatch.setattr(overview, "PAGE_SIZE", 3)  # so that Acme's Home tab has two pages
    async with twins(tmp_path, own_key=own_key) as world:
        await world.at_rest(tmp_path)
        assert has_older(world.acme.person("annabeth").home)
        acme, rows = list(shown(world.acme)), rows_of(tmp_path, world.acme.team_id)
        sessions = set(world.account.sessions)
        differing = {}
        for name, attempts in WAYS.items():
            for number, (kind, attempt) in enumerate(attempts):
                if not own_key and kind in ("avatar", "word"):
                    continue  # one HeyGen account has one catalogue
                known = zip(of_kind(world.ids, kind), of_kind(world.nobodys, kind), strict=True)
                for id_, nobodys in known:
                    of_acme = await told(world, world.ids, attempt, id_)
                    of_nobody = await told(world, world.nobodys, attempt, nobodys)
                    if of_acme != of_nobody or not of_nobody:
                        differing[name, number, id_] = (of_acme, of_nobody)

        assert differing == {}
        await world.at_rest(tmp_path)
        seen = json.dumps([content(one) for one in shown(world.globex)])
        for word in (SECRET, "acme", "annabeth", *heygens_words(world)):
            assert word not in seen.lower()
        assert list(shown(world.acme)) == acme
        assert rows_of(tmp_path, world.acme.team_id) == rows
        assert set(world.account.sessions) == sessions
        assert not any(session.stopped_at for session in world.account.sessions.values())
        assert rows_of(tmp_path, world.globex.team_id)["jobs"] == []


def test_no_listener_and_no_question_is_left_out() -> None:
    assert registered() == set(WAYS)
    assert set(Question) == SUBCOMMANDS


async def test_at_home_the_same_ids_are_known(tmp_path: Path) -> None:
    """Else the test above would prove nothing."""
    async with twins(tmp_path) as world:
        acme, annabeth = world.acme, world.acme.person("annabeth")
        acme.state.close_all_views(annabeth.user.id)
        row = blocks.actions(
            blocks.a_button(ids.OPEN_DRAFT, value=world.ids.drafts[0]), block_id="row"
        )
        message = acme.state.post(acme.channel("general"), acme.bot.id, "hi", blocks=[row])

        await annabeth.click(message, ids.OPEN_DRAFT)
        view = await annabeth.wait_for_view()
        seen = len(view.definitions)
        await annabeth.click(view, ids.MORE_OPTIONS)
        await acme.wait_for(lambda: len(view.definitions) > seen or None, 5.0, "the wide form")

        assert SECRET in str(view.definition)
        for kind in CatalogueKind:
            assert SECRET in str(await annabeth.suggest(view, kind.value, SECRET))
        for job_id in world.ids.jobs:
            before = len(acme.channel("general").ephemerals)
            await annabeth.command(f"status {job_id}")
            await world.settle()
            (told_her,) = acme.channel("general").ephemerals[before:]
            assert SECRET in told_her.text.lower()


async def test_forms_with_the_same_id_make_a_video_in_each_workspace(tmp_path: Path) -> None:
    """Slack's ids of views are unique in a workspace only, and make the key of a request."""
    async with twins(tmp_path) as world:
        view_id = next(iter(world.acme.views))
        await world.gus.command(WORDS)
        view = await world.gus.wait_for_view()
        view.id = view.root_view_id = view_id

        assert (await world.gus.submit(view)).ok

        await world.gus.wait_for_message("general", lambda m: "is ready" in m.text, 8.0)
        jobs = rows_of(tmp_path, world.globex.team_id)["jobs"]
        assert [(state, prompt) for _, state, _, _, prompt, *_ in jobs] == [("completed", WORDS)]


async def test_callback_of_one_workspace_s_video_is_a_look_at_that_video_alone(
    tmp_path: Path,
) -> None:
    async with twins(tmp_path, POLL_INTERVAL_S="30") as world:
        world.world.heygen.script("of Globex", Outcome(stays_forever=True))
        await ask(world.globex, "gus", "A film of Globex.")
        await card_says(world.globex, "gus", "making the video")
        acmes = next(s for s in world.account.sessions.values() if "Rendering" in s.prompt)
        (globexs,) = world.world.heygen.sessions.values()
        due = due_times(tmp_path)

        assert acmes.callback_url is not None
        async with aiohttp.ClientSession() as http, http.post(acmes.callback_url) as answer:
            assert answer.status == 200

        moved = {id_ for id_, at in due_times(tmp_path).items() if at != due[id_]}
        assert job_of(tmp_path, acmes.session_id) in moved
        assert job_of(tmp_path, globexs.session_id) not in moved


def due_times(folder: Path) -> dict[str, str]:
    with closing(sqlite3.connect(folder / "bot.db")) as db:
        return dict(db.execute("SELECT id, due_at FROM jobs").fetchall())


def job_of(folder: Path, session_id: str) -> str:
    with closing(sqlite3.connect(folder / "bot.db")) as db:
        question = "SELECT id FROM jobs WHERE session_id = ?"
        return str(db.execute(question, (session_id,)).fetchone()[0])
