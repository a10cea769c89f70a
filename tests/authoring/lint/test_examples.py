"""The cases are the files in `authoring/lint/examples`; the same files are on the pages of `docs/rules`."""

from __future__ import annotations

from pathlib import Path

import pytest

from rdspatch.authoring.lint import rules
from rdspatch.authoring.lint.examples import Example, examples_of
from rdspatch.authoring.lint.rule import Rule
from rdspatch.authoring.refusals import REFUSALS
from tests.authoring.lint.findings import assert_clean, assert_finds, lint_example

EXAMPLES = Path(rules.__file__).parent / "examples"
CASES = [(rule, example) for rule in rules.RULES for example in examples_of(rule)]
BAD = [(rule, example) for rule, example in CASES if example.is_bad]
GOOD = [(rule, example) for rule, example in CASES if not example.is_bad]


def case_name(value: Rule | Example) -> str:
    return value.id if isinstance(value, Rule) else value.name


@pytest.mark.parametrize(("rule", "example"), BAD, ids=case_name)
def test_a_bad_example_triggers_exactly_its_rule(rule: Rule, example: Example) -> None:
    assert_finds(lint_example(example), rule.id)


@pytest.mark.parametrize(("rule", "example"), GOOD, ids=case_name)
def test_a_good_example_triggers_nothing(rule: Rule, example: Example) -> None:  # noqa: ARG001 - names the case
    assert_clean(lint_example(example))


@pytest.mark.parametrize("rule", rules.RULES, ids=case_name)
def test_every_rule_has_a_bad_and_a_good_example(rule: Rule) -> None:
    assert {example.is_bad for example in examples_of(rule)} == {True, False}


def test_there_are_many_cases_and_none_without_a_rule() -> None:
    files = [path for path in EXAMPLES.rglob("*.sql") if path.name != "baseline.sql"]
    assert len(files) == len(CASES) >= 60
    assert all(example.name.startswith(("bad", "good")) for _, example in CASES)


def test_every_refusal_is_a_rule() -> None:
    assert {refusal.name for refusal in REFUSALS} <= {rule.id for rule in rules.RULES}


def test_names_are_unique_also_as_allow_writes_them() -> None:
    for names in ([rule.id for rule in rules.RULES], [rule.allowance for rule in rules.RULES]):
        assert len(names) == len(set(names))
