"""One prompt text from what a person wrote and attached: same input, same text.

The first line carries the job's reference, so that a session whose create was never answered
can be recognised among others with the same words (DESIGN section 3, "the answer got lost").
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.domain.brief import NO_BRIEF, Brief
from bot.domain.video_request import PROMPT_MAX_CHARS, Attachment, Orientation

COMPACT_MAX_CHARS = 1_000  # FACTS section 14.10: the form that fails least

_USE_BY_FILETYPE = {
    "pdf": "background material for the content",
    "mp4": "footage to use where it fits",
    "webm": "footage to use where it fits",
    "mp3": "audio to use where it fits",
    "wav": "audio to use where it fits",
}
_DEFAULT_USE = "picture to show where it fits"


_REFERENCE = re.compile(r"\[Reference \S+, not part of the video\]")


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
    """The text to send: reference, format, what the person wrote, attached text, file notes.

    Compact leaves out the attached text beyond 1,000 characters and keeps all that was typed.
    May be longer than HeyGen's limit: the caller checks with `prompt_overrun`.
    """
    texts = "\n\n".join(_attached_text(a) for a in attachments if a.text is not None)
    if is_compact and len(texts) > COMPACT_MAX_CHARS:
        texts = texts[:COMPACT_MAX_CHARS].rstrip() + " …"
    parts = [
        f"{reference_line(job_id)}\nMake one {orientation.value} video.",
        _tidy(prompt),
        texts,
        _file_notes([a for a in attachments if a.asset_id is not None]),
    ]
    return "\n\n".join(part for part in parts if part)


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


def _tidy(text: str) -> str:
    return re.sub(r"\n{3,}", "\n\n", text.replace("\r\n", "\n")).strip()


def _squeezed(text: str) -> str:
    return " ".join(text.split())


def _attached_text(attachment: Attachment) -> str:
    return f"Attached text “{attachment.name}”:\n{_tidy(attachment.text or '')}"


def _file_notes(attachments: Sequence[Attachment]) -> str:
    if not attachments:
        return ""
    lines = [f"- {a.name}: {_USE_BY_FILETYPE.get(a.filetype, _DEFAULT_USE)}" for a in attachments]
    return "Attached files, in this order:\n" + "\n".join(lines)
