"""HeyGen's replies, well-formed and not, become our words."""

import json
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.news import (
    SessionNews,
    SessionStatus,
    VideoNews,
    VideoStatus,
)
from bot.heygen import replies
from bot.heygen.replies import Account, ReplyUnreadable

CONTRACT = json.loads((Path(__file__).parents[1] / "contract" / "heygen-v3.json").read_text())
SAMPLES = {name: sample.get("response") for name, sample in CONTRACT["samples"].items()}
STATUS = CONTRACT["status"]
WAITING = dict.fromkeys(STATUS["session"]["needs_user"], SessionStatus.WAITING)
SESSION_WORDS = [
    *STATUS["session"]["values"],
    *STATUS["session"]["on_create"],
    *STATUS["session"]["legacy_aliases"],
]
VIDEO_WORDS = [
    *STATUS["video"]["values"],
    *STATUS["video"]["aliases"],
    *STATUS["video"]["bulk_extra"],
]


def session(**fields: Any) -> SessionNews:
    document = {"data": {"session_id": "s", "status": "thinking", "created_at": 1} | fields}
    return replies.session_news(document, has_messages=True)


def video(**fields: Any) -> VideoNews:
    return replies.video_news({"data": {"id": "v", "status": "completed"} | fields})


def message(content: str | None, role: str = "user", type: str = "text") -> dict[str, Any]:
    return {"role": role, "type": type, "content": content, "created_at": None}


def test_sample_create_is_read() -> None:
    news = replies.session_news(SAMPLES["POST /v3/video-agents"], has_messages=False)

    assert news == SessionNews("sess_demo_1", SessionStatus.RUNNING)


def test_sample_session_is_read() -> None:
    news = replies.session_news(SAMPLES["GET /v3/video-agents/{session_id}"], has_messages=True)

    assert news == SessionNews("sess_demo_1", SessionStatus.RUNNING, "vid_demo_1", 35)


def test_sample_videos_are_read() -> None:
    name = "GET /v3/videos/{video_id}"

    assert replies.video_news(SAMPLES[name]) == VideoNews(
        "vid_demo_1",
        VideoStatus.COMPLETED,
        "https://files.example.test/vid_demo_1.mp4?Expires=1",
        "https://app.example.test/videos/vid_demo_1",
        41.2,
    )
    without_reason = replies.video_news(SAMPLES[f"{name}#failed_without_reason"])
    assert without_reason == VideoNews("vid_demo_2", VideoStatus.FAILED)


def test_other_samples_are_read() -> None:
    assert replies.video_statuses(SAMPLES["GET /v3/videos/statuses"]) == {
        "vid_demo_1": VideoStatus.COMPLETED,
        "vid_demo_9": VideoStatus.NOT_FOUND,
    }
    assert replies.asset_id(SAMPLES["POST /v3/assets"]) == "asset_demo_1"
    stopped = SAMPLES["POST /v3/video-agents/{session_id}/stop"]
    assert replies.stopped_session_id(stopped) == "sess_demo_1"
    assert replies.account(SAMPLES["GET /v3/users/me"]) == Account("demo", "wallet", 25.5, "usd")


@pytest.mark.parametrize("word", [*SESSION_WORDS, "COMPLETED", "dreaming", "", None, 7, []])
def test_each_session_word_becomes_ours(word: Any) -> None:
    ours = {"completed": SessionStatus.COMPLETED, "failed": SessionStatus.FAILED} | WAITING
    expected = ours.get(str(word).lower(), SessionStatus.RUNNING)

    assert session(status=word).status is expected


@pytest.mark.parametrize("word", [*VIDEO_WORDS, "Failed", "dreaming", "", None, 7, []])
def test_each_video_word_becomes_ours(word: Any) -> None:
    terminal = {one: VideoStatus(one) for one in STATUS["video"]["terminal"]}
    terminal["not_found"] = VideoStatus.NOT_FOUND
    expected = terminal.get(str(word).lower(), VideoStatus.RUNNING)

    assert video(status=word).status is expected
    bulk = replies.video_statuses({"data": [{"video_id": "v", "status": word}]})
    assert bulk == {"v": expected}


def test_tables_of_words_know_the_whole_contract() -> None:
    assert set(replies.SESSION_WORDS) == set(SESSION_WORDS)
    assert set(replies.VIDEO_WORDS) == set(VIDEO_WORDS)


def test_first_user_message_is_the_oldest_of_the_user() -> None:
    newest_first = [
        message("done", "model"),
        message("a later wish"),
        message("thinking", "model"),
        message(" the prompt\n"),
        message("file.pdf", type="resource"),
        message("welcome", "model"),
    ]

    assert session(messages=newest_first).first_user_message == " the prompt\n"


