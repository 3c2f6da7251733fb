"""Two workspaces that have everything alike: the ids of people, channels and threads.

Acme has videos in every state, drafts, open forms and a HeyGen key; Globex has the app, too.
"""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bot.domain.job.job import JobState
from bot.domain.job.progress import NO_REASON
from bot.sandbox.heygen.account import HeyGenAccount
from bot.sandbox.heygen.catalogue import SandboxCatalogue
from bot.sandbox.heygen.server import Outcome
from bot.sandbox.slack.menus import find_button
from bot.sandbox.slack.person import Person
from bot.sandbox.slack.state import Channel, Json, Message, MessageVersion, View
from bot.sandbox.slack.team import SlackTeam
from bot.screens import ids
from tests.builders import a_job
from tests.scenarios.workspaces_world import World, ask, card_says, result, running

SAME_USER, SAME_CHANNEL, SAME_DM = "U0TWIN", "C0TWIN", "D0TWIN"
SECRET = "zephyrine"  # in every word of Acme's: prompts, changes, files, avatars
ACMES_KEY = "sk_zephyrine_0123456789"
OWN_LOOK = f"look_{SECRET}"
NOBODYS_JOB = "0123456789ab"
LATER = timedelta(minutes=1)


@dataclass(frozen=True)
class Ids:
    """What one workspace holds of each kind; or as many that nobody has ever had."""

    person: str  # the name, in Globex, of somebody with this user id
    jobs: tuple[str, ...]
    drafts: tuple[str, ...]
    views: tuple[str, ...]
    threads: tuple[str, ...]
    dm_thread: str
    avatar: str
    word: str  # in the names of its avatars

    def replaced_in(self, text: str) -> str:
        """The text without them: what is left of two answers can be compared."""
        for kind, names in (
            ("job", self.jobs),
            ("draft", self.drafts),
            ("view", self.views),
            ("thread", (*self.threads, self.dm_thread)),
            ("avatar", (self.avatar,)),
        ):
            for name in names:
                text = text.replace(name, kind)
        return text


@dataclass
class Twins:
    world: World
    acme: SlackTeam
    globex: SlackTeam
    account: HeyGenAccount  # that Acme's videos are made with
    ids: Ids  # Acme's
    nobodys: Ids

    @property
    def gus(self) -> Person:
        """Of Globex, with the user id of Acme's Annabeth."""
        return self.globex.person("gus")

    async def settle(self) -> None:
        await self.world.bot.tenants.settle()

    async def at_rest(self, folder: Path) -> None:
        """Nothing is owed to anybody any more."""
        owed = (
            "SELECT 1 FROM deliveries WHERE state IN ('due', 'posting') OR shown < wanted"
            " UNION ALL SELECT 1 FROM home_tabs WHERE due_at IS NOT NULL"
        )
        for _ in range(500):
            with closing(sqlite3.connect(folder / "bot.db")) as db:
                if db.execute(owed).fetchone() is None:
                    return
            await asyncio.sleep(0.02)
        raise AssertionError("something is still owed after 10 s")


@asynccontextmanager
async def twins(folder: Path, *, own_key: bool = True, **more: str) -> AsyncIterator[Twins]:
    """Acme pays with a key of its own, or both with the operator's."""
    async with running(folder, MAX_CONCURRENT_VIDEOS="1", **more) as world:
        acme, globex = _twin(world, "Acme", "annabeth"), _twin(world, "Globex", "gus")
        globex.add_user("gil", is_admin=True, id="U0NOBODY")
        account: HeyGenAccount = world.heygen
        if own_key:
            account = world.heygen.add_account("acme", api_key=ACMES_KEY, render_s=0.1)
            _fill_catalogue(account.catalogue)
        await world.install(acme, "annabeth")
        await world.install(globex, "gus")
        if own_key:
            await _connect(acme, acme.person("annabeth"))
        yield await _filled(world, acme, globex, account)


def _fill_catalogue(catalogue: SandboxCatalogue) -> None:
    """Names and ids that no other account has."""
    catalogue.looks[0] |= {"id": OWN_LOOK, "name": f"Look {SECRET}"}
    catalogue.own.add(OWN_LOOK)
    for lines in (catalogue.groups, catalogue.voices, catalogue.styles, catalogue.brand_kits):
        lines[0]["name"] = f"Own {SECRET}"


def _twin(world: World, name: str, person: str) -> SlackTeam:
    team = world.slack.add_workspace(name)
    user = team.add_user(person, is_admin=True, id=SAME_USER)
    team.add_channel("general", members=(user,), id=SAME_CHANNEL)
    team.state.add_channel("", "im", {user.id, team.bot.id}, id=SAME_DM)
    return team


async def _connect(team: SlackTeam, person: Person) -> None:
    await person.open_home()
    home = await team.wait_for(lambda: person.home, 5.0, "the Home tab")
    await person.click(home, ids.CONNECT_HEYGEN)
    assert (await person.submit(await person.wait_for_view(), {ids.HEYGEN_KEY: ACMES_KEY})).ok
    assert person.top_view is not None
    await person.close(person.top_view)


