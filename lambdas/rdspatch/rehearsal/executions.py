"""Executions of state machines in the simulated AWS: start, watch, stop, read."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from rdspatch.rehearsal.history import Execution, StateChange, read_changes, read_visits

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_stepfunctions import SFNClient

POLL_SECONDS = 0.05


class ExecutionNotFinished(TimeoutError):
    """The execution took longer than it was given; it has been stopped."""


class Executions:
    """Works on executions by their ARNs."""

    def __init__(self, client: SFNClient) -> None:
        """Work through this client."""
        self._client = client

    def start(self, machine: str, *, name: str, text: str) -> str:
        """Start a state machine with a JSON text and return the execution's ARN."""
        started = self._client.start_execution(stateMachineArn=machine, name=name, input=text)
        return started["executionArn"]

    def abort(self, arn: str) -> None:
        """Stop an execution as an operator would."""
        self._client.stop_execution(executionArn=arn)

    def abort_all(self) -> None:
        """Stop every execution that runs."""
        for machine in self._client.list_state_machines()["stateMachines"]:
            running = self._client.list_executions(stateMachineArn=machine["stateMachineArn"], statusFilter="RUNNING")
            for execution in running["executions"]:
                self.abort(execution["executionArn"])

    def find(self, machine: str, name: str) -> Execution | None:
        """Return the execution of a name, as far as it has come; None when there is none."""
        pages = self._client.get_paginator("list_executions").paginate(stateMachineArn=machine)
        arns = [found["executionArn"] for page in pages for found in page["executions"] if found["name"] == name]
        return self.describe(arns[0]) if arns else None

    def wait(
        self,
        arn: str,
        *,
        on_state: Callable[[StateChange], None] | None = None,
        timeout_seconds: float = 300.0,
    ) -> Execution:
        """Wait for the end of an execution.

        Args:
            arn: Which.
            on_state: Is told every change of a state as it happens.
            timeout_seconds: After which the execution is stopped.

        Raises:
            ExecutionNotFinished: it took longer than `timeout_seconds`.
        """
        deadline = time.monotonic() + timeout_seconds
        told = 0
        while True:
            execution = self.describe(arn)
            changes = tuple(read_changes(execution.events))
            for change in changes[told:]:
                if on_state:
                    on_state(change)
            told = len(changes)
            if execution.status != "RUNNING":
                return execution
            if time.monotonic() > deadline:
                self.abort(arn)
                where = execution.state_names[-1] if execution.states else "its start"
                raise ExecutionNotFinished(f"{execution.name} was in {where} after {timeout_seconds} seconds")
            time.sleep(POLL_SECONDS)

    def describe(self, arn: str) -> Execution:
        """Return an execution as far as it has come."""
        described = self._client.describe_execution(executionArn=arn)
        pages = self._client.get_paginator("get_execution_history").paginate(executionArn=arn)
        events: tuple[dict[str, Any], ...] = tuple(dict(event) for page in pages for event in page["events"])
        output = described.get("output")
        return Execution(
            name=described["name"],
            arn=arn,
            status=described["status"],
            error=described.get("error"),
            cause=described.get("cause"),
            output=None if output is None else json.loads(output),
            started_at=described["startDate"],
            ended_at=described.get("stopDate"),
            states=read_visits(events),
            events=events,
        )
