"""`rdspatch reject`: answers a run that waits for somebody's approval."""

from __future__ import annotations

from rdspatch.cli.answering import ApprovalTableOption, CommentOption, DigestOption, RunArgument, answer


def reject(
    run: RunArgument, approval_table: ApprovalTableOption, digest: DigestOption = None, comment: CommentOption = ""
) -> None:
    """Reject the hazards of the patches that a run is about to apply; the audit records who did."""
    answer(run, approved=False, table=approval_table, digest=digest, comment=comment)
