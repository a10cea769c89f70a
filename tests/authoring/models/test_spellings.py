"""Models that SQLAlchemy made the schema of are in parity with it, however they are spelled; and Alembic beside it."""

from __future__ import annotations

import warnings
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, text
from sqlalchemy.exc import SQLAlchemyError

from rdspatch.authoring.models import build, differences, export_models
from rdspatch.core.schema import ObjectKind, Schema
from rdspatch.core.scope import Scope
from tests.authoring.models import spellings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Connection

    from rdspatch.authoring.models import ModelExport
    from rdspatch.authoring.postgres_server import EmbeddedPostgres
    from rdspatch.authoring.proof import ScratchServer
    from rdspatch.authoring.proof.scratch import ScratchDatabase

pytestmark = pytest.mark.slow

SOURCE = "spellings:Base"
EVERYTHING = Scope()


@pytest.fixture(scope="module")
def made(scratch: ScratchServer, postgres_server: EmbeddedPostgres) -> Iterator[tuple[ScratchDatabase, Connection]]:
    """A database in which SQLAlchemy itself, by its driver, has made what the models describe."""
    socket = f"{postgres_server.socket_directory}/.s.PGSQL.{postgres_server.port}"
    with scratch.database(for_patches=False) as database:
        engine = create_engine(f"postgresql+pg8000://postgres@/{database.name}", connect_args={"unix_sock": socket})
        with engine.connect() as connection:
            connection.execute(text('CREATE SCHEMA "odd schema"'))
            spellings.metadata.create_all(connection)
            connection.commit()
            yield database, connection
        engine.dispose()


@pytest.fixture(scope="module")
def schema(made: tuple[ScratchDatabase, Connection]) -> Schema:
    return made[0].read_schema()


@pytest.fixture(scope="module")
def exported(scratch: ScratchServer, schema: Schema) -> ModelExport:
    return build(export_models(SOURCE, Path(__file__).parent), scratch, schema)


def test_no_spelling_is_a_difference_to_us_and_some_are_to_alembic(
    made: tuple[ScratchDatabase, Connection],
    exported: ModelExport,
    record_testsuite_property: Callable[[str, object], None],
) -> None:
    """Whatever either of the two reports is false; what Alembic does is its business and is only recorded."""
    alembic = differences_by_alembic(made[1])
    record_testsuite_property("alembic_false_differences", len(alembic))
    for number, difference in enumerate(alembic):
        record_testsuite_property(f"alembic_{number}", difference)
    ours = [str(difference.problem()) for difference in differences(exported, scope=EVERYTHING)]
    assert ours == [], f"{len(ours)} false differences, where Alembic has {len(alembic)}"
    assert len(exported.schema.objects) >= 250


def test_the_exported_sql_makes_the_very_schema_that_sqlalchemy_makes(exported: ModelExport, schema: Schema) -> None:
    theirs = {name: it for name, it in schema.objects.items() if name.kind is not ObjectKind.EXTENSION}
    assert exported.schema.objects == theirs


def test_the_models_have_every_column_that_the_schema_has(exported: ModelExport) -> None:
    mapped = {
        (model.table.schema or "public", model.table.name, column)
        for model in exported.exported.mapped
        for column in model.columns
    }
    assert mapped == {name.path for name in exported.schema.objects if name.kind is ObjectKind.COLUMN}


def test_a_real_difference_in_any_column_is_found(exported: ModelExport, schema: Schema) -> None:
    """The sample is no blind spot: whatever is changed in it shows."""
    columns = [name for name in schema.objects if name.kind is ObjectKind.COLUMN]
    for name in columns:
        other = Schema({**schema.objects, name: {**schema.objects[name], "type": "boolean[][]"}})
        found = differences(replace(exported, patches=other), scope=EVERYTHING)
        assert [(difference.object, difference.properties) for difference in found] == [(name, ("type",))]


def differences_by_alembic(connection: Connection) -> list[str]:
    """Table by table, since it gives up at some of them."""
    found: list[str] = []
    for wanted in spellings.metadata.tables.values():
        options = {
            "compare_type": True,
            "compare_server_default": True,
            "include_schemas": True,
            "include_object": lambda _, name, kind, *__, wanted=wanted: kind != "table" or name == wanted.name,
        }
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            context = MigrationContext.configure(connection, opts=options)
            try:
                found += [repr(difference) for difference in compare_metadata(context, spellings.metadata)]
            except SQLAlchemyError as error:
                found.append(f"{wanted.name}: {error}")
                connection.rollback()
    return [text[:500] for text in found]
