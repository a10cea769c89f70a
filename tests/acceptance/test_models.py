"""Verify selects the columns of every model: what the application would trip over ends the run before it does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rdspatch.core.errors import EffectMissing, ReadBlocked, VerificationFailed
from rdspatch.core.lockfile import LockFile
from rdspatch.core.models import LockedModels, MappedModel
from rdspatch.core.schema import Effect, ObjectKind, ObjectName
from rdspatch.core.statement import RelationName
from rdspatch.engine.deadline import Deadline
from rdspatch.engine.verify import verify
from tests.acceptance.target import PASSWORD, FakeClock, Target, new_run, open_target

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from rdspatch.ports import Database

pytestmark = pytest.mark.slow

CANNOT = "model T: its columns cannot be selected from"
ADD = "add by a patch what is missing, or deploy the patches of this version of the application"
GRANT = "grant the role that verifies USAGE on its schema and SELECT on all of its columns"
HOSTILE = ('a"b', "'; DROP TABLE t; --", "per%cent %s", ":colon", "select", "ü\u202e", "sp ace", "tab\t", "\\", "$1")


def mapped(table: str, *columns: str, schema: str | None = None) -> MappedModel:
    return MappedModel(model=table.title(), table=RelationName(schema=schema, name=table), columns=columns)


def check(target: Target, *models: MappedModel, database: Database | None = None) -> tuple[str, ...]:
    locked = LockedModels(source="app:Base", checksum="", mapped=models)
    lock = LockFile(patches=target.patches, models=locked)
    return verify(lock, database=database or target.database, run=new_run(), deadline=Deadline(FakeClock()))


def problems(target: Target, *models: MappedModel, database: Database | None = None) -> list[str]:
    with pytest.raises(VerificationFailed) as caught:
        check(target, *models, database=database)
    return [str(problem) for problem in caught.value.problems]


@pytest.fixture
def applied(table: Target) -> Target:
    """A table `t` of 50 rows, and a patch that is applied."""
    table.patch("0001_a", "SELECT 1")
    table.apply()
    return table


def test_models_that_the_database_serves_verify_in_one_message(applied: Target) -> None:
    applied.database.calls.clear()
    assert check(applied, mapped("t", "id", "a", "b"), mapped("t", "b", schema="public")) == ("0001_a",)
    assert applied.database.names().count("select_nothing") == 1


def test_every_model_that_cannot_be_selected_is_named_with_its_sqlstate(applied: Target) -> None:
    found = problems(applied, mapped("t", "id", "c", "d"), mapped("t", "a"), mapped("u", "id"), mapped("t", schema="s"))
    assert found == [
        f'{CANNOT} t: column "c" does not exist (SQLSTATE 42703); {ADD}',
        f'{CANNOT.replace("T", "U")} u: relation "u" does not exist (SQLSTATE 42P01); {ADD}',
        f"{CANNOT} s.t: relation “…” does not exist (SQLSTATE 42P01); {ADD}",
    ]


def test_models_wait_for_patches_that_are_pending(applied: Target) -> None:
    applied.patch("0002_c", "ALTER TABLE t ADD COLUMN c int")
    assert check(applied, mapped("t", "c")) == ("0001_a",)
    applied.apply()
    assert check(applied, mapped("t", "c")) == ("0001_a", "0002_c")
    applied.execute("ALTER TABLE t DROP COLUMN c")
    assert len(problems(applied, mapped("t", "c"))) == 1


def test_untrue_queries_and_models_are_named_together(applied: Target) -> None:
    applied.patch("0002_b", "SELECT 2", "verify: SELECT false")
    applied.apply()
    assert [text.partition(":")[0] for text in problems(applied, mapped("t", "c"))] == ["0002_b.sql", "model T"]


def test_a_missing_effect_is_named_before_the_model_that_needs_it(applied: Target) -> None:
    (patch,) = applied.patches
    name = ObjectName(ObjectKind.COLUMN, ("public", "t", "c"))
    proven = type(patch)(
        patch=patch.patch,
        statements=patch.statements,
        effects=(Effect(object=name, before=None, after={"type": "integer", "nullable": True}),),
    )
    models = LockedModels(source="app:Base", checksum="", mapped=(mapped("t", "c"),))
    with pytest.raises(EffectMissing) as caught:
        verify(
            LockFile(patches=(proven,), models=models),
            database=applied.database,
            run=new_run(),
            deadline=Deadline(FakeClock()),
        )
    assert [problem.where for problem in caught.value.problems] == ["0001_a.sql", "model T"]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_names(applied: Target, name: str) -> None:
    quoted = '"' + name.replace('"', '""') + '"'
    applied.execute(f"CREATE SCHEMA {quoted}; CREATE TABLE {quoted}.{quoted} ({quoted} int, plain int)")
    assert check(applied, mapped(name, name, "plain", schema=name)) == ("0001_a",)
    assert len(problems(applied, mapped(name, f"{name}x", schema=name))) == 1
    assert applied.value("SELECT count(*) FROM t") == 50


@pytest.mark.parametrize(
    ("grant", "columns", "is_enough"),
    [
        ("SELECT ON t", ("id", "a"), True),
        ("SELECT (id, a) ON t", ("id", "a"), True),
        ("SELECT (id) ON t", ("id", "a"), False),
        ("INSERT ON t", ("id",), False),
    ],
)
def test_a_missing_privilege_is_a_failure_that_says_so(
    applied: Target, login: str, grant: str, columns: tuple[str, ...], *, is_enough: bool
) -> None:
    applied.execute(f'GRANT USAGE ON SCHEMA rdspatch TO "{login}"; GRANT SELECT ON rdspatch.ledger TO "{login}"')
    applied.execute(f'GRANT {grant} TO "{login}"')
    database = open_target(applied.url_of(login, PASSWORD))
    if is_enough:
        assert check(applied, mapped("t", *columns), database=database) == ("0001_a",)
        return
    assert problems(applied, mapped("t", *columns), database=database) == [
        f"{CANNOT} t: permission denied for table t (SQLSTATE 42501); {GRANT}"
    ]


def test_a_table_that_somebody_locks_is_not_waited_for(applied: Target, connect: Callable[..., Any]) -> None:
    other = connect()
    other.run("BEGIN; LOCK TABLE t IN ACCESS EXCLUSIVE MODE")
    with pytest.raises(ReadBlocked, match=r"holds AccessExclusiveLock on public\.t\. End that session"):
        check(applied, mapped("t", "id"))
    other.run("ROLLBACK")
    assert check(applied, mapped("t", "id")) == ("0001_a",)


def test_views_partitions_and_row_security_are_selected_as_any_table(applied: Target, login: str) -> None:
    applied.execute(
        "CREATE VIEW v AS SELECT id FROM t; CREATE TABLE p (a int) PARTITION BY HASH (a);"
        "ALTER TABLE t ENABLE ROW LEVEL SECURITY;"
        f'GRANT USAGE ON SCHEMA rdspatch TO "{login}"; GRANT SELECT ON rdspatch.ledger, t, v, p TO "{login}"'
    )
    database = open_target(applied.url_of(login, PASSWORD))
    assert check(applied, mapped("v", "id"), mapped("p", "a"), mapped("t", "id"), database=database) == ("0001_a",)


def test_a_thousand_models_are_one_message(applied: Target) -> None:
    applied.execute("DO $$BEGIN FOR n IN 1..1000 LOOP EXECUTE format('CREATE TABLE m%s (id int)', n); END LOOP; END$$")
    models = [mapped(f"m{number}", "id") for number in range(1, 1_001)]
    assert check(applied, *models) == ("0001_a",)
