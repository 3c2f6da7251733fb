"""Every sentence that the bot's messages in Slack may hold, in one place, ready for translation.

Values in braces are escaped before they come here. Words carry the meaning; nothing hangs on a
colour or an emoji.
"""

from __future__ import annotations

from bot.domain.job import JobState
from bot.domain.video_request import Orientation

CARD_TITLE = "*Video for {requester}*"
CARD_TEXT = "Video for {requester}: {state}"
NO_PROMPT = "(no text)"

STATES = {
    JobState.QUEUED: "Waiting for its turn.",
    JobState.SUBMITTING: "Being handed to HeyGen.",
    JobState.RENDERING: "HeyGen is making the video.",
    JobState.PARKED: "On hold: somebody has to look at it.",
    JobState.COMPLETED: "Finished. The video is in the reply below.",
    JobState.FAILED: "This did not work. The reply below says why.",
    JobState.CANCELLED: "Cancelled. Nothing more will happen.",
}
RETRYING = "HeyGen failed without a reason, so the bot is trying once more with a shorter prompt."
ORIENTATIONS = {Orientation.LANDSCAPE: "Landscape", Orientation.PORTRAIT: "Portrait"}
NO_ATTACHMENTS = "no attachments"
ONE_ATTACHMENT = "1 attachment"
ATTACHMENTS = "{count} attachments"
PROGRESS = "{bar} {percent} percent"
PERCENT_DONE = "{percent} percent done."
PLACE_NEXT = "It is next in the queue."
PLACE = "It is number {place} in the queue."
WAITING_FOR = "Why it waits: {reason}"
ELAPSED = "Time so far: {time}"
TOOK = "Time taken: {time}"
SESSION_LINK = "Look at it in HeyGen"
JOB_ID = "Job {job_id}"

BUTTON_CANCEL = "Cancel"
BUTTON_RETRY = "Try again"
BUTTON_LOOK_AGAIN = "Look again"
BUTTON_SEND_AGAIN = "Send again (may cost twice)"
CONFIRM_NO = "Go back"
CONFIRM_CANCEL = "No video will come. What HeyGen has made so far may still be charged."
CONFIRM_CANCEL_YES = "Cancel the video"
CONFIRM_SEND = (
    "HeyGen may have taken the first request. If it has, the same video is made and paid for "
    "a second time."
)
CONFIRM_SEND_YES = "Send again"

RESULT = "{requester} your video is ready."
RESULT_LENGTH = "It is {time} long."
PAGE_LINK = "Watch the video"
VIDEO_LINK = "Download the video file"
VIDEO_LINK_NOTE = "(this link expires in about 7 days)"
ABOUT = "It is about: “{prompt}”"
NO_LINK_TO_SHOW = "Its link cannot be shown here. You will find the video in HeyGen."

FAILURE = "{requester} this video could not be made."
WHAT_TO_DO = "What to do: {hint}"
FAILURE_UNKNOWN = "The bot does not know the reason."
FAILURE_HINT = "Start it again with /video. If it happens again, tell whoever runs the video bot."

SLOW = (
    "This video is taking longer than usual ({time} so far). Nothing is lost: the bot keeps "
    "asking HeyGen and will post the video here."
)
PARKED = (
    "{requester} HeyGen did not answer when this video was handed over. The bot asked "
    "afterwards and could not find out whether HeyGen took the request. It was not sent "
    "again, so that nothing is paid twice."
)
PARKED_HINT = (
    "Please decide in the card: “Look again” asks HeyGen once more and costs nothing, “Send "
    "again” may cost twice. Whoever runs the video bot can help; name job {job_id}."
)

DETOUR = "This comes as a direct message because the bot could not post in {place}: {reason}"
DETOUR_UNTHREADED = (
    "This comes as a message of its own because the bot could not reply in {place}: {reason}"
)
DETOUR_UNNAMED_PLACE = "the conversation you chose"
DETOUR_UNKNOWN = "Slack refused it ({code})."

MINUTES = "{minutes} min"
SECONDS = "{seconds} s"
HOURS = "{hours} h {minutes} min"
