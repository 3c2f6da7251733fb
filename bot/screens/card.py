"""The card: one message that shows where a video stands, what was wished and what may be done."""

from __future__ import annotations

from slack_sdk.models.blocks import Block

from bot.domain import texts
from bot.domain.delivery.notice import Notice
from bot.domain.job.job import FINAL_STATES, Job, JobState
from bot.screens import mrkdwn, wording
from bot.screens.blocks import actions, context, section
from bot.screens.job_actions import job_actions
from bot.screens.language import Language

PROMPT_SHOWN_CHARS, PROMPT_SHOWN_LINES = 300, 6
BAR_STEPS = 20
BETWEEN = " · "


def card(notice: Notice, say: Language) -> list[Block]:
    job = notice.job
    title = texts.CARD_TITLE.format(requester=mrkdwn.user(job.request.requester_id))
    prompt = job.request.prompt if job.request.prompt.strip() else say(texts.NO_PROMPT)
    state = [say(wording.state_words(job)), *_more_words(notice, say)]
    if job.state is JobState.RENDERING:
        bar = texts.PROGRESS.format(bar=_bar(wording.percent(job)), percent=wording.percent(job))
        state.append(say(bar))
    chosen = wording.choices(job, notice.attachment_count)
    return [
        section(say(title)),
        section(_quoted(prompt)),
        *_change(job, say),
        section("\n".join(state)),
        context(
            BETWEEN.join(say(choice) for choice in chosen),
            _elapsed_words(notice, say),
            _parent_words(job, say),
        ),
        actions(job_actions(job, say)),
    ]


def _change(job: Job, say: Language) -> list[Block]:
    """What tells the card of a variation from the card above it in the thread."""
    if not job.request.brief.change.strip():
        return []
    return [section(say(texts.CARD_CHANGE.format(change=_quoted(job.request.brief.change))))]


def _quoted(text: str) -> str:
    return mrkdwn.quoted(text, PROMPT_SHOWN_CHARS, PROMPT_SHOWN_LINES)


def card_text(notice: Notice, say: Language) -> list[str]:
    """The same in sentences, the most important first."""
    job = notice.job
    requester, state = mrkdwn.user(job.request.requester_id), wording.state_words(job)
    words = [say(texts.CARD_TEXT.format(requester=requester, state=state))]
    if job.state is JobState.RENDERING:
        words.append(say(texts.PERCENT_DONE.format(percent=wording.percent(job))))
    return [*words, *_more_words(notice, say), say(wording.about(job))]


def _more_words(notice: Notice, say: Language) -> list[str]:
    """What is special: the place in the queue, why it waits, files on their way, a file refused."""
    if notice.no_file is not None and notice.job.state is JobState.COMPLETED:
        return [say(wording.why_no_file(notice.no_file))]
    if notice.job.state in FINAL_STATES:
        return []
    words = []
    if notice.place is not None and notice.job.state is JobState.QUEUED:
        place = texts.PLACE_NEXT if notice.place <= 1 else texts.PLACE
        words.append(say(place.format(place=notice.place)))
    if notice.job.state is JobState.SUBMITTING and notice.ready_count < notice.file_count:
        counts = {"ready": notice.ready_count, "count": notice.file_count}
        words.append(say(texts.UPLOADING.format(**counts)))
    if notice.waiting_for:
        words.append(wording.why_it_waits(notice.waiting_for, say))
    return words


def _elapsed_words(notice: Notice, say: Language) -> str:
    words = texts.TOOK if notice.job.is_final else texts.ELAPSED
    return say(words.format(time=wording.elapsed(notice.job, notice.now)))


def _parent_words(job: Job, say: Language) -> str | None:
    if job.request.parent_id is None:
        return None
    return say(texts.VARIATION_OF.format(job_id=mrkdwn.one_line(job.request.parent_id, 80)))


def _bar(percent: int) -> str:
    done = percent * BAR_STEPS // 100
    return "`" + "█" * done + "░" * (BAR_STEPS - done) + "`"
