"""The roles of a proof: a login and an owner like production's, and whatever role the patches name and nobody has.

Roles belong to the server, not to a database. Each that is made here says so in its comment, and the last proof on a
server drops them all.
"""

from __future__ import annotations

import contextlib
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rdspatch.adapters.postgres.quoting import identifier, literal, literals
from rdspatch.authoring.proof.connection import Refused

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rdspatch.authoring.proof.connection import Connection

TRUSTED_GROUP = "rdspatch_scratch"
"""A throwaway server lets the members of this role in without a password."""
_MARK = "made by rdspatch for a proof"
_IN_USE = 0x72647371
"""The advisory lock that every proof shares while it needs its roles."""
_HAS_RIGHTS = (
    "(o.rolsuper OR o.rolcreaterole OR o.rolcreatedb OR o.rolreplication OR o.rolbypassrls "
    "OR (pg_catalog.starts_with(o.rolname, 'pg_') AND o.rolname <> 'pg_database_owner'))"
)
"""What a member may get: PostgreSQL's own roles read and write the server's files, and run programs."""
_SCRAM_ITERATIONS_SINCE = 160_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """Who connects, and whom the patches run as: neither is a superuser."""

    user: str
    password: str
    owner: str


class ScratchRoles:
    """What the proof has made on one server; see `docs/roles.sql` for what it is modelled on."""

    def __init__(self, connection: Connection) -> None:
        """Make nothing yet.

        Args:
            connection: As the login that was given.
        """
        self._connection = connection
        superuser, creates, version = connection.execute(
            "SELECT rolsuper, rolcreaterole, current_setting('server_version_num')::integer "
            "FROM pg_catalog.pg_roles WHERE rolname = current_user"
        )[0]
        self.is_superuser: bool = superuser
        self.can_create: bool = superuser or creates
        self._version: int = version
        self._made: set[str] = set()
        connection.execute(f"SELECT pg_catalog.pg_advisory_lock_shared({_IN_USE})")

    def make_login(self, owner: str | None = None) -> Login:
        """A login without privileges, and the owner that it may become: this role, or a new one. Raises Refused."""
        number = secrets.token_hex(6)
        login = Login(
            user=f"rdspatch_scratch_{number}",
            password=secrets.token_urlsafe(24),
            owner=owner or f"rdspatch_owner_{number}",
        )
        if self._version >= _SCRAM_ITERATIONS_SINCE:
            self._connection.execute("SET scram_iterations = 1")  # it is long and random, and lives for minutes
        if owner is None:
            self._make(login.owner, "NOLOGIN")
            self._connection.execute(f"GRANT {identifier(login.owner)} TO CURRENT_USER")
        self._make(login.user, f"LOGIN NOINHERIT PASSWORD {literal(login.password)}")
        if not self._names_there([TRUSTED_GROUP]):
            self._make(TRUSTED_GROUP, "NOLOGIN")
        self._connection.execute(f"GRANT {identifier(login.owner)} TO {identifier(login.user)}")
        with contextlib.suppress(Refused):  # one of another proof's making, perhaps; a password does it as well
            self._connection.execute(f"GRANT {TRUSTED_GROUP} TO {identifier(login.user)}")
        return login

    def provide(self, names: Iterable[str], *, owner: str | None, joined: Iterable[str]) -> tuple[str, ...]:
        """Make the roles that the server lacks.

        Args:
            names: What patches name.
            owner: Whom they run as.
            joined: Those of them that the owner has to be a member of, to hand objects over to them.

        Returns:
            The names of those that were made.
        """
        wanted = sorted(set(names))
        there = self._names_there(wanted)
        made = tuple(name for name in wanted if name not in there) if self.can_create else ()
        for name in made:
            self._make(name, "NOLOGIN")
        for name in sorted(set(joined) - {owner}):
            if owner is not None and (name in made or name in self._harmless()):
                with contextlib.suppress(Refused):
                    self._connection.execute(f"GRANT {identifier(name)} TO {identifier(owner)}")
        return made

    def has_more_rights(self, name: str) -> bool:
        """Whether it is a role of the server whose members may do more than own objects."""
        return bool(self._names_there([name])) and name not in self._harmless()

    def close(self) -> None:
        """Drop what was made here, and what nobody dropped, unless another proof is under way."""
        lock = f"pg_catalog.pg_advisory_unlock_shared({_IN_USE})"
        self._connection.execute(f"SELECT {lock}")
        is_last = self._connection.execute(f"SELECT pg_catalog.pg_try_advisory_lock({_IN_USE})")[0][0]
        marked = (
            "SELECT r.rolname FROM pg_catalog.pg_roles AS r "  # noqa: S608 - quoted
            f"WHERE pg_catalog.shobj_description(r.oid, 'pg_authid') = {literal(_MARK)}"
        )
        own = {name for name in self._made if name.startswith("rdspatch_") and name != TRUSTED_GROUP}
        names = [name for (name,) in self._connection.execute(marked)] if is_last else sorted(own)
        for name in names:
            with contextlib.suppress(Refused):  # something of somebody else's depends on it by now
                self._connection.execute(f"DROP ROLE IF EXISTS {identifier(name)}")
        self._connection.execute("SELECT pg_catalog.pg_advisory_unlock_all()")

    def _make(self, name: str, options: str) -> None:
        self._connection.execute(f"CREATE ROLE {identifier(name)} {options}")
        self._mark(name)
        self._made.add(name)

    def _mark(self, name: str) -> None:
        self._connection.execute(f"COMMENT ON ROLE {identifier(name)} IS {literal(_MARK)}")

    def _harmless(self) -> frozenset[str]:
        """The roles whose members get no more than objects: a member of a superuser can become it."""
        rows = self._connection.execute(
            f"SELECT r.rolname FROM pg_catalog.pg_roles AS r WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_roles AS o "  # noqa: S608 - quoted
            f"WHERE {_HAS_RIGHTS} AND pg_catalog.pg_has_role(r.oid, o.oid, 'MEMBER'))"
        )
        return frozenset(name for (name,) in rows)

    def _names_there(self, names: list[str]) -> frozenset[str]:
        wanted = literals(names) or "NULL"
        rows = self._connection.execute(f"SELECT rolname FROM pg_catalog.pg_roles WHERE rolname IN ({wanted})")  # noqa: S608 - quoted
        return frozenset(name for (name,) in rows)
