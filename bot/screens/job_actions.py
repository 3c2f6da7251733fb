"""What a person may do with a job, as a row of buttons and a menu; for the card and Home.

At most three buttons stand in a row; what only looks (links, details) is behind the dots, so that
a card stays calm.
"""

from __future__ import annotations

from typing import NamedTuple

from slack_sdk.models.blocks import (
    ButtonElement,
    ConfirmObject,
    InteractiveElement,
    Option,
    OverflowMenuElement,
)

from bot.domain import texts
from bot.domain.job.job import Job
from bot.domain.job.permissions import Action, is_possible, offered
from bot.domain.words import Text
from bot.screens import ids
from bot.screens.blocks import button, confirm, option
from bot.screens.language import Language
from bot.screens.wording import session_url


class _Looks(NamedTuple):
    action_id: str
    label: Text
    question: Text | None = None  # asked by Slack before the click counts
    yes: Text = texts.CONFIRM_NO


_BUTTONS = {
    Action.CANCEL: _Looks(
        ids.CANCEL_JOB, texts.BUTTON_CANCEL, texts.CONFIRM_CANCEL, texts.CONFIRM_CANCEL_YES
    ),
    Action.RETRY: _Looks(ids.RETRY_JOB, texts.BUTTON_RETRY),
    Action.LOOK_AGAIN: _Looks(ids.LOOK_AGAIN, texts.BUTTON_LOOK_AGAIN),
    Action.SEND_AGAIN: _Looks(
        ids.SEND_AGAIN, texts.BUTTON_SEND_AGAIN, texts.CONFIRM_SEND, texts.CONFIRM_SEND_YES
    ),
    Action.VARY: _Looks(ids.VARY_JOB, texts.BUTTON_VARY),
    Action.EDIT: _Looks(ids.EDIT_JOB, texts.BUTTON_EDIT),
}


def job_actions(job: Job, say: Language) -> list[InteractiveElement]:
    """The elements of an actions block: the buttons that fit the state, then the menu."""
    return [*(_button(action, job, say) for action in offered(job)), _menu(job, say)]


def _button(action: Action, job: Job, say: Language) -> ButtonElement:
    looks = _looks(action, job)
    label = say(looks.label)
    return button(looks.action_id, label, value=job.id, confirm=_confirm(looks, say))


def _confirm(looks: _Looks, say: Language) -> ConfirmObject | None:
    if looks.question is None:
        return None
    question, yes, no = say(looks.question), say(looks.yes), say(texts.CONFIRM_NO)
    return confirm(say(looks.label), question, yes, no)


def _looks(action: Action, job: Job) -> _Looks:
    if action is not Action.OTHER_ORIENTATION:
        return _BUTTONS[action]
    label = texts.BUTTON_TURN[job.request.orientation]
    return _Looks(ids.OTHER_ORIENTATION, label, texts.CONFIRM_TURN, texts.CONFIRM_TURN_YES)


def _menu(job: Job, say: Language) -> OverflowMenuElement:
    """Behind the dots: a fresh link, the session in HeyGen, the details."""
    options = []
    if is_possible(Action.FRESH_LINK, job):
        options.append(_option(ids.FRESH_LINK, texts.BUTTON_FRESH_LINK, job, say))
    if url := session_url(job):
        options.append(_option(ids.OPEN_IN_HEYGEN, texts.BUTTON_OPEN_IN_HEYGEN, job, say, url))
    options.append(_option(ids.JOB_DETAILS, texts.BUTTON_DETAILS, job, say))
    return OverflowMenuElement(action_id=ids.JOB_MENU, options=options)


def _option(name: str, label: Text, job: Job, say: Language, url: str = "") -> Option:
    return option(say(label), ids.menu_value(name, job.id), url=url)
