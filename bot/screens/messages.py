"""Notice -> one Slack message: plain text for notifications and screen readers, blocks for the eye.

Pure builders, in the requester's language. Limits (FACTS of Slack, section 6) hold for any input:
text under 3,000, each section under 3,000, all blocks together under 13,000 characters.
"""

from __future__ import annotations

from typing import Any, TypedDict

from slack_sdk.models.blocks import Block, ContextBlock

from bot.domain import texts
from bot.domain.delivery.delivery import NO_THREAD, DeliveryKind
from bot.domain.delivery.notice import Notice
from bot.domain.job.job import Failure, Job
from bot.domain.refusals import REFUSALS
from bot.domain.words import Text, joined
from bot.screens import mrkdwn, wording
from bot.screens.blocks import context, dicts, section
from bot.screens.card import card, card_text
from bot.screens.ids import DELIVERY_EVENT, delivery_mark
from bot.screens.language import Language, language_of

TEXT_MAX_CHARS = 2_900  # chat.update refuses over 4,000
FAILURE_MAX_CHARS, HINT_MAX_CHARS = 280, 200


class SlackMessage(TypedDict):
    text: str
    blocks: list[dict[str, Any]]


def message_of(notice: Notice, *, edit: int = 0) -> SlackMessage:
    """The message for this notice; `edit` tells editions of one card apart in their block_id."""
    say = language_of(notice.job.request.locale)
    parts = _PARTS[notice.kind](notice, say)
    if detour := _detour(notice, say):
        parts.insert(0, section(detour))
    parts.append(context(say(texts.JOB_ID.format(job_id=_job_id(notice.job)))))
    parts[0].block_id = delivery_mark(notice.delivery_id, edit)
    return {"text": _whole_text(notice, say), "blocks": dicts(parts)}


def plain_message_of(notice: Notice, *, edit: int = 0) -> SlackMessage:
    """The same in one short section, for when Slack refuses the full one."""
    short = _TEXTS[notice.kind](notice, language_of(notice.job.request.locale))[0]
    block = section(short)
    block.block_id = delivery_mark(notice.delivery_id, edit)
    return {"text": short, "blocks": dicts([block])}


def metadata_of(notice: Notice) -> dict[str, Any]:
    """Ids only: everybody in the workspace may read them."""
    payload = {"delivery_id": notice.delivery_id, "job_id": notice.job.id}
    return {"event_type": DELIVERY_EVENT, "event_payload": payload}


def fresh_links(job: Job, say: Language) -> list[str]:
    """For one person who asked: the links of a job that were read just now, a line for each."""
    return [say(texts.FRESH_LINKS.format(job_id=_job_id(job))), *_result_links(job, say)]


def _job_id(job: Job) -> str:
    return mrkdwn.one_line(job.id, 80)


# -- the replies


def _result(notice: Notice, say: Language) -> list[Block]:
    links = _result_links(notice.job, say)
    return [
        section(say(_result_words(notice.job))),
        *[section(link) for link in links],
        context(say(wording.about(notice.job))),
    ]


def _result_text(notice: Notice, say: Language) -> list[str]:
    job = notice.job
    return [say(_result_words(job)), say(wording.about(job)), *_result_links(job, say)]


def _result_words(job: Job) -> Text:
    """That it is ready, and how long it became beside how long it was to be."""
    words = texts.RESULT.format(requester=mrkdwn.user(job.request.requester_id))
    result = job.outcome.result
    if result is None or not result.duration_s:
        return words
    time = wording.duration(result.duration_s)
    if not job.request.brief.length_s:
        return joined(words, texts.RESULT_LENGTH.format(time=time))
    wished = wording.duration(job.request.brief.length_s)
    return joined(words, texts.RESULT_LENGTH_WISHED.format(time=time, wished=wished))


