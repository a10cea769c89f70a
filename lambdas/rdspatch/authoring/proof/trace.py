"""What each statement of a patch locks, rewrites and reads."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from rdspatch.authoring.proof.connection import Refused
from rdspatch.authoring.proof.documented import documented
from rdspatch.authoring.proof.inventory import InventoryReader
from rdspatch.authoring.proof.narrowing import category, what_is_lost
from rdspatch.authoring.proof.observation import Observation, observe
from rdspatch.authoring.proof.state import State, read_state
from rdspatch.authoring.proof.taken import made_since, taken_step_by_step, taken_together
from rdspatch.core.patch import Transaction
from rdspatch.core.statement import StatementKind
from rdspatch.ports import Limits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rdspatch.adapters.postgres.message import Surroundings
    from rdspatch.authoring.parser import ParsedStatement
    from rdspatch.authoring.proof.connection import Connection
    from rdspatch.authoring.proof.inventory import Inventory
    from rdspatch.authoring.proof.scratch import ScratchDatabase
    from rdspatch.core.lockfile import LockedPatch
    from rdspatch.core.taking import Taken

PATIENT = Limits(lock_timeout=None, statement_timeout=timedelta(minutes=14))
# A handful of generated rows says nothing about plans. With these, a statement on rows reads a whole table only where
# no index can serve it, and a check of all rows shows as the scan that it is.
_FOR_ROWS = "SET LOCAL enable_seqscan = off"
_FOR_SCHEMA = (
    "SET LOCAL enable_indexscan = off; SET LOCAL enable_indexonlyscan = off; SET LOCAL enable_bitmapscan = off"
)
_AS_EVER = (
    "SET LOCAL enable_seqscan = on; SET LOCAL enable_indexscan = on; "
    "SET LOCAL enable_indexonlyscan = on; SET LOCAL enable_bitmapscan = on"
)
_ON_ROWS = ("InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt", "SelectStmt")


class StatementRefused(Exception):
    """The server refused one statement; `number` counts from 0."""

    def __init__(self, number: int, refused: Refused) -> None:
        super().__init__(str(refused))
        self.number = number
        self.refused = refused


def head(surroundings: Surroundings) -> str:
    """The runner's settings for one transaction, as one text."""
    return ";\n".join(surroundings.head(PATIENT))


def trace(
    connection: Connection, database: ScratchDatabase, locked: LockedPatch, parsed: Sequence[ParsedStatement]
) -> tuple[Observation, ...]:
    """Run the statements one by one and watch.

    A transactional patch is rolled back; the statements of any other stay.

    Raises:
        StatementRefused: The server did not take one of them.
    """
    reader = InventoryReader(connection, head(database.surroundings))
    if locked.patch.directives.transaction is Transaction.ONE:
        return _together(connection, reader, locked, parsed)
    found, moments = [], [reader.read_alone()]
    first = read_state(connection)
    for number, statement in enumerate(parsed):
        found.append(_alone(connection, database, locked, number, statement, first=first))
        moments.append(reader.read_alone())
    return _with_taken(found, moments, taken_step_by_step(moments))


def _together(
    connection: Connection, reader: InventoryReader, locked: LockedPatch, parsed: Sequence[ParsedStatement]
) -> tuple[Observation, ...]:
    with connection.rolled_back():
        connection.execute(reader.head)
        first = before = read_state(connection)
        found, moments = [], [reader.read()]
        for number in range(len(parsed)):
            after = _run(connection, locked, number, parsed[number])
            found.append(_with_losses(observe(first, before, after), connection))
            moments.append(reader.read() if after.catalogs != before.catalogs else moments[-1])
            before = after
        return _with_taken(found, moments, taken_together(moments))


def _with_losses(seen: Observation, connection: Connection) -> Observation:
    """What the new types of columns cannot hold; asked at once, since the next statement may drop the old types."""
    changes = tuple(
        replace(
            change,
            loss=what_is_lost(connection, change.before, change.after),
            another_family=category(connection, change.before) != category(connection, change.after),
        )
        for change in seen.new_types
    )
    return replace(seen, new_types=changes)


def _with_taken(
    found: Sequence[Observation], moments: Sequence[Inventory], taken: Sequence[tuple[Taken, ...]]
) -> tuple[Observation, ...]:
    return tuple(
        replace(seen, taken=facts, made=made_since(moments[0], moment))
        for seen, facts, moment in zip(found, taken, moments[1:], strict=True)
    )


def _alone(
    connection: Connection,
    database: ScratchDatabase,
    locked: LockedPatch,
    number: int,
    parsed: ParsedStatement,
    *,
    first: State,
) -> Observation:
    if locked.statements[number].kind is StatementKind.TRANSACTIONAL:
        connection.execute(f"BEGIN;\n{head(database.surroundings)}")
        before = read_state(connection)
        after = _run(connection, locked, number, parsed)
        seen = _with_losses(observe(first, before, after), connection)
        connection.execute("COMMIT")
        return seen
    before = read_state(connection)
    run_alone(connection, database, locked, number)
    after = read_state(connection)
    seen = observe(first, before, after)
    return documented(parsed.node, before, seen, database.search_path, first=first)


def run_alone(connection: Connection, database: ScratchDatabase, locked: LockedPatch, number: int) -> None:
    """Run one statement as a message of its own. Raises StatementRefused."""
    connection.execute(";\n".join(database.surroundings.head(PATIENT, scope="")))
    try:
        connection.execute(locked.text_of(locked.statements[number]))
    except Refused as refused:
        raise StatementRefused(number, refused) from None


def _run(connection: Connection, locked: LockedPatch, number: int, parsed: ParsedStatement) -> State:
    on_rows = type(parsed.node).__name__ in _ON_ROWS
    connection.execute(_FOR_ROWS if on_rows else _FOR_SCHEMA)
    try:
        connection.execute(locked.text_of(locked.statements[number]))
    except Refused as refused:
        raise StatementRefused(number, refused) from None
    connection.execute(_AS_EVER)
    return read_state(connection)
