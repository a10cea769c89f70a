"""Whatever a patch does to the session, the next patch does not feel it.

The parser refuses to write such things into a patch; a function that exists in the database can do them all the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rdspatch.adapters.postgres.message import LOCK_CLASS, LOCK_OBJECT
from rdspatch.core.errors import AnotherRunActive

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from tests.acceptance.target import Target

SEEN = """CREATE TABLE seen AS SELECT
    current_setting('lock_timeout') AS lock_timeout, current_setting('statement_timeout') AS statement_timeout,
    current_setting('search_path') AS search_path, current_user::text AS "user", session_user::text AS login,
    current_setting('role') AS role, current_setting('transaction_isolation') AS isolation,
    current_setting('client_connection_check_interval') AS check_interval,
    '\\'::text AS backslash, '日本'::text AS text,
    current_setting('client_min_messages') AS messages, current_setting('work_mem') AS work_mem"""
UNDISTURBED = [
    "50ms",
    "2min",
    "public, pg_temp",
    "postgres",
    "postgres",
    "none",
    "read committed",
    "1s",
    "\\",
    "日本",
    "warning",
]


def smuggle(target: Target, body: str) -> None:
    """A function that does `body` in the session of whoever calls it."""
    target.execute(f"CREATE FUNCTION smuggled() RETURNS void LANGUAGE plpgsql AS $smuggled$BEGIN {body}; END$smuggled$")


def set_for_session(name: str, value: str) -> str:
    return f"PERFORM set_config('{name}', '{value}', false)"


DISARMING = {
    "lock_timeout": set_for_session("lock_timeout", "0"),
    "statement_timeout": set_for_session("statement_timeout", "0"),
    "search_path": set_for_session("search_path", "evil"),
    "role": "SET ROLE pg_monitor",
    "session authorization": "SET SESSION AUTHORIZATION pg_monitor",
    "isolation": set_for_session("default_transaction_isolation", "serializable"),
    "read only": set_for_session("default_transaction_read_only", "on"),
    "check interval": set_for_session("client_connection_check_interval", "0"),
    "string constants": set_for_session("standard_conforming_strings", "off"),
    "client encoding": set_for_session("client_encoding", "LATIN1"),
    "reset": "RESET ALL; RESET ROLE; RESET SESSION AUTHORIZATION",
    "unlock": "PERFORM pg_advisory_unlock_all()",
}


@pytest.mark.experiment("F34")
@pytest.mark.parametrize("body", DISARMING.values(), ids=DISARMING)
def test_a_patch_does_not_disarm_the_next(target: Target, body: str) -> None:
    smuggle(target, body)
    target.execute("CREATE SCHEMA evil; GRANT ALL ON SCHEMA public TO public")
    target.patch("0001_a", "SELECT smuggled()")
    target.patch("0002_b", SEEN, "statement-timeout: 2min")
    assert len(target.apply().outcomes) == 2
    assert target.rows("SELECT * FROM seen")[0][:-1] == UNDISTURBED


@pytest.mark.experiment("F34")
@pytest.mark.parametrize("body", DISARMING.values(), ids=DISARMING)
def test_a_patch_does_not_disarm_a_statement_that_runs_alone(target: Target, body: str) -> None:
    smuggle(target, body)
    target.execute("CREATE SCHEMA evil; CREATE TABLE t (id int)")
    target.patch("0001_a", "SELECT smuggled()")
    target.patch("0002_b", "CREATE INDEX CONCURRENTLY t_id ON t (id) WHERE id::text <> '\\'", "transaction: none")
    target.apply()
    assert target.value("SELECT pg_get_expr(indpred, indrelid) FROM pg_index WHERE indrelid = 't'::regclass") == (
        "((id)::text <> '\\'::text)"
    )


def test_a_patch_does_not_see_the_settings_of_a_statement_that_ran_alone(target: Target) -> None:
    target.patch("0001_a", "VACUUM", "transaction: none", "statement-timeout: 7min")
    target.patch("0002_b", SEEN, "statement-timeout: 2min")
    target.apply()
    assert target.rows("SELECT * FROM seen")[0][:-1] == UNDISTURBED


def test_a_settings_of_the_server_is_not_lost(target: Target) -> None:
    target.execute(f"ALTER DATABASE {target.value('SELECT current_database()')} SET work_mem = '123MB'")
    target.patch("0001_a", SEEN)
    target.apply()
    assert target.value("SELECT work_mem FROM seen") == "123MB"


@pytest.mark.experiment("F46")
def test_a_temporary_table_of_a_patch_does_not_hide_a_real_one(target: Target) -> None:
    target.execute("CREATE TABLE t (id int)")
    target.patch("0001_a", "CREATE TEMP TABLE t (id int);\nINSERT INTO t VALUES (1)")
    target.patch("0002_b", "INSERT INTO t VALUES (2)")
    target.apply()
    assert target.value("SELECT count(*) FROM public.t") == 2


LEFT_BEHIND = {
    "temporary table": ("CREATE TEMP TABLE ids AS SELECT 1 AS id", "to_regclass('pg_temp.ids') IS NULL"),
    "temporary view": ("CREATE TEMP VIEW ids AS SELECT 1 AS id", "to_regclass('pg_temp.ids') IS NULL"),
    "temporary sequence": ("CREATE TEMP SEQUENCE ids", "to_regclass('pg_temp.ids') IS NULL"),
    "temporary type": ("CREATE TYPE pg_temp.mood AS ENUM ('ok')", "to_regtype('pg_temp.mood') IS NULL"),
    "temporary function": (
        "CREATE FUNCTION pg_temp.one() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "to_regprocedure('pg_temp.one()') IS NULL",
    ),
    "prepared statement": (
        "DO $$BEGIN EXECUTE 'PREPARE one AS SELECT 1'; END$$",
        "NOT EXISTS (SELECT FROM pg_prepared_statements)",
    ),
    "cursor": (
        "DO $$BEGIN EXECUTE 'DECLARE c CURSOR WITH HOLD FOR SELECT 1'; END$$",
        "NOT EXISTS (SELECT FROM pg_cursors WHERE name = 'c')",
    ),
}
"""What a patch can leave in its session beside settings, and whether it is gone."""


@pytest.mark.experiment("F57")
@pytest.mark.parametrize("directives", [(), ("transaction: none",)], ids=["one message", "statement by statement"])
@pytest.mark.parametrize("left", LEFT_BEHIND)
def test_what_a_patch_leaves_in_its_session_is_gone_for_the_next(
    target: Target, left: str, directives: tuple[str, ...]
) -> None:
    leave, is_gone = LEFT_BEHIND[left]
    target.patch("0001_a", leave, *directives)
    target.patch("0002_b", f"CREATE TABLE gone AS SELECT {is_gone} AS it", *directives)
    target.apply()
    assert target.value("SELECT it FROM gone") is True


@pytest.mark.experiment("F57")
def test_the_last_value_of_a_sequence_is_that_of_the_patch_itself(target: Target) -> None:
    target.execute("CREATE SEQUENCE ids")
    target.patch("0001_a", "SELECT nextval('ids')")
    target.patch("0002_b", "SELECT currval('ids')")
    assert 'currval of sequence "ids" is not yet defined in this session (SQLSTATE 55000)' in target.fails()


@pytest.mark.experiment("F57")
def test_two_patches_with_a_temporary_table_of_one_name_do_in_one_run_what_they_do_in_two(target: Target) -> None:
    target.execute("CREATE TABLE u (id int, flag bool); INSERT INTO u VALUES (1, NULL), (2, false), (3, NULL)")
    for number, flag in enumerate(("NULL", "false"), start=1):
        target.patch(
            f"000{number}_x",
            f"CREATE TEMP TABLE IF NOT EXISTS ids AS SELECT id FROM u WHERE flag IS NOT DISTINCT FROM {flag};\n"
            "UPDATE u SET flag = true WHERE id IN (SELECT id FROM ids)",
        )
    target.apply()
    assert target.rows("SELECT id FROM u WHERE flag ORDER BY 1") == [[1], [2], [3]]


@pytest.mark.experiment("F57")
def test_a_patch_that_is_tried_again_meets_no_temporary_table_of_its_first_attempt(target: Target) -> None:
    target.execute("CREATE TABLE u (id int)")
    target.patch("0001_a", "CREATE TEMP TABLE ids AS SELECT 1 AS id;\nINSERT INTO u SELECT id FROM nothing")
    assert "0001_a.sql:3" in target.fails()
    target.patch("0001_a", "CREATE TEMP TABLE ids AS SELECT 1 AS id;\nINSERT INTO u SELECT id FROM ids")
    target.apply()
    assert target.rows("SELECT id FROM u") == [[1]]


@pytest.mark.experiment("F46")
def test_a_function_in_the_search_path_does_not_answer_for_the_catalog(target: Target) -> None:
    smuggle(target, set_for_session("search_path", "evil, pg_catalog"))
    target.execute("CREATE SCHEMA evil")
    lie = "LANGUAGE sql AS 'SELECT false'"
    target.execute(f"CREATE FUNCTION evil.pg_try_advisory_lock(int, int) RETURNS bool {lie}")
    target.execute("CREATE FUNCTION evil.to_regclass(text) RETURNS regclass LANGUAGE sql AS 'SELECT NULL::regclass'")
    target.execute(
        "CREATE TABLE p (id int) PARTITION BY LIST (id); CREATE TABLE c PARTITION OF p DEFAULT; DROP TABLE c"
    )
    target.execute("CREATE TABLE c PARTITION OF p FOR VALUES IN (1)")
    target.patch("0001_a", "SELECT smuggled()")
    target.patch("0002_b", "ALTER TABLE p DETACH PARTITION c CONCURRENTLY", "transaction: none")
    target.apply()
    assert target.value("SELECT relispartition FROM pg_class WHERE oid = 'public.c'::regclass") is False


def _lose_the_lock_to(target: Target, thief: Any) -> None:
    smuggle(target, "PERFORM pg_advisory_unlock_all()")
    target.patch("0001_a", "SELECT smuggled()")
    target.database.after["apply_patch"] = lambda: thief.run(f"SELECT pg_advisory_lock({LOCK_CLASS}, {LOCK_OBJECT})")


@pytest.mark.experiment("F34")
@pytest.mark.parametrize("directives", [(), ("transaction: none",)], ids=["one message", "statement by statement"])
def test_a_run_lock_that_another_session_took_stops_the_next_patch(
    target: Target, connect: Callable[..., Any], directives: tuple[str, ...]
) -> None:
    _lose_the_lock_to(target, connect())
    target.patch("0002_b", "CREATE TABLE b ()", *directives)
    report = target.apply_once()
    assert isinstance(report.failure, AnotherRunActive)
    assert "0002_b: the run lock is held by another session; it was not run" in str(report.failure)
    assert target.results(report) == ["0001_a applied", "0002_b not_reached"]
    assert target.value("SELECT to_regclass('b') IS NULL") is True


@pytest.mark.experiment("F34")
def test_a_run_lock_that_a_patch_gave_up_is_held_while_a_statement_runs_alone(
    target: Target, connect: Callable[..., Any]
) -> None:
    smuggle(target, "PERFORM pg_advisory_unlock_all()")
    target.patch("0001_a", "SELECT smuggled()")
    target.patch("0002_b", "VACUUM", "transaction: none")
    taken: list[Any] = []
    attempt = f"SELECT pg_try_advisory_lock({LOCK_CLASS}, {LOCK_OBJECT})"
    target.database.after["execute_alone"] = lambda: taken.append(connect().run(attempt))
    target.apply()
    assert taken == [[[False]]]
