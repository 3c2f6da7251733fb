"""Notice -> one Slack message: plain text for notifications and screen readers, blocks for the eye.

Pure builders. Limits (FACTS of Slack, section 6) hold for any input: text under 3,000, each
section under 3,000, all blocks together under 13,000 characters.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple, TypedDict

from bot.domain import texts
from bot.domain.delivery import NO_THREAD, DeliveryKind
from bot.domain.job import FINAL_STATES, Failure, Job, JobState
from bot.domain.permissions import Action, offered
from bot.domain.ports import Notice
from bot.slack import errors, ids, mrkdwn
from bot.slack.ids import DELIVERY_EVENT, delivery_mark

Block = dict[str, Any]

TEXT_MAX_CHARS = 2_900  # chat.update refuses over 4,000
PROMPT_MAX_CHARS, PROMPT_MAX_LINES = 300, 6
PROMPT_IN_TEXT_CHARS = 120
REASON_MAX_CHARS = 250  # five times that after escaping, in the worst case
FAILURE_MAX_CHARS, HINT_MAX_CHARS = 280, 200
SESSION_URL = "https://app.heygen.com/video-agent/{session_id}"
BAR_STEPS = 20


class SlackMessage(TypedDict):
    text: str
    blocks: list[Block]


def message_of(notice: Notice, *, edit: int = 0) -> SlackMessage:
    """The message for this notice; `edit` tells editions of one card apart in their block_id."""
    parts = _PARTS[notice.kind](notice)
    if detour := _detour(notice):
        parts.insert(0, _section(detour))
    parts = [part for part in parts if part.get("elements") != []]
    parts.append(_context(texts.JOB_ID.format(job_id=mrkdwn.one_line(notice.job.id, 80))))
    parts[0]["block_id"] = delivery_mark(notice.delivery_id, edit)
    return {"text": _whole_text(notice), "blocks": parts}


def plain_message_of(notice: Notice, *, edit: int = 0) -> SlackMessage:
    """The same in one short section, for when Slack refuses the full one."""
    short = _TEXTS[notice.kind](notice)[0]
    block = _section(short) | {"block_id": delivery_mark(notice.delivery_id, edit)}
    return {"text": short, "blocks": [block]}


def metadata_of(notice: Notice) -> dict[str, Any]:
    """Ids only: everybody in the workspace may read them."""
    payload = {"delivery_id": notice.delivery_id, "job_id": notice.job.id}
    return {"event_type": DELIVERY_EVENT, "event_payload": payload}


# -- the card


def _card(notice: Notice) -> list[Block]:
    job = notice.job
    title = texts.CARD_TITLE.format(requester=mrkdwn.user(job.requester_id))
    prompt = job.prompt if job.prompt.strip() else texts.NO_PROMPT
    quoted = mrkdwn.quoted(prompt, PROMPT_MAX_CHARS, PROMPT_MAX_LINES)
    state = [_state_words(job), *_waiting_words(notice)]
    if job.state is JobState.RENDERING:
        state.append(texts.PROGRESS.format(bar=_bar(job.progress), percent=_percent(job)))
    return [
        _section(title),
        _section(quoted),
        _section("\n".join(state)),
        _context(*_choices(notice), _elapsed_words(notice), _session_link(job)),
        {"type": "actions", "elements": [_button(action, job) for action in offered(job)]},
    ]


def _card_text(notice: Notice) -> list[str]:
    job = notice.job
    requester = mrkdwn.user(job.requester_id)
    words: list[str] = [texts.CARD_TEXT.format(requester=requester, state=_state_words(job))]
    if job.state is JobState.RENDERING:
        words.append(texts.PERCENT_DONE.format(percent=_percent(job)))
    return [*words, *_waiting_words(notice), _about(job)]


def _state_words(job: Job) -> str:
    words = texts.STATES[job.state]
    if job.retry_count and job.state in (JobState.QUEUED, JobState.SUBMITTING):
        return f"{words} {texts.RETRYING}"
    return words


def _waiting_words(notice: Notice) -> list[str]:
    if notice.job.state in FINAL_STATES:
        return []
    words = []
    if notice.place is not None and notice.job.state is JobState.QUEUED:
        place = texts.PLACE_NEXT if notice.place <= 1 else texts.PLACE
        words.append(place.format(place=notice.place))
    if notice.waiting_for:
        reason = mrkdwn.one_line(notice.waiting_for, REASON_MAX_CHARS)
        words.append(texts.WAITING_FOR.format(reason=reason))
    return words


def _choices(notice: Notice) -> tuple[str, str]:
    count = notice.attachment_count
    files = {0: texts.NO_ATTACHMENTS, 1: texts.ONE_ATTACHMENT}.get(count, texts.ATTACHMENTS)
    return texts.ORIENTATIONS[notice.job.orientation], files.format(count=count)


def _percent(job: Job) -> int:
    return max(0, min(100, job.progress))


def _bar(progress: int) -> str:
    done = max(0, min(BAR_STEPS, progress * BAR_STEPS // 100))
    return "`" + "█" * done + "░" * (BAR_STEPS - done) + "`"


def _elapsed_words(notice: Notice) -> str:
    words = texts.TOOK if notice.job.is_final else texts.ELAPSED
    return words.format(time=_elapsed(notice.job, notice.now))


def _elapsed(job: Job, now: datetime) -> str:
    until = (job.state_since or job.updated_at) if job.is_final else now
    return _duration((until - job.created_at).total_seconds())


def _duration(seconds: float) -> str:
    whole = max(0, round(seconds))
    minutes, rest = divmod(whole, 60)
    if minutes >= 60:
        return texts.HOURS.format(hours=minutes // 60, minutes=minutes % 60)
    parts = [texts.MINUTES.format(minutes=minutes)] if minutes else []
    if rest or not minutes:
        parts.append(texts.SECONDS.format(seconds=rest))
    return " ".join(parts)


def _session_link(job: Job) -> str | None:
    if not job.session_id:
        return None
    return mrkdwn.link(SESSION_URL.format(session_id=job.session_id), texts.SESSION_LINK)


def _about(job: Job) -> str:
    prompt = mrkdwn.one_line(job.prompt, PROMPT_IN_TEXT_CHARS) or texts.NO_PROMPT
    return texts.ABOUT.format(prompt=prompt)


def _button(action: Action, job: Job) -> Block:
    looks = _BUTTONS[action]
    button: Block = {
        "type": "button",
        "action_id": looks.action_id,
        "text": _plain(looks.label),
        "value": job.id,
    }
    if looks.question:
        button["confirm"] = {
            "title": _plain(looks.label),
            "text": _plain(looks.question),
            "confirm": _plain(looks.yes),
            "deny": _plain(texts.CONFIRM_NO),
        }
    return button


class _Looks(NamedTuple):
    action_id: str
    label: str
    question: str = ""  # asked by Slack before the click counts
    yes: str = ""


_BUTTONS = {
    Action.CANCEL: _Looks(
        ids.CANCEL_JOB, texts.BUTTON_CANCEL, texts.CONFIRM_CANCEL, texts.CONFIRM_CANCEL_YES
    ),
    Action.RETRY: _Looks(ids.RETRY_JOB, texts.BUTTON_RETRY),
    Action.LOOK_AGAIN: _Looks(ids.LOOK_AGAIN, texts.BUTTON_LOOK_AGAIN),
    Action.SEND_AGAIN: _Looks(
        ids.SEND_AGAIN, texts.BUTTON_SEND_AGAIN, texts.CONFIRM_SEND, texts.CONFIRM_SEND_YES
    ),
}


# -- the replies


def _result(notice: Notice) -> list[Block]:
    links = _result_links(notice.job)
    return [
        _section(_result_words(notice.job)),
        *[_section(link) for link in links],
        _context(_about(notice.job)),
    ]


def _result_text(notice: Notice) -> list[str]:
    return [_result_words(notice.job), _about(notice.job), *_result_links(notice.job)]


def _result_words(job: Job) -> str:
    words = texts.RESULT.format(requester=mrkdwn.user(job.requester_id))
    if job.result is None or not job.result.duration_s:
        return words
    return f"{words} {texts.RESULT_LENGTH.format(time=_duration(job.result.duration_s))}"


def _result_links(job: Job) -> list[str]:
    """The lasting link first; when neither can be shown, a sentence that says so."""
    links = []
    if job.result and (page := mrkdwn.link(job.result.page_url, texts.PAGE_LINK)):
        links.append(page)
    if job.result and (video := mrkdwn.link(job.result.video_url, texts.VIDEO_LINK)):
        links.append(f"{video} {texts.VIDEO_LINK_NOTE}")
    return links or [" ".join(filter(None, (texts.NO_LINK_TO_SHOW, _session_link(job))))]


def _failure(notice: Notice) -> list[Block]:
    requester, *rest = _failure_text(notice)
    return [_section(requester), _section("\n".join(rest)), _context(_session_link(notice.job))]


def _failure_text(notice: Notice) -> list[str]:
    failure = notice.job.failure or Failure("unknown", texts.FAILURE_UNKNOWN, texts.FAILURE_HINT)
    hint = mrkdwn.one_line(failure.hint, HINT_MAX_CHARS)
    return [
        texts.FAILURE.format(requester=mrkdwn.user(notice.job.requester_id)),
        mrkdwn.one_line(failure.message, FAILURE_MAX_CHARS) or texts.FAILURE_UNKNOWN,
        texts.WHAT_TO_DO.format(hint=hint or texts.FAILURE_HINT),
    ]


def _slow(notice: Notice) -> list[Block]:
    return [_section(_slow_text(notice)[0]), _context(_session_link(notice.job))]


def _slow_text(notice: Notice) -> list[str]:
    return [texts.SLOW.format(time=_elapsed(notice.job, notice.now))]


def _parked(notice: Notice) -> list[Block]:
    return [_section(line) for line in _parked_text(notice)]


def _parked_text(notice: Notice) -> list[str]:
    job_id = mrkdwn.one_line(notice.job.id, 80)
    requester = mrkdwn.user(notice.job.requester_id)
    return [texts.PARKED.format(requester=requester), texts.PARKED_HINT.format(job_id=job_id)]


def _detour(notice: Notice) -> str | None:
    """Why this is not where it was wanted, from Slack's error word for the channel."""
    if not notice.detour:
        return None
    code = mrkdwn.one_line(notice.detour, 80)
    known = errors.REFUSALS.get(notice.detour)
    what, hint = known or (texts.DETOUR_UNKNOWN.format(code=code), "")
    place = mrkdwn.channel(notice.job.channel_id) or texts.DETOUR_UNNAMED_PLACE
    if notice.detour in NO_THREAD:
        return texts.DETOUR_UNTHREADED.format(place=place, reason=what)
    return f"{texts.DETOUR.format(place=place, reason=what)} {hint}".strip()


