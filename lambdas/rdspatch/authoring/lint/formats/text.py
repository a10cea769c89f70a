"""Findings for people: one line each, then the source line with the place underlined."""

from __future__ import annotations

import unicodedata
from collections import Counter
from typing import TYPE_CHECKING

from rdspatch.authoring.lint.rule import Severity

if TYPE_CHECKING:
    from rdspatch.authoring.lint.lint import LintReport
    from rdspatch.authoring.lint.rule import Finding

_WIDE = frozenset({"F", "W"})
_TAB = "    "
_MANY = 10
"""Findings from which on their rules are counted."""


def to_text(report: LintReport, *, directory: str) -> str:
    """The whole report.

    Args:
        report: What was found.
        directory: Where the patches are, as the paths should show it.
    """
    blocks = [_block(finding, report.texts[finding.file_name], directory) for finding in report.findings]
    return "\n".join([*blocks, _summary(report)]) + "\n"


def _block(finding: Finding, text: str, directory: str) -> str:
    place, rule = finding.place, finding.rule
    line = text.split("\n")[place.line - 1]
    end = place.end_column - 1 if place.end_line == place.line else len(line.rstrip())
    before, marked = line[: place.column - 1], line[place.column - 1 : end]
    number = str(place.line)
    where = f"{directory}/{finding.file_name}:{place.line}:{place.column}"
    return (
        f"{where}: {rule.severity.value}[{rule.id}]: {printable(finding.message)}\n"
        f"  {number} | {printable(line)}\n"
        f"  {' ' * len(number)} | {' ' * _width(before)}{'^' * max(1, _width(marked))}\n"
    )


def _summary(report: LintReport) -> str:
    errors, warnings = report.count(Severity.ERROR), report.count(Severity.WARNING)
    total = f"{_counted(errors, 'error')}, {_counted(warnings, 'warning')}"
    rules = Counter(finding.rule.id for finding in report.findings)
    if len(report.findings) < _MANY or len(rules) == 1:
        return total
    return "\n".join([total, *(f"  {count} of {rule}" for rule, count in rules.most_common())])


def _counted(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


def printable(text: str) -> str:
    """The text without characters that would move the cursor or hide something."""
    shown = (
        _TAB if character == "\t" else character if character.isprintable() else "\N{REPLACEMENT CHARACTER}"
        for character in text
    )
    return "".join(shown)


def _width(text: str) -> int:
    """Columns on a terminal."""
    return sum(
        0 if unicodedata.combining(character) else 2 if unicodedata.east_asian_width(character) in _WIDE else 1
        for character in printable(text)
    )
