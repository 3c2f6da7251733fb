"""Slack: messages in threads, files in both directions, Home tabs."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol

from bot.domain.delivery.notice import Notice, PostedMessage
from bot.domain.job.pages import JobPage
from bot.domain.ports.files import FileContent
from bot.domain.request.video_request import Attachment


class SlackThreads(Protocol):
    """Messages in Slack. Every method raises SlackError (bot/domain/errors.py) and nothing else."""

    async def post(self, channel_id: str, thread_ts: str | None, notice: Notice) -> PostedMessage:
        """Post once, without repeats of its own; the message carries the delivery's id."""
        ...

    async def update(self, channel_id: str, ts: str, notice: Notice) -> None: ...

    async def find(
        self, channel_id: str, thread_ts: str | None, delivery_id: str, since: datetime
    ) -> PostedMessage | None:
        """The message that carries this delivery's id, if it is there.

        Raises SlackRefused where the bot may not read.
        """
        ...

    async def join(self, channel_id: str) -> None: ...

    async def open_dm(self, user_id: str) -> str:
        """The id of the direct-message channel with this person."""
        ...


class SlackUploads(Protocol):
    """Files that the bot brings. Every method raises SlackError and nothing else."""

    async def upload(self, content: FileContent, *, alt_text: str = "", locale: str = "") -> str:
        """Stream the bytes to Slack; returns the file's id. Nobody sees it before `share`.

        `alt_text` says what a picture shows, in the language of `locale`. Slack may then lose the
        share without a word: ask `is_shared` afterwards.
        """
        ...

    async def share(self, file_id: str, channel_id: str, thread_ts: str | None) -> None:
        """Show an uploaded file, once: shared again it is there twice."""
        ...

    async def is_shared(self, file_id: str, channel_id: str) -> bool:
        """Whether this file is in this channel; Slack may say so a little late.

        Raises SlackRefused with code file_not_found for an upload that is gone.
        """
        ...


class SlackFiles(Protocol):
    """Files that people attached. Raises AttachmentUnusable, SlackBusy, SlackUnavailable."""

    async def describe(self, file_id: str) -> Attachment:
        """What Slack knows of a file, asked for anew."""
        ...

    def download(self, attachment: Attachment) -> AbstractAsyncContextManager[FileContent]:
        """The file's bytes on disk, streamed there; removed when the context ends."""
        ...


class HomeTabs(Protocol):
    """The Home tab in Slack. Raises SlackError and nothing else."""

    async def publish(self, user_id: str, page: JobPage) -> None:
        """Show this person this page; done twice it shows the same."""
        ...
