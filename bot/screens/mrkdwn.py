"""Slack's mrkdwn: what people or HeyGen wrote goes in as text and can become nothing else."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime

import httpx

URL_MAX_CHARS = 2_500  # a section holds 3,000 characters (FACTS section 6), its label needs some
_SLACK_ID = re.compile(r"[A-Z][A-Za-z0-9_-]{0,40}")
_HOST = re.compile(r"[\w.:-]+")
_NOT_SHOWN = frozenset({"Cc", "Cs", "Co", "Cn"})
# Marks that turn the direction of the text after them, up to the end of the message.
_BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_BROKEN_IN_LINKS = {"<": "%3C", ">": "%3E", "|": "%7C", '"': "%22", "`": "%60", "&": "&amp;"}


def escaped(text: str, max_chars: int) -> str:
    """At most `max_chars` characters of foreign text (before escaping), safe inside mrkdwn."""
    shown = clipped(text, max_chars)
    return shown.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def clipped(text: str, max_chars: int) -> str:
    """The text without characters that cannot be shown, cut with an ellipsis."""
    shown = "".join(c for c in text if _is_shown(c)).strip()
    return shown if len(shown) <= max_chars else shown[: max_chars - 1].rstrip() + "…"


_OPEN_END = re.compile(r"(&[a-z]*|<[^<>]*)$")


def shortened(text: str, max_chars: int) -> str:
    """Finished mrkdwn, cut with an ellipsis and never within an entity, a mention or a link."""
    if len(text) <= max_chars:
        return text
    return _OPEN_END.sub("", text[: max_chars - 1]) + "…"


def one_line(text: str, max_chars: int) -> str:
    """Foreign text as one escaped line."""
    return escaped(" ".join(text.split()), max_chars)


def quoted(text: str, max_chars: int, max_lines: int) -> str:
    """The first lines of foreign text as a quotation; empty lines are left out."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) > max_lines:
        lines = [*lines[: max_lines - 1], lines[max_lines - 1] + " …"]
    shown = escaped("\n".join(lines), max_chars)
    return "\n".join(f">{line}" for line in shown.split("\n"))


def user(user_id: str) -> str:
    """A mention, only ever of one person."""
    return f"<@{user_id}>" if _SLACK_ID.fullmatch(user_id) else one_line(user_id, 40)


def channel(channel_id: str) -> str | None:
    """The name of a channel as a link; None for a direct message, which has no name."""
    is_channel = _SLACK_ID.fullmatch(channel_id) and channel_id[0] in "CG"
    return f"<#{channel_id}>" if is_channel else None


def time(at: datetime) -> str:
    """A moment, which Slack shows in the reader's own time zone and language."""
    fallback = at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
    return f"<!date^{int(at.timestamp())}^{{date_short_pretty}} {{time}}|{fallback}>"


def date(at: datetime) -> str:
    """A day, in the reader's own time zone and language."""
    fallback = at.astimezone(UTC).strftime("%Y-%m-%d")
    return f"<!date^{int(at.timestamp())}^{{date_long}}|{fallback}>"


def link(url: str | None, label: str) -> str | None:
    """A link with our label; None unless the address is http(s) and fits."""
    if not is_web_address(url):
        return None
    safe = "".join(_BROKEN_IN_LINKS.get(c, c) for c in url or "")
    return f"<{safe}|{label}>" if len(safe) <= URL_MAX_CHARS else None


def is_web_address(url: str | None) -> bool:
    """Whether this is an http(s) address with a host and nothing unprintable in it."""
    if not url or len(url) > URL_MAX_CHARS or any(c.isspace() or not _is_shown(c) for c in url):
        return False
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, ValueError):
        return False
    return (
        parsed.scheme in ("http", "https")
        and bool(_HOST.fullmatch(parsed.host))
        and not parsed.userinfo
    )


def _is_shown(char: str) -> bool:
    if char in "\n\t":
        return True
    return char not in _BIDI and unicodedata.category(char) not in _NOT_SHOWN
