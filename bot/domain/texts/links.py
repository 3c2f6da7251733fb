"""What is said of links."""

from __future__ import annotations

from bot.domain.words import Text

ALLOWED_LINK_TYPES = Text("PNG, JPEG, MP4, WebM, MP3, WAV or PDF")
LINK_UNREADABLE = Text("“{link}” is not a link. Write one link in a line, beginning with https://.")
LINK_TOO_LONG = Text(
    "“{link}” has {count} characters; a link may have {most}. Attach the file itself."
)
LINK_NOT_HTTPS = Text(
    "“{link}” does not begin with https://, and HeyGen fetches nothing else. Use an https link, "
    "or attach the file itself."
)
LINK_WITH_LOGIN = Text(
    "“{link}” has an @ where a user name or a password would stand. Use a link without it, or "
    "attach the file itself."
)
LINK_WITH_PORT = Text("“{link}” names a port. Use a link without one, or attach the file itself.")
LINK_PRIVATE = Text(
    "“{link}” leads into a private network, where HeyGen cannot fetch it. Attach the file itself."
)
LINK_TO_SLACK = Text(
    "“{link}” leads into Slack, where HeyGen cannot read it. Attach the file itself."
)
LINK_TO_PAGE = Text(
    "“{link}” is a web page, and HeyGen takes files only. Paste its text into the prompt, or "
    "attach a file."
)
LINK_OTHER_TYPE = Text(
    "“{link}” leads to a type of file that HeyGen does not take from a link. Link to {allowed}, "
    "or attach a file."
)
LINK_TOO_LARGE = Text(
    "“{link}” has {size} MB; HeyGen fetches at most {most} MB from a link. Attach the file itself."
)
LINK_UNREACHABLE = Text("“{link}” could not be fetched: {reason}")
LINK_REASON_STATUS = Text("its server answers with status {status}.")
LINK_REASON_SILENT = Text("its server does not answer.")
LINK_REASON_REDIRECTS = Text("it leads on and on to other links.")
LINK_HINT = Text(
    "Press “Edit and run again” in the card, and attach the file itself or use a link that opens "
    "without a login."
)
