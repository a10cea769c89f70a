from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from rdspatch.rehearsal.history import StateChange
    from tests.rehearsal.stage import Stage


def test_a_long_reader_is_waited_for_in_the_state_machine_and_the_patch_then_applied(
    stage: Callable[..., Stage],
) -> None:
    scene = stage({"0001_things": "-- lock-timeout: 50ms\nALTER TABLE things ADD COLUMN IF NOT EXISTS name text;"})
    scene.rows("CREATE TABLE things AS SELECT 1 AS id; SELECT 1")
    waiting = threading.Event()

    def watch(change: StateChange) -> None:
        if change.state == "WaitForLock":
            waiting.set()

    with scene.server.connect(scene.database) as reader:
        reader.run("BEGIN; SELECT * FROM things")

        def leave() -> None:
            waiting.wait(60)
            reader.run("COMMIT")

        thread = threading.Thread(target=leave)
        thread.start()
        execution = scene.run(on_state=watch)
        thread.join()

    assert execution.status == "SUCCEEDED"
    assert "WaitForLock" in execution.state_names
    assert scene.ledger() == ["0001_things"]


@pytest.mark.slow
@pytest.mark.experiment("F26")
def test_when_the_waits_run_out_the_run_names_who_is_in_the_way(stage: Callable[..., Stage]) -> None:
    scene = stage({"0001_things": "-- lock-timeout: 10ms\nALTER TABLE things ADD COLUMN IF NOT EXISTS name text;"})
    scene.rows("CREATE TABLE things AS SELECT 1 AS id; SELECT 1")
    with scene.server.connect(scene.database) as reader:
        reader.run("SET application_name = 'nightly report'")
        reader.run("BEGIN")
        ((pid, _),) = reader.run("SELECT pg_backend_pid(), count(*) FROM things")
        execution = scene.run()

    assert execution.error == "LockNotAvailable"
    for fact in (f"pid {pid}", "user postgres", "'nightly report'", "idle in transaction", "public.things"):
        assert fact in str(execution.cause)
    assert scene.audit()[2] == ("patch_failed", "0001_things")
    assert scene.ledger() == []


@pytest.mark.slow
def test_a_thousand_patches_take_one_execution_of_at_most_twenty_transitions(stage: Callable[..., Stage]) -> None:
    scene = stage({f"{number:04}_t": f"CREATE TABLE t{number} (id int);" for number in range(1, 1001)})
    execution = scene.run()
    assert (execution.status, execution.transitions <= 20) == ("SUCCEEDED", True), execution.transitions
    assert scene.rows("SELECT count(*) FROM rdspatch.ledger WHERE audited") == [[1000]]
    assert len([event for event, _ in scene.audit() if event == "patch_applied"]) == 1000
    assert execution.largest_payload < 10_000
