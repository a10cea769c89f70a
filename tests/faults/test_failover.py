"""A failover to a standby that lags behind takes back what was committed: that is said, and running again applies it.

The primary and its standby are real. The standby is cut off at one message of a run, and takes over at a later one.
"""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any

import pytest

from rdspatch.core.audit import AuditEvent, find_break
from rdspatch.core.errors import PatchesLost, RdspatchError
from rdspatch.core.run import Run
from tests.acceptance.proxy import Loss
from tests.faults.conftest import NAME, place_on
from tests.faults.later import in_ci
from tests.faults.scenario import STATEMENTS, slow_statement
from tests.faults.standby import Primary, Standby
from tests.faults.test_messages import MESSAGES
from tests.faults.world import prints
from tests.trap import trapped, watched

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.faults.conftest import Place
    from tests.faults.world import World

pytestmark = pytest.mark.slow

TRIES = 6
"""As often as the workflow tries an invocation again whose error may pass."""
LAGS = (0, 1, 4, MESSAGES)
"""How many messages before its promotion the standby was cut off."""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with Primary() as server:
        yield place_on(trapped(server), tmp_path_factory)


class Failover:
    """What is done to a run, and what comes of it."""

    def __init__(self, world: World, primary: Primary, standby: Standby) -> None:
        self.world = world
        self.standby = standby
        self._primary = primary
        self.lost: list[str] = []
        """Patches that were in the ledger of the primary at its end, and are not in that of the standby."""
        self.told: set[str] = set()
        """Patches that the audit had as applied at that time."""

    def happen(self) -> None:
        """Let the standby take over, and note what gets lost by that."""
        before = self._ledger(self._primary)
        self.told = {record.patch_id or "" for record in self._applied()}
        self.standby.promote()
        kept = self._ledger(self.standby)
        assert before[: len(kept)] == kept
        self.lost = before[len(kept) :]
        self.world.function.server = self.standby
        self.world.proxy.lead_to(self.standby.socket_directory / f".s.PGSQL.{self.standby.port}")
        self._primary.stop()  # the run goes on from here, in its own thread

    def run(self) -> RdspatchError | None:
        """One run as the workflow makes it, with its retries; the error that ended it."""
        function = self.world.function
        function.run = Run(id=f"failover-{id(self)}", started_at="2026-01-01T00:00:00Z")
        function.setenv(DATABASE_HOST=str(self.world.proxy.directory))
        try:
            request = self._try("preflight", input={})
            work = self._try("plan", request=request)
            while work["status"] != "done":
                work = self._try("apply", request=request, work=work)
            self._try("verify", request=request)
        except RdspatchError as error:
            return error
        return None

    def _try(self, action: str, **event: Any) -> dict[str, Any]:
        for _ in range(TRIES):
            try:
                return self.world.function.call(action, **event)
            except RdspatchError as error:
                if error.retry == "never":
                    raise
        raise AssertionError(f"{action} did not come to its end in {TRIES} tries")

    def settle(self, expected: dict[str, Any], error: RdspatchError | None) -> None:
        """What must hold: a loss was said or made good, and running again ends with everything applied, once."""
        if isinstance(error, PatchesLost):
            assert list(error.patches) == self.lost
            assert all(name in str(error) for name in self.lost)
        else:
            assert error is None, error
            assert not self.told.intersection(self.lost), "what was recorded got lost, and nobody said so"
        function = self.world.function
        if self.world.scenario.afterwards:
            function.query(self.world.scenario.afterwards)
        function.setenv(DATABASE_HOST=str(self.standby.socket_directory))
        again = self.world.run()
        assert again is None, f"I8: a plain rerun is the recovery, but: {again}"
        names = list(self.world.scenario.effects)
        found = prints(function.query)
        assert json.loads(found["tally"]) == names, "I1: each patch exactly once, in order"
        assert found == expected, "I2: applied means that the effect is there"
        assert self._ledger(self.standby) == names
        assert function.query("SELECT bool_and(audited) FROM rdspatch.ledger") == [[True]]
        assert {record.patch_id for record in self._applied()} == set(names), "I3: each patch is recorded"
        records = sorted(function.table.everything(), key=lambda record: record.sort)
        for run_id in {record.run_id for record in records}:
            assert find_break([record for record in records if record.run_id == run_id]) is None, "I3"

    def _applied(self) -> list[Any]:
        event = AuditEvent.PATCH_APPLIED.value
        return [record for record in self.world.function.table.everything() if record.event == event]

    @staticmethod
    def _ledger(server: Primary | Standby) -> list[str]:
        with server.connect(NAME) as connection:
            if connection.run("SELECT to_regclass('rdspatch.ledger') IS NULL")[0][0]:
                return []
            return [name for (name,) in connection.run("SELECT patch_id FROM rdspatch.ledger ORDER BY number")]