def _result_links(job: Job, say: Language) -> list[str]:
    """The lasting link first; when neither can be shown, a sentence that says so."""
    links, result = [], job.outcome.result
    if result and (page := mrkdwn.link(result.page_url, say(texts.PAGE_LINK))):
        links.append(page)
    if result and (video := mrkdwn.link(result.video_url, say(texts.VIDEO_LINK))):
        links.append(f"{video} {say(texts.VIDEO_LINK_NOTE)}")
    none = (say(texts.NO_LINK_TO_SHOW), wording.session_link(job, say))
    return links or [" ".join(filter(None, none))]


def _failure(notice: Notice, say: Language) -> list[Block]:
    requester, *rest = _failure_text(notice, say)
    return [section(requester), section("\n".join(rest)), *_session(notice, say)]


def _failure_text(notice: Notice, say: Language) -> list[str]:
    failure = notice.job.outcome.failure or Failure(
        "unknown", texts.FAILURE_UNKNOWN, texts.FAILURE_HINT
    )
    message = mrkdwn.one_line(say(failure.message), FAILURE_MAX_CHARS)
    hint = mrkdwn.one_line(say(failure.hint), HINT_MAX_CHARS) or texts.FAILURE_HINT
    return [
        say(texts.FAILURE.format(requester=mrkdwn.user(notice.job.request.requester_id))),
        message or say(texts.FAILURE_UNKNOWN),
        say(texts.WHAT_TO_DO.format(hint=hint)),
    ]


def _slow(notice: Notice, say: Language) -> list[Block]:
    return [section(_slow_text(notice, say)[0]), *_session(notice, say)]


def _slow_text(notice: Notice, say: Language) -> list[str]:
    return [say(texts.SLOW.format(time=wording.elapsed(notice.job, notice.now)))]


def _parked(notice: Notice, say: Language) -> list[Block]:
    return [section(line) for line in _parked_text(notice, say)]


def _parked_text(notice: Notice, say: Language) -> list[str]:
    requester = mrkdwn.user(notice.job.request.requester_id)
    told = texts.PARKED.format(requester=requester)
    return [say(told), say(texts.PARKED_HINT.format(job_id=_job_id(notice.job)))]


def _session(notice: Notice, say: Language) -> list[ContextBlock]:
    """The way to the session in HeyGen, if there is one."""
    link = wording.session_link(notice.job, say)
    return [context(link)] if link else []


def _detour(notice: Notice, say: Language) -> str | None:
    """Why this is not where it was wanted, from Slack's error word for the channel."""
    if not notice.detour:
        return None
    code = mrkdwn.one_line(notice.detour, 80)
    unknown = (texts.SLACK_REFUSED_IT.format(code=code), Text(""))
    what, hint = REFUSALS.get(notice.detour, unknown)
    place = mrkdwn.channel(notice.job.request.thread.channel_id) or texts.DETOUR_UNNAMED_PLACE
    if notice.detour in NO_THREAD:
        return say(texts.DETOUR_UNTHREADED.format(place=place, reason=what))
    return say(joined(texts.DETOUR.format(place=place, reason=what), hint))


_PARTS = {
    DeliveryKind.CARD: card,
    DeliveryKind.RESULT: _result,
    DeliveryKind.FAILURE: _failure,
    DeliveryKind.SLOW: _slow,
    DeliveryKind.PARKED: _parked,
}
_TEXTS = {
    DeliveryKind.CARD: card_text,
    DeliveryKind.RESULT: _result_text,
    DeliveryKind.FAILURE: _failure_text,
    DeliveryKind.SLOW: _slow_text,
    DeliveryKind.PARKED: _parked_text,
}


def _whole_text(notice: Notice, say: Language) -> str:
    """Everything that matters, as one line; a part that does not fit any more is left out."""
    parts = [*filter(None, (_detour(notice, say),)), *_TEXTS[notice.kind](notice, say)]
    text = parts[0]
    for part in parts[1:]:
        if len(text) + 1 + len(part) <= TEXT_MAX_CHARS:
            text = f"{text} {part}"
    return text
