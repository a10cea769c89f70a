"""From what `pg_dump` prints to what belongs into a repository."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from postgast import pg_query_pb2 as pb

from rdspatch.authoring.ddl.names import qualified
from rdspatch.authoring.parser import parse_statements

if TYPE_CHECKING:
    from rdspatch.authoring.tree import Node

# Newer versions fence their output in by a word that is another one each time.
_RESTRICTED = re.compile(
    r"(?:(?:--[^\n]*)?\n)*\\restrict (?P<key>\w+)\n(?P<text>.*)\n\\unrestrict (?P=key)\s*", re.DOTALL
)


def clean(dump: str) -> tuple[str, ...]:
    """The statements that make the schema, in their order.

    Left out are psql's commands, comments, settings of the session, and the logins of foreign servers.

    Args:
        dump: What `pg_dump` printed.

    Raises:
        SqlSyntaxError: PostgreSQL's parser does not take it.
    """
    fence = _RESTRICTED.fullmatch(dump)
    parsed = parse_statements(fence["text"] if fence else dump)
    kept = [statement.text for statement in parsed if not _is_left_out(statement.node)]
    # Nothing can read a materialized view that was made WITH NO DATA, and there are no rows to compute.
    return (*kept, *(_refresh(statement.node) for statement in parsed if _is_materialized_view(statement.node)))


def _is_left_out(node: Node) -> bool:
    return isinstance(node, pb.VariableSetStmt | pb.SelectStmt | pb.CreateUserMappingStmt)


def _is_materialized_view(node: Node) -> bool:
    return isinstance(node, pb.CreateTableAsStmt) and node.objtype == pb.OBJECT_MATVIEW


def _refresh(node: Node) -> str:
    return f"REFRESH MATERIALIZED VIEW {qualified((node.into.rel.schemaname, node.into.rel.relname))}"
