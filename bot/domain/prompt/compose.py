"""One prompt text from what a person wrote, chose and attached: same input, same text.

The first line carries the job's reference, so that a session whose create was never answered
can be recognised among others with the same words (DESIGN section 3, "the answer got lost").
The blocks after it are those of domain/prompt/blocks.py; a prompt that a person edited in the
preview (`brief.written_prompt`) takes their place.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from bot.domain.plain_text import in_line, tidy
from bot.domain.prompt.answers import Answers, Trim
from bot.domain.prompt.attachments import file_block, is_attached_text, scripts_of, text_block
from bot.domain.prompt.blocks import FORMATS, blocks, change_block
from bot.domain.prompt.framing import framing_notes
from bot.domain.request.brief import NO_BRIEF, Brief, Detail
from bot.domain.request.video_request import PROMPT_MAX_CHARS, Attachment, Orientation

COMPACT_MAX_CHARS = 1_000  # FACTS section 14.10: the form that fails least
SIZES = {  # characters in all, as far as people's own words leave room (FACTS section 14.10)
    Detail.COMPACT: COMPACT_MAX_CHARS,
    Detail.STANDARD: 2_200,
    Detail.FULL: 9_500,
}
# Each character typed may be a line of its own behind "> "; our own words are under 5,000.
SURELY_FITS_CHARS = 1_500
_REFERENCE_ROOM = 60  # characters of the reference line with its blank line, for ids of 12 to 20

_REFERENCE = re.compile(r"\[Reference \S+, not part of the video\]")
_REFERENCE_LINE = re.compile(rf"^{_REFERENCE.pattern}$", re.MULTILINE)


def reference_line(job_id: str) -> str:
    """The line by which our session is known again."""
    return f"[Reference {job_id}, not part of the video]"


def compose(
    job_id: str,
    prompt: str,
    orientation: Orientation,
    brief: Brief = NO_BRIEF,
    attachments: Sequence[Attachment] = (),
    *,
    is_compact: bool = False,
    padding: float = 1.0,
) -> str:
    """The text to send: the reference, then the blocks or the edited prompt with attached texts.

    Our own direction gives way to people's words: it is trimmed until the size of `brief.detail`
    is kept. Nothing that was typed is ever cut. Compact is the form for another try after a
    failure; of attached material it keeps 1,000 characters, of a script all. May be longer than
    HeyGen's limit: the caller checks with `prompt_overrun`.
    """
    answers = Answers(prompt, orientation, brief, tuple(attachments), padding)
    texts = _attached_texts(answers, is_compact=is_compact)
    if brief.written_prompt.strip():
        body = _written(answers, texts)
    else:
        body = _joined(blocks(answers, _trim(answers, is_compact=is_compact), texts))
        if _REFERENCE_ROOM + len(body) > PROMPT_MAX_CHARS:
            body = _joined(blocks(answers, Trim.ALL, texts))
    return f"{reference_line(job_id)}\n\n{body}"


def preview(
    prompt: str,
    orientation: Orientation,
    brief: Brief = NO_BRIEF,
    attachments: Sequence[Attachment] = (),
    *,
    padding: float = 1.0,
) -> str:
    """What will be sent and a person may edit: without the reference, attached texts as a line.

    What is edited comes back as `brief.written_prompt` and is sent instead of the blocks; what is
    not is better left out, so that it is composed anew for another orientation or a compact form.
    """
    unread = tuple(replace(a, text=None) if a.is_text else a for a in attachments)
    answers = Answers(prompt, orientation, replace(brief, written_prompt=""), unread, padding)
    return _composed_preview(answers, _trim(answers))


def surely_fits(prompt: str, brief: Brief, attachments: Sequence[Attachment]) -> bool:
    """Whether so little was typed that no choice of answers could make the prompt too long.

    Saves composing it on the way to an ack; False only means that it has to be composed.
    """
    typed = [prompt, brief.audience, brief.tone, brief.language, brief.change]
    typed += [brief.call_to_action, brief.written_prompt, *brief.on_screen_text]
    typed += [part for a in attachments for part in (a.name, a.note, a.url or "")]
    return sum(map(len, typed)) <= SURELY_FITS_CHARS


def prompt_overrun(text: str) -> int:
    """How many characters a composed prompt is too long; 0 when it fits."""
    return max(0, len(text) - PROMPT_MAX_CHARS)


def is_same_prompt(job_id: str, final_prompt: str, message: str) -> bool:
    """Whether a session's first user message is this job's prompt, white space aside.

    Only the first reference counts: a person may have copied another job's into their text.
    """
    if first := _REFERENCE.search(message):
        return first[0] == reference_line(job_id)
    return _squeezed(message) == _squeezed(final_prompt)


def _trim(answers: Answers, *, is_compact: bool = False) -> Trim:
    """The least trimming that keeps the size; attached texts do not count, a line stands for each.

    So what is sent is what the preview showed, although it cannot know those texts yet.
    """
    if is_compact or answers.brief.detail is Detail.COMPACT:
        return Trim.ALL
    room = SIZES[answers.brief.detail] - _REFERENCE_ROOM
    steps = [trim for trim in Trim if trim < Trim.ALL]
    fitting = (trim for trim in steps if len(_composed_preview(answers, trim)) <= room)
    return next(fitting, steps[-1])


def _composed_preview(answers: Answers, trim: Trim) -> str:
    texts = [_placeholder(a) for a in answers.attachments if is_attached_text(a)]
    return _joined(blocks(answers, trim, texts))


def _placeholder(attachment: Attachment) -> str:
    return f"[The attached text {in_line(attachment.name)} comes here]"


def _attached_texts(answers: Answers, *, is_compact: bool) -> list[str]:
    texts = [a for a in answers.attachments if is_attached_text(a)]
    scripts = scripts_of(texts) if answers.brief.is_exact_wording else []
    material_chars = COMPACT_MAX_CHARS // max(1, len(texts) - len(scripts))
    return [
        text_block(
            a,
            is_script=a in scripts,
            max_chars=material_chars if is_compact and a not in scripts else None,
        )
        if a.text is not None
        else _placeholder(a)
        for a in texts
    ]


# -- a prompt that was edited in the preview -----------------------------------------------------


def _written(answers: Answers, texts: Sequence[str]) -> str:
    """The edited prompt, attached texts in their places, and what it cannot have known yet.

    A framing note stays where HeyGen heeds it: at the end.
    """
    written = tidy(_REFERENCE_LINE.sub("", answers.brief.written_prompt))
    framing = framing_notes(answers.brief.avatar, answers.orientation)
    shape_note = _other_shape_note(answers.orientation, written)
    is_framed = written.endswith(framing)
    body = written.removesuffix(framing).rstrip()
    attached = [a for a in answers.attachments if is_attached_text(a)]
    for attachment, text in zip(attached, texts, strict=True):
        body = _with_text(body, _placeholder(attachment), text)
    unnamed = [a for a in answers.attachments if not _is_named(a, written)]
    change = change_block(answers.brief)
    return _joined(
        [
            shape_note,
            "" if change in written else change,
            body,
            file_block(unnamed, "Also attached:"),
            framing if is_framed or shape_note else "",
        ]
    )


def _is_named(attachment: Attachment, written: str) -> bool:
    name = attachment.name or attachment.url or attachment.file_id
    return name in written or in_line(name) in written


def _with_text(body: str, placeholder: str, text: str) -> str:
    lines = body.split("\n")
    if placeholder not in lines:
        return _joined([body, text])
    at = lines.index(placeholder)
    return "\n".join([*lines[:at], text, *lines[at + 1 :]])


def _other_shape_note(orientation: Orientation, written: str) -> str:
    """What a prompt that was written for the other orientation needs to say first."""
    wanted = FORMATS[orientation]
    others = [words for words in FORMATS.values() if words != wanted]
    if wanted in written or not any(words in written for words in others):
        return ""
    return f"{wanted} video; where the text below has another shape, this one counts."


def _joined(parts: Sequence[str]) -> str:
    return "\n\n".join(part for part in parts if part)


def _squeezed(text: str) -> str:
    return " ".join(text.split())
