"""`rdspatch approve`: answers a run that waits for somebody's approval."""

from __future__ import annotations

from rdspatch.cli.answering import ApprovalTableOption, CommentOption, RunArgument, answer


def approve(run: RunArgument, approval_table: ApprovalTableOption, comment: CommentOption = "") -> None:
    """Approve the hazards of the patches that a run is about to apply; the audit records who did."""
    answer(run, approved=True, table=approval_table, comment=comment)
