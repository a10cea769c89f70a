"""What the application has put in the way while it still could, or hung onto tables that are the owner's now."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from tests.faults.attacks.attempts import DROP_ALL, Attempt, function
from tests.faults.attacks.estate import APPLICATION, MASTER, SPRINGS

if TYPE_CHECKING:
    from collections.abc import Mapping

_MAY_MAKE_SCHEMAS: Final = f"GRANT CREATE ON DATABASE {{database}} TO {APPLICATION}"
_HAD_THE_TABLE: Final = f"ALTER TABLE users OWNER TO {APPLICATION}"
_GIVES_IT_BACK: Final = f"ALTER TABLE users OWNER TO {MASTER}"
_MAY_HANG_TRIGGERS: Final = f"GRANT ALL ON users TO {APPLICATION}"

_FIRES: Final = function("public.fires()", "trigger", "NEW")
_TELLS: Final = (
    f"CREATE FUNCTION public.tells(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS "
    f"$x$ BEGIN {SPRINGS} RETURN $1; END $x$;"
)
_ALLOWS: Final = (
    f"CREATE FUNCTION public.allows(text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS "
    f"$x$ BEGIN {SPRINGS} RETURN true; END $x$;"
)
_JOBS: Final = "CREATE TABLE public.jobs (id bigserial PRIMARY KEY, user_id int REFERENCES users);"
_FORGED: Final = """
    CREATE SCHEMA rdspatch;
    CREATE TABLE rdspatch.ledger (patch_id text PRIMARY KEY, checksum text, applied_at timestamptz DEFAULT now());
    INSERT INTO rdspatch.ledger VALUES ('0001_first', 'x'), ('0002_second', 'x');
    GRANT USAGE ON SCHEMA rdspatch TO PUBLIC;
    GRANT ALL ON rdspatch.ledger TO PUBLIC;
"""


def _schema(early: str) -> Attempt:
    """The schema of the ledger: the first run finds it, and says whose it is."""
    return Attempt(
        granted=_MAY_MAKE_SCHEMAS,
        early=early,
        first="LedgerUnusable",
        ends="LedgerUnusable",
        undone=f"REVOKE CREATE ON DATABASE {{database}} FROM {APPLICATION}; {DROP_ALL}",
    )


def _in_the_way(early: str) -> Attempt:
    """Under a name that the second patch makes, unless it exists."""
    return Attempt(
        granted=f"GRANT REFERENCES ON users TO {APPLICATION}",
        early=early,
        ends="Drifted",
        undone=DROP_ALL,
    )


def _hung_on(early: str, *, granted: str = _HAD_THE_TABLE, given_back: str = _GIVES_IT_BACK) -> Attempt:
    """On a table that the second patch changes."""
    return Attempt(granted=granted, early=early, given_back=given_back, ends="Drifted", undone=DROP_ALL)


BEFOREHAND: Final[Mapping[str, Attempt]] = {
    "the ledger's schema, empty": _schema("CREATE SCHEMA rdspatch"),
    "the ledger's schema, in which everybody may create": _schema(
        "CREATE SCHEMA rdspatch; GRANT ALL ON SCHEMA rdspatch TO PUBLIC"
    ),
    "a forged ledger": _schema(_FORGED),
    "a forged ledger with a trigger": _schema(
        f"{_FORGED} {_FIRES} CREATE TRIGGER t BEFORE INSERT ON rdspatch.ledger FOR EACH ROW "
        "EXECUTE FUNCTION public.fires()"
    ),
    "a forged ledger with a rule": _schema(
        f"{_FORGED} {_TELLS} CREATE RULE r AS ON INSERT TO rdspatch.ledger DO ALSO SELECT public.tells('x')"
    ),
    "a view for a ledger": _schema(
        f"CREATE SCHEMA rdspatch; {_TELLS} CREATE VIEW rdspatch.ledger AS SELECT public.tells('x') AS patch_id; "
        "GRANT USAGE ON SCHEMA rdspatch TO PUBLIC; GRANT ALL ON rdspatch.ledger TO PUBLIC"
    ),
    "a table": _in_the_way(_JOBS),
    "a table with a trigger": _in_the_way(
        f"{_JOBS} {_FIRES} CREATE TRIGGER t BEFORE INSERT ON public.jobs FOR EACH ROW EXECUTE FUNCTION public.fires()"
    ),
    "a table with a default": _in_the_way(
        f"{_TELLS} {_JOBS} ALTER TABLE public.jobs ADD COLUMN note text DEFAULT public.tells('x')"
    ),
    "a partitioned table": _in_the_way("CREATE TABLE public.jobs (id bigint, user_id int) PARTITION BY LIST (id)"),
    "a view": _in_the_way(f"{_TELLS} CREATE VIEW public.jobs AS SELECT public.tells('x') AS id"),
    "a sequence": _in_the_way("CREATE SEQUENCE public.jobs"),
    "a trigger, by the privilege": _hung_on(
        f"{_FIRES} CREATE TRIGGER t BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION public.fires()",
        granted=_MAY_HANG_TRIGGERS,
        given_back="",
    ),
    "a trigger of a statement, by the privilege": _hung_on(
        f"{_FIRES} CREATE TRIGGER t AFTER UPDATE ON users EXECUTE FUNCTION public.fires()",
        granted=_MAY_HANG_TRIGGERS,
        given_back="",
    ),
    "a rule": _hung_on(f"{_TELLS} CREATE RULE r AS ON UPDATE TO users DO ALSO SELECT public.tells('x')"),
    "a check": _hung_on(f"{_ALLOWS} ALTER TABLE users ADD CONSTRAINT c CHECK (public.allows(name)) NOT VALID"),
    "an index expression": _hung_on(f"{_TELLS} CREATE INDEX i ON users (public.tells(name))"),
    "a condition of an index": _hung_on(f"{_ALLOWS} CREATE INDEX i ON users (id) WHERE public.allows(name)"),
    "a generated column": _hung_on(
        f"{_TELLS} ALTER TABLE users ADD COLUMN told text GENERATED ALWAYS AS (public.tells(name)) STORED"
    ),
    "a policy that the owner obeys": replace(
        _hung_on(
            f"{_ALLOWS} CREATE POLICY p ON users USING (public.allows(name)); "
            "ALTER TABLE users ENABLE ROW LEVEL SECURITY; ALTER TABLE users FORCE ROW LEVEL SECURITY"
        ),
        undone=f"{DROP_ALL}; ALTER TABLE users NO FORCE ROW LEVEL SECURITY",
    ),
}
