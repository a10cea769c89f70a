"""The handler's process is killed at each numbered step of apply; running again is the recovery."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from rdspatch.adapters.patch_files import read_patch_files, write_lock_file
from rdspatch.authoring.lock import lock
from rdspatch.core.directory import parse_directory
from rdspatch.core.lockfile import LockFile, render
from rdspatch.rehearsal.faults import Fault
from rdspatch.rehearsal.rehearsal import Rehearsal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from rdspatch.authoring.postgres_server import EmbeddedPostgres

BASELINE = """
DROP SCHEMA IF EXISTS rdspatch CASCADE;
DROP TABLE IF EXISTS tally, things;
CREATE TABLE things (id int PRIMARY KEY, name text);
INSERT INTO things SELECT n, 'thing ' || n FROM generate_series(1, 500) AS n;
CREATE INDEX things_old_idx ON things (name);
CREATE TABLE tally (patch int, statement int);
"""
# Each patch leaves a row for each time that it took effect, so that "twice" shows.
PATCHES = {
    "0001_job": "ALTER TABLE things ADD COLUMN job_id text; INSERT INTO tally VALUES (1, 1);",
    "0002_data": "UPDATE things SET job_id = 'j' || id; INSERT INTO tally VALUES (2, 1);",
    "0003_indexes": (
        "-- transaction: none\n"
        "CREATE INDEX CONCURRENTLY things_job_idx ON things (job_id);\n"
        "INSERT INTO tally VALUES (3, 2);\n"
        "DROP INDEX CONCURRENTLY things_old_idx;\n"
        "CREATE UNIQUE INDEX CONCURRENTLY things_name_idx ON things (name DESC) WHERE name <> '';"
    ),
    "0004_more": "ALTER TABLE things ADD COLUMN size bigint NOT NULL DEFAULT 0; INSERT INTO tally VALUES (4, 1);",
}
TALLY = [[1, 1], [2, 1], [3, 2], [4, 1]]
INDEXES = [["things_job_idx", True], ["things_name_idx", True], ["things_pkey", True]]
RUN = {"id": "crash", "started_at": "2026-01-01T00:00:00Z"}
REQUEST = {"mode": "apply", "target": "meshapp-sandbox", "reason": "", "allow_out_of_order": False}
WORK = {"status": "continue", "wait_seconds": 0, "applied": 0, "pending": 4, "patch": None, "lock_attempts": 0}
STEPS = (
    "until",
    "connect",
    "try_run_lock",
    "read_ledger",
    "create_ledger",
    "applied",
    "server_version",
    "shadows",
    "apply_patch",
    "apply_patch",
    "read_progress",
    "index_facts",
    "record_intent",
    "execute_alone",
    "index_facts",
    "record_done",
    "apply_statement",
    "index_facts",
    "record_intent",
    "execute_alone",
    "index_facts",
    "record_done",
    "index_facts",
    "record_intent",
    "execute_alone",
    "index_facts",
    "record_done",
    "record_patch",
    "apply_patch",
    "append",
    "mark_audited",
    "close",
)

BETWEEN_COMMIT_AND_AUDIT = ("append", "mark_audited")
NUMBERS = [
    pytest.param(number, marks=pytest.mark.experiment("F19")) if step in BETWEEN_COMMIT_AND_AUDIT else number
    for number, step in enumerate(STEPS, 1)
]


class Scene:
    """One rehearsal, put back to the baseline before each trial."""

    def __init__(self, rehearsal: Rehearsal, server: EmbeddedPostgres, database: str) -> None:
        self.rehearsal = rehearsal
        self._server = server
        self._database = database

    def reset(self) -> None:
        with self._server.connect(self._database) as connection:
            connection.run(BASELINE)
        client = self.rehearsal._aws.dynamodb
        for name in self.rehearsal.workflow.tables:
            for item in self.rehearsal.audit_records:
                client.delete_item(TableName=name, Key={key: {"S": item[key]} for key in ("PK", "SK")})

    def apply(self, fault: Fault | None = None) -> Any:
        event = {"action": "apply", "run": RUN, "request": REQUEST, "work": WORK}
        return self.rehearsal.invoke("patcher", event, fault=fault)

    def rows(self, query: str) -> list[list[Any]]:
        with self._server.connect(self._database) as connection:
            return [list(row) for row in connection.run(query)]

    def assert_everything_happened_once(self) -> None:
        assert self.rows("SELECT patch, statement FROM tally ORDER BY 1, 2") == TALLY
        assert self.rows("SELECT count(*) FROM things WHERE job_id = 'j' || id AND size = 0") == [[500]]
        assert self.rows("SELECT patch_id, audited FROM rdspatch.ledger ORDER BY 1") == [[n, True] for n in PATCHES]
        assert self.rows("SELECT count(*) FROM rdspatch.progress") == [[0]]
        indexes = "SELECT relname::text, indisvalid FROM pg_index JOIN pg_class ON oid = indexrelid "
        assert self.rows(indexes + "WHERE indrelid = 'things'::regclass ORDER BY 1") == INDEXES
        recorded = Counter(item["patch_id"] for item in self.rehearsal.audit_records if "patch_id" in item)
        assert recorded == dict.fromkeys(PATCHES, 1)


@pytest.fixture(scope="module")
def scene(
    template: Path, tmp_path_factory: pytest.TempPathFactory, postgres_server: EmbeddedPostgres
) -> Iterator[Scene]:
    patches = tmp_path_factory.mktemp("crash") / "patches"
    patches.mkdir()
    (patches / "baseline.sql").write_text(BASELINE)
    for name, sql in PATCHES.items():
        (patches / f"{name}.sql").write_text(f"-- patch: {name}\n{sql}\n")
    write_lock_file(patches, render(LockFile(patches=lock(parse_directory(read_patch_files(patches)).patches))))
    postgres_server.create_database("crash")
    with Rehearsal(
        template,
        database_url=postgres_server.url("crash"),
        health_url="http://127.0.0.1:1/api/health",
        patches=patches,
        time_scale=0.0,
    ) as rehearsal:
        yield Scene(rehearsal, postgres_server, "crash")
    postgres_server.drop_database("crash")


def test_these_are_the_steps_of_apply(scene: Scene) -> None:
    scene.reset()
    assert tuple(step.rpartition(".")[2] for step in scene.apply(Fault()).steps) == STEPS
    scene.assert_everything_happened_once()


@pytest.mark.experiment("F01")
@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("moment", ["kill_before", pytest.param("kill_after", marks=pytest.mark.slow)])
def test_killed_at_any_step_and_run_again_everything_happened_once(scene: Scene, moment: str, number: int) -> None:
    scene.reset()
    assert scene.apply(Fault(**{moment: number})).error == "Runtime.ExitError"

    again = scene.apply()

    assert (again.error, again.payload.get("applied")) == (None, 4)
    scene.assert_everything_happened_once()
