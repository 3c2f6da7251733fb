"""Slack's error words that decide what a deliverer does next (FACTS of Slack, 6, 7 and 12)."""

from __future__ import annotations

from datetime import timedelta

from bot.domain.delivery.delivery import NO_THREAD

RETRY_FIRST_S = 2.0
RETRY_CAP_S = 300.0
TRIES = 30  # about two hours of pauses; then the log says that nobody could be told
STOPPED_PAUSE = timedelta(minutes=10)  # a key or a token is refused; shorter once it works again
MIGRATION_PAUSE = timedelta(hours=1)

UNINSTALLED = frozenset(
    {
        "token_revoked",
        "token_expired",
        "account_inactive",
        "invalid_auth",
        "not_authed",
        "team_access_not_granted",
        "team_not_found",
    }
)
# Installed with fewer rights: for a post that is as good as not installed.
NO_RIGHT = frozenset({"missing_scope", "not_allowed_token_type"})
# Slack is moving the workspace or the channel.
MIGRATING = frozenset({"org_login_required", "team_added_to_org", "external_channel_migrating"})
GONE = "message_not_found"
NOT_EDITABLE = frozenset({GONE, "cant_update_message", "edit_window_closed", "block_mismatch"})
# Why a channel cannot be joined says more than that the bot is no member.
JOIN_SAYS_MORE = frozenset({"app_access_restricted", "channel_is_limited_access"})
NOWHERE = "restricted_action"  # a channel that takes neither replies nor messages of their own

FILE_GONE = "file_not_found"
ALT_TEXT_TOO_LARGE = "alt_txt_too_large"  # the picture goes without the text for it
# Nobody may bring a file there, which waiting does not change.
PLACE_CLOSED = NO_THREAD | {
    *("not_in_channel", "channel_not_found", "is_archived", "is_inactive", "channel_is_frozen"),
    *("restricted_action", "restricted_action_read_only_channel", "ekm_access_denied"),
    *("restricted_action_thread_only_channel", "not_allowed_token_type", "no_permission"),
    *("app_access_restricted", "channel_is_limited_access", "send_on_behalf_not_allowed"),
}
# The workspace does not take the file: the links in the thread have to do.
LINK_ONLY = frozenset(
    {
        "file_upload_size_restricted",
        "file_uploads_disabled",
        "file_uploads_except_images_disabled",
        "file_type_not_allowed",
        "storage_limit_reached",
        "max_file_sharing_exceeded",
        "file_share_limit_reached",
        "slack_connect_file_upload_sharing_blocked",
        "posting_to_channel_denied",
        "missing_scope",
    }
)
