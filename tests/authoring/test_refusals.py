from __future__ import annotations

from typing import Any

import pytest

from rdspatch.authoring.parser import parse_statements
from rdspatch.authoring.refusals import REFUSALS, refused_in
from tests.authoring.patch_factory import HEADER, NO_TRANSACTION, patch_of
from tests.authoring.refusal_cases import IN_A_BODY, IN_A_TRANSACTION, WITHOUT_TRANSACTION, Case


def refusals(text: str) -> list[tuple[str, int]]:
    patch = patch_of(text)
    return [(place.refusal.name, place.line) for place in refused_in(parse_statements(patch.sql), patch.directives)]


TRANSACTIONS, DISARMING, DANGEROUS = "F33", "F34", "F35"
EXPERIMENTS = {
    **dict.fromkeys(["transaction-control", "needs-transaction-none", "no-effect-without-transaction"], TRANSACTIONS),
    **dict.fromkeys(["set-session", "pinned-setting", "reset", "discard", "advisory-lock"], DISARMING),
    **dict.fromkeys(["set-config", "pinned-set-config", "backend-signal", "ledger-write"], DISARMING),
    **dict.fromkeys(["load", "copy-over-connection", "copy-on-server", "alter-system"], DANGEROUS),
    **dict.fromkeys(["role-ddl", "database-ddl", "listen", "prepare", "cursor"], DANGEROUS),
}
"""Of which experiment a refusal is a trial."""


def named(cases: tuple[Case, ...]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", [_named(case) for case in cases])


def _named(case: Case) -> Any:
    experiment = EXPERIMENTS.get(case.refusal)
    marks = [pytest.mark.experiment(experiment)] if experiment else []
    return pytest.param(case, id=f"{case.refusal}: {case.bad}", marks=marks)


@named(IN_A_TRANSACTION)
def test_a_statement_is_refused_at_its_line_and_its_neighbours_are_not(case: Case) -> None:
    text = f"{HEADER}SELECT 'é';\n/* über\n;*/ {case.bad};\n{case.good};\n"
    assert refusals(text) == [(case.refusal, 4)]


@named(WITHOUT_TRANSACTION)
def test_other_statements_are_refused_without_a_transaction(case: Case) -> None:
    assert refusals(f"{NO_TRANSACTION}{case.good};\n{case.bad};\n") == [(case.refusal, 4)]


@pytest.mark.parametrize(
    "case",
    [case for case in IN_A_TRANSACTION if case.refusal == "needs-transaction-none"],
    ids=lambda case: case.bad,
)
def test_what_needs_to_be_without_a_transaction_is_taken_there(case: Case) -> None:
    assert refusals(f"{NO_TRANSACTION}{case.bad};\n") == []


@named(IN_A_BODY)
def test_a_do_block_is_judged_like_the_patch(case: Case) -> None:
    block = f"{HEADER}DO $do$\nDECLARE\n  y app.kind := 'éé'; -- naïve\nBEGIN\n  %s\nEND\n$do$;\n"
    assert (case.refusal, 6) in refusals(block % case.bad)
    assert refusals(block % case.good) == []


def test_a_body_is_judged_once_for_each_place() -> None:
    assert refusals(f"{HEADER}DO $$ BEGIN\nPERFORM 1,\n pg_advisory_lock(1);\nCOMMIT; COMMIT;\nEND $$") == [
        ("advisory-lock", 3),
        ("transaction-control", 5),
    ]


PROCEDURES = {
    "plpgsql": "CREATE PROCEDURE p() LANGUAGE plpgsql AS $$\nBEGIN\nPERFORM pg_advisory_lock(1);\nEND $$;",
    "sql": "CREATE FUNCTION p() RETURNS void LANGUAGE sql AS $$\n\nSELECT pg_advisory_lock(1)\n$$;",
    "quoted": "CREATE FUNCTION p() RETURNS void AS '\n\nSELECT pg_advisory_lock(1)\n' LANGUAGE sql;",
    "atomic": "/*\n\n*/ CREATE FUNCTION p() RETURNS void BEGIN ATOMIC SELECT pg_advisory_lock(1); END;",
}


@pytest.mark.parametrize("procedure", PROCEDURES.values(), ids=PROCEDURES)
@pytest.mark.parametrize("call", ["CALL p();", "SELECT p();", "DO $$ BEGIN PERFORM p(); END $$;"])
def test_a_function_is_judged_when_the_patch_that_creates_it_calls_it(procedure: str, call: str) -> None:
    assert refusals(f"{HEADER}{procedure}\n{call}\n") == [("advisory-lock", 4)]
    assert refusals(f"{HEADER}{procedure}\nSELECT q();\n") == []


def test_a_function_in_another_language_is_left_to_the_server() -> None:
    text = "CREATE FUNCTION p() RETURNS int LANGUAGE plperl AS 'COMMIT;'; SELECT p(); DO 'COMMIT' LANGUAGE plperl;"
    assert refusals(HEADER + text) == []


@pytest.mark.parametrize("body", ["BEGIN x := 'open", "", "BEGIN END", "BEGIN pg_advisory_lock("])
def test_a_body_that_makes_no_sense_is_left_to_the_server(body: str) -> None:
    assert refusals(f"{HEADER}DO $do${body}$do$") == []


def test_every_refusal_of_a_patch_is_found() -> None:
    assert refusals(f"{HEADER}BEGIN;\nSET ROLE x; SELECT pg_advisory_lock(1);\nCOMMIT;\n") == [
        ("transaction-control", 2),
        ("pinned-setting", 3),
        ("advisory-lock", 3),
        ("transaction-control", 4),
    ]


def test_a_liftable_refusal_is_lifted_by_its_name() -> None:
    allow = "-- allow: notify because workers reload on it\n"
    assert refusals(f"{HEADER}{allow}NOTIFY c") == []
    assert refusals(f"{HEADER}{allow}LISTEN c") == [("listen", 3)]


def test_a_refusal_that_is_not_liftable_stays() -> None:
    assert refusals(f"{HEADER}-- allow: role-ddl because we want to\nCREATE ROLE r") == [("role-ddl", 3)]


def test_the_problem_says_where_what_and_what_to_do_instead() -> None:
    patch = patch_of(f"{HEADER}NOTIFY c")
    (place,) = refused_in(parse_statements(patch.sql), patch.directives)
    problem = place.problem(patch.id.file_name)
    assert problem.where == "0001_test.sql:2"
    assert problem.what == place.refusal.what
    assert problem.instead.endswith("or say `-- allow: notify because …`")


def test_every_refusal_has_a_case_and_a_name_of_its_own() -> None:
    names = [refusal.name for refusal in REFUSALS]
    assert len(set(names)) == len(names)
    assert {case.refusal for case in (*IN_A_TRANSACTION, *WITHOUT_TRANSACTION)} == set(names)
