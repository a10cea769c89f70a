"""Hazards that wait for somebody: the run asks, and goes on when it is answered.

Who holds a task token may answer. So it goes into no message, no log and no audit record, but into a table of its own;
whoever is to approve may read it there, and may answer the state machine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aws_cdk import Duration
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks
from aws_cdk.aws_stepfunctions import Condition, JsonPath

from . import approval_table, retries
from .records import EXECUTION, RUN_ID

if TYPE_CHECKING:
    from aws_cdk import aws_dynamodb as dynamodb
    from aws_cdk import aws_sns as sns
    from constructs import Construct

    from .outcomes import Outcomes

EXPIRED: Final = "States.Timeout"
_ASKED: Final = "$.work.approval"
_NOTE: Final = "$.work.note"


class Approvals:
    """The states that ask and wait; `first` is where they begin."""

    def __init__(
        self,
        scope: Construct,
        *,
        target: str,
        topic: sns.ITopic,
        hours: int,
        table: dynamodb.ITable,
        outcomes: Outcomes,
        then: sfn.IChainable,
    ) -> None:
        """Make the states within `scope`; an approved run goes on at `then`, which looks at the patches again."""
        self._scope = scope
        tell = self._tell(target, topic, hours, table)
        wait = self._wait(table, hours)
        wait.add_catch(outcomes.expired, errors=[EXPIRED], result_path="$.failure")
        wait.add_catch(outcomes.failed, errors=[retries.ALL], result_path="$.failure")
        tell.add_catch(wait, errors=[retries.ALL], result_path=JsonPath.DISCARD)
        approved = sfn.Pass(
            scope,
            "NoteApproval",
            comment="It is for the patches that were shown; Plan looks whether they still are the pending ones",
            parameters={
                "digest": JsonPath.string_at(f"{_ASKED}.digest"),
                "by": JsonPath.string_at("$.answer.by"),
                "comment": JsonPath.string_at("$.answer.comment"),
            },
            result_path="$.approved",
        ).next(then)
        answer = (
            sfn.Choice(scope, "IsApproved", comment="What was the answer?")
            .when(Condition.boolean_equals("$.answer.approved", value=True), approved)
            .otherwise(outcomes.rejected)
        )
        self.first = tell
        tell.next(wait).next(answer)

    def _wait(self, table: dynamodb.ITable, hours: int) -> tasks.CallAwsService:
        """Keeps its question with its token, and goes on with what it is answered.

        The put has no condition: a second try has another token, and the first one is of no use then.
        """
        item = {
            approval_table.RUN_ID: JsonPath.string_at(RUN_ID),
            approval_table.ASKED_AT: JsonPath.string_at("$$.State.EnteredTime"),
            "token": JsonPath.task_token,
            "digest": JsonPath.string_at(f"{_ASKED}.digest"),
            "hazards": JsonPath.json_to_string(JsonPath.object_at(f"{_ASKED}.hazards")),
            "note": JsonPath.string_at(_NOTE),
            "execution": JsonPath.string_at(EXECUTION),
        }
        task = tasks.CallAwsService(
            self._scope,
            "AwaitApproval",
            comment="Its token is in a table of its own, for `rdspatch approve` and `rdspatch reject`",
            service="dynamodb",
            action="putItem",
            iam_action="dynamodb:PutItem",
            iam_resources=[table.table_arn],
            parameters={"TableName": table.table_name, "Item": {key: {"S": text} for key, text in item.items()}},
            integration_pattern=sfn.IntegrationPattern.WAIT_FOR_TASK_TOKEN,
            result_selector={
                "approved": JsonPath.object_at("$.approved"),
                "by": JsonPath.string_at("$.by"),
                "comment": JsonPath.string_at("$.comment"),
            },
            result_path="$.answer",
            task_timeout=sfn.Timeout.duration(Duration.hours(hours)),
        )
        retries.add_retries(task, retries.ANSWER)
        return task

    def _tell(self, target: str, topic: sns.ITopic, hours: int, table: dynamodb.ITable) -> tasks.SnsPublish:
        message = JsonPath.format(
            f"Run {{}} on {target} waits up to {hours} h for an approval. Pending patches: {{}}.{{}} "
            f"To approve: {{}} Answer with: rdspatch approve {{}} --digest {{}} --approval-table {table.table_name} "
            "(or reject instead of approve). {}",
            JsonPath.string_at(RUN_ID),
            JsonPath.string_at("$.work.pending"),
            JsonPath.string_at(_NOTE),
            JsonPath.json_to_string(JsonPath.object_at(f"{_ASKED}.hazards")),
            JsonPath.string_at(RUN_ID),
            JsonPath.string_at(f"{_ASKED}.digest"),
            JsonPath.string_at(EXECUTION),
        )
        task = tasks.SnsPublish(
            self._scope,
            "AskForApproval",
            comment="The plan, for people; the token is not in it",
            topic=topic,
            subject=f"rdspatch {target}: approval needed",
            message=sfn.TaskInput.from_text(message),
            message_attributes={"result": tasks.MessageAttribute(value="approval_needed")},
            result_path=JsonPath.DISCARD,
            task_timeout=sfn.Timeout.duration(Duration.seconds(30)),
        )
        retries.add_retries(task, retries.SERVICE)
        return task
