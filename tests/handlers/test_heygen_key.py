"""“Connect HeyGen”: an admin in the Home tab, and everybody where there is no key."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain import texts
from bot.domain.job.job import JobState
from bot.domain.request.draft import BegunDraft
from bot.domain.workspace import NO_ACCOUNT, account_of
from bot.heygen.client import HeyGenClient
from bot.sandbox.faults import Fault
from bot.sandbox.heygen.server import HeyGenSandbox
from bot.sandbox.slack.delivery import Answer, ViewErrors
from bot.sandbox.slack.person import Person
from bot.sandbox.slack.server import SlackSandbox
from bot.sandbox.slack.state import Message, View
from bot.screens import ids
from bot.screens.blocks import actions, dicts
from bot.screens.composer.form import composer_view
from bot.screens.job_actions import job_actions
from bot.screens.language import language_of
from bot.slack.client import slack_client, slack_session
from bot.workflow.heygen_keys import WorkspaceKey
from bot.workflow.parts import Parts
from store import open_store
from tests.builders import a_draft, a_job
from tests.empty_database import write_empty_database
from tests.fakes import FakeClock
from tests.handlers.filling_in import ENGLISH
from tests.handlers.listening import listening
from tests.keys import FERNET_KEY

KEY = "sk_acme_0123456789"
ME = "GET /v3/users/me"
OPERATORS = "operators"  # the account of HEYGEN_API_KEY


@dataclass
class Acme:
    """One workspace among several: Ana is an admin of it, Ben is not."""

    slack: SlackSandbox
    heygen: HeyGenSandbox
    store: Any
    key: WorkspaceKey
    parts: Parts
    path: Path
    logs: list[Any]
    ana: Person = field(init=False)
    ben: Person = field(init=False)

    def __post_init__(self) -> None:
        self.slack.add_user("alma", is_admin=True)
        self.ana, self.ben = self.slack.person("alma"), self.slack.person("ben")

    async def home(self, person: Person) -> View:
        """What this person sees on opening the Home tab."""
        await self.parts.home.open(person.user.id)
        return await self.shown(person, "")

    async def shown(self, person: Person, words: str) -> View:
        """The Home once it says so; it is published when the bot comes to it."""
        clock: Any = self.parts.clock
        async with asyncio.timeout(3.0):
            while True:
                clock.advance(60)
                await self.parts.home.step()
                if person.home is not None and words in said(person.home):
                    return person.home
                await asyncio.sleep(0.01)

    async def form(self, person: Person) -> View:
        """The form for the key, opened from the Home tab."""
        await person.click(await self.home(person), ids.CONNECT_HEYGEN)
        return await person.wait_for_view()

    async def connect(self, secret: str = KEY) -> Answer:
        return await self.ana.submit(await self.form(self.ana), {ids.HEYGEN_KEY: secret})

    async def current(self) -> list[str]:
        return [key.secret for key in await self.store.heygen_keys.all() if key.is_current]


def said(view: View | Message) -> str:
    return json.dumps(view.blocks, ensure_ascii=False)


Open = Callable[..., Awaitable[Acme]]


@pytest.fixture
async def heygen() -> AsyncIterator[HeyGenSandbox]:
    sandbox = HeyGenSandbox(api_key=KEY)
    await sandbox.start()
    yield sandbox
    await sandbox.stop()


@pytest.fixture
async def acme_of(
    slack: SlackSandbox, heygen: HeyGenSandbox, tmp_path: Path, logs: list[Any]
) -> AsyncIterator[Open]:
    """acme_of(default=OPERATORS): the operator has a key for whoever has none."""
    write_empty_database(tmp_path / "bot.db")
    store: Any = open_store(f"sqlite:///{tmp_path / 'bot.db'}", encryption_keys=(FERNET_KEY,))
    bots = []

    async def check(secret: str) -> None:
        client = HeyGenClient(secret, heygen.url)
        try:
            await client.ping()
        finally:
            await client.close()

    async def build(**how: Any) -> Acme:
        key = WorkspaceKey(
            store.heygen_keys,
            slack.state.team_id,
            check=check,
            clock=FakeClock(),
            on_change=lambda: None,
            **{"check_within_s": 1.0, **how},
        )
        bots.append(listening(slack, store, key))
        parts = await bots[-1].__aenter__()
        return Acme(slack, heygen, store, key, parts, tmp_path / "bot.db", logs)

    yield build
    for bot in bots:
        await bot.__aexit__(None, None, None)
    await store.close()


@pytest.fixture
async def acme(acme_of: Open) -> Acme:
    return await acme_of()


@pytest.fixture
async def client(slack: SlackSandbox) -> AsyncIterator[AsyncWebClient]:
    session = slack_session()
    yield slack_client(slack.bot_token, slack.api_url, session)
    await session.close()


# -- the Home tab


async def test_admin_finds_the_button_and_others_whom_to_ask(acme: Acme) -> None:
    admin_s, others = await acme.home(acme.ana), await acme.home(acme.ben)

    assert texts.HOME_KEY_NONE_ADMIN in said(admin_s)
    assert ids.CONNECT_HEYGEN in said(admin_s)
    assert texts.HOME_KEY_NONE in said(others)
    assert ids.CONNECT_HEYGEN not in said(others)


async def test_once_connected_the_admin_s_home_says_by_whom_and_others_see_nothing(
    acme: Acme,
) -> None:
    await acme.connect()

    home = await acme.shown(acme.ana, "HeyGen is connected by")

    assert f"<@{acme.ana.user.id}>" in said(home)
    assert {ids.CONNECT_HEYGEN, ids.REMOVE_HEYGEN_KEY} <= set(said(home).split('"'))
    assert "HeyGen" not in said(await acme.home(acme.ben))


async def test_operator_s_key_is_told_to_the_admin_alone(acme_of: Open) -> None:
    acme = await acme_of(default=OPERATORS)

    assert texts.HOME_KEY_DEFAULT in said(await acme.home(acme.ana))
    assert "HeyGen" not in said(await acme.home(acme.ben))


# -- the form


async def test_good_key_is_kept_and_the_modal_says_what_is_next(acme: Acme) -> None:
    view = await acme.form(acme.ana)

    answer = await acme.ana.submit(view, {ids.HEYGEN_KEY: f"  {KEY} "})

    assert answer.ok
    assert texts.KEY_CONNECTED in said(view)
    (kept,) = await acme.store.heygen_keys.all()
    assert (kept.secret, kept.account, kept.connected_by) == (
        KEY,
        account_of(KEY),
        acme.ana.user.id,
    )


async def test_admin_reads_the_form_in_their_language(acme: Acme) -> None:
    acme.ana.user.locale = "de-DE"
    say = language_of("de-DE")

    view = await acme.form(acme.ana)
    answer = await acme.ana.submit(view, {ids.HEYGEN_KEY: "no such key"})

    assert say(texts.FIELD_KEY_HINT) in said(view)
    assert isinstance(answer, ViewErrors)
    assert answer.errors == {ids.HEYGEN_KEY: say(texts.KEY_MISSHAPEN)}


async def test_key_that_heygen_refuses_is_told_beside_its_field(acme: Acme) -> None:
    answer = await acme.connect("sk_of_somebody_else")

    assert isinstance(answer, ViewErrors)
    assert answer.errors == {ids.HEYGEN_KEY: texts.KEY_REFUSED}
    assert await acme.current() == []


async def test_heygen_that_does_not_answer_is_told_and_the_form_stays(acme: Acme) -> None:
    acme.heygen.faults.add(ME, Fault("drop_before"))
    view = await acme.form(acme.ana)

    answer = await acme.ana.submit(view, {ids.HEYGEN_KEY: KEY})

    assert isinstance(answer, ViewErrors)
    assert answer.errors == {ids.HEYGEN_KEY: texts.KEY_NOT_CHECKED}
    assert acme.ana.top_view is view
    assert (await acme.ana.submit(view, {ids.HEYGEN_KEY: KEY})).ok
    assert await acme.current() == [KEY]


async def test_heygen_that_is_slow_is_told_in_slack_s_time(acme_of: Open) -> None:
    acme = await acme_of(check_within_s=0.05)
    acme.heygen.faults.add(ME, Fault("slow", seconds=0.3))
    view = await acme.form(acme.ana)

    answer = await acme.ana.submit(view, {ids.HEYGEN_KEY: KEY})

    assert isinstance(answer, ViewErrors)
    assert answer.errors == {ids.HEYGEN_KEY: texts.KEY_CHECK_SLOW}
    assert await acme.current() == []


async def test_key_is_told_to_nobody_and_stands_in_no_log(acme: Acme) -> None:
    await acme.connect("sk_refused_987654321")
    await acme.ana.close(acme.ana.top_view)  # type: ignore[arg-type]
    await acme.connect()
    await acme.shown(acme.ana, "HeyGen is connected by")

    told = json.dumps(acme.slack.sent, default=str)

    for secret in (KEY, "sk_refused_987654321"):
        assert secret not in told
        assert secret not in str(acme.logs)


# -- who may


async def test_admin_who_lost_the_rights_while_typing_is_refused(acme: Acme) -> None:
    view = await acme.form(acme.ana)
    acme.ana.user.is_admin = False

    answer = await acme.ana.submit(view, {ids.HEYGEN_KEY: KEY})

    assert isinstance(answer, ViewErrors)
    assert answer.errors == {ids.HEYGEN_KEY: texts.KEY_ADMINS_ONLY}
    assert (await acme.current(), acme.heygen.requests) == ([], [])


@pytest.mark.parametrize("button", [ids.CONNECT_HEYGEN, ids.REMOVE_HEYGEN_KEY])
async def test_button_that_is_no_longer_an_admin_s_does_nothing_but_say_so(
    acme: Acme, button: str
) -> None:
    await acme.connect()
    home = await acme.shown(acme.ana, "HeyGen is connected by")
    await acme.ana.close(acme.ana.top_view)  # type: ignore[arg-type]
    acme.ana.user.is_admin = False

    await acme.ana.click(home, button)

    assert texts.KEY_ADMINS_ONLY in said(await acme.ana.wait_for_view())
    assert await acme.current() == [KEY]


async def test_admin_of_another_workspace_is_no_admin_here(acme: Acme) -> None:
    home = await acme.home(acme.ana)
    acme.ana.user.team_id = acme.slack.state.new_id("T")

    await acme.ana.click(home, ids.CONNECT_HEYGEN)

    assert texts.KEY_ADMINS_ONLY in said(await acme.ana.wait_for_view())


# -- removing


@pytest.mark.parametrize(
    ("has_default", "words"),
    [(False, texts.HOME_KEY_NONE_ADMIN), (True, texts.HOME_KEY_DEFAULT)],
)
async def test_removed_key_is_gone_from_the_home(
    acme_of: Open, has_default: bool, words: str
) -> None:
    acme = await acme_of(default=OPERATORS if has_default else NO_ACCOUNT)
    await acme.connect()
    home = await acme.shown(acme.ana, "HeyGen is connected by")
    await acme.ana.close(acme.ana.top_view)  # type: ignore[arg-type]

    await acme.ana.click(home, ids.REMOVE_HEYGEN_KEY)

    assert ids.REMOVE_HEYGEN_KEY not in said(await acme.shown(acme.ana, words))
    assert await acme.current() == []


# -- without a key


async def a_card(acme: Acme, client: AsyncWebClient, state: JobState) -> Message:
    """The buttons of a job of Ben's that was made while there was a key."""
    job = a_job(requester_id=acme.ben.user.id, state=state)
    await acme.store.jobs.add(job, [])
    await client.chat_postMessage(
        channel=acme.slack.channel("general").id,
        text="A card",
        blocks=dicts([actions(job_actions(job, ENGLISH))]),
    )
    return acme.slack.messages("general")[-1]


