"""A key is kept once HeyGen has taken it; what people are told of it, and of its absence."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from bot.domain import texts
from bot.domain.errors import (
    RequestRefused,
    VideoAgentBlocked,
    VideoAgentBusy,
    VideoAgentError,
    VideoAgentRefused,
    VideoAgentUnavailable,
)
from bot.domain.ports.store import Store
from bot.domain.workspace import NO_ACCOUNT, HeyGenKey, KeyStatus, account_of
from bot.workflow.heygen_keys import KEY_MAX_CHARS, WorkspaceKey
from bot.workflow.intake import NoKey
from store import open_store
from tests.builders import NOON
from tests.empty_database import write_empty_database
from tests.fakes import FakeClock
from tests.keys import FERNET_KEY
from tests.workflow.fake_world import World

KEY, OTHER, OPERATORS = "sk_of_acme_1234", "sk_of_acme_5678", "sk_of_operator"
ADA = "U-ADA"


class HeyGen:
    """What HeyGen says of a key when it is asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.error: VideoAgentError | None = None
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    async def check(self, secret: str) -> None:
        self.asked.append(secret)
        await self.may_answer.wait()
        if self.error is not None:
            raise self.error


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Any]:
    write_empty_database(tmp_path / "bot.db")
    store = open_store(f"sqlite:///{tmp_path / 'bot.db'}", encryption_keys=(FERNET_KEY,))
    yield store
    await store.close()


@pytest.fixture
def heygen() -> HeyGen:
    return HeyGen()


@pytest.fixture
def changes() -> list[str]:
    return []


Keys = Callable[..., WorkspaceKey]


@pytest.fixture
def key_of(store: Any, heygen: HeyGen, changes: list[str]) -> Keys:
    def build(workspace_id: str = "T1", **how: Any) -> WorkspaceKey:
        return WorkspaceKey(
            store.heygen_keys,
            workspace_id,
            check=heygen.check,
            clock=FakeClock(),
            on_change=lambda: changes.append(workspace_id),
            check_within_s=0.05,
            **how,
        )

    return build


async def refusal_of(key: WorkspaceKey, secret: str) -> str:
    with pytest.raises(RequestRefused) as refused:
        await key.connect(secret, ADA)
    (sentence,) = refused.value.faults.values()
    return sentence


async def current(store: Any) -> list[HeyGenKey]:
    return [key for key in await store.heygen_keys.all() if key.is_current]


# -- connecting


async def test_key_that_heygen_takes_is_kept_and_told(
    key_of: Keys, store: Any, changes: list[str]
) -> None:
    key = key_of()
    assert not key.has_any

    await key.connect(KEY, ADA)

    (kept,) = await current(store)
    assert (kept.secret, kept.account, kept.workspace_id) == (KEY, account_of(KEY), "T1")
    assert await key.status() == KeyStatus(ADA, NOON)
    assert key.has_any
    assert changes == ["T1"]


async def test_new_key_takes_the_place_of_the_old(key_of: Keys, store: Any) -> None:
    await key_of().connect(KEY, ADA)

    await key_of().connect(OTHER, "U-BEN")

    assert [one.secret for one in await current(store)] == [OTHER]
    assert (await key_of().status()).connected_by == "U-BEN"


async def test_operator_s_own_key_is_the_operator_s_account(key_of: Keys, store: Any) -> None:
    await key_of().connect(OPERATORS, ADA)

    assert [one.account for one in await current(store)] == [account_of(OPERATORS)]


async def test_key_of_one_workspace_is_nothing_to_another(key_of: Keys) -> None:
    await key_of("T1").connect(KEY, ADA)

    other = key_of("T2")

    assert await other.status() == KeyStatus()
    assert not other.has_any


@pytest.mark.parametrize(
    "secret",
    ["", "short", "two words of it", "with\nnewline", "ключ-от-видео", "k" * (KEY_MAX_CHARS + 1)],
)
async def test_what_cannot_be_a_key_is_not_shown_to_heygen(
    key_of: Keys, heygen: HeyGen, secret: str
) -> None:
    assert await refusal_of(key_of(), secret) == texts.KEY_MISSHAPEN
    assert heygen.asked == []


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        pytest.param(VideoAgentBlocked(status=401), texts.KEY_REFUSED, id="401"),
        pytest.param(VideoAgentRefused(status=403), texts.KEY_REFUSED, id="403"),
        pytest.param(
            VideoAgentBlocked(texts.BALANCE_USED_UP, status=402),
            texts.KEY_OF_NO_USE.format(message=texts.BALANCE_USED_UP),
            id="402",
        ),
        pytest.param(VideoAgentUnavailable(status=403), texts.KEY_NOT_CHECKED, id="edge"),
        pytest.param(VideoAgentUnavailable(), texts.KEY_NOT_CHECKED, id="no answer"),
        pytest.param(VideoAgentBusy(status=429), texts.KEY_NOT_CHECKED, id="429"),
    ],
)
async def test_key_that_heygen_does_not_take_is_not_kept(
    key_of: Keys,
    store: Any,
    heygen: HeyGen,
    changes: list[str],
    error: VideoAgentError,
    sentence: str,
) -> None:
    heygen.error = error

    assert await refusal_of(key_of(), KEY) == sentence
    assert (await current(store), changes) == ([], [])


