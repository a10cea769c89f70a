"""The same expression in other words: the catalog prints what was written, the planner says what it comes to.

`DEFAULT 0`, `DEFAULT '0'` and `DEFAULT 0::bigint` are three texts of one default, and `status IN ('a', 'b')` is printed
otherwise once it went through `pg_dump`. EXPLAIN evaluates whatever is constant and leaves calls such as `now()` alone,
so two expressions that it shows alike are the same.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from rdspatch.adapters.postgres.quoting import identifier
from rdspatch.authoring.models.forms import form_of, served_by
from rdspatch.authoring.proof.connection import Refused
from rdspatch.core.parts import owner_of
from rdspatch.core.schema import ObjectKind, Schema

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from rdspatch.authoring.proof.connection import Connection
    from rdspatch.core.schema import ObjectName, Properties

_CHECK = re.compile(r"(?P<head>CHECK \()(?P<expression>.*)(?P<tail>\)(?: NO INHERIT| NOT ENFORCED)*)", re.DOTALL)
_PARTIAL = re.compile(r"(?P<head>CREATE .*?\)(?: NULLS NOT DISTINCT)? WHERE )(?P<expression>.*)(?P<tail>)", re.DOTALL)
_OF_A_COLUMN = ("default", "generated")


def in_the_words_of(models: Schema, patches: Schema, connection: Connection) -> Schema:
    """The patches' schema, with the models' text for each expression that comes to the same.

    Args:
        models: What the models make.
        patches: What baseline and patches lead to.
        connection: To a database that holds the models' tables.
    """
    objects = dict(patches.objects)
    objects.update(_columns(models, patches, connection))
    checks = {name: it for name, it in models.objects.items() if name.kind is ObjectKind.CONSTRAINT}
    objects.update(_definitions(_CHECK, checks, patches, connection))
    served = served_by(patches)
    indexes = {
        name: it
        for name, it in models.objects.items()
        if name.kind is ObjectKind.INDEX and form_of(name, it) not in served
    }
    objects.update(_definitions(_PARTIAL, indexes, patches, connection))
    return Schema(objects)


def _columns(models: Schema, patches: Schema, connection: Connection) -> Iterator[tuple[ObjectName, Properties]]:
    for name, wanted in models.objects.items():
        found = patches.objects.get(name)
        if name.kind is not ObjectKind.COLUMN or found is None or wanted["type"] != found["type"]:
            continue
        for item in _OF_A_COLUMN:
            mine, theirs = wanted.get(item), found.get(item)
            if mine is None or theirs is None or mine == theirs:
                continue
            source = "" if item == "default" else _from(name.path[:2])
            results = [_planned(connection, f"({text})::{wanted['type']}", source) for text in (mine, theirs)]
            if results[0] is not None and results[0] == results[1]:
                yield name, {**found, item: mine}


def _definitions(
    pattern: re.Pattern[str], wanted: Mapping[ObjectName, Properties], patches: Schema, connection: Connection
) -> Iterator[tuple[ObjectName, Properties]]:
    """Checks, or partial indexes, of the patches that are one of the models' in other words."""
    mine, theirs = _by_table(pattern, wanted), _by_table(pattern, patches.objects)
    for table in mine.keys() & theirs.keys():
        known = {match.string for match in theirs[table].values()}
        wanting = [match for match in mine[table].values() if match.string not in known]
        words = {_planned(connection, match["expression"], _from(table)): match["expression"] for match in wanting}
        for name, other in theirs[table].items() if wanting else ():
            planned = _planned(connection, other["expression"], _from(table))
            if planned is not None and planned in words:
                text = f"{other['head']}{words[planned]}{other['tail']}"
                yield name, {**patches.objects[name], "definition": text}


def _by_table(
    pattern: re.Pattern[str], objects: Mapping[ObjectName, Properties]
) -> Mapping[tuple[str, ...], dict[ObjectName, re.Match[str]]]:
    found: dict[tuple[str, ...], dict[ObjectName, re.Match[str]]] = defaultdict(dict)
    for name, properties in objects.items():
        match = pattern.fullmatch(str(properties.get("definition", "")))
        table = owner_of(name, properties)
        if match is not None and table is not None and name.kind in (ObjectKind.CONSTRAINT, ObjectKind.INDEX):
            found[table][name] = match
    return found


def _planned(connection: Connection, expression: str, source: str) -> str | None:
    """What an expression comes to; None when it cannot be told, as with a column that the models do not have."""
    try:
        plan = connection.document(f"EXPLAIN (VERBOSE, COSTS OFF, FORMAT JSON) SELECT {expression} {source}")
    except Refused:
        return None
    (output,) = plan[0]["Plan"]["Output"]
    return str(output)


def _from(path: Iterable[str]) -> str:
    return f"FROM {'.'.join(identifier(part) for part in path)}"
