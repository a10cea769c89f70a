"""The proof of one patch, on copies of a database that has every patch before it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rdspatch.authoring.parser import parse_statements
from rdspatch.authoring.proof.advice import advice
from rdspatch.authoring.proof.conditions import under_other_conditions, what_varies
from rdspatch.authoring.proof.connection import Refused
from rdspatch.authoring.proof.extensions import make_untrusted_extensions
from rdspatch.authoring.proof.generated import EmptyTable, generate_rows, named_in
from rdspatch.authoring.proof.hazards import changes_data, hazards_of
from rdspatch.authoring.proof.idempotence import Place, second_run_problems
from rdspatch.authoring.proof.interruption import interruption_problems
from rdspatch.authoring.proof.rows import changed_values, read_rows
from rdspatch.authoring.proof.state import read_state
from rdspatch.authoring.proof.trace import StatementRefused, trace
from rdspatch.core.dependence import NOTHING, Varying
from rdspatch.core.errors import Drifted, LockNotAvailable, Problem
from rdspatch.core.failure import SqlFailed, place_of
from rdspatch.core.patch import Transaction
from rdspatch.core.proof import Hazard, HazardKind, is_on_varying, without_varying
from rdspatch.core.schema import effects_between

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rdspatch.authoring.parser import ParsedStatement
    from rdspatch.authoring.proof.conditions import Conditions
    from rdspatch.authoring.proof.connection import Connection
    from rdspatch.authoring.proof.observation import Observation
    from rdspatch.authoring.proof.scratch import ScratchDatabase, ScratchServer
    from rdspatch.core.lockfile import LockedPatch
    from rdspatch.core.proof import StatementTrace
    from rdspatch.core.schema import Effect, Schema
    from rdspatch.ports import Session

_CATALOG = """
SELECT (SELECT count(*) FROM pg_catalog.pg_type), (SELECT count(*) FROM pg_catalog.pg_proc),
       (SELECT count(*) FROM pg_catalog.pg_attribute), (SELECT count(*) FROM pg_catalog.pg_constraint),
       (SELECT count(*) FROM pg_catalog.pg_trigger), (SELECT count(*) FROM pg_catalog.pg_policy),
       (SELECT count(*) FROM pg_catalog.pg_attrdef), (SELECT count(*) FROM pg_catalog.pg_index)
"""
"""How many objects there are of each kind; quicker than the whole schema."""
_NOT_ABOUT_VALUES = frozenset({HazardKind.REMOVES, HazardKind.RESTRICTS, HazardKind.ACCESS})
_OWNER = "the owner role"
_REFUSALS = (SqlFailed, Drifted, LockNotAvailable, StatementRefused, Refused)


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What the proof of one patch came to."""

    locked: LockedPatch
    after: Schema | None
    """The schema that it leads to; None when the server did not take it."""
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()
    empty: tuple[EmptyTable, ...] = ()
    """The tables that no row could be generated for."""


def prove_one(
    locked: LockedPatch, trunk: ScratchDatabase, server: ScratchServer, *, before: Schema, varying: Varying = NOTHING
) -> Result:
    """Prove a patch, then apply it to the database that the next one starts from.

    It meets generated rows first. When they are in its way, which says more about the rows than about the patch, it
    is proven on the rows that the baseline and the patches themselves made. Its effects are what it does to the
    trunk, where no generated row is; what comes out otherwise in another place is left out of them and named.

    Args:
        locked: The patch as the parser sees it.
        trunk: A database with every patch before it; left with this one applied as well.
        server: Where copies are made.
        before: The trunk's schema.
        varying: What the patches before it make otherwise on another database.
    """
    result = _proven(locked, trunk, server, before, varying)
    return result if server.owner is None else _in_any_owners_words(result, server.owner)


