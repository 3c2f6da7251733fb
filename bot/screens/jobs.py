"""Jobs as lines of mrkdwn, for `/video list`, `/video status` and the Home tab; pure builders."""

from __future__ import annotations

from bot.domain import texts
from bot.domain.job.job import Job, JobState
from bot.domain.job.pages import JobPage, ListedJob
from bot.screens import mrkdwn, wording
from bot.screens.language import Language
from bot.screens.permalinks import card_url

TITLE_MAX_CHARS = 100
FAILURE_MAX_CHARS = 280


def job_title(job: Job, say: Language) -> str:
    """The first words of what it is about; of a variation, of what is different."""
    title = mrkdwn.one_line(job.request.brief.change or job.request.prompt, TITLE_MAX_CHARS)
    return f"*{title.replace('*', '') or say(texts.NO_PROMPT)}*"


def job_state(job: Job, say: Language) -> str:
    """Where it stands, as long as it does not move."""
    return " ".join([say(texts.LISTED_STATES[job.state]), *_reason(job, say)])


def job_progress(listed: ListedJob, say: Language) -> str:
    """Where it stands at this moment: its progress, or its place in the queue."""
    job = listed.job
    words = [job_state(job, say)]
    if job.state is JobState.RENDERING:
        words.append(say(texts.PERCENT_DONE.format(percent=wording.percent(job))))
    if listed.place is not None:
        place = texts.PLACE_NEXT if listed.place <= 1 else texts.PLACE
        words.append(say(place.format(place=listed.place)))
    return " ".join(words)


def job_facts(job: Job, say: Language) -> str:
    return say(
        texts.LISTED_FACTS.format(
            orientation=texts.ORIENTATIONS[job.request.orientation],
            time=mrkdwn.time(job.created_at),
            job_id=mrkdwn.one_line(job.id, 80),
        )
    )


def job_links(listed: ListedJob, say: Language, workspace_url: str) -> list[str]:
    """Its thread, and the page of the finished video; those that are there."""
    result = listed.job.outcome.result
    links = (
        mrkdwn.link(card_url(workspace_url, listed), say(texts.OPEN_THREAD)),
        mrkdwn.link(result.page_url if result else None, say(texts.PAGE_LINK)),
    )
    return [link for link in links if link]


def list_text(page: JobPage, say: Language, workspace_url: str) -> str:
    """The answer to `/video list`."""
    if not page.jobs:
        return say(texts.LIST_EMPTY)
    entries = []
    for listed in page.jobs:
        links = job_links(listed, say, workspace_url)
        lines = [
            f"{job_title(listed.job, say)} {job_progress(listed, say)}",
            " · ".join([job_facts(listed.job, say), *links]),
        ]
        entries.append("\n".join(lines))
    why = next(filter(None, (why_it_waits(listed, say) for listed in page.jobs)), [])
    return "\n\n".join([say(texts.LIST_TITLE), *entries, *why, say(texts.LIST_HINT)])


def status_text(listed: ListedJob, say: Language, workspace_url: str, *, is_own: bool) -> str:
    """The answer to `/video status`. What it is about and its links are for the requester."""
    job = listed.job
    heading = say(texts.STATUS_TITLE.format(job_id=mrkdwn.one_line(job.id, 80)))
    if is_own:
        heading = f"{heading} {job_title(job, say)}"
    what_next = why_it_waits(listed, say) or [say(texts.WHAT_NEXT[job.state])]
    lines = [heading, job_progress(listed, say), *what_next, job_facts(job, say)]
    if is_own and (links := job_links(listed, say, workspace_url)):
        lines.append(" · ".join(links))
    return "\n".join(lines)


def why_it_waits(listed: ListedJob, say: Language) -> list[str]:
    """One line while nothing is sent to HeyGen, else none."""
    return [wording.why_it_waits(listed.waiting_for, say)] if listed.waiting_for else []


def _reason(job: Job, say: Language) -> list[str]:
    if job.outcome.failure is None:
        return []
    return [mrkdwn.one_line(say(job.outcome.failure.message), FAILURE_MAX_CHARS)]