def to_ben(acme: Acme) -> Callable[[], bool | None]:
    """Whether Ben has read it, in whatever place; Ana, who is an admin, has nothing of it."""

    def look() -> bool | None:
        general = acme.slack.channel("general")
        direct = acme.slack.state.direct_channel(acme.slack.bot.id, acme.ben.user.id)
        mine = [
            m.text
            for place in (general, direct)
            for m in place.ephemerals
            if m.ephemeral_to == acme.ben.user.id
        ]
        view = acme.ben.top_view
        return texts.NO_KEY in [*mine, *([] if view is None else texts_of(view))] or None

    return look


def texts_of(view: View) -> list[str]:
    return [block["text"]["text"] for block in view.blocks if block["type"] == "section"]


async def mention(acme: Acme, _: AsyncWebClient) -> None:
    acme.slack.channel("general").members.add(acme.slack.bot.id)
    await acme.ben.mention("a video about us")


async def press(acme: Acme, client: AsyncWebClient, state: JobState, action_id: str) -> None:
    await acme.ben.click(await a_card(acme, client, state), action_id)


DONE, FAILED = JobState.COMPLETED, JobState.FAILED
DOORS: dict[str, Callable[[Acme, AsyncWebClient], Awaitable[object]]] = {
    "command": lambda acme, _: acme.ben.command("a video about us"),
    "empty command": lambda acme, _: acme.ben.command(),
    "global shortcut": lambda acme, _: acme.ben.global_shortcut(ids.NEW_VIDEO),
    "message shortcut": lambda acme, _: acme.ben.message_shortcut(
        acme.ben.say("Words"), ids.VIDEO_FROM_MESSAGE
    ),
    "mention": mention,
    "direct message": lambda acme, _: acme.ben.dm("a video about us"),
    "retry": lambda acme, client: press(acme, client, FAILED, ids.RETRY_JOB),
    "edit": lambda acme, client: press(acme, client, FAILED, ids.EDIT_JOB),
    "vary": lambda acme, client: press(acme, client, DONE, ids.VARY_JOB),
    "other orientation": lambda acme, client: press(acme, client, DONE, ids.OTHER_ORIENTATION),
}


