"""The blocks that say how a video is made: scenes, pictures, sound, look (FACTS, 14.3 to 14.6)."""

from __future__ import annotations

from bot.domain.prompt.answers import Answers, Trim
from bot.domain.prompt.attachments import file_block
from bot.domain.prompt.shapes import (
    KINDS_OF_SCENES,
    LAYERS,
    MEDIA,
    MOTION,
    MUSIC,
    PACE,
    Energy,
    scene_count,
)
from bot.domain.prompt.styles import HOUSE_LOOK, STYLES, Look, NamedStyle, style_for_tone

_BRAND = "Colours, fonts and logo: those of the selected brand kit."


def scenes(answers: Answers, trim: Trim) -> str:
    if answers.scenes_s is None or trim >= Trim.ALL:
        return ""
    listed = _steps(answers, scene_count(answers.scenes_s), trim)
    if trim >= Trim.LAYERS:
        return listed
    spoken = "" if answers.brief.is_exact_wording else " Narration runs through every scene."
    layers = f"{LAYERS}: {MOTION[_energy(answers)]}."
    return f"{listed}\nMix: {KINDS_OF_SCENES}{spoken}\nLayers: {layers}"


def _steps(answers: Answers, count: int, trim: Trim) -> str:
    """The scenes one by one; for an exact script only how many, as it has its own order."""
    if answers.brief.is_exact_wording:
        return f"Scenes: about {count}, a new one for each thought of the script."
    label, steps = "Scenes, unless the request has its own", answers.shape.scenes
    if trim >= Trim.SCENE_VISUALS:
        names = ", ".join(f"{step.name} as {step.kind.value}" for step in steps)
        return f"{label}: about {count}, one flowing story ({names})."
    lines = [f"{n}. {s.name}, {s.kind.value}: {s.shows}." for n, s in enumerate(steps, 1)]
    first = f"{label}: about {count}, one flowing story; a step may take several."
    return "\n".join([first, *lines])


def media(answers: Answers, trim: Trim) -> str:
    if trim >= Trim.SCENE_VISUALS:
        return ""
    first = "the attached material first, then " if file_block(answers.attachments) else ""
    return f"Pictures: {first}{MEDIA}."


def sound(answers: Answers, trim: Trim) -> str:
    if trim >= Trim.MUSIC:
        return ""
    named, energy = _named_style(answers), _energy(answers)
    music = named.look.music if named and named.look else MUSIC[energy]
    narration = f"{PACE[energy]}, stressing the word that matters in each sentence"
    if not answers.brief.is_exact_wording:
        narration += "; sentences of 10 to 20 words, numbers spoken as words and shown as digits"
    return (
        f"Music: {music}; quiet under the opening, rising to the main point, settling at the "
        f"end.\nNarration: {narration}."
    )


def style(answers: Answers, trim: Trim) -> str:
    """With a style of HeyGen's only the brand's colours; with a brand kit none of our colours."""
    look = _look(answers)
    brand = _BRAND if answers.brief.brand_kit else ""
    if look is None:
        return brand
    is_chosen = answers.brief.look in STYLES
    label = "Look" if is_chosen else "Look, unless the request names one"
    colours = brand or f"Colours: {look.colours}. Font: {look.lettering}."
    mood = look.mood.partition(",")[0] if trim >= Trim.ALL else look.mood
    first = f"{label}: {mood}. {colours}"
    if trim >= Trim.STYLE:
        return first
    return f"{first}\nMotion: {look.motion}. Transitions: {look.transitions}."


def _look(answers: Answers) -> Look | None:
    """The chosen look, else the one the tone asks for, else the house's; none beside HeyGen's."""
    if answers.brief.style:
        return None
    named = _named_style(answers)
    return named.look if named else HOUSE_LOOK


def _energy(answers: Answers) -> Energy:
    named = _named_style(answers)
    return named.look.energy if named and named.look else answers.shape.energy


def _named_style(answers: Answers) -> NamedStyle | None:
    return STYLES.get(answers.brief.look) or style_for_tone(answers.brief.tone)
