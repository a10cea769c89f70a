"""Parts: what comes and goes with a table or view, by whatever names."""

from __future__ import annotations

from typing import Any

import pytest

from rdspatch.core.parts import by_whole, owner_of
from rdspatch.core.schema import ObjectKind, ObjectName

TABLE = ObjectName(ObjectKind.TABLE, ("public", "t"))
VIEW = ObjectName(ObjectKind.VIEW, ("public", "v"))
INDEX = ObjectName(ObjectKind.INDEX, ("public", "a"))
ON_T = {"definition": "CREATE INDEX a ON public.t USING btree (c)"}


@pytest.mark.parametrize(
    ("kind", "path", "properties", "owner"),
    [
        (ObjectKind.COLUMN, ("s", "t", "c"), {}, ("s", "t")),
        (ObjectKind.CONSTRAINT, ("s", "t", "k"), {}, ("s", "t")),
        (ObjectKind.TRIGGER, ("s", "t", "g"), {}, ("s", "t")),
        (ObjectKind.POLICY, ("s", "t", "p"), {}, ("s", "t")),
        (ObjectKind.RULE, ("s", "t", "r"), {}, ("s", "t")),
        (ObjectKind.INDEX, ("s", "i"), {"definition": "CREATE INDEX i ON s.t USING gin (c)"}, ("s", "t")),
        (ObjectKind.INDEX, ("s", "i"), {"definition": "CREATE UNIQUE INDEX i ON ONLY s.t USING btree (c)"}, ("s", "t")),
        (
            ObjectKind.INDEX,
            ("S. t", "i"),
            {"definition": 'CREATE INDEX "i ON s.u" ON "S. t"."say ""USING""\n" USING btree (c)'},
            ("S. t", 'say "USING"\n'),
        ),
        (ObjectKind.INDEX, ("s", "i"), {"valid": True}, None),
        (ObjectKind.SEQUENCE, ("s", "q"), {"owned_by": "s.t.c"}, ("s", "t")),
        (ObjectKind.SEQUENCE, ("s", "q"), {"owned_by": '"a.b"."T ""x"""."c.d"'}, ("a.b", 'T "x"')),
        (ObjectKind.SEQUENCE, ("s", "q"), {"type": "bigint"}, None),
        (ObjectKind.FUNCTION, ("s", "t", "integer"), {"definition": "CREATE FUNCTION s.t(integer)"}, None),
        (ObjectKind.TABLE, ("s", "t"), {"partition_of": "s.u DEFAULT"}, None),
        (ObjectKind.ENUM, ("s", "t"), {}, None),
    ],
)
def test_an_object_is_a_part_of_the_table_that_it_goes_with(
    kind: ObjectKind, path: tuple[str, ...], properties: dict[str, Any], owner: tuple[str, ...] | None
) -> None:
    assert owner_of(ObjectName(kind, path), properties) == owner


def test_objects_are_grouped_by_the_table_or_view_among_them() -> None:
    column, rule = ObjectName(ObjectKind.COLUMN, (*TABLE.path, "c")), ObjectName(ObjectKind.RULE, (*VIEW.path, "r"))
    alone = ObjectName(ObjectKind.COLUMN, ("public", "u", "c"))
    found = by_whole({VIEW: {}, alone: {}, INDEX: ON_T, rule: {}, column: {}, TABLE: {}})
    assert found == {TABLE: (INDEX, column), alone: (), VIEW: (rule,)}
    assert list(found) == [TABLE, alone, VIEW]
