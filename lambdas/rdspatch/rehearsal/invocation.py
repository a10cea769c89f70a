"""One function of the workflow, and one invocation of it: the values that cross the process border."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionSpec:
    """A Lambda function as the template describes it.

    Attributes:
        name: Physical name, the last part of its ARN.
        arn: What the workflow invokes.
        handler: Dotted path of the handler function.
        timeout_seconds: After which the process is killed.
        memory_mb: What the context says; not enforced here.
        environment: All its variables.
    """

    name: str
    arn: str
    handler: str
    timeout_seconds: float
    memory_mb: int
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def role(self) -> str:
        """The module of the handler, a short name for people: `patcher`, `health`."""
        return self.handler.split(".")[-2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation:
    """What one invocation was given and what became of it.

    Attributes:
        function: The function's role (`patcher`, `health`).
        event: What it was given.
        payload: What came back: the handler's result, or `errorType`, `errorMessage` and `stackTrace`.
        failed: Whether `payload` is an error.
        log: Everything that the handler wrote to its standard output and error.
        steps: Names of the calls it made on its ports, in order, where they were counted.
        duration_ms: From the request to the reply.
    """

    function: str
    event: Any
    payload: Any
    failed: bool
    log: str
    steps: tuple[str, ...]
    duration_ms: int

    @property
    def error(self) -> str | None:
        """The error type that a `Retry` or `Catch` sees, or None."""
        return str(self.payload["errorType"]) if self.failed else None

    @property
    def action(self) -> str:
        """What the workflow asked for: the event's `action`, or the function's role where it has none."""
        named = self.event.get("action") if isinstance(self.event, dict) else None
        return named if isinstance(named, str) else self.function
