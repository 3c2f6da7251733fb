"""The Home tab."""

from __future__ import annotations

from bot.domain.words import Text

HOME_TITLE = Text("Your videos")
HOME_EMPTY = Text(
    "You have not asked for a video yet. Press “New video”, or type `/video` in any conversation."
)
HOME_NO_MORE = Text("There are no older videos.")
HOME_BUTTON_NEW = Text("New video")
HOME_BUTTON_NEWER = Text("Newer")
HOME_BUTTON_OLDER = Text("Older")
HOME_PAGE = Text("Page {number}")
