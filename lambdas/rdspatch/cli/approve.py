"""`rdspatch approve`: answers a run that waits for somebody's approval."""

from __future__ import annotations

from rdspatch.cli.answering import ApprovalTableOption, CommentOption, DigestOption, RunArgument, answer


def approve(
    run: RunArgument, approval_table: ApprovalTableOption, digest: DigestOption = None, comment: CommentOption = ""
) -> None:
    """Approve the hazards of the patches that a run is about to apply; the audit records who did."""
    answer(run, approved=True, table=approval_table, digest=digest, comment=comment)
