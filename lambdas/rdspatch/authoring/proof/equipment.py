"""What to do about a statement that needs more than the scratch server has."""

from __future__ import annotations

from rdspatch.adapters.postgres.sqlstate import may_be_lacking

BETTER_EQUIPPED = (
    "give a server that has it: `--server 18` is one with all of PostgreSQL's own extensions, ICU and XML, "
    "`--scratch URL` one of yours"
)


def advice(sqlstate: str) -> str:
    """What to do, where the server may lack what a statement needs: an extension, a type, a function, a collation."""
    return f"if it is right as it stands, {BETTER_EQUIPPED}" if may_be_lacking(sqlstate) else ""
