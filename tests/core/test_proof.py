from __future__ import annotations

from rdspatch.core.proof import StatementTrace, strongest_locks


def test_the_strongest_lock_on_each_relation_counts() -> None:
    traces = (
        StatementTrace(locks=(("public.a", "ShareLock"), ("public.b", "AccessShareLock"))),
        StatementTrace(locks=(("public.a", "AccessExclusiveLock"),)),
        StatementTrace(locks=(("public.a", "RowExclusiveLock"),)),
    )
    assert strongest_locks(traces) == {"public.a": "AccessExclusiveLock", "public.b": "AccessShareLock"}


def test_without_statements_there_is_no_lock() -> None:
    assert strongest_locks(()) == {}
