"""The looks a person can choose: simple ones and the twenty named styles, as words for HeyGen.

After FACTS section 14.6, in our own wording: colours always as hex values and with a font.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from bot.domain import texts
from bot.domain.prompt.shapes import Energy
from bot.domain.words import Text

NO_LOOK = "none"  # the key that says: HeyGen decides


@dataclass(frozen=True, slots=True)
class Look:
    """How a video looks, in words that go into the prompt."""

    mood: str
    colours: str
    lettering: str
    motion: str
    transitions: str
    music: str
    energy: Energy


@dataclass(frozen=True, slots=True)
class NamedStyle:
    """One choice of the menu; `look` is None for the one that leaves the look to HeyGen.

    `tones` are words of a tone that ask for this style when none is chosen.
    """

    key: str
    name: Text
    meaning: Text
    group: Text
    look: Look | None
    tones: frozenset[str] = frozenset()


# What we take when nobody says anything: clean, blue, black and white.
HOUSE_LOOK = Look(
    mood="clean and minimal",
    colours="blue #1D5FE0, near-black #111827, white #FFFFFF",
    lettering="Inter, bold for headings",
    motion="opening, chapter cards and ending animated; panels SLIDE in, charts DRAW themselves",
    transitions="hard cuts and soft wipes",
    music="light electronic with a steady beat",
    energy=Energy.MEDIUM,
)

_LOW, _MEDIUM, _HIGH = Energy.LOW, Energy.MEDIUM, Energy.HIGH
_SIMPLE = {
    "minimalistic": Look(
        mood="minimal and businesslike, much white space, one thought on the screen at a time",
        colours="white #FFFFFF, graphite #1F2937, blue #2563EB",
        lettering="Inter, regular and semibold",
        motion="text FADES IN, thin lines DRAW themselves",
        transitions="hard cuts and soft dissolves",
        music="sparse electronic with soft piano",
        energy=_LOW,
    ),
    "cartoon": Look(
        mood="a friendly drawn world with round outlines and simple figures",
        colours="sky #4CC9F0, sun #FFD166, coral #EF476F, ink #22223B",
        lettering="Baloo 2, bold",
        motion="figures HOP, signs DROP in, arrows DRAW themselves",
        transitions="pop cuts and page turns",
        music="cheerful ukulele and claps",
        energy=_MEDIUM,
    ),
    "bold_vibrant": Look(
        mood="bold and vibrant, large words on full colour",
        colours="magenta #FF2E93, violet #6A00F4, yellow #FFE600, white #FFFFFF",
        lettering="Poppins, extra bold",
        motion="titles SLAM in, stickers STAMP, figures PUNCH up",
        transitions="snap cuts and flash frames",
        music="upbeat pop with strong drums",
        energy=_HIGH,
    ),
    "cinematic": Look(
        mood="cinematic, shallow depth of field, light with a direction, real places",
        colours="teal #1B4B5A, amber #E0A458, black #0B0B0C",
        lettering="Cormorant Garamond, wide letters",
        motion="the camera DRIFTS, titles FADE IN",
        transitions="slow dissolves and cuts on the movement",
        music="orchestral strings that grow",
        energy=_LOW,
    ),
    "flat_design": Look(
        mood="flat shapes without shadows, icons and interface panels",
        colours="indigo #4F46E5, mint #34D399, orange #FB923C, off-white #F8FAFC",
        lettering="Nunito Sans, bold",
        motion="icons POP up, panels SLIDE, bars FILL",
        transitions="grid wipes and pop cuts",
        music="light electronic with plucked notes",
        energy=_MEDIUM,
    ),
    "gradient_modern": Look(
        mood="flowing gradients, soft glass panels, plenty of light",
        colours="violet #7C3AED, blue #3B82F6, pink #EC4899, white #FFFFFF",
        lettering="Space Grotesk, medium",
        motion="shapes FLOAT, cards SLIDE, figures COUNT UP",
        transitions="liquid dissolves",
        music="airy synthesizers with a light beat",
        energy=_MEDIUM,
    ),
    "retro": Look(
        mood="a memory of the seventies, printed grain, rounded frames",
        colours="mustard #D9A441, brick #B5482A, olive #6B7B3A, cream #F4E9D0",
        lettering="Cooper Black",
        motion="frames SLIDE as in a projector, stripes DRAW themselves",
        transitions="iris wipes and slide changes",
        music="warm funk with electric piano",
        energy=_MEDIUM,
    ),
}

# The first five hold up most reliably (FACTS section 14.6), in that order.
_NAMED = {
    "deconstructed": Look(
        mood="raw and restless, like torn posters",
        colours="near-black #1A1A1A, rust #D4501E, paper #E8E4DA",
        lettering="Space Mono, bold, angled and overlapping",
        motion="words CRASH in at an angle, layers SHATTER and shake",
        transitions="glitches and smash cuts",
        music="industrial beat with rough bass",
        energy=_HIGH,
    ),
    "swiss_pulse": Look(
        mood="clinical and exact, everything on a grid",
        colours="black #000000, white #FFFFFF, blue #0066FF",
        lettering="Helvetica, bold, flush left",
        motion="counters COUNT UP, grid lines DRAW themselves, bars FILL",
        transitions="grid wipes and hard cuts",
        music="precise minimal electronic",
        energy=_MEDIUM,
    ),
    "digital_grid": Look(
        mood="technical, like an instrument panel at night",
        colours="black #0A0A0A, cyan #00E5FF, amber #FFB300",
        lettering="JetBrains Mono",
        motion="code TYPES ON, pixels ASSEMBLE, scan lines SWEEP",
        transitions="pixel wipes",
        music="pulsing synthesizers",
        energy=_MEDIUM,
    ),
    "geometric_bold": Look(
        mood="few large shapes, more than half of the screen left empty",
        colours="red #E63946, navy #1D3557, ivory #F1FAEE",
        lettering="Futura, bold",
        motion="circles and squares SLIDE and LOCK into place",
        transitions="cuts on the beat",
        music="dry percussion and one bass line",
        energy=_MEDIUM,
    ),
    "maximalist_type": Look(
        mood="loud, with words that fill half of the screen and more",
        colours="red #E10600, yellow #FFD400, black #000000, white #FFFFFF",
        lettering="Impact, in capitals",
        motion="words SLAM, STRETCH and STAMP in time with the voice",
        transitions="smash cuts and flash frames",
        music="loud drums and brass hits",
        energy=_HIGH,
    ),
    "soft_signal": Look(
        mood="intimate and warm, close to one person",
        colours="amber #E3A857, cream #FFF6E5, rose #D98E9B, sage #9CAF88",
        lettering="Caveat, handwritten",
        motion="pictures DRIFT slowly, words are written by hand",
        transitions="soft dissolves",
        music="acoustic guitar and soft piano",
        energy=_LOW,
    ),
    "warm_grain": Look(
        mood="natural and tactile, paper and film grain",
        colours="ochre #CC8B3C, forest #2F4F3A, terracotta #C4613F, linen #F3EADB",
        lettering="Quicksand, rounded, medium",
        motion="leaves and shapes GROW, pictures FLOAT",
        transitions="soft cuts",
        music="folk strings and wooden percussion",
        energy=_LOW,
    ),
    "quiet_drama": Look(
        mood="still and human, one source of light, much shadow",
        colours="sepia #704C2E, dark brown #2B1D14, gold #C8A250",
        lettering="EB Garamond",
        motion="the camera moves in slowly, lines FADE IN",
        transitions="fades to black",
        music="solo cello",
        energy=_LOW,
    ),
    "heritage_reel": Look(
        mood="nostalgic, like an old film found again",
        colours="faded gold #C2A25B, burgundy #6D1F2F, navy #1F2A44",
        lettering="Playfair Display, centred",
        motion="photographs SLIDE past, dates FADE IN, the film flickers",
        transitions="iris wipes",
        music="old piano with strings",
        energy=_LOW,
    ),
    "silk_route": Look(
        mood="flowing layers of cloth and pattern, deep space",
        colours="teal #0F766E, burgundy #7B1E3A, gold #D4A017, lapis #26428B",
        lettering="Marcellus",
        motion="patterns UNFOLD, layers MORPH into each other",
        transitions="morphs and liquid dissolves",
        music="hand drums with oud and strings",
        energy=_LOW,
    ),
    "velvet_standard": Look(
        mood="premium and restrained, dark space around each thing",
        colours="black #0B0B0B, white #FFFFFF, gold #C9A84C",
        lettering="Montserrat, thin, wide capitals",
        motion="titles FADE IN letter by letter, light GLIDES over surfaces",
        transitions="slow cross-dissolves",
        music="slow piano with deep strings",
        energy=_LOW,
    ),
    "contact_sheet": Look(
        mood="like a photographer's desk, documents and marked pictures",
        colours="black #000000, white #FFFFFF, grey #8A8A8A, marker red #D62828",
        lettering="Franklin Gothic, bold captions",
        motion="frames SNAP closer, circles DRAW around what matters",
        transitions="hard cuts and snap zooms",
        music="tense upright bass and ticking percussion",
        energy=_MEDIUM,
    ),
    "folk_frequency": Look(
        mood="vivid folk patterns, hand-cut shapes",
        colours="pink #FF4F9A, cobalt #0047AB, yellow #FFC800, emerald #009B72",
        lettering="Fredoka, bold",
        motion="patterns SPIN and CASCADE, figures DANCE in",
        transitions="patterned wipes",
        music="festive brass and drums",
        energy=_HIGH,
    ),
    "earth_pulse": Look(
        mood="people together, rhythm in every picture",
        colours="orange #F77F00, green #2A9D4A, yellow #FCBF49, earth #5B3A29",
        lettering="Bowlby One",
        motion="pictures FREEZE on the beat, words BOUNCE with the drums",
        transitions="cuts on the beat",
        music="layered hand percussion and voices",
        energy=_HIGH,
    ),
    "dream_state": Look(
        mood="unreal and weightless, things become other things",
        colours="mist #C9D1DC, slate #5B6577, one accent of violet #8B5CF6",
        lettering="Josefin Sans, thin, floating",
        motion="objects FLOAT and MORPH",
        transitions="slow morphs and dissolves",
        music="ambient pads with distant signals",
        energy=_LOW,
    ),
    "play_mode": Look(
        mood="playful, like a game between friends",
        colours="electric blue #2D5BFF, pink #FF5DA2, lime #B8F600",
        lettering="Lilita One, large and tilted",
        motion="things BOUNCE, DROP and WOBBLE",
        transitions="pop cuts",
        music="bouncy chiptune pop",
        energy=_HIGH,
    ),
    "carnival_surge": Look(
        mood="euphoric, a street full of people",
        colours="pink #FF1493, yellow #FFE000, turquoise #00CED1",
        lettering="Anton, huge and angled",
        motion="confetti BURSTS, words SLAM in",
        transitions="smash cuts",
        music="samba drums and brass",
        energy=_HIGH,
    ),
    "shadow_cut": Look(
        mood="dark and tense, hard light from one side",
        colours="black #050505, cold grey #7D8690, blood red #8B0000",
        lettering="Oswald, angular capitals",
        motion="the camera PUSHES IN, lines are STRUCK through",
        transitions="hard cuts to black",
        music="low drones with single hits",
        energy=_MEDIUM,
    ),
    "data_drift": Look(
        mood="futuristic, streams of light in dark space",
        colours="violet #7C3AED, cyan #06B6D4, black #050510",
        lettering="Exo 2, thin",
        motion="particles FLOW into charts, figures COUNT UP",
        transitions="liquid dissolves",
        music="deep electronic with arpeggios",
        energy=_MEDIUM,
    ),
    "red_wire": Look(
        mood="urgent, like a newsroom",
        colours="red #D90429, black #000000, white #FFFFFF, yellow #FFD60A",
        lettering="Barlow Condensed, bold capitals",
        motion="tickers RUN, headlines SLAM in, maps ZOOM",
        transitions="snap cuts",
        music="urgent strings over a ticking beat",
        energy=_HIGH,
    ),
}

# After the column "Meaning" of FACTS section 14.6, without words that fit any style: "warm" stands
# in half of all requests, and few of those want handwriting.
_TONES = {
    "deconstructed": "raw rebellious",
    "swiss_pulse": "clinical analytical",
    "digital_grid": "technical",
    "geometric_bold": "elegant",
    "maximalist_type": "loud",
    "soft_signal": "intimate heartfelt tender",
    "warm_grain": "organic natural earthy",
    "quiet_drama": "contemplative thoughtful",
    "heritage_reel": "nostalgic",
    "silk_route": "flowing lyrical",
    "velvet_standard": "premium luxurious exclusive",
    "contact_sheet": "editorial investigative",
    "folk_frequency": "festive vivid",
    "earth_pulse": "communal",
    "dream_state": "surreal dreamy",
    "play_mode": "playful whimsical",
    "carnival_surge": "euphoric celebratory",
    "shadow_cut": "dark ominous",
    "data_drift": "futuristic",
    "red_wire": "urgent",
}


def _style(key: str, group: Text, look: Look | None) -> NamedStyle:
    name, meaning = texts.LOOKS[key]
    return NamedStyle(key, name, meaning, group, look, frozenset(_TONES.get(key, "").split()))


STYLES: Mapping[str, NamedStyle] = MappingProxyType(
    {key: _style(key, texts.LOOK_GROUP_SIMPLE, look) for key, look in _SIMPLE.items()}
    | {key: _style(key, texts.LOOK_GROUP_NAMED, look) for key, look in _NAMED.items()}
    | {NO_LOOK: _style(NO_LOOK, texts.LOOK_GROUP_NONE, None)}
)


def is_known_look(key: str) -> bool:
    return key in STYLES


def style_for_tone(tone: str) -> NamedStyle | None:
    """The named style that most words of this tone (English) ask for; None when none does."""
    words = frozenset(re.findall(r"\w+", tone.casefold()))
    best = max(STYLES.values(), key=lambda style: len(style.tones & words))
    return best if best.tones & words else None