@pytest.mark.parametrize(
    ("messages", "first"),
    [
        (None, None),
        ([], None),
        ([message("hello", "model")], None),
        ([message(None), None, "x"], None),
        ([message("only a file", type="resource")], "only a file"),
        ([{"role": "user", "content": "typeless"}], "typeless"),
    ],
)
def test_first_user_message_of_odd_conversations(messages: Any, first: str | None) -> None:
    assert session(messages=messages).first_user_message == first


def test_create_has_no_first_user_message() -> None:
    document = {"data": {"session_id": "s", "messages": [message("prompt")]}}

    assert replies.session_news(document, has_messages=False).first_user_message is None


def test_error_text_is_the_newest_message_of_type_error() -> None:
    newest_first = [
        message("bye", "model"),
        message("newest", "model", "error"),
        message("older", "model", "error"),
    ]

    assert session(messages=newest_first).error_text == "newest"


@pytest.mark.parametrize(
    ("told", "shown"), [(None, 0), ("50", 0), (-3, 0), (35.9, 35), (100, 100), (250, 100)]
)
def test_progress_is_a_percentage_whatever_is_told(told: Any, shown: int) -> None:
    assert session(progress=told).progress == shown


def test_empty_optional_fields_are_none() -> None:
    assert session(video_id="").video_id is None
    assert video(video_url="", video_page_url=" ", failure_code=7).failure_code == "7"
    assert video(video_url="").video_url is None
    assert video(duration="long").duration_s is None


def test_list_is_read_in_utc_with_its_next_token() -> None:
    line = {"session_id": "s", "created_at": 1767225600, "title": None}

    page = replies.session_page({"data": [line], "has_more": True, "next_token": "t"})

    assert page == ([("s", datetime(2026, 1, 1, tzinfo=UTC))], "t")


@pytest.mark.parametrize(
    "ending", [{"has_more": False, "next_token": "t"}, {"has_more": True, "next_token": None}, {}]
)
def test_last_page_has_no_token(ending: dict[str, Any]) -> None:
    assert replies.session_page({"data": [], **ending}) == ([], None)


def test_list_with_one_unreadable_line_is_unreadable() -> None:
    """A line left out could be the session that a lost create has made."""
    with pytest.raises(ReplyUnreadable):
        replies.session_page({"data": [{"session_id": "s", "created_at": None}]})


def test_bulk_lines_without_an_id_are_left_out() -> None:
    lines = [{"batch_id": "b", "status": "completed"}, None, {"video_id": "v", "status": "failed"}]

    assert replies.video_statuses({"data": lines}) == {"v": VideoStatus.FAILED}


@pytest.mark.parametrize(
    ("fields", "account"),
    [
        ({}, Account("demo")),
        ({"wallet": {"currency": "usd", "remaining_balance": None}}, Account("demo")),
        (
            {"billing_type": "usage_based", "usage_based": {"remaining_credits": 3}},
            Account("demo", "usage_based", 3.0, "credits"),
        ),
        (
            {
                "billing_type": "subscription",
                "subscription": {
                    "plan": "pro",
                    "credits": {"premium_credits": {"remaining": 5}, "add_on_credits": None},
                },
            },
            Account("demo", "subscription", 5.0, "credits"),
        ),
        ({"billing_type": "subscription", "subscription": {"plan": "pro"}}, None),
    ],
)
def test_account_tells_its_balance_where_there_is_one(
    fields: dict[str, Any], account: Account | None
) -> None:
    told = replies.account({"data": {"username": "demo", **fields}})

    assert told == (account or Account("demo", "subscription"))


READERS = [
    lambda document: replies.session_news(document, has_messages=True),
    replies.session_page,
    replies.video_news,
    replies.video_statuses,
    replies.asset_id,
    replies.stopped_session_id,
    replies.account,
]
NAMES = ["data", "session_id", "created_at", "messages", "id", "video_id", "status", "wallet"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*NAMES, "username", "progress", "content"]), inner)
    ),
    max_leaves=12,
)


@given(st.one_of(JSON, st.fixed_dictionaries({"data": JSON})))
def test_any_json_is_read_or_unreadable(document: object) -> None:
    for read in READERS:
        with suppress(ReplyUnreadable):
            read(document)


def test_half_an_emoji_in_a_reason_becomes_text_that_everybody_can_keep() -> None:
    sample = SAMPLES["GET /v3/videos/{video_id}"]
    data = sample["data"] | {"status": "failed", "failure_message": "No \ud83d"}

    news = replies.video_news({"data": data})

    assert news.failure_message == "No ?"
