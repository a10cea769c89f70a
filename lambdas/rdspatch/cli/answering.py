"""What `rdspatch approve` and `rdspatch reject` have in common."""

from __future__ import annotations

from typing import Annotated

import typer

from rdspatch.adapters.approvals import Approvals
from rdspatch.cli.audit_options import audit_reader
from rdspatch.cli.aws import caller, dynamodb_client, stepfunctions_client
from rdspatch.cli.render import console
from rdspatch.core.approval import MOST_COMMENT_CHARACTERS
from rdspatch.core.errors import BadInput, Problem

RunArgument = Annotated[str, typer.Argument(metavar="RUN", help="The run that waits, as its message names it.")]
CommentOption = Annotated[str, typer.Option("--comment", "-m", help="Why; it is recorded.")]


def answer(run_id: str, *, approved: bool, table: str, target: str | None, comment: str) -> None:
    """Answer a run that waits, and print what was answered.

    Raises:
        BadInput: The comment is too long, the run waits for nothing, or it is not clear on which target it is.
        ApprovalExpired: The run does not wait any more.
        AuditUnavailable: AWS refused.
    """
    if len(comment) > MOST_COMMENT_CHARACTERS:
        raise BadInput([Problem(where="--comment", what=f"is longer than {MOST_COMMENT_CHARACTERS} characters")])
    targets = (target,) if target is not None else audit_reader(table).targets()
    if len(targets) != 1:
        instead = f"give one of {', '.join(targets)}" if targets else "give the table of a deployment that has run"
        raise BadInput([Problem(where="--target", what="is not clear", instead=instead)])
    approvals = Approvals(dynamodb_client(), stepfunctions_client(), table=table, target=targets[0])
    waiting = approvals.find(run_id)
    if waiting is None:
        instead = "`rdspatch history` lists the runs"
        raise BadInput([Problem(where=run_id, what=f"has asked for no approval on {targets[0]}", instead=instead)])
    by = caller()
    approvals.answer(waiting, approved=approved, by=by, comment=comment)
    out = console()
    for hazard in waiting.hazards:
        out.print(f"  {hazard}")
    out.print(f"{'approved' if approved else 'rejected'} as {by}")
