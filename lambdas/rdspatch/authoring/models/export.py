"""From the models' SQL to the schema that PostgreSQL makes of it."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rdspatch.adapters.postgres.quoting import identifier
from rdspatch.adapters.postgres.sqlstate import INSUFFICIENT_PRIVILEGE, may_be_lacking
from rdspatch.authoring.models.spelling import in_the_words_of
from rdspatch.authoring.models.statements import ModelSql, read_sql
from rdspatch.authoring.models.surroundings import schemas_of, surroundings_of
from rdspatch.authoring.proof.advice import BETTER_EQUIPPED
from rdspatch.authoring.proof.connection import Connection, Refused
from rdspatch.authoring.proof.extensions import create_extension_as_given
from rdspatch.core.errors import BadModels, Problem
from rdspatch.core.schema import ObjectKind, ObjectName, Schema
from rdspatch.engine.wording import in_expected_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rdspatch.authoring.models.process import ExportedModels
    from rdspatch.authoring.proof.scratch import ScratchDatabase, ScratchServer

_SHOWN_CHARACTERS = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelExport:
    """The application's models, and what PostgreSQL makes of them."""

    exported: ExportedModels
    sql: ModelSql
    schema: Schema
    """What the models make, with the schemas that hold it; nothing that they only use."""
    patches: Schema
    """What baseline and patches lead to, with expressions in the models' words where they come to the same."""


def build(exported: ExportedModels, server: ScratchServer, patches: Schema) -> ModelExport:
    """Run the models' SQL in a database of its own, as the role that patches run as.

    Args:
        exported: The models.
        server: Where the database is made.
        patches: What baseline and patches lead to; what the models use of it and do not make is there before them.

    Raises:
        BadModels: The server refuses a statement.
    """
    with server.database() as database:
        sql = read_sql(exported.ddl, schema=database.search_path[0])
        with database.connect() as connection:
            connection.execute(f"SET search_path = {', '.join(map(identifier, database.search_path))}")
            found = _surround(connection, sql, patches, database)
            own = [it for name, it in sql.extensions.items() if ObjectName(ObjectKind.EXTENSION, (name,)) not in found]
            for statement in own:
                with _refusals_of(statement, exported.source, server.major):
                    _create_extension(connection, statement, database)
            for statement in sql.statements:
                with _refusals_of(statement, exported.source, server.major):
                    connection.execute(statement)
            with database.runner() as runner:
                schema = _made(runner.session.read_schema(), sql, found)
                patches = in_expected_words(schema.objects, patches, runner.session)
            alike = in_the_words_of(schema, patches, connection)
    return ModelExport(exported=exported, sql=sql, schema=schema, patches=alike)


def _surround(
    connection: Connection, sql: ModelSql, patches: Schema, database: ScratchDatabase
) -> frozenset[ObjectName]:
    """Make what the models find; what cannot be made is missed by the statement that needs it."""
    for schema in sorted({*schemas_of(patches), *sql.schemas}):
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {identifier(schema)}")
    connection.execute("SET check_function_bodies = off")
    rest = list(surroundings_of(patches, made=sql.made, text="\n".join(sql.statements)))
    found: set[ObjectName] = set()
    while True:  # one may need another that comes later
        done = {name for name, statement in rest if _is_taken(connection, name, statement, database)}
        if not done:
            break
        found |= done
        rest = [(name, statement) for name, statement in rest if name not in done]
    return frozenset(found)


def _is_taken(connection: Connection, name: ObjectName, statement: str, database: ScratchDatabase) -> bool:
    try:
        if name.kind is ObjectKind.EXTENSION:
            _create_extension(connection, statement, database)
        else:
            connection.execute(statement)
    except Refused:
        return False
    return True


def _create_extension(connection: Connection, statement: str, database: ScratchDatabase) -> None:
    """As the owner, or as the given login where only a superuser may. Raises Refused."""
    try:
        connection.execute(statement)
    except Refused as refused:
        if refused.sqlstate != INSUFFICIENT_PRIVILEGE:
            raise
        with database.connect_as_given() as given:
            create_extension_as_given(statement, given)


@contextlib.contextmanager
def _refusals_of(statement: str, source: str, major: int) -> Iterator[None]:
    try:
        yield
    except Refused as refused:
        text = " ".join(statement.split())
        shown = text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}…"
        what = f"PostgreSQL {major} refuses `{shown}`: {refused}"
        instead = "what models use and do not make (types, functions, extensions) must come from a patch"
        if may_be_lacking(refused.sqlstate):
            instead += f"; or {BETTER_EQUIPPED}"
        raise BadModels([Problem(where=source, what=what, instead=instead)]) from None


def _made(schema: Schema, sql: ModelSql, found: frozenset[ObjectName]) -> Schema:
    # Whose a thing is, and who may use it, models do not say.
    own = {name: it for name, it in schema.objects.items() if name not in found and not name.kind.is_privileges}
    places = {name.path[0] for name in _in_schemas(own)}
    return Schema(
        {
            name: it
            for name, it in own.items()
            if (name.kind is not ObjectKind.SCHEMA or name.path[0] in places)
            and (name.kind is not ObjectKind.EXTENSION or name.path[0] in sql.extensions)
        }
    )


def _in_schemas(names: Iterable[ObjectName]) -> Iterable[ObjectName]:
    return (name for name in names if name.kind not in (ObjectKind.SCHEMA, ObjectKind.EXTENSION))
