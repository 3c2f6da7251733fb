"""What the demo prints of a message, as Slack would show it."""

from __future__ import annotations

from bot.cli.demo import _as_shown
from bot.sandbox.slack.server import SlackSandbox


def test_people_have_names_and_links_their_words() -> None:
    slack = SlackSandbox()
    ana = slack.person("ana").user.id

    shown = _as_shown(
        slack, f"<@{ana}> &amp; <@U0NOBODY>: <https://a.example|Watch> or <https://b.example>"
    )

    assert shown == "@ana & @U0NOBODY: Watch: https://a.example or https://b.example"
