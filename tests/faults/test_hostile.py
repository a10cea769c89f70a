"""What somebody else has put into the database to get hold of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from rdspatch.core.errors import PatchFailed
from tests.faults.conftest import NAME
from tests.faults.scenario import Scenario

if TYPE_CHECKING:
    from tests.faults.world import World

pytestmark = pytest.mark.slow

TRAP = "RAISE EXCEPTION 'got you'; RETURN NULL"


def hostile(name: str, sql: str) -> Scenario:
    return Scenario(
        name=name,
        baseline=sql,
        effects={
            "0001_lower": "UPDATE things SET name = lower(name) WHERE id = 1;",
            "0002_seen": "CREATE TABLE seen AS SELECT count(*) AS n FROM pg_class WHERE relname = 'things';",
            "0003_alone": "CREATE INDEX CONCURRENTLY things_name_idx ON things (lower(name));",
        },
    )


HOSTILE = (
    hostile(
        "function",
        "CREATE FUNCTION public.lower(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS "
        f"$$BEGIN {TRAP}; END$$;"
        "CREATE FUNCTION public.pg_try_advisory_lock(int, int) RETURNS bool LANGUAGE sql AS 'SELECT false';",
    ),
    hostile(
        "operator",
        f"CREATE FUNCTION public.trap(int, int) RETURNS bool LANGUAGE plpgsql AS $$BEGIN {TRAP}; END$$;"
        "CREATE OPERATOR public.= (LEFTARG = int, RIGHTARG = int, FUNCTION = public.trap);",
    ),
    hostile("view", "CREATE VIEW public.pg_class AS SELECT 'things'::name AS relname FROM generate_series(1, 99);"),
)


@pytest.mark.experiment("F46")
@pytest.mark.parametrize("scenario", HOSTILE, ids=lambda scenario: scenario.name)
def test_a_patch_gets_what_it_names_and_no_double_of_it(world: World, expected: dict[str, Any]) -> None:
    world.function.query(f"ALTER DATABASE {NAME} SET search_path = public, pg_catalog")
    error = world.run()
    world.function.query(f"ALTER DATABASE {NAME} RESET search_path")
    assert error is None
    assert world.function.query("SELECT n FROM seen") == [[1]]
    world.settle(expected)


SMUGGLED = Scenario(
    name="smuggled",
    baseline=(
        "CREATE TABLE obedient AS SELECT false AS yes;"
        "CREATE PROCEDURE ends_it() LANGUAGE plpgsql AS "
        "$$BEGIN IF NOT (SELECT yes FROM obedient) THEN COMMIT; END IF; END$$;"
        "CREATE PROCEDURE takes_it_back() LANGUAGE plpgsql AS "
        "$$BEGIN IF NOT (SELECT yes FROM obedient) THEN ROLLBACK; END IF; END$$;"
    ),
    effects={
        "0001_before": "CREATE TABLE before (id int);",
        "0002_calls": "CREATE TABLE half (id int);\nCALL ends_it();",
        "0003_calls": "CALL takes_it_back();",
    },
    afterwards="UPDATE obedient SET yes = true",
)


@pytest.mark.experiment("F33")
@pytest.mark.parametrize("scenario", [SMUGGLED], ids=["smuggled"])
def test_a_commit_in_a_procedure_of_the_database_fails_its_patch_as_a_whole(
    world: World, expected: dict[str, Any]
) -> None:
    error = world.run()
    assert isinstance(error, PatchFailed)
    assert (error.patch_id, error.sqlstate) == ("0002_calls", "2D000")
    assert world.function.query("SELECT to_regclass('half') IS NULL") == [[True]]
    world.settle(expected)
