"""Looks: options of a menu (75 characters; domain/prompt/styles.py)."""

from __future__ import annotations

from bot.domain.words import Text

LOOK_GROUP_SIMPLE = Text("Simple looks")
LOOK_GROUP_NAMED = Text("Named styles")
LOOK_GROUP_NONE = Text("No look")
LOOKS = {  # by key: its name, and what it is good for
    "minimalistic": (Text("Minimalistic"), Text("Calm and clear, for companies and software")),
    "cartoon": (Text("Cartoon"), Text("Drawn and friendly, for teaching")),
    "bold_vibrant": (Text("Bold and vibrant"), Text("Loud colours, for social media")),
    "cinematic": (Text("Cinematic"), Text("Like a film, for a brand's story")),
    "flat_design": (Text("Flat design"), Text("Simple shapes, for apps")),
    "gradient_modern": (Text("Gradient modern"), Text("Flowing colours, for start-ups")),
    "retro": (Text("Retro"), Text("Old times, for memories")),
    "deconstructed": (Text("Deconstructed"), Text("Raw, for news about technology")),
    "swiss_pulse": (Text("Swiss Pulse"), Text("Exact, for data and finance")),
    "digital_grid": (Text("Digital Grid"), Text("Technical, for engineering")),
    "geometric_bold": (Text("Geometric Bold"), Text("Few elegant shapes, for ideas")),
    "maximalist_type": (Text("Maximalist Type"), Text("Loud words, for launches")),
    "soft_signal": (Text("Soft Signal"), Text("Warm and close, for personal stories")),
    "warm_grain": (Text("Warm Grain"), Text("Natural, for sustainability")),
    "quiet_drama": (Text("Quiet Drama"), Text("Thoughtful, for portraits of people")),
    "heritage_reel": (Text("Heritage Reel"), Text("Nostalgic, for history")),
    "silk_route": (Text("Silk Route"), Text("Flowing, for many cultures")),
    "velvet_standard": (Text("Velvet Standard"), Text("Fine and quiet, for investors")),
    "contact_sheet": (Text("Contact Sheet"), Text("Like a magazine, for investigations")),
    "folk_frequency": (Text("Folk Frequency"), Text("Vivid and folksy, for festivals")),
    "earth_pulse": (Text("Earth Pulse"), Text("Rhythm and people, for music")),
    "dream_state": (Text("Dream State"), Text("Unreal and floating, for opinions")),
    "play_mode": (Text("Play Mode"), Text("Playful, for pop culture")),
    "carnival_surge": (Text("Carnival Surge"), Text("A party, for what was achieved")),
    "shadow_cut": (Text("Shadow Cut"), Text("Dark, for what was hidden")),
    "data_drift": (Text("Data Drift"), Text("Futuristic, for AI")),
    "red_wire": (Text("Red Wire"), Text("Urgent, for breaking news")),
    "none": (Text("None"), Text("HeyGen decides how it looks")),
}
