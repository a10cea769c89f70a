"""A repair that has to wait, has no time, loses its connection or is not alone: the next call goes on."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from rdspatch.core.drift import Drift
from rdspatch.core.errors import AccessDenied, AnotherRunActive, ConnectionLost, LockNotAvailable, RepairRefused
from rdspatch.core.waits import LockWait
from rdspatch.core.work import Status
from rdspatch.engine.deadline import Deadline
from tests.acceptance.damaged import copy_of, patched, proven
from tests.acceptance.proxy import Loss
from tests.acceptance.recording import RecordingDatabase
from tests.acceptance.target import PASSWORD, FakeClock, new_run, open_target, waits_policy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rdspatch.authoring.postgres_server import EmbeddedPostgres
    from rdspatch.core.lockfile import LockFile
    from tests.acceptance.damaged import Damaged
    from tests.acceptance.proxy import Proxy

pytestmark = pytest.mark.slow

BASELINE = """
CREATE TABLE t (id integer, a integer, since date DEFAULT '2024-01-02');
INSERT INTO t (id, a) SELECT n, n FROM generate_series(1, 50) AS n;
"""
PATCHES = {
    "0001_b": "SET LOCAL datestyle = 'German'; ALTER TABLE t ADD COLUMN IF NOT EXISTS b text",
    "0002_check": """DO $$ BEGIN
        IF NOT EXISTS (SELECT FROM pg_constraint WHERE conname = 't_b') THEN
            ALTER TABLE t ADD CONSTRAINT t_b CHECK (b <> 'x') NOT VALID;
        END IF; END $$""",
    "0003_valid": "ALTER TABLE t VALIDATE CONSTRAINT t_b",
    "0004_index": "CREATE INDEX CONCURRENTLY IF NOT EXISTS t_by_a ON t (a)",
    "0005_both": "ALTER TABLE t ADD COLUMN IF NOT EXISTS c text;"
    "CREATE INDEX CONCURRENTLY IF NOT EXISTS t_by_c ON t (c); DROP INDEX CONCURRENTLY IF EXISTS gone",
    "0006_pending": "DROP INDEX CONCURRENTLY IF EXISTS t_by_a;"
    "CREATE INDEX CONCURRENTLY IF NOT EXISTS t_by_a_b ON t (a, b)",
}
PENDING = Drift(pending=("0006_pending",))
NO_B = "ALTER TABLE t DROP b"


def ms(number: float) -> timedelta:
    return timedelta(milliseconds=number)


@pytest.fixture(scope="module")
def lock_file(postgres_server: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> LockFile:
    return proven(postgres_server, tmp_path_factory.mktemp("patches"), BASELINE, PATCHES)


@pytest.fixture(scope="module")
def template(postgres_server: EmbeddedPostgres, lock_file: LockFile) -> Iterator[str]:
    with patched(postgres_server, lock_file, BASELINE, pending=1) as name:
        yield name


@pytest.fixture
def damaged(postgres_server: EmbeddedPostgres, lock_file: LockFile, template: str) -> Iterator[Damaged]:
    with copy_of(postgres_server, lock_file, template) as made:
        yield made


def name_of(damaged: Damaged) -> str:
    [[name]] = damaged.run("SELECT current_database()")
    return str(name)


def results(damaged: Damaged) -> list[str]:
    return [f"{it.patch_id} {it.result.value}" for it in damaged.outcomes]


def test_a_lock_that_is_held_is_waited_for_and_the_next_call_goes_on_with_the_attempts(
    postgres_server: EmbeddedPostgres, damaged: Damaged
) -> None:
    damaged.run(NO_B)
    policy = waits_policy(LockWait(ms(5), ms(10)), LockWait(ms(5), ms(4_500)), LockWait(ms(50), ms(0)))
    with postgres_server.connect(name_of(damaged)) as reader:
        reader.run("BEGIN; SELECT * FROM t")
        work = damaged.repair(policy=policy).work
        assert (work.status, work.wait_seconds, work.patch, work.lock_attempts) == (Status.WAIT, 5, "0001_b", 2)
        assert (work.applied, work.pending, damaged.outcomes) == (0, 3, [])
    work = damaged.repair(policy=policy, before=work).work
    assert (work.status, work.applied, work.pending) == (Status.DONE, 3, 0)
    assert [outcome.lock_attempts for outcome in damaged.outcomes] == [2, 0, 0]
    assert damaged.drift() == PENDING


def test_when_the_waits_run_out_the_holder_is_named(postgres_server: EmbeddedPostgres, damaged: Damaged) -> None:
    damaged.run(NO_B)
    with postgres_server.connect(name_of(damaged)) as reader:
        [[pid]] = reader.run("SELECT pg_backend_pid()")
        reader.run("BEGIN; SELECT * FROM t")
        failure = damaged.repair(policy=waits_policy(LockWait(ms(5), ms(0)))).failure
    assert isinstance(failure, LockNotAvailable)
    assert f"0001_b.sql: lock timeout after 1 attempts; blocked by: pid {pid}, user postgres" in str(failure)
    assert results(damaged) == ["0001_b failed", "0002_check not_reached", "0003_valid not_reached"]


def test_without_time_for_the_next_patch_the_next_call_goes_on_where_this_one_ended(damaged: Damaged) -> None:
    damaged.run("ALTER TABLE t DROP CONSTRAINT t_b")
    clock = FakeClock()
    work = damaged.repair(clock=clock, deadline=Deadline.after(clock, 30)).work
    assert (work.status, work.applied, work.pending) == (Status.CONTINUE, 1, 1)
    assert damaged.run("SELECT convalidated FROM pg_constraint WHERE conname = 't_b'") == [[False]]
    work = damaged.repair(before=work).work
    assert (work.status, work.applied, work.pending) == (Status.DONE, 2, 0)
    assert damaged.drift() == PENDING


def test_an_index_that_a_killed_replay_left_invalid_is_built_again(damaged: Damaged) -> None:
    damaged.run("UPDATE pg_index SET indisvalid = false, indisready = false WHERE indexrelid = 't_by_a'::regclass")
    [[before]] = damaged.run("SELECT 't_by_a'::regclass::oid")
    assert damaged.repair().failure is None
    assert damaged.run("SELECT indisvalid AND indisready FROM pg_index WHERE indexrelid = 't_by_a'::regclass") == [
        [True]
    ]
    assert damaged.run("SELECT 't_by_a'::regclass::oid") != [[before]]


def test_a_replay_executes_only_what_brings_something_back(damaged: Damaged) -> None:
    damaged.run("DROP INDEX t_by_c; CREATE INDEX gone ON t (id)")
    recording = RecordingDatabase(open_target(damaged.url))
    assert damaged.repair(database=recording).failure is None
    assert [name for name in recording.names() if name in ("execute_alone", "replay_statement")] == [
        "replay_statement",
        "execute_alone",
    ]
    assert damaged.run("SELECT to_regclass('gone') IS NOT NULL") == [[True]]
    assert not {"record_intent", "record_done", "record_patch", "apply_statement"} & set(recording.names())


@pytest.mark.parametrize("loss", [Loss.REQUEST, Loss.REPLY])
@pytest.mark.parametrize(
    ("sql", "part"),
    [
        (NO_B, "ADD COLUMN IF NOT EXISTS b"),
        ("DROP INDEX t_by_a", "CREATE INDEX"),
        ("DROP INDEX t_by_a", "x.relname = 't_by_a'"),
        ("ALTER TABLE t DROP c", "ADD COLUMN IF NOT EXISTS c"),
    ],
)
def test_a_message_that_is_lost_is_sent_again(damaged: Damaged, proxy: Proxy, loss: Loss, sql: str, part: str) -> None:
    damaged.run(sql)
    proxy.lose(part, loss)
    report = damaged.repair(database=open_target(proxy.url(name_of(damaged))))
    assert (report.failure, report.work.pending, proxy.all_lost) == (None, 0, True)
    assert damaged.drift() == PENDING


def test_a_connection_that_breaks_while_drift_is_read_ends_the_call(damaged: Damaged, proxy: Proxy) -> None:
    damaged.run("DROP INDEX t_by_a")
    proxy.lose("FROM rdspatch.ledger", Loss.REPLY)
    with pytest.raises(ConnectionLost, match="run again"):
        damaged.repair(database=open_target(proxy.url(name_of(damaged))))
    assert damaged.repair().failure is None


def test_another_run_is_named(damaged: Damaged) -> None:
    run = new_run()
    other = open_target(damaged.url).connect(run)
    assert other.try_run_lock() is None
    with pytest.raises(AnotherRunActive) as active:
        damaged.repair(clock=FakeClock())
    other.close()
    assert active.value.holder is not None
    assert active.value.holder.is_of(run)
    assert not active.value.holder.is_of(new_run())


def test_without_the_run_lock_nothing_is_replayed(damaged: Damaged) -> None:
    damaged.run(NO_B)
    recording = RecordingDatabase(open_target(damaged.url))
    other = open_target(damaged.url).connect(new_run())

    def steal() -> None:
        damaged.run("SELECT pg_terminate_backend(pid, 5000) FROM pg_locks WHERE locktype = 'advisory'")
        assert other.try_run_lock() is None

    recording.before["replay_patch"] = steal
    report = damaged.repair(database=recording, clock=FakeClock())
    other.close()
    assert isinstance(report.failure, AnotherRunActive)
    assert results(report) == ["0001_b unknown", "0002_check not_reached", "0003_valid not_reached"]
    assert results(damaged) == ["0001_b unknown"]
    assert damaged.drift().counts["missing"] == 2


def test_what_a_patch_under_way_has_removed_is_not_brought_back(damaged: Damaged) -> None:
    with damaged.applier() as applier:
        applier.session.record_intent(damaged.lock.patches[-1], 0, run=applier.run)
    damaged.run("DROP INDEX t_by_a")
    with pytest.raises(RepairRefused, match=re.escape("0006_pending.sql: is applied in part, and what it removed")):
        damaged.repair()
    assert damaged.run("SELECT to_regclass('t_by_a') IS NULL") == [[True]]


def test_a_database_that_was_never_patched_has_nothing_to_repair(
    postgres_server: EmbeddedPostgres, lock_file: LockFile
) -> None:
    with copy_of(postgres_server, lock_file, "template1") as empty:
        assert empty.repair().outcomes == []
        (left,) = empty.plan().leaves
        assert str(left).startswith(
            "missing table public.t is not there, expected kind table (baseline), with 3 parts: "
        )
        assert left.reason == "the baseline made it, and no patch brings it back"


def test_a_replay_that_cannot_be_watched_does_not_run(postgres_server: EmbeddedPostgres, damaged: Damaged) -> None:
    name = name_of(damaged)
    postgres_server.create_role(name, PASSWORD)
    damaged.run(f"REVOKE TEMPORARY ON DATABASE {name} FROM PUBLIC; ALTER TABLE t OWNER TO {name}; {NO_B}")
    damaged.run(f"GRANT USAGE ON SCHEMA rdspatch TO {name}; GRANT SELECT ON ALL TABLES IN SCHEMA rdspatch TO {name}")
    login = damaged.url.replace("postgres@", f"{name}:{PASSWORD.replace(' ', '%20')}@")
    failure = damaged.repair(database=open_target(login)).failure
    assert isinstance(failure, AccessDenied)
    assert "0001_b.sql: what it does cannot be watched, so it was not replayed: permission denied" in str(failure)
    damaged.run(f"GRANT TEMPORARY ON DATABASE {name} TO {name}; GRANT CREATE ON SCHEMA public TO {name}")
    assert damaged.repair(database=open_target(login)).failure is None
    damaged.run(f"DROP OWNED BY {name}; DROP ROLE {name}")


def test_where_the_server_does_not_count_rows_nothing_is_replayed(damaged: Damaged) -> None:
    damaged.run(f"{NO_B}; ALTER DATABASE {name_of(damaged)} SET track_counts = off")
    failure = damaged.repair().failure
    assert isinstance(failure, RepairRefused)
    assert "0001_b.sql: replaying it would also touch what is not seen, since the server's track_counts" in str(failure)
    assert damaged.drift().counts["missing"] == 2


def test_a_replay_sees_what_the_patch_saw_when_it_was_applied(damaged: Damaged) -> None:
    damaged.run(f"CREATE SCHEMA app; CREATE TABLE app.t (id integer); {NO_B}")
    damaged.run(f"ALTER DATABASE {name_of(damaged)} SET search_path = app, public")
    assert damaged.repair().failure is None
    assert damaged.drift().counts == {"missing": 0, "changed": 0, "extra": 2}
