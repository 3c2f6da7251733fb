"""What is said of attached files, small and large (files/, heygen/uploads.py)."""

from __future__ import annotations

from bot.domain.words import Text

ALLOWED_TYPES = Text("PNG, JPEG, MP4, WebM, MP3, WAV, PDF or plain text (TXT, MD, CSV, SRT)")
A_FILE = Text("A file")
FILE_OTHER_TYPE = Text("“{name}” is of a type HeyGen does not take. Use {allowed}.")
FILE_OTHER_TYPE_INSTEAD = Text(
    "“{name}” is of a type HeyGen does not take. Save it as {instead} and attach that. "
    "Allowed are {allowed}."
)
FILE_EMPTY = Text("“{name}” is empty. Attach the file again, or remove it.")
FILE_TEXT_TOO_LONG = Text(
    "“{name}” is too long to read into the prompt: prompt and text files together may have "
    "{most} characters. Shorten it, or attach it as a PDF."
)
FILE_TOO_LARGE = Text("“{name}” has {size} MB; a file may have {most} MB. Use a smaller one.")
FILE_WITHOUT_BYTES = {  # by Slack's word for the kind of file
    "external": Text("“{name}” is kept outside Slack. Download it and attach the file itself."),
    "post": Text("“{name}” is a Slack post, not a file. Download it and attach the file itself."),
    "quip": Text("“{name}” is a canvas, not a file. Download it and attach the file itself."),
    "canvas": Text("“{name}” is a canvas, not a file. Download it and attach the file itself."),
    "tombstone": Text("“{name}” was deleted. Attach the file again, or remove it."),
    "hidden_by_limit": Text(
        "“{name}” is hidden by your workspace's storage limit. Attach the file again, or remove it."
    ),
}
FILE_LIES = Text("“{name}” is {kind}, which is not what its name says.")
FILE_LIES_HINT = Text("Press “Edit and run again” in the card and attach {allowed}.")
KIND_ZIP = Text("a ZIP archive or an Office document")
KIND_HEIC = Text("a HEIC picture")
KIND_GIF = Text("a GIF picture")
KIND_WEBP = Text("a WebP picture")
KIND_MOV = Text("a QuickTime video")
KIND_OTHER_MP4 = Text("a video or sound file that is no MP4")
KIND_MATROSKA = Text("a Matroska video")
KIND_OFFICE = Text("an old Office document")
KIND_NOT_UTF8 = Text("not text in UTF-8")
KIND_OF_TYPE = Text("of type {media_type}")
KIND_UNKNOWN = Text("something the bot does not know")
FILE_NOT_READABLE = Text("Slack does not let the bot read “{name}”, or is still checking it.")
FILE_NOT_SHOWN = Text("“{name}” cannot be used. {reason}")
START_AGAIN = Text("Press “Edit and run again” in the card for that.")
DISK_FULL = Text("The computer of the video bot has no room left for a file.")
DISK_FULL_HINT = Text(
    "Nothing to do: the bot tries again by itself once whoever runs it has made room."
)
TEXTS_TOO_LONG = Text(
    "The prompt and its text files are {excess} characters longer than the {most} HeyGen takes "
    "together."
)
TEXTS_TOO_LONG_HINT = Text(
    "Shorten the text file or save it as a PDF; then press “Edit and run again” in the card and "
    "attach that."
)
UPLOADING = Text("Uploading attachments: {ready} of {count} done.")

# -- files that are larger than HeyGen takes in one piece

ASSET_TOO_LARGE = Text("“{name}” has {size} MB; HeyGen takes files of up to {most} MB.")
ASSET_FAILED = Text("HeyGen could not read an attached file.")
STORAGE_AWAY = Text("HeyGen's storage could not be reached with an attached file.")
STORAGE_SLOW = Text("An attached file took too long on its way to HeyGen.")
STORAGE_REFUSED = Text("HeyGen's storage did not take an attached file.")
STORAGE_UNSAFE = Text("HeyGen named no safe address for an attached file.")
