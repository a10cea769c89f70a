"""All rules, in the order of the index page."""

from __future__ import annotations

from rdspatch.authoring.lint.rules_creation import CREATION_RULES
from rdspatch.authoring.lint.rules_destruction import DESTRUCTION_RULES
from rdspatch.authoring.lint.rules_file import FILE_RULES
from rdspatch.authoring.lint.rules_locks import LOCK_RULES
from rdspatch.authoring.lint.rules_refused import REFUSED_RULES
from rdspatch.authoring.lint.rules_rows import ROW_RULES
from rdspatch.authoring.lint.rules_squawk import SQUAWK_RULES

STATEMENT_RULES = (*CREATION_RULES, *ROW_RULES, *DESTRUCTION_RULES, *LOCK_RULES, *SQUAWK_RULES)
RULE_GROUPS = (
    ("Running twice", CREATION_RULES),
    ("Rows", ROW_RULES),
    ("Loss", DESTRUCTION_RULES),
    ("Locks and long work", LOCK_RULES),
    ("Locks and long work, found by squawk", SQUAWK_RULES),
    ("Refused", REFUSED_RULES),
    ("The file", FILE_RULES),
)
RULES = tuple(rule for _, rules in RULE_GROUPS for rule in rules)
