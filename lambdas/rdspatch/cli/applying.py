"""How a command changes a database: under the run lock, waiting for the locks of tables in this process."""

from __future__ import annotations

import random
from contextlib import ExitStack
from datetime import timedelta

from rdspatch.adapters.clock import SystemClock
from rdspatch.core.errors import ConnectionLost
from rdspatch.core.failure import OutcomeUnknown
from rdspatch.core.run import Run
from rdspatch.core.sessions import ServerFacts
from rdspatch.engine.applier import Applier, ApplyPolicy
from rdspatch.engine.deadline import Deadline
from rdspatch.engine.inspect import require_settings
from rdspatch.engine.lock_waits import WaitPolicy
from rdspatch.ports import Database


def open_applier(database: Database, run: Run, *, patience: timedelta) -> tuple[Applier, ServerFacts]:
    """Connect, take the run lock, and look whether patches mean what they were proven to; close it afterwards.

    Args:
        database: What is changed.
        run: Which run it counts as.
        patience: How long to wait for another run to end.

    Raises:
        AnotherRunActive: It did not end.
        ConnectionLost: The connection broke meanwhile; nothing was changed.
        UnsupportedServer: From connecting; or a setting changes what patches mean.
        DatabaseUnreachable, AccessDenied, InsecureConnection: From connecting.
    """
    clock = SystemClock()
    waits = WaitPolicy(longest_sleep_here=None, jitter=random.random)
    policy = ApplyPolicy(run_lock_patience=patience, waits=waits)
    applier = Applier.open(database=database, clock=clock, run=run, deadline=Deadline(clock), policy=policy)
    with ExitStack() as unless_fit:
        unless_fit.callback(applier.close)
        try:
            facts = applier.session.server_facts()
            require_settings(facts)
        except OutcomeUnknown as lost:
            raise ConnectionLost(f"{lost} before the first patch; nothing was applied") from lost
        unless_fit.pop_all()
    return applier, facts
