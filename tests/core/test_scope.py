from __future__ import annotations

import pytest

from rdspatch.core.schema import ObjectKind, ObjectName, Schema
from rdspatch.core.scope import Scope

TABLE = ObjectName(ObjectKind.TABLE, ("public", "tmp_1"))
COLUMN = ObjectName(ObjectKind.COLUMN, ("public", "tmp_1", "id"))
OTHER = ObjectName(ObjectKind.TABLE, ("audit", "log"))
EXTENSION = ObjectName(ObjectKind.EXTENSION, ("plpgsql",))
SCHEMA = ObjectName(ObjectKind.SCHEMA, ("audit",))
ALL = (TABLE, COLUMN, OTHER, EXTENSION, SCHEMA)


@pytest.mark.parametrize(
    ("scope", "covered"),
    [
        (Scope(), ALL),
        (Scope(schemas=("public",)), (TABLE, COLUMN, EXTENSION)),
        (Scope(ignore=("public.tmp_*",)), (OTHER, EXTENSION, SCHEMA)),
        (Scope(ignore=("public.tmp_1.i?",)), (TABLE, OTHER, EXTENSION, SCHEMA)),
        (Scope(ignore=("audit",)), (TABLE, COLUMN, EXTENSION)),
        (Scope(ignore=("plpgsql",)), (TABLE, COLUMN, OTHER, SCHEMA)),
        (Scope(ignore=("PUBLIC.*",)), ALL),
    ],
)
def test_schemas_and_patterns_choose_the_objects(scope: Scope, covered: tuple[ObjectName, ...]) -> None:
    assert tuple(name for name in ALL if scope.covers(name)) == covered
    assert scope.of(Schema({name: {} for name in ALL})) == Schema({name: {} for name in covered})
