"""What the audit says of the target whose database a command is about, where it is given."""

from __future__ import annotations

from typing import Annotated

import typer

from rdspatch.cli.render import tell
from rdspatch.core.errors import BadSettings, Problem
from rdspatch.core.ledger import Ledger

AuditedTableOption = Annotated[
    str | None,
    typer.Option(
        "--audit-table",
        help="Also look for patches that this DynamoDB table has as applied to --target, and the ledger lost; it is "
        "read with your own credentials (dynamodb:Query).",
    ),
]
AuditedTargetOption = Annotated[
    str | None,
    typer.Option("--target", help="The target in the audit table whose database this is."),
]


def audited_ledger(table: str | None, target: str | None) -> Ledger:
    """What a table says is applied to a target; nothing where none is given. Read it before the database's ledger.

    Raises:
        BadSettings: One is given without the other, or no region or profile can be used.
        AuditUnavailable: The table could not be read.
    """
    if table is None and target is None:
        return Ledger(exists=False)
    if table is None or target is None:
        missing, given = ("--target", "--audit-table") if target is None else ("--audit-table", "--target")
        raise BadSettings([Problem(where=given, what=f"is given without {missing}", instead="add it")])
    from rdspatch.adapters.dynamodb import DynamoAuditLog  # noqa: PLC0415 - most calls of these commands need no AWS
    from rdspatch.cli.aws import dynamodb_client  # noqa: PLC0415 - likewise

    found = DynamoAuditLog(dynamodb_client(), table=table, target=target).applied()
    if not found.exists:
        tell(f"note: {table} has no record of {target}")
    return found
