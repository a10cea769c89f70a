"""No secret and no row of data in a log line, an error or the audit, whatever fails."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import boto3
import pytest

from rdspatch.core.errors import AccessDenied, RdspatchError
from tests.audit_table import REGION

if TYPE_CHECKING:
    from tests.handlers.function import Function

CANARY = "CANARY-7f3a"
REQUEST: dict[str, object] = {}
TO_DO = {"status": "continue", "wait_seconds": 0, "applied": 0, "pending": 2, "patch": None, "lock_attempts": 0}

LEAKY = {
    "a password in a statement": f"CREATE USER MAPPING FOR postgres SERVER nowhere OPTIONS (password '{CANARY}');",
    "a row in DETAIL": "INSERT INTO users VALUES ((SELECT email FROM users));",
    "a row in a failed check": "ALTER TABLE users ADD CONSTRAINT c CHECK (length(email) < 3);",
    "a row in a cast": "ALTER TABLE users ALTER COLUMN email TYPE int USING email::int;",
    "a literal in a cast": f"SELECT '{CANARY}'::uuid;",
    "a literal that is no JSON": f"SELECT '{{{CANARY}'::json;",
    "a literal that is no date": f"SELECT '{CANARY}'::timestamptz;",
    "a text that a patch raises": f"DO $$BEGIN RAISE EXCEPTION '{CANARY}'; END$$;",
    "a row that a patch raises": (
        "DO $$DECLARE e text; BEGIN SELECT email INTO e FROM users; "
        "RAISE EXCEPTION USING ERRCODE = 'MY001', MESSAGE = e, DETAIL = e, HINT = e; END$$;"
    ),
    "a condition that a patch names": (
        f"DO $$BEGIN RAISE unique_violation USING MESSAGE = '{CANARY}', CONSTRAINT = 'x'; END$$;"
    ),
    "a row as a name in dynamic SQL": "DO $$BEGIN EXECUTE format('SELECT %I', (SELECT email FROM users)); END$$;",
    "a row as text in dynamic SQL": "DO $$BEGIN EXECUTE format('SELECT 1 x %L', (SELECT email FROM users)); END$$;",
    "a row as a file": "SELECT pg_read_file((SELECT email FROM users));",
    "a row as a relation": "SELECT (SELECT email FROM users)::regclass;",
    "an assertion": f"DO $$BEGIN ASSERT false, '{CANARY}'; END$$;",
}


@pytest.fixture
def users(function: Function) -> Function:
    function.query("CREATE TABLE users (email text UNIQUE)")
    function.query(f"INSERT INTO users VALUES ('{CANARY}')")
    return function


def assert_silent(function: Function, error: RdspatchError) -> None:
    """The canary is nowhere, and there was something to look at everywhere."""
    assert function.log.getvalue()
    assert CANARY not in function.log.getvalue()
    assert str(error)
    assert CANARY not in str(error) + repr(error)
    assert CANARY not in repr(function.table.everything())


@pytest.mark.experiment("F39")
@pytest.mark.parametrize("sql", LEAKY.values(), ids=LEAKY)
def test_what_a_failing_patch_holds_is_nowhere(users: Function, sql: str) -> None:
    users.patches.patch("0001_leaky", sql)
    users.patches.lock()
    with pytest.raises(RdspatchError) as caught:
        users.call("apply", request=REQUEST, work=TO_DO)
    assert type(caught.value).__name__ == "PatchFailed"
    assert [event for event, _ in users.audited()] == ["patch_failed"]
    assert_silent(users, caught.value)


@pytest.mark.experiment("F39")
def test_what_a_failing_verification_reads_is_nowhere(users: Function) -> None:
    users.patches.patch("0001_a", "SELECT 1;", "verify: SELECT email::int > 0 FROM users")
    users.patches.lock()
    users.apply()
    with pytest.raises(RdspatchError) as caught:
        users.call("verify", request=REQUEST)
    assert "22P02" in str(caught.value)
    assert_silent(users, caught.value)


def with_secret(function: Function, text: str) -> None:
    client = boto3.client("secretsmanager", region_name=REGION)
    arn = client.create_secret(Name=function.database, SecretString=text)["ARN"]
    function.monkeypatch.delenv("RDSPATCH_DATABASE_USER")
    function.setenv(DATABASE_AUTH="secret", DATABASE_SECRET_ARN=arn)


@pytest.mark.experiment("F39")
@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"username": "nobody", "password": CANARY}),
        json.dumps({"username": "postgres", "passwort": CANARY}),
        CANARY,
    ],
    ids=["wrong password", "another key", "no JSON"],
)
def test_a_password_that_does_not_work_is_nowhere(function: Function, text: str) -> None:
    function.patches.lock()
    with_secret(function, text)
    with pytest.raises(AccessDenied) as caught:
        function.call("preflight", input={})
    assert_silent(function, caught.value)


@pytest.mark.experiment("F39")
def test_a_password_that_works_is_nowhere(function: Function) -> None:
    function.patches.lock()
    function.server.create_role("with_secret", CANARY)
    function.query(f'GRANT CREATE ON DATABASE "{function.database}" TO with_secret')
    with_secret(function, json.dumps({"username": "with_secret", "password": CANARY}))
    try:
        assert function.call("preflight", input={})["mode"] == "apply"
    finally:
        function.query(f'REVOKE ALL ON DATABASE "{function.database}" FROM with_secret')
        function.query("DROP ROLE with_secret")
    assert CANARY not in function.log.getvalue()
