"""Histories that nobody wrote down: apply, breaks, edits, columns dropped and added by hand, drift, repair."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from rdspatch.adapters.patch_files import read_patch_files, write_lock_file
from rdspatch.adapters.postgres.session import PostgresSession
from rdspatch.authoring.lock import lock
from rdspatch.core.directory import parse_directory
from rdspatch.core.errors import EffectMissing, PlanRefused, RdspatchError
from rdspatch.core.lockfile import LockedBaseline, LockFile, render
from rdspatch.core.patch import checksum
from rdspatch.core.schema import Effect, ObjectKind, ObjectName
from tests.acceptance.proxy import Loss
from tests.acceptance.target import new_run, open_target
from tests.faults.conftest import NAME
from tests.faults.scenario import USUAL
from tests.faults.test_messages import MESSAGES
from tests.patch_directory import PatchDirectory

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.faults.conftest import Place
    from tests.faults.world import World

EXAMPLES, STEPS = 40, 12
COLUMNS = (
    "SELECT attname FROM pg_attribute WHERE attrelid = 'things'::regclass AND attnum > 2 AND NOT attisdropped "
    "ORDER BY attname"
)


class Histories(RuleBasedStateMachine):
    """A database, and what a reader of the documentation would say of it."""

    world: World
    place: Place
    directory: Path

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []
        self.applied: list[str] = []
        self.dropped: set[str] = set()
        self.by_hand: set[str] = set()
        self.edited: str | None = None

    @initialize()
    def begin(self) -> None:
        self.place.fresh(USUAL)
        for file in self.directory.glob("0*.sql"):
            file.unlink()
        self.patches = PatchDirectory(self.directory)
        self.world.function.setenv(PATCHES=str(self.directory))
        with_schema = open_target(self.place.server.url(NAME)).connect(new_run())
        assert isinstance(with_schema, PostgresSession)
        self.start = with_schema.read_schema()
        with_schema.close()
        self._lock()

    @rule()
    def a_patch_is_written(self) -> None:
        name = f"{len(self.names) + 1:04}_c"
        self.names.append(name)
        self._write(name)
        self._lock()

    @rule()
    def everything_is_applied(self) -> None:
        self._run_to(self.world.run(through=self.world.proxy))

    @precondition(lambda self: len(self.names) > len(self.applied))
    @rule(number=st.integers(1, MESSAGES), loss=st.sampled_from(Loss))
    def a_run_breaks(self, number: int, loss: Loss) -> None:
        self.world.proxy.queries.clear()
        self.world.proxy.at[number] = loss
        self.world.run(through=self.world.proxy)
        self.world.proxy.at.clear()
        found = self._ledger()
        assert found == self.names[: len(found)]
        assert found[: len(self.applied)] == self.applied
        self.applied = found

    @precondition(lambda self: self.names and self.edited is None)
    @rule(data=st.data())
    def a_patch_is_edited(self, data: st.DataObject) -> None:
        self.edited = data.draw(st.sampled_from(self.names))
        self._write(self.edited, comment="-- edited")
        self._lock()

    @precondition(lambda self: self.edited is not None)
    @rule()
    def the_edit_is_taken_back(self) -> None:
        self._write(str(self.edited))
        self.edited = None
        self._lock()

    @precondition(lambda self: set(self.applied) - self.dropped)
    @rule(data=st.data())
    def a_column_is_dropped_by_hand(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(set(self.applied) - self.dropped)))
        self.dropped.add(name)
        self.world.function.query(f"ALTER TABLE things DROP COLUMN {_column(name)}")

    @rule(number=st.integers(1, 3))
    def a_column_is_added_by_hand(self, number: int) -> None:
        self.by_hand.add(f"hand_{number}")
        self.world.function.query(f"ALTER TABLE things ADD COLUMN IF NOT EXISTS hand_{number} text")

    @precondition(lambda self: not self._is_edited_after_it_was_applied())
    @rule()
    def drift_is_asked_for(self) -> None:
        found = self.world.function.call("drift", request={"mode": "drift"})
        assert (found["missing"], found["changed"], found["extra"]) == (len(self.dropped), 0, len(self.by_hand))

    @rule()
    def what_is_missing_is_repaired(self) -> None:
        if self._is_edited_after_it_was_applied():
            assert self._repair() == "RepairRefused"
            return
        assert self._repair() == "done"
        self.dropped.clear()

    @invariant()
    def the_ledger_holds_what_was_applied(self) -> None:
        if hasattr(self, "start"):
            assert self._ledger() == self.applied

    @invariant()
    def the_table_has_the_columns_of_the_applied_patches(self) -> None:
        if hasattr(self, "start"):
            expected = {_column(name) for name in self.applied if name not in self.dropped} | self.by_hand
            assert {name for (name,) in self.world.function.query(COLUMNS)} == expected

    @invariant()
    def no_row_was_touched(self) -> None:
        if hasattr(self, "start"):
            assert self.world.function.query("SELECT count(*), count(DISTINCT name) FROM things") == [[200, 200]]

    def _run_to(self, error: RdspatchError | None) -> None:
        if self._is_edited_after_it_was_applied():
            assert isinstance(error, PlanRefused)
            return
        self.applied = list(self.names)
        assert isinstance(error, EffectMissing) if self.dropped else error is None, error

    def _repair(self) -> str:
        request = {"mode": "repair"}
        work: dict[str, Any] = {"status": "continue", "wait_seconds": 0, "applied": 0, "pending": 0, "patch": None}
        work["lock_attempts"] = 0
        self.world.function.run = new_run()
        try:
            while work["status"] not in ("done", "busy"):
                work = self.world.function.call("repair", request=request, work=work)
        except RdspatchError as error:
            return type(error).__name__
        return str(work["status"])

    def _is_edited_after_it_was_applied(self) -> bool:
        return self.edited is not None and self.edited in self.applied

    def _ledger(self) -> list[str]:
        if self.world.function.query("SELECT to_regclass('rdspatch.ledger') IS NULL") == [[True]]:
            return []
        rows = self.world.function.query("SELECT patch_id FROM rdspatch.ledger ORDER BY applied_at, patch_id")
        return [name for (name,) in rows]

    def _write(self, name: str, comment: str = "") -> None:
        self.patches.patch(name, f"ALTER TABLE things ADD COLUMN IF NOT EXISTS {_column(name)} int;{comment}")

    def _lock(self) -> None:
        """The lock file that a proof would give, in no time."""
        directory = parse_directory(read_patch_files(self.directory))
        locked = tuple(replace(entry, effects=(_effect(entry.patch.name),)) for entry in lock(directory.patches))
        baseline = LockedBaseline(checksum=checksum(directory.baseline), schema=self.start)
        write_lock_file(
            self.directory, render(LockFile(patches=locked, baseline=baseline, server=18, search_path=("public",)))
        )


def _column(name: str) -> str:
    return f"c_{name.partition('_')[0]}"


def _effect(name: str) -> Effect:
    column = ObjectName(ObjectKind.COLUMN, ("public", "things", _column(name)))
    return Effect(object=column, before=None, after={"nullable": True, "type": "integer"})


@pytest.mark.faults_only
@pytest.mark.experiment("H01")
def test_whatever_the_history_what_must_hold_holds(
    world: World, place: Place, tmp_path: Path, trials: Callable[[int], None]
) -> None:
    trials(EXAMPLES)

    class Here(Histories):
        pass

    Here.world, Here.place, Here.directory = world, place, tmp_path / "patches"
    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate],  # each step takes real time, and shrinking takes many
        ),
    )
