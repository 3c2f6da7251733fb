"""Who may ask what of a job, in which state: the whole table."""

from __future__ import annotations

from itertools import product

import pytest

from bot.domain.errors import NotPossible, NotYours, Outsider
from bot.domain.job.job import Failure, Job, JobState
from bot.domain.job.permissions import OF_REQUESTER, OPERATOR, Action, Who, check, offered
from bot.domain.job.progress import TIMED_OUT
from tests.builders import a_job

ADA, BEN, ADMIN = Who("U-ADA"), Who("U-BEN"), Who("U-BOSS", may_do_all=True)
STRANGER = Who("U-STRANGER", is_outsider=True)
FOR_ALL = sorted(set(Action) - OF_REQUESTER)  # they begin something of one's own, or only look
JOBS: dict[str, Job] = {
    **{state.value: a_job(state=state, session_id="S1") for state in JobState},
    "failed": a_job(state=JobState.FAILED, failure=Failure("x", "y", "z"), session_id="S1"),
    "timed out": a_job(state=JobState.FAILED, failure=TIMED_OUT, session_id="S1"),
}
# y: done; -: it has been done already, said kindly; n: refused
TABLE = """
             cancel retry look_again send_again vary edit other_orientation fresh_link details
queued            y     n          -          -    y    y                 y          n       y
submitting        y     n          -          -    y    y                 y          n       y
rendering         y     n          -          -    y    y                 y          n       y
parked            y     n          y          y    y    y                 y          n       y
completed         n     y          -          -    y    y                 y          y       y
failed            n     y          n          n    y    y                 y          n       y
timed_out         n     y          y          n    y    y                 y          n       y
cancelled         -     y          n          n    y    y                 y          n       y
"""


def rows() -> dict[tuple[str, Action], str]:
    head, *lines = (line.split() for line in TABLE.strip().splitlines())
    return {
        (line[0].replace("_", " "), Action(name)): answer
        for line in lines
        for name, answer in zip(head, line[1:], strict=True)
    }


@pytest.mark.parametrize("who", [ADA, ADMIN, OPERATOR], ids=["requester", "admin", "operator"])
@pytest.mark.parametrize(("name", "action"), list(product(JOBS, Action)), ids=str)
def test_action_is_answered_as_the_table_says(name: str, action: Action, who: Who) -> None:
    expected = rows()[name, action]

    if expected == "n":
        with pytest.raises(NotPossible) as refused:
            check(action, JOBS[name], who)
        assert refused.value.message.endswith(".")
        assert refused.value.hint.endswith(".")
        return
    note = check(action, JOBS[name], who)

    assert (note is None) == (expected == "y")
    assert note is None or note.endswith(".")


@pytest.mark.parametrize(("name", "action"), list(product(JOBS, sorted(OF_REQUESTER))), ids=str)
@pytest.mark.parametrize("who", [BEN, STRANGER], ids=["colleague", "outsider"])
def test_somebody_else_decides_nothing_about_a_video(name: str, action: Action, who: Who) -> None:
    with pytest.raises(NotYours):
        check(action, JOBS[name], who)


@pytest.mark.parametrize("action", FOR_ALL)
def test_colleague_may_look_and_begin_from_somebody_s_video(action: Action) -> None:
    assert check(action, JOBS["completed"], BEN) is None


@pytest.mark.parametrize(("name", "action"), list(product(JOBS, FOR_ALL)), ids=str)
def test_outsider_begins_nothing_and_looks_at_nothing(name: str, action: Action) -> None:
    with pytest.raises(Outsider) as refused:
        check(action, JOBS[name], STRANGER)

    assert "workspace" in refused.value.sentence


@pytest.mark.parametrize(
    ("name", "buttons"),
    [
        ("queued", ["cancel"]),
        ("submitting", ["cancel"]),
        ("rendering", ["cancel"]),
        ("parked", ["look_again", "send_again", "cancel"]),
        ("completed", ["vary", "edit", "other_orientation"]),
        ("failed", ["retry", "edit"]),
        ("timed out", ["look_again", "retry", "edit"]),
        ("cancelled", ["retry", "edit"]),
    ],
)
def test_card_offers_what_fits_the_state(name: str, buttons: list[str]) -> None:
    assert list(offered(JOBS[name])) == buttons


def test_timed_out_job_without_a_session_cannot_be_looked_for() -> None:
    job = a_job(state=JobState.FAILED, failure=TIMED_OUT)

    assert list(offered(job)) == ["retry", "edit"]
