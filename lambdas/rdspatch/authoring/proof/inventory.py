"""Everything that a database holds and a patch could take away, by the identifiers of the catalogs.

The catalogs themselves say which ones there are: each with an `oid`, whatever the server's version calls it. A name that
changes is no drop, and what no other part of the proof looks at, such as a cast or a publication, is here as well.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from rdspatch.adapters.postgres.schema import read_schema, schema_query
from rdspatch.core.schema import ObjectKind, ObjectName, Schema

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from rdspatch.authoring.proof.connection import Connection

_FIRST_OF_USERS = 16384
"""Objects below this number came with the server."""
LEFT_OUT = {
    "pg_attrdef": "a default is a property of its column, which the snapshot compares",
    "pg_enum": "a label is a property of its type, which the snapshot compares",
    "pg_largeobject_metadata": "a large object is data, not schema",
}
"""Catalogs whose rows are no objects here, each with the reason."""
_WITHOUT_PLACE = "0::oid"
_CATALOGS = """
SELECT c.relname, json_agg(json_build_array(a.attname, format_type(a.atttypid, NULL)) ORDER BY a.attnum)
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0
WHERE c.relnamespace = 'pg_catalog'::regnamespace AND c.relkind = 'r' AND NOT c.relisshared
GROUP BY c.relname HAVING bool_or(a.attname = 'oid') ORDER BY c.relname
"""
_ONLY = {
    # A row type and an array go with what they are of.
    "pg_type": "x.typrelid = 0 AND NOT EXISTS (SELECT FROM pg_catalog.pg_type AS e WHERE e.typarray = x.oid)",
    # NOT NULL is a property of its column; a constraint trigger is a trigger.
    "pg_constraint": "x.contype NOT IN ('n', 't')",
    "pg_namespace": "x.nspname NOT IN ('rdspatch', 'information_schema') AND x.nspname NOT LIKE 'pg\\_%'",
}
_SWITCH = {
    "pg_class": "CASE WHEN x.relispopulated THEN 'O' ELSE 'D' END",
    "pg_event_trigger": "x.evtenabled::text",
    "pg_rewrite": "x.ev_enabled::text",
    "pg_trigger": "x.tgenabled::text",
}
_ORDINARY_GRANTS = {
    "pg_class": "CASE WHEN x.relkind = 'S' THEN 's' ELSE 'r' END::\"char\"",
    "pg_foreign_data_wrapper": "'F'",
    "pg_foreign_server": "'S'",
    "pg_language": "'l'",
    "pg_namespace": "'n'",
    "pg_proc": "'f'",
    "pg_type": "'T'",
}
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
            yield from (other for other, it in self.things.items() if other.catalog == "pg_rewrite" and key in it.wholes)


class InventoryReader:
    """Reads one database; it learns once which catalogs the server has."""

    def __init__(self, connection: Connection, head: str) -> None:
        """Read over this connection; `head` is what the runner sets for a transaction."""
        self._connection = connection
        self.head = head
        self._query = _query(connection.execute(_CATALOGS))

    def read(self) -> Inventory:
        """Within the transaction that is open; it leaves no setting and no lock behind."""
        execute = self._connection.execute
        execute(f"SAVEPOINT rdspatch_inventory;\n{self.head}")
        ((objects, columns, partitions, refusing),) = execute(self._query)
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


def _query(catalogs: Iterable[Sequence[Any]]) -> str:
    found = [_of_catalog(name, dict(columns)) for name, columns in catalogs if name not in LEFT_OUT]
    return _ALL.format(objects="\n    UNION ALL\n".join(found), first=_FIRST_OF_USERS)


def _of_catalog(catalog: str, columns: Mapping[str, str]) -> str:
    def like(ending: str, kind: str) -> str | None:
        return next((f"x.{name}" for name, it in columns.items() if name.endswith(ending) and it == kind), None)

    name = next((f"x.{name}::text" for name, kind in columns.items() if kind == "name"), "NULL::text")
    owner = like("owner", "oid") or like("defaclrole", "oid")
    grants = next((f"x.{name}" for name, kind in columns.items() if kind == "aclitem[]"), None)
    if grants is not None and catalog in _ORDINARY_GRANTS and owner is not None:
        grants = f"coalesce({grants}, acldefault({_ORDINARY_GRANTS[catalog]}, {owner}))"
    return (
        f"    SELECT '{catalog}' AS catalog, x.tableoid AS class, x.oid, {name} AS name, "
        f"{like('namespace', 'oid') or _WITHOUT_PLACE} AS place, {owner or 'NULL::oid'} AS owner, "
        f"{_SWITCH.get(catalog, 'NULL::text')} AS switch, {f'{grants}::text[]' if grants else 'NULL::text[]'} AS grants, "
        f"x.xmin::text AS version\n"
        f"    FROM pg_catalog.{catalog} AS x WHERE "
        f"{'true' if catalog == 'pg_namespace' else f'x.oid >= {_FIRST_OF_USERS}'} AND {_ONLY.get(catalog, 'true')}"
    )


_ALL = """
WITH places AS MATERIALIZED (
    SELECT n.oid FROM pg_catalog.pg_namespace AS n
    WHERE n.nspname IN ('pg_toast', 'rdspatch', 'information_schema') OR n.nspname LIKE 'pg\\_temp%'
       OR n.nspname LIKE 'pg\\_toast\\_temp%'
), every AS MATERIALIZED (
{objects}
), links AS MATERIALIZED (
    SELECT d.classid, d.objid, json_agg(json_build_array(k.relname, d.refobjid, d.refobjsubid, d.deptype)) AS wholes
    FROM pg_catalog.pg_depend AS d JOIN pg_catalog.pg_class AS k ON k.oid = d.refclassid
    WHERE d.deptype IN ('a', 'i', 'e', 'P', 'S') AND d.objid >= {first} AND d.objsubid = 0
    GROUP BY d.classid, d.objid
), rows AS (
    SELECT json_build_array(e.catalog, e.oid, i.type, i.identity, e.name, e.place, pg_get_userbyid(e.owner),
                            e.switch, e.grants, e.version, l.wholes) AS row
    FROM every AS e
    CROSS JOIN LATERAL pg_identify_object(e.class, e.oid, 0) AS i
    LEFT JOIN links AS l ON l.classid = e.class AND l.objid = e.oid
    WHERE NOT EXISTS (SELECT FROM places AS p WHERE p.oid = e.place)
)
SELECT (SELECT json_agg(row) FROM rows), (
    SELECT json_agg(json_build_array(c.oid, (
        SELECT json_agg(json_build_array(
            a.attnum, a.attname, format_type(a.atttypid, a.atttypmod), a.attacl::text[], d.xmin::text))
        FROM pg_catalog.pg_attribute AS a
        LEFT JOIN pg_catalog.pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    )))
    FROM pg_catalog.pg_class AS c
    WHERE c.oid >= {first} AND c.relkind IN ('r', 'p', 'f', 'v', 'm', 'c')
      AND NOT EXISTS (SELECT FROM places AS p WHERE p.oid = c.relnamespace)
), (
    SELECT json_agg(c.oid) FROM pg_catalog.pg_class AS c WHERE c.relispartition AND c.relkind IN ('r', 'p', 'f')
), (
    SELECT json_agg(DISTINCT c.oid)
    FROM pg_catalog.pg_publication AS p
    JOIN pg_catalog.pg_publication_tables AS t ON t.pubname = p.pubname
    JOIN pg_catalog.pg_namespace AS n ON n.nspname = t.schemaname
    JOIN pg_catalog.pg_class AS c ON c.relname = t.tablename AND c.relnamespace = n.oid
    WHERE (p.pubupdate OR p.pubdelete) AND (c.relreplident = 'n' OR (c.relreplident = 'd' AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_index AS i WHERE i.indrelid = c.oid AND i.indisprimary
    )))
)
"""