@pytest.mark.parametrize("enter", DOORS.values(), ids=DOORS)
async def test_every_door_says_at_once_whom_to_ask(
    acme: Acme,
    client: AsyncWebClient,
    enter: Callable[[Acme, AsyncWebClient], Awaitable[object]],
) -> None:
    await enter(acme, client)

    await acme.slack.wait_for(to_ben(acme), 3.0, "NO_KEY for Ben")
    view = acme.ben.top_view
    assert view is None or view.callback_id == ""
    assert [job.id for job in await acme.store.jobs.recent(10)] in ([], ["job-1"])


async def test_home_s_button_says_at_once_whom_to_ask(acme: Acme) -> None:
    await acme.ben.click(await acme.home(acme.ben), ids.NEW_VIDEO)

    assert texts_of(await acme.ben.wait_for_view()) == [texts.NO_KEY]


@pytest.mark.parametrize("enter", ["command", "shortcut", "home"])
async def test_admin_gets_the_form_for_the_key_instead(acme: Acme, enter: str) -> None:
    if enter == "command":
        await acme.ana.command("a video about us")
    elif enter == "shortcut":
        await acme.ana.global_shortcut(ids.NEW_VIDEO)
    else:
        await acme.ana.click(await acme.home(acme.ana), ids.NEW_VIDEO)

    view = await acme.ana.wait_for_view()
    assert view.callback_id == ids.HEYGEN_KEY_FORM
    assert texts.HOME_KEY_NONE_ADMIN in texts_of(view)
    assert (await acme.ana.submit(view, {ids.HEYGEN_KEY: KEY})).ok
    assert await acme.current() == [KEY]


