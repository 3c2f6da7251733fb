"""The modal that takes a request: one screen, nothing to scroll past for the simple case."""

from __future__ import annotations

from typing import Any

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ConversationFilter,
    ConversationSelectElement,
    InputBlock,
    Option,
    RadioButtonsElement,
)
from slack_sdk.models.blocks.block_elements import FileInputElement  # only here

from bot.domain import texts
from bot.domain.prompt.styles import STYLES
from bot.domain.request.choices import choices_of
from bot.domain.request.draft import BegunDraft, Draft
from bot.domain.request.video_request import (
    ALLOWED_FILETYPES,
    MODAL_FILES_MAX,
    Attachment,
    Orientation,
    attachment_fault,
)
from bot.screens import ids, mrkdwn
from bot.screens.blocks import (
    CHECKBOXES_MAX,
    TEXT_INPUT_MAX_CHARS,
    actions,
    button,
    checkboxes,
    context,
    field,
    modal,
    option,
    section,
    text_input,
)
from bot.screens.composer.options import option_blocks
from bot.screens.language import Language

KEPT_GROUPS_MAX = 5  # Slack's client attaches 10 files to a message; a view holds 100 blocks
_BEGINNING_CHARS, _BEGINNING_LINES = 300, 4
_NAME_CHARS = 100


def composer_view(begun: BegunDraft, say: Language, *, is_wide: bool = False) -> dict[str, Any]:
    """The `video_composer` modal, with the draft's key as its private_metadata.

    `is_wide`: with all further options.
    """
    draft = begun.draft
    blocks: list[Block] = [
        *_notices(begun, say),
        *_change_blocks(draft, say),
        *_prompt_blocks(draft, say),
        _orientation_block(draft.orientation, say),
        _attachments_block(say),
        *_kept_blocks(draft.attachments, say),
        _destination_block(draft, say),
    ]
    if is_wide:
        blocks += option_blocks(begun, say)
    elif offers_last_choices(draft):
        blocks.append(_last_choices_block(draft, say))
    return modal(
        say(texts.FORM_TITLE),
        say(texts.FORM_CANCEL),
        [*blocks, _buttons_block(is_wide, say)],
        submit=say(texts.FORM_SUBMIT),
        callback_id=ids.VIDEO_COMPOSER,
        private_metadata=draft.key,
    )


def loading_view(say: Language) -> dict[str, Any]:
    """Holds the place of a view that is on its way."""
    opening = section(say(texts.FORM_OPENING))
    return modal(say(texts.FORM_TITLE), say(texts.FORM_CANCEL), [opening])


def is_long(prompt: str) -> bool:
    """Whether a prompt is too long to be edited in Slack."""
    return len(prompt) > TEXT_INPUT_MAX_CHARS


def offers_last_choices(draft: Draft) -> bool:
    """Whether the draft's choices are those of the person's last video, offered again."""
    return draft.parent_id is None and bool(_choice_names(draft))


def _choice_names(draft: Draft) -> list[str]:
    brief = draft.brief
    names: list[str] = [choice.name for choice in choices_of(brief).values()]
    names += [STYLES[brief.look].name] if brief.look in STYLES else []
    names += [texts.LANGUAGES.get(brief.language, brief.language)] if brief.language else []
    return names


def _notices(begun: BegunDraft, say: Language) -> list[Block]:
    notices = []
    if begun.gone:
        names = ", ".join(mrkdwn.one_line(choice.name, _NAME_CHARS) for choice in begun.gone)
        notices.append(texts.CHOICES_GONE.format(names=names))
    if begun.draft.brief.written_prompt:
        notices.append(texts.WRITING_NOT_KEPT)
    return [context(say(notice)) for notice in notices]


def _change_blocks(draft: Draft, say: Language) -> list[Block]:
    """Of a variation, and of what was one and is to be edited."""
    if not draft.is_variation and not draft.brief.change:
        return []
    element = text_input(
        initial=draft.brief.change,
        placeholder=say(texts.FIELD_CHANGE_PLACEHOLDER),
        is_multiline=True,
        has_focus=draft.is_variation,
    )
    label, hint = say(texts.FIELD_CHANGE), say(texts.FIELD_CHANGE_HINT)
    is_optional = not draft.is_variation
    return [field(ids.CHANGE, label, element, hint=hint, is_optional=is_optional)]


