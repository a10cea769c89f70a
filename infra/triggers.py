"""What starts the workflow by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aws_cdk import Duration
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_scheduler_targets as targets
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks
from aws_cdk.aws_stepfunctions import JsonPath
from constructs import Construct

from . import retries
from .alarms import failure_alarm
from .dead_letters import dead_letters
from .machine import state_machine

if TYPE_CHECKING:
    from aws_cdk import aws_sns as sns


_PARTS: Final = JsonPath.string_split(JsonPath.string_at("$.scheduled_at"), ":")
_TIMEOUT: Final = sfn.Timeout.duration(Duration.seconds(30))


class NightlyRepair(Construct):
    """Starts one repair run at each scheduled time, also when the schedule fires twice.

    The schedule does not start the workflow itself. It may only start the small state machine here, which names the
    run after the scheduled time (whose colons no name may have) and sends a fixed input. A second start of the same
    time finds the name taken. So whoever holds the schedule's role can start a repair, and nothing else.

    Attributes:
        state_machine: Starts the run.
        dead_letters: Gets what the schedule could not deliver in an hour.
        alarm: Says when it failed, or when there is something in `dead_letters`.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        target: str,
        expression: str,
        workflow: sfn.IStateMachine,
        topic: sns.ITopic,
    ) -> None:
        """Create the schedule.

        Args:
            scope: The construct to create it in.
            construct_id: The name of this construct there.
            target: The name of the database, for messages.
            expression: `cron(…)` or `rate(…)`, in UTC.
            workflow: What is started.
            topic: Where to say that it could not be started.
        """
        super().__init__(scope, construct_id)
        self.state_machine = state_machine(
            self,
            comment=f"Starts the scheduled repair of {target}, once for each scheduled time",
            definition=self._definition(target, workflow, topic),
            timeout=Duration.minutes(15),
        )
        self.dead_letters = dead_letters(self)
        self.alarm = failure_alarm(
            self,
            target=target,
            machine=self.state_machine,
            dead_letters=self.dead_letters,
            topic=topic,
            description="A scheduled repair was not started; its execution or the dead letter says why",
        )
        scheduler.Schedule(
            self,
            "Schedule",
            description=f"Scheduled repair of drift in {target}",
            schedule=scheduler.ScheduleExpression.expression(expression),
            target=targets.StepFunctionsStartExecution(
                self.state_machine,
                input=scheduler.ScheduleTargetInput.from_object(
                    {"scheduled_at": scheduler.ContextAttribute.scheduled_time}
                ),
                dead_letter_queue=self.dead_letters,
                max_event_age=Duration.hours(1),
                retry_attempts=20,
            ),
        )

    def _definition(self, target: str, workflow: sfn.IStateMachine, topic: sns.ITopic) -> sfn.IChainable:
        start = tasks.StepFunctionsStartExecution(
            self,
            "StartRepair",
            comment="The name makes a second start of the same time a failure that means success",
            state_machine=workflow,
            name=JsonPath.format(
                "scheduled-{}{}", JsonPath.array_get_item(_PARTS, 0), JsonPath.array_get_item(_PARTS, 1)
            ),
            input=sfn.TaskInput.from_object({"mode": "repair", "reason": "scheduled drift repair"}),
            associate_with_parent=False,
            result_path=JsonPath.DISCARD,
            task_timeout=_TIMEOUT,
        )
        retries.add_retries(start, retries.START)
        tell = tasks.SnsPublish(
            self,
            "NotifyNotStarted",
            comment="A repair that never ran has no run to report it",
            topic=topic,
            subject=f"rdspatch {target}: repair not started",
            message=sfn.TaskInput.from_text(
                JsonPath.format(
                    f"The repair of {target} that was scheduled for {{}} could not be started: {{}}. "
                    "Nothing was looked at.",
                    JsonPath.string_at("$.scheduled_at"),
                    JsonPath.string_at("$.failure.Error"),
                )
            ),
            result_path=JsonPath.DISCARD,
            task_timeout=_TIMEOUT,
        )
        retries.add_retries(tell, retries.SERVICE)
        failed = sfn.Fail(
            self, "NotStarted", comment="The message says why", error="RepairNotStarted", cause="See the history"
        )
        tell.add_catch(failed, errors=[retries.ALL], result_path=JsonPath.DISCARD)
        tell.next(failed)
        started = sfn.Succeed(self, "Started", comment="By this execution or by another one for the same time")
        start.add_catch(started, errors=[retries.ALREADY_STARTED], result_path=JsonPath.DISCARD)
        start.add_catch(tell, errors=[retries.ALL], result_path="$.failure")
        return start.next(started)
