"""`rdspatch status`: which patches a database has, or each of several environments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from rdspatch.cli.configuration import patch_directory
from rdspatch.cli.environments import Environment, Found, find_in, in_audit_table, in_databases, is_named, look_at
from rdspatch.cli.matrix import cells_of, show_matrix
from rdspatch.cli.options import Format, FormatOption, PatchesOption
from rdspatch.cli.render import print_json, show_table
from rdspatch.cli.source import lock_file
from rdspatch.cli.target import open_database
from rdspatch.core.errors import BadSettings, Problem
from rdspatch.core.lockfile import LockedPatch, LockFile

NOT_ALL_WERE_READ = 4

DatabasesOption = Annotated[
    list[str] | None,
    typer.Option(
        "--database",
        envvar="RDSPATCH_DATABASE_URL",
        show_envvar=True,
        help="A URL as for `plan`; or NAME=URL, once for each environment, for a matrix.",
    ),
]
AuditTableOption = Annotated[
    str | None,
    typer.Option("--audit-table", help="Ask this DynamoDB table instead of the databases."),
]
TargetsOption = Annotated[
    list[str] | None,
    typer.Option("--target", help="A target in the audit table; once for each environment."),
]


def status(
    context: typer.Context,
    *,
    database: DatabasesOption = None,
    audit_table: AuditTableOption = None,
    target: TargetsOption = None,
    patches: PatchesOption = None,
    drift: Annotated[bool, typer.Option("--drift", help="Compare the schemas as well: needs the databases.")] = False,
    form: FormatOption = Format.TEXT,
) -> None:
    """List every patch: applied (when, by which run), pending, or refused.

    Of several environments, a column each; with --drift, a patch is drifted when what it did is not there any more.
    One that cannot be read does not hide the others; the exit code is then 4.
    """
    lock = lock_file(patch_directory(patches))
    drift_from = lock if drift else None
    databases = database or []
    source = context.get_parameter_source("database")
    if audit_table is not None and source is not None and source.name == "ENVIRONMENT":
        databases = []  # what was typed goes before what is set
    if audit_table is None and not target and len(databases) == 1 and not is_named(databases[0]):
        _show_one(lock.patches, find_in(open_database(databases[0], drift_from), drift_from=drift_from), form)
        return
    seen = look_at(_environments(databases, audit_table, target or [], drift_from))
    show_matrix(lock.patches, seen, form)
    if any(environment.error for environment in seen):
        raise typer.Exit(NOT_ALL_WERE_READ)


def _environments(
    databases: Sequence[str], table: str | None, targets: Sequence[str], drift_from: LockFile | None
) -> tuple[Environment, ...]:
    if table is not None and drift_from is not None:
        raise _unclear("--drift", "is given with --audit-table", "a schema can only be read in its database")
    if table is not None and databases:
        raise _unclear("--audit-table", "is given beside --database", "choose one of them")
    if table is not None:
        return in_audit_table(table, targets)
    if targets:
        raise _unclear("--target", "is given without --audit-table", "add the name of the DynamoDB table")
    if not databases:
        instead = "add one, set RDSPATCH_DATABASE_URL, or add --audit-table with --target"
        raise _unclear("--database", "is missing", instead)
    return in_databases(databases, drift_from=drift_from)


def _unclear(where: str, what: str, instead: str) -> BadSettings:
    return BadSettings([Problem(where=where, what=what, instead=instead)])


def _show_one(patches: Sequence[LockedPatch], found: Found, form: Format) -> None:
    rows = [{"id": name, **cell.to_json()} for name, cell in cells_of(patches, found).items()]
    if form is Format.JSON:
        print_json({"patches": rows})
        return
    head = ("id", "status", "applied_at", "run_id")
    show_table(("patch", "status", "applied at", "run"), [[row[name] or "" for name in head] for row in rows])
