"""The modal with fresh links to a video, for the Home tab; a pure builder."""

from __future__ import annotations

from typing import Any

from bot.domain import texts
from bot.domain.job.job import Job
from bot.screens.blocks import modal, section
from bot.screens.language import Language
from bot.screens.messages import fresh_links


def links_view(job: Job, say: Language) -> dict[str, Any]:
    blocks = [section(line) for line in fresh_links(job, say)]
    return modal(say(texts.BUTTON_FRESH_LINK), say(texts.CLOSE), blocks)
