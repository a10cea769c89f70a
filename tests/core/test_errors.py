from __future__ import annotations

import pytest

from rdspatch.core import errors
from rdspatch.core.errors import MAX_MESSAGE_CHARACTERS as MOST
from rdspatch.core.errors import BadPatches, Problem, RdspatchError

ALL = [
    error
    for error in vars(errors).values()
    if isinstance(error, type) and issubclass(error, RdspatchError) and error not in (RdspatchError, errors.InputError)
]
EXIT_CODES = {
    0: (),
    1: ("PatchFailed", "ProofFailed", "RunAborted", "RunEnded", "UnexpectedFailure"),
    2: (
        "BadInput",
        "BadSettings",
        "BadPatches",
        "BadModels",
        "LedgerUnusable",
        "AccessDenied",
        "InsecureConnection",
        "UnsupportedServer",
    ),
    3: (
        "LockFileStale",
        "ModelsDiffer",
        "PlanRefused",
        "VerificationFailed",
        "EffectMissing",
        "DriftFound",
        "DriftUnjudged",
        "RepairRefused",
        "Drifted",
        "ApprovalRejected",
    ),
    4: (
        "AnotherRunActive",
        "LockNotAvailable",
        "ReadBlocked",
        "DatabaseUnreachable",
        "ConnectionLost",
        "PatchesLost",
        "AuditUnavailable",
        "ApprovalExpired",
        "SnapshotFailed",
        "RunTimedOut",
    ),
    5: ("Unhealthy",),
}


@pytest.mark.parametrize("error", ALL)
def test_every_error_has_the_exit_code_of_its_meaning(error: type[RdspatchError]) -> None:
    assert error.__name__ in EXIT_CODES[error.exit_code]


def test_only_what_may_pass_by_itself_is_retried() -> None:
    retried = {error.__name__: error.retry for error in ALL if error.retry != "never"}
    assert retried == {
        "AnotherRunActive": "slowly",
        "ReadBlocked": "soon",
        "DatabaseUnreachable": "soon",
        "ConnectionLost": "soon",
        "AuditUnavailable": "soon",
    }


def test_a_problem_says_where_what_and_what_instead() -> None:
    assert str(Problem(where="a.sql:1", what="is empty", instead="write one")) == "a.sql:1: is empty; write one"
    assert str(Problem(where="a.sql:1", what="is empty")) == "a.sql:1: is empty"


def test_an_error_counts_and_lists_its_problems() -> None:
    one, two = Problem(where="a", what="x"), Problem(where="b", what="y")
    assert str(BadPatches([one])) == "1 problem in the patches:\n  a: x"
    assert str(BadPatches(iter([one, two]))) == "2 problems in the patches:\n  a: x\n  b: y"


@pytest.mark.parametrize(("length", "kept"), [(MOST - 1, MOST - 1), (MOST, MOST), (MOST + 1, MOST), (300_000, MOST)])
def test_a_message_never_outgrows_what_the_workflow_can_hash(length: int, kept: int) -> None:
    text = str(RdspatchError("x" * length))
    assert len(text) == kept
    assert text.endswith("…") is (length > kept)
