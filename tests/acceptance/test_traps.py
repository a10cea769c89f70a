"""What stands under a patch's names before it runs: it is repaired or refused, and never taken for the patch's own."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from rdspatch.core.errors import EffectMissing, VerificationFailed
from rdspatch.core.lockfile import LockFile
from rdspatch.core.schema import Schema, effects_between
from rdspatch.engine.deadline import Deadline
from rdspatch.engine.verify import verify
from tests.acceptance.target import FakeClock, Target, new_run, open_target

if TYPE_CHECKING:
    from rdspatch.authoring.postgres_server import EmbeddedPostgres
    from rdspatch.core.lockfile import LockedPatch

NONE = "transaction: none"
TABLE = "CREATE TABLE t (id integer, a integer, b text)"
VALID = "SELECT indisvalid AND indisready FROM pg_index WHERE indexrelid = 't_a'::regclass"
BUILD = "CREATE INDEX CONCURRENTLY IF NOT EXISTS t_a ON t (a)"


class Trap:
    """A target with a table `t`, and a scratch database like it, on which the patches are proven."""

    def __init__(self, target: Target, server: EmbeddedPostgres) -> None:
        self.target = target
        self._server = server
        self.baseline = TABLE
        target.execute(TABLE)

    def before(self, sql: str) -> None:
        """What is in the target's way and was never in a patch."""
        self.target.execute(sql)

    def proven(self) -> tuple[LockedPatch, ...]:
        self._server.create_database("scratch")
        try:
            with self._server.connect("scratch") as connection:
                connection.run(self.baseline)
                patches, schema = [], self._schema("scratch")
                for locked in self.target.patches:
                    for statement in locked.statements:
                        connection.run(locked.text_of(statement))
                    after = self._schema("scratch")
                    patches.append(replace(locked, effects=effects_between(schema, after)))
                    schema = after
        finally:
            self._server.drop_database("scratch")
        return tuple(patches)

    def _schema(self, database: str) -> Schema:
        session = open_target(self._server.url(database)).connect(new_run())
        try:
            return session.read_schema()
        finally:
            session.close()

    def verify(self) -> tuple[str, ...]:
        deadline = Deadline(FakeClock())
        return verify(LockFile(patches=self.proven()), database=self.target.database, run=new_run(), deadline=deadline)

    def missing(self) -> list[str]:
        """Apply, which succeeds, then verify, which does not: every sentence."""
        self.target.apply()
        return self.missing_now()

    def missing_now(self) -> list[str]:
        with pytest.raises(EffectMissing) as failed:
            self.verify()
        return [str(problem) for problem in failed.value.problems]


@pytest.fixture
def trap(target: Target, postgres_server: EmbeddedPostgres) -> Trap:
    return Trap(target, postgres_server)


def invalidate(index: str, *, ready: bool) -> str:
    index_id = f"'{index}'::regclass"
    return f"UPDATE pg_index SET indisvalid = false, indisready = {ready} WHERE indexrelid = {index_id}"


@pytest.mark.experiment("F30")
@pytest.mark.parametrize("ready", [False, True])
@pytest.mark.parametrize("unique", ["", "UNIQUE "])
def test_an_invalid_index_in_the_way_of_a_concurrent_build_is_built_again(
    trap: Trap,
    ready: bool,  # noqa: FBT001 - a case
    unique: str,
) -> None:
    trap.before(f"CREATE {unique}INDEX t_a ON t (a)")
    trap.before(invalidate("t_a", ready=ready))
    trap.target.patch("0001_a", BUILD.replace("INDEX", f"{unique}INDEX", 1), NONE)
    trap.target.apply()
    assert trap.target.value(VALID) is True
    assert trap.verify() == ("0001_a",)


@pytest.mark.experiment("F30")
@pytest.mark.parametrize("ready", [False, True])
def test_an_invalid_index_in_the_way_of_a_plain_build_is_refused(
    trap: Trap,
    ready: bool,  # noqa: FBT001 - a case
) -> None:
    trap.before("CREATE INDEX t_a ON t (a)")
    trap.before(invalidate("t_a", ready=ready))
    trap.target.patch("0001_a", "CREATE INDEX IF NOT EXISTS t_a ON t (a)")
    assert trap.missing() == ["0001_a.sql: index public.t_a: valid is false, expected true"]


@pytest.mark.experiment("F30")
def test_a_valid_index_of_another_definition_is_refused_by_a_concurrent_build(trap: Trap) -> None:
    trap.before("CREATE INDEX t_a ON t (b)")
    trap.target.patch("0001_a", BUILD, NONE)
    assert trap.target.fails().startswith("Drifted: 0001_a.sql:3: t_a: an index of another definition has the name")
    assert trap.target.applied() == []


