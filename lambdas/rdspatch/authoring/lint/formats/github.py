"""Findings as workflow commands of GitHub, which shows them beside the lines of a pull request."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rdspatch.authoring.lint.lint import LintReport
    from rdspatch.authoring.lint.rule import Finding

_IN_DATA = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_IN_PROPERTIES = {**_IN_DATA, ":": "%3A", ",": "%2C"}


def to_github(report: LintReport, *, directory: str) -> str:
    """One line for each finding."""
    return "".join(_annotation(finding, directory) for finding in report.findings)


def _annotation(finding: Finding, directory: str) -> str:
    place = finding.place
    properties = {
        "file": f"{directory}/{finding.file_name}",
        "line": place.line,
        "endLine": place.end_line,
        "col": place.column,
        # The last column, where a place ends before its end.
        "endColumn": place.end_column - 1,
        "title": finding.rule.id,
    }
    if place.end_line != place.line:  # columns belong to one line
        del properties["col"], properties["endColumn"]
    listed = ",".join(f"{name}={_escaped(str(value), _IN_PROPERTIES)}" for name, value in properties.items())
    return f"::{finding.rule.severity.value} {listed}::{_escaped(finding.message, _IN_DATA)}\n"


def _escaped(text: str, table: Mapping[str, str]) -> str:
    return "".join(table.get(character, character) for character in text)
