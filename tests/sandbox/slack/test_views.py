"""Modals and Home tabs in the Slack stand-in: triggers, limits, updates, the stack."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from bot.sandbox.slack.server import SlackSandbox
from tests.sandbox.slack.world import (
    Json,
    a_button,
    a_modal,
    a_text_input,
    actions,
    an_input,
    an_option,
    client_for,
    plain,
    refusal,
    section,
)


class Clock:
    def __init__(self) -> None:
        self.at = 1_780_000_000.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def slack(clock: Clock) -> AsyncIterator[SlackSandbox]:
    async with SlackSandbox(now=clock) as sandbox:
        yield sandbox


def a_trigger(slack: SlackSandbox) -> str:
    return slack.state.new_trigger(slack.state.user("ana"), slack.channel("general").id).id


async def opened(slack: SlackSandbox, view: Json) -> Json:
    body = await client_for(slack).views_open(trigger_id=a_trigger(slack), view=view)
    found: Json = body["view"]
    return found


async def test_trigger_opens_one_view_for_its_person(slack: SlackSandbox) -> None:
    trigger = a_trigger(slack)
    await client_for(slack).views_open(trigger_id=trigger, view=a_modal())
    again = await refusal(client_for(slack).views_open(trigger_id=trigger, view=a_modal()))

    assert again["error"] == "exchanged_trigger_id"
    top = slack.person("ana").top_view
    assert top is not None
    assert top.callback_id == "composer"
    assert slack.person("ben").top_view is None


async def test_trigger_dies_after_three_seconds(slack: SlackSandbox, clock: Clock) -> None:
    trigger = a_trigger(slack)
    clock.at += 3.1
    body = await refusal(client_for(slack).views_open(trigger_id=trigger, view=a_modal()))

    assert body["error"] == "expired_trigger_id"


async def test_made_up_trigger_is_invalid(slack: SlackSandbox) -> None:
    body = await refusal(client_for(slack).views_open(trigger_id="1.2.3", view=a_modal()))

    assert body["error"] == "invalid_trigger_id"


async def test_update_with_an_old_hash_is_a_conflict(slack: SlackSandbox) -> None:
    view, client = await opened(slack, a_modal()), client_for(slack)
    await client.views_update(view_id=view["id"], hash=view["hash"], view=a_modal(title=plain("B")))
    stale = await refusal(
        client.views_update(view_id=view["id"], hash=view["hash"], view=a_modal())
    )

    assert stale["error"] == "hash_conflict"
    assert slack.views[view["id"]].title == "B"


async def test_update_of_a_closed_view_finds_nothing(slack: SlackSandbox) -> None:
    view = await opened(slack, a_modal())
    slack.state.close_view(slack.views[view["id"]])
    body = await refusal(client_for(slack).views_update(view_id=view["id"], view=a_modal()))

    assert body["error"] == "not_found"


async def test_update_keeps_values_where_both_ids_stay(slack: SlackSandbox) -> None:
    two = [an_input(a_text_input(), name) for name in ("stays", "goes")]
    view = await opened(slack, a_modal(*two))
    ana, shown = slack.person("ana"), slack.views[view["id"]]
    await ana.select(shown, "stays", "kept")
    await ana.select(shown, "goes", "lost")
    await client_for(slack).views_update(view_id=view["id"], view=a_modal(two[0]))

    assert shown.values == {"stays": {"a": {"type": "plain_text_input", "value": "kept"}}}


async def test_push_needs_a_trigger_from_a_modal_and_stops_at_three(slack: SlackSandbox) -> None:
    client, ana = client_for(slack), slack.state.user("ana")
    view = await opened(slack, a_modal())
    wrong = await refusal(client.views_push(trigger_id=a_trigger(slack), view=a_modal()))
    root = slack.views[view["id"]]
    for _ in range(2):
        trigger = slack.state.new_trigger(ana, view=root).id
        await client.views_push(trigger_id=trigger, view=a_modal())
    trigger = slack.state.new_trigger(ana, view=root).id
    full = await refusal(client.views_push(trigger_id=trigger, view=a_modal()))

    assert wrong["error"] == "invalid_trigger_id"
    assert full["error"] == "push_limit_reached"
    assert len(slack.state.stack(ana.id)) == 3


async def test_external_id_is_unique_among_open_views(slack: SlackSandbox) -> None:
    await opened(slack, a_modal(external_id="one"))
    body = await refusal(
        client_for(slack).views_open(trigger_id=a_trigger(slack), view=a_modal(external_id="one"))
    )

    assert body["error"] == "duplicate_external_id"


async def test_home_is_published_for_one_person(slack: SlackSandbox) -> None:
    ana = slack.state.user("ana")
    home = {"type": "home", "blocks": [section("welcome"), actions(a_button())]}
    await client_for(slack).views_publish(user_id=ana.id, view=home)

    assert slack.homes[ana.id].blocks[0]["text"]["text"] == "welcome"
    assert slack.person("ben").home is None


def select(**more: Any) -> Json:
    options = {"options": [an_option("one"), an_option("two")]}
    return {"type": "static_select", "action_id": "a", **options, **more}


def with_input(element: Json, **more: Any) -> Callable[[], Json]:
    return lambda: a_modal(an_input(element, **more))


def file_input(**more: Any) -> Json:
    return {"type": "file_input", "action_id": "f", **more}


def without_submit() -> Json:
    view = a_modal()
    del view["submit"]
    return view


REFUSED_VIEWS: dict[str, tuple[Callable[[], Json], str, str]] = {
    "long-title": (
        lambda: a_modal(title=plain("x" * 25)),
        "must be less than 25 characters",
        "/view/title/text",
    ),
    "long-submit": (lambda: a_modal(submit=plain("x" * 25)), "less than 25", "/view/submit/text"),
    "long-close": (lambda: a_modal(close=plain("x" * 25)), "less than 25", "/view/close/text"),
    "empty-title": (lambda: a_modal(title=plain("")), "more than 0", "/view/title/text"),
    "no-submit": (without_submit, "missing required field: submit", "/view"),
    "101-blocks": (
        lambda: a_modal(*[section() for _ in range(101)]),
        "no more than 100 items",
        "/view/blocks",
    ),
    "long-metadata": (
        lambda: a_modal(private_metadata="x" * 3001),
        "less than 3001",
        "/view/private_metadata",
    ),
    "long-callback-id": (lambda: a_modal(callback_id="x" * 256), "256", "/view/callback_id"),
    "unknown-key": (lambda: a_modal(colour="red"), "unknown field", "/view/colour"),
    "unknown-block": (
        lambda: a_modal({"type": "markdown", "text": "x"}),
        "unsupported type of block: 'markdown'",
        "/view/blocks/0",
    ),
    "same-block-id": (
        lambda: a_modal(an_input(a_text_input()), an_input(a_text_input())),
        "already exists",
        "/view/blocks/1/block_id",
    ),
    "long-label": (
        lambda: a_modal({**an_input(a_text_input()), "label": plain("x" * 2001)}),
        "less than 2001",
        "/view/blocks/0/label/text",
    ),
    "long-hint": (with_input(a_text_input(), hint=plain("x" * 2001)), "2001", "/hint/text"),
    "long-placeholder": (
        with_input(a_text_input(placeholder=plain("x" * 151))),
        "less than 151",
        "/element/placeholder/text",
    ),
    "max-length-3001": (
        with_input(a_text_input(max_length=3001)),
        "between 1 and 3000",
        "/element/max_length",
    ),
    "long-initial-value": (
        with_input(a_text_input(max_length=5, initial_value="x" * 6)),
        "less than 6",
        "/element/initial_value",
    ),
    "two-focused": (
        lambda: a_modal(
            an_input(a_text_input(focus_on_load=True), "b1"),
            an_input(a_text_input(focus_on_load=True), "b2"),
        ),
        "only one element",
        "/view/blocks",
    ),
    "no-options": (with_input(select(options=[])), "no fewer than 1", "/element/options"),
    "101-options": (
        with_input(select(options=[an_option(str(n)) for n in range(101)])),
        "no more than 100",
        "/element/options",
    ),
    "long-option-text": (
        with_input(select(options=[an_option("v", "x" * 76)])),
        "less than 76",
        "/options/0/text/text",
    ),
    "long-option-value": (
        with_input(select(options=[an_option("x" * 76, "v")])),
        "less than 76",
        "/options/0/value",
    ),
    "options-and-groups": (
        with_input(select(option_groups=[{"label": plain("g"), "options": [an_option("x")]}])),
        "exactly one of options and option_groups",
        "/element",
    ),
    "foreign-initial-option": (
        with_input(select(initial_option=an_option("one", "Other words"))),
        "must be one of the options",
        "/element/initial_option",
    ),
    "eleven-radio-buttons": (
        with_input(
            {
                "type": "radio_buttons",
                "action_id": "r",
                "options": [an_option(str(n)) for n in range(11)],
            }
        ),
        "no more than 10",
        "/element/options",
    ),
    "file-input-for-eleven": (
        with_input(file_input(max_files=11)),
        "between 1 and 10",
        "/element/max_files",
    ),
    "file-input-with-placeholder": (
        with_input(file_input(placeholder=plain("x"))),
        "unknown field",
        "/element/placeholder",
    ),
    "file-input-in-actions": (
        lambda: a_modal(actions(file_input())),
        "unsupported type of element: 'file_input'",
        "/elements/0",
    ),
    "response-url-outside-input": (
        lambda: a_modal(
            actions(
                {"type": "conversations_select", "action_id": "c", "response_url_enabled": True}
            )
        ),
        "response_url_enabled is for input blocks",
        "/view/blocks/0",
    ),
}


@pytest.mark.parametrize(
    ("view", "message", "pointer"), REFUSED_VIEWS.values(), ids=REFUSED_VIEWS.keys()
)
async def test_view_that_slack_refuses(
    slack: SlackSandbox, view: Callable[[], Json], message: str, pointer: str
) -> None:
    trigger = a_trigger(slack)
    body = await refusal(client_for(slack).views_open(trigger_id=trigger, view=view()))

    assert body["error"] == "invalid_arguments"
    lines = body["response_metadata"]["messages"]
    assert any(message in line and pointer in line for line in lines), lines
    assert not slack.views


async def test_view_past_250_kilobytes_is_too_large(slack: SlackSandbox) -> None:
    view = a_modal(*[section("\N{SNOWMAN}" * 3000) for _ in range(40)])
    assert len(json.dumps(view, ensure_ascii=False).encode()) > 250_000
    body = await refusal(client_for(slack).views_open(trigger_id=a_trigger(slack), view=view))

    assert body["error"] == "view_too_large"


async def test_file_input_in_a_message_is_refused(slack: SlackSandbox) -> None:
    body = await refusal(
        client_for(slack).chat_postMessage(
            channel=slack.channel("general").id, text="x", blocks=[an_input(file_input())]
        )
    )

    assert "file_input is for modals only" in body["response_metadata"]["messages"][0]