@pytest.mark.experiment("F30")
def test_a_valid_index_of_another_definition_is_refused_after_a_plain_build(trap: Trap) -> None:
    trap.before("CREATE INDEX t_a ON t (b)")
    trap.target.patch("0001_a", "CREATE INDEX IF NOT EXISTS t_a ON t (a)")
    [sentence] = trap.missing()
    found, _, expected = sentence.partition(", expected ")
    assert found == "0001_a.sql: index public.t_a: definition is CREATE INDEX t_a ON public.t USING btree (b)"
    assert expected == "CREATE INDEX t_a ON public.t USING btree (a)"


@pytest.mark.experiment("F30")
def test_a_table_under_the_name_of_an_index_is_refused(trap: Trap) -> None:
    trap.before("CREATE TABLE t_a ()")
    trap.target.patch("0001_a", "CREATE INDEX IF NOT EXISTS t_a ON t (a)")
    [sentence] = trap.missing()
    assert sentence.startswith(
        "0001_a.sql: index public.t_a is not there but a table of that name, expected definition"
    )


@pytest.mark.experiment("F30")
def test_a_table_of_the_same_name_is_refused_naming_every_column_that_differs(trap: Trap) -> None:
    trap.before("CREATE TABLE u (id bigint NOT NULL, other text)")
    trap.target.patch("0001_u", "CREATE TABLE IF NOT EXISTS u (id integer, name text CONSTRAINT u_name UNIQUE)")
    assert trap.missing() == [
        "0001_u.sql: column public.u.id: nullable is false, expected true",
        "0001_u.sql: column public.u.id: type is bigint, expected integer",
        "0001_u.sql: column public.u.name is not there, expected nullable true, type text",
        "0001_u.sql: constraint public.u.u_name is not there, expected definition UNIQUE (name), validated true",
    ]


ADD = "ALTER TABLE t ADD COLUMN IF NOT EXISTS job_id text"


@pytest.mark.experiment("F30")
@pytest.mark.parametrize(
    ("there", "wanted", "sentence"),
    [
        ("job_id integer", "text", "type is integer, expected text"),
        ("job_id varchar(10)", "text", "type is character varying(10), expected text"),
        ("job_id text NOT NULL", "text", "nullable is false, expected true"),
        ("job_id text", "text NOT NULL", "nullable is true, expected false"),
        ("job_id text DEFAULT 'x'", "text", "default is 'x'::text, expected none"),
        ("job_id text", "text DEFAULT 'x'", "default is none, expected 'x'::text"),
        ("job_id text DEFAULT 'y'", "text DEFAULT 'x'", "default is 'y'::text, expected 'x'::text"),
        ('job_id text COLLATE "C"', "text", 'collation is "C", expected none'),
        ("job_id text GENERATED ALWAYS AS (b) STORED", "text", "generated is b, expected none"),
        ("job_id bigint GENERATED ALWAYS AS IDENTITY", "bigint NOT NULL", "identity is always, expected none"),
    ],
)
def test_a_column_of_another_kind_is_refused(trap: Trap, there: str, wanted: str, sentence: str) -> None:
    trap.before(f"ALTER TABLE t ADD COLUMN {there}")
    trap.target.patch("0001_job", f"ALTER TABLE t ADD COLUMN IF NOT EXISTS job_id {wanted}")
    assert f"0001_job.sql: column public.t.job_id: {sentence}" in trap.missing()


@pytest.mark.experiment("F30")
def test_a_view_of_the_same_name_is_refused(trap: Trap) -> None:
    trap.before("CREATE VIEW u AS SELECT 1 AS id")
    trap.target.patch("0001_u", "CREATE TABLE IF NOT EXISTS u (id integer)")
    assert trap.missing() == ["0001_u.sql: table public.u is not there but a view of that name, expected kind table"]


@pytest.mark.experiment("F30")
def test_a_view_that_was_changed_since_is_refused_showing_where(trap: Trap) -> None:
    trap.target.patch("0001_v", "CREATE OR REPLACE VIEW v AS SELECT id, a FROM t WHERE a > 3 AND id > 4 AND b <> 'x'")
    trap.target.apply()
    assert trap.verify() == ("0001_v",)
    trap.before("CREATE OR REPLACE VIEW v AS SELECT id, a FROM t WHERE a > 3 AND id > 5 AND b <> 'x'")
    [sentence] = trap.missing_now()
    found, _, expected = sentence.partition(", expected ")
    assert found == "0001_v.sql: view public.v: definition is … ((a > 3) AND (id > 5) AND (b <> 'x'::text))"
    assert expected == "… ((a > 3) AND (id > 4) AND (b <> 'x'::text))"


