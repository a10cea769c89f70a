"""The doctor's looks at the roles and the ledger of a real PostgreSQL."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from rdspatch.core.doctor.finding import State
from rdspatch.core.doctor.ledger import COLUMNS
from tests.handlers.patient import assert_only, not_ok
from tests.samples import RUN

if TYPE_CHECKING:
    from tests.handlers.patient import Patient


def test_the_ledger_that_apply_makes_is_the_one_that_the_doctor_expects(patient: Patient) -> None:
    patient.create_ledger()
    assert patient.examined()["ledger"].what == "it is there, complete and writable"
    rows = (
        "SELECT attrelid::regclass::text, count(*) FROM pg_attribute WHERE attnum > 0 AND attrelid IN (%s) GROUP BY 1"
    )
    with closing(patient.database(patient.url()).connect(RUN)) as session:
        tables = ", ".join(f"'rdspatch.{name}'::regclass" for name in COLUMNS)
        found = dict(session.ask_as_login(rows % tables))
    assert found == {f"rdspatch.{name}": len(columns) for name, columns in COLUMNS.items()}


BROKEN_LEDGERS = {
    "no progress": ("DROP TABLE rdspatch.progress", "rdspatch.progress is missing"),
    "another type": (
        "ALTER TABLE rdspatch.ledger ALTER checksum TYPE varchar(64)",
        "checksum is character varying(64)",
    ),
    "no column": ("ALTER TABLE rdspatch.ledger DROP COLUMN audited", "audited is missing"),
    "a view": (
        "ALTER TABLE rdspatch.ledger RENAME TO l; CREATE VIEW rdspatch.ledger AS TABLE rdspatch.l",
        "is no table",
    ),
    "read only": ("REVOKE INSERT, UPDATE ON rdspatch.ledger FROM {login}", "lacks INSERT, UPDATE"),
    "not to be used": ("REVOKE USAGE ON SCHEMA rdspatch FROM {login}", "lacks USAGE on its schema"),
}


@pytest.mark.parametrize(("statement", "words"), BROKEN_LEDGERS.values(), ids=BROKEN_LEDGERS)
def test_a_broken_ledger_says_how(patient: Patient, statement: str, words: str) -> None:
    patient.create_ledger()
    owner = patient.login
    patient.spoil(
        f"ALTER SCHEMA rdspatch OWNER TO {patient.owner}",
        f"ALTER TABLE rdspatch.ledger OWNER TO {patient.owner}",
        f"REVOKE {patient.owner} FROM {patient.login}",
        f"GRANT USAGE ON SCHEMA rdspatch TO {patient.login}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA rdspatch TO {patient.login}",
    )
    patient.spoil(*statement.format_map({"login": owner}).split("; "))
    assert_only(patient.examined(), "ledger", State.PROBLEM, words)


def test_the_owner_role_is_what_counts_where_there_is_one(patient: Patient) -> None:
    patient.spoil("CREATE TABLE one (id int)", f"ALTER TABLE one OWNER TO {patient.owner}")
    patient.spoil(f"GRANT CREATE ON SCHEMA public TO {patient.owner}")
    found = patient.examined(patient.url(owner=patient.owner))
    assert not_ok(found) == set()
    assert found["owner role"].what == f"{patient.login} becomes {patient.owner}, which owns what patches create"


def test_who_else_may_create_where_patches_look_names_up_is_named(patient: Patient) -> None:
    patient.spoil("GRANT CREATE ON SCHEMA public TO PUBLIC", f"GRANT CREATE ON SCHEMA public TO {patient.owner}")
    words = f"everybody (PUBLIC) in public, {patient.owner} in public; REVOKE CREATE ON SCHEMA"
    assert_only(patient.examined(), "creators", State.WARNING, words)
    assert_only(
        patient.examined(f"{patient.url()}&trusted_roles={patient.owner}"),
        "creators",
        State.WARNING,
        "by name: everybody (PUBLIC) in public; REVOKE",
    )


def test_a_strangers_function_or_operator_with_a_name_of_the_catalogs_is_named(patient: Patient) -> None:
    patient.spoil(
        "CREATE FUNCTION split_part(varchar, text, int) RETURNS text LANGUAGE sql AS 'SELECT $1'",
        f"ALTER FUNCTION split_part(varchar, text, int) OWNER TO {patient.owner}",
        "CREATE FUNCTION equal(varchar, varchar) RETURNS boolean LANGUAGE sql AS 'SELECT true'",
        "CREATE OPERATOR public.= (LEFTARG = varchar, RIGHTARG = varchar, FUNCTION = equal)",
        f"ALTER OPERATOR public.= (varchar, varchar) OWNER TO {patient.owner}",
        "CREATE FUNCTION of_the_application() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        f"ALTER FUNCTION of_the_application() OWNER TO {patient.owner}",
    )
    words = (
        "2 names of the catalog's may mean code of others: the function public.split_part(character varying,text,"
        f"integer), whose owner is {patient.owner}, the operator public.=(character varying,character varying)"
    )
    assert_only(patient.examined(), "shadowed names", State.WARNING, words)


def test_to_a_reader_the_owner_of_the_ledger_is_no_stranger(patient: Patient) -> None:
    patient.spoil(
        f"GRANT CREATE ON SCHEMA public TO {patient.owner}", f"CREATE SCHEMA rdspatch AUTHORIZATION {patient.owner}"
    )
    patient.spoil(
        "CREATE TABLE rdspatch.ledger ()",
        f"ALTER TABLE rdspatch.ledger OWNER TO {patient.owner}",
        f"REVOKE {patient.owner} FROM {patient.login}",
    )
    assert patient.examined()["creators"].state is State.OK


def test_an_owner_role_that_is_not_there_stops_only_what_is_about_it(patient: Patient) -> None:
    found = patient.examined(patient.url(owner="nobody"))
    assert_only(found, "owner role", State.PROBLEM, "CREATE ROLE nobody NOLOGIN")
    assert {name for name, one in found.items() if one.state is State.SKIPPED} == {
        "schemas",
        "tables",
        "creators",
        "shadowed names",
        "ledger",
    }


def test_an_owner_role_that_the_login_is_no_member_of_is_named(patient: Patient) -> None:
    patient.spoil(f"REVOKE {patient.owner} FROM {patient.login}")
    found = patient.examined(patient.url(owner=patient.owner))
    assert_only(found, "owner role", State.PROBLEM, f"GRANT {patient.owner} TO {patient.login}")


def test_an_owner_role_that_may_not_be_taken_on_is_named(patient: Patient) -> None:
    patient.spoil(f"GRANT {patient.owner} TO {patient.login} WITH SET FALSE")
    found = patient.examined(patient.url(owner=patient.owner))
    assert found["owner role"].state is State.PROBLEM
    assert "cannot be used" in found["owner role"].what


@pytest.mark.parametrize("statement", ["DISABLE TRIGGER keep_rows", "ENABLE REPLICA TRIGGER keep_rows"])
def test_a_ledger_that_anybody_could_empty_is_warned_of(patient: Patient, statement: str) -> None:
    patient.create_ledger()
    patient.spoil(f"ALTER TABLE rdspatch.ledger {statement}")
    assert_only(patient.examined(), "ledger", State.WARNING, "nothing keeps its rows from being removed")
    patient.spoil("ALTER TABLE rdspatch.ledger ENABLE TRIGGER keep_rows")
    assert patient.examined()["ledger"].state is State.OK


def test_a_ledger_of_an_earlier_version_is_no_reason_to_restore_it(patient: Patient) -> None:
    patient.create_ledger()
    patient.spoil("ALTER TABLE rdspatch.ledger DROP COLUMN number")
    found = patient.examined()["ledger"]
    assert found.state is State.OK
    assert "the next run numbers its rows" in found.what


@pytest.mark.experiment("F56")
@pytest.mark.parametrize("table", ["ledger", "progress"])
def test_row_security_of_the_ledgers_tables_says_whom_it_hides_rows_from(patient: Patient, table: str) -> None:
    patient.create_ledger()
    patient.spoil(f"ALTER TABLE rdspatch.{table} ENABLE ROW LEVEL SECURITY")
    assert_only(patient.examined(), "ledger", State.WARNING, f"row security of rdspatch.{table} hides rows from every")
    patient.spoil(f"ALTER TABLE rdspatch.{table} FORCE ROW LEVEL SECURITY")
    words = f"row security of rdspatch.{table} hides rows from {patient.login}"
    assert_only(patient.examined(), "ledger", State.PROBLEM, words)
    patient.spoil(f'ALTER ROLE "{patient.login}" BYPASSRLS')
    assert_only(patient.examined(), "ledger", State.WARNING, "hides rows from every role but its owner")
    patient.spoil(*patient.examined()["ledger"].instead.split("; "))
    assert patient.examined()["ledger"].state is State.OK
