"""A process that applies patches, to be killed: `apply_child.py URL DIRECTORY`."""

from __future__ import annotations

import sys
from pathlib import Path

from rdspatch.adapters.clock import SystemClock
from rdspatch.core.plan import OutOfOrder
from rdspatch.engine.applier import Applier, ApplyPolicy
from rdspatch.engine.apply import apply
from rdspatch.engine.deadline import Deadline
from rdspatch.engine.run_lock import open_locked_session
from tests.acceptance.target import FRESH, locked_patches, new_run, open_target


def main(url: str, directory: str) -> None:
    database, clock, run, policy = open_target(url), SystemClock(), new_run(), ApplyPolicy()
    session = open_locked_session(database, run, clock, patience=policy.run_lock_patience)
    applier = Applier(database=database, clock=clock, run=run, deadline=Deadline(clock), policy=policy, session=session)
    apply(
        locked_patches(Path(directory)),
        applier=applier,
        ledger=applier.read_or_create_ledger(),
        out_of_order=OutOfOrder.REFUSED,
        before=FRESH,
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