async def _filled(
    world: World, acme: SlackTeam, globex: SlackTeam, account: HeyGenAccount
) -> Twins:
    annabeth = acme.person("annabeth")
    await ask(acme, "annabeth", f"Completed {SECRET}.")
    await result(acme, "annabeth")
    done = next(m for m in acme.messages("general") if not m.is_reply and m.bot_id)
    account.script("Rendering", Outcome(stays_forever=True))
    await ask(acme, "annabeth", f"Rendering {SECRET}.")
    await card_says(acme, "annabeth", "making the video")
    await ask(acme, "annabeth", f"Queued {SECRET}.")
    await _add_others(world, acme)

    mention = await annabeth.mention(f"a film of {SECRET}")
    drafts = [await _value_of(annabeth, ids.OPEN_DRAFT)]
    change = await annabeth.mention(f"with {SECRET} music", thread_ts=done.ts)
    drafts.append(await _value_of(annabeth, ids.MAKE_CHANGE))
    in_dm = await annabeth.dm(f"a film of {SECRET} here")
    assert mention.message is not None
    assert in_dm.message is not None
    assert change.ok
    views = []
    for action_id in (ids.EDIT_JOB, ids.VARY_JOB):
        await annabeth.click(done, action_id)
        view = await annabeth.wait_for_view()
        drafts.append(view.private_metadata)
        views.append(view.id)
    assert all(drafts)
    await annabeth.open_home()
    await acme.wait_for(lambda: SECRET in str(annabeth.home) or None, 5.0, "the Home tab")
    jobs = await world.bot.store.jobs.recent(100)
    assert {job.state for job in jobs} == {*JobState} - {JobState.SUBMITTING}
    cards = [m.ts for m in acme.messages("general") if not m.is_reply and m.bot_id]
    return Twins(
        world,
        acme,
        globex,
        account,
        Ids(
            "gus",
            jobs=tuple(job.id for job in jobs),
            drafts=tuple(drafts),
            views=tuple(views),
            threads=(done.ts, mention.message.ts, *cards[1:3]),
            dm_thread=in_dm.message.ts,
            avatar=OWN_LOOK,
            word=SECRET,
        ),
        Ids(
            "gil",
            jobs=(NOBODYS_JOB,) * len(jobs),
            drafts=(
                f"said:{globex.team_id}:{SAME_CHANNEL}:1700000000.000100",
                *("0123456789abcdefghijkl",) * (len(drafts) - 1),
            ),
            views=("V0000NOBODY",) * len(views),
            threads=tuple(f"1700000000.00000{n}" for n in range(4)),
            dm_thread="1700000001.000000",
            avatar="look_nobody",
            word="quixotical",
        ),
    )


async def _add_others(world: World, acme: SlackTeam) -> None:
    """Those in states that take long to come by: failed, cancelled and on hold."""
    own = await world.bot.store.heygen_keys.all()
    jobs = world.bot.store.of_workspace(acme.team_id, own[0].account if own else "").jobs
    now = datetime.now(UTC)
    for number, state in enumerate((JobState.FAILED, JobState.CANCELLED, JobState.PARKED)):
        other = a_job(
            f"abcdef12345{number}",
            team_id=acme.team_id,
            channel_id=SAME_CHANNEL,
            requester_id=SAME_USER,
            prompt=f"{state.value} {SECRET}".capitalize(),
            state=state,
            created_at=now,
            due_at=now + LATER if state is JobState.PARKED else None,
            failure=NO_REASON if state is JobState.FAILED else None,
        )
        await jobs.add(other, [])
        await card_says(acme, "annabeth", other.request.prompt[:12])


def has_older(home: View | None) -> bool:
    return home is not None and ids.HOME_OLDER in str(home.blocks)


async def _value_of(person: Person, action_id: str) -> str:
    """What a button under a mention stands for."""
    message = await person.wait_for_message(
        "general", lambda m: m.bot_id is not None and f"'{action_id}'" in str(m.blocks), 5.0
    )
    value: str = find_button(message.blocks, action_id, "")[1]["value"]
    return value


# -- what people of Globex can see ----------------------------------------------------------

_SEEN = ("text", "title", "alt_text", "url", "image_url", "initial_value", "callback_id")


def shown(team: SlackTeam) -> list[MessageVersion | Json]:
    """All that Slack shows in this workspace, now and before."""
    places = team.channels.values()
    messages = [m for place in places for m in (*place.messages, *place.ephemerals)]
    views: list[View] = [*team.views.values(), *team.homes.values()]
    return [
        *(version for message in messages for version in message.versions),
        *(definition for view in views for definition in view.definitions),
    ]


def content(one: MessageVersion | Json) -> Any:
    return one if isinstance(one, dict) else [one.text, one.blocks]


def words_of(told: list[Any]) -> str:
    """What a person reads of it, line by line; no marks and times that are new each time."""
    return "\n".join(sorted(_TIME.sub("time", line) for one in told for line in _lines(one)))


_TIME = re.compile(r"<!date\^\d+")


def _lines(part: Any, name: str = "") -> Iterator[str]:
    if isinstance(part, dict):
        for key, value in part.items():
            yield from _lines(value, key)
    elif isinstance(part, list):
        for value in part:
            yield from _lines(value, name or "text")
    elif isinstance(part, str) and name in _SEEN:
        yield part


def own_message(team: SlackTeam, ts: str, person: Person, channel: Channel) -> Message:
    """One of this person's, with a timestamp that another workspace may have, too."""
    team.use_ts(ts)
    return team.state.post(channel, person.user.id, "a word of ours")


def answer_of(body: Json | str) -> list[Any]:
    """An answer to the request itself; errors beside fields are words, too."""
    if isinstance(body, dict) and "errors" in body:
        return [list(body["errors"].values())]
    return [body]
