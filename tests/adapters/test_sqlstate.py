"""What an error response of the server means, as a table. What real servers answer is in `tests/acceptance`."""

from __future__ import annotations

from typing import Any

import pytest

from rdspatch.adapters.postgres.sqlstate import classify, connect_error, is_login_refused
from rdspatch.core.errors import AccessDenied, DatabaseUnreachable, RdspatchError, UnsupportedServer
from rdspatch.core.failure import FailureKind, SqlFailure

CANARY = "CANARY"
OURS: dict[str, Any] = {"skipped": 100, "prefix": 9, "sent": "SELECT X FROM t"}


def of_a_patch(completed: int = 9, **response: str) -> SqlFailure:
    """The failure when the server had completed all of our own statements and some of the patch's."""
    return classify(response, completed=completed, **OURS)


@pytest.mark.parametrize(
    ("sqlstate", "kind"),
    [
        ("55P03", FailureKind.LOCK_TIMEOUT),
        ("40P01", FailureKind.DEADLOCK),
        ("57014", FailureKind.CANCELLED),
        ("42501", FailureKind.DENIED),
        ("42601", FailureKind.SQL),
        ("23505", FailureKind.SQL),
        ("40001", FailureKind.SQL),
        ("XX000", FailureKind.SQL),
        ("", FailureKind.SQL),
    ],
)
def test_the_code_alone_says_what_kind_of_failure_it_is(sqlstate: str, kind: FailureKind) -> None:
    failure = of_a_patch(C=sqlstate, M="no")
    assert (failure.kind, failure.sqlstate) == (kind, sqlstate)


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({}, FailureKind.ALREADY_RECORDED),
        ({"n": "users_pkey"}, FailureKind.SQL),
        ({"s": "public"}, FailureKind.SQL),
        ({"t": "users"}, FailureKind.SQL),
        ({"C": "23503"}, FailureKind.SQL),
    ],
)
def test_only_the_ledgers_own_key_says_that_another_run_was_first(change: dict[str, str], kind: FailureKind) -> None:
    response = {"C": "23505", "M": "duplicate key", "n": "ledger_pkey", "s": "rdspatch", "t": "ledger"} | change
    assert of_a_patch(**response).kind is kind


def test_a_lost_run_lock_is_believed_from_our_own_fence_only() -> None:
    response = {"C": "RP001", "M": "the run lock is held by another session"}
    assert classify(response, completed=7, **OURS).kind is FailureKind.RUN_LOCK_LOST
    assert of_a_patch(**response).kind is not FailureKind.RUN_LOCK_LOST


@pytest.mark.parametrize(
    ("change", "kind", "sqlstate"),
    [
        ({}, FailureKind.RUN_LOCK_LOST, "RP001"),
        ({"c": "checksum"}, FailureKind.LEDGER, "25006"),
        ({"c": "run_id"}, FailureKind.LEDGER, "23502"),
        ({"t": "progress"}, FailureKind.LEDGER, "23502"),
        ({"s": "public"}, FailureKind.LEDGER, "23502"),
    ],
)
def test_a_ledger_row_that_may_not_be_written_says_why(
    change: dict[str, str], kind: FailureKind, sqlstate: str
) -> None:
    """The row is the fence of a patch: each reason is a value that it lacks."""
    response = {"C": "23502", "M": "null value", "s": "rdspatch", "t": "ledger", "c": "patch_id"} | change
    failure = classify(response, completed=7, **OURS)
    assert (failure.kind, failure.sqlstate) == (kind, sqlstate)
    assert of_a_patch(**response).kind is FailureKind.SQL


TOUCHED = '[["table", "public", "t"], ["column", "public", "t", "c"], ["function", "a.b", "f", "integer"]]'


def test_what_a_replay_touches_is_believed_only_after_its_last_statement() -> None:
    response = {"C": "RP002", "M": TOUCHED, "R": "exec_stmt_raise"}
    failure = classify(response, completed=11, statements=2, **OURS)
    assert (failure.kind, failure.message) == (FailureKind.TOUCHES, 'function "a.b".f(integer), table public.t')
    for forged in ({"completed": 10, "statements": 2}, {"completed": 11}):
        assert classify(response, **forged, **OURS).kind is FailureKind.SQL


