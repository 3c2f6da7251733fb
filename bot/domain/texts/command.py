"""/video."""

from __future__ import annotations

from bot.domain.words import Text

HELP = Text(
    "`/video` opens a form: say what the video should be about, choose an orientation, attach "
    "files if you like. The finished video comes to the channel you choose.\n"
    "`/video some words` opens the same form with your words in it.\n"
    "`/video list` shows your newest videos.\n"
    "`/video status` and the number of a job tells where it stands.\n"
    "`/video cancel` and the number of a job ends it.\n"
    "`/video help` shows this.\n"
    "You can also mention the bot, write to it directly, or choose “Make a video of this” in the "
    "menu of a message. To change a video, mention the bot in its thread and say what should be "
    "different. All your videos are in the bot's Home tab."
)
UNKNOWN_COMMAND = Text(
    "I do not know `/video {word}`. Type `/video` to make a video, or `/video` and a few words "
    "about it. `/video help` says more."
)
