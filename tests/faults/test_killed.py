"""A run that is killed, cancelled, or whose server stops, inside a statement that takes its time."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from rdspatch.core.errors import PatchFailed
from tests.faults.later import in_ci
from tests.faults.scenario import STATEMENTS, slow_statement
from tests.faults.world import OURS, prints

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.faults.world import World

pytestmark = pytest.mark.slow

KINDS = ("UPDATE", "rewrite", "index", "concurrently")
IS_BUILT = "SELECT count(*) FROM pg_index WHERE indexrelid = to_regclass('things_slow_idx') AND indisvalid"
MOST_SECONDS_AFTER_A_CRASH = 2.0


def of_kinds(*kinds: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("scenario", [slow_statement(kind) for kind in kinds], ids=kinds)


def ledger(world: World) -> list[Any]:
    return world.function.query("SELECT patch_id FROM rdspatch.ledger ORDER BY patch_id")


@pytest.fixture
def killed(world: World) -> Iterator[Callable[[float], None]]:
    """Starts a run in a process of its own and kills that so many seconds into the slow statement."""
    started = []

    def kill_after(seconds: float) -> None:
        process = world.start()
        started.append(process)
        world.wait_until_slow()
        time.sleep(seconds)
        assert world.is_slow(), "it was over before it was killed"
        process.kill()
        process.join()

    yield kill_after
    for process in started:
        process.kill()


@pytest.mark.experiment("F03")
@of_kinds(*KINDS)
@pytest.mark.parametrize("seconds", in_ci([0.0, 0.1, 0.3, 0.7, 1.2], 0.0, 0.3))
def test_nothing_of_a_killed_statement_is_left_and_its_session_ends(
    world: World,
    expected: dict[str, Any],
    killed: Callable[[float], None],
    seen: Callable[[str, float], None],
    seconds: float,
) -> None:
    before = prints(world.function.query)
    killed(seconds)
    since = time.monotonic()
    while world.sessions():
        time.sleep(0.01)
    seen("backend gone after, s", time.monotonic() - since)
    assert time.monotonic() - since <= MOST_SECONDS_AFTER_A_CRASH
    assert ledger(world) == [["0001_before"]]
    assert prints(world.function.query)["rows"] == before["rows"]
    assert world.function.query(IS_BUILT) == [[0]]
    world.settle(expected)


@pytest.mark.experiment("F13")
@of_kinds("UPDATE", "concurrently")
@pytest.mark.parametrize("seconds", in_ci([0.0, 0.05, 0.1, 0.2, 0.4], 0.0, 0.1))
def test_a_run_that_starts_at_once_waits_for_the_end_of_the_killed_one(
    world: World, expected: dict[str, Any], killed: Callable[[float], None], seconds: float
) -> None:
    killed(seconds)
    world.function.query(world.scenario.afterwards)
    assert world.run() is None
    world.settle(expected)


@pytest.mark.faults_only
@pytest.mark.experiment("F09")
@of_kinds(*STATEMENTS)
@pytest.mark.parametrize("seconds", [0.0, 0.3])
def test_a_cancelled_statement_is_a_failed_patch_and_the_rerun_applies_it(
    world: World, expected: dict[str, Any], seconds: float
) -> None:
    def cancel() -> None:
        world.wait_until_slow()
        time.sleep(seconds)
        world.function.query(f"SELECT pg_cancel_backend(pid) FROM ({OURS}) AS ours")

    thread = threading.Thread(target=cancel)
    thread.start()
    error = world.run()
    thread.join()
    assert isinstance(error, PatchFailed)
    assert error.sqlstate == "57014"
    assert ledger(world) == [["0001_before"]]
    world.settle(expected)
