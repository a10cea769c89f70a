"""Connections that cannot be had, logins that are refused, and the role that patches run as."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rdspatch.core.errors import AccessDenied, DatabaseUnreachable
from rdspatch.engine.inspect import preflight
from tests.acceptance.target import PASSWORD, new_run, open_target

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from typing import Any

    from tests.acceptance.target import Target


@pytest.fixture
def owner(target: Target, login: str) -> Iterator[str]:
    """A role without login that `login` may become, and that may create in the database."""
    name = f"{login}_owner"
    database = target.value("SELECT current_database()")
    target.execute(f"CREATE ROLE {name}; GRANT {name} TO {login}")
    target.execute(f"GRANT CREATE ON DATABASE {database} TO {name}; GRANT CREATE ON SCHEMA public TO {name}")
    yield name
    target.execute(f"DROP OWNED BY {name}; DROP ROLE {name}")


@pytest.mark.experiment("F11")
def test_a_database_that_is_down_is_unreachable(tmp_path: Path) -> None:
    database = open_target(f"postgresql://postgres@/app?host={tmp_path}")
    with pytest.raises(DatabaseUnreachable, match=rf"database app at {tmp_path}:5432: no connection"):
        database.connect(new_run())


@pytest.mark.experiment("F53")
def test_a_database_that_does_not_exist_is_named(target: Target) -> None:
    name = target.value("SELECT current_database()")
    with pytest.raises(AccessDenied, match=r'database "no_such" does not exist \(SQLSTATE 3D000\)'):
        open_target(target.url.replace(f"/{name}?", "/no_such?")).connect(new_run())


@pytest.mark.experiment("F39")
def test_a_wrong_password_is_refused_and_not_shown(target: Target, login: str) -> None:
    with pytest.raises(AccessDenied, match=r"password authentication failed .* \(SQLSTATE 28P01\)") as refused:
        open_target(target.url_of(login, "hunter2")).connect(new_run())
    assert "hunter2" not in str(refused.value)


def test_an_unknown_login_is_refused(target: Target) -> None:
    with pytest.raises(AccessDenied, match="28P01"):
        open_target(target.url_of("nobody_knows")).connect(new_run())


@pytest.mark.experiment("F11")
def test_a_server_without_free_connections_is_unreachable(target: Target, login: str) -> None:
    target.execute(f"ALTER ROLE {login} CONNECTION LIMIT 0")
    with pytest.raises(DatabaseUnreachable, match=r"too many connections .* \(SQLSTATE 53300\)"):
        open_target(target.url_of(login)).connect(new_run())


def test_objects_belong_to_the_owner_role_and_the_ledger_names_the_login(
    target: Target, login: str, owner: str
) -> None:
    target.patch("0001_a", "CREATE TABLE a (id int)")
    target.patch("0002_b", "CREATE INDEX CONCURRENTLY a_id ON a (id)", "transaction: none")
    database = open_target(f"{target.url_of(login)}&owner_role={owner}")
    report = target.apply_once(database=database)
    assert target.results(report) == ["0001_a applied", "0002_b applied"]
    owners = "SELECT relname, relowner::regrole::text FROM pg_class WHERE relname IN ('a', 'a_id', 'ledger') ORDER BY 1"
    assert target.rows(owners) == [["a", owner], ["a_id", owner], ["ledger", owner]]
    assert {row.applied_by for row in target.ledger().applied} == {login}


@pytest.mark.experiment("F51")
def test_a_patch_of_another_login_can_change_what_the_owner_role_owns(target: Target, login: str, owner: str) -> None:
    target.patch("0001_a", "CREATE TABLE a (id int)")
    target.apply_once(database=open_target(f"{target.url_of(login)}&owner_role={owner}"))
    target.patch("0002_b", "ALTER TABLE a ADD COLUMN b int")
    report = target.apply_once(database=target.opened_with(f"owner_role={owner}"))
    assert target.results(report) == ["0002_b applied"]


@pytest.mark.parametrize("role", ["no_such_role", "pg_monitor"])
def test_an_owner_role_that_cannot_be_used_is_named(target: Target, login: str, role: str) -> None:
    target.patch("0001_a", "CREATE TABLE a ()")
    database = open_target(f"{target.url_of(login)}&owner_role={role}")
    with pytest.raises(AccessDenied, match=f"the role {role} cannot be used"):
        target.apply_once(database=database)
    with pytest.raises(AccessDenied, match=f"the role {role} cannot be used"):
        preflight(database, new_run())


def test_preflight_says_when_the_ledger_could_not_be_created(target: Target, login: str) -> None:
    with pytest.raises(AccessDenied, match=f"role {login} may not create the schema rdspatch"):
        preflight(open_target(target.url_of(login)), new_run())


def test_preflight_asks_about_the_role_that_patches_run_as(target: Target, login: str, owner: str) -> None:
    facts = preflight(open_target(f"{target.url_of(login)}&owner_role={owner}"), new_run())
    assert facts.user == owner


def test_preflight_changes_nothing(target: Target) -> None:
    preflight(target.database, new_run())
    assert target.value("SELECT to_regnamespace('rdspatch') IS NULL") is True


def test_no_session_of_ours_stays_open(target: Target, until: Callable[..., Any]) -> None:
    target.patch("0001_a", "CREATE TABLE a ()")
    target.apply()
    target.verify()
    ours = "SELECT 1 FROM pg_stat_activity WHERE application_name LIKE 'rdspatch:%' AND datname = current_database()"
    until(lambda: target.rows(ours) == [])


def test_a_password_is_not_in_what_python_prints_of_a_login(target: Target, login: str) -> None:
    database = open_target(target.url_of(login))
    assert PASSWORD not in repr(vars(database))
