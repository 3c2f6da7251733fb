"""Slack's answers -> our errors: one table for every error word, read by whoever calls Slack.

Source of the codes and reactions: FACTS of Slack, section 6, "What to do on an error".
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.domain.errors import (
    SlackBusy,
    SlackError,
    SlackOutcomeUnknown,
    SlackRefused,
    SlackUnavailable,
)

CALL_TIMEOUT_S = 10.0  # for one whole call; a hanging Slack must not hold the queue up for long
RETRY_AFTER_DEFAULT_S = 10.0  # when Slack says "slow down" and not for how long

BUSY = frozenset({"ratelimited", "rate_limited", "message_limit_exceeded"})
# May follow a success in part: for a post the outcome is unknown.
UNCLEAR = frozenset({"fatal_error", "internal_error", "service_unavailable", "request_timeout"})
# Slack is moving the team or the channel: no effect, and it passes by itself.
MIGRATING = frozenset({"org_login_required", "team_added_to_org", "external_channel_migrating"})
# Our message was too long or malformed: a plain short one may still go.
TOO_MUCH = frozenset(
    {
        "msg_too_long",
        "msg_blocks_too_long",
        "invalid_blocks",
        "invalid_blocks_format",
        "no_text",
    }
)

_INVITE = "To get videos there, invite the bot with /invite."
_OTHER_CHANNEL = "Choose another channel next time."
_POLICY = "Ask a workspace admin to let the bot post there, or choose another channel next time."
_OURS = "Tell whoever runs the video bot; its log has the details."
_REINSTALL = "Ask whoever runs the video bot to install it again with the rights it asks for."
_INSTALL = "Ask whoever runs the video bot to check that it is still installed."
_NO_THREAD = "A new message in the channel still works."
_ASK_PERSON = "Tell this person another way."
_ATTACH_AGAIN = "Attach the file again, or leave it out."

# code -> (what happened, what to do); reads as "… could not post in #channel: <what happened>"
REFUSALS: dict[str, tuple[str, str]] = {
    "not_in_channel": ("the bot is not a member of the channel.", _INVITE),
    "channel_not_found": ("the bot cannot see the channel.", _INVITE),
    "is_archived": ("the channel is archived.", _OTHER_CHANNEL),
    "is_inactive": ("the channel is archived.", _OTHER_CHANNEL),
    "channel_is_frozen": ("the channel is frozen.", _OTHER_CHANNEL),
    "method_not_supported_for_channel_type": ("the bot can only be invited there.", _INVITE),
    "cannot_reply_to_message": ("this message takes no replies.", _NO_THREAD),
    "thread_not_found": ("the thread is gone.", _NO_THREAD),
    "restricted_action_thread_locked": ("the thread is locked.", _NO_THREAD),
    "restricted_action_non_threadable_channel": ("the channel has no threads.", _NO_THREAD),
    "restricted_action": ("a workspace rule forbids it.", _POLICY),
    "restricted_action_read_only_channel": ("only some people may post there.", _POLICY),
    "restricted_action_thread_only_channel": ("the channel takes replies only.", _POLICY),
    "ekm_access_denied": ("the organisation has locked the channel.", _POLICY),
    "posting_to_channel_denied": ("a workspace rule forbids it.", _POLICY),
    "message_not_found": ("the message is gone.", "A new message is posted instead."),
    "cant_update_message": ("the message cannot be edited.", "A new message is posted instead."),
    "edit_window_closed": ("the message is too old to edit.", "A new message is posted instead."),
    "block_mismatch": ("the message cannot be edited.", "A new message is posted instead."),
    "msg_too_long": ("the message was too long for Slack.", _OURS),
    "msg_blocks_too_long": ("the message was too long for Slack.", _OURS),
    "invalid_blocks": ("Slack did not understand the message.", _OURS),
    "invalid_blocks_format": ("Slack did not understand the message.", _OURS),
    "no_text": ("the message was empty.", _OURS),
    "token_expired": ("the bot's access to Slack has run out.", _INSTALL),
    "token_revoked": ("the bot was removed from this workspace.", _INSTALL),
    "account_inactive": ("the bot was removed from this workspace.", _INSTALL),
    "invalid_auth": ("Slack does not know the bot's token.", _INSTALL),
    "not_authed": ("the bot has no token for Slack.", _INSTALL),
    "team_access_not_granted": ("the bot is not installed in this workspace.", _INSTALL),
    "missing_scope": ("the bot was installed without a right it needs.", _REINSTALL),
    "not_allowed_token_type": ("the bot's token may not do this.", _REINSTALL),
    "no_permission": ("the bot was installed without a right it needs.", _REINSTALL),
    "user_disabled": ("this person's account is switched off.", _ASK_PERSON),
    "user_not_found": ("Slack does not know this person.", _ASK_PERSON),
    "user_not_visible": ("the bot cannot see this person.", _ASK_PERSON),
    "messages_tab_disabled": ("the bot's direct messages are switched off.", _REINSTALL),
    "file_not_found": ("Slack does not have this file.", _ATTACH_AGAIN),
    "file_deleted": ("the file was deleted.", _ATTACH_AGAIN),
    "not_visible": ("the bot cannot see this file.", _ATTACH_AGAIN),
}
_METADATA = ("Slack did not take the message's metadata.", _OURS)
_GENERAL_HINT = "Choose another channel, or tell whoever runs the video bot."


@asynccontextmanager
async def slack_call(*, may_repeat: bool) -> AsyncIterator[None]:
    """Everything that goes wrong in one Slack call comes out as a SlackError, in time.

    `may_repeat` is True for reads and edits: doing them twice changes nothing, so a lost
    answer is SlackUnavailable there and SlackOutcomeUnknown everywhere else.
    """
    try:
        async with asyncio.timeout(CALL_TIMEOUT_S):
            yield
    except SlackApiError as error:
        raise from_answer(error.response, may_repeat=may_repeat) from error
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
        raise SlackUnavailable(code="not_connected") from error
    except aiohttp.ClientHttpProxyError as error:
        raise SlackUnavailable(code="proxy_refused") from error
    except TimeoutError as error:
        raise unclear("timeout", may_repeat=may_repeat) from error
    except (aiohttp.ClientError, OSError) as error:
        raise unclear("connection_lost", may_repeat=may_repeat) from error
    except (SlackClientError, LookupError, AttributeError, TypeError, ValueError) as error:
        # The SDK stumbles over an answer that is no JSON object, and we over one without its ids.
        raise unclear("unreadable_answer", may_repeat=may_repeat) from error


def from_answer(answer: Any, *, may_repeat: bool) -> SlackError:
    """The error for an answer of Slack's that was not ok, as the SDK hands it over."""
    status = int(getattr(answer, "status_code", 0) or getattr(answer, "status", 0) or 0)
    headers: Mapping[str, str] = getattr(answer, "headers", None) or {}
    data = getattr(answer, "data", None)
    body: Mapping[str, Any] = data if isinstance(data, dict) else {}
    code = body.get("error")
    if status == 429 or code in BUSY:
        return SlackBusy(retry_after_s(headers), code=str(code or "ratelimited"))
    if not isinstance(code, str) or not code or status >= 500:
        return unclear(f"http_{status}", may_repeat=may_repeat)
    if code in UNCLEAR:
        return unclear(code, may_repeat=may_repeat)
    if code in MIGRATING:
        return SlackUnavailable("Slack is moving this workspace or channel.", code=code)
    return refused(code, needed=str(body.get("needed") or ""))


def unclear(code: str, *, may_repeat: bool) -> SlackError:
    """No clear answer came; what that means depends on whether the call may be repeated."""
    return SlackUnavailable(code=code) if may_repeat else SlackOutcomeUnknown(code=code)


def refused(code: str, *, needed: str = "") -> SlackRefused:
    """The refusal with this code, in words for a person."""
    known = _METADATA if is_metadata_fault(code) else REFUSALS.get(code)
    what, hint = known or (f"Slack refused it ({code}).", _GENERAL_HINT)
    if needed:
        hint = f"{hint} Missing: {needed}."
    return SlackRefused(what[0].upper() + what[1:], code=code, hint=hint)


def is_metadata_fault(code: str) -> bool:
    """Slack refused the metadata; without it the message may go."""
    return code.startswith(("metadata_", "invalid_metadata_"))


def is_message_fault(code: str) -> bool:
    """Slack refused length or blocks; a plain short message may go."""
    return code in TOO_MUCH


def retry_after_s(headers: Mapping[str, str]) -> float:
    """Slack's Retry-After in seconds, or a careful guess when it is missing or odd."""
    value = headers.get("Retry-After") or ""
    return float(value) if value.isascii() and value.isdigit() else RETRY_AFTER_DEFAULT_S
