"""A ledger that a stranger has a hand in is refused before anything of the stranger's runs."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from rdspatch.authoring.postgres_releases import throwaway_postgres
from rdspatch.core.doctor.finding import State
from rdspatch.core.errors import LedgerUnusable
from rdspatch.core.ledger import Ledger
from rdspatch.engine.inspect import read_ledger
from tests.acceptance.strange import OWNER, STRANGER, StrangePlace, applied, examined, fresh, strange_places
from tests.acceptance.target import locked_patches, new_run, open_target
from tests.trap import trapped

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

    from _pytest.mark.structures import ParameterSet


LEDGER, PROGRESS = "rdspatch.ledger", "rdspatch.progress"
pytestmark = pytest.mark.experiment("F68")

ITS_OWN = f"AUTHORIZATION {STRANGER}"
TABLES = (
    "CREATE TABLE rdspatch.ledger (patch_id text PRIMARY KEY, checksum text NOT NULL, run_id text NOT NULL, "
    "run_started_at text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now(), applied_by text NOT NULL DEFAULT "
    "session_user, audited boolean NOT NULL DEFAULT false, number bigint GENERATED ALWAYS AS IDENTITY); "
    "CREATE TABLE rdspatch.progress (patch_id text, statement int, mark text, run_id text, marked_at timestamptz); "
)
MADE_BEFOREHAND = {
    "an empty schema": (
        f"CREATE SCHEMA rdspatch {ITS_OWN}; GRANT ALL ON SCHEMA rdspatch TO PUBLIC",
        f"{STRANGER}, which cannot become",
    ),
    "the whole": (
        (
            f"CREATE SCHEMA rdspatch {ITS_OWN}; SET ROLE {STRANGER}; {TABLES}; "
            "GRANT ALL ON ALL TABLES IN SCHEMA rdspatch TO PUBLIC; GRANT ALL ON SCHEMA rdspatch TO PUBLIC"
        ),
        f"{STRANGER}, which cannot become",
    ),
    "the whole with a trigger": (
        (
            f"CREATE SCHEMA rdspatch {ITS_OWN}; SET ROLE {STRANGER}; {TABLES}; "
            "CREATE TRIGGER t BEFORE INSERT ON rdspatch.ledger FOR EACH ROW EXECUTE FUNCTION trap.fires(); "
            "GRANT ALL ON ALL TABLES IN SCHEMA rdspatch TO PUBLIC; GRANT ALL ON SCHEMA rdspatch TO PUBLIC"
        ),
        "trap.fires()",
    ),
    "an event trigger": (
        "CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION trap.fires_on_ddl()",
        "the event trigger e calls trap.fires_on_ddl()",
    ),
}
"""What is there before the first run, and words of the refusal."""
WHEN_WRITTEN = {
    "its table is the stranger's": (
        f"ALTER TABLE {LEDGER} OWNER TO {STRANGER}; GRANT ALL ON {LEDGER} TO {OWNER}",
        "owns the sequence rdspatch.ledger_",
    ),
    "its schema is": (
        f"ALTER SCHEMA rdspatch OWNER TO {STRANGER}; GRANT USAGE ON SCHEMA rdspatch TO {OWNER}",
        "owns the schema rdspatch",
    ),
    "its function is": (f"ALTER FUNCTION rdspatch.keep_rows() OWNER TO {STRANGER}", "rdspatch.keep_rows()"),
    "progress is": (f"ALTER TABLE {PROGRESS} OWNER TO {STRANGER}", "owns the table rdspatch.progress"),
    "its sequence is": (
        (
            f"ALTER TABLE {LEDGER} ALTER number DROP IDENTITY; CREATE SEQUENCE rdspatch.s OWNED BY NONE; "
            f"ALTER SEQUENCE rdspatch.s OWNER TO {STRANGER}; "
            f"ALTER TABLE {LEDGER} ALTER number SET DEFAULT nextval('rdspatch.s')"
        ),
        "owns the sequence rdspatch.s",
    ),
    "a trigger": (
        f"CREATE TRIGGER t BEFORE INSERT ON {LEDGER} FOR EACH ROW EXECUTE FUNCTION trap.fires()",
        "the trigger t on rdspatch.ledger calls trap.fires()",
    ),
    "a trigger on progress": (
        f"CREATE TRIGGER t AFTER DELETE ON {PROGRESS} FOR EACH STATEMENT EXECUTE FUNCTION trap.fires()",
        "the trigger t on rdspatch.progress",
    ),
    "a condition of a trigger": (
        (
            f"CREATE FUNCTION rdspatch.f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; "
            f"CREATE TRIGGER t BEFORE INSERT ON {LEDGER} FOR EACH ROW WHEN (trap.told(NEW.run_id) = 'x') "
            "EXECUTE FUNCTION rdspatch.f()"
        ),
        "calls trap.told(text)",
    ),
    "a default": (f"ALTER TABLE {LEDGER} ALTER applied_by SET DEFAULT trap.told('x')", "the column applied_by"),
    "a domain's check": (
        (
            "CREATE DOMAIN rdspatch.d AS text CHECK (trap.told(VALUE) = VALUE); "
            f"ALTER TABLE {PROGRESS} ADD COLUMN d rdspatch.d"
        ),
        "the column d on rdspatch.progress",
    ),
    "writing": (
        f"GRANT USAGE ON SCHEMA rdspatch TO {STRANGER}; GRANT INSERT, UPDATE ON {LEDGER} TO {STRANGER}",
        f"REVOKE INSERT, UPDATE ON rdspatch.ledger FROM {STRANGER}",
    ),
    "writing one column": (
        f"GRANT USAGE ON SCHEMA rdspatch TO PUBLIC; GRANT UPDATE (checksum) ON {LEDGER} TO {STRANGER}",
        f"REVOKE UPDATE ON rdspatch.ledger FROM {STRANGER}",
    ),
    "triggers of everybody": (
        f"GRANT USAGE ON SCHEMA rdspatch TO PUBLIC; GRANT TRIGGER ON {LEDGER} TO PUBLIC",
        "REVOKE TRIGGER ON rdspatch.ledger FROM PUBLIC",
    ),
    "numbers": (
        f"GRANT USAGE ON SCHEMA rdspatch TO {STRANGER}; GRANT ALL ON SEQUENCE rdspatch.ledger_number_seq TO {STRANGER}",
        f"ON SEQUENCE rdspatch.ledger_number_seq FROM {STRANGER}",
    ),
    "creating": (f"GRANT CREATE ON SCHEMA rdspatch TO {STRANGER}", f"REVOKE CREATE ON SCHEMA rdspatch FROM {STRANGER}"),
}
"""How a ledger of ours is spoilt so that only whoever writes to it is in danger."""
WHEN_READ = {
    "a rule beside": (
        f"CREATE RULE r AS ON INSERT TO {LEDGER} DO ALSO SELECT trap.note()",
        "DROP RULE r ON rdspatch.ledger",
    ),
    "a rule instead": (f"CREATE RULE r AS ON INSERT TO {LEDGER} DO INSTEAD NOTHING", "DROP RULE r ON rdspatch.ledger"),
    "a policy": (
        (
            f"ALTER TABLE {LEDGER} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY; "
            f"CREATE POLICY p ON {LEDGER} USING (trap.note()) WITH CHECK (trap.note())"
        ),
        "the policy p on rdspatch.ledger calls trap.note()",
    ),
    "a check": (
        f"ALTER TABLE {LEDGER} ADD CONSTRAINT c CHECK (trap.told(checksum) <> '') NOT VALID",
        "the constraint c on rdspatch.ledger",
    ),
    "an operator in a check": (
        f"ALTER TABLE {LEDGER} ADD CONSTRAINT c CHECK (checksum OPERATOR(trap.===) checksum) NOT VALID",
        "calls trap.same(text,text)",
    ),
    "an index": (f"CREATE INDEX i ON {LEDGER} ((trap.told('x') || checksum))", "the index i on rdspatch.ledger"),
    "a part of an index": (f"CREATE INDEX i ON {LEDGER} (checksum) WHERE trap.told('x') <> ''", "the index i on"),
    "statistics": (f"CREATE STATISTICS rdspatch.s ON (trap.told('x') || checksum) FROM {LEDGER}", "the statistics s"),
    "a view": (
        f"ALTER TABLE {LEDGER} RENAME TO l; CREATE VIEW {LEDGER} AS SELECT *, trap.note() FROM rdspatch.l",
        "rdspatch.ledger is a view and no table",
    ),
    "a materialized view": (
        f"ALTER TABLE {LEDGER} RENAME TO l; CREATE MATERIALIZED VIEW {LEDGER} AS SELECT * FROM rdspatch.l",
        "rdspatch.ledger is a materialized view and no table",
    ),
    "a partitioned table": (
        f"ALTER TABLE {LEDGER} RENAME TO l; CREATE TABLE {LEDGER} (LIKE rdspatch.l) PARTITION BY LIST (patch_id)",
        "rdspatch.ledger is a partitioned table and no table",
    ),
    "a child": (
        f"CREATE TABLE public.child () INHERITS ({LEDGER})",
        "ALTER TABLE public.child NO INHERIT rdspatch.led",
    ),
}
"""How a ledger of ours is spoilt so that a query may run a stranger's code, or be told what is not so."""


