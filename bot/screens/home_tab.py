"""The Home tab: one person's videos, newest first, page by page; a pure builder."""

from __future__ import annotations

from typing import Any

from slack_sdk.models.blocks import Block, DividerBlock

from bot.domain import texts
from bot.domain.job.pages import JobPage, ListedJob
from bot.screens import ids
from bot.screens.blocks import actions, button, context, header, home, section
from bot.screens.heygen_key import HomeKey, key_blocks
from bot.screens.job_actions import job_actions
from bot.screens.jobs import job_facts, job_links, job_state, job_title, why_it_waits
from bot.screens.language import Language


def home_view(
    page: JobPage, say: Language, workspace_url: str, key: HomeKey | None = None
) -> dict[str, Any]:
    """At most four blocks for each job of a page; everything in `say`'s language.

    `key` is None where the bot serves one workspace alone.
    """
    new = button(ids.NEW_VIDEO, say(texts.HOME_BUTTON_NEW), style="primary")
    blocks: list[Block] = [header(say(texts.HOME_TITLE)), actions([new])]
    if key is not None:
        blocks += key_blocks(key, say)
    if not page.jobs:
        blocks.append(section(say(texts.HOME_NO_MORE if page.number else texts.HOME_EMPTY)))
    for listed in page.jobs:
        blocks += _job_blocks(listed, say, workspace_url)
    return home([*blocks, *_paging(page, say)])


def _job_blocks(listed: ListedJob, say: Language, workspace_url: str) -> list[Block]:
    job = listed.job
    links = job_links(listed, say, workspace_url)
    return [
        DividerBlock(),
        section("\n".join([job_title(job, say), job_state(job, say), *why_it_waits(listed, say)])),
        context(" · ".join([job_facts(job, say), *links])),
        actions(job_actions(job, say)),
    ]


def _paging(page: JobPage, say: Language) -> list[Block]:
    buttons = []
    if page.number:
        newer, before = say(texts.HOME_BUTTON_NEWER), str(page.number - 1)
        buttons.append(button(ids.HOME_NEWER, newer, value=before))
    if page.has_older:
        older, after = say(texts.HOME_BUTTON_OLDER), str(page.number + 1)
        buttons.append(button(ids.HOME_OLDER, older, value=after))
    if not buttons:
        return []
    number = context(say(texts.HOME_PAGE.format(number=page.number + 1)))
    return [DividerBlock(), actions(buttons), number]
