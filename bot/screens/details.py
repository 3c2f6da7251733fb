"""The modal with all that is known of one job; a pure builder."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from slack_sdk.models.blocks import Block, SectionBlock

from bot.domain import texts
from bot.domain.delivery.delivery import DeliveryKind
from bot.domain.job.job import Job
from bot.domain.job.story import HistoryLine, JobStory
from bot.domain.request.brief import Detail
from bot.domain.request.video_request import Attachment
from bot.domain.words import Text
from bot.screens import mrkdwn, wording
from bot.screens.blocks import SECTION_MAX_CHARS, modal, plain_section, section
from bot.screens.language import Language

VALUE_MAX_CHARS = 250  # of one answer; five times that after escaping, in the worst case
PROMPT_SHOWN_CHARS = 12_000  # HeyGen takes 10,000
HISTORY_MAX = 30
_PERSON = re.compile(r"[UW][A-Z0-9]{4,}")  # Slack's ids of people


def details_view(story: JobStory, say: Language) -> dict[str, Any]:
    """Facts, choices, attachments, history, prompt; at most some 30 blocks."""
    job = story.job
    parts = (
        (None, _facts(story, say)),
        (texts.DETAILS_CHOICES, _choices(job, say)),
        (texts.DETAILS_ATTACHMENTS, _attachments(story.attachments)),
        (texts.DETAILS_HISTORY, _history(story.history, say)),
    )
    blocks: list[Block] = []
    for heading, lines in parts:
        blocks += _part(heading, list(lines), say)
    sent = job.attempt.final_prompt or job.request.prompt
    heading = texts.DETAILS_PROMPT_SENT if job.attempt.final_prompt else texts.DETAILS_PROMPT
    blocks += [section(f"*{say(heading)}*"), *_prompt(sent, say)]
    return modal(say(texts.DETAILS_TITLE), say(texts.CLOSE), blocks)


def _facts(story: JobStory, say: Language) -> Iterator[str]:
    job = story.job
    yield say(texts.JOB_ID.format(job_id=mrkdwn.one_line(job.id, 80)))
    yield say(texts.LISTED_STATES[job.state])
    requester = mrkdwn.user(job.request.requester_id)
    yield say(texts.DETAILS_ASKED.format(time=mrkdwn.time(job.created_at), requester=requester))
    if job.is_final:
        ended_at = job.state_since or job.updated_at
        yield say(texts.TOOK.format(time=wording.elapsed(job, ended_at)))
    result = job.outcome.result
    if result and result.duration_s:
        yield say(texts.RESULT_LENGTH.format(time=wording.duration(result.duration_s)))
    if job.outcome.failure:
        yield mrkdwn.one_line(say(job.outcome.failure.message), VALUE_MAX_CHARS)
    for delivery in story.deliveries:
        if delivery.kind is DeliveryKind.FILE and delivery.why_dropped:
            yield say(wording.why_no_file(delivery.why_dropped))
    if job.request.parent_id:
        yield say(texts.VARIATION_OF.format(job_id=mrkdwn.one_line(job.request.parent_id, 80)))
    if link := wording.session_link(job, say):
        yield link


def _choices(job: Job, say: Language) -> Iterator[str]:
    """What was filled in, under the names of the form's fields."""
    brief = job.request.brief
    answers: tuple[tuple[Text, str], ...] = (
        (texts.FIELD_CHANGE, brief.change),
        (texts.FIELD_ORIENTATION, texts.ORIENTATIONS[job.request.orientation]),
        (texts.FIELD_PURPOSE, texts.PURPOSES[brief.purpose] if brief.purpose else ""),
        (texts.FIELD_LENGTH, str(brief.length_s or "")),
        (texts.FIELD_LANGUAGE, texts.LANGUAGES.get(brief.language, brief.language)),
        (texts.FIELD_AUDIENCE, brief.audience),
        (texts.FIELD_TONE, brief.tone),
        (texts.FIELD_AVATAR, brief.avatar.name if brief.avatar else ""),
        (texts.FIELD_VOICE, brief.voice.name if brief.voice else ""),
        (texts.FIELD_STYLE, brief.style.name if brief.style else ""),
        (texts.FIELD_LOOK, texts.LOOKS[brief.look][0] if brief.look in texts.LOOKS else ""),
        (texts.FIELD_BRAND_KIT, brief.brand_kit.name if brief.brand_kit else ""),
        (texts.FIELD_ON_SCREEN_TEXT, " / ".join(brief.on_screen_text)),
        (texts.FIELD_CALL_TO_ACTION, brief.call_to_action),
        (texts.FIELD_EXACT_WORDING, texts.EXACT_WORDING_OPTION if brief.is_exact_wording else ""),
        (
            texts.FIELD_DETAIL,
            "" if brief.detail is Detail.STANDARD else texts.DETAILS[brief.detail],
        ),
    )
    for field, answer in answers:
        if shown := mrkdwn.one_line(say(answer), VALUE_MAX_CHARS):
            yield f"{say(field)}: {shown}"


def _attachments(attachments: Sequence[Attachment]) -> Iterator[str]:
    for attachment in attachments:
        name = attachment.name or attachment.url or attachment.file_id
        noted = f"{name}: {attachment.note}" if attachment.note else name
        yield mrkdwn.one_line(noted, VALUE_MAX_CHARS)


def _history(history: Sequence[HistoryLine], say: Language) -> Iterator[str]:
    """The moves from state to state, the newest of them; operators see more (video-bot jobs)."""
    moves = [line for line in history if line.from_state is not line.to_state]
    for line in moves[-HISTORY_MAX:]:
        told = f"{mrkdwn.time(line.at)} {say(texts.STATES_SHORT[line.to_state])}"
        is_person = _PERSON.fullmatch(line.who) is not None
        yield f"{told} ({mrkdwn.user(line.who)})" if is_person else told


def _part(heading: Text | None, lines: list[str], say: Language) -> list[SectionBlock]:
    """The lines in as few sections as hold them."""
    if not lines:
        return []
    texts_: list[str] = [f"*{say(heading)}*" if heading else ""]
    for line in lines:
        if len(texts_[-1]) + 1 + len(line) <= SECTION_MAX_CHARS:
            texts_[-1] = f"{texts_[-1]}\n{line}".strip()
        else:
            texts_.append(line)
    return [section(text) for text in texts_]


def _prompt(prompt: str, say: Language) -> list[SectionBlock]:
    """Word for word, as plain text: nothing in it is taken for a link or a mention."""
    shown = mrkdwn.clipped(prompt, PROMPT_SHOWN_CHARS) or say(texts.NO_PROMPT)
    return [plain_section(piece) for piece in _pieces(shown)]


def _pieces(text: str) -> Iterator[str]:
    """At most SECTION_MAX_CHARS each, cut at the end of a line where there is one."""
    while len(text) > SECTION_MAX_CHARS:
        cut = text.rfind("\n", 1, SECTION_MAX_CHARS + 1)
        cut = cut if cut > 0 else SECTION_MAX_CHARS
        if text[:cut].strip():
            yield text[:cut]
        text = text[cut:].removeprefix("\n")
    if text.strip():
        yield text
