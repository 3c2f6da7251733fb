"""“Connect HeyGen” in every language: what an admin sees, what others see, and no key anywhere."""

from __future__ import annotations

from typing import Any

import pytest

from bot.domain import texts
from bot.domain.job.pages import JobPage
from bot.domain.workspace import KeyStatus
from bot.sandbox.slack.blocks import find_elements
from bot.sandbox.slack.views import check_view
from bot.screens import ids
from bot.screens.heygen_key import HomeKey, key_connected, key_form
from bot.screens.home_tab import home_view
from bot.screens.language import language_of, languages
from tests.builders import NOON

NONE, DEFAULT = KeyStatus(), KeyStatus(has_default=True)
OWN, OWN_OF_TWO = KeyStatus("U1", NOON), KeyStatus("U1", NOON, has_default=True)
EMPTY = JobPage(0, (), has_older=False)

every_language = pytest.mark.parametrize("code", languages())


def shown(status: KeyStatus | None, *, is_admin: bool, code: str = "") -> dict[str, Any]:
    key = None if status is None else HomeKey(status, is_admin)
    return check_view(home_view(EMPTY, language_of(code), "https://a.slack.com/", key), "home")


def buttons(view: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {one["action_id"]: one for _, one in find_elements(view["blocks"])}


@pytest.mark.parametrize(
    ("status", "words", "offered"),
    [
        pytest.param(NONE, texts.HOME_KEY_NONE_ADMIN, {ids.CONNECT_HEYGEN}, id="none"),
        pytest.param(DEFAULT, texts.HOME_KEY_DEFAULT, {ids.CONNECT_HEYGEN}, id="the operator's"),
        pytest.param(
            OWN,
            "HeyGen is connected by <@U1> since <!date^",
            {ids.CONNECT_HEYGEN, ids.REMOVE_HEYGEN_KEY},
            id="own",
        ),
    ],
)
def test_admin_sees_what_there_is_and_what_to_do(
    status: KeyStatus, words: str, offered: set[str]
) -> None:
    view = shown(status, is_admin=True)

    assert words in str(view)
    assert set(buttons(view)) == {ids.NEW_VIDEO, *offered}


@pytest.mark.parametrize("status", [DEFAULT, OWN, None], ids=["the operator's", "own", "alone"])
def test_others_see_nothing_of_a_key_that_is_there(status: KeyStatus | None) -> None:
    alone = shown(None, is_admin=True)

    assert shown(status, is_admin=False) == alone


def test_others_are_told_whom_to_ask_where_there_is_none() -> None:
    view = shown(NONE, is_admin=False)

    assert texts.HOME_KEY_NONE in str(view)
    assert set(buttons(view)) == {ids.NEW_VIDEO}


@pytest.mark.parametrize(
    ("status", "follows"),
    [(OWN, texts.CONFIRM_REMOVE_KEY), (OWN_OF_TWO, texts.CONFIRM_REMOVE_KEY_DEFAULT)],
    ids=["nothing else", "the operator's"],
)
def test_removing_says_before_what_follows(status: KeyStatus, follows: str) -> None:
    asked = buttons(shown(status, is_admin=True))[ids.REMOVE_HEYGEN_KEY]["confirm"]

    assert asked["text"]["text"] == follows


@every_language
@pytest.mark.parametrize("status", [NONE, DEFAULT, OWN, OWN_OF_TWO])
@pytest.mark.parametrize("is_admin", [True, False])
def test_home_keeps_slack_s_limits(code: str, status: KeyStatus, is_admin: bool) -> None:
    assert shown(status, is_admin=is_admin, code=code)


@every_language
@pytest.mark.parametrize("is_missing", [True, False])
def test_form_asks_for_the_key_alone_and_keeps_nothing(code: str, is_missing: bool) -> None:
    view = check_view(key_form(language_of(code), is_missing=is_missing), "modal")

    (field,) = [block for block in view["blocks"] if block["type"] == "input"]
    assert field["block_id"] == ids.HEYGEN_KEY
    assert "initial_value" not in field["element"]
    assert "private_metadata" not in view
    assert "https://app.heygen.com/settings/api" in str(view)


@every_language
def test_what_is_next_is_said_at_the_end(code: str) -> None:
    say = language_of(code)

    view = check_view(key_connected(say), "modal")

    assert say(texts.KEY_CONNECTED) in str(view)
    assert "submit" not in view
