"""Every listener in one table: what Slack sends, who takes it."""

from __future__ import annotations

from slack_bolt.async_app import AsyncApp

from bot.slack.ids import COMMAND, VIDEO_COMPOSER
from bot.slack.people import SlackPeople
from bot.workflow.controls import Controls
from bot.workflow.intake import Intake
from bot.workflow.loop import Tasks
from bot.workflow.requests_first import RequestsFirst
from handlers.errors import answer_error
from handlers.job_buttons import ACTIONS, JobButtons
from handlers.middleware import PeopleFirst, bind_log_context
from handlers.video_command import VideoCommand
from handlers.video_composer import VideoComposer


def register(
    app: AsyncApp,
    *,
    intake: Intake,
    controls: Controls,
    people: SlackPeople,
    tasks: Tasks,
    requests_first: RequestsFirst,
) -> None:
    """Give the app its listeners."""
    app.middleware(PeopleFirst(requests_first).note_request)
    app.middleware(bind_log_context)
    app.command(COMMAND)(VideoCommand(tasks).handle_video_command)
    app.view(VIDEO_COMPOSER)(VideoComposer(intake).handle_composer_submitted)
    buttons = JobButtons(controls, people, tasks)
    for action_id in ACTIONS:
        app.action(action_id)(buttons.handle_job_button)
    app.error(answer_error)