async def test_refused_key_can_be_sent_again(key_of: Keys, store: Any, heygen: HeyGen) -> None:
    key = key_of()
    heygen.error = VideoAgentUnavailable()
    await refusal_of(key, KEY)
    heygen.error = None

    await key.connect(KEY, ADA)

    assert len(await current(store)) == 1


async def test_slow_answer_is_there_when_the_form_is_sent_again(
    key_of: Keys, store: Any, heygen: HeyGen
) -> None:
    key = key_of()
    heygen.may_answer.clear()
    assert await refusal_of(key, KEY) == texts.KEY_CHECK_SLOW
    assert await current(store) == []
    heygen.may_answer.set()

    await key.connect(KEY, ADA)

    assert heygen.asked == [KEY]
    assert len(await current(store)) == 1


async def test_answer_about_another_key_is_not_taken_for_this_one(
    key_of: Keys, store: Any, heygen: HeyGen
) -> None:
    key = key_of()
    heygen.may_answer.clear()
    await refusal_of(key, KEY)
    heygen.may_answer.set()

    await key.connect(OTHER, ADA)

    assert heygen.asked == [KEY, OTHER]
    assert [one.secret for one in await current(store)] == [OTHER]


async def test_key_is_in_no_log_and_no_representation(
    key_of: Keys, store: Any, heygen: HeyGen, logs: list[Any]
) -> None:
    key = key_of()
    heygen.error = VideoAgentBlocked(status=401)
    refused = await refusal_of(key, KEY)
    heygen.error = None
    await key.connect(KEY, ADA)
    await key.remove(ADA)

    seen = f"{logs} {refused} {vars(key)} {await store.heygen_keys.all()}"

    assert KEY not in seen


# -- removing


@pytest.mark.parametrize("has_default", [True, False])
async def test_removed_key_serves_no_new_video(
    key_of: Keys, store: Any, changes: list[str], has_default: bool
) -> None:
    key = key_of(default=account_of(OPERATORS) if has_default else NO_ACCOUNT)
    await key.connect(KEY, ADA)

    await key.remove(ADA)

    assert await current(store) == []
    assert await key.status() == KeyStatus(has_default=has_default)
    assert key.has_any is has_default
    assert changes == ["T1", "T1"]


# -- while videos wait


async def test_operator_s_key_serves_who_has_none(key_of: Keys) -> None:
    key = key_of(default=account_of(OPERATORS))

    assert key.has_any
    assert key.why_it_waits(None) is None
    assert key.why_it_waits(texts.BOT_KEY_REFUSED) == texts.BOT_KEY_REFUSED


async def test_without_a_key_videos_wait_for_one(key_of: Keys) -> None:
    assert key_of().why_it_waits(None) == texts.WAITS_FOR_KEY


async def test_own_key_that_heygen_takes_no_more_is_for_an_admin_to_replace(key_of: Keys) -> None:
    key = key_of()
    await key.connect(KEY, ADA)

    assert key.why_it_waits(texts.BOT_KEY_REFUSED) == texts.WORKSPACE_KEY_REFUSED
    assert key.why_it_waits(texts.HEYGEN_OUTAGE) == texts.HEYGEN_OUTAGE
    assert key.why_it_waits(None) is None


@pytest.fixture
def world(world_of: Callable[..., World], heygen: HeyGen) -> World:
    """One workspace among several."""

    def key_of(store: Store) -> WorkspaceKey:
        return WorkspaceKey(
            store.heygen_keys,
            "T1",
            check=heygen.check,
            clock=FakeClock(),
            on_change=lambda: None,
        )

    return world_of(heygen_key_of=key_of)


def key_in(world: World) -> WorkspaceKey:
    assert world.parts.heygen_key is not None
    return world.parts.heygen_key


async def test_card_of_a_video_that_waits_tells_an_admin_to_replace_the_refused_key(
    world: World,
) -> None:
    await key_in(world).connect(KEY, ADA)
    refusal = VideoAgentBlocked(texts.BOT_KEY_REFUSED, status=401)
    world.agent.fail_always("create_session", refusal)
    job = await world.ask()

    await world.advance(60)

    assert world.card(job.id).notice.waiting_for == texts.WORKSPACE_KEY_REFUSED
    listed = await world.parts.overview.listed(job.id)
    assert listed.waiting_for == texts.WORKSPACE_KEY_REFUSED


async def test_without_a_key_the_world_takes_nothing_in(world: World) -> None:
    with pytest.raises(NoKey):
        await world.ask()

    await key_in(world).connect(KEY, ADA)

    assert await world.ask()
