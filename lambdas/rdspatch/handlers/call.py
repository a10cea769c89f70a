"""What an action of the patcher is given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rdspatch.engine.applier import Applier

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rdspatch.core.run import Run
    from rdspatch.engine.deadline import Deadline
    from rdspatch.handlers.wiring import PatcherPorts


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One invocation: the event, whose run it is, and how long it may take."""

    event: Mapping[str, Any]
    run: Run
    ports: PatcherPorts
    deadline: Deadline

    def open_applier(self) -> Applier:
        """Take the run lock of the database. Raises what `Applier.open` raises."""
        return Applier.open(
            database=self.ports.database,
            clock=self.ports.clock,
            run=self.run,
            deadline=self.deadline,
            policy=self.ports.policy,
        )