def _prompt_blocks(draft: Draft, say: Language) -> list[Block]:
    """A prompt that Slack cannot hold stays with the draft; the field then takes what to add."""
    if is_long(draft.prompt):
        begins = mrkdwn.quoted(draft.prompt, _BEGINNING_CHARS, _BEGINNING_LINES)
        told = texts.LONG_PROMPT.format(count=len(draft.prompt), beginning=begins)
        more = text_input(is_multiline=True, has_focus=not draft.is_variation)
        return [section(say(told)), field(ids.PROMPT, say(texts.FIELD_PROMPT_MORE), more)]
    element = text_input(
        initial=draft.prompt,
        placeholder=say(texts.FIELD_PROMPT_PLACEHOLDER),
        is_multiline=True,
        has_focus=not draft.is_variation,
    )
    label, hint = say(texts.FIELD_PROMPT), say(texts.FIELD_PROMPT_HINT)
    return [field(ids.PROMPT, label, element, hint=hint, is_optional=False)]


def _orientation_block(chosen: Orientation, say: Language) -> InputBlock:
    options = {
        orientation: option(say(texts.ORIENTATION_OPTIONS[orientation]), orientation.value)
        for orientation in Orientation
    }
    element = RadioButtonsElement(options=list(options.values()), initial_option=options[chosen])
    return field(ids.ORIENTATION, say(texts.FIELD_ORIENTATION), element, is_optional=False)


def _attachments_block(say: Language) -> InputBlock:
    element = FileInputElement(filetypes=list(ALLOWED_FILETYPES), max_files=MODAL_FILES_MAX)
    hint = say(texts.FIELD_ATTACHMENTS_HINT.format(most=MODAL_FILES_MAX))
    return field(ids.ATTACHMENTS, say(texts.FIELD_ATTACHMENTS), element, hint=hint)


def _kept_blocks(attachments: tuple[Attachment, ...], say: Language) -> list[InputBlock]:
    """What came along, ten boxes in a field; what HeyGen would not take is not ticked."""
    boxes = [_kept_box(number, one, say) for number, one in enumerate(attachments)]
    starts = range(0, len(boxes), CHECKBOXES_MAX)[:KEPT_GROUPS_MAX]
    groups = [boxes[start : start + CHECKBOXES_MAX] for start in starts]
    return [_kept_block(number, group, say) for number, group in enumerate(groups)]


def _kept_block(number: int, boxes: list[tuple[Option, bool]], say: Language) -> InputBlock:
    label = texts.FIELD_KEPT_MORE if number else texts.FIELD_KEPT
    options = [box for box, _ in boxes]
    element = checkboxes(options, [box for box, is_ticked in boxes if is_ticked])
    name, hint = ids.kept_attachments(number), say(texts.FIELD_KEPT_HINT)
    return field(name, say(label), element, hint=hint)


def _kept_box(number: int, attachment: Attachment, say: Language) -> tuple[Option, bool]:
    """(the box, whether it is ticked); its value is the attachment's number in the draft."""
    name = attachment.name or attachment.url or attachment.file_id
    if attachment.url is not None:
        return option(name, str(number), say(texts.KEPT_LINK)), True
    if attachment_fault(attachment):
        return option(name, str(number), say(texts.KEPT_UNUSABLE)), False
    return option(name, str(number), attachment.note), True


def _destination_block(draft: Draft, say: Language) -> Block:
    if draft.channel_id:
        return section(say(_fixed_destination(draft)))
    element = ConversationSelectElement(
        filter=ConversationFilter(include=["public", "private"], exclude_bot_users=True),
        default_to_current_conversation=None if draft.is_from_dm else True,
    )
    hint = texts.FIELD_CHANNEL_HINT_DM if draft.is_from_dm else texts.FIELD_CHANNEL_HINT
    return field(ids.CHANNEL, say(texts.FIELD_CHANNEL), element, hint=say(hint))


def _fixed_destination(draft: Draft) -> str:
    if draft.thread_ts is not None:
        return texts.GOES_TO_THREAD
    if name := mrkdwn.channel(draft.channel_id):
        return texts.GOES_TO_CHANNEL.format(channel=name)
    return texts.GOES_TO_DM


def _last_choices_block(draft: Draft, say: Language) -> InputBlock:
    names = ", ".join(say(name) for name in _choice_names(draft))
    box = option(say(texts.LAST_CHOICES_OPTION), ids.LAST_CHOICES, names)
    return field(ids.LAST_CHOICES, say(texts.FIELD_LAST_CHOICES), checkboxes([box], [box]))


def _buttons_block(is_wide: bool, say: Language) -> ActionsBlock:
    more = [] if is_wide else [button(ids.MORE_OPTIONS, say(texts.BUTTON_MORE_OPTIONS))]
    preview = button(ids.PREVIEW_PROMPT, say(texts.BUTTON_PREVIEW))
    return actions([*more, preview])
