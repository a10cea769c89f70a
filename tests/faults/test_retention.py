"""Retention drops, detaches and makes partitions between the runs, as pg_partman or a scheduled job does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cli.conftest import clean_environment, database

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import DatabaseShell

__all__ = ["clean_environment", "database"]

MONTHS = ("01", "02", "03")
BASELINE = "CREATE TABLE ev (at timestamptz NOT NULL, k int) PARTITION BY RANGE (at);" + "".join(
    f"CREATE TABLE ev_2024_{month} PARTITION OF ev FOR VALUES "
    f"FROM ('2024-{month}-01 00:00+00') TO ('2024-{month}-28 00:00+00');"
    for month in MONTHS
)
RETENTION = {
    "the oldest is dropped": "DROP TABLE ev_2024_01",
    "the oldest is detached": "ALTER TABLE ev DETACH PARTITION ev_2024_01",
    "all are dropped": "DROP TABLE ev_2024_01, ev_2024_02, ev_2024_03",
    "the oldest is dropped and a new one made": "DROP TABLE ev_2024_01; CREATE TABLE ev_2024_04 PARTITION OF ev "
    "FOR VALUES FROM ('2024-04-01 00:00+00') TO ('2024-05-01 00:00+00')",
}
PARTITIONS = "SELECT relname FROM pg_class WHERE relname LIKE 'ev\\_2%' AND relkind = 'r' ORDER BY 1"


@pytest.mark.slow
@pytest.mark.experiment("F61")
@pytest.mark.parametrize("sql", RETENTION.values(), ids=RETENTION)
def test_partitions_that_are_left_out_come_and_go(database: DatabaseShell, sql: str, tmp_path: Path) -> None:
    configuration = '[tool.rdspatch]\npatches = "patches"\n[tool.rdspatch.drift]\nignore = ["public.ev_2*"]\n'
    (tmp_path / "pyproject.toml").write_text(configuration)
    database.patches.write("baseline.sql", BASELINE)
    database.patches.patch("0001_weight", "ALTER TABLE ev ADD COLUMN IF NOT EXISTS weight int NOT NULL DEFAULT 0;")
    database.query(BASELINE)
    assert database.on_patches("lock").code == 0
    assert database.on_database("apply").code == 0
    database.query(sql)
    there = database.query(PARTITIONS)
    for command in ("verify", "drift", "repair", "apply"):
        printed = database.on_database(command)
        assert (printed.code, printed.err) == (0, ""), command
    assert database.query(PARTITIONS) == there, "nothing brings a partition back"
    database.query("ALTER TABLE ev DROP COLUMN weight")
    assert database.on_database("verify").code == 3, "the partitioned table itself is still looked at"
