"""Repair: what patches made comes back, nothing else changes, and what is not safe is refused with the reason."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from rdspatch.authoring.postgres_server import EmbeddedPostgres
from rdspatch.core.drift import Drift
from rdspatch.core.errors import EffectMissing, PatchFailed, RepairRefused
from rdspatch.core.outcome import Result
from rdspatch.core.schema import ObjectKind
from rdspatch.core.work import Status
from tests.acceptance.damaged import copy_of, patched, proven
from tests.acceptance.repair_cases import AFTERWARDS, BASELINE, HEALED, LEFT, PATCHES, REFUSED
from tests.trap import trapped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rdspatch.core.lockfile import LockFile
    from rdspatch.core.schema import ObjectName, Properties, Schema
    from tests.acceptance.damaged import Damaged

pytestmark = pytest.mark.slow

PENDING = ("0034_later",)
OLDER = Path("/usr/lib/postgresql/15/bin")


@pytest.fixture(scope="module")
def lock_file(postgres_server: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> LockFile:
    return proven(postgres_server, tmp_path_factory.mktemp("patches"), BASELINE, PATCHES)


@pytest.fixture(scope="module")
def template(postgres_server: EmbeddedPostgres, lock_file: LockFile) -> Iterator[str]:
    """A database with all patches but the last, and with rows."""
    with patched(postgres_server, lock_file, BASELINE, afterwards=AFTERWARDS, pending=len(PENDING)) as name:
        yield name


@pytest.fixture
def damaged(postgres_server: EmbeddedPostgres, lock_file: LockFile, template: str) -> Iterator[Damaged]:
    with copy_of(postgres_server, lock_file, template) as made:
        yield made


@pytest.fixture(scope="module")
def intact(postgres_server: EmbeddedPostgres, lock_file: LockFile, template: str) -> Schema:
    """The schema before anything happened to it."""
    with copy_of(postgres_server, lock_file, template) as made:
        assert made.drift() == Drift(pending=PENDING)
        return made.schema()


@pytest.fixture
def happened(damaged: Damaged) -> Iterator[Callable[[str], Damaged]]:
    """Lets something happen; what holds the ledger and the rows then has to stay whatever a repair does."""
    columns: dict[tuple[str, str], list[str]] = {}
    before = []

    def happen(sql: str) -> Damaged:
        damaged.run(sql)
        columns.update(damaged.columns())
        before.append(damaged.rows(columns))
        return damaged

    yield happen
    assert damaged.rows(columns) == before[0]
    assert damaged.run("SELECT n.last_value, c.last_value FROM numbers AS n, counter AS c") == [[500, 500]]
    assert damaged.run("SELECT count(*) FROM rdspatch.progress") == [[0]]


def without_privileges(schema: Schema) -> dict[ObjectName, Properties]:
    """What somebody made again by hand lacks them before and after."""
    return {name: it for name, it in schema.objects.items() if name.kind is not ObjectKind.PRIVILEGES}


@pytest.mark.parametrize("case", HEALED)
def test_what_is_missing_comes_back_and_nothing_else_changes(
    happened: Callable[[str], Damaged], intact: Schema, case: str
) -> None:
    sql, *replayed = HEALED[case]
    damaged = happened(sql)
    ledger = damaged.ledger()
    report = damaged.repair()
    assert (report.failure, report.work.status, report.work.applied) == (None, Status.DONE, len(replayed))
    assert [outcome.patch_id for outcome in damaged.outcomes] == replayed
    assert {outcome.result for outcome in damaged.outcomes} <= {Result.REPLAYED}
    assert without_privileges(damaged.schema()) == without_privileges(intact)
    assert damaged.ledger() == ledger
    assert damaged.drift() == Drift(pending=PENDING)
    assert damaged.plan().replays == ()


@pytest.mark.experiment("F47")
@pytest.mark.parametrize("case", REFUSED)
def test_what_is_not_safe_is_refused_with_the_reason_and_leaves_no_trace(
    happened: Callable[[str], Damaged], case: str
) -> None:
    sql, reason = REFUSED[case]
    damaged = happened(sql)
    before, drift = damaged.schema(), damaged.drift()
    try:
        refused = damaged.repair().failure
    except RepairRefused as at_once:
        refused = at_once
    assert isinstance(refused, RepairRefused)
    assert reason in str(refused)
    assert (damaged.schema(), damaged.drift()) == (before, drift)


@pytest.mark.parametrize("case", LEFT)
def test_what_no_patch_brings_back_is_left_alone_with_the_reason(happened: Callable[[str], Damaged], case: str) -> None:
    sql, *expected = LEFT[case]
    damaged = happened(sql)
    before = damaged.schema()
    plan = damaged.plan()
    assert (plan.replays, plan.refusals, plan.heals) == ((), (), ())
    for left, (difference, _, reason) in zip(plan.leaves, (line.partition(" | ") for line in expected), strict=True):
        assert str(left.difference).startswith(difference)
        assert left.reason.startswith(reason)
    assert damaged.repair().outcomes == []
    assert damaged.schema() == before


def test_a_column_that_a_patch_filled_comes_back_empty_and_the_plan_names_that_patch(damaged: Damaged) -> None:
    damaged.run("ALTER TABLE users DROP phone CASCADE")
    assert damaged.plan().without == (
        "column public.users.phone comes back without its values; 0011_fill wrote some of them and is not replayed",
    )
    damaged.repair()
    assert damaged.run("SELECT count(*), count(phone) FROM users") == [[20, 0]]


def test_a_table_comes_back_without_its_rows_and_with_those_that_its_patch_brings(damaged: Damaged) -> None:
    damaged.run("DROP TABLE kinds")
    assert damaged.plan().without == ("table public.kinds comes back without its rows",)
    damaged.repair()
    assert damaged.run("SELECT name FROM kinds ORDER BY 1") == [["a"], ["b"]]


def test_a_sequence_comes_back_and_counts_from_its_start(damaged: Damaged) -> None:
    damaged.run("SELECT setval('tickets', 70); DROP SEQUENCE tickets")
    assert damaged.plan().without == (
        "sequence public.tickets comes back without its last number, and counts from its start",
    )
    damaged.repair()
    assert damaged.run("SELECT nextval('tickets')") == [[1]]


def test_a_table_comes_back_with_the_privileges_of_all_its_patches(damaged: Damaged) -> None:
    damaged.run("DROP TABLE shared")
    damaged.repair()
    assert damaged.run("SELECT has_table_privilege('pg_monitor', 'shared', 'SELECT')") == [[False]]


def test_a_patch_that_does_nothing_where_a_part_is_there_leaves_the_effect_missing(damaged: Damaged) -> None:
    damaged.run("ALTER TABLE notes DROP body")
    failure = damaged.repair().failure
    assert isinstance(failure, EffectMissing)
    assert "0003_notes.sql: was replayed, and still missing column public.notes.body" in str(failure)


def test_a_replay_that_fails_is_rolled_back_and_ends_the_repair(damaged: Damaged) -> None:
    damaged.run("ALTER TABLE notes DROP CONSTRAINT notes_kind; DROP SEQUENCE tickets; UPDATE notes SET kind = 'none'")
    failure = damaged.repair().failure
    assert isinstance(failure, PatchFailed)
    assert str(failure) == (
        '0007_kind_valid.sql:2:1: check constraint "notes_kind" of relation "notes" is violated by some row '
        "(SQLSTATE 23514); nothing of this replay stays, and no later patch was reached"
    )
    assert [f"{it.patch_id} {it.result.value}" for it in damaged.outcomes] == [
        "0006_kind_check replayed",
        "0007_kind_valid failed",
        "0017_tickets not_reached",
    ]
    damaged.run("UPDATE notes SET kind = 'a'")
    assert damaged.repair().failure is None
    assert damaged.drift() == Drift(pending=PENDING)


@pytest.mark.experiment("F47")
def test_more_patches_than_the_limit_are_refused(damaged: Damaged) -> None:
    damaged.run("DROP VIEW callers; DROP SEQUENCE tickets")
    with pytest.raises(RepairRefused, match=r"limit: 2 patches would be replayed, and the limit is 1; look at what"):
        damaged.repair(limit=1)
    assert damaged.repair(limit=2).work.applied == 2


def test_other_differences_do_not_keep_what_is_missing_from_coming_back(damaged: Damaged) -> None:
    damaged.run("DROP SEQUENCE tickets; CREATE TABLE odd (); ALTER TABLE users ALTER tidy TYPE varchar(9)")
    report = damaged.repair()
    assert report.after is not None
    assert (report.failure, report.after.counts) == (None, {"missing": 0, "changed": 1, "extra": 1})


def test_a_pending_patch_stays_pending(damaged: Damaged) -> None:
    damaged.run("DROP VIEW callers")
    damaged.repair()
    assert [row.patch_id for row in damaged.ledger().applied] == list(PATCHES)[:-1]
    assert damaged.run("SELECT count(*) FROM information_schema.columns WHERE column_name = 'later'") == [[0]]


@pytest.fixture(scope="module")
def older(lock_file: LockFile) -> Iterator[tuple[EmbeddedPostgres, str]]:
    """PostgreSQL 15, where the machine has it, with a database to copy."""
    if not (OLDER / "postgres").exists():
        pytest.skip(f"no PostgreSQL 15 in {OLDER}")
    with (
        EmbeddedPostgres(binaries=OLDER) as server,
        patched(trapped(server), lock_file, BASELINE, afterwards=AFTERWARDS, pending=len(PENDING)) as name,
    ):
        yield server, name


@pytest.mark.slow
@pytest.mark.parametrize("case", [*HEALED, *REFUSED])
def test_an_older_server_than_the_proofs_is_repaired_alike(
    older: tuple[EmbeddedPostgres, str], lock_file: LockFile, case: str
) -> None:
    server, name = older
    with copy_of(server, lock_file, name) as damaged:
        intact = damaged.schema()
        damaged.run((HEALED.get(case) or REFUSED[case])[0])
        broken = damaged.schema()
        try:
            failure = damaged.repair().failure
        except RepairRefused as at_once:
            failure = at_once
        assert isinstance(failure, RepairRefused) is (case in REFUSED)
        assert without_privileges(damaged.schema()) == without_privileges(broken if case in REFUSED else intact)
