"""A lock that keeps a run from reading passes: whoever holds it is named, and nothing is called untrue."""

from __future__ import annotations

import re
import threading
import time
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from rdspatch.adapters.postgres import questions, session
from rdspatch.core.errors import ReadBlocked
from rdspatch.core.lockfile import LockedBaseline, LockFile
from rdspatch.core.models import LockedModels, MappedModel
from rdspatch.core.schema import effects_between
from rdspatch.core.statement import RelationName
from rdspatch.engine.deadline import Deadline
from rdspatch.engine.drift import find_drift
from rdspatch.engine.inspect import read_live_schema
from rdspatch.engine.verify import verify
from rdspatch.ports import Limits
from tests.acceptance.proxy import Loss
from tests.acceptance.target import FakeClock, Target, new_run, open_target

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from tests.acceptance.proxy import Proxy

BASELINE = "CREATE TABLE t (a integer DEFAULT 1 + 1, CONSTRAINT small CHECK (a < 10))"
INDEX = "CREATE INDEX CONCURRENTLY IF NOT EXISTS t_a ON t (a)"


@pytest.fixture
def applied(target: Target, monkeypatch: pytest.MonkeyPatch) -> Target:
    """A table with expressions, a patch that verifies by a query, and no patience with locks."""
    limits = Limits(lock_timeout=timedelta(milliseconds=50), statement_timeout=timedelta(seconds=30))
    for module in (session, questions):
        monkeypatch.setattr(module, "OWN_LIMITS", limits)
    target.execute(BASELINE)
    target.patch("0001_b", "ALTER TABLE t ADD COLUMN IF NOT EXISTS b text", "verify: SELECT count(*) = 0 FROM t")
    target.apply()
    return target


def lock_of(target: Target) -> LockFile:
    """What a proof would say of the patch."""
    after = read_live_schema(open_target(target.url), new_run())
    before = replace(after, objects={name: it for name, it in after.objects.items() if name.path[-1] != "b"})
    patches = tuple(replace(locked, effects=effects_between(before, after)) for locked in target.patches)
    return LockFile(patches=patches, baseline=LockedBaseline(checksum="c", schema=before), server=18)


def drift(target: Target, lock: LockFile) -> object:
    return find_drift(lock, database=target.database, run=new_run())


def effects(target: Target, lock: LockFile) -> object:
    (locked,) = lock.patches
    without_query = replace(locked.patch, directives=replace(locked.patch.directives, verify=()))
    return check(target, replace(lock, patches=(replace(locked, patch=without_query),)))


def queries(target: Target, lock: LockFile) -> object:
    return check(target, replace(lock, patches=target.patches))


def models(target: Target, lock: LockFile) -> object:
    mapped = MappedModel(model="T", table=RelationName(schema=None, name="t"), columns=("a",))
    return effects(target, replace(lock, models=LockedModels(source="app:Base", checksum="", mapped=(mapped,))))


def check(target: Target, lock: LockFile) -> object:
    return verify(lock, database=target.database, run=new_run(), deadline=Deadline(FakeClock()))


@pytest.mark.parametrize("look", [drift, effects, queries, models])
def test_a_locked_table_blocks_whoever_reads_it_until_the_lock_is_gone(
    applied: Target, connect: Callable[..., Any], look: Callable[[Target, LockFile], object]
) -> None:
    lock = lock_of(applied)
    seen = look(applied, lock)
    other = connect("by hand")
    other.run("BEGIN; LOCK TABLE t IN ACCESS EXCLUSIVE MODE")
    [[pid]] = other.run("SELECT pg_backend_pid()")
    with pytest.raises(ReadBlocked) as blocked:
        look(applied, lock)
    assert [(it.pid, it.application, it.relation) for it in blocked.value.blockers] == [(pid, "by hand", "public.t")]
    expected = (
        r"the database cannot be read: canceling statement due to lock timeout \(SQLSTATE 55P03\); blocked by: "
        rf"pid {pid}, user postgres, application 'by hand', idle in transaction, in its transaction for \d+ s, "
        r"holds AccessExclusiveLock on public\.t\. End that session, or run again when it has ended"
    )
    assert re.fullmatch(expected, str(blocked.value))
    other.run("ROLLBACK")
    assert look(applied, lock) == seen


def test_whoever_waits_for_the_lock_is_named_as_waiting(applied: Target, connect: Callable[..., Any]) -> None:
    lock = lock_of(applied)
    reader, owner = connect("report"), connect("release")
    reader.run("BEGIN; SELECT * FROM t")
    waiting = threading.Thread(target=owner.run, args=("ALTER TABLE t ADD COLUMN c text",))
    waiting.start()
    try:
        query = "SELECT count(*) > 0 FROM pg_locks WHERE NOT granted"
        deadline = time.monotonic() + 10
        while not applied.value(query) and time.monotonic() < deadline:
            time.sleep(0.01)
        with pytest.raises(ReadBlocked, match=r"application 'release', .* waits for AccessExclusiveLock on public\.t"):
            drift(applied, lock)
    finally:
        reader.run("ROLLBACK")
        waiting.join()


def test_an_index_that_cannot_be_described_for_a_lock_fails_no_patch(
    applied: Target, connect: Callable[..., Any]
) -> None:
    applied.patch("0002_i", INDEX, "transaction: none")
    applied.execute(INDEX)
    other = connect("by hand")
    other.run("BEGIN; LOCK TABLE t IN ACCESS EXCLUSIVE MODE")
    report = applied.apply_once()
    assert isinstance(report.failure, ReadBlocked)
    assert "application 'by hand'" in str(report.failure)
    assert applied.results(report) == ["0002_i not_reached"]
    assert applied.applied() == ["0001_b"]
    other.run("ROLLBACK")
    applied.apply()


@pytest.mark.parametrize("loss", [Loss.LOCK_TIMEOUT, Loss.DEADLOCK])
def test_nor_does_one_that_cannot_be_compared(applied: Target, proxy: Proxy, loss: Loss) -> None:
    applied.patch("0002_i", INDEX, "transaction: none")
    applied.execute(INDEX)
    proxy.lose("CREATE TEMP TABLE rdspatch_probe", loss)
    database = open_target(proxy.url(applied.value("SELECT current_database()")))
    failure = applied.apply_once(database=database).failure
    assert isinstance(failure, ReadBlocked)
    assert f"SQLSTATE {loss.value}" in str(failure)
    assert applied.results(applied.apply_once(database=database)) == ["0002_i applied"]


def test_a_catalog_that_is_locked_itself_names_nobody(applied: Target, connect: Callable[..., Any]) -> None:
    connect("by hand").run("BEGIN; LOCK TABLE pg_locks IN ACCESS EXCLUSIVE MODE")
    connect("by hand").run("BEGIN; LOCK TABLE t IN ACCESS EXCLUSIVE MODE")
    with pytest.raises(ReadBlocked, match="blocked by: no session that has such a lock now"):
        applied.verify()
