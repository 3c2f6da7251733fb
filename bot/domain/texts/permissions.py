"""What a person may ask of a job, and why not (domain/job/permissions.py)."""

from __future__ import annotations

from bot.domain.words import Text

CANCELLED_ALREADY = Text("This video is cancelled already.")
LOOKING_AGAIN = Text(
    "The bot asks HeyGen now. If the answer is clear, the video goes on by itself; if not, it "
    "stays on hold and the bot keeps asking."
)
AT_IT_ALREADY = Text("The bot is at it already: the card shows where the video stands.")
VIDEO_HAS_COME = Text("The video has come: it is in the thread.")
NOTHING_TO_CANCEL = Text("This video is at its end: there is nothing left to cancel.")
NOTHING_TO_CANCEL_HINT = Text("The card shows what became of it.")
STILL_UNDER_WAY = Text("This video is still under way.")
STILL_UNDER_WAY_HINT = Text("Wait for it, or cancel it first, and then try again.")
NOTHING_TO_LOOK_FOR = Text(
    "There is nothing to look for: HeyGen has told how this video ended, or nobody asked for it "
    "any more."
)
NOT_ON_HOLD = Text("Only a video that is on hold can be sent again.")
MAKE_ANEW_HINT = Text("To make it anew, press “Try again”.")
NO_VIDEO_TO_LINK = Text("There is no finished video here to link to.")
NO_VIDEO_TO_LINK_HINT = Text("The card shows where it stands.")
OUTSIDER = Text("Only people of the workspace that runs the video bot can do that.")
OUTSIDER_HINT = Text("Ask somebody there to do it.")
TRIED_ALREADY = Text("The bot has tried this one again already, as job {job_id}.")
MADE_ALREADY = Text("The bot has taken that already, as job {job_id}.")
