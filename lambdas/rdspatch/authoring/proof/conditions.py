"""What a patch does under other conditions than those of the proof: on another day, and once more on the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rdspatch.authoring.proof.clock import reads_clock, shift_clock, stores_time, with_own_words
from rdspatch.authoring.proof.computed import computed_in
from rdspatch.authoring.proof.connection import Refused
from rdspatch.authoring.proof.dependences import dependences_of
from rdspatch.core.dependence import Cause, Dependence, Varying
from rdspatch.core.errors import BadPatches, Drifted, LockNotAvailable
from rdspatch.core.failure import SqlFailed
from rdspatch.core.schema import effects_between

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rdspatch.authoring.parser import ParsedStatement
    from rdspatch.authoring.proof.computed import Computed
    from rdspatch.authoring.proof.scratch import ScratchDatabase, ScratchServer
    from rdspatch.core.lockfile import LockedPatch
    from rdspatch.core.schema import Effect, Schema

Effects = tuple["Effect", ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """The effects of one patch under other conditions; None for a condition that can change nothing."""

    once_more: Effects | None = None
    another_day: Effects | None = None
    unproven: tuple[str, ...] = ()
    """What could not be tried, and why."""


def under_other_conditions(
    locked: LockedPatch,
    parsed: Sequence[ParsedStatement],
    trunk: ScratchDatabase,
    server: ScratchServer,
    *,
    before: Schema,
) -> Conditions:
    """Try a patch where its text, or a function that it may call, asks for the time or for what is never the same.

    Args:
        locked: The patch.
        parsed: Its statements.
        trunk: A database with every patch before it; left alone.
        server: Where copies are made.
        before: The trunk's schema.
    """
    computed = computed_in(parsed, trunk)
    once_more = another_day = None
    unproven: tuple[str, ...] = ()
    if computed.draws_lots:
        with server.database(trunk) as copy:
            once_more = _effects_of(locked, copy, before)
    if reads_clock(computed.text) or stores_time(locked.patch.sql):
        try:
            with server.database(trunk) as copy:
                another_day = _on_another_day(locked, computed, copy, before)
        except (BadPatches, Refused, SqlFailed, Drifted, LockNotAvailable) as error:
            reason = error.failure.message if isinstance(error, SqlFailed) else str(error)
            unproven = (f"what it does on another day, for it asks for the time: {reason}",)
    return Conditions(once_more=once_more, another_day=another_day, unproven=unproven)


def what_varies(
    here: Effects, *, with_rows: Effects, conditions: Conditions, varying: Varying, text: str
) -> tuple[Dependence, ...]:
    """What a patch makes otherwise under at least one of the conditions.

    Args:
        here: Its effects on the rows of baseline and patches.
        with_rows: Its effects on generated rows.
        conditions: Its effects under the others.
        varying: What earlier patches make otherwise already.
        text: Its SQL.
    """
    found: tuple[Dependence, ...] = ()
    others = ((Cause.CHANCE, conditions.once_more), (Cause.CLOCK, conditions.another_day), (Cause.ROWS, with_rows))
    for cause, elsewhere in others:
        if elsewhere is not None:
            known = Varying((*varying.dependences, *found), varying.claimed)
            ours, theirs = known.rest_of_effects(here), known.rest_of_effects(elsewhere)
            found = (*found, *dependences_of(ours, theirs, cause, text=text))
    return found


def _on_another_day(locked: LockedPatch, computed: Computed, copy: ScratchDatabase, before: Schema) -> Effects:
    with copy.connect() as connection:
        shifted = shift_clock(connection, [computed.text, locked.patch.sql])
    moved = shifted.patch(locked, computed)
    with copy.runner() as runner:
        runner.apply_one(moved, 0)
        return effects_between(before, with_own_words(runner.session.read_schema()))


def _effects_of(locked: LockedPatch, copy: ScratchDatabase, before: Schema) -> Effects | None:
    try:
        with copy.runner() as runner:
            runner.apply_one(locked, 0)
            return effects_between(before, runner.session.read_schema())
    except (SqlFailed, Drifted, LockNotAvailable):
        return None
