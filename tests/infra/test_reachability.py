"""No state machine holds a state that nothing leads to: CreateStateMachine refuses one, and the stack rolls back."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from tests.infra import combinations
from tests.infra.state_machine import unreachable


@pytest.fixture(scope="session")
def definitions() -> dict[str, dict[str, Any]]:
    return combinations.definitions()


@pytest.mark.parametrize("name", combinations.ALL)
def test_something_leads_to_every_state(definitions: dict[str, dict[str, Any]], name: str) -> None:
    assert unreachable(definitions[name]) == set()


def test_every_stage_of_ours_holds_reachable_states_only(sandbox: Any, existing: Any, fresh_token: Any) -> None:
    for template in (sandbox, existing, fresh_token):
        for construct in ("Workflow", "TerminalRecord", "NightlyRepair"):
            assert unreachable(template.definition(construct)) == set()


def test_what_is_not_chosen_leaves_no_trace(definitions: dict[str, dict[str, Any]]) -> None:
    bare = set(definitions["snapshot never of nothing, approval of nothing"]["States"])
    full = set(definitions["snapshot always of a cluster, approval of all hazards"]["States"])
    assert bare < full
    assert {"OutcomeNoSnapshot", "OutcomeRejected", "OutcomeExpired"} <= full - bare


@pytest.mark.parametrize("name", ["AwaitApproval", "RemoveOldSnapshots", "RecordHealth"])
def test_the_walk_finds_a_state_that_is_cut_off(definitions: dict[str, dict[str, Any]], name: str) -> None:
    broken = copy.deepcopy(definitions["snapshot when-needed of an instance, approval of all hazards"])
    cut_off = {"Type": "Pass", "Next": name}
    broken["States"]["CutOff"] = cut_off
    assert unreachable(broken) == {"CutOff"}


def test_the_walk_looks_into_inner_state_machines(definitions: dict[str, dict[str, Any]]) -> None:
    broken = copy.deepcopy(definitions["snapshot always of an instance, approval of nothing"])
    inside = broken["States"]["RemoveOldSnapshots"]["ItemProcessor"]["States"]
    inside["CutOff"] = {"Type": "Succeed"}
    assert unreachable(broken) == {"CutOff"}
