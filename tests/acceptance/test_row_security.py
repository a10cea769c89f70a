"""Row security hides rows without a word; where our own tables or a `verify:` query are read, that is an error."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rdspatch.core.errors import LedgerUnusable, VerificationFailed
from rdspatch.core.lockfile import LockFile
from rdspatch.engine.deadline import Deadline
from rdspatch.engine.inspect import read_ledger
from rdspatch.engine.verify import verify
from tests.acceptance.target import PASSWORD, new_run, open_target

if TYPE_CHECKING:
    from tests.acceptance.target import Target

WRITES = "SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA rdspatch"


@pytest.fixture
def applied(target: Target, login: str) -> Target:
    """A patched database whose ledger belongs to a role, which is the login's too."""
    target.execute("CREATE TABLE users (id int)")
    target.patch("0001_a", "INSERT INTO users VALUES (1)", "verify: SELECT count(*) = 1 FROM users")
    target.apply()
    target.execute(f'GRANT USAGE ON SCHEMA public, rdspatch TO "{login}"; GRANT {WRITES} TO "{login}"')
    target.execute(f'GRANT SELECT ON users TO "{login}"')
    return target


def _own(target: Target, login: str, *tables: str) -> None:
    for table in tables:
        target.execute(f'ALTER TABLE {table} OWNER TO "{login}"')


def _verify(target: Target, login: str) -> tuple[str, ...]:
    database = open_target(target.url_of(login, PASSWORD))
    return verify(LockFile(patches=target.patches), database=database, run=new_run(), deadline=Deadline(target.clock))


@pytest.mark.experiment("F56")
@pytest.mark.parametrize("policy", ["", "CREATE POLICY a_part ON rdspatch.ledger USING (patch_id <> '0001_a')"])
@pytest.mark.parametrize("is_owner", [False, True], ids=["reader", "owner"])
def test_a_ledger_whose_rows_are_hidden_is_an_error_and_not_an_empty_one(
    applied: Target, login: str, policy: str, *, is_owner: bool
) -> None:
    applied.execute("ALTER TABLE rdspatch.ledger ENABLE ROW LEVEL SECURITY")
    if is_owner:
        _own(applied, login, "rdspatch.ledger")
        applied.execute("ALTER TABLE rdspatch.ledger FORCE ROW LEVEL SECURITY")
    applied.execute(policy or "SELECT 1")
    wanted = "row security would hide rows of the ledger.*DISABLE ROW LEVEL SECURITY"
    with pytest.raises(LedgerUnusable, match=wanted):
        read_ledger(open_target(applied.url_of(login, PASSWORD)), new_run())
    with pytest.raises(LedgerUnusable, match=wanted):
        _verify(applied, login)


@pytest.mark.experiment("F56")
def test_a_patch_is_not_applied_again_where_its_row_is_hidden(applied: Target, login: str) -> None:
    _own(applied, login, "rdspatch.ledger", "rdspatch.progress", "users")
    applied.execute("ALTER TABLE rdspatch.ledger ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
    with pytest.raises(LedgerUnusable, match="row security"):
        applied.apply_once(database=open_target(applied.url_of(login, PASSWORD)))
    assert applied.value("SELECT count(*) FROM users") == 1


@pytest.mark.experiment("F56")
def test_row_security_that_holds_nobody_back_is_no_error(applied: Target, login: str) -> None:
    applied.execute("ALTER TABLE rdspatch.ledger ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
    assert applied.applied() == ["0001_a"]  # by a superuser
    applied.execute("ALTER TABLE rdspatch.ledger NO FORCE ROW LEVEL SECURITY")
    _own(applied, login, "rdspatch.ledger")
    assert _verify(applied, login) == ("0001_a",)


@pytest.mark.experiment("F56")
def test_a_verify_query_over_hidden_rows_is_not_true(applied: Target, login: str) -> None:
    applied.execute("ALTER TABLE users ENABLE ROW LEVEL SECURITY; CREATE POLICY one ON users USING (id = 1)")
    with pytest.raises(VerificationFailed, match=r"affected by row-level security policy for table .*BYPASSRLS"):
        _verify(applied, login)


def test_a_patch_itself_sees_the_rows_that_its_role_sees(applied: Target, login: str) -> None:
    _own(applied, login, "rdspatch.ledger", "rdspatch.progress", "users")
    applied.execute("INSERT INTO users VALUES (2)")
    applied.execute("ALTER TABLE users ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
    applied.execute("CREATE POLICY one ON users USING (id = 1)")
    applied.patch("0002_b", "DELETE FROM users")
    applied.apply_once(database=open_target(applied.url_of(login, PASSWORD)))
    assert applied.rows("SELECT id FROM users") == [[2]]
