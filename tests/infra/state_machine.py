"""Questions to the states of a workflow."""

from __future__ import annotations

from typing import Any


def tasks(states: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {name: state for name, state in states.items() if state["Type"] == "Task"}


def attempts_for(state: dict[str, Any], error: str) -> int:
    """How often an error is tried again: the first retrier that matches decides."""
    for retrier in state["Retry"]:
        if error in retrier["ErrorEquals"] or "States.ALL" in retrier["ErrorEquals"]:
            return int(retrier["MaxAttempts"])
    return 0


def caught_by(state: dict[str, Any], error: str) -> str:
    for catcher in state["Catch"]:
        if error in catcher["ErrorEquals"] or "States.ALL" in catcher["ErrorEquals"]:
            return str(catcher["Next"])
    raise AssertionError(f"{error} is not caught")


def path_from(states: dict[str, Any], name: str) -> list[str]:
    """The states that follow `name` until a choice or an end."""
    names = [name]
    while "Next" in states[names[-1]]:
        names.append(states[names[-1]]["Next"])
    return names


def rules_of(choice: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(rule["Variable"], rule["StringEquals"], rule["Next"]) for rule in choice["Choices"]]
