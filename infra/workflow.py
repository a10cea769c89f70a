"""The state machine of a run: how it begins, and how its parts are put together.

Apply and Repair are repeated after a lost or killed invocation. That is safe: the ledger row of a patch commits
with the patch, so what is done is skipped, what is not done leaves no trace; and what Repair replays may run twice.

What no state can catch (the execution aborted or timed out as a whole, a payload beyond the quota) ends
without an outcome; `terminal.py` has the state machine that then writes the run's last record.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aws_cdk import Duration
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk.aws_stepfunctions import JsonPath
from constructs import Construct

from . import retries
from .acknowledgements import acknowledge_policy, on_resource
from .checking import checking
from .ending import ending
from .gates import Gates, Rules
from .invocations import REQUEST, Invocations
from .machine import state_machine
from .outcomes import Outcomes
from .records import PREVIOUS_HASH, Records
from .report import Report, end_of_run, notice
from .steps import LOOK_SECONDS, Steps

if TYPE_CHECKING:
    from aws_cdk import aws_dynamodb as dynamodb
    from aws_cdk import aws_lambda as lambda_
    from aws_cdk import aws_sns as sns

RUN_HOURS: Final = 4


class PatchWorkflow(Construct):
    """Preflight, what the mode asks for, verify, health check, and a record of the end whatever happens."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        target: str,
        patcher: lambda_.IFunction,
        health: lambda_.IFunction,
        audit_table: dynamodb.ITable,
        topic: sns.ITopic,
        rules: Rules,
        name: str | None = None,
    ) -> None:
        """Create the state machine, with exactly the permissions that its states need."""
        super().__init__(scope, construct_id)
        self._records = Records(self, table=audit_table, target=target)
        self._outcomes = Outcomes(self)
        self._invocations = Invocations(self, patcher=patcher, health=health, on_failure=self._outcomes.failed)
        self._gates = Gates(
            self, target=target, topic=topic, records=self._records, outcomes=self._outcomes, rules=rules
        )
        self._topic = topic
        self.state_machine = state_machine(
            self,
            comment=f"Brings the database of {target} to the schema of its patches",
            definition=self._definition(target),
            timeout=Duration.hours(RUN_HOURS + self._gates.longest_hours),
            name=name,
        )
        for arn, reason in self._gates.wide.items():
            acknowledge_policy(self.state_machine.role, {on_resource(self, arn): reason})

    def _definition(self, target: str) -> sfn.IChainable:
        outcomes, records = self._outcomes, self._records
        report = Report(self, target=target, topic=self._topic, then=end_of_run(self)).first
        end = ending(self, records=records, then=report, lost=outcomes.not_recorded)
        outcomes.not_recorded.next(report)
        begin = sfn.Pass(
            self,
            "Begin",
            comment="Replaces the input (Preflight reads it from the execution) by what later states use",
            parameters={
                "run": {
                    "id": JsonPath.string_at("$$.Execution.Name"),
                    "started_at": JsonPath.string_at("$$.Execution.StartTime"),
                },
                "started": {"execution": JsonPath.string_at("$$.Execution.Id")},
                "notice": notice(target),
                "previous_hash": "",
                "recovery": {"text": ""},
                "approved": {"digest": "", "by": "", "comment": ""},
                "work": {"status": "continue", "wait_seconds": 0, "applied": 0, "pending": 0, "lock_attempts": 0},
            },
        )
        started = records.put(
            "RecordStarted",
            comment="Records that the run began, before anything is touched",
            event="run_started",
            sequence=0,
            body="$.started",
            previous_hash=PREVIOUS_HASH,
        )
        preflight = self._preflight()
        started.add_catch(preflight, errors=[retries.ALREADY_RECORDED], result_path=JsonPath.DISCARD)
        started.add_catch(outcomes.not_started, errors=[retries.ALL], result_path="$.failure")
        for outcome in outcomes.recorded:
            outcome.next(end)
        return begin.next(started).next(preflight)

    def _preflight(self) -> sfn.TaskStateBase:
        preflight = self._invocations.patcher(
            "Preflight",
            comment="Reads the input, connects, changes nothing; patient with a function long idle",
            arguments={"input": JsonPath.object_at("$$.Execution.Input")},
            fields=REQUEST,
            result_path="$.request",
            seconds=LOOK_SECONDS,
            retry=retries.PREFLIGHT,
        )
        verify = checking(self, invocations=self._invocations, records=self._records, outcomes=self._outcomes)
        steps = Steps(self, invocations=self._invocations, outcomes=self._outcomes, verify=verify, gates=self._gates)
        preflight.next(steps.first)
        return preflight
