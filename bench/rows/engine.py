"""The engine in this process: what a handler does between its imports and its answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rdspatch.adapters.clock import SystemClock
from rdspatch.cli.target import new_run, open_database
from rdspatch.core.plan import OutOfOrder, make_plan
from rdspatch.core.work import Status, Work
from rdspatch.engine.applier import Applier, ApplyPolicy
from rdspatch.engine.apply import apply
from rdspatch.engine.deadline import Deadline
from rdspatch.engine.inspect import read_ledger

if TYPE_CHECKING:
    from rdspatch.core.lockfile import LockedPatch
    from rdspatch.core.outcome import ApplyReport
    from rdspatch.core.plan import Plan


def apply_all(url: str, patches: tuple[LockedPatch, ...]) -> ApplyReport:
    """Connect, take the run lock, apply everything that is pending, disconnect."""
    clock = SystemClock()
    applier = Applier.open(
        database=open_database(url), clock=clock, run=new_run(), deadline=Deadline(clock), policy=ApplyPolicy()
    )
    try:
        ledger = applier.read_or_create_ledger()
        before = Work(status=Status.CONTINUE)
        return apply(patches, applier=applier, ledger=ledger, out_of_order=OutOfOrder.REFUSED, before=before)
    finally:
        applier.close()


def plan_all(url: str, patches: tuple[LockedPatch, ...]) -> Plan:
    """Connect, read the ledger, decide, disconnect."""
    return make_plan(patches, read_ledger(open_database(url), new_run()), out_of_order=OutOfOrder.REFUSED)
