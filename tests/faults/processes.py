"""Runs in processes of their own, to be killed, frozen or left alone; forked from one that has imported everything."""

from __future__ import annotations

import multiprocessing
import resource
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rdspatch.adapters.clock import SystemClock
from rdspatch.adapters.patch_files import load_lock_file
from rdspatch.core.errors import RdspatchError
from rdspatch.core.plan import OutOfOrder
from rdspatch.engine.applier import Applier, ApplyPolicy
from rdspatch.engine.apply import apply
from rdspatch.engine.deadline import Deadline
from rdspatch.engine.run_lock import open_locked_session
from tests.acceptance.target import FRESH, new_run, open_target

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload([__name__])
REFUSED = 4
"""The exit code of a run that ended with an error of ours."""


def apply_all(url: str, directory: str, memory: Connection | None = None) -> None:
    """Apply what a directory's lock file says, and tell how many megabytes the process has needed for it."""
    database, clock, run, policy = open_target(url), SystemClock(), new_run(), ApplyPolicy()
    try:
        session = open_locked_session(database, run, clock, patience=policy.run_lock_patience)
        applier = Applier(
            database=database, clock=clock, run=run, deadline=Deadline(clock), policy=policy, session=session
        )
        report = apply(
            load_lock_file(Path(directory)).patches,
            applier=applier,
            ledger=applier.read_or_create_ledger(),
            out_of_order=OutOfOrder.REFUSED,
            before=FRESH,
        )
    except RdspatchError:
        sys.exit(REFUSED)
    if memory is not None:
        memory.send(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    applier.session.close()
    sys.exit(REFUSED if report.failure else 0)


def hold(url: str, seconds: float) -> None:
    """Take the run lock, execute for a while, then do nothing for ever."""
    session = open_locked_session(open_target(url), new_run(), SystemClock(), patience=timedelta())
    session.ask_as_login(f"SELECT pg_sleep({seconds})")  # type: ignore[attr-defined] # the PostgreSQL session has it
    time.sleep(3600)


def start(target: Any, *arguments: Any) -> BaseProcess:
    process = FORKS.Process(target=target, args=arguments, daemon=True)
    process.start()
    return process
