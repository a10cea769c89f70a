"""Views, functions and what hangs on tables, mostly by the server's own words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rdspatch.authoring.ddl.names import qualified, quoted
from rdspatch.authoring.ddl.tables import options
from rdspatch.core.schema import ROLE_OF_PATCHES, ObjectKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rdspatch.core.schema import ObjectName, Properties

_STATES = {"disabled": "DISABLE", "replica": "ENABLE REPLICA", "always": "ENABLE ALWAYS"}


def create_routine(name: ObjectName, properties: Properties) -> Iterator[str]:
    """The statements that make a view, a function, a trigger, a rule or a policy.

    There is none for an aggregate, of which a snapshot says too little.
    """
    return _ROUTINES[name.kind](name, properties)


def create_trigger(properties: Properties) -> str | None:
    """The statement that makes a trigger or makes it anew; None for a constraint trigger, for which there is none."""
    head, _, rest = properties["definition"].partition("CREATE TRIGGER ")
    return None if head or "enabled" in properties else f"CREATE OR REPLACE TRIGGER {rest}"


def _view(name: ObjectName, properties: Properties) -> Iterator[str]:
    kind = "VIEW" if name.kind is ObjectKind.VIEW else "MATERIALIZED VIEW"
    with_options = f" WITH ({options(properties['options'])})" if "options" in properties else ""
    yield f"CREATE {kind} {qualified(name.path)}{with_options} AS\n{properties['definition']}"


def _function(_name: ObjectName, properties: Properties) -> Iterator[str]:
    if properties["definition"].startswith("CREATE "):
        yield properties["definition"].strip()


def _of_a_table(name: ObjectName, properties: Properties) -> Iterator[str]:
    yield properties["definition"].rstrip(";")
    if "enabled" in properties:
        what = f"{_STATES[properties['enabled']]} {name.kind.value.upper()} {quoted(name.path[2])}"
        yield f"ALTER TABLE {qualified(name.path[:2])} {what}"


_GRANTEES = {"public": "PUBLIC", ROLE_OF_PATCHES: "CURRENT_USER"}
"""Whom a policy is for, where that is no role by its name."""


def _policy(name: ObjectName, properties: Properties) -> Iterator[str]:
    words = [f"CREATE POLICY {quoted(name.path[2])} ON {qualified(name.path[:2])}"]
    words += ["AS RESTRICTIVE"] if properties.get("restrictive") else []
    words.append(f"FOR {properties['command'].upper()}")
    roles = (_GRANTEES.get(role) or quoted(role) for role in properties.get("roles", ()))
    words.append(f"TO {', '.join(roles)}")
    words += [f"USING ({properties['using']})"] if "using" in properties else []
    words += [f"WITH CHECK ({properties['check']})"] if "check" in properties else []
    yield " ".join(words)


_ROUTINES: dict[ObjectKind, Callable[[ObjectName, Properties], Iterator[str]]] = {
    ObjectKind.VIEW: _view,
    ObjectKind.MATERIALIZED_VIEW: _view,
    ObjectKind.FUNCTION: _function,
    ObjectKind.TRIGGER: _of_a_table,
    ObjectKind.RULE: _of_a_table,
    ObjectKind.POLICY: _policy,
}
