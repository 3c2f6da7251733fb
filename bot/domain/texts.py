"""Every sentence that people read in Slack, in one place, ready for translation.

Each is a Text (domain/words.py); bot/slack/locales/ has the same in other languages. Values in
braces are made safe for where they are shown before they come here. Words carry the meaning;
nothing hangs on a colour or an emoji.
"""

from __future__ import annotations

from bot.domain.words import Text

CARD_TITLE = Text("*Video for {requester}*")
CARD_TEXT = Text("Video for {requester}: {state}")
NO_PROMPT = Text("(no text)")

STATES = {  # by JobState
    "queued": Text("Waiting for its turn."),
    "submitting": Text("Being handed to HeyGen."),
    "rendering": Text("HeyGen is making the video."),
    "parked": Text("On hold: somebody has to look at it."),
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
NO_ATTACHMENTS = Text("no attachments")
ONE_ATTACHMENT = Text("1 attachment")
ATTACHMENTS = Text("{count} attachments")
PROGRESS = Text("{bar} {percent} percent")
PERCENT_DONE = Text("{percent} percent done.")
PLACE_NEXT = Text("It is next in the queue.")
PLACE = Text("It is number {place} in the queue.")
WAITING_FOR = Text("Why it waits: {reason}")
ELAPSED = Text("Time so far: {time}")
TOOK = Text("Time taken: {time}")
SESSION_LINK = Text("Look at it in HeyGen")
JOB_ID = Text("Job {job_id}")

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

RESULT = Text("{requester} your video is ready.")
RESULT_LENGTH = Text("It is {time} long.")
PAGE_LINK = Text("Watch the video")
VIDEO_LINK = Text("Download the video file")
VIDEO_LINK_NOTE = Text("(this link expires in about 7 days)")
ABOUT = Text("It is about: “{prompt}”")
NO_LINK_TO_SHOW = Text("Its link cannot be shown here. You will find the video in HeyGen.")

FAILURE = Text("{requester} this video could not be made.")
WHAT_TO_DO = Text("What to do: {hint}")
FAILURE_UNKNOWN = Text("The bot does not know the reason.")
FAILURE_HINT = Text(
    "Start it again with /video. If it happens again, tell whoever runs the video bot."
)

SLOW = Text(
    "This video is taking longer than usual ({time} so far). Nothing is lost: the bot keeps "
    "asking HeyGen and will post the video here."
)
PARKED = Text(
    "{requester} HeyGen did not answer when this video was handed over. The bot asked "
    "afterwards and could not find out whether HeyGen took the request. It was not sent "
    "again, so that nothing is paid twice."
)
PARKED_HINT = Text(
    "Please decide in the card: “Look again” asks HeyGen once more and costs nothing, “Send "
    "again” may cost twice. Whoever runs the video bot can help; name job {job_id}."
)

DETOUR = Text("This comes as a direct message because the bot could not post in {place}: {reason}")
DETOUR_UNTHREADED = Text(
    "This comes as a message of its own because the bot could not reply in {place}: {reason}"
)
DETOUR_UNNAMED_PLACE = Text("the conversation you chose")
DETOUR_UNKNOWN = Text("Slack refused it ({code}).")

MINUTES = Text("{minutes} min")
SECONDS = Text("{seconds} s")
HOURS = Text("{hours} h {minutes} min")
