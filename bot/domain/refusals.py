"""Why Slack does not take a message, in words for people: by Slack's own word for it."""

from __future__ import annotations

from bot.domain import texts
from bot.domain.words import Text

# Slack's word for it -> (what happened, what to do)
REFUSALS: dict[str, tuple[Text, Text]] = {
    "not_in_channel": (texts.NOT_IN_CHANNEL, texts.INVITE_BOT),
    "channel_not_found": (texts.CHANNEL_UNSEEN, texts.INVITE_BOT),
    "is_archived": (texts.CHANNEL_ARCHIVED, texts.OTHER_CHANNEL),
    "is_inactive": (texts.CHANNEL_ARCHIVED, texts.OTHER_CHANNEL),
    "channel_is_frozen": (texts.CHANNEL_FROZEN, texts.OTHER_CHANNEL),
    "method_not_supported_for_channel_type": (texts.CHANNEL_INVITE_ONLY, texts.INVITE_BOT),
    "cannot_reply_to_message": (texts.MESSAGE_TAKES_NO_REPLY, texts.NO_THREAD_HINT),
    "thread_not_found": (texts.THREAD_GONE, texts.NO_THREAD_HINT),
    "restricted_action_thread_locked": (texts.THREAD_LOCKED, texts.NO_THREAD_HINT),
    "restricted_action_non_threadable_channel": (
        texts.CHANNEL_WITHOUT_THREADS,
        texts.NO_THREAD_HINT,
    ),
    "restricted_action": (texts.WORKSPACE_RULE, texts.ASK_ADMIN),
    "restricted_action_read_only_channel": (texts.CHANNEL_READ_ONLY, texts.ASK_ADMIN),
    "restricted_action_thread_only_channel": (texts.CHANNEL_REPLIES_ONLY, texts.ASK_ADMIN),
    "ekm_access_denied": (texts.CHANNEL_LOCKED, texts.ASK_ADMIN),
    "posting_to_channel_denied": (texts.WORKSPACE_RULE, texts.ASK_ADMIN),
    "app_access_restricted": (texts.APP_RESTRICTED, texts.ASK_ADMIN),
    "channel_is_limited_access": (texts.CHANNEL_LIMITED, texts.ASK_ADMIN),
    "send_on_behalf_not_allowed": (texts.NOT_ON_BEHALF, texts.ASK_ADMIN),
    "message_not_found": (texts.MESSAGE_GONE, texts.POSTED_INSTEAD),
    "cant_update_message": (texts.MESSAGE_NOT_EDITABLE, texts.POSTED_INSTEAD),
    "edit_window_closed": (texts.MESSAGE_TOO_OLD, texts.POSTED_INSTEAD),
    "block_mismatch": (texts.MESSAGE_NOT_EDITABLE, texts.POSTED_INSTEAD),
    "msg_too_long": (texts.MESSAGE_TOO_LONG, texts.TELL_OPERATOR),
    "msg_blocks_too_long": (texts.MESSAGE_TOO_LONG, texts.TELL_OPERATOR),
    "invalid_blocks": (texts.MESSAGE_UNREADABLE, texts.TELL_OPERATOR),
    "invalid_blocks_format": (texts.MESSAGE_UNREADABLE, texts.TELL_OPERATOR),
    "no_text": (texts.MESSAGE_EMPTY, texts.TELL_OPERATOR),
    "token_expired": (texts.ACCESS_RUN_OUT, texts.CHECK_INSTALLED),
    "token_revoked": (texts.BOT_REMOVED, texts.CHECK_INSTALLED),
    "account_inactive": (texts.BOT_REMOVED, texts.CHECK_INSTALLED),
    "invalid_auth": (texts.TOKEN_UNKNOWN, texts.CHECK_INSTALLED),
    "not_authed": (texts.TOKEN_MISSING, texts.CHECK_INSTALLED),
    "team_access_not_granted": (texts.NOT_INSTALLED, texts.CHECK_INSTALLED),
    "team_not_found": (texts.NOT_INSTALLED, texts.CHECK_INSTALLED),
    "missing_scope": (texts.RIGHT_MISSING, texts.REINSTALL),
    "not_allowed_token_type": (texts.TOKEN_MAY_NOT, texts.REINSTALL),
    "no_permission": (texts.RIGHT_MISSING, texts.REINSTALL),
    "user_disabled": (texts.PERSON_SWITCHED_OFF, texts.TELL_PERSON),
    "user_not_found": (texts.PERSON_UNKNOWN, texts.TELL_PERSON),
    "user_not_visible": (texts.PERSON_UNSEEN, texts.TELL_PERSON),
    "messages_tab_disabled": (texts.MESSAGES_SWITCHED_OFF, texts.REINSTALL),
    "file_not_found": (texts.SLACK_FILE_UNKNOWN, texts.ATTACH_AGAIN),
    "file_deleted": (texts.SLACK_FILE_DELETED, texts.ATTACH_AGAIN),
    "not_visible": (texts.SLACK_FILE_UNSEEN, texts.ATTACH_AGAIN),
}
