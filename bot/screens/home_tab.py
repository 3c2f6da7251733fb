"""The Home tab: one person's videos, newest first, page by page; a pure builder."""

from __future__ import annotations

from typing import Any

from bot.domain import texts
from bot.domain.job.pages import JobPage, ListedJob
from bot.domain.words import Text
from bot.screens import ids
from bot.screens.block_kit import Block, context, plain, section
from bot.screens.job_actions import job_actions
from bot.screens.jobs import job_facts, job_links, job_state, job_title, why_it_waits
from bot.screens.language import Language


def home_view(page: JobPage, say: Language, workspace_url: str) -> dict[str, Any]:
    """At most four blocks for each job of a page; everything in `say`'s language."""
    new = _button(ids.NEW_VIDEO, texts.HOME_BUTTON_NEW, say) | {"style": "primary"}
    blocks: list[Block] = [
        {"type": "header", "text": plain(say(texts.HOME_TITLE))},
        {"type": "actions", "elements": [new]},
    ]
    if not page.jobs:
        blocks.append(section(say(texts.HOME_NO_MORE if page.number else texts.HOME_EMPTY)))
    for listed in page.jobs:
        blocks += _job_blocks(listed, say, workspace_url)
    return {"type": "home", "blocks": [*blocks, *_paging(page, say)]}


def _job_blocks(listed: ListedJob, say: Language, workspace_url: str) -> list[Block]:
    job = listed.job
    links = job_links(listed, say, workspace_url)
    return [
        {"type": "divider"},
        section("\n".join([job_title(job, say), job_state(job, say), *why_it_waits(listed, say)])),
        context(" · ".join([job_facts(job, say), *links])),
        {"type": "actions", "elements": job_actions(job, say)},
    ]


def _paging(page: JobPage, say: Language) -> list[Block]:
    buttons = []
    if page.number:
        newer = _button(ids.HOME_NEWER, texts.HOME_BUTTON_NEWER, say)
        buttons.append(newer | {"value": str(page.number - 1)})
    if page.has_older:
        older = _button(ids.HOME_OLDER, texts.HOME_BUTTON_OLDER, say)
        buttons.append(older | {"value": str(page.number + 1)})
    if not buttons:
        return []
    number = context(say(texts.HOME_PAGE.format(number=page.number + 1)))
    return [{"type": "divider"}, {"type": "actions", "elements": buttons}, number]


def _button(action_id: str, label: Text, say: Language) -> Block:
    return {"type": "button", "action_id": action_id, "text": plain(say(label))}
