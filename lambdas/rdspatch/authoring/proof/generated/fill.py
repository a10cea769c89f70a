"""Fills every table, parents first."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from rdspatch.adapters.postgres.quoting import identifier, literal
from rdspatch.authoring.proof.connection import Refused
from rdspatch.authoring.proof.generated.choices import Chooser, NoValue
from rdspatch.authoring.proof.generated.empty import EmptyTable
from rdspatch.authoring.proof.generated.order import Break, components
from rdspatch.authoring.proof.generated.row import Way, blamed_columns, row_of, search
from rdspatch.authoring.proof.generated.tables import read_tables

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rdspatch.authoring.proof.connection import Connection
    from rdspatch.authoring.proof.generated.order import Broken, Component
    from rdspatch.authoring.proof.generated.row import Row
    from rdspatch.authoring.proof.generated.tables import ForeignKey, Table

ROWS = 3
_KEEPS_NONE = "an INSERT puts no row into it"
_FIRING = {"O": "ENABLE", "R": "ENABLE REPLICA", "A": "ENABLE ALWAYS"}


def generate_rows(connection: Connection) -> tuple[EmptyTable, ...]:
    """Put rows into every table, respecting what the catalog says of its columns; the same ones each time.

    Returns:
        The tables that have no row afterwards, each with the reason.
    """
    tables = read_tables(connection)
    filler = _Filler(connection)
    connection.execute("BEGIN; SET CONSTRAINTS ALL IMMEDIATE")
    try:
        for component in components(tables):
            filler.fill(component)
        connection.execute("COMMIT")
    except Refused:
        connection.execute("ROLLBACK")
        raise
    # A policy that is forced hides rows from their own writer.
    empty = _empty(connection, [table for table in tables if not table.forces_policies]) | {
        table.oid for table in tables if table.forces_policies and table.oid in filler.reasons
    }
    return tuple(
        EmptyTable(str(table), filler.reasons.get(table.oid, _KEEPS_NONE)) for table in tables if table.oid in empty
    )


def _empty(connection: Connection, tables: Sequence[Table]) -> frozenset[str]:
    looks = [f"SELECT {literal(table.oid)} WHERE NOT EXISTS (SELECT FROM ONLY {table.quoted})" for table in tables]  # noqa: S608 - quoted
    return frozenset(oid for (oid,) in connection.execute(" UNION ALL ".join(looks))) if looks else frozenset()


class _Filler:
    """One run over all tables, in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._chooser = Chooser(connection)
        self._places: dict[str, list[str]] = {}
        """Where the new rows of each table are, by ctid."""
        self.reasons: dict[str, str] = {}

    def fill(self, component: Component) -> None:
        """Fill the tables of one component, or leave them all as they were."""
        self._connection.execute("SAVEPOINT component")
        try:
            with self._waiting(component.broken):
                for table in component.tables:
                    self._fill_table(table, [one for one in component.broken if one.table is table])
                for one in component.broken:
                    self._join(one)
        except Refused as refused:
            self._connection.execute("ROLLBACK TO component")
            self._chooser.forget_rows()
            self.reasons |= dict.fromkeys((table.oid for table in component.tables), refused.message)
        self._connection.execute("RELEASE component")

    @contextlib.contextmanager
    def _waiting(self, broken: Sequence[Broken]) -> Iterator[None]:
        """Let keys wait; dropped ones come back, and refuse what does not fit."""
        for one in broken:
            if one.way is Break.DEFER:
                self._connection.execute(f"SET CONSTRAINTS {one.key.schema}.{one.key.constraint} DEFERRED")
            elif one.way is Break.DROP:
                self._connection.execute(f"ALTER TABLE {one.key.table} DROP CONSTRAINT {one.key.constraint}")
        yield
        for one in broken:
            if one.way is Break.DEFER:
                self._connection.execute(f"SET CONSTRAINTS {one.key.schema}.{one.key.constraint} IMMEDIATE")
            elif one.way is Break.DROP:
                add = f"ADD CONSTRAINT {one.key.constraint} {one.key.definition}"
                self._connection.execute(f"ALTER TABLE {one.key.table} {add}")

    def _fill_table(self, table: Table, broken: Sequence[Broken]) -> None:
        try:
            if self._insert_plainly(table, broken):
                return
            reason = self._insert_searching(table, broken)
            if reason is not None and (table.triggers or table.forces_policies):
                with self._unguarded(table):
                    if self._insert_searching(table, broken) is None:
                        reason = None
        except NoValue as none:
            reason = str(none)
        if reason is not None:
            self.reasons[table.oid] = reason

    def _insert_plainly(self, table: Table, broken: Sequence[Broken]) -> bool:
        """All rows at once, which most tables take."""
        all_choices = [self._chooser.choices(table, number, broken, thorough=False) for number in range(1, ROWS + 1)]
        return self._insert(table, [row_of(choices, [0] * len(choices)) for choices in all_choices]) is None

    def _insert_searching(self, table: Table, broken: Sequence[Broken]) -> str | None:
        reason = None
        for way in Way:
            for number in range(1, ROWS + 1):
                choices = self._chooser.choices(table, number, broken, thorough=True)
                preferred = [choice.preferring(way) for choice in choices]
                refused = search(table, preferred, lambda row: self._insert(table, [row]))
                if refused is not None:
                    reason = reason or refused.message
                    break
            if self._places.get(table.oid):
                return None
            if refused is not None and blamed_columns(table, refused):
                break  # every way offers the same values, in another order
        return reason or (None if table.has_rules else _KEEPS_NONE)

    def _insert(self, table: Table, rows: Sequence[Row]) -> Refused | None:
        names = ", ".join(map(identifier, rows[0]))
        values = ", ".join(f"({', '.join(row.values())})" for row in rows)
        given = "OVERRIDING SYSTEM VALUE " if any(column.is_always_identity for column in table.columns) else ""
        sources = [f"({names}) {given}VALUES {values}"] if names else ["DEFAULT VALUES"] * len(rows)
        returning = "" if table.has_rules else " RETURNING ctid"
        inserts = "; ".join(f"INSERT INTO {table.quoted} {source}{returning}" for source in sources)
        try:
            places = self._connection.execute(f"SAVEPOINT row; {inserts}; RELEASE row")
        except Refused as refused:
            self._connection.execute("ROLLBACK TO row; RELEASE row")
            return refused
        self._places.setdefault(table.oid, []).extend(place for (place,) in places)
        return None

    def _join(self, broken: Broken) -> None:
        """Point the new rows of a table at rows of the parent, which has them now."""
        free = self._free_columns(broken)
        rows = self._chooser.parent_rows(broken.key, anew=True)
        places = self._places.get(broken.table.oid, [])
        for number, place in enumerate(places):
            for row in (*rows[number % len(rows) :], *rows[: number % len(rows)]) if rows else ():
                moved = self._update(broken.table, broken.key, free, place, row)
                if moved is not None:
                    places[number] = moved
                    break

    def _free_columns(self, broken: Broken) -> frozenset[str]:
        """Those that no key has filled that was looked at."""
        held = {name for key in broken.table.foreign if key is not broken.key for name in key.mine}
        optional = {column.name for column in broken.table.columns if not column.is_required}
        mine = frozenset(broken.key.mine)
        return mine & optional if broken.way is Break.NULL else mine - held or mine

    def _update(
        self, table: Table, key: ForeignKey, free: frozenset[str], place: str, row: Sequence[str]
    ) -> str | None:
        """Where the row is afterwards; None where it was not changed."""
        kinds = {column.name: column.type.name for column in table.columns}
        pairs = [
            (name, f"{identifier(name)} = {value}::{kinds[name]}") for name, value in zip(key.mine, row, strict=True)
        ]
        sets = ", ".join(text for name, text in pairs if name in free)
        where = " AND ".join([f"ctid = {literal(place)}", *(text for name, text in pairs if name not in free)])
        try:
            found = self._connection.execute(
                f"SAVEPOINT row; UPDATE ONLY {table.quoted} SET {sets} WHERE {where} RETURNING ctid; RELEASE row"  # noqa: S608 - quoted
            )
        except Refused:
            self._connection.execute("ROLLBACK TO row; RELEASE row")
            return None
        return str(found[0][0]) if found else None

    @contextlib.contextmanager
    def _unguarded(self, table: Table) -> Iterator[None]:
        """Without triggers and forced policies, which may refuse every row that they were not made for."""
        off = [f"DISABLE TRIGGER {identifier(name)}" for name, _ in table.triggers]
        on = [f"{_FIRING[state]} TRIGGER {identifier(name)}" for name, state in table.triggers]
        if table.forces_policies:
            off.append("NO FORCE ROW LEVEL SECURITY")
            on.append("FORCE ROW LEVEL SECURITY")
        self._connection.execute(f"ALTER TABLE {table.quoted} {', '.join(off)}")
        try:
            yield
        finally:
            self._connection.execute(f"ALTER TABLE {table.quoted} {', '.join(on)}")
