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


def unreachable(definition: dict[str, Any]) -> set[str]:
    """The states that nothing leads to, those of inner state machines among them: Step Functions takes none such."""
    states: dict[str, dict[str, Any]] = definition["States"]
    reached: set[str] = set()
    to_visit = [definition["StartAt"]]
    while to_visit:
        name = to_visit.pop()
        if name not in reached:
            reached.add(name)
            to_visit += successors(states[name])
    inside = (unreachable(inner) for state in states.values() for inner in inner_machines(state))
    return (set(states) - reached).union(*inside)


def successors(state: dict[str, Any]) -> list[str]:
    """Where a state may lead: by Next, Default, each choice and each catcher."""
    ways = [state, *state.get("Choices", ()), *state.get("Catch", ())]
    return [way[key] for way in ways for key in ("Next", "Default") if key in way]


def inner_machines(state: dict[str, Any]) -> list[dict[str, Any]]:
    """The state machines within a Map or a Parallel state."""
    return [*state.get("Branches", ()), *(state[key] for key in ("ItemProcessor", "Iterator") if key in state)]
