"""What EventBridge would deliver: by the clock, and when an execution has ended.

Schedules and rules are read from the template. The simulated AWS has neither a clock nor announcements of ended
executions, so a rehearsal delivers on request; patterns are matched by moto's own code.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from moto.events.models import EventPattern

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from rdspatch.rehearsal.history import Execution

SCHEDULED_TIME = "<aws.scheduler.scheduled-time>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """A schedule that starts a state machine."""

    expression: str
    machine: str
    input: str

    def input_at(self, time: str) -> str:
        """The input for one scheduled time."""
        return self.input.replace(SCHEDULED_TIME, time)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A state machine that a rule starts, and what of the event it is given."""

    machine: str
    paths: Mapping[str, str]
    template: str | None

    def input_for(self, event: Mapping[str, Any]) -> str:
        """The target's input: the event, or the template with each `<name>` replaced by the JSON at its path."""
        if self.template is None:
            return json.dumps(event)
        made = self.template
        for name, path in self.paths.items():
            value: Any = event
            for key in path.removeprefix("$.").split("."):
                value = value[key]
            made = made.replace(f"<{name}>", json.dumps(value))
        return made


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule on events."""

    pattern: Mapping[str, Any]
    targets: tuple[Target, ...]

    def deliveries(self, event: Any) -> Iterator[tuple[str, str]]:
        """The state machines to start for an event, each with its input; none where the pattern does not match."""
        pattern = EventPattern(json.dumps(self.pattern), dict(self.pattern))
        if not pattern.matches_event(event):
            return
        for target in self.targets:
            yield target.machine, target.input_for(event)


def read_schedule(properties: Mapping[str, Any]) -> Schedule:
    """Read the resolved properties of an `AWS::Scheduler::Schedule`."""
    target = properties["Target"]
    return Schedule(expression=properties["ScheduleExpression"], machine=target["Arn"], input=target.get("Input", "{}"))


def read_rule(properties: Mapping[str, Any]) -> Rule:
    """Read the resolved properties of an `AWS::Events::Rule`."""
    return Rule(
        pattern=properties.get("EventPattern", {}),
        targets=tuple(
            Target(
                machine=target["Arn"],
                paths=target.get("InputTransformer", {}).get("InputPathsMap", {}),
                template=target.get("InputTransformer", {}).get("InputTemplate"),
            )
            for target in properties["Targets"]
        ),
    )


def status_change(execution: Execution, *, account: str, region: str) -> dict[str, Any]:
    """The event `Step Functions Execution Status Change` of an execution that has ended."""
    machine = execution.arn.replace(":execution:", ":stateMachine:").rpartition(":")[0]
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": "Step Functions Execution Status Change",
        "source": "aws.states",
        "account": account,
        "time": None if execution.ended_at is None else execution.ended_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": region,
        "resources": [execution.arn],
        "detail": {
            "executionArn": execution.arn,
            "stateMachineArn": machine,
            "name": execution.name,
            "status": execution.status,
            "startDate": _milliseconds(execution.started_at),
            "stopDate": _milliseconds(execution.ended_at),
        },
    }


def _milliseconds(moment: datetime | None) -> int | None:
    return None if moment is None else int(moment.timestamp() * 1000)
