"""Nobody else's code runs as the owner: a pending patch that may call some is refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from rdspatch.core.errors import PlanRefused, VerificationFailed
from tests.acceptance.strange import OWNER, STRANGER, StrangePlace, fresh, strange_places
from tests.acceptance.target import Target
from tests.servers import embedded_and, server_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pg8000.native

    from rdspatch.authoring.postgres_server import EmbeddedPostgres

TABLES = """
SET ROLE strange_owner;
CREATE TABLE users (id int PRIMARY KEY, email varchar(99), name text);
CREATE TABLE noted (who text);
GRANT INSERT ON noted TO PUBLIC;
INSERT INTO users VALUES (1, 'ada@example.com');
CREATE FUNCTION of_the_owner(text) RETURNS text LANGUAGE sql AS 'SELECT $1';
"""
SPRINGS = "INSERT INTO public.noted VALUES (current_user);"
UPDATE = "UPDATE users SET name = {} WHERE name IS NULL"
SPLIT = UPDATE.format("split_part(email, '@', 1)")


def function(signature: str, returns: str, result: str) -> str:
    body = f"BEGIN {SPRINGS} RETURN {result}; END"
    return f"CREATE FUNCTION {signature} RETURNS {returns} LANGUAGE plpgsql AS $$ {body} $$;"


LOWER = function("public.lower(varchar)", "text", "'x'")
SPLIT_PART = function("public.split_part(varchar, text, int)", "text", "'x'")
EQUAL = function("public.equal(varchar, varchar)", "boolean", "true")
CHECKED = function("public.checked(text)", "boolean", "true")
EMAIL = f"{CHECKED} CREATE DOMAIN public.email AS text CHECK (public.checked(VALUE));"
MOOD = "CREATE TYPE public.mood AS ENUM ('well');"
FEELS = function("public.feels(public.mood)", "text", "'x'")
STEP = function("public.step(text, varchar)", "text", "'x'")

# What the stranger makes, what a patch does, and how the refusal names it.
FORMS = {
    "a function": (SPLIT_PART, SPLIT, "split_part(character varying,text,integer)"),
    "a quoted name": (SPLIT_PART, UPDATE.format("\"split_part\"(email, '@', 1)"), "split_part("),
    "a name in upper case, a comment between": (
        SPLIT_PART,
        UPDATE.format("SPLIT_PART/* 1 */ (email, '@', 1)"),
        "split",
    ),
    "with its schema": (
        SPLIT_PART.replace("split_part", "first_part"),
        UPDATE.format("public . first_part(email, '@', 1)"),
        "first_part(",
    ),
    "in a DO block": (SPLIT_PART, f"DO $$ BEGIN {SPLIT}; END $$", "split_part("),
    "in a string that is executed": (
        SPLIT_PART,
        "DO $$ BEGIN EXECUTE '{}'; END $$".format(SPLIT.replace("'", "''")),
        "split_part(",
    ),
    "by a name that is handed over": (
        SPLIT_PART,
        "DO $$ BEGIN EXECUTE format('UPDATE users SET name = %I(email, ''@'', 1)', 'split_part'); END $$",
        "split_part(",
    ),
    "in a default": (
        LOWER,
        "ALTER TABLE users ADD COLUMN IF NOT EXISTS low text DEFAULT lower('A'::varchar)",
        "lower(character varying)",
    ),
    "an operator": (
        f"{EQUAL} CREATE OPERATOR public.= (LEFTARG = varchar, RIGHTARG = varchar, FUNCTION = public.equal);",
        "UPDATE users SET name = 'x' WHERE name IS NULL AND email = 'ada@example.com'",
        "the operator public.=(character varying,character varying)",
    ),
    "an operator that a keyword means": (
        f"{EQUAL} CREATE OPERATOR public.= (LEFTARG = varchar, RIGHTARG = varchar, FUNCTION = public.equal);",
        "UPDATE users SET name = 'x' WHERE name IS NULL AND email IN ('ada@example.com')",
        "the operator public.=(",
    ),
    "an operator of LIKE": (
        f"{EQUAL} CREATE OPERATOR public.~~ (LEFTARG = varchar, RIGHTARG = varchar, FUNCTION = public.equal);",
        "UPDATE users SET name = 'x' WHERE name IS NULL AND email LIKE 'ada%'::varchar",
        "the operator public.~~(",
    ),
    "a domain that is there already": (
        EMAIL,
        """DO $$ BEGIN IF to_regtype('email') IS NULL THEN CREATE DOMAIN email AS text; END IF; END $$;
        ALTER TABLE users ADD COLUMN IF NOT EXISTS other email DEFAULT 'x@y'""",
        "the type public.email, which calls the function public.checked(text)",
    ),
    "a cast": (
        f"{MOOD} {FEELS} CREATE CAST (public.mood AS text) WITH FUNCTION public.feels(public.mood) AS IMPLICIT;",
        UPDATE.format("'well'::mood"),
        "the type public.mood, which calls the function public.feels(public.mood)",
    ),
    "a function of a row": (
        function("public.nick(public.users)", "text", "'x'"),
        UPDATE.format("users.nick"),
        "the function public.nick(public.users)",
    ),
    "an aggregate": (
        f"{STEP} CREATE AGGREGATE public.max(varchar) (SFUNC = public.step, STYPE = text);",
        "UPDATE users SET name = (SELECT max(email) FROM users) WHERE name IS NULL",
        "max(character varying)",
    ),
    "a procedure": (
        f"CREATE PROCEDURE public.tidy() LANGUAGE plpgsql AS $$ BEGIN {SPRINGS} END $$;",
        "CALL tidy()",
        "the function public.tidy()",
    ),
}


@dataclass
class Strange:
    """A database whose schema `public` somebody else may create in."""

    target: Target
    admin: pg8000.native.Connection

    def as_stranger(self, sql: str) -> None:
        self.admin.run(f"SET ROLE {STRANGER}; {sql}")
        self.admin.run("RESET ROLE")

    @property
    def noted(self) -> list[Any]:
        return [who for (who,) in self.admin.run("SELECT who FROM noted")]


@pytest.fixture(scope="module", params=embedded_and(14))
def places(request: pytest.FixtureRequest, postgres_server: EmbeddedPostgres) -> Iterator[StrangePlace]:
    with server_of(request.param, postgres_server) as server:
        yield from strange_places(server)


@pytest.fixture
def strange(places: StrangePlace, tmp_path: Path) -> Iterator[Strange]:
    for place in fresh(places):
        with place.server.connect(place.name) as admin:
            admin.run(f"GRANT CREATE ON SCHEMA public TO {STRANGER}")
            admin.run(TABLES)
            admin.run("RESET ROLE")
            yield Strange(Target(place.url, tmp_path, admin), admin)


@pytest.mark.experiment("F67")
@pytest.mark.parametrize(("trap", "sql", "words"), FORMS.values(), ids=FORMS)
def test_a_patch_that_may_call_it_is_refused_before_it_runs(strange: Strange, trap: str, sql: str, words: str) -> None:
    strange.as_stranger(trap)
    strange.target.patch("0001_a", "ALTER TABLE users ADD COLUMN IF NOT EXISTS first int")
    strange.target.patch("0002_b", sql)
    with pytest.raises(PlanRefused) as refused:
        strange.target.apply()
    assert words in str(refused.value)
    assert STRANGER in str(refused.value)
    assert "0001_a" not in str(refused.value)
    assert strange.noted == []
    assert strange.target.ledger().applied == ()


@pytest.mark.experiment("F67")
@pytest.mark.parametrize(("trap", "sql"), [form[:2] for form in FORMS.values()], ids=FORMS)
def test_each_of_them_would_have_run_as_the_owner(strange: Strange, trap: str, sql: str) -> None:
    """The traps are real: without the refusal they spring."""
    strange.as_stranger(trap)
    strange.admin.run(f"SET ROLE {OWNER}; {sql}")
    assert OWNER in strange.noted


def test_what_the_patch_does_not_name_is_no_reason(strange: Strange) -> None:
    equal = f"{EQUAL} CREATE OPERATOR public.~~ (LEFTARG = varchar, RIGHTARG = varchar, FUNCTION = public.equal);"
    strange.as_stranger(
        SPLIT_PART + CHECKED + equal + "CREATE FUNCTION public.name() RETURNS int LANGUAGE sql AS 'SELECT 1';"
    )
    strange.target.patch("0001_a", "UPDATE users SET name = of_the_owner(email) WHERE name IS NULL")
    strange.target.apply()
    assert strange.noted == []


def test_code_of_the_owner_the_login_and_extensions_is_its_own(strange: Strange) -> None:
    strange.admin.run("CREATE EXTENSION citext")  # as a superuser, who could do anything anyhow
    strange.admin.run(f"SET ROLE {OWNER}; {SPLIT_PART.replace(SPRINGS, '')}")
    strange.admin.run("RESET ROLE")
    strange.target.patch("0001_a", SPLIT)
    strange.target.patch("0002_b", "UPDATE users SET name = 'y' WHERE name::citext = 'X'::citext")
    strange.target.apply()
    assert strange.admin.run("SELECT name FROM users") == [["y"]]


def test_a_member_of_the_owner_gains_nothing_by_a_trap(strange: Strange) -> None:
    strange.admin.run(f"GRANT {OWNER} TO {STRANGER}")
    try:
        strange.as_stranger(SPLIT_PART)
        strange.target.patch("0001_a", SPLIT)
        strange.target.apply()
    finally:
        strange.admin.run(f"REVOKE {OWNER} FROM {STRANGER}")


def test_a_verify_query_is_not_asked(strange: Strange) -> None:
    strange.target.patch(
        "0001_a", UPDATE.format("'x'"), "verify: SELECT count(split_part(email, '@', 1)) = 1 FROM users"
    )
    strange.target.apply()
    assert strange.target.verify() == ("0001_a",)
    strange.as_stranger(SPLIT_PART)
    with pytest.raises(VerificationFailed, match=r"was not asked: it may call the function public.split_part\("):
        strange.target.verify()
    assert strange.noted == []


def test_a_role_that_is_trusted_by_name_is_no_stranger(strange: Strange) -> None:
    strange.as_stranger(SPLIT_PART)
    strange.target.patch("0001_a", SPLIT)
    trusting = Target(f"{strange.target.url}&trusted_roles={STRANGER}", strange.target.directory, strange.admin)
    trusting.apply()
    assert strange.noted == [OWNER]
