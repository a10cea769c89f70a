"""What is not written by itself: why, and what a person can do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rdspatch.authoring.closing.alike import alike_everywhere
from rdspatch.authoring.closing.enums import add_values
from rdspatch.authoring.closing.expressions import read_constraint
from rdspatch.authoring.closing.keys import key_drafts
from rdspatch.authoring.ddl.columns import column_clause
from rdspatch.authoring.ddl.names import qualified, read_name
from rdspatch.authoring.ddl.routines import create_trigger
from rdspatch.authoring.ddl.types import TYPES
from rdspatch.authoring.models.difference import DifferenceKind
from rdspatch.authoring.tree import names
from rdspatch.core.errors import Problem
from rdspatch.core.parts import owner_of
from rdspatch.core.printable import printable
from rdspatch.core.schema import ObjectKind, ObjectName

if TYPE_CHECKING:
    from rdspatch.authoring.closing.subject import Subject
    from rdspatch.authoring.models.difference import ModelDifference
    from rdspatch.core.schema import Properties

_KEYS = ("PRIMARY KEY", "UNIQUE", "EXCLUDE")
_RELATIONS = frozenset(
    {
        ObjectKind.TABLE,
        ObjectKind.VIEW,
        ObjectKind.MATERIALIZED_VIEW,
        ObjectKind.INDEX,
        ObjectKind.SEQUENCE,
        ObjectKind.COMPOSITE,
    }
)
_BY_HAND = "write a patch for it by hand"
_ALWAYS = frozenset({ObjectKind.SCHEMA, ObjectKind.EXTENSION, ObjectKind.SEQUENCE, *TYPES})


def refusal_of(item: ModelDifference, subject: Subject) -> Problem | None:
    """Why a difference is left to a person; None when a patch can close it and only add."""
    match item.kind, item.object.kind:
        case DifferenceKind.MISSING, kind if kind in _ALWAYS:
            return None
        case DifferenceKind.MISSING, _:
            return _missing(item, subject)
        case DifferenceKind.DIFFERENT, ObjectKind.ENUM if item.properties == ("labels",) and _values(item) is not None:
            return None
        case DifferenceKind.DIFFERENT, ObjectKind.COLUMN if _only_lacks_a_default(item):
            return None
        case _:
            return item.problem()


def refusal_of_part(name: ObjectName, properties: Properties) -> Problem | None:
    """Why a part of a new table is left to a person; None when it is made with the table."""
    is_open = name.kind in (ObjectKind.POLICY, ObjectKind.RULE) or (
        name.kind is ObjectKind.TRIGGER and create_trigger(properties) is None
    )
    what = f"is a {name.kind.value} that cannot be made twice"
    return Problem(where=str(name), what=what, instead=_BY_HAND) if is_open else None


def _missing(item: ModelDifference, subject: Subject) -> Problem | None:
    properties = subject.wanted[item.object]
    match item.object.kind:
        case ObjectKind.TABLE:
            why = _table(item, properties)
        case ObjectKind.COLUMN:
            return _column(item.object, properties, subject)
        case ObjectKind.CONSTRAINT:
            why = _constraint(item.object, properties, subject)
        case ObjectKind.INDEX:
            why = (
                _name_taken(item.object, subject)
                or _on_partitions(item.object, properties, subject)
                or alike_everywhere(item.object, properties, subject)
            )
        case ObjectKind.FUNCTION:
            why = "" if properties["definition"].startswith("CREATE ") else "is an aggregate"
        case ObjectKind.TRIGGER:
            why = "" if create_trigger(properties) else "is a constraint trigger, or is not simply enabled"
        case _:
            why = f"no patch makes it, and a {item.object.kind.value} may say more than its text"
    return Problem(where=str(item.object), what=why, instead=_BY_HAND) if why else None


def _table(item: ModelDifference, properties: Properties) -> str:
    if item.other is not None:
        return f"the patches have a {item.other.kind.value} of that name"
    if properties["kind"] == "foreign table" or {"partition_of", "of_type"} & properties.keys():
        return "is foreign, a partition or of a type"
    return ""


def _column(name: ObjectName, properties: Properties, subject: Subject) -> Problem | None:
    why = ""
    if "identity" in properties:
        why = "is an identity: adding it numbers every row, which writes the whole table while nobody can read it"
    elif "nextval(" in properties.get("default", ""):
        why = "counts by a sequence: nobody can tell which numbers the rows that are there should get"
    elif "generated" in properties:
        why = "is computed from others: adding it may write the whole table while nobody can read it"
    elif _has_conditions(properties["type"], subject):
        why = f"is of {properties['type']}, a domain with conditions: adding it writes the whole table"
    if not why:
        return None
    clause = f"ADD COLUMN IF NOT EXISTS {column_clause(name.path[2], properties)}"
    patch = printable(f"ALTER TABLE {qualified(name.path[:2])} {clause}")
    instead = f"write `{patch}` where the table is small enough, or add it empty and fill it in batches"
    return Problem(where=str(name), what=why, instead=instead)


def _has_conditions(kind: str, subject: Subject) -> bool:
    name = ObjectName(ObjectKind.DOMAIN, read_name(kind)[0])
    domain = subject.wanted.get(name) or subject.patches.objects.get(name)
    if domain is None:
        return False
    return not domain["nullable"] or bool(domain.get("checks")) or _has_conditions(domain["type"], subject)


def _constraint(name: ObjectName, properties: Properties, subject: Subject) -> str:
    definition = properties["definition"]
    if definition.startswith("EXCLUDE"):
        return "excludes rows: adding it builds an index while nobody can write"
    if definition.startswith("CHECK"):
        return ""
    if definition.startswith("FOREIGN KEY"):
        return _on_partitions(name, properties, subject)
    return _key(name, properties, subject)


def _key(name: ObjectName, properties: Properties, subject: Subject) -> str:
    if key_drafts(name, properties) is None:
        return "is a key that cannot be made of an index"
    if properties["definition"].startswith("PRIMARY KEY"):
        columns = names(read_constraint(properties["definition"]).keys)
        found = [subject.patches.objects.get(ObjectName(ObjectKind.COLUMN, (*name.path[:2], it))) for it in columns]
        if any(column is None or column["nullable"] for column in found):
            return "needs columns that are NOT NULL already"
    return (
        _name_taken(name, subject)
        or _on_partitions(name, properties, subject)
        or alike_everywhere(name, properties, subject)
    )


def _name_taken(name: ObjectName, subject: Subject) -> str:
    """Whether something stands where the index would; a key of another table has an index of its own name too."""
    place = (name.path[0], name.path[-1])
    for other, properties in subject.patches.objects.items():
        is_key = other.kind is ObjectKind.CONSTRAINT and properties["definition"].startswith(_KEYS)
        if (other.path if other.kind in _RELATIONS else (other.path[0], other.path[-1]) if is_key else ()) == place:
            return f"its name is taken by {other}"
    return ""


def _on_partitions(name: ObjectName, properties: Properties, subject: Subject) -> str:
    owner = owner_of(name, properties) or ()
    table = subject.patches.objects.get(ObjectName(ObjectKind.TABLE, owner), {})
    is_partitioned = table.get("kind") == "partitioned table"
    return "is on a partitioned table, partition by partition" if is_partitioned else ""


def _values(item: ModelDifference) -> tuple[str, ...] | None:
    found, wanted = item.found or {}, item.wanted or {}
    return add_values(item.object.path, found["labels"] or (), wanted["labels"] or ())


def _only_lacks_a_default(item: ModelDifference) -> bool:
    wanted, found = item.wanted or {}, item.found or {}
    return item.properties == ("default",) and "default" not in found and "nextval(" not in wanted["default"]
