"""Somebody in the workspace against a tiny Bolt bot, over HTTP and over Socket Mode."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from slack_bolt.app.async_app import AsyncApp

from bot.sandbox.slack.delivery import Answer, ViewErrors, sign
from bot.sandbox.slack.refusals import SandboxRefusal
from bot.sandbox.slack.server import SlackSandbox
from tests.sandbox.slack.world import (
    TRANSPORTS,
    Json,
    a_button,
    a_modal,
    a_text_input,
    actions,
    an_input,
    an_option,
    bolt_app,
    bot_over_http,
    bot_over_socket,
    plain,
)

CHANNELS = {
    "type": "conversations_select",
    "action_id": "where",
    "default_to_current_conversation": True,
    "response_url_enabled": True,
    "filter": {"include": ["public"]},
}
COMPOSER = a_modal(
    an_input(a_text_input("prompt", max_length=20), "prompt"),
    an_input(
        {
            "type": "static_select",
            "action_id": "shape",
            "options": [an_option("tall"), an_option("wide")],
            "initial_option": an_option("wide"),
        },
        "shape",
    ),
    an_input(
        {"type": "checkboxes", "action_id": "extras", "options": [an_option("captions")]},
        "extras",
        optional=True,
    ),
    an_input(
        {"type": "external_select", "action_id": "voice", "min_query_length": 0},
        "voice",
        optional=True,
    ),
    an_input(CHANNELS, "where"),
    an_input(
        {"type": "file_input", "action_id": "files", "max_files": 1, "filetypes": ["png"]},
        "files",
        optional=True,
    ),
    an_input({"type": "url_text_input", "action_id": "link"}, "link", optional=True),
    actions(a_button("more"), block_id="buttons"),
    notify_on_close=True,
)


class TinyBot:
    """Remembers what it heard; `next_answer` is its answer to the next submission."""

    def __init__(self, slack: SlackSandbox) -> None:
        self.app: AsyncApp = bolt_app(slack)
        self.heard: list[Json] = []
        self.next_answer: dict[str, Any] = {}
        self._listen()

    def _listen(self) -> None:
        app = self.app

        @app.command("/video")
        async def command(ack: Any, body: Json, client: Any) -> None:
            self.heard.append(body)
            if body["text"] == "hello":
                await ack("hello yourself")
                return
            await ack()
            await client.views_open(trigger_id=body["trigger_id"], view=COMPOSER)

        @app.view("composer")
        async def submitted(ack: Any, body: Json) -> None:
            self.heard.append(body)
            await ack(**self.next_answer)

        @app.options("voice")
        async def voices(ack: Any, payload: Json) -> None:
            self.heard.append(payload)
            await ack(options=[an_option(f"v-{payload['value']}")])

        for matcher in (
            app.action("more"),
            app.action("press"),
            app.shortcut("video_from_message"),
            app.shortcut("new_video"),
            app.view_closed("composer"),
        ):
            matcher(self._hear_and_ack)
        for kind in ("app_mention", "message", "app_home_opened"):
            app.event(kind)(self._hear)

    async def _hear_and_ack(self, ack: Any, body: Json) -> None:
        self.heard.append(body)
        await ack()

    async def _hear(self, body: Json) -> None:
        self.heard.append(body)


@pytest.fixture
async def slack() -> AsyncIterator[SlackSandbox]:
    async with SlackSandbox() as sandbox:
        yield sandbox


@pytest.fixture(params=list(TRANSPORTS))
async def bot(slack: SlackSandbox, request: pytest.FixtureRequest) -> AsyncIterator[TinyBot]:
    tiny = TinyBot(slack)
    async with TRANSPORTS[request.param](slack, tiny.app):
        yield tiny


@pytest.fixture
async def http_bot(slack: SlackSandbox) -> AsyncIterator[TinyBot]:
    tiny = TinyBot(slack)
    async with bot_over_http(slack, tiny.app):
        yield tiny


async def test_command_opens_a_modal_whose_submission_carries_every_value(
    slack: SlackSandbox, bot: TinyBot
) -> None:
    ana = slack.person("ana")
    picture = slack.add_file(ana.user, name="logo.png", content=b"png")
    assert (await ana.command("a <b> & c")).ok
    view = await ana.wait_for_view()
    answer = await ana.submit(
        view,
        {
            "prompt": "A short film",
            "extras": ["captions"],
            "voice": "v-",
            "files": [picture],
            "link": "https://example.com/x",
        },
    )

    assert answer.ok
    assert bot.heard[0]["text"] == "a &lt;b&gt; &amp; c"
    body = bot.heard[-1]
    general = slack.channel("general").id
    assert body["view"]["state"]["values"] == {
        "prompt": {"prompt": {"type": "plain_text_input", "value": "A short film"}},
        "shape": {"shape": {"type": "static_select", "selected_option": an_option("wide")}},
        "extras": {"extras": {"type": "checkboxes", "selected_options": [an_option("captions")]}},
        "voice": {"voice": {"type": "external_select", "selected_option": an_option("v-")}},
        "where": {"where": {"type": "conversations_select", "selected_conversation": general}},
        "files": {"files": {"type": "file_input", "files": [picture.as_json()]}},
        "link": {"link": {"type": "url_text_input", "value": "https://example.com/x"}},
    }
    assert [url["channel_id"] for url in body["response_urls"]] == [general]
    assert ana.top_view is None


async def test_answer_to_a_command_is_shown_to_that_person_only(
    slack: SlackSandbox, bot: TinyBot
) -> None:
    answer = await slack.person("ana").command("hello")

    assert answer.body == "hello yourself"
    assert answer.message is not None
    assert answer.message.ephemeral_to == slack.state.user("ana").id
    assert not slack.messages("general")


async def test_refused_submission_leaves_the_view_with_its_values(
    slack: SlackSandbox, bot: TinyBot
) -> None:
    bot.next_answer = {"response_action": "errors", "errors": {"prompt": "Say more."}}
    ana = slack.person("ana")
    await ana.command()
    view = await ana.wait_for_view()
    answer = await ana.submit(view, {"prompt": "hm"})

    assert isinstance(answer, ViewErrors)
    assert answer.errors == {"prompt": "Say more."}
    assert ana.top_view is view
    assert view.values["prompt"]["prompt"]["value"] == "hm"


@pytest.mark.parametrize(
    ("answer", "titles"),
    [
        pytest.param(
            {"response_action": "update", "view": a_modal(title=plain("Next"))},
            ["Next"],
            id="update",
        ),
        pytest.param(
            {"response_action": "push", "view": a_modal(title=plain("Next"))},
            ["A modal", "Next"],
            id="push",
        ),
        pytest.param({"response_action": "clear"}, [], id="clear"),
    ],
)
async def test_answer_to_a_submission_changes_the_stack(
    slack: SlackSandbox, http_bot: TinyBot, answer: Json, titles: list[str]
) -> None:
    http_bot.next_answer = answer
    ana = slack.person("ana")
    await ana.command()
    await ana.submit(await ana.wait_for_view(), {"prompt": "words"})

    assert [view.title for view in slack.state.stack(ana.user.id)] == titles


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        pytest.param(
            {"response_action": "errors", "errors": {"buttons": "no"}},
            "no input block",
            id="errors-beside-a-button",
        ),
        pytest.param({"text": "thanks"}, "no answer to a submission", id="plain-text"),
        pytest.param(
            {"response_action": "update", "view": a_modal(title=plain("x" * 25))},
            "refused",
            id="bad-view",
        ),
    ],
)
async def test_answer_to_a_submission_that_slack_refuses(
    slack: SlackSandbox, http_bot: TinyBot, answer: Json, why: str
) -> None:
    http_bot.next_answer = answer
    ana = slack.person("ana")
    await ana.command()
    view = await ana.wait_for_view()

    with pytest.raises(SandboxRefusal, match=why):
        await ana.submit(view, {"prompt": "words"})


@pytest.mark.parametrize(
    ("values", "why"),
    [
        pytest.param({}, "required", id="required-input-empty"),
        pytest.param({"prompt": "x" * 21}, "takes 20 characters", id="too-long"),
        pytest.param({"prompt": "x", "shape": "round"}, "no option 'round'", id="option"),
        pytest.param({"prompt": "x", "voice": "v-unknown"}, "no option", id="not-offered"),
        pytest.param({"prompt": "x", "where": "secret"}, "leaves out private", id="filter"),
        pytest.param({"prompt": "x", "link": "nonsense"}, "web address", id="link"),
        pytest.param({"prompt": "x", "nowhere": "y"}, "0 elements", id="unknown-input"),
        pytest.param({"prompt": "x", "files": ["a.png"] * 2}, "takes 1 files", id="two-files"),
        pytest.param({"prompt": "x", "files": ["a.exe"]}, "not a.exe", id="file-type"),
        pytest.param({"prompt": "x", "files": ["big.png"]}, "10 MB", id="large-file"),
    ],
)
async def test_input_that_the_client_does_not_submit(
    slack: SlackSandbox, http_bot: TinyBot, values: dict[str, Any], why: str
) -> None:
    slack.add_channel("secret", is_private=True, members=["ana"])
    ana = slack.person("ana")
    if "files" in values:
        files = [
            slack.add_file("ana", name=name, content=b"x", size=11_000_000 if "big" in name else 1)
            for name in values["files"]
        ]
        values = {**values, "files": files}
    await ana.command()
    view = await ana.wait_for_view()

    with pytest.raises(SandboxRefusal, match=why):
        await ana.submit(view, values)
    assert all(body.get("type") != "view_submission" for body in http_bot.heard)


async def test_typing_into_an_external_select_asks_the_bot(
    slack: SlackSandbox, bot: TinyBot
) -> None:
    ana = slack.person("ana")
    await ana.command()
    view = await ana.wait_for_view()

    assert await ana.suggest(view, "voice", "warm") == [an_option("v-warm")]
    assert bot.heard[-1]["block_id"] == "voice"


async def test_buttons_shortcuts_and_events_reach_the_bot(
    slack: SlackSandbox, bot: TinyBot
) -> None:
    ana = slack.person("ana")
    blocks = [actions(a_button("press", value="1"), block_id="row")]
    message = slack.state.post(slack.channel("general"), slack.bot.id, "card", blocks=blocks)
    answers: list[Answer | None] = [
        await ana.click(message, "press"),
        await ana.message_shortcut(message, "video_from_message"),
        await ana.global_shortcut("new_video"),
        await ana.mention("make one", files=[slack.add_file("ana", name="a.md", content=b"x")]),
        await ana.dm("hello"),
        await ana.open_home(),
    ]
    await ana.command()
    view = await ana.wait_for_view()
    answers += [await ana.click(view, "more"), await ana.close(view)]

    assert all(answer is not None and answer.ok for answer in answers)
    kinds = [body.get("event", body).get("type", "command") for body in bot.heard]
    assert sorted(kinds) == sorted(
        [
            "block_actions",
            "message_action",
            "shortcut",
            "app_mention",
            "message",
            "app_home_opened",
            "command",
            "block_actions",
            "view_closed",
        ]
    )
    click = bot.heard[0]
    assert click["message"]["ts"] == message.ts
    assert click["actions"][0]["value"] == "1"


async def test_click_in_a_modal_carries_what_stands_in_it(
    slack: SlackSandbox, http_bot: TinyBot
) -> None:
    ana = slack.person("ana")
    await ana.command()
    view = await ana.wait_for_view()
    assert await ana.select(view, "prompt", "half a sentence") is None
    await ana.click(view, "more")

    values = http_bot.heard[-1]["view"]["state"]["values"]
    assert values["prompt"]["prompt"]["value"] == "half a sentence"
    assert values["shape"]["shape"]["selected_option"] == an_option("wide")


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        pytest.param({"is_archived": True}, "archived", id="archived"),
        pytest.param({"is_private": True}, "cannot see", id="private"),
    ],
)
async def test_command_where_the_person_cannot_write(
    slack: SlackSandbox, fields: dict[str, Any], why: str
) -> None:
    slack.add_channel("closed", **fields)

    with pytest.raises(SandboxRefusal, match=why):
        await slack.person("ana").command(channel="closed")


async def test_delivery_repeated_is_the_same_payload(slack: SlackSandbox, bot: TinyBot) -> None:
    ana = slack.person("ana")
    first = await ana.mention("make one")
    await ana.deliver_again(first, retry_num=1)

    assert bot.heard[0]["event_id"] == bot.heard[1]["event_id"]


async def test_response_url_works_five_times(slack: SlackSandbox, http_bot: TinyBot) -> None:
    await slack.person("ana").command("hello")
    url = http_bot.heard[0]["response_url"]
    statuses = []
    async with aiohttp.ClientSession() as session:
        for _ in range(6):
            async with session.post(url, json={"text": "late"}) as response:
                statuses.append(response.status)

    assert statuses == [200] * 5 + [404]
    assert [m.text for m in slack.channel("general").ephemerals].count("late") == 5


@pytest.mark.parametrize(
    ("secret", "age_s"),
    [pytest.param("wrong", 0, id="secret"), pytest.param("", 400, id="old")],
)
async def test_request_with_a_bad_signature_is_turned_away(
    slack: SlackSandbox, http_bot: TinyBot, secret: str, age_s: int
) -> None:
    body = b"command=%2Fvideo&text=hello"
    headers = sign(secret or slack.signing_secret, body, int(time.time()) - age_s)
    url = slack.courier.bot_url or ""
    async with (
        aiohttp.ClientSession() as session,
        session.post(
            url, data=body, headers=headers | {"Content-Type": "application/x-www-form-urlencoded"}
        ) as response,
    ):
        assert response.status == 401
    assert not http_bot.heard


async def test_late_answer_counts_as_none(slack: SlackSandbox) -> None:
    app, never = bolt_app(slack), asyncio.Event()

    @app.command("/video")
    async def command(ack: Any) -> None:
        await never.wait()
        await ack()

    slack.courier.ack_limit_s = 0.05
    async with bot_over_http(slack, app):
        answer = await slack.person("ana").command()
        never.set()

    assert answer.timed_out
    assert not answer.ok


@pytest.mark.parametrize("how", ["drop_sockets", "refresh_sockets"])
async def test_unanswered_envelope_comes_again_on_the_new_socket(
    slack: SlackSandbox, how: str
) -> None:
    app, heard = bolt_app(slack), asyncio.Queue[Json]()
    acks = iter([False, True])

    @app.command("/video")
    async def command(ack: Any, body: Json) -> None:
        await heard.put(body)
        if next(acks):
            await ack()

    slack.courier.ack_limit_s = 0.1
    async with bot_over_socket(slack, app):
        assert slack.uses_socket_mode
        answer = await slack.person("ana").command()
        await getattr(slack, how)()
        first, second = [await asyncio.wait_for(heard.get(), 3) for _ in range(2)]

    assert answer.timed_out
    assert first == second


async def test_bot_that_is_gone_gives_an_answer_without_status(slack: SlackSandbox) -> None:
    slack.connect("http://127.0.0.1:1/slack/events")
    answer = await slack.person("ana").command()

    assert answer.status is None
    assert "cannot be reached" in answer.body


async def test_view_that_never_opens_ends_the_wait(slack: SlackSandbox) -> None:
    with pytest.raises(TimeoutError, match="a view for ana"):
        await slack.person("ana").wait_for_view(timeout_s=0.01)
