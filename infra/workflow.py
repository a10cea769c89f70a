"""The state machine: every state, every Retry and every Catch of a run.

Apply is repeated after a lost or killed invocation. That is safe, because the ledger row of a patch commits
with the patch: what is done is skipped, what is not done leaves no trace.

What no state can catch (the execution aborted or timed out as a whole, a payload beyond the quota) ends
without an outcome; the run's records then stop after the last thing that happened.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aws_cdk import Duration
from aws_cdk import aws_logs as logs
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk.aws_stepfunctions import Condition, JsonPath
from constructs import Construct

from . import retries
from .functions import PATCHER_SECONDS
from .invocations import REQUEST, VERIFIED, WORK, Invocations
from .outcomes import Outcomes
from .records import PREVIOUS_HASH, Records
from .report import Report, notice
from .settings import HEALTH_SECONDS

if TYPE_CHECKING:
    from aws_cdk import aws_dynamodb as dynamodb
    from aws_cdk import aws_lambda as lambda_
    from aws_cdk import aws_sns as sns

RUN_HOURS: Final = 4
_LOOK_SECONDS: Final = 120


class PatchWorkflow(Construct):
    """Preflight, plan, apply, verify, health check, and a record of the end whatever happens on the way."""

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
    ) -> None:
        """Create the state machine, with exactly the permissions that its states need."""
        super().__init__(scope, construct_id)
        self._records = Records(self, table=audit_table, target=target)
        self._outcomes = Outcomes(self)
        self._invocations = Invocations(self, patcher=patcher, health=health, on_failure=self._outcomes.failed)
        self._report = Report(self, target=target, topic=topic)
        self.state_machine = sfn.StateMachine(
            self,
            "StateMachine",
            comment=f"Brings the database of {target} to the schema of its patches",
            definition_body=sfn.DefinitionBody.from_chainable(self._definition(target)),
            state_machine_type=sfn.StateMachineType.STANDARD,
            timeout=Duration.hours(RUN_HOURS),
            tracing_enabled=True,
            logs=sfn.LogOptions(
                destination=logs.LogGroup(self, "Logs", retention=logs.RetentionDays.ONE_YEAR),
                level=sfn.LogLevel.ALL,
                # Names of states and errors are enough; messages belong to the audit table.
                include_execution_data=False,
            ),
        )

    def _definition(self, target: str) -> sfn.IChainable:
        end = self._end()
        for outcome in (
            self._outcomes.planned,
            self._outcomes.succeeded,
            self._outcomes.unhealthy,
            self._outcomes.not_started,
            self._outcomes.health_not_recorded,
            self._outcomes.explained,
            self._outcomes.unexplained,
        ):
            outcome.next(end)
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
                "work": {"applied": 0, "pending": 0},
            },
        )
        started = self._records.put(
            "RecordStarted",
            comment="Records that the run began, before anything is touched",
            event="run_started",
            sequence=0,
            body="$.started",
            previous_hash=PREVIOUS_HASH,
        )
        preflight = self._preflight()
        started.add_catch(preflight, errors=[retries.ALREADY_RECORDED], result_path=JsonPath.DISCARD)
        started.add_catch(self._outcomes.not_started, errors=[retries.ALL], result_path="$.failure")
        return begin.next(started).next(preflight)

    def _preflight(self) -> sfn.TaskStateBase:
        preflight = self._invocations.patcher(
            "Preflight",
            comment="Reads the input, connects, changes nothing; patient with a function long idle",
            arguments={"input": JsonPath.object_at("$$.Execution.Input")},
            fields=REQUEST,
            result_path="$.request",
            seconds=_LOOK_SECONDS,
            retry=retries.PREFLIGHT,
        )
        plan = self._invocations.patcher(
            "Plan",
            comment="Compares the ledger with the patches",
            arguments={"request": JsonPath.object_at("$.request")},
            fields=WORK,
            result_path="$.work",
            seconds=_LOOK_SECONDS,
        )
        preflight.next(plan).next(self._next_step())
        return preflight

    def _next_step(self) -> sfn.Choice:
        apply = self._invocations.patcher(
            "Apply",
            comment="Applies patches until none is left, the time is up, or a lock has to be waited for",
            arguments={
                "request": JsonPath.object_at("$.request"),
                "work": JsonPath.object_at("$.work"),
            },
            fields=WORK,
            result_path="$.work",
            seconds=PATCHER_SECONDS,
        )
        wait = sfn.Wait(
            self,
            "WaitForLock",
            comment="Somebody else holds the table; waiting here costs nothing",
            time=sfn.WaitTime.seconds_path("$.work.wait_seconds"),
        ).next(apply)
        unknown = sfn.Pass(
            self,
            "UnknownStatus",
            comment="The patcher answered something that this workflow does not know",
            result=sfn.Result.from_object({"Error": "an unknown status", "Cause": ""}),
            result_path="$.failure",
        ).next(self._outcomes.unexplained)
        status = "$.work.status"
        choice = (
            sfn.Choice(self, "NextStep", comment="What is left to do?")
            .when(Condition.string_equals("$.request.mode", "plan"), self._outcomes.planned)
            .when(Condition.string_equals(status, "done"), self._verify())
            .when(Condition.string_equals(status, "continue"), apply)
            .when(Condition.string_equals(status, "wait"), wait)
            .otherwise(unknown)
        )
        apply.next(choice)
        return choice

    def _verify(self) -> sfn.TaskStateBase:
        verify = self._invocations.patcher(
            "Verify",
            comment="Checks in the database that applied means true",
            arguments={"request": JsonPath.object_at("$.request")},
            fields=VERIFIED,
            result_path="$.verified",
            seconds=PATCHER_SECONDS,
        )
        check = self._invocations.health(
            "CheckHealth",
            comment="Asks the application; this function holds no database credential",
            result_path="$.health",
            seconds=HEALTH_SECONDS,
        )
        record = self._records.put(
            "RecordHealth",
            comment="Records every answer of the application",
            event="health_checked",
            sequence=900_000,
            body="$.health",
            previous_hash="$.verified.audit_hash",
        )
        healthy = (
            sfn.Choice(self, "IsHealthy", comment="Did the application answer as it should?")
            .when(Condition.boolean_equals("$.health.healthy", value=True), self._outcomes.succeeded)
            .otherwise(self._outcomes.unhealthy)
        )
        record.add_catch(healthy, errors=[retries.ALREADY_RECORDED], result_path=JsonPath.DISCARD)
        record.add_catch(self._outcomes.health_not_recorded, errors=[retries.ALL], result_path="$.failure")
        verify.next(check).next(record).next(healthy)
        return verify

    def _end(self) -> sfn.TaskStateBase:
        find = self._records.find_last(
            "FindLastRecord",
            comment="The newest record of this run, which the last one continues",
            result_path="$.found",
        )
        record = self._records.put(
            "RecordOutcome",
            comment="Records how the run ended",
            event="run_ended",
            sequence=999_999,
            body="$.outcome",
            previous_hash="$.found.items[0].hash.S",
        )
        no_record = sfn.Pass(
            self,
            "NoRecordYet",
            comment="Not even the start was recorded: the last record is the first",
            parameters={"items": [{"hash": {"S": JsonPath.string_at(PREVIOUS_HASH)}}]},
            result_path="$.found",
        ).next(record)
        has_records = (
            sfn.Choice(self, "HasRecords", comment="Is there a record to continue?")
            .when(Condition.number_equals("$.found.count", 0), no_record)
            .otherwise(record)
        )
        report = self._report.first
        not_recorded = self._outcomes.not_recorded
        find.add_catch(not_recorded, errors=[retries.ALL], result_path="$.failure")
        record.add_catch(report, errors=[retries.ALREADY_RECORDED], result_path=JsonPath.DISCARD)
        record.add_catch(not_recorded, errors=[retries.ALL], result_path="$.failure")
        not_recorded.next(report)
        find.next(has_records)
        record.next(report)
        return find
