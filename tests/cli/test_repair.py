"""repair: what it prints of each difference, with which exit code, and what it leaves behind."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from rdspatch.adapters.clock import SystemClock
from rdspatch.cli.target import open_database
from rdspatch.engine.run_lock import open_locked_session
from tests.handlers.repairable import NO_CHECK
from tests.samples import RUN

if TYPE_CHECKING:
    from tests.cli.conftest import DatabaseShell

MISSING = "missing constraint public.users.users_phone is not there, expected definition CHECK"


def has_constraint(shell: DatabaseShell) -> bool:
    return bool(shell.query("SELECT 1 FROM pg_constraint WHERE conname = 'users_phone'"))


def test_without_drift_it_says_so_and_ends_with_0(applied: DatabaseShell) -> None:
    printed = applied.on_database("repair")
    assert (printed.code, printed.out, printed.err) == (0, "no drift\n", "")


def test_what_is_missing_is_replayed_and_named_with_its_patches(applied: DatabaseShell) -> None:
    applied.query(NO_CHECK)
    printed = applied.on_database("repair")
    heal, *rest = printed.out.splitlines()
    assert (printed.code, heal[:9], heal[9:][: len(MISSING)]) == (0, "to heal: ", MISSING)
    assert rest == ["replayed: 0002_check", "replayed: 0003_valid", "no drift"]
    assert has_constraint(applied)


def test_as_json_it_is_the_plan_the_outcomes_and_what_is_left(applied: DatabaseShell) -> None:
    applied.query(f"{NO_CHECK}; CREATE TABLE odd ()")
    printed = applied.on_database("repair", "--format", "json")
    document = printed.json
    assert (printed.code, set(document)) == (
        0,
        {"run_id", "replays", "heals", "leaves", "without", "locks", "outcomes", "after"},
    )
    assert document["replays"] == ["0002_check", "0003_valid"]
    assert [(it["id"], it["result"]) for it in document["outcomes"]] == [
        ("0002_check", "replayed"),
        ("0003_valid", "replayed"),
    ]
    assert (document["after"]["missing"], document["after"]["extra"]) == (0, 1)


def test_a_dry_run_says_what_it_would_do_and_ends_with_3(applied: DatabaseShell) -> None:
    applied.query(f"{NO_CHECK}; DROP TABLE notes")
    applied.query("INSERT INTO users SELECT 1 FROM generate_series(1, 5000); ANALYZE users")
    printed = applied.on_database("repair", "--dry-run")
    assert printed.code == 3
    [[size]] = applied.query("SELECT round(pg_total_relation_size('users') / 1000.0)::int")
    large = f"{size} kB, about 5,000 rows"
    assert printed.out.splitlines()[2:] == [
        "to replay: 0002_check",
        f"  takes AccessExclusiveLock on public.users: {large}",
        "to replay: 0003_valid",
        f"  takes ShareUpdateExclusiveLock on public.users: {large}",
        "to replay: 0004_notes",
        "table public.notes comes back without its rows",
        "2 differences: 2 missing",
    ]
    assert not has_constraint(applied)


def test_a_dry_run_as_json_has_each_lock_with_the_size_of_its_table(applied: DatabaseShell) -> None:
    applied.query(NO_CHECK)
    first, *_ = applied.on_database("repair", "--dry-run", "--format", "json").json["locks"]
    assert (first["patch"], first["table"], first["mode"]) == ("0002_check", "public.users", "AccessExclusiveLock")
    assert first["rows"] is None
    assert first["bytes"] == applied.query("SELECT pg_total_relation_size('users')")[0][0]


def test_a_dry_run_needs_no_run_lock_and_ends_with_0_without_drift(applied: DatabaseShell) -> None:
    # The server may not have noticed yet that the apply before has ended.
    other = open_locked_session(open_database(applied.url), RUN, SystemClock(), patience=timedelta(seconds=30))
    printed = applied.on_database("repair", "--dry-run")
    other.close()
    assert (printed.code, printed.out) == (0, "no drift\n")


def test_what_was_changed_is_left_alone_and_ends_with_3(applied: DatabaseShell) -> None:
    applied.query("ALTER TABLE notes ALTER id TYPE bigint")
    printed = applied.on_database("repair")
    assert (printed.code, printed.err) == (3, "")
    left, counts = printed.out.splitlines()
    assert left.startswith("left alone: changed column public.notes.id: type is bigint, expected integer (0004_notes)")
    assert left.endswith(": what was changed is left alone")
    assert counts == "1 difference: 1 changed"


def test_what_is_only_extra_ends_with_0(applied: DatabaseShell) -> None:
    applied.query("CREATE TABLE odd ()")
    printed = applied.on_database("repair")
    assert (printed.code, printed.out.splitlines()[-1]) == (0, "1 difference: 1 extra")


def test_more_patches_than_the_limit_are_refused_with_3(applied: DatabaseShell) -> None:
    applied.query(NO_CHECK)
    printed = applied.on_database("repair", "--limit", "1")
    assert printed.code == 3
    assert "RepairRefused: 1 problem in the repair:\n  limit: 2 patches would be replayed" in printed.err
    assert not has_constraint(applied)
    assert applied.on_database("repair", "--limit", "2").code == 0


def test_another_active_run_ends_with_4_at_once_and_is_named(applied: DatabaseShell) -> None:
    applied.query(NO_CHECK)
    # The server may not have noticed yet that the apply before has ended.
    other = open_locked_session(open_database(applied.url), RUN, SystemClock(), patience=timedelta(seconds=30))
    printed = applied.on_database("repair")
    other.close()
    assert (printed.code, f"application 'rdspatch:{RUN.id}'" in printed.err) == (4, True)
    assert not has_constraint(applied)


def test_a_replay_that_fails_ends_with_1_and_every_outcome(applied: DatabaseShell) -> None:
    applied.query(f"{NO_CHECK}; INSERT INTO users (phone) VALUES (''); DROP TABLE notes")
    printed = applied.on_database("repair", "--format", "json")
    assert printed.code == 1
    assert [it["result"] for it in printed.json["outcomes"]] == ["replayed", "failed", "not_reached"]
    assert printed.err.startswith("PatchFailed: 0003_valid.sql:2:1: check constraint")


def test_what_is_still_missing_after_its_replay_ends_with_3(applied: DatabaseShell) -> None:
    applied.query("ALTER TABLE notes DROP COLUMN id")
    printed = applied.on_database("repair")
    assert (printed.code, printed.out.splitlines()[-1]) == (3, "1 difference: 1 missing")
    assert "EffectMissing" in printed.err


def test_patches_that_were_not_proven_are_refused_with_3(database: DatabaseShell) -> None:
    database.patches.patch("0001_a", "CREATE TABLE a ();")
    database.patches.lock()
    printed = database.on_database("repair")
    assert (printed.code, printed.out) == (3, "")
    assert (
        "RepairRefused: 1 problem in the repair:\n  patches.lock.json: does not say what the patches do" in printed.err
    )
