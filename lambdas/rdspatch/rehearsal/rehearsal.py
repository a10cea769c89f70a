"""The whole workflow on this machine: the deployed definition, the deployed handlers, a real PostgreSQL."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import threading
import uuid
from typing import TYPE_CHECKING, Any, Self

from rdspatch.rehearsal.aws import ACCOUNT, SimulatedAws
from rdspatch.rehearsal.deliveries import status_change
from rdspatch.rehearsal.executions import Executions
from rdspatch.rehearsal.overrides import aws_variables, local_database, rds_secret, rdspatch_variables
from rdspatch.rehearsal.sandbox import Sandbox
from rdspatch.rehearsal.seams import InvocationRefused
from rdspatch.rehearsal.template import Template, TemplateUnusable
from rdspatch.rehearsal.workflow import read_workflow

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from rdspatch.rehearsal.faults import Fault
    from rdspatch.rehearsal.history import Execution, StateChange
    from rdspatch.rehearsal.invocation import FunctionSpec, Invocation

REGION = "eu-central-1"
WORKFLOW = "workflow"
RECORDS = "TARGET#"
SECRET_NAME = "rehearsal/database"  # noqa: S105 - the name of one


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
            timeouts: Seconds after which a function is killed, by role, a state times out, by name, or the whole run
                does (`workflow`), where not the template's.

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
            self._executions = Executions(self._aws.stepfunctions)
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
            self._machine = self._deploy(timeouts or {})
            self._stack.callback(self._executions.abort_all)
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
        return self._start(self._machine, json.dumps(input or {}), name=name)

    def abort(self, arn: str) -> None:
        """Stop an execution as an operator would: no `Catch` runs, a running handler runs on."""
        self._executions.abort(arn)

    def wait(
        self,
        arn: str,
        *,
        on_state: Callable[[StateChange], None] | None = None,
        timeout_seconds: float = 300.0,
    ) -> Execution:
        """Wait for the end of an execution; see `run`."""
        return self._executions.wait(arn, on_state=on_state, timeout_seconds=timeout_seconds)

    def describe(self, arn: str) -> Execution:
        """Return an execution as far as it has come."""
        return self._executions.describe(arn)

    def find(self, name: str) -> Execution | None:
        """Return the run of a name, as far as it has come; None when there is none."""
        return self._executions.find(self._machine, name)

    def fire_schedule(self, at: str) -> Execution:
        """Do what the only schedule does at its time, and wait for the end of what it starts.

        Args:
            at: The scheduled time, as the scheduler writes it: `2026-01-31T03:17:00Z`.

        Raises:
            TemplateUnusable: the template has no schedule, or several.
        """
        schedules = self.workflow.schedules
        if len(schedules) != 1:
            raise TemplateUnusable(f"the template has {len(schedules)} schedules; exactly one can be fired")
        return self.wait(self._start(schedules[0].machine, schedules[0].input_at(at)))

    def announce_end(self, execution: Execution) -> tuple[Execution, ...]:
        """Do what the rules do when an execution has ended, and wait for the end of what they start.

        The simulated AWS announces no ends by itself. The event is made here, as the service documents it; whether a
        rule matches, and what its target is given, is decided by the rule of the template.
        """
        event = status_change(execution, account=ACCOUNT, region=REGION)
        deliveries = [delivery for rule in self.workflow.rules for delivery in rule.deliveries(event)]
        return tuple(self.wait(self._start(machine, text)) for machine, text in deliveries)

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
        """All records of the workflow's tables, sorted by their keys; notes and questions beside them are none."""
        items = (item for table in self.workflow.tables for item in self._aws.items(table))
        return tuple(item for item in items if str(item.get("PK")).startswith(RECORDS))

    @property
    def snapshots(self) -> tuple[dict[str, Any], ...]:
        """The snapshots on RDS, the oldest first."""
        return self._aws.snapshots()

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

    def _deploy(self, timeouts: Mapping[str, float]) -> str:
        for arguments in self.workflow.tables.values():
            self._aws.create_table(arguments)
        for topic in self.workflow.topics:
            self._aws.create_topic(topic)
        for bus in ("default", *self.workflow.buses):
            self._aws.record_bus(bus)
        for instance in self.workflow.instances:
            self._aws.create_instance(instance)
        for name, definition in self.workflow.helpers.items():
            self._aws.create_state_machine(name, definition)
        definition = json.loads(self.workflow.definition)
        timed = {WORKFLOW: definition, **definition["States"]}
        for name in timed.keys() & timeouts.keys():
            timed[name]["TimeoutSeconds"] = int(timeouts[name])
        return self._aws.create_state_machine(self.workflow.name, json.dumps(definition))

    def _start(self, machine: str, text: str, *, name: str | None = None) -> str:
        return self._executions.start(machine, name=name or str(uuid.uuid4()), text=text)

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
