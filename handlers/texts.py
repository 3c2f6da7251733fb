"""What people read outside the thread: answers to commands and to what went wrong there."""

from __future__ import annotations

from bot.slack.ids import COMMAND
from bot.slack.mrkdwn import one_line

HELP = (
    f"`{COMMAND}` opens a form: say what the video should be about, choose an orientation, attach "
    "files if you like. The finished video comes to the channel you choose.\n"
    f"`{COMMAND} some words` opens the same form with your words in it.\n"
    f"`{COMMAND} help` shows this."
)
COMPOSER_NOT_OPENED = (
    f"Slack did not let me open the form in time. Nothing was lost; type `{COMMAND}` again."
)

BUTTON_NOT_SAVED = (
    "The video bot cannot save this right now; nothing was changed. "
    "Press the button again in a minute."
)


def unknown_command(word: str) -> str:
    """One word is no prompt and no command that we know."""
    shown = one_line(word.replace("`", "'"), 40)
    return (
        f"I do not know `{COMMAND} {shown}`. Type `{COMMAND}` to make a video, "
        f"or `{COMMAND}` and a few words about it. `{COMMAND} help` says more."
    )
