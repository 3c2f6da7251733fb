"""Lists of one's videos: /video list, /video status, the Home tab."""

from __future__ import annotations

from bot.domain.words import Text

LISTED_STATES = {  # by JobState; read away from the card
    "queued": Text("Waiting for its turn."),
    "submitting": Text("Being handed to HeyGen."),
    "rendering": Text("HeyGen is making the video."),
    "parked": Text("On hold: what HeyGen shows is not clear yet."),
    "completed": Text("Finished."),
    "failed": Text("This did not work."),
    "cancelled": Text("Cancelled."),
}
WHAT_NEXT = {  # by JobState
    "queued": Text("It starts as soon as a video before it is done; nothing to do for you."),
    "submitting": Text("HeyGen is getting it at this moment; nothing to do for you."),
    "rendering": Text("The finished video comes to its thread; nothing to do for you."),
    "parked": Text(
        "The bot keeps asking HeyGen and goes on by itself; whoever does not want to wait chooses "
        "in its card."
    ),
    "completed": Text("The video is in its thread."),
    "failed": Text("Its thread says why, and what to do."),
    "cancelled": Text("Nothing more will happen."),
}
LISTED_FACTS = Text("{orientation} · {time} · Job {job_id}")
OPEN_THREAD = Text("Open its thread")
LIST_TITLE = Text("*Your newest videos*")
LIST_EMPTY = Text(
    "You have not asked for a video yet. Type `/video` and say in one sentence what it should be "
    "about."
)
LIST_HINT = Text("`/video status` and a job's number tells more, `/video cancel` ends it.")
STATUS_TITLE = Text("*Job {job_id}*")
STATUS_WHICH = Text(
    "Which one? Type `/video status` and the number of a job; `/video list` shows yours."
)
CANCEL_WHICH = Text(
    "Which one? Type `/video cancel` and the number of a job; `/video list` shows yours."
)
CANCELLED_NOW = Text("Job {job_id} is cancelled. No video will come.")
