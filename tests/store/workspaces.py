"""Workspaces for tests of the store: an installation, a HeyGen key, and keys to encrypt them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.domain.workspace import HeyGenKey, Installation, SlackToken, account_of
from tests.builders import NOON

NEW_KEY = "h7VMz1f1YWbO-QKMD9q6no1u3wZLUx3xsiHpVGBFt3Q="
OLD_KEY = "jJE4lv8nDH0hbccdnSwMCyC3n8ajDOgDsLN5cjZS7SI="
ENDS_AT = NOON + timedelta(hours=12)
TOKEN = SlackToken("xoxe.xoxb-access-1", "xoxe-refresh-1", ENDS_AT)
NEXT_TOKEN = SlackToken("xoxe.xoxb-access-2", "xoxe-refresh-2", ENDS_AT + timedelta(hours=12))


def an_installation(workspace_id: str = "T1", **fields: Any) -> Installation:
    """Of one workspace, by its admin, with a token that rotates."""
    installation = Installation(
        workspace_id=workspace_id,
        team_id=workspace_id,
        enterprise_id=None,
        name="Acme",
        app_id="A1",
        bot_id="B1",
        bot_user_id="U-BOT",
        scopes=("commands", "chat:write"),
        installed_by="U-ADMIN",
        installed_at=NOON,
        token=TOKEN,
    )
    return replace(installation, **fields)


def a_heygen_key(secret: str = "sk-heygen-1", workspace_id: str = "T1", **fields: Any) -> HeyGenKey:
    """The workspace's own; its account follows from the secret."""
    key = HeyGenKey(
        workspace_id,
        account_of(secret),
        secret,
        is_current=True,
        connected_by="U-ADMIN",
        connected_at=NOON,
    )
    return replace(key, **fields)
