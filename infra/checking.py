"""After the patches: is applied true, and is the application healthy?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import aws_stepfunctions as sfn
from aws_cdk.aws_stepfunctions import Condition, JsonPath

from . import retries
from .functions import PATCHER_SECONDS
from .invocations import VERIFIED
from .settings import HEALTH_SECONDS

if TYPE_CHECKING:
    from constructs import Construct

    from .invocations import Invocations
    from .outcomes import Outcomes
    from .records import Records


def checking(scope: Construct, *, invocations: Invocations, records: Records, outcomes: Outcomes) -> sfn.TaskStateBase:
    """The states from Verify to the outcome of an apply or of a repair; returns the first."""
    verify = invocations.patcher(
        "Verify",
        comment="Checks in the database that applied means true",
        arguments={"request": JsonPath.object_at("$.request")},
        fields=VERIFIED,
        result_path="$.verified",
        seconds=PATCHER_SECONDS,
    )
    check = invocations.health(
        "CheckHealth",
        comment="Asks the application; this function holds no database credential",
        result_path="$.health",
        seconds=HEALTH_SECONDS,
    )
    record = records.put(
        "RecordHealth",
        comment="Records every answer of the application",
        event="health_checked",
        sequence=900_000,
        body="$.health",
        previous_hash="$.verified.audit_hash",
    )
    is_true = Condition.boolean_equals("$.health.healthy", value=True)
    is_repair = Condition.string_equals("$.request.mode", "repair")
    healthy = (
        sfn.Choice(scope, "IsHealthy", comment="Did the application answer as it should?")
        .when(Condition.and_(is_true, is_repair), outcomes.repaired)
        .when(is_true, outcomes.succeeded)
        .otherwise(outcomes.unhealthy)
    )
    record.add_catch(healthy, errors=[retries.ALREADY_RECORDED], result_path=JsonPath.DISCARD)
    record.add_catch(outcomes.health_not_recorded, errors=[retries.ALL], result_path="$.failure")
    verify.next(check).next(record).next(healthy)
    return verify
