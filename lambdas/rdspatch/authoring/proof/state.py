"""What the server says between two statements: relations, their files, columns and indexes; locks, scans, writes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rdspatch.authoring.proof.connection import Connection

TABLES = frozenset("rp")
"""Kinds of relations that are gone with their rows; those of a foreign table are elsewhere."""
FILLED = frozenset("rpm")
"""Kinds of relations that hold rows: table, partitioned table, materialized view."""

QUERY = """
WITH ours AS (
    SELECT c.oid, n.nspname || '.' || c.relname AS name, c.relkind,
           CASE WHEN c.relkind IN ('r', 'm', 'i') THEN pg_catalog.pg_relation_filenode(c.oid) END AS file
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname NOT IN ('pg_catalog', 'pg_toast', 'information_schema', 'rdspatch')
      AND n.nspname NOT LIKE 'pg\\_temp%' AND n.nspname NOT LIKE 'pg\\_toast\\_temp%'
)
SELECT pg_catalog.json_build_object(
    'relations', (SELECT pg_catalog.json_agg(pg_catalog.json_build_array(oid, name, relkind, file)) FROM ours),
    'columns', (
        SELECT pg_catalog.json_agg(pg_catalog.json_build_array(
            a.attrelid, a.attnum, a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), a.atttypid, a.atttypmod))
        FROM pg_catalog.pg_attribute AS a JOIN ours ON ours.oid = a.attrelid
        WHERE ours.relkind IN ('r', 'p', 'f') AND a.attnum > 0 AND NOT a.attisdropped
    ),
    'indexes', (
        SELECT pg_catalog.json_agg(pg_catalog.json_build_array(i.indexrelid, i.indrelid))
        FROM pg_catalog.pg_index AS i JOIN ours ON ours.oid = i.indrelid
    ),
    'locks', (
        SELECT pg_catalog.json_agg(pg_catalog.json_build_array(l.relation, l.mode)) FROM pg_catalog.pg_locks AS l
        WHERE l.pid = pg_catalog.pg_backend_pid() AND l.locktype = 'relation' AND l.granted
    ),
    'counts', (
        SELECT pg_catalog.json_agg(pg_catalog.json_build_array(
            s.relid, s.seq_scan, s.n_tup_ins + s.n_tup_upd + s.n_tup_del))
        FROM pg_catalog.pg_stat_xact_user_tables AS s
    ),
    'catalogs', (
        SELECT coalesce(pg_catalog.sum(s.n_tup_ins + s.n_tup_upd + s.n_tup_del), 0)
        FROM pg_catalog.pg_stat_xact_sys_tables AS s
    )
)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """One relation; its name is qualified."""

    name: str
    kind: str
    """As in `pg_class.relkind`."""
    file: int | None


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table."""

    name: str
    type: str
    """As `format_type` calls it."""
    type_id: int
    """The type by its identifier, which it keeps under another name."""
    modifier: int


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """By object identifiers, so that a rename is no drop."""

    relations: Mapping[int, Relation]
    columns: Mapping[tuple[int, int], Column]
    """By table and number."""
    indexes: Mapping[int, int]
    """The table of each index."""
    locks: frozenset[tuple[int, str]]
    """What this transaction holds."""
    scans: Mapping[int, int]
    """How often this transaction has read each table from end to end."""
    writes: Mapping[int, int]
    """Rows that this transaction has inserted, updated or deleted."""
    catalogs: int
    """Rows of the catalogs that it has, which it did to whatever it made, changed or dropped."""


def read_state(connection: Connection) -> State:
    """The state now, as this transaction sees it."""
    facts = connection.document(QUERY)
    counts = facts["counts"] or []
    return State(
        relations={
            oid: Relation(name=name, kind=kind, file=file) for oid, name, kind, file in facts["relations"] or []
        },
        columns={
            (oid, number): Column(name, kind, int(type_id), modifier)
            for oid, number, name, kind, type_id, modifier in facts["columns"] or []
        },
        indexes=dict(facts["indexes"] or []),
        locks=frozenset((oid, mode) for oid, mode in facts["locks"] or []),
        scans={oid: scans for oid, scans, _ in counts},
        writes={oid: writes for oid, _, writes in counts},
        catalogs=int(facts["catalogs"]),
    )
