"""How the HeyGen stand-in words its answers: the JSON of sessions, videos, lists."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.sandbox.heygen.links import SignedFiles
from bot.sandbox.heygen.state import SandboxAsset, SandboxSession, SandboxVideo

MESSAGES_MAX = 40
SAMPLE_DURATION_S = 4.0  # length of the packaged MP4 files

USER: dict[str, Any] = {
    "username": "sandbox",
    "email": "sandbox@example.test",
    "first_name": "Sand",
    "last_name": "Box",
    "billing_type": "wallet",
    "wallet": {
        "currency": "usd",
        "remaining_balance": 25.5,
        "auto_reload": {"enabled": False, "threshold_usd": None, "amount_usd": None},
    },
    "subscription": None,
    "usage_based": None,
}


def single(data: dict[str, Any]) -> dict[str, Any]:
    return {"data": data}


def page(data: Sequence[dict[str, Any]], next_token: str | None = None) -> dict[str, Any]:
    return {"data": list(data), "has_more": next_token is not None, "next_token": next_token}


def session_created(session: SandboxSession) -> dict[str, Any]:
    return {
        "session_id": session.session_id,
        "status": session.status,
        "video_id": session.video_id,
        "created_at": int(session.created_at),
    }


def session_in_list(session: SandboxSession) -> dict[str, Any]:
    return {
        "session_id": session.session_id,
        "title": None if session.status == "thinking" else session.title,
        "created_at": int(session.created_at),
    }


def session_read(session: SandboxSession) -> dict[str, Any]:
    messages = [
        {
            "role": message.role,
            "type": message.type,
            "content": message.content,
            "created_at": int(at),
            "resource_ids": None,
        }
        for at, message in session.messages
    ]
    return session_in_list(session) | {
        "status": session.told_status(),
        "progress": session.progress,
        "video_id": session.video_id,
        "messages": messages[:MESSAGES_MAX],
    }


def video_read(video: SandboxVideo, files: SignedFiles) -> dict[str, Any]:
    """One video as GET /v3/videos/{video_id} tells it; briefly if it failed for no reason."""
    session, status = video.session, video.told_status()
    brief = {"id": video.video_id, "status": status, "created_at": int(session.video_id_at)}
    if session.failed and not session.halted and session.outcome.gives_no_reason:
        return brief | {"title": ""}
    return brief | {
        "title": session.title,
        "completed_at": int(video.completed_at) if video.completed_at is not None else None,
        "folder_id": None,
        "gif_url": None,
        "captioned_video_url": None,
        "output_language": None,
        **_links(video, files),
        **_failure(session),
    }


def _links(video: SandboxVideo, files: SignedFiles) -> dict[str, Any]:
    has_url, done = video.tells_url(), video.status == "completed"
    has_subtitles = has_url and video.has_subtitles
    return {
        "video_url": files.link(f"{video.video_id}.mp4") if has_url else None,
        "subtitle_url": files.link(f"{video.video_id}.srt") if has_subtitles else None,
        "thumbnail_url": files.link(f"{video.video_id}.png") if done else None,
        "video_page_url": files.page_url(video.video_id) if done else None,
        "duration": SAMPLE_DURATION_S if done else None,
    }


def _failure(session: SandboxSession) -> dict[str, Any]:
    code, message = session.outcome.failure_code, session.outcome.failure_message
    if not session.failed:
        code = message = None
    elif session.halted:
        code, message = None, "The session was stopped."
    return {"failure_code": code, "failure_message": message}


def asset_uploaded(asset: SandboxAsset, base_url: str) -> dict[str, Any]:
    return {
        "asset_id": asset.asset_id,
        "url": f"{base_url}/assets/{asset.asset_id}",
        "mime_type": asset.mime_type,
        "size_bytes": asset.size_bytes,
    }


def callback_payload(session: SandboxSession, files: SignedFiles) -> dict[str, Any]:
    """The body of a callback. HeyGen does not document it; receivers read these names."""
    event = "video_agent.fail" if session.failed else "video_agent.success"
    data = {
        "session_id": session.session_id,
        "video_id": session.video_id,
        "callback_id": session.body.get("callback_id"),
    }
    if session.failed:
        data |= _failure(session)
    elif session.video_id is not None:
        data["video_url"] = files.link(f"{session.video_id}.mp4")
        data["video_page_url"] = files.page_url(session.video_id)
    return {
        "event_id": f"evt_{session.session_id}",
        "event_type": event,
        "event_data": data,
        "created_at": int(min(session.ends_at, session.now())),
    }
