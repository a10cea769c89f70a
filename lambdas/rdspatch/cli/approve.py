"""`rdspatch approve`: answers a run that waits for somebody's approval."""

from __future__ import annotations

from rdspatch.cli.answering import CommentOption, RunArgument, answer
from rdspatch.cli.audit_options import AuditTableOption, TargetOption


def approve(
    run: RunArgument, audit_table: AuditTableOption, target: TargetOption = None, comment: CommentOption = ""
) -> None:
    """Approve the hazards of the patches that a run is about to apply; the audit records who did."""
    answer(run, approved=True, table=audit_table, target=target, comment=comment)
