"""A filled-in composer and its draft -> the request, or a sentence beside each field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from bot.domain import texts
from bot.domain.catalogue import CatalogueKind
from bot.domain.prompt.styles import is_known_look
from bot.domain.request.brief import NO_BRIEF, Brief, Choice, Detail, Purpose
from bot.domain.request.choices import (
    LENGTH_MAX_S,
    LENGTH_MIN_S,
    Entries,
    choice_faults,
    completed,
    with_choices,
)
from bot.domain.request.draft import Draft
from bot.domain.request.links import links_of
from bot.domain.request.notes import noted
from bot.domain.request.video_request import (
    Attachment,
    Orientation,
    SlackThread,
    Submission,
    VideoRequest,
)
from bot.domain.words import Text, joined
from bot.screens import ids
from bot.screens.composer.form import KEPT_GROUPS_MAX, is_long, offers_last_choices
from handlers.payloads import FilledView, Form

Faults = dict[str, str]


@dataclass(frozen=True, slots=True)
class ReadForm:
    """`submission` may still break limits; `faults` are what this form alone can tell."""

    submission: Submission
    faults: Faults


def read_form(
    filled: FilledView, draft: Draft, brief: Brief, entries: Entries, locale: str
) -> ReadForm:
    """All that was filled in, with what the draft has beside.

    `brief` is what `read_brief` made of it, `entries` what the catalogue has of its choices.
    """
    form = filled.form
    orientation = _orientation(form, draft)
    attachments, unknown_notes = noted(_attachments(form, draft), form.text(ids.NOTES))
    request = VideoRequest(
        key=filled.request_key,
        requester_id=filled.user_id,
        thread=_thread(filled, draft),
        prompt=_prompt(form, draft),
        orientation=orientation,
        brief=completed(brief, entries),
        locale=locale,
        parent_id=draft.parent_id,
    )
    faults: Faults = {
        **choice_faults(brief, orientation, entries),
        **_form_faults(form, draft),
    }
    return ReadForm(Submission(request, attachments, filled.is_outsider, unknown_notes), faults)


def opens_wide(draft: Draft) -> bool:
    """Whether the further options are shown at once: when a former job's are to be edited."""
    has_choices = replace(draft.brief, change="", written_prompt="") != NO_BRIEF
    return draft.parent_id is not None and not draft.is_variation and has_choices


def typed_into(draft: Draft, filled: FilledView) -> Draft:
    """The draft with what the first screen holds, to show the same modal with more fields."""
    form = filled.form
    is_kept = is_long(draft.prompt)
    brief = replace(read_brief(form, draft), written_prompt=draft.brief.written_prompt)
    return replace(
        draft,
        prompt=draft.prompt if is_kept else form.text(ids.PROMPT),
        orientation=_orientation(form, draft),
        brief=brief,
    )


def beside_fields(faults: Mapping[str, str], form: Form) -> dict[str, Text]:
    """The sentences by block_id; those of a field that is not shown go beside the prompt."""
    placed: dict[str, list[str]] = {}
    for field, sentence in faults.items():
        place = field if form.shows(field) else ids.PROMPT
        placed.setdefault(place, []).append(sentence)
    return {field: joined(*sentences) for field, sentences in placed.items()}


def _prompt(form: Form, draft: Draft) -> str:
    typed = form.text(ids.PROMPT)
    if not is_long(draft.prompt):
        return typed
    return f"{draft.prompt}\n\n{typed}" if typed else draft.prompt


def _orientation(form: Form, draft: Draft) -> Orientation:
    return Orientation(form.choice(ids.ORIENTATION) or draft.orientation)


def _thread(filled: FilledView, draft: Draft) -> SlackThread:
    if draft.channel_id:
        return SlackThread(filled.team_id, draft.channel_id, draft.thread_ts)
    channel_id = filled.form.conversation(ids.CHANNEL) or filled.user_id
    return SlackThread(filled.team_id, channel_id)


def _attachments(form: Form, draft: Draft) -> tuple[Attachment, ...]:
    """What came along and is still ticked, then new files, then links."""
    kept = _kept_attachments(form, draft)
    return (*kept, *form.attachments(ids.ATTACHMENTS), *links_of(form.text(ids.LINKS)))


def _kept_attachments(form: Form, draft: Draft) -> list[Attachment]:
    if not draft.attachments:
        return []
    groups = map(ids.kept_attachments, range(KEPT_GROUPS_MAX))
    ticked = {value for group in groups for value in form.ticked(group)}
    return [one for number, one in enumerate(draft.attachments) if str(number) in ticked]


def read_brief(form: Form, draft: Draft) -> Brief:
    """Fields that are not shown keep what the draft has, but for choices taken back."""
    kept = replace(draft.brief, written_prompt="")  # written for other answers
    if form.shows(ids.CHANGE):
        kept = replace(kept, change=form.text(ids.CHANGE))
    if form.shows(ids.DETAIL):
        return _wide_brief(form, kept)
    is_taken_back = form.shows(ids.LAST_CHOICES) and not form.ticked(ids.LAST_CHOICES)
    return NO_BRIEF if is_taken_back and offers_last_choices(draft) else kept


def _wide_brief(form: Form, kept: Brief) -> Brief:
    chosen = {
        kind: Choice(id, form.choice_name(kind.value))
        for kind in CatalogueKind
        if (id := form.choice(kind.value))
    }
    look, purpose = form.choice(ids.LOOK), form.choice(ids.PURPOSE)
    brief = replace(
        kept,
        purpose=Purpose(purpose) if purpose in set(Purpose) else None,
        length_s=_length_s(form),
        language=form.choice(ids.LANGUAGE),
        audience=form.text(ids.AUDIENCE),
        tone=form.text(ids.TONE),
        look=look if is_known_look(look) else "",
        on_screen_text=_lines(form.text(ids.ON_SCREEN_TEXT)),
        call_to_action=form.text(ids.CALL_TO_ACTION),
        is_exact_wording=bool(form.ticked(ids.EXACT_WORDING)),
        detail=Detail(form.choice(ids.DETAIL) or Detail.STANDARD),
    )
    return with_choices(brief, chosen)


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def _length_s(form: Form) -> int | None:
    """None for no number that can be meant; `_form_faults` tells the person."""
    text = form.text(ids.LENGTH)
    is_number = text.isascii() and text.isdigit() and len(text) < 6
    length_s = int(text) if is_number else None
    is_meant = length_s is not None and LENGTH_MIN_S <= length_s <= LENGTH_MAX_S
    return length_s if is_meant else None


def _form_faults(form: Form, draft: Draft) -> Faults:
    faults: Faults = {}
    if form.text(ids.LENGTH) and _length_s(form) is None:
        faults[ids.LENGTH] = texts.LENGTH_WRONG.format(least=LENGTH_MIN_S, most=LENGTH_MAX_S)
    if draft.is_variation and form.shows(ids.CHANGE) and not form.text(ids.CHANGE):
        faults[ids.CHANGE] = texts.CHANGE_MISSING
    return faults
