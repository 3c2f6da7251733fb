"""A workspace's own HeyGen key: in the Home tab, in its form, and where there is none."""

from __future__ import annotations

from bot.domain.words import Text

NO_KEY = Text(
    "Video Bot has no HeyGen key yet, so it can't make videos. Ask an admin of your workspace to "
    "open my Home tab and press “Connect HeyGen”."
)
WAITS_FOR_KEY = Text(
    "Video Bot has no HeyGen key. An admin of your workspace can connect one in my Home tab."
)
WORKSPACE_KEY_REFUSED = Text(
    "HeyGen doesn't accept your workspace's key any more. An admin can replace it in my Home tab."
)

HOME_KEY_OWN = Text("HeyGen is connected by {who} since {date}.")
HOME_KEY_DEFAULT = Text(
    "Your videos are made with the HeyGen account of whoever runs this bot. You can connect your "
    "workspace's own."
)
HOME_KEY_NONE = Text(
    "Video Bot has no HeyGen key yet. Ask an admin of this workspace to connect one here."
)
HOME_KEY_NONE_ADMIN = Text(
    "Video Bot has no HeyGen key yet, so it can't make videos. You're an admin here: connect your "
    "workspace's HeyGen account to begin."
)
HOME_BUTTON_CONNECT = Text("Connect HeyGen")  # 24 characters: the form is titled so, too
HOME_BUTTON_REPLACE_KEY = Text("Replace key")
HOME_BUTTON_REMOVE_KEY = Text("Remove key")
CONFIRM_REMOVE_KEY = Text(
    "Videos under way are finished with this key, then it's forgotten. Waiting videos wait until "
    "an admin connects another key."
)
CONFIRM_REMOVE_KEY_DEFAULT = Text(
    "Videos under way are finished with this key, then it's forgotten. Waiting and new videos are "
    "made with the HeyGen account of whoever runs this bot."
)

KEY_FORM_SUBMIT = Text("Connect")  # 24 characters
KEY_FORM_INTRO = Text(
    "Your workspace's videos are made with this HeyGen account and paid from it. You find its API "
    "key at {link}."
)
FIELD_KEY = Text("HeyGen API key")
FIELD_KEY_HINT = Text(
    "Only admins see this form. HeyGen is asked whether the key is good; then it's kept encrypted "
    "and never shown again."
)
KEY_CONNECTED = Text(
    "HeyGen is connected. Videos that were waiting are sent now. To make one, type `/video` in any "
    "conversation."
)

KEY_ADMINS_ONLY = Text("Only admins of this workspace can connect HeyGen.")
KEY_MISSHAPEN = Text("This doesn't look like an API key. Copy the whole key, without spaces.")
KEY_REFUSED = Text("HeyGen doesn't accept this key. Copy it again, or make a new one in HeyGen.")
KEY_OF_NO_USE = Text("{message} Once that's settled in HeyGen, send this form again.")
KEY_NOT_CHECKED = Text(
    "HeyGen can't be asked about this key right now. Nothing is lost: send this form again in a "
    "minute."
)
KEY_CHECK_SLOW = Text(
    "HeyGen hasn't answered yet. Nothing is lost: wait a few seconds and send this form again."
)