async def test_admin_for_whom_slack_opens_no_form_is_told_all_the_same(acme: Acme) -> None:
    acme.slack.faults.add("views.open", Fault("status", 503))

    await acme.ana.command("a video about us")

    told = await acme.ana.wait_for_message("general", lambda m: m.text == texts.NO_KEY)
    assert told.ephemeral_to == acme.ana.user.id


async def test_form_that_was_open_when_the_key_went_says_so_beside_the_prompt(
    acme: Acme,
) -> None:
    await acme.key.connect(KEY, acme.ana.user.id)
    await acme.ben.command("a video about us")
    view = await acme.ben.wait_for_view()
    await acme.key.remove(acme.ana.user.id)

    answer = await acme.ben.submit(view)

    assert isinstance(answer, ViewErrors)
    assert answer.errors == {ids.PROMPT: texts.NO_KEY}
    assert await acme.store.jobs.recent(10) == []


async def test_preview_that_was_open_when_the_key_went_says_so(acme: Acme) -> None:
    await acme.key.connect(KEY, acme.ana.user.id)
    await acme.ben.command("a video about us")
    await acme.ben.click(await acme.ben.wait_for_view(), ids.PREVIEW_PROMPT)
    view = await acme.ben.wait_for_view()
    await acme.key.remove(acme.ana.user.id)

    answer = await acme.ben.submit(view)

    assert isinstance(answer, ViewErrors)
    assert answer.errors == {ids.WRITTEN_PROMPT: texts.NO_KEY}


