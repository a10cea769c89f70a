"""A peer that acknowledges and says nothing, in each direction and at each message of a run."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from rdspatch.core.errors import ConnectionLost
from tests.acceptance.proxy import Silence
from tests.acceptance.target import open_target
from tests.faults.conftest import NAME
from tests.faults.later import in_ci
from tests.faults.scenario import USUAL
from tests.faults.test_messages import MESSAGES

if TYPE_CHECKING:
    from tests.faults.world import World

PATIENCE = timedelta(seconds=1)
QUICK = replace(USUAL, name="quick", directives=dict.fromkeys(USUAL.effects, ("statement-timeout: 1s",)))

pytestmark = [pytest.mark.slow, pytest.mark.parametrize("scenario", [QUICK], ids=["quick"])]


@pytest.mark.experiment("F63")
@pytest.mark.parametrize("number", range(1, MESSAGES + 1))
@pytest.mark.parametrize("silence", in_ci(Silence, Silence.REPLY))
def test_a_peer_that_falls_silent_is_given_up_and_a_plain_rerun_finishes(
    world: World, expected: dict[str, Any], silence: Silence, number: int
) -> None:
    world.proxy.at[number] = silence
    with world.function.with_ports(database=open_target(world.proxy.url(NAME), most_for_ours=PATIENCE)):
        error = world.run()
    assert world.proxy.all_lost
    if error is not None:
        assert isinstance(error, ConnectionLost)
        assert "no answer came within 1 s" in str(error)
    world.settle(expected)
