"""The execution environments of one Lambda function: processes, so that timeouts and crashes are real."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from typing import IO, TYPE_CHECKING, Any, Self

from rdspatch.rehearsal.invocation import FunctionSpec, Invocation

if TYPE_CHECKING:
    from rdspatch.rehearsal.faults import Fault

# All that a handler sees of this machine's environment; the rest comes from the template.
INHERITED = ("PATH", "LANG", "LC_ALL", "TMPDIR", "TZ")
END_SECONDS = 5.0


class Sandbox:
    """Runs a function's handler in processes of its own, as many at a time as are asked for.

    Every invocation starts from a freshly imported module: what a handler would keep in memory between two
    invocations on AWS is not kept here.
    """

    def __init__(self, function: FunctionSpec) -> None:
        """Start the first environment, so that its imports run while other things are set up."""
        self.function = function
        self._lock = threading.Lock()
        self._all: list[_Environment] = []
        self._idle: list[_Environment] = []
        self._closed = False
        self._release(self._start())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def invoke(self, event: Any, *, fault: Fault | None = None) -> Invocation:
        """Run the handler once, and wait for it.

        Args:
            event: Anything that JSON can say.
            fault: Counts the calls on the handler's ports, and kills the process at one of them.

        Returns:
            The invocation. That the handler failed, died or timed out is in it, and raises nothing.
        """
        request_id = str(uuid.uuid4())
        request = {
            "event": event,
            "timeout_seconds": self.function.timeout_seconds,
            "fault": None if fault is None else dataclasses.asdict(fault),
            "context": {
                "aws_request_id": request_id,
                "function_name": self.function.name,
                "invoked_function_arn": self.function.arn,
                "memory_limit_in_mb": self.function.memory_mb,
            },
        }
        environment = self._acquire()
        started = time.monotonic()
        reply = environment.exchange(json.dumps(request))
        duration_ms = int((time.monotonic() - started) * 1000)
        self._release(environment)
        payload, failed = self._judge(reply, request_id)
        return Invocation(
            function=self.function.role,
            event=json.loads(json.dumps(event)),
            payload=payload,
            failed=failed,
            log=reply.get("log", ""),
            steps=tuple(message["step"] for message in reply.get("messages", ()) if "step" in message),
            duration_ms=duration_ms,
        )

    def close(self) -> None:
        """End all processes, also in the middle of an invocation."""
        with self._lock:
            self._closed = True
            ending, self._all, self._idle = self._all, [], []
        for environment in ending:
            environment.close()

    def _judge(self, reply: dict[str, Any], request_id: str) -> tuple[Any, bool]:
        """Return the payload and whether it is an error, in the words of the Lambda service."""
        if "error" in reply:
            return reply["error"], True
        if reply["timed_out"]:
            waited = f"Task timed out after {self.function.timeout_seconds:.2f} seconds"
            return _service_error("Sandbox.Timedout", f"RequestId: {request_id} Error: {waited}"), True
        for message in reply["messages"]:
            if "result" in message:
                return message["result"], False
            if "error" in message:
                return message["error"], True
        code = reply["exit_code"]
        how = f"signal: {signal.Signals(-code).name}" if code < 0 else f"exit status {code}"
        return _service_error(
            "Runtime.ExitError", f"RequestId: {request_id} Error: Runtime exited with error: {how}"
        ), True

    def _acquire(self) -> _Environment:
        with self._lock:
            if self._idle:
                return self._idle.pop()
        return self._start()

    def _release(self, environment: _Environment) -> None:
        with self._lock:
            self._idle.append(environment)

    def _start(self) -> _Environment:
        environment = _Environment(self.function)
        with self._lock:
            closed = self._closed
            self._all.append(environment)
        if closed:
            environment.close()
            raise SandboxEnded(f"the sandbox of {self.function.name} is closed")
        return environment


class SandboxEnded(RuntimeError):
    """The process that runs the handlers is gone; the message carries what it last said."""


class _Environment:
    """One zygote process."""

    def __init__(self, function: FunctionSpec) -> None:
        inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
        self._log: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the process
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and arguments
            [sys.executable, "-m", "rdspatch.rehearsal.zygote", function.handler],
            env={
                **inherited,
                "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
                "PYTHONUNBUFFERED": "1",
                **function.environment,
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            start_new_session=True,  # Ctrl-C is for the parent, which then closes its sandboxes
        )

    def exchange(self, request: str) -> dict[str, Any]:
        assert self._process.stdin is not None  # noqa: S101 - both are pipes
        assert self._process.stdout is not None  # noqa: S101
        try:
            self._process.stdin.write(request.encode() + b"\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except (OSError, ValueError):
            line = b""
        if not line:
            raise SandboxEnded(f"the process of the sandbox ended:\n{self._said()}")
        reply: dict[str, Any] = json.loads(line)
        return reply

    def close(self) -> None:
        process = self._process
        assert process.stdin is not None  # noqa: S101
        assert process.stdout is not None  # noqa: S101
        process.stdin.close()
        try:
            process.wait(timeout=END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()
        self._log.close()

    def _said(self) -> str:
        if self._log.closed:
            return "(it was closed)"
        self._log.seek(0)
        return self._log.read().decode(errors="replace")[-2000:]


def _service_error(error_type: str, message: str) -> dict[str, str]:
    return {"errorType": error_type, "errorMessage": message}
