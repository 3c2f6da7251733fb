"""Slack's answers -> our errors: one table for every error word, read by whoever calls Slack.

Source of the codes and reactions: FACTS of Slack, section 6, "What to do on an error", and 12.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.domain import texts
from bot.domain.delivery.delivery import NO_THREAD, NOT_A_MEMBER, NOWHERE
from bot.domain.delivery.reaction import Reaction
from bot.domain.errors import (
    SlackBusy,
    SlackError,
    SlackMoving,
    SlackOutcomeUnknown,
    SlackRefused,
    SlackUnavailable,
)
from bot.domain.refusals import REFUSALS

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

# What each means for what is owed; a word that is not here is tried again a few times.
REACTIONS: dict[str, Reaction] = {
    **dict.fromkeys(
        (
            *("token_revoked", "token_expired", "account_inactive", "invalid_auth", "not_authed"),
            *("team_access_not_granted", "team_not_found"),
        ),
        Reaction.UNINSTALLED,
    ),
    **dict.fromkeys(("missing_scope", "not_allowed_token_type"), Reaction.NO_RIGHT),
    NOT_A_MEMBER: Reaction.NO_MEMBER,
    **dict.fromkeys(NO_THREAD, Reaction.NO_THREAD),
    **dict.fromkeys(("app_access_restricted", "channel_is_limited_access"), Reaction.NO_ENTRY),
    **dict.fromkeys(
        (
            *("channel_not_found", "is_archived", "is_inactive", "channel_is_frozen"),
            *(NOWHERE, "restricted_action_read_only_channel", "ekm_access_denied"),
            *("restricted_action_thread_only_channel", "no_permission"),
            "send_on_behalf_not_allowed",
        ),
        Reaction.CLOSED,
    ),
    "message_not_found": Reaction.GONE,
    **dict.fromkeys(
        ("cant_update_message", "edit_window_closed", "block_mismatch"), Reaction.FIXED
    ),
    "file_not_found": Reaction.FILE_GONE,
    **dict.fromkeys(
        (
            *("file_upload_size_restricted", "file_uploads_disabled", "file_type_not_allowed"),
            *("file_uploads_except_images_disabled", "storage_limit_reached"),
            *("max_file_sharing_exceeded", "file_share_limit_reached"),
            *("slack_connect_file_upload_sharing_blocked", "posting_to_channel_denied"),
        ),
        Reaction.FILE_REFUSED,
    ),
    "alt_txt_too_large": Reaction.ALT_TEXT_TOO_LARGE,
}
_METADATA = (texts.METADATA_REFUSED, texts.TELL_OPERATOR)


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


def text_in(answer: Any, key: str) -> str:
    """What an answer must hold; the SDK gives None for what is not there. Used in `slack_call`."""
    value = answer[key]
    if not isinstance(value, str):
        raise ValueError(f"Slack's answer has no {key}")
    return value


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
        return SlackMoving(code=code)
    return refused(code, needed=str(body.get("needed") or ""))


def unclear(code: str, *, may_repeat: bool) -> SlackError:
    """No clear answer came; what that means depends on whether the call may be repeated."""
    return SlackUnavailable(code=code) if may_repeat else SlackOutcomeUnknown(code=code)


def refused(code: str, *, needed: str = "") -> SlackRefused:
    """The refusal with this code, in words for a person."""
    known = _METADATA if is_metadata_fault(code) else REFUSALS.get(code)
    what, hint = known or (texts.SLACK_REFUSED_IT.format(code=code), texts.CHANNEL_OR_OPERATOR)
    if needed:
        hint = texts.SCOPE_MISSING.format(hint=hint, needed=needed)
    return SlackRefused(what, code=code, hint=hint, reaction=REACTIONS.get(code, Reaction.OTHER))


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
