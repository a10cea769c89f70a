"""A database that is lost for good, at each message of apply: what is said of each patch agrees with the ledger."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from rdspatch.cli.app import run as command_line
from tests.acceptance.proxy import Loss
from tests.faults.conftest import NAME
from tests.faults.later import in_ci

if TYPE_CHECKING:
    from tests.faults.world import World

MESSAGES = 26
"""What an undisturbed apply of the command line sends, its verification included."""
UNREACHABLE = 4


def apply(world: World, capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, str], str]:
    """The exit code, what is said of each patch, and what is said on standard error."""
    directory = str(world.function.patches.path)
    capsys.readouterr()
    code = command_line(["apply", "--database", world.proxy.url(NAME), "--patches", directory, "--format", "json"])
    printed = capsys.readouterr()
    return code, {it["id"]: it["result"] for it in json.loads(printed.out).get("outcomes", ())}, printed.err


def test_these_are_the_messages_of_apply(
    world: World, expected: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    code, results, _ = apply(world, capsys)
    assert (code, set(results.values()), len(world.proxy.queries)) == (0, {"applied"}, MESSAGES)
    world.settle(expected)


@pytest.mark.slow
@pytest.mark.experiment("F64")
@pytest.mark.parametrize("number", range(1, MESSAGES + 1))
@pytest.mark.parametrize("loss", in_ci([Loss.REQUEST, Loss.REPLY], Loss.REPLY))
def test_what_is_said_of_each_patch_agrees_with_the_ledger(
    world: World, expected: dict[str, Any], capsys: pytest.CaptureFixture[str], loss: Loss, number: int
) -> None:
    world.proxy.lose_for_good_at(number, loss)
    code, results, err = apply(world, capsys)
    assert (code, world.proxy.all_lost) == (UNREACHABLE, True)
    there = world.function.query("SELECT to_regclass('rdspatch.ledger') IS NOT NULL")[0][0]
    ledger = {name for (name,) in world.function.query("SELECT patch_id FROM rdspatch.ledger")} if there else set()
    said = {kind: {name for name, result in results.items() if result == kind} for kind in set(results.values())}
    assert set(said) <= {"applied", "unknown", "not_reached"}
    assert said.get("applied", set()) <= ledger
    assert not said.get("not_reached", set()) & ledger
    assert len(said.get("unknown", ())) <= 1
    if results:
        assert list(results) == list(world.scenario.effects), "I9: some are not mentioned"
    else:
        assert ledger == set()
        assert "nothing was" in err
    world.settle(expected)
