"""One invocation in a process of its own: calls the handler as the Lambda runtime would."""

from __future__ import annotations

import json
import os
import sys
import time
import traceback
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from rdspatch.rehearsal.faults import Fault, StepCounter, count_steps

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True, kw_only=True)
class LambdaContext:
    """The second argument of a handler."""

    deadline: float
    aws_request_id: str
    function_name: str
    invoked_function_arn: str
    memory_limit_in_mb: int
    function_version: str = "$LATEST"

    def get_remaining_time_in_millis(self) -> int:
        """Return the milliseconds until this process is killed."""
        return max(0, int((self.deadline - time.monotonic()) * 1000))


def run_child(
    handler: Callable[..., Any],
    handler_path: str,
    request: dict[str, Any],
    *,
    deadline: float,
    messages: int,
    log: int,
) -> NoReturn:
    """Run one invocation and end the process.

    Args:
        handler: The handler function.
        handler_path: Its dotted path.
        request: `event`, `context`, and `fault` where steps are to be counted.
        deadline: Monotonic time at which the parent kills this process.
        messages: File descriptor for what goes to the parent: one JSON value a line.
        log: File descriptor that becomes standard output and error.
    """
    nothing = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(source, target)

    def send(**message: Any) -> None:
        data = json.dumps(message).encode() + b"\n"
        while data:
            data = data[os.write(messages, data) :]

    status = 0
    try:
        if request["fault"] is not None:
            count_steps(handler_path, StepCounter(Fault(**request["fault"]), lambda name: send(step=name)))
        result = handler(request["event"], LambdaContext(deadline=deadline, **request["context"]))
        send(result=_marshalled(result))
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 1
    except Exception as error:  # noqa: BLE001 - as Lambda does: every exception is the function's error
        described = {**_described(error), "requestId": request["context"]["aws_request_id"]}
        # The Lambda runtime writes this to the log too; a secret in a message would be there to be found.
        print("[ERROR]", f"{described['errorType']}: {described['errorMessage']}")  # noqa: T201
        print("Traceback (most recent call last):", *described["stackTrace"], sep="\n")  # noqa: T201
        send(error=described)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _marshalled(result: Any) -> Any:
    try:
        return json.loads(json.dumps(result))
    except (TypeError, ValueError) as error:
        raise MarshalError(f"Unable to marshal response: {error}") from error


def _described(error: Exception) -> dict[str, Any]:
    return {
        "errorType": "Runtime.MarshalError" if isinstance(error, MarshalError) else type(error).__name__,
        "errorMessage": str(error),
        "stackTrace": traceback.format_tb(error.__traceback__ and error.__traceback__.tb_next),
    }


class MarshalError(Exception):
    """The handler returned something that is no JSON."""
