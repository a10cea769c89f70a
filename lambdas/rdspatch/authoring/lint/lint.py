"""From patches to findings: every rule, every patch, one pass."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rdspatch.authoring.lint.allowances import unused_allowances, without_allowed
from rdspatch.authoring.lint.known_schema import KnownSchema
from rdspatch.authoring.lint.names import name_of
from rdspatch.authoring.lint.rule import Finding, Place, Severity, place_of, place_of_line
from rdspatch.authoring.lint.rules import STATEMENT_RULES
from rdspatch.authoring.lint.rules_file import BAD_VERIFY, NO_STATEMENT, SYNTAX_ERROR
from rdspatch.authoring.lint.rules_refused import refused_findings
from rdspatch.authoring.lint.script import ScriptStatement, script_of
from rdspatch.authoring.lint.squawk import SquawkFinding, ask_squawk
from rdspatch.authoring.lint.state import ScriptState
from rdspatch.authoring.parser import SqlSyntaxError, parse_statements
from rdspatch.authoring.syntax import syntax_problem
from rdspatch.authoring.verify import verify_problems
from rdspatch.core.directory import BASELINE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from rdspatch.core.directory import PatchDirectory
    from rdspatch.core.patch import Patch

_LINE = re.compile(r":(\d+)(?::(\d+))?$")


@dataclass(frozen=True, slots=True, kw_only=True)
class LintReport:
    """What lint found, in the order of files and lines."""

    findings: tuple[Finding, ...]
    texts: Mapping[str, str]
    """The text of every file that was read, by its name."""

    def count(self, severity: Severity) -> int:
        """How many findings have this severity."""
        return sum(finding.rule.severity is severity for finding in self.findings)


def lint(directory: PatchDirectory) -> LintReport:
    """Ask every rule about every patch.

    The baseline and the earlier patches are read first, so that a rule knows what was there. A file that does not
    parse is a finding, and the others are looked at all the same.

    Raises:
        BadSettings: squawk is not installed, or fails.
    """
    schema = KnownSchema()
    findings = list(_follow_baseline(directory.baseline, schema))
    looked_at = [_look_at(patch, schema) for patch in directory.patches]
    asked = [(number, statement) for number, found in enumerate(looked_at) for statement in found.old_relations]
    reported = ask_squawk([statement for _, statement in asked])
    for number, found in enumerate(looked_at):
        mine = [item for item in reported if asked[item.statement][0] == number]
        by_squawk = [_squawk_finding(found.patch, asked[item.statement][1], item) for item in mine]
        every = _said_once([*found.findings, *by_squawk])
        findings += without_allowed(found.patch, every)
        findings += unused_allowances(found.patch, every, parsed=found.parsed)
    return LintReport(
        findings=tuple(sorted(findings, key=_order)),
        texts={BASELINE: directory.baseline, **{patch.id.file_name: patch.sql for patch in directory.patches}},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _LookedAt:
    patch: Patch
    findings: tuple[Finding, ...]
    old_relations: tuple[ScriptStatement, ...] = ()
    """The statements that are not about a table which the patch created."""
    parsed: bool = True


def _follow_baseline(text: str, schema: KnownSchema) -> Iterator[Finding]:
    try:
        for statement in parse_statements(text):
            schema.follow(statement.node)
    except SqlSyntaxError as error:
        yield _syntax_finding(BASELINE, text, error)


def _look_at(patch: Patch, schema: KnownSchema) -> _LookedAt:
    findings = list(_bad_verifies(patch))
    try:
        parsed = parse_statements(patch.sql)
    except SqlSyntaxError as error:
        findings.append(_syntax_finding(patch.id.file_name, patch.sql, error))
        return _LookedAt(patch=patch, findings=tuple(findings), parsed=False)
    if not parsed:
        place = place_of_line(patch.sql, 1)
        findings.append(
            Finding(rule=NO_STATEMENT, file_name=patch.id.file_name, place=place, what="no statement in it")
        )
    findings += refused_findings(patch, parsed)
    script = script_of(patch.sql, parsed)
    state = ScriptState(patch=patch, script=script, schema=schema)
    old_relations = []
    for statement in script:
        findings += _asked_about(statement, state)
        if not _is_about_a_new_relation(statement, state):
            old_relations.append(statement)
        state.follow(statement)
    return _LookedAt(patch=patch, findings=tuple(findings), old_relations=tuple(old_relations))


def _asked_about(statement: ScriptStatement, state: ScriptState) -> Iterator[Finding]:
    for rule in STATEMENT_RULES:
        for what in rule.check(statement, state):
            yield Finding(rule=rule, file_name=state.patch.id.file_name, place=statement.place, what=what)


def _is_about_a_new_relation(statement: ScriptStatement, state: ScriptState) -> bool:
    node = statement.node
    has_relation = "relation" in node.DESCRIPTOR.fields_by_name and node.HasField("relation")
    return has_relation and state.is_new(name_of(node.relation))


def _squawk_finding(patch: Patch, statement: ScriptStatement, found: SquawkFinding) -> Finding:
    place = statement.place
    if statement.text is not None:
        place = place_of(patch.sql, statement.start + found.start, statement.start + found.end)
    return Finding(rule=found.rule, file_name=patch.id.file_name, place=place, what=found.rule.condition)


def _said_once(findings: Sequence[Finding]) -> list[Finding]:
    """Without repetitions, and without what a rule that knows more says about the same place."""
    unique = list(dict.fromkeys(findings))
    return [
        finding
        for finding in unique
        if not any(finding.rule.id in other.rule.replaces and other.place.overlaps(finding.place) for other in unique)
    ]


def _bad_verifies(patch: Patch) -> Iterator[Finding]:
    for problem in verify_problems(patch):
        place = _place_in(problem.where, patch.sql)
        yield Finding(rule=BAD_VERIFY, file_name=patch.id.file_name, place=place, what=problem.what)


def _syntax_finding(file_name: str, text: str, error: SqlSyntaxError) -> Finding:
    problem = syntax_problem(file_name, text, error)
    return Finding(rule=SYNTAX_ERROR, file_name=file_name, place=_place_in(problem.where, text), what=problem.what)


def _place_in(where: str, text: str) -> Place:
    """The place that a problem names as `file:line` or `file:line:column`."""
    match = _LINE.search(where)
    line, column = (int(match[1]), match[2]) if match else (1, None)
    place = place_of_line(text, line)
    if column is None:
        return place
    start = int(column)
    return Place(line=line, column=start, end_line=line, end_column=max(start + 1, place.end_column))


def _order(finding: Finding) -> tuple[str, int, int, str]:
    return (finding.file_name, finding.place.line, finding.place.column, finding.rule.id)
