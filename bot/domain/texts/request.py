"""What is refused beside the fields of the form."""

from __future__ import annotations

from bot.domain.words import Text

PROMPT_MISSING = Text("Say what the video should be about; one sentence is enough.")
PROMPT_TOO_LONG = Text(
    "This is {count} characters long; HeyGen takes at most {most}. Shorten it by {excess}."
)
PROMPT_TOO_LONG_COMPOSED = Text(
    "With your other answers and the bot's directions this is longer than the {most} characters "
    "HeyGen takes. Shorten it by {excess}."
)
CHANNEL_MISSING = Text("Choose the channel that should get the video.")
ATTACHMENTS_TOO_MANY = Text(
    "These are {count} files and links together; at most {most} fit. Remove {excess}."
)
NOTE_WITHOUT_ATTACHMENT = Text(
    "There is nothing attached that “{line}” could be about. Attach a file or a link, or remove "
    "the line."
)
NOTE_UNKNOWN = Text(
    "“{line}” names none of the attachments. Begin each line with a name or its number: {names}."
)
