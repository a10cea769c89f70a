"""Findings as SARIF 2.1.0, which code scanning services read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from rdspatch.authoring.lint.rules import RULES

if TYPE_CHECKING:
    from rdspatch.authoring.lint.lint import LintReport
    from rdspatch.authoring.lint.rule import Finding, Rule

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def to_sarif(report: LintReport, *, directory: str, version: str) -> dict[str, Any]:
    """One run with every rule that exists and every finding.

    Args:
        report: What was found.
        directory: Where the patches are, relative to the root of the repository.
        version: Of rdspatch.
    """
    numbers = {rule.id: number for number, rule in enumerate(RULES)}
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "rdspatch",
                        "semanticVersion": version,
                        "rules": [_rule(rule) for rule in RULES],
                    },
                },
                "columnKind": "unicodeCodePoints",
                "results": [_result(finding, numbers[finding.rule.id], directory) for finding in report.findings],
            },
        ],
    }


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "shortDescription": {"text": _sentence(rule.condition)},
        "fullDescription": {"text": f"{_sentence(rule.condition)} {_sentence(rule.effect)}"},
        "help": {"text": f"{_sentence(rule.effect)} Instead: {_sentence(rule.instead)}"},
        "defaultConfiguration": {"level": rule.severity.value},
    }


def _result(finding: Finding, number: int, directory: str) -> dict[str, Any]:
    uri = quote(f"{directory}/{finding.file_name}")
    location: dict[str, Any] = {"uri": f"file://{uri}" if directory.startswith("/") else uri}
    if not directory.startswith("/"):
        location["uriBaseId"] = "%SRCROOT%"
    return {
        "ruleId": finding.rule.id,
        "ruleIndex": number,
        "level": finding.rule.severity.value,
        "message": {"text": finding.message},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": location,
                    "region": {
                        "startLine": finding.place.line,
                        "startColumn": finding.place.column,
                        "endLine": finding.place.end_line,
                        "endColumn": finding.place.end_column,
                    },
                },
            },
        ],
    }


def _sentence(clause: str) -> str:
    return f"{clause[0].upper()}{clause[1:]}."
