"""Everything that a database holds and a patch could take away, by the identifiers of the catalogs.

Objects are followed by their numbers, so that a name that changes is no drop, and what no other part of the proof looks
at, such as a cast or a publication, is here as well.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from rdspatch.adapters.postgres.schema import read_schema, schema_query
from rdspatch.authoring.proof.inventory_query import CATALOGS, inventory_query
from rdspatch.core.schema import ObjectKind, ObjectName, Schema

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from rdspatch.authoring.proof.connection import Connection

_GRANT = re.compile(r'(?P<grantee>(?:[^"=]|"(?:[^"]|"")*")*)=(?P<letters>[A-Za-z*]*)/')
_ONE_PRIVILEGE = re.compile(r"[A-Za-z]\*?")
_KINDS = {
    "index": ObjectKind.INDEX,
    "materialized view": ObjectKind.MATERIALIZED_VIEW,
    "policy": ObjectKind.POLICY,
    "rule": ObjectKind.RULE,
    "table column": ObjectKind.COLUMN,
    "table constraint": ObjectKind.CONSTRAINT,
    "trigger": ObjectKind.TRIGGER,
    "view": ObjectKind.VIEW,
}
_BELOW = frozenset(
    {ObjectKind.COLUMN, ObjectKind.CONSTRAINT, ObjectKind.POLICY, ObjectKind.RULE, ObjectKind.TRIGGER},
)
_PARTS = _BELOW | {ObjectKind.INDEX}


class Key(NamedTuple):
    """A catalog, the row's identifier in it, and the number of a column or 0."""

    catalog: str
    oid: int
    column: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """One object."""

    kind: str
    """As `pg_identify_object` calls it: `table constraint`, `materialized view`."""
    identity: str
    """As it calls the object, qualified: `tr on public.t`."""
    name: str
    place: int
    """The schema's identifier, or 0."""
    owner: str = ""
    switch: str = "O"
    """`D` or `R` for a trigger or rule that does not fire and a materialized view that cannot be read."""
    grants: frozenset[tuple[str, str]] = frozenset()
    """Who holds which privilege: a role, empty for everybody, and a letter, with a star where it may be passed on."""
    links: tuple[tuple[Key, str], ...] = ()
    """What it comes and goes with, and how, as in `pg_depend.deptype`."""
    type: str = ""
    """Of a column."""
    version: str = ""
    """Which transaction wrote its definition, for a column its default: with the same one it is the same, however it
    reads since something else was renamed."""

    @property
    def wholes(self) -> frozenset[Key]:
        """What it comes and goes with."""
        return frozenset(key for key, _ in self.links)

    @property
    def derived(self) -> bool:
        """Whether it is there for the sake of another object, and is named and changed through that."""
        return any(how in "iPS" for _, how in self.links)

    @property
    def shown(self) -> str:
        return f"{self.kind} {self.identity}"

    @property
    def short(self) -> str:
        """The name alone, quoted where the server does."""
        quoted = '"' + self.name.replace('"', '""') + '"'
        return quoted if quoted in self.identity else self.name

    @property
    def on(self) -> str:
        """Dotted, from the schema inwards: `public.t.tr`."""
        own, separator, whole = self.identity.partition(f"{self.short} on ")
        return f"{whole}.{self.name}" if separator and not own else self.identity


