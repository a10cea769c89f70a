"""What an execution did, told by its event history."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StateChange:
    """One thing that happened to a state, for whoever watches.

    Attributes:
        kind: The state was entered, an attempt of it failed (a retry or a catch may follow), or it was left.
        state: Its name.
        state_type: `Task`, `Choice`, `Wait`, …
        at: When.
        data: Its input, its output, or `{"error": …, "cause": …}` of the failed attempt.
    """

    kind: Literal["entered", "failed", "left"]
    state: str
    state_type: str
    at: datetime
    data: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class StateVisit:
    """One pass through a state; `left_at` is None where the execution ended in it.

    Attributes:
        failures: (error, cause) of each failed attempt.
    """

    name: str
    type: str
    entered_at: datetime
    left_at: datetime | None
    input: Any
    output: Any
    failures: tuple[tuple[str, str], ...]

    @property
    def duration_ms(self) -> int | None:
        """From entering to leaving."""
        return None if self.left_at is None else int((self.left_at - self.entered_at).total_seconds() * 1000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """One finished (or, while it is watched, running) execution of the workflow.

    Attributes:
        status: `SUCCEEDED`, `FAILED`, `ABORTED`, `TIMED_OUT`, `RUNNING`.
        error: Error name of a failed execution.
        cause: Its message.
        output: What it returned.
        states: Passes through states, in the order they were entered.
        events: The raw history.
    """

    name: str
    arn: str
    status: str
    error: str | None
    cause: str | None
    output: Any
    started_at: datetime
    ended_at: datetime | None
    states: tuple[StateVisit, ...]
    events: tuple[Mapping[str, Any], ...]

    @property
    def transitions(self) -> int:
        """How many states were entered."""
        return len(self.states)

    @property
    def state_names(self) -> tuple[str, ...]:
        """The names of the states, in the order they were entered."""
        return tuple(state.name for state in self.states)

    @property
    def largest_payload(self) -> int:
        """Bytes of the largest input or output of a state: AWS allows 262,144."""
        texts = [details.get(key, "") for event in self.events for details, key in _payloads(event)]
        return max((len(text.encode()) for text in texts), default=0)


def read_changes(events: Iterable[Mapping[str, Any]]) -> Iterator[StateChange]:
    """Tell a history (of states one after the other) as changes of states."""
    state, state_type = "", ""
    for event in events:
        if "stateEnteredEventDetails" in event:
            details = event["stateEnteredEventDetails"]
            state, state_type = details["name"], str(event["type"]).removesuffix("StateEntered")
            yield _change("entered", state, state_type, event["timestamp"], _loaded(details.get("input")))
        elif "stateExitedEventDetails" in event:
            details = event["stateExitedEventDetails"]
            yield _change("left", details["name"], state_type, event["timestamp"], _loaded(details.get("output")))
        elif failure := _failure(event):
            yield _change("failed", state, state_type, event["timestamp"], failure)


def read_visits(events: Iterable[Mapping[str, Any]]) -> tuple[StateVisit, ...]:
    """Tell a history as passes through states."""
    visits: list[StateVisit] = []
    for change in read_changes(events):
        if change.kind == "entered":
            visits.append(
                StateVisit(
                    name=change.state,
                    type=change.state_type,
                    entered_at=change.at,
                    left_at=None,
                    input=change.data,
                    output=None,
                    failures=(),
                )
            )
        elif change.kind == "left":
            visits[-1] = replace(visits[-1], left_at=change.at, output=change.data)
        else:
            failure = (change.data["error"], change.data["cause"])
            visits[-1] = replace(visits[-1], failures=(*visits[-1].failures, failure))
    return tuple(visits)


def _change(
    kind: Literal["entered", "failed", "left"], state: str, state_type: str, at: datetime, data: Any
) -> StateChange:
    return StateChange(kind=kind, state=state, state_type=state_type, at=at, data=data)


def _failure(event: Mapping[str, Any]) -> dict[str, str] | None:
    for key in ("taskFailedEventDetails", "taskTimedOutEventDetails", "lambdaFunctionFailedEventDetails"):
        if key in event:
            return {"error": event[key].get("error", ""), "cause": event[key].get("cause", "")}
    return None


def _payloads(event: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], str]]:
    yield event.get("stateEnteredEventDetails", {}), "input"
    yield event.get("stateExitedEventDetails", {}), "output"


def _loaded(text: str | None) -> Any:
    return None if text is None else json.loads(text)
