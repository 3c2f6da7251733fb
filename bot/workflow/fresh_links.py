"""Links to a finished video, read anew for one person: HeyGen's own expire after some days."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.errors import JobUnknown
from bot.domain.job.job import Job, Outcome, VideoResult
from bot.domain.job.permissions import Action, Who, check
from bot.domain.ports.store import Store
from bot.domain.ports.video import VideoAgent


class FreshLinks:
    def __init__(self, store: Store, agent: VideoAgent) -> None:
        self._store = store
        self._agent = agent

    async def of(self, job_id: str, who: Who) -> Job:
        """The job with links as good as new, for showing: nothing of it is kept.

        Raises Outsider, NotPossible, JobUnknown and VideoAgentError.
        """
        job = await self._store.jobs.get(job_id)
        if job is None:
            raise JobUnknown
        check(Action.FRESH_LINK, job, who)
        video = await self._agent.get_video(job.render.video_id or "")
        return replace(job, outcome=Outcome(VideoResult(video.video_url, video.page_url)))
