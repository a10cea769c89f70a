"""Who the login is, who the patches run as, and what that role may do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from rdspatch.core.counted import counted
from rdspatch.core.doctor.finding import Finding, ok, problem, warning

if TYPE_CHECKING:
    from datetime import datetime

EXPIRES_SOON = timedelta(days=14)


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaSeen:
    """One schema of the search path."""

    name: str
    exists: bool
    may_create: bool
    """Whether the patches' role has USAGE and CREATE there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleSeen:
    """What the catalog says of the login, and of the worker: the role that patches run as."""

    login: str
    login_is_superuser: bool
    login_is_rds_superuser: bool
    valid_until: datetime | None
    """When the login's password stops working."""
    worker: str
    """The owner role, or the login where none is configured."""
    worker_exists: bool
    worker_is_superuser: bool | None
    is_member: bool | None
    may_create_schemas: bool | None
    """CREATE on the database."""
    schemas: tuple[SchemaSeen, ...]
    foreign_count: int
    """How many relations of the search path the worker may not alter."""
    foreign_names: tuple[tuple[str, str], ...]
    """The first of them, each with its owner."""


def judge_role(seen: RoleSeen, *, now: datetime) -> Finding:
    """Whether the login has no more rights than it needs, and keeps working."""
    advice = "make a login of its own that is a member of the role that owns the tables"
    if seen.login_is_superuser:
        return warning("role", f"{seen.login} is a superuser: a patch may do anything to the server", advice)
    if seen.login_is_rds_superuser:
        return warning("role", f"{seen.login} is rds_superuser: a patch may do nearly anything", advice)
    if seen.valid_until is not None and seen.valid_until - now < EXPIRES_SOON:
        what = f"the password of {seen.login} stops working on {seen.valid_until:%Y-%m-%d}"
        return warning("role", what, "renew it: ALTER ROLE … VALID UNTIL …")
    return ok("role", f"{seen.login} is no superuser")


def judge_worker(seen: RoleSeen) -> Finding:
    """Whether the configured owner role exists and belongs to somebody careful."""
    if seen.worker == seen.login:
        return ok("owner role", f"none is configured: what patches create belongs to {seen.login}")
    if not seen.worker_exists:
        return problem("owner role", f"{seen.worker} does not exist", f"CREATE ROLE {seen.worker} NOLOGIN")
    if not seen.is_member:
        instead = f"GRANT {seen.worker} TO {seen.login}"
        return problem("owner role", f"{seen.login} is no member of {seen.worker}", instead)
    if seen.worker_is_superuser:
        return warning("owner role", f"{seen.worker} is a superuser", "let an ordinary role own the tables")
    return ok("owner role", f"{seen.login} becomes {seen.worker}, which owns what patches create")


def judge_schemas(seen: RoleSeen) -> Finding:
    """Whether patches may create something in the schemas of their search path."""
    for schema in seen.schemas:
        if not schema.exists:
            instead = "create it, or correct the search path"
            return problem("schemas", f"the schema {schema.name} of the search path does not exist", instead)
        if not schema.may_create:
            instead = f"GRANT USAGE, CREATE ON SCHEMA {schema.name} TO {seen.worker}"
            return problem("schemas", f"{seen.worker} may not create anything in the schema {schema.name}", instead)
    names = ", ".join(schema.name for schema in seen.schemas)
    return ok("schemas", f"{seen.worker} may create in {names}")


def judge_tables(seen: RoleSeen) -> Finding:
    """Whether patches may alter what is there: PostgreSQL lets only the owner's members do that."""
    if seen.foreign_count == 0:
        return ok("tables", f"{seen.worker} may alter everything in the search path")
    names = ", ".join(f"{name} ({owner})" for name, owner in seen.foreign_names)
    rest = ", …" if seen.foreign_count > len(seen.foreign_names) else ""
    what = (
        f"{seen.worker} may not alter {counted(seen.foreign_count, 'relation', 'relations')} of others: {names}{rest}"
    )
    owners = " or ".join(sorted({owner for _, owner in seen.foreign_names}))
    instead = f"ALTER … OWNER TO {seen.worker}, as docs/roles.sql does with formerly set to {owners}"
    return problem("tables", what, instead)
