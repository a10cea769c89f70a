"""What an application's login, or the reader's, tries to get hold of a run, to stop it, or to see what it holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.faults.attacks.estate import APPLICATION, MASTER, OWNER, PATCHER, READER, SPRINGS

if TYPE_CHECKING:
    from collections.abc import Mapping

SHADOWED, BUSY = "PlanRefused", "AnotherRunActive"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One attack.

    Attributes:
        granted: What the application once had, and `docs/roles.sql` leaves it.
        early: What the application made while it could create in the schema, before `docs/roles.sql` took that away.
        given_back: What was taken from it afterwards, by hand.
        first: The error that the run before the attack ends with, because the attack was there before it.
        late: What it tries after that, statement by statement.
        holds: What a session of it has done and keeps while the run goes on.
        role: Who tries.
        fails: Whether the server refuses each statement of `late`.
        ends: The error that `rdspatch apply` ends with while the attack lasts; none where it applies everything.
        undone: What an administrator does about it, so that the next run is like any other.
    """

    granted: str = ""
    early: str = ""
    given_back: str = ""
    first: str = ""
    late: tuple[str, ...] = ()
    holds: str = ""
    role: str = APPLICATION
    fails: bool = True
    ends: str = ""
    undone: str = ""


def function(signature: str, returns: str, result: str) -> str:
    return (
        f"CREATE FUNCTION {signature} RETURNS {returns} LANGUAGE plpgsql AS "
        f"$x$ BEGIN {SPRINGS} RETURN {result}; END $x$;"
    )


SPLIT_PART = function("public.split_part(varchar, text, int)", "text", "'x'")
LOWER = function("public.lower(varchar)", "text", "'x'")
EQUAL = function("public.equal(varchar, varchar)", "boolean", "true")
EVENT = f"CREATE FUNCTION public.e() RETURNS event_trigger LANGUAGE plpgsql AS $x$ BEGIN {SPRINGS} END $x$;"
DROP_ALL = f"DROP OWNED BY {APPLICATION} CASCADE; GRANT USAGE ON SCHEMA public TO {APPLICATION}"

ATTEMPTS: Mapping[str, Attempt] = {
    "a better match of a function, made before": Attempt(early=SPLIT_PART, ends=SHADOWED, undone=DROP_ALL),
    "a better match, in any order of the path": Attempt(
        early=SPLIT_PART,
        late=(f"ALTER ROLE {APPLICATION} SET search_path = public, pg_catalog",),
        fails=False,
        ends=SHADOWED,
        undone=DROP_ALL,
    ),
    "a better match of an operator, made before": Attempt(
        early=f"{EQUAL} CREATE OPERATOR public.= (LEFTARG = varchar, RIGHTARG = varchar, FUNCTION = public.equal);",
        ends=SHADOWED,
        undone=DROP_ALL,
    ),
    "an aggregate, made before": Attempt(
        early=function("public.step(int, int)", "int", "1")
        + "CREATE AGGREGATE public.count(int) (SFUNC = public.step, STYPE = int);",
        ends=SHADOWED,
        undone=DROP_ALL,
    ),
    "a type's cast, made before": Attempt(
        early="CREATE TYPE public.mood AS ENUM ('well');"
        + function("public.feels(public.mood)", "text", "'x'")
        + "CREATE CAST (public.mood AS text) WITH FUNCTION public.feels(public.mood) AS IMPLICIT;",
        undone=DROP_ALL,
    ),
    "a function that no patch calls": Attempt(early=LOWER),
    "to create in the schema": Attempt(
        late=(SPLIT_PART, EQUAL, "CREATE TABLE public.jobs (id int)", "CREATE TYPE public.mood AS ENUM ('well')")
    ),
    "to create in the schema, as the reader": Attempt(
        late=(SPLIT_PART, EQUAL, "CREATE TABLE public.jobs (id int)"), role=READER
    ),
    "a schema for the ledger": Attempt(late=("CREATE SCHEMA rdspatch", "CREATE SCHEMA other")),
    "temporary doubles": Attempt(
        holds="SET search_path = pg_temp; CREATE TEMP TABLE ledger (id int); CREATE TEMP TABLE users (id int);"
        + SPLIT_PART.replace("public.", "pg_temp."),
        role=READER,
    ),
    "an event trigger": Attempt(
        early=EVENT, late=("CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION public.e()",)
    ),
    "a trigger, a rule and a policy on the owner's table": Attempt(
        early=function("public.t()", "trigger", "NEW"),
        late=(
            "CREATE TRIGGER t BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION public.t()",
            "CREATE RULE r AS ON UPDATE TO users DO ALSO SELECT public.t()",
            "CREATE POLICY p ON users USING (false)",
            "ALTER TABLE users ENABLE ROW LEVEL SECURITY",
            "CREATE INDEX ON users (lower(name))",
            "ALTER TABLE users ALTER COLUMN name SET DEFAULT 'x'",
        ),
    ),
    "default privileges of the owner": Attempt(
        late=(f"ALTER DEFAULT PRIVILEGES FOR ROLE {OWNER} GRANT ALL ON TABLES TO {APPLICATION}",)
    ),
    "to become another": Attempt(
        late=tuple(f"SET ROLE {role}" for role in (OWNER, PATCHER, MASTER))
        + tuple(f"SET SESSION AUTHORIZATION {role}" for role in (OWNER, PATCHER)),
    ),
    "to become another, as the reader": Attempt(
        late=tuple(f"SET ROLE {role}" for role in (OWNER, PATCHER, MASTER)), role=READER
    ),
    "to make itself a member": Attempt(late=(f"GRANT {OWNER} TO {APPLICATION}", f"GRANT {PATCHER} TO {APPLICATION}")),
    "settings of the database and of others": Attempt(
        late=(
            "ALTER DATABASE {database} SET search_path = public, pg_catalog",
            "ALTER DATABASE {database} SET default_transaction_read_only = on",
            f"ALTER ROLE {PATCHER} SET search_path = public, pg_catalog",
            f"ALTER ROLE {OWNER} SET statement_timeout = 1",
            f"ALTER ROLE {PATCHER} PASSWORD 'known'",
        )
    ),
    "the ledger": Attempt(
        late=(
            "INSERT INTO rdspatch.ledger SELECT * FROM rdspatch.ledger",
            "DELETE FROM rdspatch.ledger",
            "LOCK TABLE rdspatch.ledger",
            "DROP SCHEMA rdspatch CASCADE",
            "SELECT * FROM rdspatch.ledger",
        )
    ),
    "the ledger's lock, as the reader": Attempt(
        late=("LOCK TABLE rdspatch.ledger IN ACCESS EXCLUSIVE MODE", "DELETE FROM rdspatch.ledger"), role=READER
    ),
    "the run lock": Attempt(holds="SELECT pg_advisory_lock(1919185776, 1)", ends=BUSY),
    "the run lock, as the reader": Attempt(holds="SELECT pg_advisory_lock(1919185776, 1)", role=READER, ends=BUSY),
    "a shared run lock": Attempt(holds="SELECT pg_advisory_lock_shared(1919185776, 1)", ends=BUSY),
    "rows that are gone": Attempt(late=("TRUNCATE users", "DROP TABLE users", "ALTER TABLE users OWNER TO meshapp")),
}
