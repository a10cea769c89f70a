"""Types, sequences and schemas: what tables are made of and what stands around them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rdspatch.adapters.postgres.quoting import literals
from rdspatch.authoring.ddl.names import qualified, quoted, read_name
from rdspatch.core.schema import ObjectKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rdspatch.core.schema import ObjectName, Properties


def create_type(name: ObjectName, properties: Properties) -> Iterator[str]:
    """The statements that make a type of any kind; the first one makes it."""
    return _TYPES[name.kind](name.path, properties)


def create_sequence(name: ObjectName, properties: Properties, *, guarded: bool) -> str:
    """The statement that makes a sequence; whom it belongs to is another one's business."""
    words = ["CREATE SEQUENCE", *(["IF NOT EXISTS"] if guarded else []), qualified(name.path)]
    words += [f"AS {properties['type']}", *([properties["options"].upper()] if "options" in properties else [])]
    return " ".join(words)


def own_sequence(name: ObjectName, properties: Properties) -> str:
    """The statement that gives a sequence to the column that it counts for."""
    return f"ALTER SEQUENCE {qualified(name.path)} OWNED BY {properties['owned_by']}"


def create_schema(name: ObjectName) -> str:
    return f"CREATE SCHEMA IF NOT EXISTS {quoted(name.path[0])}"


def create_extension(name: ObjectName, properties: Properties) -> str:
    return f"CREATE EXTENSION IF NOT EXISTS {quoted(name.path[0])} WITH SCHEMA {quoted(properties['schema'])}"


def _enum(path: tuple[str, ...], properties: Properties) -> Iterator[str]:
    labels = literals(properties.get("labels", ()))
    yield f"CREATE TYPE {qualified(path)} AS ENUM ({labels})"


def _domain(path: tuple[str, ...], properties: Properties) -> Iterator[str]:
    checks = [(quoted(name), check) for name, check in properties.get("checks", {}).items()]
    words = [f"CREATE DOMAIN {qualified(path)} AS {properties['type']}"]
    if "collation" in properties:
        words.append(f"COLLATE {properties['collation']}")
    if "default" in properties:
        words.append(f"DEFAULT {properties['default']}")
    if not properties["nullable"]:
        words.append("NOT NULL")
    words += [f"CONSTRAINT {name} {check}" for name, check in checks if not check.endswith(" NOT VALID")]
    yield " ".join(words)
    for name, check in checks:
        if check.endswith(" NOT VALID"):
            yield f"ALTER DOMAIN {qualified(path)} ADD CONSTRAINT {name} {check}"


def _composite(path: tuple[str, ...], properties: Properties) -> Iterator[str]:
    yield f"CREATE TYPE {qualified(path)} AS ({', '.join(properties.get('attributes', ()))})"


def _range(path: tuple[str, ...], properties: Properties) -> Iterator[str]:
    options = [f"subtype = {properties['type']}"]
    if "collation" in properties:
        options.append(f"collation = {properties['collation']}")
    for option, known_as in (("subtype_diff", "difference"), ("canonical", "canonical")):
        if known_as in properties:
            options.append(f"{option} = {qualified(read_name(properties[known_as])[0])}")
    options.append(f"multirange_type_name = {properties['multirange']}")
    yield f"CREATE TYPE {qualified(path)} AS RANGE ({', '.join(options)})"


_TYPES: dict[ObjectKind, Callable[[tuple[str, ...], Properties], Iterator[str]]] = {
    ObjectKind.ENUM: _enum,
    ObjectKind.DOMAIN: _domain,
    ObjectKind.COMPOSITE: _composite,
    ObjectKind.RANGE: _range,
}
TYPES = frozenset(_TYPES)
