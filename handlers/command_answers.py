"""The short answers of /video: help, list, status, cancel; and what counts as one of these."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from bot.domain import texts
from bot.domain.errors import ControlRefused
from bot.domain.job.permissions import Action, Who
from bot.screens import mrkdwn
from bot.screens.jobs import list_text, status_text
from bot.screens.language import Language
from bot.workflow.overview import Overview
from handlers.person_controls import PersonControls

WORD_MAX_CHARS = 40
# A job's number as the card shows it, or as somebody copied it: `2f9c0a1b3d4e`, “#2f9c…”.
_JOB_ID = re.compile(r"[0-9a-f]{12}|(?=[a-f]*[0-9])[0-9a-f]{4,}")
_AROUND = "#`'\"“”„.,:()<>"


class Question(StrEnum):
    HELP = "help"
    LIST = "list"
    STATUS = "status"
    CANCEL = "cancel"
    UNKNOWN = "a word that we do not know"


_QUESTIONS = {str(question): question for question in Question}


@dataclass(frozen=True, slots=True)
class Asked:
    """One question; `word` is the job's number, or the word that we do not know."""

    question: Question
    word: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    user_id: str
    team_id: str  # the bot's own workspace
    say: Language


def asked(text: str) -> Asked | None:
    """What was asked by the words after /video; None when they are the beginning of a prompt.

    One word is a question: ours, or unknown. A sentence without spaces (Japanese, Thai) is not:
    those are no ASCII. `status` and `cancel` take the number of a job, also as “job 2f9c0a1b3d4e”.
    Everything longer is a prompt, such as “list of our products” or “status update for all”.
    """
    words = text.split()
    if len(words) == 1 and text.isascii():
        known = _QUESTIONS.get(words[0].lower())
        return Asked(Question.UNKNOWN, words[0]) if known is None else Asked(known)
    if not words or words[0].lower() not in (Question.STATUS, Question.CANCEL):
        return None
    rest = words[2:] if words[1].lower() == "job" else words[1:]
    job_id = rest[0].strip(_AROUND).lower() if len(rest) == 1 else ""
    return Asked(Question(words[0].lower()), job_id) if _JOB_ID.fullmatch(job_id) else None


class CommandAnswers:
    def __init__(self, decisions: PersonControls, overview: Overview) -> None:
        self._decisions = decisions
        self._overview = overview

    async def answer(self, asked: Asked, person: Person, workspace_url: str) -> str:
        """One message in the person's language; raises StoreUnavailable."""
        say = person.say
        match asked.question:
            case Question.HELP:
                return say(texts.HELP)
            case Question.LIST:
                page = await self._overview.page_of(person.user_id, 0)
                return list_text(page, say, workspace_url)
            case Question.UNKNOWN:
                word = mrkdwn.one_line(asked.word.replace("`", "'"), WORD_MAX_CHARS)
                return say(texts.UNKNOWN_COMMAND.format(word=word))
        if not asked.word:
            is_status = asked.question is Question.STATUS
            return say(texts.STATUS_WHICH if is_status else texts.CANCEL_WHICH)
        try:
            if asked.question is Question.STATUS:
                return await self._status(asked.word, person, workspace_url)
            return await self._cancelled(asked.word, person)
        except ControlRefused as error:
            return say(error.sentence)

    async def _status(self, job_id: str, person: Person, workspace_url: str) -> str:
        listed = await self._overview.listed(job_id)
        is_own = listed.job.request.requester_id == person.user_id
        return status_text(listed, person.say, workspace_url, is_own=is_own)

    async def _cancelled(self, job_id: str, person: Person) -> str:
        who = Who(person.user_id)
        outcome = await self._decisions.act(Action.CANCEL, job_id, who, person.team_id)
        cancelled = texts.CANCELLED_NOW.format(job_id=mrkdwn.one_line(job_id, WORD_MAX_CHARS))
        return person.say(outcome.note or cancelled)
