"""When an index that is there counts as the one that a patch wants, whatever its name and definition."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.acceptance.recording import die

if TYPE_CHECKING:
    from tests.acceptance.target import Target

NONE = "transaction: none"
OID = "SELECT 't_a'::regclass::oid"
VALID = "SELECT indisvalid AND indisready FROM pg_index WHERE indexrelid = 't_a'::regclass"

SAME = {
    "plain": "INDEX {0} t_a ON t (a)",
    "unique": "UNIQUE INDEX {0} t_a ON t (a)",
    "nulls not distinct": "UNIQUE INDEX {0} t_a ON t (a) NULLS NOT DISTINCT",
    "partial": "INDEX {0} t_a ON t (a) WHERE t.a > 3 AND b LIKE 'x%'",
    "expression": "INDEX {0} t_a ON t (lower(t.b), (a + 1))",
    "including": "INDEX {0} t_a ON t (a) INCLUDE (b, id)",
    "order": "INDEX {0} t_a ON t (a DESC NULLS LAST, b ASC)",
    "collation and class": 'INDEX {0} t_a ON t (b COLLATE "C" text_pattern_ops)',
    "method and options": "INDEX {0} t_a ON t USING hash (a) WITH (fillfactor = 70)",
    "schema": "INDEX {0} t_a ON public.t (a)",
    "only": "INDEX {0} t_a ON ONLY t (a)",
}


@pytest.mark.parametrize("definition", SAME.values(), ids=SAME)
def test_an_index_that_is_there_as_written_is_taken_as_it_is(table: Target, definition: str) -> None:
    table.execute("CREATE " + definition.format(""))
    there = table.value(OID)
    table.patch("0001_a", "CREATE " + definition.format("CONCURRENTLY"), NONE)
    table.apply()
    assert table.value(OID) == there


@pytest.mark.parametrize(
    ("there", "wanted"),
    [
        ("INDEX {0} t_a ON t (a)", "UNIQUE INDEX {0} t_a ON t (a)"),
        ("INDEX {0} t_a ON t (a)", "INDEX {0} t_a ON t (a DESC)"),
        ("INDEX {0} t_a ON t (a)", "INDEX {0} t_a ON t (a) INCLUDE (b)"),
        ("INDEX {0} t_a ON t (a) WHERE a > 3", "INDEX {0} t_a ON t (a) WHERE a > 4"),
        ("INDEX {0} t_a ON t (a, b)", "INDEX {0} t_a ON t (b, a)"),
        ("INDEX {0} t_a ON t (a)", "INDEX {0} t_a ON t USING hash (a)"),
        ("INDEX {0} t_a ON u (a)", "INDEX {0} t_a ON t (a)"),
    ],
)
def test_an_index_that_differs_is_drift(table: Target, there: str, wanted: str) -> None:
    table.execute("CREATE TABLE u (a int)")
    table.execute("CREATE " + there.format(""))
    table.patch("0001_a", "CREATE " + wanted.format("CONCURRENTLY"), NONE)
    assert table.fails().startswith("Drifted")


@pytest.mark.parametrize(
    "name",
    [
        '"Mixed Case"',
        '"a%b%%s:c"',
        '"x""; DROP TABLE t; --"',
        '"it\'s {oids}"',
        '"t.t USING btree (a)"',
        '"größe 日本"',
    ],
)
def test_an_index_of_any_name_is_built_once_and_compared(table: Target, name: str) -> None:
    table.patch("0001_a", f"CREATE INDEX CONCURRENTLY {name} ON t (a) WHERE b <> '%s :x {{oids}}'", NONE)
    table.database.before["record_done"] = die
    table.dies()
    table.apply()
    [[definition]] = table.rows("SELECT indexdef FROM pg_indexes WHERE tablename = 't'")
    assert f" {name} ON public.t USING btree (a)" in definition


def test_a_table_of_any_name_can_be_indexed(table: Target) -> None:
    table.execute('CREATE TABLE "T ""x"" %s :y" ("C" int)')
    table.patch("0001_a", 'CREATE INDEX CONCURRENTLY t_a ON "T ""x"" %s :y" ("C")', NONE)
    table.apply()
    assert table.value(VALID) is True
