"""The blocks of a composed prompt, one function each, in the order in which they are sent.

Labels and directions are ours and in English; what people wrote stands behind "> " or within “…”
(domain/plain_text.py), so that no line of theirs can open a block. After FACTS section 14.2.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.plain_text import in_line, plain, quoted, tidy
from bot.domain.prompt import direction
from bot.domain.prompt.answers import Answers, Trim, rounded
from bot.domain.prompt.attachments import file_block, scripts_of
from bot.domain.prompt.framing import framing_notes
from bot.domain.request.brief import Brief
from bot.domain.request.estimate import words_for
from bot.domain.request.video_request import Orientation

FORMATS = {
    Orientation.LANDSCAPE: "Make one landscape (16:9)",
    Orientation.PORTRAIT: "Make one portrait (9:16)",
}


def blocks(answers: Answers, trim: Trim, texts: Sequence[str]) -> list[str]:
    """All blocks that have something to say; `texts` are the attached ones, as they shall stand."""
    found = [
        _format(answers),
        change_block(answers.brief),
        _tone(answers, trim),
        _presenter(answers, trim),
        _content(answers),
        _story(answers, trim),
        _freedom(answers, trim),
        _on_screen(answers.brief),
        file_block(answers.attachments),
        *texts,
        direction.scenes(answers, trim),
        direction.media(answers, trim),
        direction.sound(answers, trim),
        direction.style(answers, trim),
        framing_notes(answers.brief.avatar, answers.orientation),
    ]
    return [block for block in found if block]


# -- 1 to 3: format, tone and audience, presenter ------------------------------------------------


def _format(answers: Answers) -> str:
    kind = f"{FORMATS[answers.orientation]} {answers.shape.kind}"
    return f"{kind}{_length(answers)} on one single topic. {_language(answers.brief)}".rstrip()


def _length(answers: Answers) -> str:
    seconds, usual = answers.length_s, answers.shape.usual_s
    if answers.brief.is_exact_wording:
        return f", about {seconds} seconds long in all," if seconds else ""
    if seconds:
        words = rounded(words_for(seconds))
        return f", about {seconds} seconds long in all (some {words} spoken words),"
    if usual is None:
        return ""
    return f", {usual[0]} to {usual[1]} seconds long unless the request names a length,"


def _language(brief: Brief) -> str:
    language = " ".join(plain(brief.language).split())
    if brief.is_exact_wording:
        return f"The voice speaks {language}." if language else ""
    if language:
        return f"Narration and on-screen text in {language}."
    return "Narration and on-screen text in the language of the request."


def change_block(brief: Brief) -> str:
    """What a variation is to change in the video before it."""
    if not plain(brief.change):
        return ""
    return (
        "Change from the last version; where the request below differs, this counts:\n"
        f"{quoted(plain(brief.change))}"
    )


def _tone(answers: Answers, trim: Trim) -> str:
    brief, sentences = answers.brief, []
    if plain(brief.tone):
        sentences.append(f"Tone: {in_line(plain(brief.tone))}.")
    elif answers.shape.tone and trim < Trim.EXTRA_TONE and not brief.is_exact_wording:
        sentences.append(f"Tone: {answers.shape.tone}.")
    if plain(brief.audience):
        sentences.append(f"Audience: {in_line(plain(brief.audience))}.")
    return " ".join(sentences)


def _presenter(answers: Answers, trim: Trim) -> str:
    is_selected = answers.brief.avatar is not None
    if trim >= Trim.EXTRA_TONE:
        who = "the selected presenter" if is_selected else "one who suits the topic"
        return f"Presenter: {who}, speaking naturally to the camera."
    if is_selected:
        return (
            "Presenter: the selected presenter, speaking to the camera as to one person, with "
            "natural gestures, in a setting that suits the topic."
        )
    return (
        f"Presenter, unless the request describes one: {answers.shape.presenter}, speaking to "
        "the camera as to one person, with natural gestures."
    )


# -- 4 to 7: the content -------------------------------------------------------------------------


def _content(answers: Answers) -> str:
    is_script = answers.brief.is_exact_wording and not scripts_of(answers.attachments)
    label = "Script" if is_script else "Request"
    return f"{label}, as the requester wrote it:\n{quoted(plain(answers.prompt))}"


def _story(answers: Answers, trim: Trim) -> str:
    if answers.brief.is_exact_wording or trim >= Trim.EXTRA_TONE or not answers.shape.arc:
        return ""
    return f"Story: {answers.shape.arc}."


def _freedom(answers: Answers, trim: Trim) -> str:
    if answers.brief.is_exact_wording:
        return _exact_wording(answers)
    if trim >= Trim.ALL:
        return (
            "The request is theme and intent rather than lines to read out: expand it, add "
            "examples, fill the whole time."
        )
    return (
        "Take the request as theme and intent rather than as lines to read out. You are free to "
        "expand it, to add fitting examples and to choose the order, so that it becomes one story "
        "with a point and its proof. Fill the whole time: narration or music carries every second."
    )


def _exact_wording(answers: Answers) -> str:
    script = "attached text" if scripts_of(answers.attachments) else "script above"
    said = f"Speak the {script} word for word, whole and in its own order"
    if answers.script_s is None:
        return f"{said}; pictures and pace follow it."
    takes = rounded(answers.script_s)
    is_longer = (answers.length_s or 0) > takes
    rest = " Pictures and music carry the rest of the time." if is_longer else ""
    return f"{said}. That takes about {takes} seconds; pictures and pace follow it.{rest}"


def _on_screen(brief: Brief) -> str:
    lines = [line for line in map(_one_line, brief.on_screen_text) if line]
    parts = []
    if lines:
        parts.append("On-screen text, shown exactly as written:")
        parts += [quoted(line) for line in lines]
    if call := _one_line(brief.call_to_action):
        parts.append(f"Call to action at the end, shown exactly as written:\n{quoted(call)}")
    return "\n".join(parts)


def _one_line(text: str) -> str:
    """What is shown exactly as written, so nothing is taken for Slack's markup here."""
    return " ".join(tidy(text).split())
