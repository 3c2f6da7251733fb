"""Every listener in one table: what Slack sends, who takes it."""

from __future__ import annotations

from slack_bolt.async_app import AsyncApp

from bot.domain.catalogue import CatalogueKind
from bot.screens.ids import (
    COMMAND,
    CONNECT_HEYGEN,
    HEYGEN_KEY_FORM,
    HOME_NEWER,
    HOME_OLDER,
    MAKE_CHANGE,
    MORE_OPTIONS,
    NEW_VIDEO,
    OPEN_DRAFT,
    PREVIEW_PROMPT,
    PROMPT_PREVIEW,
    REMOVE_HEYGEN_KEY,
    VIDEO_COMPOSER,
    VIDEO_FROM_MESSAGE,
)
from bot.slack.people import SlackPeople
from bot.workflow.loop import Tasks
from bot.workflow.parts import Parts
from handlers.catalogue_menus import CatalogueMenus
from handlers.command_answers import CommandAnswers
from handlers.composer.form import VideoComposer
from handlers.composer.preview import PromptPreview
from handlers.composer.reader import ComposerReader
from handlers.errors import Errors, in_time
from handlers.heygen_key import KeyListeners
from handlers.home import HomeListeners
from handlers.job_buttons import ACTION_IDS, JobButtons
from handlers.mentions import BotMentions
from handlers.middleware import AskerRemembered, LogContext, PeopleFirst
from handlers.person_controls import PersonControls
from handlers.shortcuts import Shortcuts
from handlers.triggers import Triggers
from handlers.video_command import VideoCommand


def register(
    app: AsyncApp, parts: Parts, *, people: SlackPeople, tasks: Tasks, usd_per_second: float
) -> None:
    """Give the app its listeners. Bolt asks one after the other: what must be quick is first."""
    app.middleware(PeopleFirst(parts.requests_first))
    app.middleware(LogContext())
    intake, drafts, controls = parts.intake, parts.drafts, parts.controls
    errors = Errors(people, tasks)
    app.middleware(AskerRemembered(errors))
    app.error(errors.answer_error)
    reader = ComposerReader(drafts, people)
    triggers = Triggers()
    keys = None
    if parts.heygen_key is not None:
        keys = KeyListeners(parts.heygen_key, home=parts.home, people=people, tasks=tasks)
        app.action(CONNECT_HEYGEN)(keys.handle_connect_button)
        app.action(REMOVE_HEYGEN_KEY)(keys.handle_remove_button)
        app.view(HEYGEN_KEY_FORM)(in_time(keys.handle_key_submitted))
    composer = VideoComposer(
        intake=intake,
        drafts=drafts,
        reader=reader,
        people=people,
        tasks=tasks,
        triggers=triggers,
        keys=keys,
    )
    decisions = PersonControls(controls, people)
    answers = CommandAnswers(decisions, parts.overview)
    app.view(VIDEO_COMPOSER)(in_time(composer.handle_composer_submitted))
    app.command(COMMAND)(VideoCommand(composer, answers, people, tasks).handle_video_command)
    app.action(MORE_OPTIONS)(composer.handle_more_options)
    preview = PromptPreview(
        intake=intake,
        drafts=drafts,
        reader=reader,
        people=people,
        tasks=tasks,
        usd_per_second=usd_per_second,
        length_padding=parts.policy.length_padding,
    )
    app.action(PREVIEW_PROMPT)(preview.handle_preview_asked)
    app.view(PROMPT_PREVIEW)(in_time(preview.handle_preview_submitted))
    menus = CatalogueMenus(parts.catalogue, people)
    for kind in CatalogueKind:
        app.options(kind.value)(in_time(menus.handle_menu))
    buttons = JobButtons(
        controls=controls,
        decisions=decisions,
        links=parts.fresh_links,
        overview=parts.overview,
        composer=composer,
        people=people,
        tasks=tasks,
        triggers=triggers,
    )
    for action_id in ACTION_IDS:
        app.action(action_id)(buttons.handle_job_button)
    shortcuts = Shortcuts(composer, people, tasks)
    app.shortcut(VIDEO_FROM_MESSAGE)(shortcuts.handle_video_from_message)
    app.shortcut(NEW_VIDEO)(shortcuts.handle_new_video)
    app.action(NEW_VIDEO)(shortcuts.handle_new_video)
    said = BotMentions(
        intake=intake,
        mentions=parts.mentions,
        drafts=drafts,
        controls=controls,
        composer=composer,
        people=people,
        tasks=tasks,
    )
    for event in ("app_mention", "message"):
        app.event(event)(said.handle_message)
    app.action(OPEN_DRAFT)(said.handle_form_button)
    app.action(MAKE_CHANGE)(said.handle_change_button)
    homes = HomeListeners(parts.home, tasks)
    app.event("app_home_opened")(homes.handle_home_opened)
    for action_id in (HOME_NEWER, HOME_OLDER):
        app.action(action_id)(homes.handle_page_button)