def test_a_replay_whose_writes_the_server_does_not_count_is_told_so() -> None:
    failure = classify({"C": "RP002", "M": "null"}, completed=9, statements=0, **OURS)
    assert failure.message == "what is not seen, since the server's track_counts is off"


@pytest.mark.parametrize(
    ("response", "shown"),
    [
        ({"C": "42703", "M": 'column "x" does not exist'}, 'column "x" does not exist'),
        ({"C": "42703", "M": f'column "{CANARY}" does not exist'}, "column “…” does not exist"),
        ({"C": "58P01", "M": f'could not open file "{CANARY}" for reading'}, "could not open file “…” for reading"),
        (
            {"C": "23505", "M": 'violates unique constraint "u"', "D": f"Key (email)=({CANARY})"},
            'violates unique constraint "u"',
        ),
        (
            {"C": "22P02", "M": f'invalid input syntax for type integer: "{CANARY}"'},
            "invalid input syntax for type integer: “…”",
        ),
        ({"C": "22P02", "M": f"invalid: \"{CANARY} 'a' {CANARY}\" given"}, "invalid: “…” given"),
        ({"C": "22003", "M": f"value '{CANARY}' is out of range"}, "value “…” is out of range"),
        ({"C": "P0001", "M": CANARY}, "the patch raised an exception (its text is in the server's log)"),
        (
            {"C": "MY001", "M": CANARY, "R": "exec_stmt_raise"},
            "the patch raised an exception (its text is in the server's log)",
        ),
        ({"C": "42704", "M": "no", "H": CANARY, "W": CANARY, "q": CANARY}, "no"),
    ],
)
def test_a_message_shows_names_and_no_values(response: dict[str, str], shown: str) -> None:
    failure = of_a_patch(**response)
    assert failure.message == shown
    assert CANARY not in repr(failure)


@pytest.mark.parametrize(
    ("position", "expected"),
    [("101", 0), ("151", 50), ("100", None), ("1", None), ("", None), ("x", None)],
)
def test_a_position_counts_from_the_patchs_first_character(position: str, expected: int | None) -> None:
    assert of_a_patch(C="42601", M="no", P=position).position == expected


@pytest.mark.parametrize(("completed", "expected"), [(8, None), (9, 0), (12, 3)])
def test_the_completed_statements_say_which_of_the_patch_failed(completed: int, expected: int | None) -> None:
    assert of_a_patch(completed, C="23505", M="no").statement == expected


def test_a_part_of_a_patch_has_the_places_of_the_whole() -> None:
    response = {"C": "42601", "M": "no", "P": "103"}
    failure = classify(response, completed=9, start=40, number=3, **OURS)
    assert (failure.position, failure.statement) == (42, 3)


@pytest.mark.parametrize(
    ("sqlstate", "error", "advice"),
    [
        ("28P01", AccessDenied, "check the login, its grants and pg_hba"),
        ("28000", AccessDenied, "check the login, its grants and pg_hba"),
        ("3D000", AccessDenied, "check RDSPATCH_DATABASE_NAME"),
        ("42704", UnsupportedServer, "PostgreSQL 14 or newer is needed, reached directly and not by a pooler"),
        ("0A000", UnsupportedServer, "the database needs an encoding that PostgreSQL converts to UTF8"),
        ("53300", DatabaseUnreachable, "the server is there but takes no connection now"),
        ("57P03", DatabaseUnreachable, "the server is there but takes no connection now"),
    ],
)
def test_a_refused_connection_is_named_with_what_to_check(
    sqlstate: str, error: type[RdspatchError], advice: str
) -> None:
    made: Any = connect_error({"C": sqlstate, "M": "no"}, "database mesh at h:5432")
    assert type(made) is error
    assert str(made).startswith(f"database mesh at h:5432: no (SQLSTATE {sqlstate})")
    assert str(made).endswith(advice)


def test_only_a_refused_login_is_worth_a_new_secret() -> None:
    refused = [code for code in ("28P01", "28000", "3D000", "53300", "") if is_login_refused({"C": code})]
    assert refused == ["28P01", "28000"]
    assert not is_login_refused({})