@dataclass(frozen=True, kw_only=True)
class Inventory:
    """One moment."""

    things: Mapping[Key, Thing]
    schema: Schema
    """The same moment as drift sees it."""
    partitions: frozenset[Key] = frozenset()
    unidentified: frozenset[Key] = frozenset()
    """Tables that are published and have no replica identity: the server refuses to update or delete their rows."""

    @functools.cached_property
    def names(self) -> dict[Key, ObjectName]:
        """How the snapshot calls those objects that it has and that are compared by their definitions."""
        found = {}
        for key, thing in self.things.items():
            kind = _KINDS.get(thing.kind)
            whole = next((it for it in thing.wholes if it.catalog == "pg_class"), None) if kind in _PARTS else None
            if kind is None or (kind in _PARTS and whole is None):
                continue
            relation = thing if whole is None else self.things[whole._replace(column=0)]
            schema = self.things.get(Key("pg_namespace", relation.place))
            path = (schema.name if schema else "", *((relation.name,) if kind in _BELOW else ()), thing.name)
            found[key] = ObjectName(kind, path)
        return found

    @functools.cached_property
    def named(self) -> dict[ObjectName, Key]:
        """The other way round."""
        return {name: key for key, name in self.names.items()}

    def rows_of(self, key: Key) -> Iterator[Key]:
        """Whose rows in the catalogs say how an object is defined: a view's rule does, and no view is its own row."""
        if key.catalog != "pg_class" or key.column:
            yield key
        else:
            yield from (
                other for other, it in self.things.items() if other.catalog == "pg_rewrite" and key in it.wholes
            )


class InventoryReader:
    """Reads one database; it learns once which catalogs the server has."""

    def __init__(self, connection: Connection, head: str) -> None:
        """Read over this connection; `head` is what the runner sets for a transaction."""
        self._connection = connection
        self.head = head
        catalogs = connection.document(CATALOGS)
        self._query = inventory_query(catalogs)

    def read(self) -> Inventory:
        """Within the transaction that is open; it leaves no setting and no lock behind."""
        execute = self._connection.execute
        execute(f"SAVEPOINT rdspatch_inventory;\n{self.head}")
        objects, columns, partitions, refusing = self._connection.document(self._query)
        document = execute(schema_query(()))[-1][0]
        execute("ROLLBACK TO SAVEPOINT rdspatch_inventory; RELEASE SAVEPOINT rdspatch_inventory")
        things = dict(_thing(row) for row in objects or [])
        things.update(_columns(columns or [], things))
        for key in [key for key, thing in things.items() if _is_part_of_what_is_left_out(thing, things)]:
            del things[key]
        for key, thing in things.items():
            if any(whole not in things for whole in thing.wholes):
                links = tuple(link for link in thing.links if link[0] in things)
                things[key] = replace(thing, links=links)
        return Inventory(
            things=things,
            schema=read_schema(document),
            partitions=frozenset(Key("pg_class", int(oid)) for oid in partitions or []),
            unidentified=frozenset(Key("pg_class", int(oid)) for oid in refusing or []),
        )

    def read_alone(self) -> Inventory:
        """Where no transaction is open."""
        with self._connection.rolled_back():
            return self.read()


def _is_part_of_what_is_left_out(thing: Thing, things: Mapping[Key, Thing]) -> bool:
    return any(it.catalog == "pg_class" and it._replace(column=0) not in things for it in thing.wholes)


def _thing(row: Sequence[Any]) -> tuple[Key, Thing]:
    catalog, oid, kind, identity, name, place, owner, switch, grants, version, links = row
    thing = Thing(
        kind=kind,
        identity=identity,
        name=name or "",
        place=int(place),
        owner=owner or "",
        switch=switch or "O",
        grants=frozenset(_grants(grants or [])),
        version=version,
        links=tuple((Key(of, int(number), column), how) for of, number, column, how in links or []),
    )
    return Key(catalog, int(oid)), thing


def _columns(relations: Sequence[Any], things: Mapping[Key, Thing]) -> Iterator[tuple[Key, Thing]]:
    for oid, columns in relations:
        whole = Key("pg_class", int(oid))
        relation = things[whole]
        for number, name, type_name, grants, version in columns or []:
            yield (
                whole._replace(column=number),
                Thing(
                    kind=f"{relation.kind} column",
                    identity=f"{relation.identity}.{name}",
                    name=name,
                    place=0,
                    grants=frozenset(_grants(grants or [])),
                    links=((whole, "a"),),
                    type=type_name,
                    version=version or "",
                ),
            )


def _grants(items: Iterable[str]) -> Iterator[tuple[str, str]]:
    for item in items:
        match = _GRANT.match(item)
        if match is not None:
            for letter in _ONE_PRIVILEGE.findall(match["letters"]):
                yield match["grantee"], letter