def _proven(
    locked: LockedPatch, trunk: ScratchDatabase, server: ScratchServer, before: Schema, varying: Varying
) -> Result:
    case = _Case(locked, parse_statements(locked.patch.sql), trunk, server, before)
    by_superuser = make_untrusted_extensions(locked, trunk)
    try:
        trial = _tried(case, generate=True)
    except _REFUSALS as refused:
        note = f"{locked.patch.name}: not tried with generated rows, which it refused: {reason(locked, refused).what}"
        try:
            trial = _tried(case, generate=False)
        except _REFUSALS as error:
            return Result(locked=locked, after=None, problems=(reason(locked, error),))
        trial = replace(trial, notes=(note, *trial.notes))
    conditions = under_other_conditions(locked, case.parsed, trunk, server, before=before)
    try:
        with trunk.runner() as runner:
            runner.apply_one(locked, 0)
            after = runner.session.read_schema()
    except _REFUSALS as error:
        return Result(locked=locked, after=None, problems=(reason(locked, error),))
    conditions = replace(conditions, unproven=(*by_superuser, *conditions.unproven))
    return _result(case, trial, conditions, after, varying)


def _in_any_owners_words(result: Result, owner: str) -> Result:
    """The same without the name that the role of the patches has in this proof only."""

    def named(text: str) -> str:
        return text.replace(owner, _OWNER)

    hazards = tuple(replace(it, on=named(it.on), sentence=named(it.sentence)) for it in result.locked.hazards)
    problems = tuple(replace(it, what=named(it.what), instead=named(it.instead)) for it in result.problems)
    locked = replace(result.locked, hazards=hazards)
    return replace(result, locked=locked, problems=problems, notes=tuple(map(named, result.notes)))


@dataclass(frozen=True, slots=True)
class _Case:
    locked: LockedPatch
    parsed: Sequence[ParsedStatement]
    trunk: ScratchDatabase
    server: ScratchServer
    before: Schema


@dataclass(frozen=True, slots=True, kw_only=True)
class _Trial:
    """What came of a patch on a copy."""

    effects: tuple[Effect, ...]
    traces: tuple[StatementTrace, ...]
    hazards: tuple[Hazard, ...]
    problems: tuple[Problem, ...]
    notes: tuple[str, ...] = ()
    empty: tuple[EmptyTable, ...] = ()


def _result(case: _Case, trial: _Trial, conditions: Conditions, after: Schema, varying: Varying) -> Result:
    effects, sql = effects_between(case.before, after), case.locked.patch.sql
    depends = what_varies(effects, with_rows=trial.effects, conditions=conditions, varying=varying, text=sql)
    known = Varying((*varying.dependences, *depends), varying.claimed)
    proven = replace(
        case.locked,
        effects=known.rest_of_effects(effects),
        traces=tuple(without_varying(trace, known) for trace in trial.traces),
        hazards=tuple(hazard for hazard in trial.hazards if not is_on_varying(hazard.on, known)),
        depends=depends,
        unproven=conditions.unproven,
    )
    name = case.locked.patch.name
    varies = (f"{name}: {item}; it is expected of no other database" for item in depends)
    more = (f"{name}: not proven: {item}" for item in conditions.unproven)
    notes = (*trial.notes, *varies, *more)
    return Result(locked=proven, after=after, problems=trial.problems, notes=notes, empty=trial.empty)


def _tried(case: _Case, *, generate: bool) -> _Trial:
    locked = case.locked
    with case.server.database(case.trunk) as copy:
        with copy.connect() as connection:
            before, empty = _with_rows(case, copy, connection) if generate else (case.before, ())
            first, rows = read_state(connection), read_rows(connection)
            if locked.patch.directives.transaction is Transaction.ONE:
                observations = trace(connection, copy, locked, case.parsed)
        if locked.patch.directives.transaction is Transaction.NONE:
            with case.server.database(copy) as other, other.connect() as connection:
                observations = trace(connection, other, locked, case.parsed)
        with copy.connect() as connection, copy.runner() as runner:
            runner.apply_one(locked, 0)
            after = runner.session.read_schema()
            changed = changed_values(rows, read_rows(connection, rows))
            place = Place(copy, connection, runner)
            problems = _lost_ledger(locked, runner.session)
            if not problems:
                excused = named_in(empty, locked.patch.sql)
                again = second_run_problems(place, locked, observations, after, excused=bool(excused))
                problems = [*_undeclared(case, changed), *again]
    effects = effects_between(before, after)
    if not problems and locked.patch.directives.transaction is Transaction.NONE:
        expected = case.before.with_effects(effects)
        problems += interruption_problems(locked, case.trunk, case.server, expected=expected)
    transaction, path = locked.patch.directives.transaction, case.trunk.search_path
    hazards = hazards_of(case.parsed, observations, first=first, search_path=path, transaction=transaction)
    return _Trial(
        effects=effects,
        traces=tuple(seen.trace for seen in observations),
        hazards=(*hazards, *_silent(case, changed, hazards, observations)),
        problems=tuple(problems),
        empty=empty,
    )


