"""The texts that go to the server, taken apart again by PostgreSQL's own parser."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from postgast import pg_query_pb2 as pb

from rdspatch.adapters.postgres import message as messages
from rdspatch.adapters.postgres.message import Message, Surroundings
from rdspatch.adapters.postgres.replay import guard
from rdspatch.authoring.parser import parse_statements
from rdspatch.authoring.tree import executed_nodes, names
from rdspatch.core.schema import ObjectKind, ObjectName
from rdspatch.ports import Limits
from tests.samples import LIMITS

if TYPE_CHECKING:
    from collections.abc import Sequence

PLAIN = Surroundings(owner_role=None, search_path=("public",))
ROW = messages.insert_ledger_row(patch_id="0001_a", checksum="c", run_id="r'1", run_started_at="t")
PATCHES = (
    "SELECT 1;\nSELECT 2",
    "SELECT 1; -- a comment at the end",
    "SELECT ':x', '%s', $$;$$",
    "-- patch: Ä.\n\nSELECT 'ü'",
)


def statements(message: Message) -> list[str]:
    return [statement.text for statement in parse_statements(message.text)]


def transaction(sql: str, before: Sequence[str] = (ROW,)) -> Message:
    return PLAIN.transaction(limits=LIMITS, before=before, sql=sql)


@pytest.mark.parametrize("sql", PATCHES)
def test_a_patch_goes_as_it_is_between_our_statements_and_commit(sql: str) -> None:
    message = transaction(sql)
    assert message.text[message.skipped :].startswith(sql)
    sent = statements(message)
    assert sent[0].startswith("BEGIN")
    assert sent[-1] == "COMMIT"
    assert sent[message.prefix - 1] == ROW
    assert len(sent) == message.prefix + len(parse_statements(sql)) + 1


@pytest.mark.parametrize("sql", PATCHES)
def test_a_replay_is_looked_at_from_both_sides_and_runs_with_the_settings_of_a_patch(sql: str) -> None:
    guarding = guard(heals=[ObjectName(ObjectKind.TABLE, ("public", "it's; --"))], adds=[])
    count = len(parse_statements(sql))
    message = PLAIN.guarded(limits=LIMITS, guard=guarding, sql=sql, statements=count)
    assert message.text[message.skipped :].startswith(sql)
    sent = statements(message)
    before, after = sent[: message.prefix], sent[message.prefix + count :]
    assert tuple(before[-6:]) == PLAIN.head(LIMITS)
    assert [text.split()[3] for text in before if text.startswith("CREATE TEMP TABLE")] == [
        "rdspatch_heals",
        "rdspatch_adds",
        "rdspatch_before",
    ]
    assert next(n for n, text in enumerate(before) if "xact_lock" in text) < 14
    assert (after[-3].split()[3], after[-2][:4], after[-1]) == ("rdspatch_after", "DO $", "COMMIT")
    assert message.statements == count


def test_the_fence_comes_before_anything_is_written() -> None:
    sent = statements(transaction("SELECT 1"))
    fence = next(number for number, text in enumerate(sent) if "pg_try_advisory_xact_lock" in text)
    assert fence < sent.index(ROW)


def test_everything_that_a_patch_could_have_left_is_reset_before_it_is_pinned() -> None:
    head = PLAIN.head(LIMITS)
    assert head[:3] == ("RESET SESSION AUTHORIZATION", "RESET ALL", "RESET ROLE")
    assert head[3:] == (
        'SET LOCAL search_path = "public", "pg_temp"',
        "SET LOCAL lock_timeout = 1000",
        "SET LOCAL statement_timeout = 5000",
    )


def test_an_owner_role_is_taken_for_the_transaction_only() -> None:
    assert 'SET LOCAL ROLE "ow""ner"' in Surroundings(owner_role='ow"ner', search_path=("public",)).head(LIMITS)


@pytest.mark.parametrize(
    ("limit", "expected"),
    [(None, "0"), (timedelta(microseconds=1), "1"), (timedelta(milliseconds=50), "50")],
)
def test_only_no_limit_at_all_turns_the_lock_timeout_off(limit: timedelta | None, expected: str) -> None:
    limits = Limits(lock_timeout=limit, statement_timeout=timedelta(seconds=1))
    assert f"SET LOCAL lock_timeout = {expected}" in PLAIN.head(limits)


def test_what_only_looks_ends_without_a_trace() -> None:
    sent = statements(PLAIN.read_only(limits=LIMITS, sql="SELECT true"))
    assert sent[0].endswith("READ ONLY")
    assert sent[-2:] == ["SELECT true", "ROLLBACK"]


def test_before_a_statement_that_goes_alone_the_session_itself_is_pinned() -> None:
    sent = statements(PLAIN.session(limits=LIMITS))
    assert "BEGIN" not in sent
    assert "SET lock_timeout = 1000" in sent
    assert "pg_try_advisory_lock" in sent[-1]


def test_the_names_in_our_own_statements_are_constants() -> None:
    hostile = "x'); DROP TABLE rdspatch.ledger; --"
    texts = (
        messages.insert_ledger_row(patch_id=hostile, checksum=hostile, run_id=hostile, run_started_at=hostile),
        messages.upsert_mark(patch_id=hostile, number=1, mark="done", run_id=hostile),
        messages.delete_progress(hostile),
    )
    assert [len(parse_statements(text)) for text in texts] == [1, 1, 1]


def test_what_a_patch_left_beside_settings_is_dropped_before_the_next_one() -> None:
    left = ["DISCARD TEMP", "DISCARD SEQUENCES", "DEALLOCATE ALL", "CLOSE ALL"]
    for message in (transaction("SELECT 1"), PLAIN.patch(limits=LIMITS, row=ROW, sql="SELECT 1", statements=1)):
        sent = statements(message)
        first = sent.index(left[0])
        assert sent[first : first + len(left)] == left
        assert first + len(left) <= sent.index(ROW)
    assert [text for text in statements(PLAIN.session(limits=LIMITS)) if text in left] == left


def test_a_setting_that_older_servers_do_not_know_is_pinned_with_each_message() -> None:
    newer = Surroundings(owner_role=None, search_path=("public",), pinned={"createrole_self_grant": ""})
    assert "SET LOCAL \"createrole_self_grant\" = ''" in newer.head(LIMITS)
    assert "SET \"createrole_self_grant\" = ''" in newer.head(LIMITS, scope="")


def unqualified(sql: str) -> list[str]:
    """Functions and operators that a statement leaves to the search path, as far as PostgreSQL lets one name them."""
    found = []
    for statement in parse_statements(sql):
        for _, node in executed_nodes(statement.node):
            if isinstance(node, pb.FuncCall) and len(names(node.funcname)) == 1:
                found.append(names(node.funcname)[0])
            elif isinstance(node, pb.A_Expr) and node.kind == pb.AEXPR_OP and len(names(node.name)) == 1:
                found.append(names(node.name)[0])
    return found


def body_of(statement: str) -> str:
    """The conditions of a block of PL/pgSQL as a query; any other statement as it is."""
    block = re.search(r"\$fence\$(.*)\$fence\$", statement, re.DOTALL)
    return statement if block is None else f"SELECT {', '.join(re.findall(r'IF (.*?) THEN', block[1]))}"


MARK = messages.upsert_mark(patch_id="0001_a", number=1, mark="done", run_id="r")


@pytest.mark.parametrize(
    "message",
    [
        PLAIN.patch(limits=LIMITS, row=ROW, sql="", statements=1),
        PLAIN.transaction(limits=LIMITS, before=(ROW, MARK)),
        PLAIN.session(limits=LIMITS),
        PLAIN.guarded(limits=LIMITS, guard=guard(heals=[], adds=[]), sql="", statements=0),
    ],
    ids=["patch", "statement", "statement alone", "replay"],
)
def test_what_we_send_on_the_path_of_a_patch_names_the_schema_of_each_function_and_operator(message: Message) -> None:
    """Catches a function of somebody else that matches our arguments better than the catalog's, run as the owner."""
    path, seen = "", 0
    for statement in statements(message):
        if "search_path" in statement:
            path = statement
        elif not re.search(r'search_path = "?pg_catalog"?,', path):
            assert unqualified(body_of(statement)) == [], statement
            seen += 1
    assert seen


def test_an_unqualified_function_or_operator_would_be_found() -> None:
    assert unqualified("SELECT f(1 + 2), pg_catalog.g(1 OPERATOR(pg_catalog.+) 2)") == ["f", "+"]
    assert body_of("DO $fence$BEGIN IF a() = 1 THEN x; END IF; END$fence$") == "SELECT a() = 1"


@pytest.mark.parametrize("count", [1, 3])
def test_a_patchs_statements_and_commit_may_each_take_their_limit(count: int) -> None:
    expected = (count + 1) * LIMITS.statement_timeout
    guarding = guard(heals=[], adds=[])
    sql = "SELECT 1;\n" * count
    assert PLAIN.patch(limits=LIMITS, row=ROW, sql=sql, statements=count).foreign == expected
    assert PLAIN.transaction(limits=LIMITS, sql=sql, statements=count).foreign == expected
    assert PLAIN.guarded(limits=LIMITS, guard=guarding, sql=sql, statements=count).foreign == expected


def test_what_is_ours_takes_no_time_of_its_own() -> None:
    assert transaction("SELECT 1").foreign == PLAIN.read_only(limits=LIMITS, sql="SELECT 1").foreign == timedelta()