def forms(cases: Mapping[str, tuple[str, str]], *, fast: Collection[str]) -> list[ParameterSet]:
    """Each takes a database; a few of them stand for the others where time counts."""
    slow = pytest.mark.slow
    return [pytest.param(*case, id=name, marks=() if name in fast else slow) for name, case in cases.items()]


@pytest.fixture(scope="module", params=[pytest.param(14, marks=pytest.mark.slow), 18])
def servers(request: pytest.FixtureRequest) -> Iterator[StrangePlace]:
    with throwaway_postgres(request.param) as server:
        yield from strange_places(trapped(server))


@pytest.fixture
def place(servers: StrangePlace) -> Iterator[StrangePlace]:
    yield from fresh(servers)


@pytest.fixture
def patches(tmp_path: Path) -> Path:
    (tmp_path / "baseline.sql").write_text("-- nothing before the first patch\n")
    (tmp_path / "0001_t.sql").write_text("-- patch: A test.\nCREATE TABLE IF NOT EXISTS t (id int);\n")
    return tmp_path


def refused(place: StrangePlace, patches: Path, words: str) -> None:
    """A run says what is wrong, and so does the doctor; nothing of the stranger's has run, and nothing of ours."""
    before = place.run("SELECT count(*) FROM pg_class")
    with pytest.raises(LedgerUnusable) as caught:
        applied(place, locked_patches(patches))
    assert words in str(caught.value)
    finding = examined(place)["ledger"]
    assert finding.state is State.PROBLEM
    assert words in finding.what
    assert place.sprung() == []
    assert place.run("SELECT count(*) FROM pg_class") == before


