"""Mentions, direct messages, shortcuts."""

from __future__ import annotations

from bot.domain.words import Text

MENTION_ANSWER = Text(
    "I can make a video of that. Nothing is made yet: the form has your words in it, and the video "
    "comes to this conversation."
)
MENTION_EMPTY = Text(
    "I make videos. Open the form and say in one sentence what it should be about; the video comes "
    "to this conversation. Or mention me together with those words."
)
BUTTON_FORM = Text("Fill in the form")
REVISION_EMPTY = Text(
    "To change the video in this thread, mention me and say what should be different. For a new "
    "video, open the form."
)
REVISION_ANSWER = Text(
    "I can make a new version of the video in this thread with this change. Nothing is made yet; a "
    "new version costs like a new video.\n{change}"
)
REVISION_WITH_FILES = Text(
    "I can make a new version of the video in this thread with this change and your files. Nothing "
    "is made yet: the form has them in it.\n{change}"
)
BUTTON_CHANGE = Text("Make this change")
CONFIRM_CHANGE = Text(
    "This makes a new video from the same request with this change. It costs like any new video "
    "and comes to this thread."
)
CONFIRM_CHANGE_YES = Text("Make the video")
BUTTON_CHANGE_FORM = Text("Change it in the form")
CHANGE_STARTED = Text(
    "{requester} asked for a new version of the video, as job {job_id}.\n{change}"
)
DRAFT_GONE = Text(
    "This button is more than a week old, and the bot has forgotten what it was for. Write to it "
    "once more."
)
