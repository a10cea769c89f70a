"""Several runs at once: everything happens once, and nobody waits for a lock in a way that the other waits for too."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from rdspatch.adapters.postgres.message import LOCK_CLASS, LOCK_OBJECT
from rdspatch.core.work import Status
from tests.faults.later import in_ci
from tests.faults.processes import REFUSED
from tests.faults.scenario import Scenario
from tests.faults.waiting import until
from tests.faults.world import OURS
from tests.handlers.repairable import FRESH, impatient

if TYPE_CHECKING:
    from tests.faults.world import World

RUNS, ROUNDS, BUILDS = 4, 20, 10
DEADLOCKS = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
BUILD_FIRST = Scenario(
    name="build",
    effects={
        "0001_index": "CREATE INDEX CONCURRENTLY things_name_idx ON things (name);",
        "0002_after": "CREATE TABLE after (id int);",
    },
)


@pytest.mark.slow
@pytest.mark.experiment("F12")
@pytest.mark.parametrize("number", in_ci(range(ROUNDS), 0, 5, 10, 15))
def test_four_runs_of_which_one_is_killed_do_everything_once(
    world: World, expected: dict[str, Any], number: int
) -> None:
    runs = [world.start() for _ in range(RUNS)]
    until(lambda: world.function.query(OURS), "a run has connected")
    time.sleep(number * 0.02)
    runs[number % RUNS].kill()
    for run in runs:
        run.join()
    assert {run.exitcode for run in runs} <= {0, REFUSED, -9}
    assert world.function.query(DEADLOCKS) == [[0]]
    world.settle(expected)


@pytest.mark.slow
@pytest.mark.experiment("F14")
@pytest.mark.parametrize("scenario", [BUILD_FIRST], ids=["build"])
@pytest.mark.parametrize("number", in_ci(range(BUILDS), 0, 3, 6))
def test_a_run_that_waits_for_the_run_lock_is_no_snapshot_that_a_build_waits_for(
    world: World, expected: dict[str, Any], number: int
) -> None:
    function = world.function
    with function.server.connect(function.database) as writer:
        writer.run("BEGIN; INSERT INTO things VALUES (1000, 'a writer')")
        first = world.start()
        until(lambda: function.query(f"{OURS} AND wait_event = 'virtualxid'"), "the build waits for the writer")
        second = world.start()
        until(lambda: len(function.query(OURS)) == 2, "the second run has connected")
        time.sleep(number * 0.05)
        writer.run("ROLLBACK")
    for run in (first, second):
        run.join()
    assert (first.exitcode, second.exitcode) == (0, 0)
    assert function.query(DEADLOCKS) == [[0]]
    world.settle(expected)


HOLDING = {
    "idle": "SELECT 1",
    "in a transaction": "BEGIN; SELECT * FROM things",
    "with locks on everything": "BEGIN; LOCK TABLE things, rdspatch.ledger",
    "in an empty transaction": "BEGIN",
}


@pytest.mark.experiment("F48")
@pytest.mark.parametrize("activity", HOLDING.values(), ids=HOLDING)
def test_a_scheduled_repair_yields_to_whoever_holds_the_run_lock(
    world: World, expected: dict[str, Any], activity: str
) -> None:
    assert world.run() is None
    function = world.function
    with function.server.connect(function.database) as other:
        other.run(f"SET application_name = 'rdspatch:deployment'; SELECT pg_advisory_lock({LOCK_CLASS}, {LOCK_OBJECT})")
        other.run(activity)
        with impatient(function):
            work = function.call("repair", request={"mode": "repair"}, work=FRESH)
    assert work["status"] == Status.BUSY.value
    assert "rdspatch:deployment" in work["holder"]
    world.settle(expected)