@pytest.mark.experiment("F30")
@pytest.mark.parametrize("rebuild", ["INDEX CONCURRENTLY t_a", "TABLE CONCURRENTLY t", "INDEX CONCURRENTLY public.t_a"])
@pytest.mark.parametrize("suffix", ["_ccnew", "_ccnew1", "_ccold"])
def test_what_an_interrupted_rebuild_left_is_refused(trap: Trap, rebuild: str, suffix: str) -> None:
    trap.before(f"CREATE INDEX t_a ON t (a); CREATE INDEX t_a{suffix} ON t (a)")
    trap.before(invalidate(f"t_a{suffix}", ready=True))
    trap.baseline += "; CREATE INDEX t_a ON t (a)"
    trap.target.patch("0001_a", f"REINDEX {rebuild}", NONE)
    [sentence] = trap.missing()
    assert sentence.startswith(f"0001_a.sql: index public.t_a{suffix} is an invalid leftover, expected gone when no")
    trap.target.patch("0002_gone", f"DROP INDEX CONCURRENTLY IF EXISTS t_a{suffix}", NONE)
    trap.target.apply()
    assert trap.verify() == ("0001_a", "0002_gone")


@pytest.mark.experiment("F30")
def test_what_an_interrupted_rebuild_left_of_an_index_that_a_patch_builds_is_refused(trap: Trap) -> None:
    trap.before("CREATE INDEX t_a_ccnew ON t (a)")
    trap.before(invalidate("t_a_ccnew", ready=False))
    trap.target.patch("0001_a", BUILD, NONE)
    assert len(trap.missing()) == 1


@pytest.mark.experiment("F30")
def test_an_invalid_index_of_somebody_else_is_none_of_our_business(trap: Trap) -> None:
    trap.before("CREATE TABLE other (a integer); CREATE INDEX other_a_ccnew ON other (a)")
    trap.before(invalidate("other_a_ccnew", ready=True))
    trap.target.patch("0001_a", BUILD, NONE)
    trap.target.apply()
    assert trap.verify() == ("0001_a",)


def test_a_later_patch_may_change_what_an_earlier_one_made(trap: Trap) -> None:
    trap.target.patch("0001_job", ADD)
    trap.target.patch("0002_job", "ALTER TABLE t ALTER COLUMN job_id SET DEFAULT 'x', ALTER COLUMN job_id SET NOT NULL")
    trap.target.patch("0003_gone", "DROP TABLE IF EXISTS gone; ALTER TABLE t DROP COLUMN IF EXISTS b")
    trap.target.apply()
    assert trap.verify() == ("0001_job", "0002_job", "0003_gone")
    trap.before("ALTER TABLE t ALTER COLUMN job_id DROP NOT NULL, ADD COLUMN b text, ALTER COLUMN job_id TYPE varchar")
    assert trap.missing_now() == [
        "0003_gone.sql: column public.t.b is there, expected dropped",
        "0002_job.sql: column public.t.job_id: nullable is true, expected false",
        "0001_job.sql: column public.t.job_id: type is character varying, expected text",
    ]


def test_a_query_that_is_not_true_is_named_beside_what_is_missing(trap: Trap) -> None:
    trap.target.patch("0001_job", ADD, "verify: SELECT count(*) = 1 FROM t")
    trap.target.apply()
    with pytest.raises(VerificationFailed):
        trap.verify()
    trap.before("ALTER TABLE t DROP COLUMN job_id")
    assert [sentence.partition(" is not ")[0] for sentence in trap.missing_now()] == [
        "0001_job.sql: column public.t.job_id",
        "0001_job.sql: `SELECT count(*) = 1 FROM t`",
    ]


def test_an_older_artefact_expects_nothing_of_what_a_newer_patch_may_have_changed(trap: Trap) -> None:
    trap.target.patch("0001_job", ADD)
    trap.target.patch("0002_gone", "ALTER TABLE t DROP COLUMN job_id")
    trap.target.apply()
    trap.target.remove("0002_gone")
    assert trap.verify() == ("0001_job",)


def test_patches_that_nobody_has_proven_are_not_compared(trap: Trap) -> None:
    trap.before("ALTER TABLE t ADD COLUMN job_id integer")
    trap.target.patch("0001_job", ADD)
    trap.target.apply()
    assert trap.target.verify() == ("0001_job",)


def test_verifying_asks_for_ledger_others_code_and_schema_once_and_each_query_once(trap: Trap) -> None:
    for number in range(1, 6):
        trap.target.patch(f"000{number}_c", f"ALTER TABLE t ADD COLUMN c{number} text", "verify: SELECT true")
    trap.target.apply()
    proven = trap.proven()
    trap.target.database.calls.clear()
    verify(LockFile(patches=proven), database=trap.target.database, run=new_run(), deadline=Deadline(FakeClock()))
    assert trap.target.database.names() == ["read_ledger", "shadows", *["answers"] * 5, "read_schema", "close"]
