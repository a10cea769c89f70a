"""The baseline on a scratch database: as the role that patches run as, and as a superuser where only one may.

A baseline describes a database that is there, where somebody with more rights than the patches' role may have made
things: extensions, event triggers, casts. Such a statement is run for the owner where `beyond_owner` lists it; the code
that a baseline runs, in DO, SELECT or COPY, never is.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from postgast import pg_query_pb2 as pb

from rdspatch.adapters.postgres.quoting import identifier, literal
from rdspatch.adapters.postgres.sqlstate import INSUFFICIENT_PRIVILEGE
from rdspatch.authoring.parser import SqlSyntaxError, parse_statements
from rdspatch.authoring.proof.advice import BETTER_EQUIPPED
from rdspatch.authoring.proof.beyond_owner import Beyond, beyond_owner
from rdspatch.authoring.proof.connection import Refused
from rdspatch.authoring.proof.outreach import close_ways_out
from rdspatch.authoring.syntax import syntax_problem
from rdspatch.core.directory import BASELINE
from rdspatch.core.errors import Problem, ProofFailed
from rdspatch.core.lockfile import LockedBaseline
from rdspatch.core.patch import checksum

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from rdspatch.authoring.parser import ParsedStatement
    from rdspatch.authoring.proof.connection import Connection
    from rdspatch.authoring.proof.named_roles import NamedRoles
    from rdspatch.authoring.proof.scratch import ScratchDatabase, ScratchServer
    from rdspatch.core.schema import Schema

_BY_THE_OWNER: Final = (
    "leave it out: a baseline is made by the owner of the schema, who is no superuser, and a superuser helps only with "
    "what keeps to its database and lets nothing out of it"
)


@dataclass(frozen=True, slots=True)
class Ground:
    """What the first patch starts from, as often as it is asked for."""

    server: ScratchServer
    baseline: str
    roles: NamedRoles
    """Of the baseline and the patches."""
    of_patches: NamedRoles

    def provide_roles(self) -> tuple[str, ...]:
        """Make the roles that are named and not there; a sentence about them."""
        made = self.server.roles.provide(self.roles.names, owner=self.server.owner, joined=self.roles.joined)
        sentences = []
        if made:
            sentences.append(f"made for the proof, and needed in production: {_listed(made)}")
        if self.of_patches.joined:
            whom = _listed(self.of_patches.joined)
            sentences.append(f"the owner role has to be a member of what it hands objects over to: {whom}")
        return tuple(sentences)

    @contextlib.contextmanager
    def trunk(self) -> Iterator[tuple[ScratchDatabase, LockedBaseline, Schema]]:
        """A database with the baseline and a ledger, what the baseline made, and the schema that the first patch finds.

        The two differ by what the proof itself grants, which is expected of no other database.

        Raises:
            ProofFailed: The server does not take the baseline.
        """
        with contextlib.ExitStack() as stack:
            try:
                trunk = stack.enter_context(_started(self.server, self.baseline))
            except Refused as refused:
                _require_readable(self.baseline)
                instead = (
                    _BY_THE_OWNER if refused.sqlstate == INSUFFICIENT_PRIVILEGE else f"correct it, or {BETTER_EQUIPPED}"
                )
                raise ProofFailed([Problem(where=BASELINE, what=str(refused), instead=instead)]) from None
            with trunk.runner() as runner:
                runner.read_or_create_ledger()
                made = met = runner.session.read_schema()
                if self.roles.joined:
                    _let_create(trunk, self.roles.joined)
                    met = runner.session.read_schema()
            yield trunk, LockedBaseline(checksum=checksum(self.baseline), schema=made), met


def _require_readable(baseline: str) -> None:
    """Say what is no SQL at all, such as psql's own commands, better than the server does."""
    try:
        parse_statements(baseline)
    except SqlSyntaxError as error:
        raise ProofFailed([syntax_problem(BASELINE, baseline, error)]) from None


def _listed(names: Iterable[str]) -> str:
    ordered = sorted(names)
    return f"{'roles' if len(ordered) > 1 else 'role'} {', '.join(ordered)}"


