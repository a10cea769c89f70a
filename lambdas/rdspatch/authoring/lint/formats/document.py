"""Findings for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rdspatch.authoring.lint.rule import Severity

if TYPE_CHECKING:
    from rdspatch.authoring.lint.lint import LintReport
    from rdspatch.authoring.lint.rule import Finding


def to_document(report: LintReport, *, directory: str) -> dict[str, Any]:
    """The report as `rdspatch lint --format json` prints it; lines and columns count from 1, ends are exclusive."""
    return {
        "errors": report.count(Severity.ERROR),
        "warnings": report.count(Severity.WARNING),
        "findings": [_finding(finding, directory) for finding in report.findings],
    }


def _finding(finding: Finding, directory: str) -> dict[str, Any]:
    return {
        "rule": finding.rule.id,
        "severity": finding.rule.severity.value,
        "patch": finding.file_name.removesuffix(".sql"),
        "file": f"{directory}/{finding.file_name}",
        "line": finding.place.line,
        "column": finding.place.column,
        "end_line": finding.place.end_line,
        "end_column": finding.place.end_column,
        "message": finding.message,
        "what": finding.what,
        "effect": finding.rule.effect,
        "instead": finding.rule.instead,
    }
