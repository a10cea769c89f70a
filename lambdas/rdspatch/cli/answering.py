"""What `rdspatch approve` and `rdspatch reject` have in common."""

from __future__ import annotations

from typing import Annotated

import typer

from rdspatch.adapters.approvals import Approvals
from rdspatch.cli.aws import caller, dynamodb_client, stepfunctions_client
from rdspatch.cli.render import show
from rdspatch.core.approval import MOST_COMMENT_CHARACTERS
from rdspatch.core.errors import BadInput, Problem

RunArgument = Annotated[str, typer.Argument(metavar="RUN", help="The run that waits, as its message names it.")]
ApprovalTableOption = Annotated[
    str,
    typer.Option(
        "--approval-table",
        envvar="RDSPATCH_APPROVAL_TABLE",
        show_envvar=True,
        help="The DynamoDB table with the questions, as the run's message names it; it is read with your own "
        "credentials, which need dynamodb:Query on it and states:SendTaskSuccess on the state machine.",
    ),
]
CommentOption = Annotated[str, typer.Option("--comment", "-m", help="Why; it is recorded.")]


def answer(run_id: str, *, approved: bool, table: str, comment: str) -> None:
    """Answer a run that waits, and print what was answered.

    Raises:
        BadInput: The comment is too long, or the run has asked for nothing.
        ApprovalExpired: The run does not wait any more.
        AuditUnavailable: AWS refused.
    """
    if len(comment) > MOST_COMMENT_CHARACTERS:
        raise BadInput([Problem(where="--comment", what=f"is longer than {MOST_COMMENT_CHARACTERS} characters")])
    approvals = Approvals(dynamodb_client(), stepfunctions_client(), table=table)
    waiting = approvals.find(run_id)
    if waiting is None:
        instead = "`rdspatch history` lists the runs"
        raise BadInput([Problem(where=run_id, what="has asked for no approval", instead=instead)])
    by = caller()
    approvals.answer(waiting, approved=approved, by=by, comment=comment)
    for hazard in waiting.hazards:
        show(f"  {hazard}")
    show(f"{'approved' if approved else 'rejected'} as {by}")
