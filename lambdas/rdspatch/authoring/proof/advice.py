"""What to do about a refusal that comes from where a proof runs: as which role, and on which server."""

from __future__ import annotations

import re
from typing import Final

from rdspatch.adapters.postgres.sqlstate import INSUFFICIENT_PRIVILEGE, UNDEFINED_OBJECT, may_be_lacking
from rdspatch.authoring.proof.extensions import why_not_created

BETTER_EQUIPPED: Final = (
    "give a server that has it: `--server 18` is one with all of PostgreSQL's own extensions, ICU and XML, "
    "`--scratch URL` one of yours"
)
"""Where a server lacks what a statement needs: an extension, a type, a function, a collation."""

_EXTENSION = re.compile(r'permission denied to create extension "(.+)"')
_NO_ROLE = re.compile(r'role "(.+)" does not exist')
_AS_OWNER: Final = "patches run as in production: as the owner of the schema, which is no superuser (docs/roles.sql)"
_ROLE: Final = "name it in a statement of the patch, or give a server that has it by --scratch"


def advice(sqlstate: str, message: str) -> str:
    """What to do about the server's refusal; empty where its message says it."""
    if sqlstate == INSUFFICIENT_PRIVILEGE:
        extension = _EXTENSION.search(message)
        return f"{_AS_OWNER}; {why_not_created(extension[1])}" if extension else _AS_OWNER
    if sqlstate == UNDEFINED_OBJECT and _NO_ROLE.search(message):
        return _ROLE
    return f"if it is right as it stands, {BETTER_EQUIPPED}" if may_be_lacking(sqlstate) else ""
