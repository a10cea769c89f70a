"""What an action of the patcher is given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

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
