"""A job's values as texts: state, durations, choices, links; for messages, Home and forms."""

from __future__ import annotations

from datetime import datetime

from bot.domain import texts
from bot.domain.errors import SlackOutcomeUnknown
from bot.domain.job.job import Job, JobState
from bot.domain.refusals import REFUSALS
from bot.domain.words import Text, joined
from bot.screens import mrkdwn
from bot.screens.language import Language

REASON_MAX_CHARS = 250  # five times that after escaping, in the worst case
PROMPT_IN_TEXT_CHARS = 120
NAME_MAX_CHARS = 40  # of an avatar, a voice, a style
SESSION_URL = "https://app.heygen.com/video-agent/{session_id}"


def state_words(job: Job) -> Text:
    """Where the video stands, as a sentence."""
    words = texts.STATES[job.state]
    if job.attempt.number and job.state in (JobState.QUEUED, JobState.SUBMITTING):
        return joined(words, texts.RETRYING)
    return words


def percent(job: Job) -> int:
    return max(0, min(100, job.render.progress))


def elapsed(job: Job, now: datetime) -> Text:
    """How long it has taken, up to now or to its end."""
    until = (job.state_since or job.updated_at) if job.is_final else now
    return duration((until - job.created_at).total_seconds())


def duration(seconds: float) -> Text:
    whole = max(0, round(seconds))
    minutes, rest = divmod(whole, 60)
    if minutes >= 60:
        return texts.HOURS.format(hours=minutes // 60, minutes=minutes % 60)
    parts = [texts.MINUTES.format(minutes=minutes)] if minutes else []
    if rest or not minutes:
        parts.append(texts.SECONDS.format(seconds=rest))
    return joined(*parts)


def choices(job: Job, attachment_count: int) -> list[Text]:
    """What the person chose; what was left to HeyGen is left out."""
    brief = job.request.brief
    named = (
        (texts.CHOICE_AVATAR, brief.avatar),
        (texts.CHOICE_VOICE, brief.voice),
        (texts.CHOICE_STYLE, brief.style),
        (texts.CHOICE_BRAND_KIT, brief.brand_kit),
    )
    shown = [texts.ORIENTATIONS[job.request.orientation]]
    if brief.length_s:
        shown.append(texts.CHOICE_LENGTH.format(time=duration(brief.length_s)))
    if language := mrkdwn.one_line(brief.language, NAME_MAX_CHARS):
        named_language = texts.LANGUAGES.get(brief.language, language)
        shown.append(texts.CHOICE_LANGUAGE.format(language=named_language))
    for text, choice in named:
        if choice is not None:
            name = mrkdwn.one_line(choice.name or choice.id, NAME_MAX_CHARS)
            shown.append(text.format(name=name))
    if attachment_count:
        shown.append(texts.ATTACHMENTS.format(count=attachment_count))
    return shown


def about(job: Job) -> Text:
    """The first words of the prompt; of a variation, of what is to be different."""
    prompt = mrkdwn.one_line(job.request.brief.change or job.request.prompt, PROMPT_IN_TEXT_CHARS)
    return texts.ABOUT.format(prompt=prompt or texts.NO_PROMPT)


def why_no_file(code: str) -> Text:
    """Why the video file is not in the thread, by Slack's word, HeyGen's or ours."""
    if code == SlackOutcomeUnknown.code:
        return texts.FILE_UNCLEAR
    reason = texts.NO_FILE_REASONS.get(code)
    if reason is None and code in REFUSALS:
        reason, _ = REFUSALS[code]
    unknown = texts.NO_FILE_UNKNOWN.format(code=mrkdwn.one_line(code, 80))
    return texts.NO_FILE.format(reason=reason or unknown)


def session_url(job: Job) -> str | None:
    """The page of this job's session in HeyGen, for people with an account there."""
    url = SESSION_URL.format(session_id=job.render.session_id)
    return url if job.render.session_id and mrkdwn.is_web_address(url) else None


def session_link(job: Job, say: Language) -> str | None:
    return mrkdwn.link(session_url(job), say(texts.SESSION_LINK))


def why_it_waits(reason: str, say: Language) -> str:
    """Why nothing is sent to HeyGen, in words of ours or of HeyGen's."""
    return say(texts.WAITING_FOR.format(reason=mrkdwn.one_line(say(reason), REASON_MAX_CHARS)))
