"""The action `doctor`, which no workflow calls: what a function finds when it looks around."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rdspatch.engine.deadline import Deadline
    from rdspatch.engine.doctor import Look
    from rdspatch.handlers.call import Call
    from rdspatch.ports import Clock

ACTION: Final = "doctor"
LONGEST = timedelta(seconds=90)
"""Somebody waits for the answer."""
RUN: Final = {"id": "doctor", "started_at": "0000-00-00T00:00:00Z"}
"""The run of an event that names none; sessions on the server show its id."""


def doctor(call: Call) -> dict[str, Any]:
    """Look at everything that the patcher needs; nothing is changed, and nothing is recorded."""
    return examination("patcher", call.ports.looks(call.run), clock=call.ports.clock, deadline=call.deadline)


def examination(function: str, looks: Iterable[Look], *, clock: Clock, deadline: Deadline) -> dict[str, Any]:
    """What a function answers to `{"action": "doctor"}`.

    Returns:
        `function`, and `findings`: for each check an object with `check`, `state`, `what` and `instead`.
    """
    from rdspatch.engine.doctor import examine  # noqa: PLC0415 - for a cold start that no doctor asked for

    findings = examine(looks, clock=clock, time=deadline.cap(LONGEST))
    return {"function": function, "findings": [finding.to_json() for finding in findings]}
