"""A run that comes back to a database which lacks what it had, and ends."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from rdspatch.core.errors import PatchesLost
from rdspatch.core.failure import OutcomeUnknown
from rdspatch.core.ledger import Ledger
from rdspatch.core.plan import OutOfOrder
from rdspatch.core.work import Status, Work
from rdspatch.engine.applier import Applier, ApplyPolicy
from rdspatch.engine.apply import apply
from rdspatch.engine.deadline import Deadline
from rdspatch.testing import FakeClock, FakeDatabase
from tests.samples import RUN, locked, row_of

if TYPE_CHECKING:
    from rdspatch.core.outcome import ApplyReport
    from rdspatch.core.run import Run
    from rdspatch.testing import FakeSession

PATCHES = tuple(locked(name=name) for name in ("0001_a", "0002_b", "0003_c"))
SENT = OutcomeUnknown("gone")


@dataclass(slots=True)
class FailsOver(FakeDatabase):
    """A database whose second session is with a server that has only the first rows."""

    kept: int | None = None
    """None for all of them, and -1 for no ledger at all."""

    def connect(self, run: Run) -> FakeSession:
        if self.sessions and self.kept is not None:
            self.ledger = Ledger(self.ledger.applied[: self.kept]) if self.kept >= 0 else Ledger(exists=False)
        return super(FailsOver, self).connect(run)


def run(database: FakeDatabase) -> ApplyReport:
    clock = FakeClock()
    policy = ApplyPolicy(run_lock_patience=timedelta())
    applier = Applier.open(database=database, clock=clock, run=RUN, deadline=Deadline(clock), policy=policy)
    ledger = applier.read_or_create_ledger()
    return apply(
        PATCHES,
        applier=applier,
        ledger=ledger,
        out_of_order=OutOfOrder.REFUSED,
        before=Work(status=Status.CONTINUE),
    )


@pytest.mark.parametrize(("kept", "lost"), [(0, ("0001_a", "0002_b")), (1, ("0002_b",)), (-1, ("0001_a", "0002_b"))])
@pytest.mark.parametrize("earlier", [0, 1, 2], ids=["by this run", "one by an earlier run", "both by an earlier run"])
def test_what_the_ledger_had_before_the_connection_broke_is_missed(
    kept: int, lost: tuple[str, ...], earlier: int
) -> None:
    rows = tuple(row_of(patch, run_id="earlier") for patch in PATCHES[:earlier])
    database = FailsOver(failures={"0003_c": [SENT]}, kept=kept, ledger=Ledger(rows, exists=bool(rows)))
    with pytest.raises(PatchesLost, match="it had before the connection broke") as caught:
        run(database)
    assert caught.value.patches == lost
    assert database.ledger.find("0003_c") is None


def test_where_nothing_is_missing_the_run_goes_on() -> None:
    database = FailsOver(failures={"0003_c": [SENT]}, kept=2)
    assert [outcome.patch_id for outcome in run(database).outcomes] == ["0001_a", "0002_b", "0003_c"]