@pytest.mark.parametrize(
    ("before", "words"), forms(MADE_BEFOREHAND, fast=("the whole with a trigger", "an event trigger"))
)
def test_what_is_there_before_the_first_run_is_refused(
    place: StrangePlace, patches: Path, before: str, words: str
) -> None:
    place.run(before)
    refused(place, patches, words)
    place.run("DROP EVENT TRIGGER IF EXISTS e; DROP SCHEMA IF EXISTS rdspatch CASCADE")
    assert applied(place, locked_patches(patches)).failure is None


@pytest.mark.parametrize(
    ("spoil", "words"), forms(WHEN_WRITTEN, fast=("its table is the stranger's", "a trigger", "creating"))
)
def test_a_ledger_is_not_written_to_when_a_stranger_has_a_hand_in_it(
    place: StrangePlace, patches: Path, spoil: str, words: str
) -> None:
    applied(place, locked_patches(patches))
    place.run(spoil)
    refused(place, patches, words)
    assert words in str(caught_by_looking(place))


@pytest.mark.parametrize(("spoil", "words"), forms(WHEN_READ, fast=("a rule beside", "an index")))
def test_a_ledger_is_not_even_read_when_that_could_run_a_strangers_code(
    place: StrangePlace, patches: Path, spoil: str, words: str
) -> None:
    applied(place, locked_patches(patches))
    place.run(f"SET ROLE {OWNER}; {spoil}" if "trap." not in spoil else spoil)
    place.run("SELECT setval('trap.count', 1, false); TRUNCATE trap.sprung")
    refused(place, patches, words)
    with pytest.raises(LedgerUnusable, match="Nothing was changed"):
        read_ledger(open_target(place.url), new_run())
    assert place.sprung() == []


