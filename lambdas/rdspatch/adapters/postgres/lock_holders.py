"""Who holds the locks that a patch or a reader needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rdspatch.adapters.postgres.quoting import literal, literals
from rdspatch.adapters.postgres.texts import text_of
from rdspatch.core.errors import ReadBlocked
from rdspatch.core.sessions import Blocker

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rdspatch.core.failure import SqlFailure
    from rdspatch.core.statement import RelationName


def blockers_of_readers() -> str:
    """A query for the sessions with the only lock that keeps readers out; one that waits for it does so too."""
    return text_of("blockers.sql").format_map({"in_the_way": "l.mode = 'AccessExclusiveLock'"})


def blockers_of_patch(relations: Sequence[RelationName], search_path: Iterable[str]) -> str:
    """A query for the sessions that hold a lock on one of a patch's relations, or on the ledger."""
    path = literals(search_path)
    wanted = [(literal(name.schema) if name.schema else path, literal(name.name)) for name in relations]
    wanted.append(("'rdspatch'", "'ledger'"))
    named = " OR ".join(f"(n.nspname IN ({schemas}) AND c.relname = {name})" for schemas, name in wanted)
    return text_of("blockers.sql").format_map({"in_the_way": f"l.granted AND ({named})"})


def blockers_from(rows: Iterable[Sequence[Any]]) -> tuple[Blocker, ...]:
    """What either query answers."""
    return tuple(
        Blocker(
            pid=pid,
            user=user,
            application=application,
            state=state,
            relation=name,
            mode=mode,
            granted=granted,
            transaction_age_seconds=age,
        )
        for pid, user, application, state, name, mode, granted, age in rows
    )


def read_blocked(failure: SqlFailure, blockers: tuple[Blocker, ...]) -> ReadBlocked:
    """The error for a question that a lock kept from being answered."""
    who = "; ".join(str(blocker) for blocker in blockers) or "no session that has such a lock now"
    return ReadBlocked(
        f"the database cannot be read: {failure.message} (SQLSTATE {failure.sqlstate}); blocked by: {who}. "
        "End that session, or run again when it has ended",
        blockers=blockers,
    )
