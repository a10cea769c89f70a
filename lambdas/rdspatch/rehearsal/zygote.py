"""The process behind a rehearsed Lambda function: imports the handler once, then forks for each invocation.

Reads one JSON request a line on standard input, answers with one JSON reply a line on standard output.
A fork of a process with one thread is safe, costs milliseconds, and can be killed as Lambda kills: for good,
at any instruction. The end of standard input, and so of its parent, ends it, also in the middle of an
invocation.
"""

from __future__ import annotations

import json
import os
import selectors
import signal
import sys
import time
import traceback
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from rdspatch.rehearsal.child import run_child

if TYPE_CHECKING:
    from collections.abc import Callable

CHUNK = 65536


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a child ended: what it said, what it logged, and its wait status."""

    messages: bytes
    log: bytes
    timed_out: bool
    status: int


def main() -> None:
    """Serve the handler named by the first argument until standard input ends."""
    replies = os.dup(1)
    os.dup2(2, 1)  # what the import prints belongs to the log, not among the replies
    handler_path = sys.argv[1]
    handler, problem = _load(handler_path)
    for line in sys.stdin:
        request = json.loads(line)
        if handler is None:
            reply: dict[str, Any] = {"error": problem}
        else:
            ending = _invoke(handler, handler_path, request)
            reply = {
                "messages": _complete_messages(ending.messages),
                "log": ending.log.decode(errors="replace"),
                "timed_out": ending.timed_out,
                "exit_code": os.waitstatus_to_exitcode(ending.status),
            }
        _write(replies, json.dumps(reply).encode() + b"\n")


def _load(path: str) -> tuple[Callable[..., Any] | None, dict[str, Any]]:
    module, _, name = path.rpartition(".")
    try:
        return getattr(import_module(module), name), {}
    except Exception as error:  # noqa: BLE001 - as Lambda does: whatever the import raised is the function's error
        return None, {
            "errorType": "Runtime.ImportModuleError",
            "errorMessage": f"Unable to import {path!r}: {error!r}",
            "stackTrace": traceback.format_exception(error),
        }


def _invoke(handler: Callable[..., Any], handler_path: str, request: dict[str, Any]) -> Ending:
    deadline = time.monotonic() + request["timeout_seconds"]
    messages_out, messages_in = os.pipe()
    log_out, log_in = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(messages_out)
        os.close(log_out)
        run_child(handler, handler_path, request, deadline=deadline, messages=messages_in, log=log_in)
    os.close(messages_in)
    os.close(log_in)
    heard, timed_out = _listen((messages_out, log_out), child, deadline)
    _, status = os.waitpid(child, 0)
    return Ending(messages=heard[messages_out], log=heard[log_out], timed_out=timed_out, status=status)


def _listen(sources: tuple[int, int], child: int, deadline: float) -> tuple[dict[int, bytes], bool]:
    """Read both pipes to their end; kill the child at its deadline, or when our own parent is gone."""
    heard = dict.fromkeys(sources, b"")
    timed_out = False
    with selectors.DefaultSelector() as selector:
        for source in (*sources, sys.stdin.fileno()):
            selector.register(source, selectors.EVENT_READ)
        while len(selector.get_map()) > 1:
            left = None if timed_out else max(0.0, deadline - time.monotonic())
            ready = selector.select(left)
            if not ready:
                timed_out = True
                os.kill(child, signal.SIGKILL)
            for key, _ in ready:
                if key.fd not in heard:
                    os.kill(child, signal.SIGKILL)
                    sys.exit(0)
                chunk = os.read(key.fd, CHUNK)
                heard[key.fd] += chunk
                if not chunk:
                    selector.unregister(key.fd)
                    os.close(key.fd)
    return heard, timed_out


def _complete_messages(heard: bytes) -> list[Any]:
    # A child that was killed may have stopped in the middle of its last line.
    complete, _, _ = heard.rpartition(b"\n")
    return [json.loads(line) for line in complete.splitlines()]


def _write(target: int, data: bytes) -> None:
    while data:
        data = data[os.write(target, data) :]


if __name__ == "__main__":
    main()
