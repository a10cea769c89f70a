"""Names that would break a tool which pastes them into SQL: what has them comes back byte for byte."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rdspatch.core.drift import Drift
from tests.acceptance.damaged import copy_of, patched, proven
from tests.acceptance.test_schema import HOSTILE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rdspatch.authoring.postgres_server import EmbeddedPostgres
    from rdspatch.core.lockfile import LockFile
    from tests.acceptance.damaged import Damaged

pytestmark = pytest.mark.slow

NAMES = (*HOSTILE, "$guard$; DROP TABLE victim; --")
BASELINE = "CREATE TABLE victim (id integer); INSERT INTO victim SELECT generate_series(1, 10)"
MADE = """
CREATE SCHEMA IF NOT EXISTS @;
CREATE TABLE IF NOT EXISTS @.@ (@ text CONSTRAINT @ CHECK (@ <> ''));
CREATE OR REPLACE VIEW @."v" AS SELECT @ FROM @.@;
CREATE OR REPLACE FUNCTION @.@() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE OR REPLACE TRIGGER @ BEFORE INSERT ON @.@ FOR EACH ROW EXECUTE FUNCTION @.@();
ALTER TABLE victim ADD COLUMN IF NOT EXISTS @ text
"""
INDEX = 'CREATE INDEX CONCURRENTLY IF NOT EXISTS "i @" ON @.@ (@) WHERE @ IS NOT NULL'


def named(sql: str, name: str) -> str:
    """The SQL with this name for every `@`, inside of quotes too."""
    inner = name.replace('"', '""')
    return sql.replace('"i @"', f'"i {inner}"').replace("@", f'"{inner}"')


PATCHES = {
    **{f"{number:04}_made": named(MADE, name) for number, name in enumerate(NAMES, 1)},
    "0099_indexes": ";\n".join(named(INDEX, name) for name in NAMES),
}


@pytest.fixture(scope="module")
def lock_file(postgres_server: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> LockFile:
    return proven(postgres_server, tmp_path_factory.mktemp("patches"), BASELINE, PATCHES)


@pytest.fixture(scope="module")
def template(postgres_server: EmbeddedPostgres, lock_file: LockFile) -> Iterator[str]:
    with patched(postgres_server, lock_file, BASELINE) as name:
        yield name


@pytest.fixture
def damaged(postgres_server: EmbeddedPostgres, lock_file: LockFile, template: str) -> Iterator[Damaged]:
    with copy_of(postgres_server, lock_file, template) as made:
        yield made


@pytest.mark.experiment("F31")
@pytest.mark.parametrize("name", NAMES)
def test_what_has_any_name_comes_back_and_the_victim_survives(damaged: Damaged, name: str) -> None:
    intact = damaged.schema()
    damaged.run(named('ALTER TABLE victim DROP @; DROP INDEX @."i @"; DROP FUNCTION @.@() CASCADE', name))
    assert len(damaged.drift().differences) == 4
    assert damaged.repair().failure is None
    damaged.run(named("DROP SCHEMA @ CASCADE", name))
    assert damaged.repair().failure is None
    assert (damaged.schema(), damaged.drift()) == (intact, Drift())
    assert damaged.run("SELECT count(*) FROM victim") == [[10]]


@pytest.mark.experiment("F31")
@pytest.mark.parametrize("name", NAMES)
def test_what_a_replay_must_not_touch_is_seen_under_any_name(damaged: Damaged, name: str) -> None:
    damaged.run(named("ALTER TABLE victim DROP @", name))
    damaged.run(named("CREATE OR REPLACE FUNCTION @.@() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN END'", name))
    before = damaged.schema()
    failure = damaged.repair().failure
    assert failure is not None
    assert "replaying it would also touch function " in str(failure)
    assert [line.isprintable() for line in str(failure).split("\n")] == [True, True]
    assert damaged.schema() == before
