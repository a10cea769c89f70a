"""Every setting that decides what SQL means, set otherwise on the database and on the role: a patch does the same."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from pg8000.exceptions import DatabaseError, InterfaceError

from rdspatch.core.session_settings import PINNED, PINNED_LATER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.acceptance.target import Target

RESULT = "CREATE TABLE result (it text);\n"
READ = "SELECT it FROM result"


@dataclass(frozen=True, slots=True)
class Probe:
    """What is set on the server, and a patch that leaves in `result` what it came to."""

    value: str
    sql: str


def selecting(value: str, expression: str) -> Probe:
    return Probe(value, f"{RESULT}INSERT INTO result SELECT ({expression})::text;")


def seen(name: str, value: str) -> Probe:
    """For what has no effect that a small server could show."""
    load = "DO $load$BEGIN END$load$;\n" if name.startswith("plpgsql.") else ""
    return Probe(value, f"{load}{RESULT}INSERT INTO result SELECT current_setting('{name}');")


def tried(value: str, block: str) -> Probe:
    """A statement that one value refuses and another lets through."""
    caught = "EXCEPTION WHEN OTHERS OR assert_failure THEN INSERT INTO result VALUES ('refused')"
    return Probe(value, f"{RESULT}DO $probe$BEGIN {block}; {caught}; END$probe$;")


BAD_BODY = "CREATE FUNCTION bad() RETURNS int LANGUAGE sql AS $$SELECT nothing$$"
SHADOWED = "CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$DECLARE a int; BEGIN DECLARE a int; BEGIN END; END$$"
PROBES = {
    "standard_conforming_strings": selecting("off", r"length('\n')"),
    "backslash_quote": selecting("off", r"E'it\'s'"),
    "escape_string_warning": seen("escape_string_warning", "off"),
    "array_nulls": selecting("off", "('{NULL}'::text[])[1] IS NULL"),
    "transform_null_equals": selecting("on", "(1 = NULL) IS NULL"),
    "TimeZone": Probe(
        "Europe/Berlin",
        "CREATE TABLE t AS SELECT '2024-07-01 12:00'::timestamp AS at;\n"
        f"ALTER TABLE t ALTER at TYPE timestamptz;\n{RESULT}"
        "INSERT INTO result SELECT extract(epoch FROM at)::text FROM t;",
    ),
    "timezone_abbreviations": selecting("Australia", "extract(epoch FROM '2024-01-01 12:00 EST'::timestamptz)"),
    "DateStyle": selecting("ISO, DMY", "extract(month FROM '01/02/2024'::date)"),
    "IntervalStyle": selecting("sql_standard", "interval '1 day -2 hours'"),
    "bytea_output": selecting("escape", r"'\x00ff'::bytea"),
    "extra_float_digits": selecting("-3", "0.1::float8 + 0.2::float8"),
    "xmlbinary": seen("xmlbinary", "hex"),
    "xmloption": seen("xmloption", "document"),
    "quote_all_identifiers": Probe(
        "on",
        f"CREATE VIEW v AS SELECT 1 AS a;\n{RESULT}INSERT INTO result SELECT pg_get_viewdef('v');",
    ),
    "lc_monetary": seen("lc_monetary", "POSIX"),
    "lc_numeric": seen("lc_numeric", "POSIX"),
    "lc_time": seen("lc_time", "POSIX"),
    "default_text_search_config": selecting("pg_catalog.simple", "to_tsvector('dogs')"),
    "default_tablespace": seen("default_tablespace", "pg_default"),
    "temp_tablespaces": seen("temp_tablespaces", "pg_default"),
    "default_table_access_method": Probe(
        "other",
        f"{RESULT}INSERT INTO result SELECT a.amname FROM pg_class AS c JOIN pg_am AS a ON a.oid = c.relam "
        "WHERE c.oid = 'result'::regclass;",
    ),
    "default_toast_compression": seen("default_toast_compression", "lz4"),
    "password_encryption": seen("password_encryption", "md5"),
    "check_function_bodies": tried("off", BAD_BODY),
    "default_transaction_isolation": seen("default_transaction_isolation", "serializable"),
    "row_security": seen("row_security", "off"),
    "gin_fuzzy_search_limit": seen("gin_fuzzy_search_limit", "1"),
    "exit_on_error": tried("on", "PERFORM 1 / 0"),
    "plpgsql.check_asserts": tried("off", "ASSERT false"),
    "plpgsql.extra_errors": tried("all", SHADOWED),
    "plpgsql.extra_warnings": seen("plpgsql.extra_warnings", "all"),
    "plpgsql.print_strict_params": seen("plpgsql.print_strict_params", "on"),
    "local_preload_libraries": Probe("no_such_library", f"{RESULT}INSERT INTO result VALUES ('there');"),
    "restrict_nonsystem_relation_kind": Probe(
        "view", f"CREATE VIEW v AS SELECT 1 AS a;\n{RESULT}INSERT INTO result SELECT a FROM v;"
    ),
    "createrole_self_grant": seen("createrole_self_grant", "set"),
    "icu_validation_level": seen("icu_validation_level", "error"),
}
_COMPRESSIONS = "SELECT enumvals::text FROM pg_settings WHERE name = 'default_toast_compression'"
PLACES = {
    "database": ("ALTER DATABASE {database}", "ALTER DATABASE {database} RESET ALL"),
    "role": ("ALTER ROLE postgres IN DATABASE {database}", "ALTER ROLE postgres IN DATABASE {database} RESET ALL"),
}


def test_every_pinned_setting_has_a_probe() -> None:
    assert set(PROBES) == {*PINNED, *PINNED_LATER}


def _typed_in(connect: Callable[..., Any], sql: str) -> Any:
    """What a session with the settings that it happens to have makes of the patch; rolled back."""
    try:
        connection = connect()
        connection.run(f"BEGIN; {sql}")
        found = connection.run(READ)
        connection.run("ROLLBACK")
    except (DatabaseError, InterfaceError, OSError) as error:
        return type(error).__name__
    return found


@contextlib.contextmanager
def _set(target: Target, place: str, name: str, value: str) -> Iterator[None]:
    change, back = (text.format(database=target.value("SELECT current_database()")) for text in PLACES[place])
    try:
        target.execute(f"{change} SET {name} = '{value}'")
        yield
    finally:
        target.execute(back)


@pytest.mark.slow
@pytest.mark.experiment("F55")
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("name", PROBES)
def test_a_setting_of_database_or_role_does_not_change_what_a_patch_does(
    target: Target, connect: Callable[..., Any], name: str, place: str
) -> None:
    probe = PROBES[name]
    if name == "default_toast_compression" and "lz4" not in target.value(_COMPRESSIONS):
        pytest.skip("the server is built without lz4")
    target.execute("CREATE ACCESS METHOD other TYPE TABLE HANDLER heap_tableam_handler")
    try:
        expected = _typed_in(connect, probe.sql)
        with _set(target, place, name, probe.value):
            assert _typed_in(connect, probe.sql) != expected, "the setting does nothing, so this shows nothing"
            target.patch("0001_a", probe.sql)
            target.apply()
        assert target.rows(READ) == expected
    finally:
        target.execute("DROP ACCESS METHOD other")


def test_a_patch_that_needs_another_value_sets_it_until_its_end(target: Target) -> None:
    sql = "INSERT INTO t SELECT current_setting('TimeZone'), extract(epoch FROM '2024-07-01 12:00'::timestamptz)"
    target.execute("CREATE TABLE t (zone text, at numeric)")
    target.patch("0001_a", f"SET LOCAL TimeZone = 'Europe/Berlin';\n{sql}")
    target.patch("0002_b", sql)
    target.apply()
    berlin, utc = target.rows("SELECT zone, at::int FROM t ORDER BY at")
    assert (berlin[0], utc[0], utc[1] - berlin[1]) == ("Europe/Berlin", "UTC", 7200)
