from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rdspatch.core.errors import BadInput
from rdspatch.core.run import Run, parse_run

STARTED = "2026-01-01T00:00:00.000Z"


@pytest.mark.parametrize("started", [STARTED, "2026-01-01T00:00:00+02:00", "2026-01-01T00:00:00.123456"])
def test_a_run_is_read_as_the_workflow_gives_it(started: str) -> None:
    assert parse_run({"id": "run-1", "started_at": started}) == Run(id="run-1", started_at=started)


@pytest.mark.parametrize(
    "name", ["0b6f8f2e-6d5c-4b5e-9e0a-1f3f6d1f0a11", "release(41)!", "prüfung_1.2+3=4@5'", "a" * 80]
)
def test_every_name_that_step_functions_takes_is_a_run(name: str) -> None:
    assert parse_run({"id": name, "started_at": STARTED}).id == name


@pytest.mark.parametrize(
    "name",
    ["", "a" * 81, "a b", "a#b", "a|b", "a\nb", "a\x00b", "a\x85b", "\ud800", "a/b", "a:b", "a,b", "*", None, 7, ["a"]],
)
def test_a_name_that_could_not_stand_in_an_audit_key_is_refused(name: object) -> None:
    with pytest.raises(BadInput, match=r"run.id: is not the name of an execution"):
        parse_run({"id": name, "started_at": STARTED})


@pytest.mark.parametrize("started", ["", "yesterday", "2026-01-01#", "2026-01-01T00:00:00Z|", "2" * 41, None, 1.5, {}])
def test_a_start_that_could_not_stand_in_an_audit_key_is_refused(started: object) -> None:
    with pytest.raises(BadInput, match=r"run.started_at: .*write it like 2026-01-01T"):
        parse_run({"id": "run-1", "started_at": started})


@pytest.mark.parametrize(("document", "what"), [(None, "null"), ([], "a list"), ("run-1", "a text")])
def test_a_run_that_is_no_object_is_refused(document: object, what: str) -> None:
    with pytest.raises(BadInput, match=f"run: is {what}, not an object"):
        parse_run(document)


def test_both_problems_are_reported_together() -> None:
    with pytest.raises(BadInput) as caught:
        parse_run({})
    assert [problem.where for problem in caught.value.problems] == ["run.id", "run.started_at"]


@given(st.dictionaries(st.sampled_from(["id", "started_at", "x"]), st.none() | st.integers() | st.text()))
def test_any_object_is_a_run_or_bad_input(document: dict[str, object]) -> None:
    try:
        run = parse_run(document)
    except BadInput:
        return
    assert "#" not in run.id + run.started_at
    assert "|" not in run.id + run.started_at
