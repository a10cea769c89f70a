"""A patch without a transaction may stop after any statement, or in the middle of one; the next run must finish it."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from rdspatch.adapters.postgres.quoting import relation
from rdspatch.authoring.proof.connection import Refused
from rdspatch.authoring.proof.idempotence import record_intents
from rdspatch.authoring.proof.trace import run_alone
from rdspatch.core.errors import Drifted, LockNotAvailable, Problem
from rdspatch.core.failure import SqlFailed
from rdspatch.core.schema import effects_between
from rdspatch.core.statement import StatementKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rdspatch.authoring.proof.scratch import ScratchDatabase, ScratchServer
    from rdspatch.core.lockfile import LockedPatch
    from rdspatch.core.schema import Schema
    from rdspatch.core.statement import Statement

_TIMEOUTS_MS = (100, 500, 2_500)
"""How long a build may run into a writer that does not end; the first is enough wherever the server is not busy."""


def interruption_problems(
    locked: LockedPatch, trunk: ScratchDatabase, server: ScratchServer, *, expected: Schema
) -> list[Problem]:
    """Stop the patch after each statement but the last, and in each index build, then run it as a whole.

    Args:
        locked: A patch without a transaction.
        trunk: A database without it; left alone.
        server: Where copies are made.
        expected: The schema that an undisturbed run leads to.

    Returns:
        Where it stopped, and how the schema then differs.
    """
    problems = []
    for count, building in _stops(locked):
        with server.database(trunk) as copy:
            if not _stop_at(copy, locked, count, building=building):
                continue
            what = _finish(copy, locked, expected, count + int(building))
        if what:
            how = "while it builds its index" if building else "before this statement"
            where = f"{locked.patch.id.file_name}:{locked.statements[count].line}"
            problems.append(Problem(where=where, what=f"stopped {how} and run again, {what}"))
    return problems


def _stops(locked: LockedPatch) -> Iterator[tuple[int, bool]]:
    for count, statement in enumerate(locked.statements):
        if count:
            yield count, False
        if statement.kind is StatementKind.CREATE_INDEX:
            yield count, True


def _stop_at(copy: ScratchDatabase, locked: LockedPatch, count: int, *, building: bool) -> bool:
    """Bring the copy to where the patch stopped; False when the build could not be stopped in the middle."""
    with copy.connect() as connection:
        for number in range(count):
            run_alone(connection, copy, locked, number)
    return not building or _leave_invalid_index(copy, locked, locked.statements[count])


def _leave_invalid_index(copy: ScratchDatabase, locked: LockedPatch, statement: Statement) -> bool:
    """Let the build wait for a writer until its time is up, as a killed run would leave it."""
    invalid = "SELECT count(*) FROM pg_catalog.pg_index WHERE NOT indisvalid"
    path = ", ".join(copy.search_path)
    with copy.connect() as writer, copy.connect() as builder:
        writer.execute(f"SET search_path = {path}")
        builder.execute(f"SET search_path = {path}")
        was = builder.execute(invalid)[0][0]
        writer.execute(f"BEGIN; LOCK TABLE {relation(statement.relations[0])} IN ROW EXCLUSIVE MODE")
        for timeout in _TIMEOUTS_MS:
            builder.execute(f"SET statement_timeout = {timeout}")
            with contextlib.suppress(Refused):
                builder.execute(locked.text_of(statement))
            if builder.execute(invalid)[0][0] > was:
                return True
    return False


def _finish(copy: ScratchDatabase, locked: LockedPatch, expected: Schema, intended: int) -> str:
    """What is wrong after the whole patch has run, or nothing."""
    try:
        with copy.runner() as runner:
            record_intents(runner.session, locked, intended)
            runner.apply_one(locked, 0)
            found = runner.session.read_schema()
    except SqlFailed as failed:
        return f"it fails: {failed.failure.message} (SQLSTATE {failed.failure.sqlstate})"
    except (Drifted, LockNotAvailable) as error:
        return f"it fails: {error}"
    effects = effects_between(expected, found)
    return "it ends in another schema: it " + "; ".join(str(effect) for effect in effects) if effects else ""
