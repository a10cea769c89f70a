"""Patches over every kind of object, as data: one that may run twice, and one that may not with what the proof says.

All run on the schema of `tests.acceptance.schema_cases`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    good: str
    """Passes."""
    bad: str
    """Works once."""
    says: str
    """Part of why the bad one is refused."""
    apart: bool = False
    """Whether they run without a transaction."""


def unless(exists: str, statement: str) -> str:
    """The statement, guarded by a query."""
    return f"DO $$ BEGIN IF NOT EXISTS ({exists}) THEN {statement}; END IF; END $$"


def constraint(name: str) -> str:
    return f"SELECT FROM pg_constraint WHERE conname = '{name}'"


def column(name: str, table: str = "users") -> str:
    return f"SELECT FROM information_schema.columns WHERE table_name = '{table}' AND column_name = '{name}'"


EXISTS = "already exists"
MISSING = "does not exist"
