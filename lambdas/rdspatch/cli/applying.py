"""How a command changes a database: under the run lock, waiting for the locks of tables in this process."""

from __future__ import annotations

import random
from datetime import timedelta

from rdspatch.adapters.clock import SystemClock
from rdspatch.core.run import Run
from rdspatch.engine.apply import Applier, ApplyPolicy
from rdspatch.engine.deadline import Deadline
from rdspatch.engine.lock_waits import WaitPolicy
from rdspatch.ports import Database


def open_applier(database: Database, run: Run, *, patience: timedelta) -> Applier:
    """Connect and take the run lock; close it afterwards.

    Args:
        database: What is changed.
        run: Which run it counts as.
        patience: How long to wait for another run to end.

    Raises:
        AnotherRunActive: It did not end.
        ConnectionLost: The connection broke meanwhile; nothing was changed.
        DatabaseUnreachable, AccessDenied, InsecureConnection, UnsupportedServer: From connecting.
    """
    clock = SystemClock()
    waits = WaitPolicy(longest_sleep_here=None, jitter=random.random)
    policy = ApplyPolicy(run_lock_patience=patience, waits=waits)
    return Applier.open(database=database, clock=clock, run=run, deadline=Deadline(clock), policy=policy)
