"""The modal that takes a request: one screen, nothing to scroll past for the simple case."""

from __future__ import annotations

from typing import Any

from bot.domain.video_request import ALLOWED_FILETYPES, MODAL_FILES_MAX, Orientation
from bot.slack import ids

TEXT_INPUT_MAX_CHARS = 3_000  # Slack, plain_text_input (FACTS section 2)

_ORIENTATIONS = {
    Orientation.LANDSCAPE: "Landscape (16:9), for screens and slides",
    Orientation.PORTRAIT: "Portrait (9:16), for phones and stories",
}


def composer_view(
    *, prompt: str = "", orientation: Orientation = Orientation.LANDSCAPE
) -> dict[str, Any]:
    """The `video_composer` modal; a longer prompt than Slack's field takes is cut to fit it."""
    return {
        "type": "modal",
        "callback_id": ids.VIDEO_COMPOSER,
        "title": _plain("Make a video"),
        "submit": _plain("Make video"),
        "close": _plain("Cancel"),
        "blocks": [
            _prompt_block(prompt[:TEXT_INPUT_MAX_CHARS]),
            _orientation_block(orientation),
            _attachments_block(),
            _channel_block(),
        ],
    }


def _plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def _input(block_id: str, label: str, element: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "type": "input",
        "block_id": block_id,
        "label": _plain(label),
        "element": {"action_id": block_id, **element},
        **more,
    }


def _prompt_block(prompt: str) -> dict[str, Any]:
    element: dict[str, Any] = {
        "type": "plain_text_input",
        "multiline": True,
        "max_length": TEXT_INPUT_MAX_CHARS,
        "focus_on_load": True,
        "placeholder": _plain("A 45-second welcome for new colleagues: who we are, first steps …"),
    }
    if prompt:
        element["initial_value"] = prompt
    hint = "Topic, audience, tone and length help most. A longer script can come as a text file."
    return _input(ids.PROMPT, "What should the video say?", element, hint=_plain(hint))


def _orientation_block(chosen: Orientation) -> dict[str, Any]:
    options = {
        orientation: {"text": _plain(text), "value": orientation.value}
        for orientation, text in _ORIENTATIONS.items()
    }
    element = {
        "type": "radio_buttons",
        "options": list(options.values()),
        "initial_option": options[chosen],
    }
    return _input(ids.ORIENTATION, "Orientation", element)


def _attachments_block() -> dict[str, Any]:
    element = {
        "type": "file_input",
        "filetypes": list(ALLOWED_FILETYPES),
        "max_files": MODAL_FILES_MAX,
    }
    hint = "Logos, pictures, clips, a PDF or a script; up to 10 files of 10 MB."
    return _input(ids.ATTACHMENTS, "Attachments", element, optional=True, hint=_plain(hint))


def _channel_block() -> dict[str, Any]:
    element = {
        "type": "conversations_select",
        "default_to_current_conversation": True,
        "filter": {
            "include": ["public", "private"],
            "exclude_bot_users": True,
        },
    }
    hint = "Leave it empty to get the video in a direct message from me."
    return _input(ids.CHANNEL, "Where should it go?", element, optional=True, hint=_plain(hint))
