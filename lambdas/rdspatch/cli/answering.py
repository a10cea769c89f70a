"""What `rdspatch approve` and `rdspatch reject` have in common."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from rdspatch.adapters.approvals import Approvals
from rdspatch.cli.aws import caller, dynamodb_client, stepfunctions_client
from rdspatch.cli.render import show
from rdspatch.core.approval import MOST_COMMENT_CHARACTERS
from rdspatch.core.errors import ApprovalExpired, BadInput, Problem

if TYPE_CHECKING:
    from rdspatch.adapters.approvals import Waiting

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
DigestOption = Annotated[
    str | None,
    typer.Option(
        "--digest",
        help="What the run's message asks about. Without it the hazards are shown, and you are asked to confirm.",
        show_default=False,
    ),
]
CommentOption = Annotated[str, typer.Option("--comment", "-m", help="Why; it is recorded.")]


def answer(run_id: str, *, approved: bool, table: str, digest: str | None, comment: str) -> None:
    """Answer a run that waits, and print what was answered.

    Args:
        run_id: The run.
        approved: The answer.
        table: Where the questions are.
        digest: Which question is answered; None shows the newest one, and asks before it approves.
        comment: For the audit.

    Raises:
        BadInput: The comment is too long, the run has asked for nothing, or nobody can be asked.
        ApprovalExpired: The run does not wait any more, or asks about other patches now.
        AuditUnavailable: AWS refused.
    """
    if len(comment) > MOST_COMMENT_CHARACTERS:
        raise BadInput([Problem(where="--comment", what=f"is longer than {MOST_COMMENT_CHARACTERS} characters")])
    approvals = Approvals(dynamodb_client(), stepfunctions_client(), table=table)
    waiting = approvals.find(run_id)
    if waiting is None:
        instead = "`rdspatch history` lists the runs"
        raise BadInput([Problem(where=run_id, what="has asked for no approval", instead=instead)])
    for hazard in waiting.hazards:
        show(f"  {hazard}")
    if waiting.note:
        show(f"  {waiting.note}")
    if digest is not None and digest != waiting.digest:
        raise ApprovalExpired(
            f"run {run_id} asks about other patches now, with the hazards above; nothing was answered. "
            f"To answer that, give --digest {waiting.digest}"
        )
    if approved and digest is None:
        _confirm(waiting)
    by = caller()
    approvals.answer(waiting, approved=approved, by=by, comment=comment)
    show(f"{'approved' if approved else 'rejected'} as {by}")


def _confirm(waiting: Waiting) -> None:
    """Ask whether the hazards that were shown are approved. Raises `typer.Abort` when they are not."""
    if not sys.stdin.isatty():
        what = "is needed where nobody can be asked: an approval is for the hazards that were seen"
        raise BadInput([Problem(where="--digest", what=what, instead=f"look at the above and give {waiting.digest}")])
    typer.confirm(f"Approve these for run {waiting.run_id}?", abort=True)
