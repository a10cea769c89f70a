"""A patch may run again at any time: the second run must succeed and change nothing."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rdspatch.adapters.postgres.quoting import literal
from rdspatch.authoring.proof.rows import read_rows, rewritten_rows
from rdspatch.authoring.proof.scratch import RUN
from rdspatch.authoring.proof.state import read_state
from rdspatch.authoring.proof.trace import StatementRefused, run_alone
from rdspatch.core.errors import Drifted, LockNotAvailable, Problem
from rdspatch.core.failure import SqlFailed, place_of
from rdspatch.core.schema import effects_between
from rdspatch.core.statement import StatementKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rdspatch.authoring.proof.connection import Connection
    from rdspatch.authoring.proof.observation import Observation
    from rdspatch.authoring.proof.rows import Table
    from rdspatch.authoring.proof.scratch import ScratchDatabase
    from rdspatch.authoring.proof.state import State
    from rdspatch.core.lockfile import LockedPatch
    from rdspatch.core.schema import Schema
    from rdspatch.engine.applier import Applier
    from rdspatch.ports import Session

_SHOWN = 3
"""Effects in one message."""
_AGAIN = "does not run a second time"
_INSTEAD = "guard it, so that it does nothing where it is done already"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Moment:
    schema: Schema
    rows: Mapping[int, Table]
    state: State


@dataclass(frozen=True, slots=True)
class Place:
    """A scratch database with two ways in."""

    database: ScratchDatabase
    connection: Connection
    runner: Applier


def second_run_problems(
    place: Place, locked: LockedPatch, observations: Sequence[Observation], schema: Schema, *, excused: bool = False
) -> list[Problem]:
    """Run the patch again on a database that has it.

    Args:
        place: Where it ran once.
        locked: The patch.
        observations: What its statements did the first time.
        schema: After the first time.
        excused: Whether the patch reads a table that stayed empty only here. It may then write the same values again,
            as a guarded backfill does that finds nothing to fill in.

    Returns:
        What the second run did, with the statement that did it.
    """
    before = _moment(place, schema)
    forgotten = f"DELETE FROM rdspatch.ledger WHERE patch_id = {literal(locked.patch.name)}"  # noqa: S608 - quoted
    try:
        place.connection.execute(f"ALTER TABLE rdspatch.ledger DISABLE TRIGGER USER; {forgotten}")
        record_intents(place.runner.session, locked, len(locked.statements))
        place.runner.apply_one(locked, 0)
    except SqlFailed as failed:
        spot = place_of(locked, failed.failure)
        where = locked.patch.id.file_name + (f":{spot.line}" if spot else "")
        what = f"{_AGAIN}: {failed.failure.message} (SQLSTATE {failed.failure.sqlstate})"
        return [Problem(where=where, what=what, instead=_INSTEAD)]
    except (Drifted, LockNotAvailable) as error:
        return [Problem(where=locked.patch.id.file_name, what=f"{_AGAIN}: {error}", instead=_INSTEAD)]
    expected = _rewritten_each_time(locked, observations)
    after = _moment(place)
    what = _difference(before, after, expected)
    if not what or (excused and _is_of_the_same_values(before, after, expected)):
        return []
    number = _blame(place, locked, expected)
    where = locked.patch.id.file_name + ("" if number is None else f":{locked.statements[number].line}")
    return [Problem(where=where, what=f"a second run is not without effect: it {what}", instead=_INSTEAD)]


def record_intents(session: Session, locked: LockedPatch, count: int) -> None:
    """Say of the first statements what the runner says before it executes one outside of a transaction."""
    for number, statement in enumerate(locked.statements[:count]):
        if statement.kind is not StatementKind.TRANSACTIONAL:
            session.record_intent(locked, number, run=RUN)


def _rewritten_each_time(locked: LockedPatch, observations: Sequence[Observation]) -> frozenset[str]:
    """What VACUUM FULL and CLUSTER put into a new file, every time and to no harm."""
    pairs = zip(locked.statements, observations, strict=True)
    return frozenset(
        name for statement, seen in pairs if statement.kind is StatementKind.REPEATABLE for name in seen.trace.rewrites
    )


def _moment(place: Place, schema: Schema | None = None) -> _Moment:
    return _Moment(
        schema=schema or place.runner.session.read_schema(),
        rows=read_rows(place.connection),
        state=read_state(place.connection),
    )


def _is_of_the_same_values(before: _Moment, after: _Moment, expected: frozenset[str]) -> bool:
    """Whether rows were written and hold what they held."""
    pairs = [(table, after.rows[oid]) for oid, table in before.rows.items() if oid in after.rows]
    is_same = all(then.values(tuple(then.columns)) == now.values(tuple(then.columns)) for then, now in pairs)
    return is_same and not _difference(before, replace(after, rows=before.rows), expected)


def _difference(before: _Moment, after: _Moment, expected: frozenset[str]) -> str:
    """What happened between two moments, or nothing."""
    effects = effects_between(before.schema, after.schema)
    if effects:
        more = f" and {len(effects) - _SHOWN} more" if len(effects) > _SHOWN else ""
        return "; ".join(str(effect) for effect in effects[:_SHOWN]) + more
    relations = before.state.relations
    files = {
        relation.name
        for oid, relation in after.state.relations.items()
        if relation.kind == "r" and oid in relations and relations[oid].file != relation.file
    } - expected
    gone = {
        relation.name
        for oid, relation in relations.items()
        if relation.kind == "r" and oid not in after.state.relations
    }
    if gone:
        return f"drops {', '.join(sorted(gone))} and makes it anew, without its rows"
    if files:
        return f"rewrites {', '.join(sorted(files))}"
    changed = rewritten_rows(before.rows, after.rows)
    return f"inserts, updates or deletes rows of {', '.join(changed)}" if changed else ""


def _blame(place: Place, locked: LockedPatch, expected: frozenset[str]) -> int | None:
    """Run it once more, statement by statement, and find the first that changes something."""
    before = _moment(place)
    for number in range(len(locked.statements)):
        with contextlib.suppress(StatementRefused):
            run_alone(place.connection, place.database, locked, number)
        after = _moment(place)
        if _difference(before, after, expected):
            return number
        before = after
    return None
