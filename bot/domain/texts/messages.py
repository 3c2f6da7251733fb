"""The replies in the thread: result, failure, slow, on hold, and where they went instead."""

from __future__ import annotations

from bot.domain.words import Text

RESULT = Text("{requester} your video is ready.")
RESULT_LENGTH = Text("It is {time} long.")
RESULT_LENGTH_WISHED = Text("It is {time} long; you asked for about {wished}.")
PAGE_LINK = Text("Watch the video")
VIDEO_LINK = Text("Download the video file")
VIDEO_LINK_NOTE = Text("(this link expires in about 7 days)")
ABOUT = Text("It is about: “{prompt}”")
NO_LINK_TO_SHOW = Text("Its link cannot be shown here. You will find the video in HeyGen.")
FRESH_LINKS = Text("Here are fresh links to the video of job {job_id}. Only you see them.")
PREVIEW_ALT = Text("Preview picture of the video about: {prompt}")

FAILURE = Text("{requester} this video could not be made.")
WHAT_TO_DO = Text("What to do: {hint}")
FAILURE_UNKNOWN = Text("The bot does not know the reason.")
FAILURE_HINT = Text(
    "Press “Try again” in the card. If it happens again, tell whoever runs the video bot."
)

SLOW = Text(
    "This video is taking longer than usual ({time} so far). Nothing is lost: the bot keeps "
    "asking HeyGen and will post the video here."
)
PARKED = Text(
    "{requester} HeyGen did not answer when this video was handed over. HeyGen lists something "
    "that may be this video, and for an hour has refused to show it. The request was not sent "
    "again, so that nothing is paid twice."
)
PARKED_HINT = Text(
    "The bot keeps asking HeyGen and goes on by itself once the answer is clear. You need not "
    "wait: in the card “Look again” asks at once, “Send again” may cost twice. Whoever runs the "
    "video bot can help; name job {job_id}."
)

DETOUR = Text("This comes as a direct message because the bot could not post in {place}. {reason}")
DETOUR_UNTHREADED = Text(
    "This comes as a message of its own because the bot could not reply in {place}. {reason}"
)
DETOUR_UNNAMED_PLACE = Text("the conversation you chose")