def _let_create(trunk: ScratchDatabase, joined: Iterable[str]) -> None:
    """Whoever gets an object has to be able to create in its schema, as the owner of production's objects is."""
    with trunk.connect() as connection:
        for role in sorted(joined):
            for schema in trunk.search_path:
                with contextlib.suppress(Refused):
                    connection.execute(f"GRANT USAGE, CREATE ON SCHEMA {identifier(schema)} TO {identifier(role)}")


@contextlib.contextmanager
def _started(server: ScratchServer, baseline: str) -> Iterator[ScratchDatabase]:
    """A database with the baseline. Raises Refused or ProofFailed."""
    with contextlib.ExitStack() as stack:
        database = stack.enter_context(server.database())
        try:
            with database.connect() as connection:
                connection.execute(f"SET search_path = {_path(database)}")
                connection.execute(baseline)
        except Refused as refused:
            parsed = _parsed(baseline)
            if (
                refused.sqlstate != INSUFFICIENT_PRIVILEGE
                or server.owner is None
                or not server.roles.is_superuser
                or not parsed
            ):
                raise
            stack.pop_all().close()
            database = stack.enter_context(server.database())
            _by_statement(database, server, parsed)
        if server.prepared(database.name):
            what = "leaves a prepared transaction behind, which no session ends"
            raise ProofFailed([Problem(where=BASELINE, what=what, instead="leave PREPARE TRANSACTION out")])
        yield database


def _by_statement(database: ScratchDatabase, server: ScratchServer, parsed: Sequence[ParsedStatement]) -> None:
    with database.connect() as connection, database.connect_as_given() as given:
        # Nothing of the database's own, such as an event trigger, is to run as the superuser.
        given.execute(f"SET session_replication_role = replica; SET search_path = {_path(database)}")
        connection.execute(f"SET search_path = {_path(database)}")
        for statement in parsed:
            try:
                connection.execute(statement.text)
            except Refused as refused:
                if refused.sqlstate != INSUFFICIENT_PRIVILEGE:
                    raise
                if not _gives_away(statement, server):  # in production the owner has what its patches change
                    _done_by_others(statement, refused, connection, given, server)


def _gives_away(statement: ParsedStatement, server: ScratchServer) -> bool:
    """Whether it gives something to a role with more rights, as `pg_dump` writes it of what a superuser owns."""
    node = statement.node
    if isinstance(node, pb.AlterOwnerStmt):
        owner = node.newowner.rolename
    elif isinstance(node, pb.AlterTableStmt) and len(node.cmds) == 1:
        owner = node.cmds[0].alter_table_cmd.newowner.rolename  # empty where it changes something else
    else:
        return False
    return server.roles.has_more_rights(owner)


def _done_by_others(
    statement: ParsedStatement, refused: Refused, own: Connection, given: Connection, server: ScratchServer
) -> None:
    path, creates_in = own.execute(
        "SELECT pg_catalog.current_setting('search_path'), pg_catalog.current_schema()::pg_catalog.text"
    )[0]  # what the baseline has set meanwhile, as pg_dump does
    match beyond_owner(statement.node, creates_in=creates_in or ""):
        case Beyond.REFUSED:
            raise refused
        case Beyond.SUPERUSER:
            given.execute(f"SELECT pg_catalog.set_config('search_path', {literal(path)}, false)")
            given.execute(statement.text)
            close_ways_out(given)
        case Beyond.OWNER:
            _as_owner(statement, path, given, identifier(server.owner or ""))
        case Beyond.ROLE:
            name = statement.node.role
            server.roles.provide([name], owner=server.owner, joined=[name])


def _as_owner(statement: ParsedStatement, path: str, given: Connection, owner: str) -> None:
    given.execute(f"ALTER ROLE {owner} SUPERUSER")
    try:
        given.execute(f"SET ROLE {owner}; SELECT pg_catalog.set_config('search_path', {literal(path)}, false)")
        given.execute(statement.text)
    finally:
        given.execute("RESET ROLE")
        given.execute(f"ALTER ROLE {owner} NOSUPERUSER")


def _path(database: ScratchDatabase) -> str:
    return ", ".join(map(identifier, database.search_path))


def _parsed(baseline: str) -> tuple[ParsedStatement, ...]:
    try:
        return parse_statements(baseline)
    except SqlSyntaxError:
        return ()
