"""Refusals about what is larger than one database's schema: files, roles, databases, the server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postgast import pg_query_pb2 as pb

from rdspatch.authoring.refusal import Refusal

if TYPE_CHECKING:
    from rdspatch.authoring.tree import Node
    from rdspatch.core.patch import Transaction


def _copies_over_connection(node: Node, _transaction: Transaction) -> bool:
    return isinstance(node, pb.CopyStmt) and not node.filename


def _copies_on_server(node: Node, _transaction: Transaction) -> bool:
    return isinstance(node, pb.CopyStmt) and bool(node.filename)


def _alters_system(node: Node, _transaction: Transaction) -> bool:
    return isinstance(node, pb.AlterSystemStmt)


def _is_role_ddl(node: Node, _transaction: Transaction) -> bool:
    return isinstance(
        node,
        pb.CreateRoleStmt
        | pb.AlterRoleStmt
        | pb.AlterRoleSetStmt
        | pb.DropRoleStmt
        | pb.GrantRoleStmt
        | pb.ReassignOwnedStmt
        | pb.DropOwnedStmt,
    ) or (isinstance(node, pb.RenameStmt) and node.rename_type == pb.OBJECT_ROLE)


_DATABASE_OBJECTS = frozenset({pb.OBJECT_DATABASE, pb.OBJECT_TABLESPACE, pb.OBJECT_SUBSCRIPTION})


def _is_database_ddl(node: Node, _transaction: Transaction) -> bool:
    if isinstance(node, pb.RenameStmt):
        return node.rename_type in _DATABASE_OBJECTS
    if isinstance(node, pb.AlterOwnerStmt):
        return node.object_type in _DATABASE_OBJECTS
    return isinstance(
        node,
        pb.CreatedbStmt
        | pb.DropdbStmt
        | pb.AlterDatabaseStmt
        | pb.AlterDatabaseSetStmt
        | pb.AlterDatabaseRefreshCollStmt
        | pb.CreateTableSpaceStmt
        | pb.DropTableSpaceStmt
        | pb.AlterTableSpaceOptionsStmt
        | pb.CreateSubscriptionStmt
        | pb.AlterSubscriptionStmt
        | pb.DropSubscriptionStmt,
    )


COPY_OVER_CONNECTION = Refusal(
    name="copy-over-connection",
    what="COPY from STDIN or to STDOUT needs somebody at the other end",
    instead="write INSERT … VALUES",
    applies=_copies_over_connection,
)

SERVER_REFUSALS = (
    COPY_OVER_CONNECTION,
    Refusal(
        name="copy-on-server",
        what="COPY with a program or a file of the server reaches outside of the database",
        instead="write INSERT … VALUES",
        applies=_copies_on_server,
    ),
    Refusal(
        name="alter-system",
        what="ALTER SYSTEM changes the server, not the database",
        instead="change the parameter group",
        applies=_alters_system,
    ),
    Refusal(
        name="role-ddl",
        what="roles belong to the whole server",
        instead="create them where the server is set up; GRANT of privileges on objects is fine here",
        applies=_is_role_ddl,
    ),
    Refusal(
        name="database-ddl",
        what="databases, tablespaces and subscriptions reach beyond the database being patched",
        instead="do it where the server is set up",
        applies=_is_database_ddl,
    ),
)
