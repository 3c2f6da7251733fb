"""The details of a job (title 24 characters)."""

from __future__ import annotations

from bot.domain.words import Text

DETAILS_TITLE = Text("Details")
DETAILS_ASKED = Text("Asked for {time} by {requester}")
DETAILS_CHOICES = Text("Choices")
DETAILS_ATTACHMENTS = Text("Attachments")
DETAILS_HISTORY = Text("What happened")
DETAILS_PROMPT_SENT = Text("The prompt as it was sent to HeyGen")
DETAILS_PROMPT = Text("The prompt")
DETAILS_NOT_OPENED = Text("Slack did not let the bot show it in time. Choose it again in the menu.")
STATES_SHORT = {  # by JobState
    "queued": Text("put into the queue"),
    "submitting": Text("being handed to HeyGen"),
    "rendering": Text("taken by HeyGen"),
    "parked": Text("put on hold"),
    "completed": Text("finished"),
    "failed": Text("failed"),
    "cancelled": Text("cancelled"),
}
