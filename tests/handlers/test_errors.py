"""Whatever goes wrong in a listener is one sentence for the person, and nothing of the inside."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.domain import texts
from bot.domain.errors import BotError, RequestRefused, SlackRefused, StoreUnavailable
from bot.sandbox.faults import Fault
from bot.sandbox.slack import payloads
from bot.sandbox.slack.delivery import Answer, Delivery, ViewErrors
from bot.sandbox.slack.person import Person
from bot.sandbox.slack.server import SlackSandbox
from bot.screens import ids
from bot.screens.language import language_of
from handlers import errors as errors_module
from handlers.errors import in_time, sentence_for
from handlers.recipients import Request
from tests.handlers.breaking import BUTTON, INSIDE, MENU, SHORTCUT, Breaking, breaking
from tests.handlers.listening import ListeningBot, listening
from tests.sandbox.slack.world import Json

SORRY = BotError().sentence
OURS = [StoreUnavailable(), SlackRefused(), RequestRefused({"prompt": "Too long."}), BotError()]
OTHERS = [ValueError(INSIDE), KeyError(INSIDE), RuntimeError(), ExceptionGroup(INSIDE, [OSError()])]


def name_of(error: Exception) -> str:
    return type(error).__name__


def surprise() -> Exception:
    return ValueError(INSIDE)


# -- the sentence


@pytest.mark.parametrize("error", OURS, ids=name_of)
def test_our_error_is_told_in_its_own_words(error: BotError) -> None:
    assert sentence_for(error, Request.VIEW_SUBMISSION) == error.sentence


@pytest.mark.parametrize("request_", list(Request))
@pytest.mark.parametrize("error", OTHERS, ids=name_of)
def test_any_other_error_is_told_without_its_text(error: Exception, request_: Request) -> None:
    assert sentence_for(error, request_) == SORRY


def test_where_there_are_no_fields_nobody_is_sent_to_them() -> None:
    refused = RequestRefused({"prompt": "Too long."})

    assert sentence_for(refused, Request.ACTIONS) == "Too long."
    assert refused.hint in sentence_for(refused, Request.VIEW_SUBMISSION)


def test_where_nothing_was_typed_a_full_disk_does_not_promise_the_text_is_still_here() -> None:
    sentence = sentence_for(StoreUnavailable(), Request.ACTIONS)

    assert "Nothing was changed" in sentence
    assert "your text" not in sentence


# -- before the ack, at the place where the person is


@pytest.fixture(params=[False, True], ids=["before the ack", "after the ack"])
async def broken(request: pytest.FixtureRequest, slack: SlackSandbox) -> AsyncIterator[Breaking]:
    async with breaking(slack, surprise, after_ack=request.param) as bot:
        yield bot


@pytest.fixture
def ana(slack: SlackSandbox) -> Person:
    return slack.person("ana")


async def read_privately(person: Person) -> None:
    """The sentence, in an ephemeral message."""
    await person.wait_for_message(
        predicate=lambda m: m.text == SORRY and m.ephemeral_to == person.user.id
    )


async def read_directly(slack: SlackSandbox, person: Person) -> None:
    """The sentence, in a direct message."""

    def look() -> bool | None:
        mine = slack.direct_messages(person.user)
        return any(m.text == SORRY for m in mine) or None

    await slack.wait_for(look, 3.0, "a direct message")


async def read_in_modal(person: Person) -> None:
    """The sentence, in a modal of its own."""
    view = await person.wait_for_view()
    assert view.title == "This did not work"
    assert view.blocks[0]["text"]["text"] == SORRY


async def test_command_is_answered_privately(broken: Breaking, ana: Person) -> None:
    answer = await ana.command()

    assert answer.ok
    await read_privately(ana)


async def test_click_in_a_message_is_answered_privately(broken: Breaking, ana: Person) -> None:
    answer = await ana.click(await broken.message(), BUTTON)

    assert answer.ok
    await read_privately(ana)


async def test_message_shortcut_is_answered_privately(broken: Breaking, ana: Person) -> None:
    answer = await ana.message_shortcut(ana.say("hello"), SHORTCUT)

    assert answer.ok
    await read_privately(ana)


async def test_global_shortcut_is_answered_in_a_modal(broken: Breaking, ana: Person) -> None:
    answer = await ana.global_shortcut(SHORTCUT)

    assert answer.ok
    await read_in_modal(ana)


async def test_click_in_a_modal_is_answered_on_top_of_it_and_the_form_stays(
    broken: Breaking, ana: Person
) -> None:
    form = await broken.modal(ana)

    answer = await ana.click(form, BUTTON)

    assert answer.ok
    await read_in_modal(ana)
    assert ana.top_view is not None
    await ana.close(ana.top_view)
    assert ana.top_view is form


async def test_click_in_the_home_tab_is_answered_in_a_modal(broken: Breaking, ana: Person) -> None:
    answer = await ana.click(await broken.home(ana), BUTTON)

    assert answer.ok
    await read_in_modal(ana)


async def test_closed_form_is_answered_in_a_direct_message(
    broken: Breaking, slack: SlackSandbox, ana: Person
) -> None:
    answer = await ana.close(await broken.modal(ana))

    assert answer is not None
    assert answer.ok
    await read_directly(slack, ana)


@pytest.mark.parametrize("way", ["mention", "dm"])
async def test_words_to_the_bot_are_answered_privately(
    broken: Breaking, slack: SlackSandbox, ana: Person, way: str
) -> None:
    slack.channel("general").members.add(slack.bot.id)

    answer = await (ana.mention("a video, please") if way == "mention" else ana.dm("a video"))

    assert answer.ok
    assert answer.message is not None
    await ana.wait_for_message(
        slack.channel(answer.message.channel_id),
        lambda m: m.text == SORRY and m.ephemeral_to == ana.user.id,
    )


async def test_opened_home_says_it_in_the_home_tab(
    broken: Breaking, slack: SlackSandbox, ana: Person
) -> None:
    answer = await ana.open_home()

    def home() -> str | None:
        return ana.home.blocks[0]["text"]["text"] if ana.home else None

    assert answer.ok
    assert await slack.wait_for(home, 3.0, "the Home tab") == SORRY


async def test_menu_that_cannot_be_filled_is_empty(slack: SlackSandbox, ana: Person) -> None:
    async with breaking(slack, surprise) as broken:
        assert await ana.suggest(await broken.modal(ana), MENU) == []


async def test_submitted_form_stays_open_and_says_it_beside_its_first_field(
    slack: SlackSandbox, ana: Person
) -> None:
    async with breaking(slack, surprise) as broken:
        answer = await ana.submit(await broken.modal(ana), {"words": "mine"})

    assert isinstance(answer, ViewErrors)
    assert answer.errors == {"words": SORRY}
    assert ana.top_view is not None
    assert ana.top_view.values["words"]["words"]["value"] == "mine"


async def test_submitted_form_without_fields_is_replaced_by_the_sentence(
    slack: SlackSandbox, ana: Person
) -> None:
    async with breaking(slack, surprise) as broken:
        answer = await ana.submit(await broken.modal(ana, has_input=False))

    assert answer.ok
    assert ana.top_view is not None
    assert ana.top_view.blocks[0]["text"]["text"] == SORRY


async def test_form_that_fails_after_it_closed_is_answered_in_a_modal(
    slack: SlackSandbox, ana: Person
) -> None:
    async with breaking(slack, surprise, after_ack=True) as broken:
        await ana.submit(await broken.modal(ana), {"words": "mine"})
        await read_in_modal(ana)


# -- the last way


@pytest.mark.parametrize("method", ["response_url", "views.open"])
async def test_when_the_place_itself_refuses_a_direct_message_comes(
    slack: SlackSandbox, ana: Person, method: str
) -> None:
    async with breaking(slack, surprise) as broken:
        if method == "response_url":
            message = await broken.message()
            slack.state.response_urls.clear()
            delivery = await _click_with_spent_urls(slack, ana, message)
        else:
            slack.faults.add("views.open", Fault("status", 500))
            delivery = await ana.global_shortcut(SHORTCUT)

        assert delivery.ok
        await read_directly(slack, ana)


async def _click_with_spent_urls(slack: SlackSandbox, ana: Person, message: Any) -> Answer:
    """A click whose response_url and trigger are of no use any more."""
    slack.state.new_response_url = lambda *_: f"{slack.url}/response/gone"  # type: ignore[method-assign]
    slack.faults.add("views.open", Fault("status", 500))
    return await ana.click(message, BUTTON)


async def test_nobody_reached_is_logged_and_nothing_else_happens(
    slack: SlackSandbox, ana: Person, logs: list[Json]
) -> None:
    async with breaking(slack, surprise):
        for method in ("views.open", "conversations.open"):
            slack.faults.add(method, Fault("status", 500))
        assert (await ana.global_shortcut(SHORTCUT)).ok

    assert [line["user_id"] for line in logs if line["event"] == "not told at all"] == [ana.user.id]


async def test_what_happened_is_in_the_log(
    slack: SlackSandbox, ana: Person, logs: list[Json]
) -> None:
    async with breaking(slack, surprise):
        await ana.command()

    (line,) = [line for line in logs if line["event"] == "listener failed"]
    assert line["log_level"] == "error"
    assert isinstance(line["exc_info"], ValueError)


# -- in the language of the person


async def test_german_is_told_in_german(slack: SlackSandbox) -> None:
    slack.add_user("greta", locale="de-DE")
    greta = slack.person("greta")
    async with breaking(slack, surprise):
        await greta.global_shortcut(SHORTCUT)
        view = await greta.wait_for_view()

    say = language_of("de")
    assert view.title == say(texts.WENT_WRONG_TITLE) != str(texts.WENT_WRONG_TITLE)
    assert view.blocks[0]["text"]["text"] == say(SORRY)


# -- nobody listens


async def test_button_of_an_older_bot_is_told_that_it_is_not_known(
    slack: SlackSandbox, bot: ListeningBot
) -> None:
    channel = slack.channel("general")
    channel.members.add(slack.bot.id)
    old = {"type": "button", "action_id": "of_old", "text": {"type": "plain_text", "text": "Old"}}
    message = slack.state.post(
        channel,
        slack.bot.id,
        "hi",
        blocks=[{"type": "actions", "block_id": "b", "elements": [old]}],
    )

    answer = await bot.ana.click(message, "of_old")

    assert answer.ok
    await bot.ana.wait_for_message(
        predicate=lambda m: "does not know this" in m.text and m.ephemeral_to == bot.ana.user.id
    )


async def test_event_that_nobody_takes_is_acked_in_silence(
    slack: SlackSandbox, ana: Person
) -> None:
    event = {"type": "reaction_added", "user": ana.user.id, "reaction": "heart"}
    body = payloads.event(slack.state, event)

    async with breaking(slack, surprise):
        answer = await slack.courier.deliver(Delivery("events_api", body))

    assert answer.status == 200
    assert slack.direct_messages(ana.user) == []


# -- Slack's own failure before any listener


async def test_bot_that_slack_does_not_let_in_says_so_in_the_command_s_answer(
    slack: SlackSandbox, ana: Person
) -> None:
    async with breaking(slack, surprise):
        slack.faults.add("auth.test", Fault("status", 200, '{"ok": false, "error": "fatal_error"}'))
        answer = await ana.command()

    assert answer.ok
    assert "Slack could not be reached." in answer.body["text"]


# -- too slow for Slack


async def test_listener_that_hangs_is_told_before_slack_gives_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(errors_module, "ACK_WITHIN_S", 0.01)

    with pytest.raises(StoreUnavailable) as told:
        await in_time(asyncio.Event().wait)()

    assert told.value.code == "too_slow"


# -- through the real listeners


async def submit(slack: SlackSandbox, prompt: str = "Ten sentences about us.") -> Answer:
    ana = slack.person("ana")
    await ana.command()
    return await ana.submit(await ana.wait_for_view(), {ids.PROMPT: prompt})


class BrokenStore:
    """Whatever is asked of it fails in a way nobody expected, once a form is open."""

    @property
    def jobs(self) -> BrokenStore:
        return self

    async def of(self, *_: Any, **__: Any) -> list[Any]:
        return []

    def __getattr__(self, name: str) -> Any:
        async def broken(*_: Any, **__: Any) -> None:
            raise RuntimeError(INSIDE)

        return broken


async def test_listener_that_breaks_keeps_the_form_open_and_says_so(slack: SlackSandbox) -> None:
    async with listening(slack, BrokenStore()):
        answer = await submit(slack)

    assert isinstance(answer, ViewErrors)
    assert answer.errors == {ids.PROMPT: SORRY}
    assert slack.person("ana").top_view is not None


async def no_answer(*_: Any, **__: Any) -> None:
    await asyncio.Event().wait()


async def test_disk_that_hangs_is_told_before_slack_gives_up(
    slack: SlackSandbox, bot: ListeningBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(errors_module, "ACK_WITHIN_S", 0.05)
    monkeypatch.setattr(bot.store.jobs, "add", no_answer)

    answer = await submit(slack)

    assert isinstance(answer, ViewErrors)
    assert answer.errors == {ids.PROMPT: StoreUnavailable().sentence}
    assert answer.elapsed_s < 2.0


async def test_locked_database_keeps_the_form_open_with_the_sentence_beside_the_prompt(
    bot: ListeningBot, locked: sqlite3.Connection
) -> None:
    answer = await submit(bot.slack)

    assert isinstance(answer, ViewErrors)
    assert answer.errors == {ids.PROMPT: StoreUnavailable().sentence}
    view = bot.ana.top_view
    assert view is not None
    assert view.values[ids.PROMPT][ids.PROMPT]["value"] == "Ten sentences about us."
    assert await bot.store.jobs.recent(10) == []


async def test_same_form_sent_again_is_taken_once_the_database_is_back(
    bot: ListeningBot, locked: sqlite3.Connection
) -> None:
    await submit(bot.slack)
    view = bot.ana.top_view
    assert view is not None
    locked.execute("ROLLBACK")

    answer = await bot.ana.submit(view)

    assert answer.ok
    assert bot.ana.top_view is None
    (job,) = await bot.store.jobs.recent(10)
    assert job.request.prompt == "Ten sentences about us."
