"""People who use the bot while it is killed: they type again when nothing happens, like anybody."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field

from bot.sandbox.media import media_path
from bot.sandbox.slack.delivery import ViewErrors
from bot.sandbox.slack.person import Person
from bot.sandbox.slack.server import SlackSandbox
from bot.sandbox.slack.state import View
from bot.screens import ids

PROMPT = "The same words from everybody, so that only the bot can tell whose video is whose."
PATIENCE_S = 1.5  # then the form will not open any more
PAUSE_S = 0.2
WITH_PICTURE = 0.2  # of the requests


@dataclass
class Crowd:
    """Everybody in the workspace, and what they were told."""

    slack: SlackSandbox
    people: list[Person]
    channels: list[str]
    rng: random.Random
    taken: set[str] = field(default_factory=set)  # views whose submission was acknowledged
    unsure: set[str] = field(default_factory=set)  # views that went away with no answer
    tries: int = 0  # presses of the button, also those that nobody heard

    async def ask_for(self, jobs: int, within_s: float) -> None:
        """Ask for so many videos, all people at once, each at a steady pace."""
        shares = [jobs // len(self.people)] * len(self.people)
        for n in range(jobs % len(self.people)):
            shares[n] += 1
        async with asyncio.TaskGroup() as group:
            for person, share in zip(self.people, shares, strict=True):
                group.create_task(self._ask(person, share, within_s))

    async def _ask(self, person: Person, jobs: int, within_s: float) -> None:
        for _ in range(jobs):
            await asyncio.sleep(self.rng.uniform(0, 2 * within_s / jobs))
            channel = self.rng.choice(self.channels)
            while not await self._submit(person, await self._form(person, channel)):
                pass

    async def _form(self, person: Person, channel: str) -> View:
        while True:
            answer = await person.command(channel=channel)
            if answer.ok and (view := await self._opened(person)):
                return view
            await asyncio.sleep(PAUSE_S)

    async def _opened(self, person: Person) -> View | None:
        """The form; None when whoever acknowledged was killed before it was there."""

        def form() -> View | None:
            view = person.top_view
            return view if view is not None and "submit" in view.definition else None

        try:
            return await self.slack.wait_for(form, PATIENCE_S, "a form")
        except TimeoutError:
            if (view := person.top_view) is not None:  # it has stayed "one moment", or says why
                await person.close(view, all_views=True)
            return None

    async def _submit(self, person: Person, view: View) -> bool:
        """Whether it was taken; not when a second form, opened late, has come in its place."""
        values: dict[str, object] = {ids.PROMPT: PROMPT}
        if self.rng.random() < WITH_PICTURE:
            values[ids.ATTACHMENTS] = [await person.upload(media_path("logo.png"))]
        while person.top_view is view:
            self.tries += 1
            answer = await person.submit(view, values)
            if answer.ok and not isinstance(answer, ViewErrors):
                self.unsure.discard(view.id)
                self.taken.add(view.id)
                return True
            self.unsure.add(view.id)
            await asyncio.sleep(PAUSE_S)
        return False
