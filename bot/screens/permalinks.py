"""Links to messages, as chat.getPermalink makes them, without asking Slack for each."""

from __future__ import annotations

from bot.domain.job.pages import ListedJob


def permalink(workspace_url: str, channel_id: str, ts: str, thread_ts: str | None = None) -> str:
    """`workspace_url` is auth.test's; a reply's link names its thread (chat.getPermalink)."""
    link = f"{workspace_url.rstrip('/')}/archives/{channel_id}/p{ts.replace('.', '')}"
    if thread_ts is None or thread_ts == ts:
        return link
    return f"{link}?thread_ts={thread_ts}&cid={channel_id}"


def card_url(workspace_url: str, listed: ListedJob) -> str | None:
    """The link to a job's card; None while it is not posted."""
    card = listed.card
    if card is None or card.channel_id is None or card.message_ts is None:
        return None
    # After a detour the card opened a thread of its own.
    thread_ts = None if card.detour else card.thread_ts or listed.job.request.thread.thread_ts
    return permalink(workspace_url, card.channel_id, card.message_ts, thread_ts)
