"""What went wrong: by class (domain/errors.py), or where somebody clicked (handlers/errors.py)."""

from __future__ import annotations

from bot.domain.words import Text

WENT_WRONG = Text("Something went wrong.")
WENT_WRONG_HINT = Text(
    "Try again in a few minutes. If it happens again, tell whoever runs the video bot."
)
REQUEST_REFUSED = Text("The request cannot be taken as it is.")
REQUEST_REFUSED_HINT = Text("Change the fields named and send it again.")
ATTACHMENT_UNUSABLE = Text("An attachment could not be used.")
ATTACHMENT_UNUSABLE_HINT = Text(
    "Press “Edit and run again” in the card, and attach it again or leave it out."
)
CONTROL_REFUSED = Text("This cannot be done with this video now.")
CONTROL_REFUSED_HINT = Text("The card shows where the video stands.")
NOT_YOURS = Text(
    "Only the person who asked for this video, or an admin of the workspace, can do that."
)
NOT_YOURS_HINT = Text("Ask one of them.")
JOB_UNKNOWN = Text("The video bot does not know this job.")
JOB_UNKNOWN_HINT = Text("Check its number; the card shows it.")
NOT_SAVED = Text("The video bot cannot save your request right now.")
NOT_SAVED_HINT = Text("Nothing was lost: your text is still here. Try again in a minute.")
STORE_REFUSED = Text("The database refused a change that would have made its contents wrong.")
STORE_REFUSED_HINT = Text(
    "Nothing was changed. Tell whoever runs the video bot; the log names the rule."
)
SHUTTING_DOWN = Text("The video bot is shutting down.")

HEYGEN_COULD_NOT = Text("HeyGen could not do this.")
HEYGEN_REFUSED = Text("HeyGen did not accept this request.")
HEYGEN_ID_UNKNOWN = Text("HeyGen does not know this id (any more).")
HEYGEN_BUSY = Text("HeyGen is busy with this account's other videos.")
HEYGEN_BLOCKED = Text("HeyGen does not accept requests of this account at the moment.")
HEYGEN_BLOCKED_HINT = Text(
    "Your request waits and is sent by itself once whoever runs the video bot has fixed it."
)
HEYGEN_UNREACHABLE = Text("HeyGen could not be reached.")
HEYGEN_OUTAGE = Text(
    "HeyGen does not answer at the moment. Your request is kept and is sent by itself as soon as "
    "HeyGen is back."
)
UNANSWERED_FOR_A_DAY = Text(
    "HeyGen gave no clear answer to this request for a day, and shows no video that came of it."
)
UNANSWERED_FOR_A_DAY_HINT = Text("Press “Try again” in the card to hand it over anew.")
HEYGEN_UNANSWERED = Text("HeyGen did not answer in time; the request may have arrived.")
HEYGEN_UNANSWERED_HINT = Text(
    "Nothing to do: the bot asks HeyGen whether it arrived before sending anything again."
)
CHANGE_REQUEST = Text("Press “Edit and run again” in the card and change the request.")
REQUEST_WAITS = Text("Nothing to do: the request waits and is sent again by itself.")
BOT_TRIES_AGAIN = Text("Nothing to do: the bot tries again by itself.")

SLACK_COULD_NOT = Text("Slack could not do this.")
SLACK_SLOW_DOWN = Text("Slack asks the bot to slow down.")
SLACK_UNREACHABLE = Text("Slack could not be reached.")
SLACK_UNCLEAR = Text("Slack did not answer clearly; the call may have had its effect.")

# -- what went wrong where somebody clicked or typed

WENT_WRONG_TITLE = Text("This did not work")  # of a modal: 24 characters
CLOSE = Text("Close")
NOTHING_CHANGED_HINT = Text("Nothing was changed. Try again in a minute.")
UNKNOWN_CLICK = Text("The video bot does not know this (any more).")
UNKNOWN_CLICK_HINT = Text("It may come from an older version of the bot. Type /video to go on.")
