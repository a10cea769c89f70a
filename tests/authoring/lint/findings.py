"""What lint says of a patch; a patch that does not parse is never an answer."""

from __future__ import annotations

from rdspatch.authoring.lint.examples import Example
from rdspatch.authoring.lint.lint import LintReport, lint
from rdspatch.authoring.lint.rules_file import SYNTAX_ERROR
from rdspatch.core.directory import BASELINE


def lint_example(example: Example) -> LintReport:
    return lint(example.directory())


def lint_sql(sql: str, *, baseline: str = "") -> LintReport:
    """The report about one patch, whose header is added where it has none."""
    text = sql if sql.startswith("--") else f"-- patch: A test.\n{sql}"
    return lint_example(Example(name="test", sql=text, baseline=baseline))


def rule_ids(report: LintReport) -> set[str]:
    return {finding.rule.id for finding in report.findings}


def assert_clean(report: LintReport) -> None:
    assert set(report.texts) - {BASELINE}, "no patch was read"
    assert [(finding.rule.id, finding.what, finding.place) for finding in report.findings] == []


def assert_finds(report: LintReport, *rules: str) -> None:
    """Exactly these rules, each at least once."""
    assert rules, "name the rules that are found"
    if SYNTAX_ERROR.id not in rules:
        broken = [finding.what for finding in report.findings if finding.rule is SYNTAX_ERROR]
        assert broken == [], f"the SQL of the test does not parse: {broken}"
    assert rule_ids(report) == set(rules), [finding.message for finding in report.findings]
