"""The engine in this process: what a handler does between its imports and its answer."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from rdspatch.adapters.clock import SystemClock
from rdspatch.cli.target import new_run, open_database
from rdspatch.core.plan import OutOfOrder, make_plan
from rdspatch.core.work import Status, Work
from rdspatch.engine.apply import Applier, ApplyPolicy, apply
from rdspatch.engine.deadline import Deadline
from rdspatch.engine.inspect import read_ledger
from rdspatch.engine.run_lock import open_locked_session

if TYPE_CHECKING:
    from rdspatch.core.lockfile import LockedPatch
    from rdspatch.core.outcome import ApplyReport
    from rdspatch.core.plan import Plan


def apply_all(url: str, patches: tuple[LockedPatch, ...]) -> ApplyReport:
    """Connect, take the run lock, apply everything that is pending, disconnect."""
    database, run, clock = open_database(url), new_run(), SystemClock()
    session = open_locked_session(database, run, clock, patience=timedelta(seconds=10))
    applier = Applier(
        database=database, clock=clock, run=run, deadline=Deadline(clock), policy=ApplyPolicy(), session=session
    )
    try:
        ledger = applier.read_or_create_ledger()
        before = Work(status=Status.CONTINUE)
        return apply(patches, applier=applier, ledger=ledger, out_of_order=OutOfOrder.REFUSED, before=before)
    finally:
        applier.session.close()


def plan_all(url: str, patches: tuple[LockedPatch, ...]) -> Plan:
    """Connect, read the ledger, decide, disconnect."""
    return make_plan(patches, read_ledger(open_database(url), new_run()), out_of_order=OutOfOrder.REFUSED)
