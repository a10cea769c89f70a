"""The end of runs that could not record it themselves.

An execution that is aborted, or that takes longer than the whole run may, runs no Catch; nor does one that carries
more data than Step Functions takes. EventBridge announces such ends, and a state machine of its own then does what
the run would have done last. It calls no function, so it works when none does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aws_cdk import ArnFormat, Duration, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks
from aws_cdk.aws_stepfunctions import Condition, JsonPath
from constructs import Construct

from . import retries
from .acknowledgements import acknowledge_policy, on_resource
from .alarms import failure_alarm
from .dead_letters import dead_letters
from .ending import ending
from .functions import PATCHER_SECONDS
from .machine import state_machine
from .records import RUN_ID, Records
from .report import Report, notice

if TYPE_CHECKING:
    from aws_cdk import aws_dynamodb as dynamodb
    from aws_cdk import aws_sns as sns

STATUSES: Final = ("ABORTED", "TIMED_OUT", "FAILED")
_INDEX_SECONDS: Final = 30
_GRACE_SECONDS: Final = 60
_SORT_KEY: Final = JsonPath.string_at("$.found.items[0].SK.S")
_RERUN: Final = "What was applied is in the ledger; the next run goes on from there."


class TerminalRecord(Construct):
    """Writes the record `run_ended` of a run that ended without one, and tells people and machines.

    Attributes:
        state_machine: Does it, for one run.
        dead_letters: Gets the ends that could not be delivered in a day.
        alarm: Says when it failed, or when there is something in `dead_letters`.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        target: str,
        workflow: sfn.IStateMachine,
        audit_table: dynamodb.ITable,
        topic: sns.ITopic,
    ) -> None:
        """Create the rule on the ends of `workflow`, and the state machine that it starts."""
        super().__init__(scope, construct_id)
        self._records = Records(self, table=audit_table, target=target)
        self.state_machine = state_machine(
            self,
            comment=f"Records how a run on {target} ended that could not do so itself",
            definition=self._definition(target, workflow, topic),
            timeout=Duration.hours(6),
        )
        acknowledge_policy(
            self.state_machine.role,
            {
                on_resource(self, self._executions(workflow)): "It may describe any execution of the workflow; which "
                "one has ended is known only when it has",
            },
        )
        self.dead_letters = dead_letters(self)
        self.alarm = failure_alarm(
            self,
            target=target,
            machine=self.state_machine,
            dead_letters=self.dead_letters,
            topic=topic,
            description="A run may have ended without a last record; see the runbook under AuditUnavailable",
        )
        events.Rule(
            self,
            "Rule",
            description=f"Ends of runs on {target} that no state of theirs saw",
            event_pattern=events.EventPattern(
                source=["aws.states"],
                detail_type=["Step Functions Execution Status Change"],
                detail={"stateMachineArn": [workflow.state_machine_arn], "status": list(STATUSES)},
            ),
            targets=[
                targets.SfnStateMachine(
                    self.state_machine,
                    input=events.RuleTargetInput.from_object(
                        {
                            "run": events.EventField.from_path("$.detail.name"),
                            "execution": events.EventField.from_path("$.detail.executionArn"),
                            "status": events.EventField.from_path("$.detail.status"),
                        }
                    ),
                    dead_letter_queue=self.dead_letters,
                )
            ],
        )

    def _definition(self, target: str, workflow: sfn.IStateMachine, topic: sns.ITopic) -> sfn.IChainable:
        lost = sfn.Fail(
            self,
            "NotRecorded",
            comment="An alarm on failures of this state machine is what is left",
            error="AuditUnavailable",
            cause="The run has no last record",
        )
        report = Report(self, target=target, topic=topic, then=self._record(lost))
        outcome = self._outcome(report.first)
        begin = sfn.Pass(
            self,
            "Begin",
            comment="What the run's own records and reports are made of",
            parameters={
                "run": {"id": JsonPath.string_at("$.run")},
                "started": {"execution": JsonPath.string_at("$.execution")},
                "status": JsonPath.string_at("$.status"),
                "notice": notice(target),
                "previous_hash": "",
            },
        )
        settle = sfn.Wait(
            self,
            "WaitForIndex",
            comment="Records reach the index by run a moment after the table",
            time=sfn.WaitTime.duration(Duration.seconds(_INDEX_SECONDS)),
        )
        find = self._records.find_run("FindRun", comment="The newest record of this run", result_path="$.found")
        find.add_catch(lost, errors=[retries.ALL], result_path="$.failure")
        ended = sfn.Succeed(self, "AlreadyEnded", comment="The run recorded its end itself, as nearly all do")
        choice = (
            sfn.Choice(self, "HasEnded", comment="Is there anything left to do?")
            .when(Condition.number_equals("$.found.count", 0), self._describe(workflow, outcome, lost))
            .when(Condition.string_equals("$.found.items[0].event.S", "run_ended"), ended)
            .otherwise(self._read_start().next(outcome))
        )
        return begin.next(settle).next(find).next(choice)

    def _read_start(self) -> sfn.Pass:
        return sfn.Pass(
            self,
            "ReadStart",
            comment="The run's start is part of its records' keys",
            parameters={
                "id": JsonPath.string_at(RUN_ID),
                "started_at": JsonPath.array_get_item(JsonPath.string_split(_SORT_KEY, "#"), 1),
            },
            result_path="$.run",
        )

    def _executions(self, workflow: sfn.IStateMachine) -> str:
        stack = Stack.of(self)
        name = stack.split_arn(workflow.state_machine_arn, ArnFormat.COLON_RESOURCE_NAME).resource_name
        return stack.format_arn(
            service="states",
            resource="execution",
            resource_name=f"{name}:*",
            arn_format=ArnFormat.COLON_RESOURCE_NAME,
        )

    def _describe(self, workflow: sfn.IStateMachine, then: sfn.IChainable, lost: sfn.Fail) -> sfn.IChainable:
        task = tasks.CallAwsService(
            self,
            "DescribeRun",
            comment="A run that ended before its first record",
            service="sfn",
            action="describeExecution",
            iam_action="states:DescribeExecution",
            iam_resources=[self._executions(workflow)],
            parameters={"ExecutionArn": JsonPath.string_at("$.started.execution")},
            result_selector={"id": JsonPath.string_at("$.Name"), "started_at": JsonPath.string_at("$.StartDate")},
            result_path="$.run",
            task_timeout=sfn.Timeout.duration(Duration.seconds(30)),
        )
        retries.add_retries(task, retries.SERVICE)
        task.add_catch(lost, errors=[retries.ALL], result_path="$.failure")
        return task.next(then)

    def _outcome(self, then: sfn.IChainable) -> sfn.Choice:
        aborted = self._ended(
            "OutcomeAborted",
            "aborted",
            "RunAborted",
            f"Somebody stopped the execution. {_RERUN}",
        )
        timed_out = self._ended(
            "OutcomeTimedOut", "timed_out", "RunTimedOut", f"The execution took longer than a run may. {_RERUN}"
        )
        failed = self._ended(
            "OutcomeUncaught",
            "failed",
            "UnexpectedFailure",
            "The execution failed where none of its states could catch it, or its last record could not be written. "
            f"{_RERUN}",
        )
        for state in (aborted, timed_out, failed):
            state.next(then)
        return (
            sfn.Choice(self, "HowEnded", comment="The announcement says no more than this")
            .when(Condition.string_equals("$.status", "ABORTED"), aborted)
            .when(Condition.string_equals("$.status", "TIMED_OUT"), timed_out)
            .otherwise(failed)
        )

    def _ended(self, name: str, result: str, error: str, message: str) -> sfn.Pass:
        return sfn.Pass(
            self,
            name,
            comment="How many patches were applied is not known here",
            result=sfn.Result.from_object({"result": result, "error": error, "message": message}),
            result_path="$.outcome",
        )

    def _record(self, lost: sfn.Fail) -> sfn.IChainable:
        wait = sfn.Wait(
            self,
            "WaitForFunctions",
            comment="A function that was at work works on, and records what it did; the last record comes after it",
            time=sfn.WaitTime.duration(Duration.seconds(PATCHER_SECONDS + _GRACE_SECONDS)),
        )
        recorded = sfn.Succeed(self, "Recorded", comment="The run has its last record")
        return wait.next(ending(self, records=self._records, then=recorded, lost=lost))
