"""Lambda entry point of the health function: no database, no credential, no AWS client."""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from aws_lambda_powertools.logging import Logger

from rdspatch.adapters.clock import SystemClock
from rdspatch.adapters.http import HttpHealthEndpoint
from rdspatch.core.errors import RdspatchError, UnexpectedFailure
from rdspatch.core.settings import HealthSettings
from rdspatch.engine.deadline import Deadline
from rdspatch.engine.health import check_health
from rdspatch.handlers import doctor
from rdspatch.handlers.doctor_application import application_looks

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rdspatch.core.health import Verdict, VerdictData
    from rdspatch.handlers.invocation import InvocationContext

_logger: Final = Logger(service="rdspatch")


def handler(event: Mapping[str, object], context: InvocationContext) -> VerdictData | dict[str, Any]:
    """Ask the configured application whether it is healthy, as often as the settings and the time allow.

    `{"action": "doctor"}` asks for what is wrong on the way to it instead.

    An unhealthy application is an answer (`healthy: false`), not an error; what follows from it is the
    workflow's decision. The event's `run` is logged; nothing in the event changes where the requests go.

    Raises:
        BadSettings: the environment is not what the function takes; lists every problem.
        UnexpectedFailure: a defect; the log has its traceback.
    """
    try:
        if event.get("action") == doctor.ACTION:
            return _examine(context)
        verdict = _check(context)
    except RdspatchError:
        raise
    except Exception:
        _logger.exception("the health check failed", action="check_health", run=event.get("run"))
        raise UnexpectedFailure("the health check failed unexpectedly; see the function's log") from None
    _logger.info(verdict.reason, action="check_health", run=event.get("run"), healthy=verdict.healthy)
    return verdict.as_data()


def _examine(context: InvocationContext) -> dict[str, Any]:
    clock = SystemClock()
    deadline = Deadline.after(clock, context.get_remaining_time_in_millis() / 1000)
    answer = doctor.examination("health", application_looks(_settings(), clock), clock=clock, deadline=deadline)
    _logger.info("done", action=doctor.ACTION, answer=answer)
    return answer


def _check(context: InvocationContext) -> Verdict:
    return check_health(
        _settings(),
        HttpHealthEndpoint(),
        clock=SystemClock(),
        remaining_seconds=context.get_remaining_time_in_millis() / 1000,
    )


@cache
def _settings() -> HealthSettings:
    return HealthSettings.from_env(os.environ)
