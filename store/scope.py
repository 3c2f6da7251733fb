"""Whose rows are meant: everybody's, or those of one workspace with one HeyGen account.

Statements take it as two values, so that they are the same for both: `? IN ('*', team_id)`.
"""

from __future__ import annotations

from dataclasses import dataclass

EVERY = "*"
# Of a table that is no table of jobs; the place is the workspace's, or `*`.
OF_MY_JOB = """
(?2 = '*' OR EXISTS (SELECT 1 FROM jobs WHERE jobs.id = job_id AND jobs.team_id = ?2))
"""


@dataclass(frozen=True, slots=True)
class Scope:
    """Of a workspace only what is its own is seen; of its jobs those of the account are worked on.

    Without one the bot serves a single workspace, whose rows nobody else shares.
    """

    team_id: str = EVERY
    account: str = EVERY

    def has(self, team_id: str) -> bool:
        """Whether what is of this workspace may be seen."""
        return self.team_id in (EVERY, team_id)

    @property
    def own_team(self) -> str:
        """What a row of this workspace has where a single workspace writes nothing."""
        return "" if self.team_id == EVERY else self.team_id

    @property
    def own_account(self) -> str:
        return "" if self.account == EVERY else self.account

    @property
    def values(self) -> tuple[str, str]:
        return self.team_id, self.account


EVERYTHING = Scope()