def _with_rows(case: _Case, copy: ScratchDatabase, connection: Connection) -> tuple[Schema, tuple[EmptyTable, ...]]:
    """Generate rows; the schema that the patch then meets, since a trigger may have made objects, and what is empty."""
    counted = connection.execute(_CATALOG)
    empty = generate_rows(connection)
    is_same = connection.execute(_CATALOG) == counted
    return (case.before if is_same else copy.read_schema()), empty


def _lost_ledger(locked: LockedPatch, session: Session) -> list[Problem]:
    """Whether a run could go on after the patch: next it marks the ledger's row, behind the fence of every message."""
    try:
        session.mark_audited([locked.patch.name])
    except SqlFailed as failed:
        what = f"leaves a ledger that cannot be written: {failed.failure.message} (SQLSTATE {failed.failure.sqlstate})"
        instead = "leave the schema rdspatch and what it needs as they are"
        return [Problem(where=locked.patch.id.file_name, what=what, instead=instead)]
    return []


def _undeclared(case: _Case, changed: Sequence[str]) -> list[Problem]:
    allowed = any(allowance.name == HazardKind.DATA.value for allowance in case.locked.patch.directives.allow)
    if not changed or allowed or changes_data(case.parsed):
        return []
    what = f"it changes values that were there before ({', '.join(changed)}) and says so nowhere"
    instead = f"keep the values, or write `-- allow: {HazardKind.DATA.value} because REASON`"
    return [Problem(where=case.locked.patch.id.file_name, what=what, instead=instead)]


def _silent(
    case: _Case, changed: Sequence[str], hazards: Sequence[Hazard], observations: Sequence[Observation]
) -> list[Hazard]:
    """Values that a statement changed which is no statement on rows."""
    known = {hazard.on for hazard in hazards if hazard.kind not in _NOT_ABOUT_VALUES}
    known |= {change.column for seen in observations for change in seen.new_types if change.column in known}
    line = case.parsed[0].line
    return [
        Hazard(kind=HazardKind.DATA, line=line, on=name, sentence=f"changes values of {name}")
        for name in changed
        if name not in known and not any(name.startswith(f"{table}.") for table in known)
    ]


def reason(locked: LockedPatch, error: Exception) -> Problem:
    """What the server, or the runner, had against a patch."""
    file_name = locked.patch.id.file_name
    if isinstance(error, SqlFailed):
        place = place_of(locked, error.failure)
        what = f"{error.failure.message} (SQLSTATE {error.failure.sqlstate})"
        instead = advice(error.failure.sqlstate, error.failure.message)
        return Problem(where=file_name + (f":{place.line}" if place else ""), what=what, instead=instead)
    if isinstance(error, Refused):
        what = f"the proof cannot look at what it leaves: {error}"
        instead = "let the owner role read every table that patches change"
        return Problem(where=file_name, what=what, instead=instead)
    if isinstance(error, StatementRefused):
        where = f"{file_name}:{locked.statements[error.number].line}"
        return Problem(where=where, what=str(error), instead=advice(error.refused.sqlstate, str(error)))
    return Problem(where=file_name, what=str(error).removeprefix(f"{file_name}: "))