def caught_by_looking(place: StrangePlace) -> LedgerUnusable:
    """Reading such a ledger is no danger; whoever would write is told."""
    found = read_ledger(open_target(place.url), new_run())
    with pytest.raises(LedgerUnusable) as caught:
        found.require_ours()
    return caught.value


HONEST = {
    "a reader": f"GRANT USAGE ON SCHEMA rdspatch TO {STRANGER}; GRANT SELECT ON {LEDGER} TO {STRANGER}",
    "privileges without a way to the schema": f"GRANT ALL ON ALL TABLES IN SCHEMA rdspatch TO {STRANGER}",
    "a function that runs as its owner": f"CREATE TRIGGER t AFTER INSERT ON {LEDGER} FOR EACH ROW "
    "EXECUTE FUNCTION trap.defining()",
    "a trigger of the owner's": "CREATE FUNCTION public.tell() RETURNS trigger LANGUAGE plpgsql AS "
    "'BEGIN PERFORM pg_notify(''patched'', NEW.patch_id); RETURN NEW; END'; "
    f"ALTER FUNCTION public.tell() OWNER TO {OWNER}; "
    f"CREATE TRIGGER t AFTER INSERT ON {LEDGER} FOR EACH ROW EXECUTE FUNCTION public.tell()",
    "a trigger that is off": f"CREATE TRIGGER t BEFORE INSERT ON {LEDGER} FOR EACH ROW EXECUTE FUNCTION trap.fires(); "
    f"ALTER TABLE {LEDGER} DISABLE TRIGGER t",
    "an index of the owner's": f"CREATE INDEX i ON {LEDGER} (lower(run_id))",
}


@pytest.mark.slow
@pytest.mark.parametrize("what", HONEST.values(), ids=HONEST)
def test_what_lets_nobody_in_is_no_reason_to_refuse(place: StrangePlace, patches: Path, what: str) -> None:
    applied(place, locked_patches(patches))
    place.run(what)
    (patches / "0002_u.sql").write_text("-- patch: A test.\nCREATE TABLE IF NOT EXISTS u (id int);\n")
    assert applied(place, locked_patches(patches)).failure is None
    assert examined(place)["ledger"].state is State.OK
    assert place.sprung() == []


def test_a_role_that_is_trusted_by_name_is_no_stranger(place: StrangePlace, patches: Path) -> None:
    applied(place, locked_patches(patches))
    place.run(f"ALTER TABLE {LEDGER} OWNER TO {STRANGER}; GRANT ALL ON {LEDGER} TO {OWNER}")
    with pytest.raises(LedgerUnusable, match=f"name {STRANGER} in trusted_roles"):
        applied(place, locked_patches(patches))
    trusting = f"{place.url}&trusted_roles={STRANGER}"
    assert applied(place, locked_patches(patches), url=trusting).failure is None
    assert examined(place, trusting)["ledger"].state is State.OK


def test_an_administrator_may_look_into_the_ledger_of_others(place: StrangePlace, patches: Path) -> None:
    applied(place, locked_patches(patches))
    ledger = read_ledger(open_target(place.url_of_superuser), new_run())
    assert [row.patch_id for row in ledger.applied] == ["0001_t"]
    with pytest.raises(LedgerUnusable, match=rf"let patches run as {OWNER} \(owner_role\)"):
        applied(place, locked_patches(patches), url=place.url_of_superuser)
    assert ledger == Ledger(ledger.applied, intrusions=ledger.intrusions)
    assert applied(place, locked_patches(patches), url=f"{place.url_of_superuser}&owner_role={OWNER}").failure is None


def test_a_schema_that_a_stranger_is_quicker_to_make_is_refused(place: StrangePlace) -> None:
    with closing(open_target(place.url).connect(new_run())) as session:
        session.try_run_lock()
        assert not session.read_ledger().exists
        place.run(f"CREATE SCHEMA rdspatch {ITS_OWN}; GRANT ALL ON SCHEMA rdspatch TO PUBLIC")
        with pytest.raises(LedgerUnusable, match="owns the schema rdspatch"):
            session.create_ledger()
    assert place.run("SELECT to_regclass('rdspatch.ledger') IS NULL") == [[True]]
