"""The card, its times and its buttons (75 characters, questions 300, answers 30)."""

from __future__ import annotations

from bot.domain.words import Text

MINUTES = Text("{minutes} min")
SECONDS = Text("{seconds} s")
HOURS = Text("{hours} h {minutes} min")

# -- the card

CARD_TITLE = Text("*Video for {requester}*")
CARD_TEXT = Text("Video for {requester}: {state}")
NO_PROMPT = Text("(no text)")
CARD_CHANGE = Text("With this change:\n{change}")

STATES = {  # by JobState
    "queued": Text("Waiting for its turn."),
    "submitting": Text("Being handed to HeyGen."),
    "rendering": Text("HeyGen is making the video."),
    "parked": Text("On hold: what HeyGen shows is not clear yet."),
    "completed": Text("Finished. The video is in the reply below."),
    "failed": Text("This did not work. The reply below says why."),
    "cancelled": Text("Cancelled. Nothing more will happen."),
}
RETRYING = Text(
    "HeyGen failed without a reason, so the bot is trying once more with a shorter prompt."
)
ORIENTATIONS = {  # by Orientation
    "landscape": Text("Landscape"),
    "portrait": Text("Portrait"),
}
ATTACHMENTS = Text("{count} attachments", one="1 attachment")
CHOICE_AVATAR = Text("avatar {name}")
CHOICE_VOICE = Text("voice {name}")
CHOICE_STYLE = Text("style {name}")
CHOICE_BRAND_KIT = Text("brand kit {name}")
CHOICE_LENGTH = Text("about {time}")
CHOICE_LANGUAGE = Text("in {language}")
VARIATION_OF = Text("Made after job {job_id}")
NO_FILE = Text(
    "The video file is not in the thread. {reason} The links in the reply below lead to the video."
)
FILE_UNCLEAR = Text(
    "Slack did not tell whether the video file has come into the thread. The links in the reply "
    "below lead to the video."
)
NO_FILE_REASONS = {  # by Slack's word, HeyGen's or ours
    "file_upload_size_restricted": Text("It is larger than this workspace takes."),
    "file_uploads_disabled": Text("This workspace takes no files."),
    "file_uploads_except_images_disabled": Text("This workspace takes pictures only."),
    "file_type_not_allowed": Text("This workspace takes no files of this type."),
    "storage_limit_reached": Text("This workspace has no room left for files."),
    "max_file_sharing_exceeded": Text("This file is shared in as many places as Slack allows."),
    "file_share_limit_reached": Text("This workspace shares no more files at the moment."),
    "slack_connect_file_upload_sharing_blocked": Text(
        "Files may not be shared with the other organisation here."
    ),
    "missing_scope": Text("The bot was installed without the right to share files."),
    "too_large": Text("It is larger than the bot may post."),
    "link_expired": Text("HeyGen does not give it out any more."),
    "not_found": Text("HeyGen does not give it out any more."),
    "not_made": Text("HeyGen does not give it out any more."),
    "download_failed": Text("It could not be fetched from HeyGen."),
}
NO_FILE_UNKNOWN = Text("Something went wrong ({code}).")
PROGRESS = Text("{bar} {percent} percent")
PERCENT_DONE = Text("{percent} percent done.")
PLACE_NEXT = Text("It is next in the queue.")
PLACE = Text("It is number {place} in the queue.")
WAITING_FOR = Text("Why it waits: {reason}")
ELAPSED = Text("Time so far: {time}")
TOOK = Text("Time taken: {time}")
SESSION_LINK = Text("Look at it in HeyGen")
JOB_ID = Text("Job {job_id}")

# -- the buttons of the card

BUTTON_CANCEL = Text("Cancel")
BUTTON_RETRY = Text("Try again")
BUTTON_LOOK_AGAIN = Text("Look again")
BUTTON_SEND_AGAIN = Text("Send again (may cost twice)")
CONFIRM_NO = Text("Go back")
CONFIRM_CANCEL = Text("No video will come. What HeyGen has made so far may still be charged.")
CONFIRM_CANCEL_YES = Text("Cancel the video")
CONFIRM_SEND = Text(
    "HeyGen may have taken the first request. If it has, the same video is made and paid for "
    "a second time."
)
CONFIRM_SEND_YES = Text("Send again")
BUTTON_VARY = Text("Make a variation")
BUTTON_EDIT = Text("Edit and run again")
BUTTON_TURN = {  # by the orientation it has now
    "landscape": Text("Make it portrait"),
    "portrait": Text("Make it landscape"),
}
CONFIRM_TURN = Text(
    "This makes a new video from the same request. It costs like any new video and comes to this "
    "thread."
)
CONFIRM_TURN_YES = Text("Make the video")
BUTTON_FRESH_LINK = Text("Fresh link")
BUTTON_OPEN_IN_HEYGEN = Text("Open in HeyGen")
BUTTON_DETAILS = Text("Details")