async def test_change_that_was_offered_when_the_key_went_is_refused_in_words(acme: Acme) -> None:
    await acme.key.connect(KEY, acme.ana.user.id)
    general = acme.slack.channel("general")
    general.members.add(acme.slack.bot.id)
    card = acme.ben.say("A card")
    job = a_job(state=DONE, requester_id=acme.ben.user.id, channel_id=general.id, thread_ts=card.ts)
    await acme.store.jobs.add(job, [])
    await acme.ben.mention("shorter, please", thread_ts=card.ts)
    offered = await acme.ben.wait_for_message(
        predicate=lambda m: any(b["type"] == "actions" for b in m.blocks or [])
    )
    await acme.key.remove(acme.ana.user.id)

    await acme.ben.click(offered, ids.MAKE_CHANGE)

    await acme.slack.wait_for(to_ben(acme), 3.0, "NO_KEY for Ben")
    assert [one.id for one in await acme.store.jobs.recent(10)] == ["job-1"]


@pytest.mark.parametrize("words", ["help", "list", "status job-1", "cancel abcdef123456"])
async def test_questions_are_answered_without_a_key(acme: Acme, words: str) -> None:
    await acme.ben.command(words.replace("job-1", "abcdef123456"))

    told = await acme.ben.wait_for_message(
        predicate=lambda m: m.ephemeral_to == acme.ben.user.id and bool(m.text)
    )
    assert told.text != texts.NO_KEY


async def test_operator_s_key_opens_every_door(acme_of: Open) -> None:
    acme = await acme_of(default=OPERATORS)
    await acme.ben.command("a video about us")

    assert (await acme.ben.submit(await acme.ben.wait_for_view())).ok
    assert len(await acme.store.jobs.recent(10)) == 1


# -- what belongs to another workspace is unknown here


async def test_form_of_a_draft_that_is_not_here_is_told_as_too_old(
    acme_of: Open, client: AsyncWebClient
) -> None:
    acme = await acme_of(default=OPERATORS)
    shown = composer_view(BegunDraft(a_draft(key="of another workspace", prompt="Hi")), ENGLISH)
    trigger = acme.slack.state.new_trigger(acme.ben.user, acme.slack.channel("general").id)
    await client.views_open(trigger_id=trigger.id, view=shown)

    answer = await acme.ben.submit(await acme.ben.wait_for_view())

    assert isinstance(answer, ViewErrors)
    assert texts.FORM_TOO_OLD in answer.errors[ids.PROMPT]