@pytest.fixture
def failover(place: Place, world: World) -> Iterator[Failover]:
    primary = place.server
    assert isinstance(primary, Primary)
    with Standby(primary) as standby:
        yield Failover(world, primary, watched(standby))
    world.function.server = primary
    primary.start()


@pytest.mark.experiment("F66")
@pytest.mark.parametrize("number", in_ci(range(1, MESSAGES + 1), 15, 26))
@pytest.mark.parametrize("lag", in_ci(LAGS, 4))
def test_a_failover_between_messages(failover: Failover, expected: dict[str, Any], number: int, lag: int) -> None:
    def before(at: int) -> None:
        if at == max(1, number - lag):
            failover.standby.cut()
        if at == number:
            failover.happen()

    failover.world.proxy.before_query = before
    failover.settle(expected, failover.run())


@pytest.mark.faults_only
@pytest.mark.experiment("F66")
@pytest.mark.parametrize("number", range(10, MESSAGES))
def test_a_failover_after_a_commit_whose_answer_was_lost(
    failover: Failover, expected: dict[str, Any], number: int
) -> None:
    """The commit is on the primary only, and the run, which does not know of it, comes back to the standby."""

    def before(at: int) -> None:
        if at == number:
            failover.standby.cut()
        if at == number + 1:
            failover.happen()

    failover.world.proxy.before_query = before
    failover.world.proxy.at[number] = Loss.REPLY
    failover.settle(expected, failover.run())


@pytest.mark.experiment("F66")
@pytest.mark.parametrize("scenario", [slow_statement(kind) for kind in STATEMENTS], ids=STATEMENTS)
@pytest.mark.parametrize("loses", in_ci([False, True], True), ids=["up to date", "lagging"])
def test_a_failover_inside_a_patch(failover: Failover, expected: dict[str, Any], *, loses: bool) -> None:
    world = failover.world

    def before(at: int) -> None:
        if loses and "VALUES ('0001_before'" in world.proxy.queries[at - 1]:
            failover.standby.cut()

    def fail_over() -> None:
        world.wait_until_slow()
        if not loses:
            failover.standby.cut()
        failover.happen()
        world.function.query(world.scenario.afterwards)

    world.proxy.before_query = before
    thread = threading.Thread(target=fail_over)
    thread.start()
    error = failover.run()
    thread.join()
    assert failover.lost == (["0001_before"] if loses else [])
    assert isinstance(error, PatchesLost) is loses
    failover.settle(expected, error)


@pytest.mark.experiment("F66")
@pytest.mark.parametrize("moment", ["between invocations", "before verify", "between runs"])
def test_a_failover_while_nobody_is_connected(
    failover: Failover, expected: dict[str, Any], moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    function = failover.world.function
    calls = {"apply": 0}
    call: Callable[..., dict[str, Any]] = function.call

    def interrupted(action: str, **event: Any) -> dict[str, Any]:
        if action == "apply":
            calls["apply"] += 1
            if calls["apply"] == 2:
                failover.standby.cut()
            if calls["apply"] == 5 and moment == "between invocations":
                failover.happen()
            return call(action, remaining=1_000, **event)
        if action == "verify" and moment == "before verify":
            failover.happen()
        return call(action, **event)

    with monkeypatch.context() as patched:
        patched.setattr(type(function), "call", lambda _, action, **event: interrupted(action, **event))
        error = failover.run()
    if moment == "between runs":
        assert error is None
        failover.happen()
        with pytest.raises(PatchesLost) as caught:
            function.call("verify", request={})
        error = caught.value
    assert isinstance(error, PatchesLost)
    assert failover.lost
    failover.settle(expected, error)
