"""Who may ask what of a job, in which state: the whole table."""

from __future__ import annotations

from itertools import product

import pytest

from bot.domain.errors import NotPossible, NotYours
from bot.domain.job import Failure, Job, JobState
from bot.domain.permissions import OPERATOR, Action, Who, check, offered
from bot.domain.progress import TIMED_OUT
from tests.builders import a_job

ADA, BEN, ADMIN = Who("U-ADA"), Who("U-BEN"), Who("U-BOSS", may_do_all=True)
JOBS: dict[str, Job] = {
    **{state.value: a_job(state=state, session_id="S1") for state in JobState},
    "failed": a_job(state=JobState.FAILED, failure=Failure("x", "y", "z"), session_id="S1"),
    "timed out": a_job(state=JobState.FAILED, failure=TIMED_OUT, session_id="S1"),
}
# y: done; -: it has been done already, said kindly; n: refused
TABLE = """
             cancel retry look_again send_again
queued            y     n          -          -
submitting        y     n          -          -
rendering         y     n          -          -
parked            y     n          y          y
completed         n     y          -          -
failed            n     y          n          n
timed_out         n     y          y          n
cancelled         -     y          n          n
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


@pytest.mark.parametrize(("name", "action"), list(product(JOBS, Action)), ids=str)
def test_somebody_else_may_do_nothing(name: str, action: Action) -> None:
    with pytest.raises(NotYours):
        check(action, JOBS[name], BEN)


@pytest.mark.parametrize(
    ("name", "buttons"),
    [
        ("queued", ["cancel"]),
        ("submitting", ["cancel"]),
        ("rendering", ["cancel"]),
        ("parked", ["look_again", "send_again", "cancel"]),
        ("completed", []),
        ("failed", ["retry"]),
        ("timed out", ["look_again", "retry"]),
        ("cancelled", ["retry"]),
    ],
)
def test_card_offers_what_fits_the_state(name: str, buttons: list[str]) -> None:
    assert list(offered(JOBS[name])) == buttons


def test_timed_out_job_without_a_session_cannot_be_looked_for() -> None:
    job = a_job(state=JobState.FAILED, failure=TIMED_OUT)

    assert list(offered(job)) == ["retry"]
