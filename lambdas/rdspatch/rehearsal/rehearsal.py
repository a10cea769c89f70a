"""The whole workflow on this machine: the deployed definition, the deployed handlers, a real PostgreSQL."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import threading
import time
import uuid
from typing import TYPE_CHECKING, Any, Self

from rdspatch.rehearsal.aws import ACCOUNT, SimulatedAws
from rdspatch.rehearsal.history import Execution, StateChange, read_changes, read_visits
from rdspatch.rehearsal.overrides import aws_variables, local_database, rds_secret, rdspatch_variables
from rdspatch.rehearsal.sandbox import Sandbox
from rdspatch.rehearsal.seams import InvocationRefused
from rdspatch.rehearsal.template import Template
from rdspatch.rehearsal.workflow import read_workflow

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from rdspatch.rehearsal.faults import Fault
    from rdspatch.rehearsal.invocation import FunctionSpec, Invocation

REGION = "eu-central-1"
SECRET_NAME = "rehearsal/database"  # noqa: S105 - the name of one
POLL_SECONDS = 0.05


class ExecutionNotFinished(TimeoutError):
    """The execution took longer than it was given; it has been stopped."""


class Rehearsal:
    """A deployed stack, as far as this machine can tell. Open from `start` to `close`.

    Attributes:
        database: Where the patches go.
        workflow: The state machine and its surroundings, references resolved.
    """

    def __init__(
        self,
        template: Path,
        *,
        database_url: str,
        health_url: str,
        patches: Path,
        time_scale: float = 1.0,
        environment: Mapping[str, Mapping[str, str]] | None = None,
        timeouts: Mapping[str, float] | None = None,
    ) -> None:
        """Start the simulated AWS, create its resources and start the functions' processes.

        Args:
            template: A synthesized template with one state machine.
            database_url: `postgresql://user[:password]@/name?host=/directory&port=5432`.
            health_url: What the health function asks.
            patches: The directory of the patches.
            time_scale: Factor on the pauses of the workflow's `Retry` and `Wait`; 0 leaves them out.
            environment: Variables to add or replace, by the role of the function (`patcher`, `health`).
            timeouts: Seconds after which a function is killed, where not the template's, by role.

        Raises:
            TemplateUnusable: the template cannot be rehearsed.
            BadSettings: the database URL cannot be read, or is not of this machine.
            SimulatedAwsBusy: this process runs a rehearsal already.
        """
        self.database = local_database(database_url)
        self.workflow = read_workflow(Template.read(template, account=ACCOUNT, region=REGION))
        self._lock = threading.Lock()
        self._invocations: list[Invocation] = []
        self._faults: dict[str, list[Fault | None]] = {}
        self._sandboxes: dict[str, Sandbox] = {}
        self._stack = contextlib.ExitStack()
        try:
            self._aws = self._stack.enter_context(
                SimulatedAws(region=REGION, invoke=self._invoke, time_scale=time_scale)
            )
            secret_arn = self._aws.create_secret(SECRET_NAME, rds_secret(self.database))
            for function in self.workflow.functions:
                variables = rdspatch_variables(
                    function,
                    database=self.database,
                    secret_arn=secret_arn,
                    health_url=health_url,
                    patches=patches,
                )
                self._sandboxes[function.name] = self._stack.enter_context(
                    self._sandbox(function, variables, environment or {}, timeouts or {})
                )
            self._machine = self._deploy()
            self._stack.callback(self._abort_running)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def close(self) -> None:
        """End every process and forget everything but the database."""
        self._stack.close()

    def run(
        self,
        input: Mapping[str, Any] | None = None,  # noqa: A002 - Step Functions calls it so
        *,
        name: str | None = None,
        faults: Mapping[str, Sequence[Fault | None]] | None = None,
        on_state: Callable[[StateChange], None] | None = None,
        timeout_seconds: float = 300.0,
    ) -> Execution:
        """Run the workflow once and wait for its end.

        Args:
            input: The execution's input; `{}` by default.
            name: The execution's name, which is the run's id; a new one by default.
            faults: What goes wrong, by action (`preflight`, `apply`, …; the function's role where its events
                have none): one for the first such invocation, one for the second; None where nothing does.
            on_state: Is told every change of a state as it happens.
            timeout_seconds: After which the execution is stopped.

        Raises:
            ExecutionNotFinished: it took longer than `timeout_seconds`.
        """
        with self._lock:
            self._faults = {action: list(planned) for action, planned in (faults or {}).items()}
        arn = self.begin(input, name=name)
        return self.wait(arn, on_state=on_state, timeout_seconds=timeout_seconds)

    def begin(self, input: Mapping[str, Any] | None = None, *, name: str | None = None) -> str:  # noqa: A002
        """Start the workflow and return the execution's ARN at once."""
        started = self._aws.stepfunctions.start_execution(
            stateMachineArn=self._machine, name=name or str(uuid.uuid4()), input=json.dumps(input or {})
        )
        return started["executionArn"]

    def abort(self, arn: str) -> None:
        """Stop an execution as an operator would: no `Catch` runs, a running handler runs on."""
        self._aws.stepfunctions.stop_execution(executionArn=arn)

    def wait(
        self,
        arn: str,
        *,
        on_state: Callable[[StateChange], None] | None = None,
        timeout_seconds: float = 300.0,
    ) -> Execution:
        """Wait for the end of an execution; see `run`."""
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
        client = self._aws.stepfunctions
        described = client.describe_execution(executionArn=arn)
        pages = client.get_paginator("get_execution_history").paginate(executionArn=arn)
        events = tuple(dict(event) for page in pages for event in page["events"])
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

    def invoke(self, role: str, event: Mapping[str, Any], *, fault: Fault | None = None) -> Invocation:
        """Invoke one function without the workflow, by its role (`patcher`, `health`)."""
        (sandbox,) = (box for box in self._sandboxes.values() if box.function.role == role)
        return self._record(sandbox.invoke(event, fault=fault))

    @property
    def invocations(self) -> tuple[Invocation, ...]:
        """All invocations so far, in the order they ended."""
        with self._lock:
            return tuple(self._invocations)

    @property
    def audit_records(self) -> tuple[dict[str, Any], ...]:
        """All items of the workflow's tables, sorted by their keys."""
        return tuple(item for table in self.workflow.tables for item in self._aws.items(table))

    @property
    def notifications(self) -> tuple[dict[str, Any], ...]:
        """What was published on the SNS topics."""
        return self._aws.notifications()

    @property
    def events(self) -> tuple[dict[str, Any], ...]:
        """What arrived on the event buses."""
        return self._aws.events()

    def _sandbox(
        self,
        function: FunctionSpec,
        variables: Mapping[str, str],
        environment: Mapping[str, Mapping[str, str]],
        timeouts: Mapping[str, float],
    ) -> Sandbox:
        service = aws_variables(function, region=REGION, endpoint_url=self._aws.endpoint_url)
        return Sandbox(
            dataclasses.replace(
                function,
                timeout_seconds=timeouts.get(function.role, function.timeout_seconds),
                environment={**variables, **service, **environment.get(function.role, {})},
            )
        )

    def _deploy(self) -> str:
        for arguments in self.workflow.tables.values():
            self._aws.create_table(arguments)
        for topic in self.workflow.topics:
            self._aws.create_topic(topic)
        for bus in ("default", *self.workflow.buses):
            self._aws.record_bus(bus)
        return self._aws.create_state_machine(self.workflow.definition)

    def _abort_running(self) -> None:
        client = self._aws.stepfunctions
        running = client.list_executions(stateMachineArn=self._machine, statusFilter="RUNNING")
        for execution in running["executions"]:
            self.abort(execution["executionArn"])

    def _invoke(self, function: str, event: Any) -> Invocation:
        """Answer the workflow's own invocation; called by the simulated AWS, on its threads."""
        name = function.rpartition(":function:")[2].partition(":")[0]
        sandbox = self._sandboxes[name]
        fault = self._next_fault(event.get("action", sandbox.function.role))
        if fault is not None and fault.refused is not None:
            raise InvocationRefused(fault.refused)
        return self._record(sandbox.invoke(event, fault=fault))

    def _next_fault(self, action: str) -> Fault | None:
        with self._lock:
            planned = self._faults.get(action)
            return planned.pop(0) if planned else None

    def _record(self, invocation: Invocation) -> Invocation:
        with self._lock:
            self._invocations.append(invocation)
        return invocation
