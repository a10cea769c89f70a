"""Indexes without their names, so that an equal one is known under any name, also behind a constraint."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rdspatch.core.parts import owner_of
from rdspatch.core.schema import ObjectKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rdspatch.core.schema import ObjectName, Properties, Schema

_NAME = r'(?:"(?:[^"]|"")+"|[^".\s]+)'
_INDEX = re.compile(rf"CREATE (UNIQUE )?INDEX {_NAME} ON (?:ONLY )?{_NAME}\.{_NAME} USING (.*)", re.DOTALL)
_KEY = re.compile(r"(?:PRIMARY KEY|UNIQUE)( NULLS NOT DISTINCT)? (\(.*\))", re.DOTALL)
_OPTIONS = re.compile(r" WITH \([^()]*\)(?=$| WHERE )")


@dataclass(frozen=True, slots=True)
class IndexForm:
    """What an index does, whatever its name."""

    table: tuple[str, ...]
    is_unique: bool
    rest: str
    """Method, columns and conditions, as `pg_get_indexdef` prints them."""


def form_of(name: ObjectName, properties: Properties) -> IndexForm | None:
    """The form of an index, or of the index behind a primary key or a unique constraint that is not deferrable."""
    definition = str(properties.get("definition", ""))
    table = owner_of(name, properties)
    if table is None:
        return None
    if name.kind is ObjectKind.INDEX:
        index = _INDEX.fullmatch(definition)
        return index and IndexForm(table, bool(index[1]), index[2])
    key = _KEY.fullmatch(definition) if name.kind is ObjectKind.CONSTRAINT else None
    return key and IndexForm(table, is_unique=True, rest=f"btree {key[2]}{key[1] or ''}")


def served_by(schema: Schema) -> Mapping[IndexForm, tuple[ObjectName, ...]]:
    """For each form, the valid indexes and keys of a schema that do as much.

    A unique index serves where any index is asked for, and one with storage parameters where none are.
    """
    found: dict[IndexForm, list[ObjectName]] = defaultdict(list)
    for name, properties in schema.objects.items():
        form = form_of(name, properties) if properties.get("valid", True) else None
        for served in () if form is None else _served(form):
            found[served].append(name)
    return {form: tuple(names) for form, names in found.items()}


def _served(form: IndexForm) -> Iterator[IndexForm]:
    for rest in dict.fromkeys((form.rest, _OPTIONS.sub("", form.rest))):
        yield replace(form, rest=rest)
        if form.is_unique:
            yield replace(form, rest=rest, is_unique=False)
