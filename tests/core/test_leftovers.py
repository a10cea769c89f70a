"""Which invalid indexes are taken for what an interrupted rebuild of ours left."""

from __future__ import annotations

import pytest

from rdspatch.core.leftovers import leftovers, rebuilds_concurrently
from rdspatch.core.schema import ObjectKind, ObjectName, Schema
from tests.authoring.patch_factory import NO_TRANSACTION
from tests.samples import locked


def found(sql: str, index: str, definition: str, *, valid: bool = False, schema: str = "public") -> list[str]:
    patch = locked(sql + ";\n", "0001_a", header=NO_TRANSACTION)
    name = ObjectName(ObjectKind.INDEX, (schema, index))
    live = Schema({name: {"definition": f"CREATE INDEX {definition} USING btree (a)", "valid": valid}})
    return [left.object.path[-1] for left in leftovers([patch], live)]


@pytest.mark.parametrize(
    ("sql", "index", "definition"),
    [
        ("REINDEX INDEX CONCURRENTLY t_a", "t_a_ccnew", "t_a_ccnew ON public.t"),
        ("REINDEX INDEX CONCURRENTLY public.t_a", "t_a_ccnew2", "t_a_ccnew2 ON public.t"),
        ("REINDEX TABLE CONCURRENTLY t", "other_ccold", "other_ccold ON ONLY public.t"),
        ("CREATE INDEX CONCURRENTLY t_a ON t (a)", "t_a_ccnew", "t_a_ccnew ON public.t"),
        ('REINDEX TABLE CONCURRENTLY "T ""x"" USING"', "i_ccnew", 'i_ccnew ON public."T ""x"" USING"'),
        ("REINDEX TABLE CONCURRENTLY t", "a ON b_ccnew", '"a ON b_ccnew" ON public.t'),
    ],
)
def test_it_is_on_a_table_or_of_an_index_that_the_patch_rebuilds(sql: str, index: str, definition: str) -> None:
    assert found(sql, index, definition) == [index]
    assert found(sql, index, definition, valid=True) == []


@pytest.mark.parametrize(
    ("sql", "index", "definition"),
    [
        ("REINDEX INDEX t_a", "t_a_ccnew", "t_a_ccnew ON public.t"),
        ("REINDEX TABLE CONCURRENTLY u", "t_a_ccnew", "t_a_ccnew ON public.t"),
        ("REINDEX TABLE CONCURRENTLY app.t", "t_a_ccnew", "t_a_ccnew ON public.t"),
        ("REINDEX TABLE CONCURRENTLY t", "t_a_new", "t_a_new ON public.t"),
        ("VACUUM FULL t", "t_a_ccnew", "t_a_ccnew ON public.t"),
    ],
)
def test_anything_else_is_not(sql: str, index: str, definition: str) -> None:
    assert found(sql, index, definition) == []


def test_only_a_patch_that_builds_without_holding_up_writers_can_leave_one() -> None:
    concurrent = locked("REINDEX TABLE CONCURRENTLY t;\n", header=NO_TRANSACTION)
    assert rebuilds_concurrently(concurrent)
    assert not rebuilds_concurrently(locked("CREATE INDEX t_a ON t (a);\n"))
