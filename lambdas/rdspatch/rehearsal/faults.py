"""Crash points: number the calls that a handler makes on its ports, and die before or after one of them."""

from __future__ import annotations

import dataclasses
import os
import signal
import sys
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Callable

# The ports behind which something happens. The clock and the patches on disk are not among them.
COUNTED_PORTS = ("database", "audit")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What goes wrong in one invocation. With nothing set, its steps are counted and nothing goes wrong.

    Attributes:
        kill_before: Number of the step (from 1) before which the process is killed.
        kill_after: Number of the step after which the process is killed.
        kill_during: Number of the step in which the process is killed when the step takes longer than `during_ms`:
            what it has sent by then is sent, and the answer is lost.
        during_ms: See `kill_during`.
        refused: Error code with which the Lambda service refuses the invocation, so that no handler runs:
            `ResourceNotReadyException`, `TooManyRequestsException`, …
    """

    kill_before: int | None = None
    kill_after: int | None = None
    kill_during: int | None = None
    during_ms: int = 50
    refused: str | None = None


class StepCounter:
    """Numbers the calls made on the objects that it wraps."""

    def __init__(self, fault: Fault, report: Callable[[str], None]) -> None:
        """Prepare a count.

        Args:
            fault: Where to die.
            report: Is told the name of each step (`database.connect`) before the step is taken.
        """
        self._fault = fault
        self._report = report
        self._taken = 0

    def wrap(self, name: str, target: object) -> Any:
        """Return a stand-in for `target` whose method calls are steps."""
        return _Counted(self, name, target)

    def step(self, name: str, action: Callable[[], Any]) -> Any:
        """Take one numbered step, unless this is where the process dies."""
        self._taken += 1
        number = self._taken
        if number == self._fault.kill_before:
            die()
        self._report(name)
        if number == self._fault.kill_during:
            # The default action of SIGALRM ends the process: no Python code runs, as with SIGKILL.
            signal.setitimer(signal.ITIMER_REAL, self._fault.during_ms / 1000)
        try:
            return action()
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            if number == self._fault.kill_after:
                die()


class _Counted:
    """A stand-in; what it returns is wrapped too: another one of its kind, or what is entered or closed (a session)."""

    def __init__(self, counter: StepCounter, name: str, target: object) -> None:
        self._counter = counter
        self._name = name
        self._target = target

    def __getattr__(self, attribute: str) -> Any:
        value = getattr(self._target, attribute)
        if not callable(value):
            return value
        return lambda *args, **kwargs: self._call(attribute, lambda: value(*args, **kwargs))

    def __enter__(self) -> Self | Any:
        return self._call("__enter__", self._target.__enter__)  # type: ignore[attr-defined] # a session has it

    def __exit__(self, *exception: object) -> Any:
        return self._call("__exit__", lambda: self._target.__exit__(*exception))  # type: ignore[attr-defined] # it has

    def _call(self, attribute: str, action: Callable[[], Any]) -> Any:
        result = self._counter.step(f"{self._name}.{attribute}", action)
        if result is self._target:
            return self
        if isinstance(result, type(self._target)):
            return self._counter.wrap(self._name, result)
        if hasattr(result, "__enter__") or hasattr(result, "close"):
            return self._counter.wrap(self._name if attribute == "__enter__" else _session_name(self._name), result)
        return result


def _session_name(port: str) -> str:
    return f"{port}.session" if "." not in port else port


def die() -> None:
    """End this process as a crash of the machine would: no handler, no flush, no goodbye."""
    os.kill(os.getpid(), signal.SIGKILL)


def count_steps(handler: str, counter: StepCounter) -> None:
    """Wrap the ports of a handler, in this process and for good.

    `package.patcher.handler` gets its ports from `package.wiring.patcher_ports(environ)`, a frozen dataclass.

    Args:
        handler: Dotted path of the Lambda handler; its module is imported already.
        counter: Counts the calls on the ports named in `COUNTED_PORTS`.
    """
    module, _, _ = handler.rpartition(".")
    package, _, function = module.rpartition(".")
    wiring = import_module(f"{package}.wiring")
    original = getattr(wiring, f"{function}_ports")

    def counted(*args: Any, **kwargs: Any) -> Any:
        ports = original(*args, **kwargs)
        names = [field.name for field in dataclasses.fields(ports) if field.name in COUNTED_PORTS]
        return dataclasses.replace(ports, **{name: counter.wrap(name, getattr(ports, name)) for name in names})

    # Whoever imported the function by name has to see the counting one as well.
    for user in (wiring, sys.modules[module]):
        for name, value in tuple(vars(user).items()):
            if value is original:
                setattr(user, name, counted)