_PARTS = {
    DeliveryKind.CARD: _card,
    DeliveryKind.RESULT: _result,
    DeliveryKind.FAILURE: _failure,
    DeliveryKind.SLOW: _slow,
    DeliveryKind.PARKED: _parked,
}
_TEXTS = {
    DeliveryKind.CARD: _card_text,
    DeliveryKind.RESULT: _result_text,
    DeliveryKind.FAILURE: _failure_text,
    DeliveryKind.SLOW: _slow_text,
    DeliveryKind.PARKED: _parked_text,
}


def _whole_text(notice: Notice) -> str:
    """Everything that matters, as one line; a part that does not fit any more is left out."""
    parts = [*filter(None, (_detour(notice),)), *_TEXTS[notice.kind](notice)]
    text = parts[0]
    for part in parts[1:]:
        if len(text) + 1 + len(part) <= TEXT_MAX_CHARS:
            text = f"{text} {part}"
    return text


def _section(text: str) -> Block:
    return {"type": "section", "text": _mrkdwn(text)}


def _context(*texts_: str | None) -> Block:
    return {"type": "context", "elements": [_mrkdwn(text) for text in texts_ if text]}


def _plain(text: str) -> Block:
    return {"type": "plain_text", "text": text}


def _mrkdwn(text: str) -> Block:
    # verbatim: Slack makes no links or mentions of its own out of the words.
    return {"type": "mrkdwn", "text": text, "verbatim": True}
