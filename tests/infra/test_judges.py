"""What others make of our state machines: a validator, and two interpreters that have to agree on every way through."""

from __future__ import annotations

import copy
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.infra import cases, combinations, judging
from tests.infra.state_machine import inner_machines, successors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tests.infra.judging import Case, Ran

EVERYTHING: Final = "snapshot when-needed of an instance, approval of all hazards"
RUN: Final = (
    EVERYTHING,
    "snapshot always of a cluster, approval of nothing",
    "snapshot never of nothing, approval of nothing",
    *combinations.HELPERS,
)
"""State machines that between them hold every state, and every way between states."""


pytestmark = pytest.mark.slow


@pytest.fixture(scope="session")
def definitions() -> dict[str, dict[str, Any]]:
    return combinations.definitions()


@pytest.fixture(scope="session")
def flaws(definitions: dict[str, dict[str, Any]]) -> dict[str, list[str]]:
    return judging.flaws(definitions)


@pytest.mark.parametrize("name", combinations.ALL)
def test_the_validator_finds_nothing(flaws: dict[str, list[str]], name: str) -> None:
    assert flaws[name] == []


def _cut_off(states: dict[str, Any]) -> None:
    states["CutOff"] = {"Type": "Pass", "Next": "Preflight"}


def _lead_nowhere(states: dict[str, Any]) -> None:
    states["Preflight"]["Next"] = "Nowhere"


def _spoil_a_path(states: dict[str, Any]) -> None:
    states["WaitForLock"]["SecondsPath"] = "work.wait_seconds["


def _invent_a_field(states: dict[str, Any]) -> None:
    states["Succeeded"]["ResultPath"] = "$.result"


@pytest.mark.parametrize("spoil", [_cut_off, _lead_nowhere, _spoil_a_path, _invent_a_field])
def test_the_validator_sees_what_step_functions_would_refuse(
    definitions: dict[str, dict[str, Any]], spoil: Callable[[dict[str, Any]], None]
) -> None:
    broken = copy.deepcopy(definitions[EVERYTHING])
    spoil(broken["States"])
    assert judging.flaws({"broken": broken})["broken"]


@pytest.fixture(scope="session")
def ran(definitions: dict[str, dict[str, Any]]) -> list[tuple[Case, Ran]]:
    """Every way that the data of a run may take, and each task failing by each kind of error, once and for good."""
    found: list[tuple[Case, Ran]] = []
    told = [case for name in RUN for case in cases.turns(name, definitions[name])]
    to_fail = dict(_new_tasks(definitions))
    while told:
        new = list(zip(told, judging.run_in_javascript({name: definitions[name] for name in RUN}, told), strict=True))
        found += new
        told = []
        for case, run in new:
            left = to_fail[case.definition]
            told += cases.failures(case, {task: left.pop(task) for task, _ in run.calls if task in left})
    assert not any(to_fail.values()), "no execution comes to these tasks"
    return found


def _new_tasks(definitions: dict[str, dict[str, Any]]) -> Iterator[tuple[str, dict[str, Mapping[str, Any]]]]:
    """The tasks of each state machine that none before it has."""
    known: list[Mapping[str, Any]] = []
    for name in RUN:
        tasks = {task: state for task, state in cases.tasks_of(definitions[name]).items() if state not in known}
        known += tasks.values()
        yield name, tasks


def test_every_way_between_states_is_taken(definitions: dict[str, dict[str, Any]], ran: list[tuple[Case, Ran]]) -> None:
    """Catches a state whose Catch, Choice or Retry no execution of these tests comes to."""
    outer = [[state for state in run.path if state in definitions[case.definition]["States"]] for case, run in ran]
    paths = [*outer, *(run.path for _, run in ran)]
    taken = {way for path in paths for way in pairwise(path)}
    assert {way for name in RUN for way in ways(definitions[name])} - taken == set()


def ways(definition: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Every transition between two states."""
    for name, state in definition["States"].items():
        yield from ((name, then) for then in successors(state))
        for inner in inner_machines(state):
            yield from ways(inner)


def test_both_interpreters_take_the_same_ways(
    definitions: dict[str, dict[str, Any]], ran: list[tuple[Case, Ran]]
) -> None:
    """Compares the states entered, every call with its parameters, and how each execution ends."""
    told = [case for case, _ in ran]
    for (case, one), other in zip(ran, judging.run_in_moto(definitions, told), strict=True):
        assert one == other, {name: answer for name, answer in case.answers.items() if answer != cases.GOOD[name]}


def _retry_less(states: dict[str, Any]) -> None:
    states["Apply"]["Retry"] = [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 2}]


def _catch_something_else(states: dict[str, Any]) -> None:
    states["RecordStarted"]["Catch"][0]["ErrorEquals"] = ["DynamoDb.ConditionalCheckFailedException"]


def _choose_otherwise(states: dict[str, Any]) -> None:
    states["IsHealthy"]["Choices"].reverse()


@pytest.mark.parametrize("spoil", [_retry_less, _catch_something_else, _choose_otherwise])
def test_another_definition_takes_other_ways(
    definitions: dict[str, dict[str, Any]], ran: list[tuple[Case, Ran]], spoil: Callable[[dict[str, Any]], None]
) -> None:
    """Catches a comparison that cannot fail."""
    broken = copy.deepcopy(definitions[EVERYTHING])
    spoil(broken["States"])
    told = [(case, run) for case, run in ran if case.definition == EVERYTHING]
    assert judging.run_in_javascript({EVERYTHING: broken}, [case for case, _ in told]) != [run for _, run in told]
