"""What people decide about a job; who is an admin is asked only when somebody else does it."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.errors import NotYours
from bot.domain.job.permissions import Action, Who
from bot.slack.people import SlackPeople
from bot.workflow.controls import Controls, Done


class PersonControls:
    def __init__(self, controls: Controls, people: SlackPeople) -> None:
        self._controls = controls
        self._people = people

    async def act(self, action: Action, job_id: str, who: Who, team_id: str) -> Done:
        """Controls.act, with its errors; `team_id` is the workspace whose admins may do it too."""
        try:
            return await self._controls.act(action, job_id, who)
        except NotYours:
            if not await self._people.is_admin(who.name, team_id):
                raise
            return await self._controls.act(action, job_id, replace(who, may_do_all=True))
