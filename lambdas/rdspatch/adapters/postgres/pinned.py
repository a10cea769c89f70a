"""The SQL that gives a session the settings of `core/session_settings.py`, and asks whether it has them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rdspatch.adapters.postgres.quoting import identifier, literal
from rdspatch.core.session_settings import CHECKED, PINNED

if TYPE_CHECKING:
    from collections.abc import Mapping


def set_statements(settings: Mapping[str, str], *, scope: str) -> tuple[str, ...]:
    """SET for each of them; `scope` is `LOCAL ` or empty."""
    return tuple(f"SET {scope}{identifier(name)} = {literal(value)}" for name, value in settings.items())


def other_values() -> str:
    """The query for the settings that have another value than ours: name and value, one row each."""
    wanted = ", ".join(f"({literal(name)}, {literal(value)})" for name, value in {**PINNED, **CHECKED}.items())
    return (
        "SELECT w.name, pg_catalog.current_setting(w.name, true) "
        f"FROM (VALUES {wanted}) AS w (name, value) "
        "WHERE pg_catalog.current_setting(w.name, true) <> w.value"
    )
