"""The snapshot of a schema: what `pg_dump` sees change is what it sees change, on every version alike."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from rdspatch.adapters.postgres.quoting import literal
from rdspatch.authoring.postgres_server import EmbeddedPostgres
from rdspatch.core.schema import ObjectKind, ObjectName, Schema, effects_between
from tests.acceptance.dump import dump
from tests.acceptance.schema_cases import BEFORE, CASES, NOTHING
from tests.acceptance.target import new_run, open_target

if TYPE_CHECKING:
    from collections.abc import Iterator

OLDER = Path("/usr/lib/postgresql/15/bin")


def snapshot(server: EmbeddedPostgres, database: str) -> Schema:
    session = open_target(server.url(database)).connect(new_run())
    try:
        return session.read_schema()
    finally:
        session.close()


def schema_after(server: EmbeddedPostgres, sql: str, name: str = "case", template: str = "before") -> Schema:
    server.create_database(name, template)
    try:
        with server.connect(name) as connection:
            connection.run(sql)
        return snapshot(server, name)
    finally:
        server.drop_database(name)


@pytest.fixture(scope="module")
def server(postgres_server: EmbeddedPostgres) -> Iterator[EmbeddedPostgres]:
    """A server with the database that every case starts from."""
    postgres_server.create_database("before")
    with postgres_server.connect("before") as connection:
        connection.run(BEFORE)
    yield postgres_server
    postgres_server.drop_database("before")


@pytest.fixture(scope="module")
def before(server: EmbeddedPostgres) -> Schema:
    return snapshot(server, "before")


@pytest.fixture(scope="module")
def dumped_before(server: EmbeddedPostgres) -> dict[ObjectName, str]:
    return dump(server, "before")


def test_the_snapshot_and_pg_dump_know_the_same_objects(before: Schema, dumped_before: dict[ObjectName, str]) -> None:
    always = {ObjectName(ObjectKind.SCHEMA, ("public",)), ObjectName(ObjectKind.EXTENSION, ("plpgsql",))}
    assert set(before.objects) - always == set(dumped_before)


@pytest.mark.parametrize("case", CASES)
def test_the_effects_of_a_patch_are_the_changes_that_pg_dump_shows(
    server: EmbeddedPostgres, before: Schema, dumped_before: dict[ObjectName, str], case: str
) -> None:
    server.create_database("case", "before")
    try:
        with server.connect("case") as connection:
            connection.run(CASES[case])
        dumped, after = dump(server, "case"), snapshot(server, "case")
    finally:
        server.drop_database("case")
    changed = {name for name in dumped.keys() | dumped_before.keys() if dumped.get(name) != dumped_before.get(name)}
    effects = effects_between(before, after)
    plpgsql = ObjectName(ObjectKind.EXTENSION, ("plpgsql",))  # pg_dump takes it for granted
    assert {effect.object for effect in effects} - {plpgsql} == changed
    assert effects
    assert before.with_effects(effects) == after


@pytest.mark.parametrize("case", NOTHING)
def test_what_is_no_part_of_a_schema_is_no_effect(server: EmbeddedPostgres, before: Schema, case: str) -> None:
    assert effects_between(before, schema_after(server, NOTHING[case])) == ()


def test_a_databases_own_settings_do_not_change_what_is_read(server: EmbeddedPostgres, before: Schema) -> None:
    settings = {
        "search_path": "app, public",
        "quote_all_identifiers": "on",
        "datestyle": "'German'",
        "intervalstyle": "'iso_8601'",
        "timezone": "'Asia/Tokyo'",
        "bytea_output": "'escape'",
        "extra_float_digits": "-5",
    }
    constants = (
        "CREATE TABLE constants (d date DEFAULT '2026-01-02', i interval DEFAULT '1 day 2:00', b bytea DEFAULT 'a',"
        "t timestamptz DEFAULT '2026-01-02 03:04+00', f float8 DEFAULT 0.1, m mood DEFAULT 'sad')"
    )
    plain = schema_after(server, constants)
    assert effects_between(before, plain)
    altered = "; ".join(f"ALTER DATABASE odd SET {name} = {value}" for name, value in settings.items())
    assert schema_after(server, f"{constants}; {altered}", name="odd") == plain


HOSTILE = (
    "Mixed Case",
    'a"b',
    "it's",
    "; DROP TABLE victim; --",
    "a.b",
    "%s %% :x {y}",
    "new\nline\ttab",
    "back\\slash",
    "größe 日本 😀",
    "\u202egnp.exe",
    " ",
)


@pytest.mark.parametrize("name", HOSTILE)
def test_any_name_comes_through_byte_for_byte(server: EmbeddedPostgres, name: str) -> None:
    quoted = '"' + name.replace('"', '""') + '"'
    template = (
        "CREATE TABLE victim (); CREATE SCHEMA @; CREATE TYPE @.@ AS ENUM (&);"
        "CREATE TABLE @.t (@ @.@ CONSTRAINT @ CHECK (@ IS NOT NULL)); CREATE INDEX ON @.t (@) WHERE @ IS NOT NULL;"
        "CREATE VIEW @.v AS SELECT @ FROM @.t @ WHERE @.@ IS NOT NULL"
    )
    sql = template.replace("@", quoted).replace("&", literal(name))
    schema = schema_after(server, sql)
    assert schema.objects[ObjectName(ObjectKind.ENUM, (name, name))] == {"labels": [name]}
    assert schema.objects[ObjectName(ObjectKind.COLUMN, (name, "t", name))]["nullable"] is True
    assert ObjectName(ObjectKind.CONSTRAINT, (name, "t", name)) in schema.objects
    [index] = [found for found in schema.objects if found.kind is ObjectKind.INDEX and found.path[0] == name]
    assert f"({quoted}) WHERE ({quoted} IS NOT NULL)" in schema.objects[index]["definition"]
    assert ObjectName(ObjectKind.VIEW, (name, "v")) in schema.objects
    assert ObjectName(ObjectKind.TABLE, ("public", "victim")) in schema.objects


@pytest.fixture(scope="module")
def older() -> Iterator[EmbeddedPostgres]:
    """PostgreSQL 15, where the machine has it."""
    if not (OLDER / "postgres").exists():
        pytest.skip(f"no PostgreSQL 15 in {OLDER}")
    with EmbeddedPostgres(binaries=OLDER) as server:
        server.create_database("before")
        with server.connect("before") as connection:
            connection.run(BEFORE)
        yield server


@pytest.mark.slow
@pytest.mark.parametrize("case", [None, *CASES])
def test_an_older_server_gives_the_same_schema(
    server: EmbeddedPostgres, older: EmbeddedPostgres, case: str | None
) -> None:
    sql = CASES[case] if case else ""
    assert effects_between(schema_after(server, sql), schema_after(older, sql)) == ()
