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

CHANGE_MISSING = Text("Say what should be different; a few words are enough.")
LENGTH_WRONG = Text("Write a whole number of seconds from {least} to {most}.")
CHOICE_GONE = Text("HeyGen does not have “{name}” any more. Choose another, or the default.")
VOICE_SPEAKS_OTHER = Text(
    "“{name}” speaks {language}, and the video is to be in {wanted}. Choose another voice, or "
    "another language."
)
STYLE_FOR_ONE_SHAPE = {  # by Shape
    "landscape": Text(
        "The style “{name}” is for landscape videos only. Choose another style, or landscape."
    ),
    "portrait": Text(
        "The style “{name}” is for portrait videos only. Choose another style, or portrait."
    ),
    "square": Text("The style “{name}” is for square videos only. Choose another style."),
}
