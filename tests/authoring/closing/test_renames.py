"""Renames that are suspected: nothing is written, and the person hears both ways to go on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rdspatch.authoring.closing.renames import suspected_renames
from rdspatch.authoring.closing.subject import Subject, mapped_columns
from rdspatch.authoring.models import DifferenceKind, ExportedModels, ModelDifference, ModelExport
from rdspatch.authoring.models.statements import read_sql
from rdspatch.core.models import MappedModel
from rdspatch.core.schema import ObjectKind, ObjectName, Schema
from rdspatch.core.statement import RelationName

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rdspatch.core.schema import Properties

TABLE, COLUMN = ObjectKind.TABLE, ObjectKind.COLUMN


def schema(tables: Mapping[str, Mapping[str, str]]) -> Schema:
    """Tables by name, with the types of their columns."""
    objects: dict[ObjectName, Properties] = {}
    for table, columns in tables.items():
        objects[ObjectName(TABLE, ("public", table))] = {"kind": "table"}
        for name, kind in columns.items():
            objects[ObjectName(COLUMN, ("public", table, name))] = {"type": kind, "nullable": True}
    return Schema(objects)


def suspects(
    patches: Mapping[str, Mapping[str, str]],
    models: Mapping[str, Mapping[str, str]],
    mapped_before: frozenset[tuple[str, ...]] | None = None,
) -> dict[str, str]:
    """What is said of each suspect."""
    wanted, found = schema(models), schema(patches)
    new = {name for name in wanted.objects if name not in found.objects}
    whole = {name.path for name in new if name.kind is TABLE}
    subject = Subject(
        models=ModelExport(
            exported=ExportedModels(source="app:Base", ddl=(), mapped=()),
            sql=read_sql((), schema="public"),
            schema=wanted,
            patches=found,
        ),
        found=tuple(
            ModelDifference(kind=DifferenceKind.MISSING, object=name, wanted=wanted.objects[name])
            for name in sorted(new, key=lambda name: name.sort_key)
            if name.kind is TABLE or name.path[:2] not in whole
        ),
        mapped_before=mapped_before,
        start=Schema({}),
        schema="public",
    )
    return {str(name): str(problem) for name, problem in suspected_renames(subject)}


def test_a_missing_column_beside_one_of_its_type_that_no_model_has_may_be_a_rename() -> None:
    assert suspects({"users": {"id": "int", "nick": "text"}}, {"users": {"id": "int", "nickname": "text"}}) == {
        "column public.users.nickname": (
            "column public.users.nickname: may be column public.users.nick under a new name: that one is text too, "
            "and no model has it; write `ALTER TABLE public.users RENAME COLUMN nick TO nickname` to keep its values, "
            "or `ALTER TABLE public.users ADD COLUMN IF NOT EXISTS nickname text` for an empty column beside it"
        )
    }


@pytest.mark.parametrize(
    "patches",
    [
        {"users": {"id": "int", "nick": "varchar"}},
        {"users": {"id": "int"}, "others": {"nick": "text"}},
        {"users": {"id": "text"}},
    ],
)
def test_a_column_of_another_type_or_table_or_one_that_the_models_have_is_none(
    patches: Mapping[str, Mapping[str, str]],
) -> None:
    models = {"users": {"id": patches["users"]["id"], "nickname": "text"}}
    assert suspects(patches, models) == {}


def test_a_column_that_the_models_never_had_is_none_once_that_is_known() -> None:
    patches, models = {"users": {"id": "int", "legacy": "text"}}, {"users": {"id": "int", "nickname": "text"}}
    before = MappedModel(model="User", table=RelationName(schema=None, name="users"), columns=("id",))
    assert suspects(patches, models, mapped_columns([before], "public")) == {}
    renamed = MappedModel(model="User", table=RelationName(schema="public", name="users"), columns=("id", "legacy"))
    assert len(suspects(patches, models, mapped_columns([renamed], "elsewhere"))) == 1


def test_a_missing_table_beside_one_with_its_columns_that_no_model_has_may_be_a_rename() -> None:
    columns = {"id": "int", "name": "text"}
    found = suspects({"people": columns}, {"users": columns})
    assert list(found) == ["table public.users"]
    assert "`ALTER TABLE IF EXISTS public.people RENAME TO users` to keep its rows" in found["table public.users"]
    assert suspects({"people": {**columns, "more": "text"}}, {"users": columns}) == {}
    assert suspects({"people": columns}, {"users": columns}, frozenset()) == {}
