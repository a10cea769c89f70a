"""The places where the simulated AWS is led back to us. Each is put back at the end."""

from __future__ import annotations

import contextlib
import json
import logging
import time
from datetime import datetime
from typing import TYPE_CHECKING, Any

from moto.awslambda_simple.models import LambdaSimpleBackend
from moto.core.config import default_user_config
from moto.core.exceptions import JsonRESTError
from moto.stepfunctions.parser.asl.component.common.retry import retrier_decl
from moto.stepfunctions.parser.asl.component.state import state
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service import StateTaskService
from moto.stepfunctions.parser.asl.component.state.wait.wait_function.wait_function import WaitFunction
from moto.stepfunctions.parser.asl.utils import boto_client
from moto.stepfunctions.parser.backend import execution_worker

from rdspatch.rehearsal.sdk_names import aws_time, operation, to_botocore, to_step_functions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rdspatch.rehearsal.invocation import Invocation


class InvocationRefused(Exception):
    """The Lambda service does not start the function.

    Attributes:
        code: The service's error code.
    """

    def __init__(self, code: str) -> None:
        super().__init__(f"the Lambda service refused the invocation: {code}")
        self.code = code


@contextlib.contextmanager
def led_back(*, port: int, time_scale: float, invoke: Callable[[str, Any], Invocation]) -> Iterator[None]:
    """Lead moto to our server, our Lambda functions and our time, until the context ends.

    Args:
        port: Of the moto server on 127.0.0.1, which the state machine's own calls go to.
        time_scale: Factor on the pauses of `Retry` and `Wait`; 0 leaves them out.
        invoke: Runs the function of a name with an event.
    """

    def invoke_function(
        _backend: object,
        function: str,
        _qualifier: object,
        body: Any,
        _headers: object,
        response_headers: Any,
    ) -> bytes:
        try:
            invocation = invoke(function, json.loads(body or "{}"))
        except InvocationRefused as refusal:
            error = JsonRESTError(refusal.code, str(refusal))
            error.code = 502
            raise error from refusal
        if invocation.failed:
            response_headers["x-amz-function-error"] = "Unhandled"
        return json.dumps(invocation.payload).encode()

    def wait(_function: object, env: Any, wait_seconds: float) -> None:
        deadline = time.monotonic() + wait_seconds * time_scale
        while env.is_running() and (left := deadline - time.monotonic()) > 0:
            env.program_state_event.wait(left)

    class ScaledTime:
        @staticmethod
        def sleep(seconds: float) -> None:
            time.sleep(seconds * time_scale)

    with contextlib.ExitStack() as stack:
        stack.enter_context(_replaced(boto_client, "moto_server_port", lambda: str(port)))
        stack.enter_context(_replaced(retrier_decl, "time", ScaledTime))
        stack.enter_context(_replaced(WaitFunction, "_wait_interval", wait))
        stack.enter_context(_replaced(LambdaSimpleBackend, "invoke", invoke_function))
        stack.enter_context(_replaced(execution_worker, "ExecutionData", _with_aws_time("StartTime")))
        stack.enter_context(_replaced(state, "StateData", _with_aws_time("EnteredTime")))
        stack.enter_context(_replaced(StateTaskService, "_normalise_parameters", _name_parameters))
        stack.enter_context(_replaced(StateTaskService, "_normalise_response", _name_results))
        stack.enter_context(_silenced("moto"))
        stack.enter_context(_setting("lambda", "use_docker", value=False))
        stack.enter_context(_setting("stepfunctions", "execute_state_machine", value=True))
        yield


def _name_parameters(task: Any, parameters: dict[str, Any], *_names: object, **_more: object) -> None:
    """Give the parameters of a state's call the names that botocore knows, in place."""
    shape = operation(task.resource.api_name, task.resource.api_action).input_shape
    named = to_botocore(parameters, shape)
    parameters.clear()
    parameters.update(named)


def _name_results(task: Any, response: dict[str, Any], *_names: object, **_more: object) -> None:
    """Give the results of a state's call the names that a state sees, in place."""
    shape = operation(task.resource.api_name, task.resource.api_action).output_shape
    named = to_step_functions(response, shape)
    response.clear()
    response.update(named)


def _with_aws_time(field: str) -> Callable[..., dict[str, Any]]:
    """Make an entry of the context object whose time is written as AWS does: `2026-01-31T07:08:09.123Z`.

    moto gives one time as a `datetime`, which no intrinsic function takes, and one with microseconds.
    """

    def entry(**data: Any) -> dict[str, Any]:
        time = data[field]
        return {**data, field: aws_time(datetime.fromisoformat(time) if isinstance(time, str) else time)}

    return entry


@contextlib.contextmanager
def _silenced(logger: str) -> Iterator[None]:
    # Without a handler, Python writes warnings to standard error: moto dumps whole definitions on every failed task.
    nowhere = logging.NullHandler()
    logging.getLogger(logger).addHandler(nowhere)
    try:
        yield
    finally:
        logging.getLogger(logger).removeHandler(nowhere)


@contextlib.contextmanager
def _replaced(owner: Any, name: str, value: object) -> Iterator[None]:
    original = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, original)


@contextlib.contextmanager
def _setting(service: str, name: str, *, value: bool) -> Iterator[None]:
    settings: Any = default_user_config
    original = settings[service]
    settings[service] = {**original, name: value}
    try:
        yield
    finally:
        settings[service] = original
