from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rdspatch.core.schema import ObjectKind
from tests.authoring.proof.column_cases import COLUMNS
from tests.authoring.proof.schema_object_cases import SCHEMA_OBJECTS
from tests.authoring.proof.table_cases import TABLES

if TYPE_CHECKING:
    from collections.abc import Callable

    from rdspatch.authoring.proof.one import Result
    from tests.authoring.proof.case import Case

pytestmark = pytest.mark.slow

CASES = {**TABLES, **COLUMNS, **SCHEMA_OBJECTS}


ONLY_A_SUPERUSER_MAKES = {
    ObjectKind.EVENT_TRIGGER,
    ObjectKind.FOREIGN_DATA_WRAPPER,
    ObjectKind.FOREIGN_SERVER,
    ObjectKind.OPERATOR_CLASS,
    ObjectKind.OPERATOR_FAMILY,
    ObjectKind.TRANSFORM,
}
"""A proof refuses them, as production would; `tests/cases/test_proof_role.py` looks at that."""


def test_there_are_cases_for_every_kind_of_object_that_a_patch_makes() -> None:
    words = " ".join(case.good + case.bad for case in CASES.values()).lower()
    assert len(CASES) >= 40
    kinds = set(ObjectKind) - ONLY_A_SUPERUSER_MAKES
    assert [kind for kind in kinds if kind.value not in {*CASES, *words.split()}] == []


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_patch_that_may_run_twice_is_proven(proven: Callable[..., Result], case: Case) -> None:
    result = proven(case.good, apart=case.apart)
    assert result.problems == ()
    assert result.locked.effects is not None


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_patch_that_may_not_is_caught_with_the_statement_and_what_it_does(
    proven: Callable[..., Result], case: Case
) -> None:
    result = proven(case.bad, apart=case.apart)
    (problem,) = result.problems
    assert case.says in str(problem)
    assert problem.where.startswith("0001_test.sql")
