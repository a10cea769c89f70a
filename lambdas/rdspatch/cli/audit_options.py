"""The audit table that a command reads."""

from __future__ import annotations

from typing import Annotated

import typer

from rdspatch.adapters.audit_reader import AuditReader
from rdspatch.cli.aws import dynamodb_client
from rdspatch.core.errors import BadInput, Problem
from rdspatch.core.recorded_run import RecordedRun

AuditTableOption = Annotated[
    str,
    typer.Option(
        "--audit-table",
        envvar="RDSPATCH_AUDIT_TABLE",
        show_envvar=True,
        help="The DynamoDB table; it is read with your own credentials: dynamodb:Query, and dynamodb:Scan without "
        "--target.",
    ),
]
TargetOption = Annotated[
    str | None,
    typer.Option("--target", envvar="RDSPATCH_TARGET", show_envvar=True, help="Only this target; by default all."),
]


def audit_reader(table: str) -> AuditReader:
    """A reader with the caller's own credentials. Raises BadSettings when no region is set."""
    return AuditReader(dynamodb_client(), table=table)


def targets_of(reader: AuditReader, target: str | None) -> tuple[str, ...]:
    """The target that was asked for, else every one that has records."""
    return (target,) if target is not None else reader.targets()


def runs_by_id(reader: AuditReader, run_id: str, target: str | None) -> tuple[RecordedRun, ...]:
    """The runs of this id. Raises BadInput when there is none."""
    found = tuple(run for run in reader.run(run_id) if target in (None, run.target))
    if not found:
        instead = "`rdspatch history` lists them"
        raise BadInput([Problem(where=run_id, what="is no run that has a record", instead=instead)])
    return found
