"""How many messages each operation sends: the same on every machine, and what a slow network multiplies."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from rdspatch.core.lockfile import LockedBaseline, LockFile
from rdspatch.core.schema import Effect, ObjectKind, ObjectName
from rdspatch.engine.deadline import Deadline
from rdspatch.engine.drift import find_drift
from rdspatch.engine.inspect import preflight, read_ledger
from rdspatch.engine.repair import find_repair
from rdspatch.engine.verify import verify
from tests.acceptance.target import new_run, open_target

if TYPE_CHECKING:
    from collections.abc import Callable

    from rdspatch.adapters.postgres import PostgresDatabase
    from rdspatch.core.lockfile import LockedPatch
    from tests.acceptance.proxy import Proxy
    from tests.acceptance.target import Target

SIZES = (1, 40)
ON_A_NEW_DATABASE = 6
"""The run lock; the ledger, which is not there, what is there instead, and the way back; the one that is made; others'
code."""


@pytest.fixture
def count(target: Target, proxy: Proxy) -> Callable[[Callable[[PostgresDatabase], object]], int]:
    """The messages that an operation sends when it has logged in."""
    database = open_target(proxy.url(str(target.value("SELECT current_database()"))))

    def messages(operation: Callable[[PostgresDatabase], object]) -> int:
        proxy.queries.clear()
        operation(database)
        return len(proxy.queries)

    return messages


def patched(target: Target, number: int) -> tuple[LockedPatch, ...]:
    """This many patches, each with a query for verify; proven, as far as anybody can tell, without an effect."""
    for each in range(1, number + 1):
        target.patch(f"{each:04}_x", f"COMMENT ON SCHEMA public IS '{each}'", "verify: SELECT true")
    return tuple(replace(locked, effects=()) for locked in target.patches)


def test_connecting_asks_nothing(count: Callable[..., int]) -> None:
    assert count(lambda database: database.connect(new_run()).close()) == 0


def test_preflight_is_one_message(count: Callable[..., int]) -> None:
    assert count(lambda database: preflight(database, new_run())) == 1


@pytest.mark.parametrize("number", SIZES)
def test_apply_is_one_message_a_patch(target: Target, count: Callable[..., int], number: int) -> None:
    patches = patched(target, number)
    once = count(lambda database: target.apply_once(database=database, patches=patches))
    assert once == number + ON_A_NEW_DATABASE


@pytest.mark.parametrize("number", SIZES)
def test_what_is_in_the_way_of_all_patches_is_one_message(
    target: Target, count: Callable[..., int], number: int
) -> None:
    made = Effect(object=ObjectName(ObjectKind.TABLE, ("public", "made")), before=None, after={})
    patches = tuple(replace(locked, effects=(made,)) for locked in patched(target, number))
    once = count(lambda database: target.apply_once(database=database, patches=patches))
    assert once == number + ON_A_NEW_DATABASE + 1


@pytest.mark.parametrize("number", SIZES)
def test_with_nothing_to_do_apply_is_two_messages(target: Target, count: Callable[..., int], number: int) -> None:
    patches = patched(target, number)
    target.apply_once(patches=patches)
    assert count(lambda database: target.apply_once(database=database, patches=patches)) == 2


@pytest.mark.parametrize("number", SIZES)
def test_a_plan_is_one_message(target: Target, count: Callable[..., int], number: int) -> None:
    target.apply_once(patches=patched(target, number))
    assert count(lambda database: read_ledger(database, new_run())) == 1


@pytest.mark.parametrize("number", SIZES)
def test_drift_is_two_messages(target: Target, count: Callable[..., int], number: int) -> None:
    for each in range(number):
        target.execute(f"CREATE TABLE t{each} (id int PRIMARY KEY, name text)")
    session = open_target(target.url).connect(new_run())
    baseline = LockedBaseline(checksum="", schema=session.read_schema())
    session.close()
    patches = patched(target, number)
    target.apply_once(patches=patches)
    lock = LockFile(patches=patches, baseline=baseline)
    assert count(lambda database: find_drift(lock, database=database, run=new_run())) == 2


def test_looking_for_what_a_repair_would_do_is_two_messages(target: Target, count: Callable[..., int]) -> None:
    patches = patched(target, 3)
    target.apply_once(patches=patches)
    session = open_target(target.url).connect(new_run())
    lock = LockFile(patches=patches, baseline=LockedBaseline(checksum="", schema=session.read_schema()))
    session.close()

    def look(database: PostgresDatabase) -> object:
        with closing(database.connect(new_run())) as opened:
            return find_repair(lock, opened, limit=10)

    assert count(look) == 2


@pytest.mark.parametrize("number", SIZES)
def test_verify_asks_for_ledger_others_code_and_schema_once_and_each_query_once(
    target: Target, count: Callable[..., int], number: int
) -> None:
    public = Effect(object=ObjectName(ObjectKind.SCHEMA, ("public",)), before=None, after={})
    patches = tuple(replace(locked, effects=(public,)) for locked in patched(target, number))
    target.apply_once(patches=patches)
    lock = LockFile(patches=patches)
    deadline = Deadline(target.clock)
    sent = count(lambda database: verify(lock, database=database, run=new_run(), deadline=deadline))
    assert sent == 3 + number
