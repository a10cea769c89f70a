"""Every message to the server is a place where something can go wrong; running again is the recovery."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from rdspatch.core.errors import PatchFailed
from tests.acceptance.proxy import Loss
from tests.faults.later import in_ci

if TYPE_CHECKING:
    from tests.faults.world import World

MESSAGES = 31
"""What an undisturbed run sends: preflight, plan, apply and verify."""


def test_these_are_the_messages_of_a_run(world: World, expected: dict[str, Any]) -> None:
    assert world.run(through=world.proxy) is None
    assert len(world.proxy.queries) == MESSAGES
    world.settle(expected)


@pytest.mark.slow
@pytest.mark.experiment("F02")
@pytest.mark.parametrize("number", range(1, MESSAGES + 1))
@pytest.mark.parametrize("loss", in_ci(Loss, Loss.REPLY))
def test_whatever_happens_to_a_message_a_plain_rerun_finishes(
    world: World, expected: dict[str, Any], loss: Loss, number: int
) -> None:
    world.proxy.at[number] = loss
    world.run(through=world.proxy)
    assert world.proxy.all_lost
    world.settle(expected)


@pytest.mark.faults_only
@pytest.mark.experiment("F08")
@pytest.mark.parametrize("number", range(1, MESSAGES + 1))
def test_a_session_that_is_terminated_is_a_lost_connection(world: World, expected: dict[str, Any], number: int) -> None:
    def terminate(at: int) -> None:
        if at == number:
            world.function.query(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
                "WHERE application_name LIKE 'rdspatch%' AND datname = current_database()"
            )

    world.proxy.before_query = terminate
    error = world.run(through=world.proxy)
    assert not isinstance(error, PatchFailed)
    world.settle(expected)


@pytest.mark.experiment("F07")
@pytest.mark.parametrize("loss", [Loss.REQUEST, Loss.REPLY])
@pytest.mark.parametrize("name", ["0001_job", "0002_fill", "0005_results"])
def test_a_lost_commit_is_resolved_within_the_run(
    world: World, expected: dict[str, Any], loss: Loss, name: str
) -> None:
    world.proxy.lose(f"VALUES ('{name}'", loss)
    assert world.run(through=world.proxy) is None
    assert world.proxy.all_lost
    world.settle(expected)
