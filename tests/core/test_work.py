from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rdspatch.core.errors import BadInput
from rdspatch.core.work import Status, Work

WAITING = Work(status=Status.WAIT, wait_seconds=30, applied=3, pending=2, patch="0004_a", lock_attempts=11)
COUNTS = st.integers(min_value=0, max_value=10**6)
WORKS = st.builds(
    Work,
    status=st.sampled_from(Status),
    wait_seconds=COUNTS,
    applied=COUNTS,
    pending=COUNTS,
    patch=st.none() | st.text(),
    lock_attempts=COUNTS,
)
ANYTHING = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.integers(), max_size=2)


@given(WORKS)
def test_what_travels_through_the_workflow_comes_back_the_same(work: Work) -> None:
    assert Work.from_json(work.to_json()) == work


def test_what_else_the_workflow_keeps_beside_it_does_no_harm() -> None:
    assert Work.from_json(WAITING.to_json() | {"patches": ["0004_a"]}) == WAITING


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"status": "finished"}, "work.status: 'finished' is unknown; known are done, continue, wait, busy"),
        ({"status": None}, "work.status: null is unknown"),
        ({"status": ["done"]}, "work.status: ['done'] is unknown"),
        ({"lock_attempts": -1}, "work.lock_attempts: -1 is not a count"),
        ({"applied": "3"}, "work.applied: '3' is not a count"),
        ({"pending": 2.5}, "work.pending: 2.5 is not a count"),
        ({"wait_seconds": float("inf")}, "work.wait_seconds: inf is not a count"),
        ({"applied": True}, "work.applied: true is not a count"),
        ({"patch": 4}, "work.patch: 4 is not the name of a patch"),
    ],
)
def test_a_value_of_another_kind_is_refused(change: dict[str, Any], complaint: str) -> None:
    with pytest.raises(BadInput) as caught:
        Work.from_json(WAITING.to_json() | change)
    assert complaint in str(caught.value)


def test_everything_that_is_missing_is_reported_together() -> None:
    with pytest.raises(BadInput) as caught:
        Work.from_json({})
    wheres = {problem.where for problem in caught.value.problems}
    assert wheres == {f"work.{name}" for name in ("status", "applied", "pending", "wait_seconds", "lock_attempts")}


@pytest.mark.parametrize("document", [None, [], "done", 3])
def test_work_that_is_no_object_is_refused(document: object) -> None:
    with pytest.raises(BadInput, match=r"work: is .*, not an object"):
        Work.from_json(document)


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(WAITING.to_json(), ANYTHING)))
def test_any_object_is_work_or_bad_input(document: dict[str, Any]) -> None:
    try:
        work = Work.from_json(document)
    except BadInput:
        return
    assert work.lock_attempts >= 0
