"""SlackOrganisation: an Enterprise organisation whose teams share one installation of the app."""

from __future__ import annotations

from bot.sandbox.slack.refusals import SandboxRefusal
from bot.sandbox.slack.state import Channel, Enterprise, EnterpriseUser, Team, User
from bot.sandbox.slack.team import SlackTeam
from bot.sandbox.slack.workspace import OrgPayloads


class SlackOrganisation(SlackTeam):
    """Made by `sandbox.add_organisation`. Its people and channels belong to one of its teams.

    Ids, names of people, the bot and the token are the organisation's; `team_id` is its E....
    """

    @property
    def enterprise(self) -> Enterprise:
        if self.state.enterprise is None:
            raise SandboxRefusal("this is no organisation")
        return self.state.enterprise

    @property
    def payloads(self) -> OrgPayloads:
        """What its payloads tell where Slack's pages differ; a test changes it."""
        return self.state.org_payloads

    def add_team(self, name: str, *, id: str | None = None) -> OrgTeam:
        """A workspace (T...) of it, which the organisation's installation serves, too."""
        domain = name.lower().replace(" ", "-")
        team = Team(id or self.state.new_id("T"), name, domain)
        self.state.teams[team.id] = team
        return OrgTeam(self, team)


class OrgTeam(SlackTeam):
    """One team of an organisation: who and what is added here belongs to it."""

    def __init__(self, organisation: SlackOrganisation, team: Team) -> None:
        super().__init__(organisation._platform, organisation.state)
        self.team = team
        self.organisation = organisation

    @property
    def team_id(self) -> str:
        return self.team.id

    def add_user(
        self,
        name: str,
        *,
        is_admin: bool = False,
        is_owner: bool = False,
        locale: str = "en-US",
        id: str | None = None,
        is_org_admin: bool = False,
        is_org_owner: bool = False,
    ) -> User:
        """`is_admin` and `is_owner` are of this team, the others of the whole organisation."""
        user = self.state.add_user(
            name, is_admin=is_admin, locale=locale, id=id, team_id=self.team.id
        )
        user.is_owner = is_owner
        user.enterprise_user = EnterpriseUser(
            self.organisation.enterprise, [self.team.id], is_org_admin, is_org_owner
        )
        return user

    def channel(self, wanted: str | Channel) -> Channel:
        return self.state.channel(wanted, self.team.id)
