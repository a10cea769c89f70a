from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, inspect, text

from meshapp.models import Base, MeshResult

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlalchemy import Engine, Inspector

TABLES = ("mesh_results", "projects", "users")
FILE_NAME = re.compile(r"[0-9]{4,14}_[a-z0-9_]{1,80}\.sql")


def schema_of(engine: Engine) -> dict[str, Any]:
    with engine.connect() as connection:
        inspector = inspect(connection)
        return {table: describe(inspector, table) for table in sorted(inspector.get_table_names())}


def describe(inspector: Inspector, table: str) -> dict[str, Any]:
    """Everything the catalog says of a table but the order of its columns, on which no model depends."""
    return {
        "columns": {
            column["name"]: {**column, "type": repr(column["type"])} for column in inspector.get_columns(table)
        },
        "primary key": inspector.get_pk_constraint(table),
        "foreign keys": by_name(inspector.get_foreign_keys(table)),
        "unique": by_name(inspector.get_unique_constraints(table)),
        "checks": by_name(inspector.get_check_constraints(table)),
        "indexes": by_name(inspector.get_indexes(table)),
    }


def by_name(things: Any) -> list[Any]:
    return sorted(things, key=lambda thing: thing["name"])


def rows_of(engine: Engine, query: str) -> list[Any]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(query)]


def all_rows(engine: Engine) -> dict[str, list[Any]]:
    return {table: rows_of(engine, f"TABLE {table} ORDER BY id") for table in TABLES}


def storage_of(engine: Engine) -> dict[str, Any]:
    """The file that holds each table; a rewrite gives it another one."""
    return {table: rows_of(engine, f"SELECT pg_relation_filenode('{table}')") for table in TABLES}


def verifications(sql: str) -> list[str]:
    return re.findall(r"^-- verify: (.+)$", sql, flags=re.MULTILINE)


def test_every_patch_is_named_and_described(patch_files: tuple[Path, ...]) -> None:
    for file in patch_files:
        assert FILE_NAME.fullmatch(file.name), file.name
        assert re.match(r"-- patch: [A-Z].+\.\n", file.read_text(encoding="utf-8")), file.name


def test_baseline_and_patches_lead_to_what_the_models_expect(patched: Engine) -> None:
    reached = schema_of(patched)
    with patched.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
        Base.metadata.create_all(connection)
    expected = schema_of(patched)
    assert tuple(expected) == TABLES
    assert reached == expected


def test_patches_applied_twice_change_nothing(
    patched: Engine, patch_files: tuple[Path, ...], send: Callable[[Engine, Path], None]
) -> None:
    before = schema_of(patched), all_rows(patched)
    for file in patch_files:
        send(patched, file)
    assert (schema_of(patched), all_rows(patched)) == before


def test_no_patch_rewrites_a_table(
    old_schema: Engine, patch_files: tuple[Path, ...], send: Callable[[Engine, Path], None]
) -> None:
    before = storage_of(old_schema)
    for file in patch_files:
        send(old_schema, file)
        assert storage_of(old_schema) == before, file.name


def test_patches_keep_the_rows_that_were_there(
    old_schema: Engine, patch_files: tuple[Path, ...], send: Callable[[Engine, Path], None]
) -> None:
    columns = {table: ", ".join(schema_of(old_schema)[table]["columns"]) for table in TABLES}
    queries = [f"SELECT {columns[table]} FROM {table} ORDER BY id" for table in TABLES]
    before = [rows_of(old_schema, query) for query in queries]
    assert [len(rows) for rows in before] == [6, 3, 2]
    for file in patch_files:
        send(old_schema, file)
    assert [rows_of(old_schema, query) for query in queries] == before


def test_every_verification_is_true_after_the_patches_and_not_before_its_own(
    old_schema: Engine, patch_files: tuple[Path, ...], send: Callable[[Engine, Path], None]
) -> None:
    asked = []
    for file in patch_files:
        own = verifications(file.read_text(encoding="utf-8"))
        assert all(rows_of(old_schema, query) in ([], [(False,)]) for query in own), file.name
        send(old_schema, file)
        asked.extend(own)
    assert asked
    assert [rows_of(old_schema, query) for query in asked] == [[(True,)]] * len(asked)


def test_the_backfill_fills_only_what_is_empty_and_skips_what_it_cannot_read(
    patched: Engine, patch_files: tuple[Path, ...], send: Callable[[Engine, Path], None]
) -> None:
    cells = {11: "12", 12: "1.5", 13: '"many"', 14: "1e30", 15: "null", 16: "999999999999999999"}
    with patched.begin() as connection:
        connection.execute(text("UPDATE mesh_results SET cell_count = 7 WHERE id = 1"))
        for identity, count in cells.items():
            connection.execute(
                insert(MeshResult),
                {
                    "id": identity,
                    "project_id": 3,
                    "status": "queued",
                    "statistics": {"cells": json.loads(count)},
                },
            )
    send(patched, next(file for file in patch_files if "backfill" in file.name))
    counts = rows_of(patched, "SELECT id, cell_count FROM mesh_results WHERE id = 1 OR id > 10 ORDER BY id")
    assert counts == [(1, 7), (11, 12), (12, 0), (13, 0), (14, 0), (15, 0), (16, 999999999999999999)]


def test_the_seed_rows_leave_room_for_new_ones(old_schema: Engine) -> None:
    with old_schema.begin() as connection:
        user = connection.scalar(text("INSERT INTO users (email) VALUES ('emmy@example.com') RETURNING id"))
        project = connection.scalar(text("INSERT INTO projects (owner_id, name) VALUES (1, 'Rotor') RETURNING id"))
        result = connection.scalar(
            text("INSERT INTO mesh_results (project_id, status) VALUES (1, 'queued') RETURNING id")
        )
    assert (user, project, result) == (3, 4, 7)


def test_the_recipes_run_twice_verify_and_rewrite_nothing(
    patched: Engine, recipes: tuple[str, ...], send_text: Callable[[Engine, str], None]
) -> None:
    before = storage_of(patched)
    for recipe in recipes:
        send_text(patched, recipe)
    reached = schema_of(patched)
    assert reached["users"]["columns"]["display_name"]["nullable"] is False
    for recipe in recipes:
        send_text(patched, recipe)
    assert schema_of(patched) == reached
    queries = [query for recipe in recipes for query in verifications(recipe)]
    assert [rows_of(patched, query) for query in queries] == [[(True,)]] * 2
    assert storage_of(patched) == before
