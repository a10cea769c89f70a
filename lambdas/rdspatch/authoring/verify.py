"""`verify:` directives: each is one query that only reads."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from postgast import pg_query_pb2 as pb

from rdspatch.authoring.parser import SqlSyntaxError, parse_statements
from rdspatch.authoring.refusals import refusals_of
from rdspatch.authoring.tree import Node, executed_nodes
from rdspatch.core.errors import Problem
from rdspatch.core.patch import Patch, Transaction

if TYPE_CHECKING:
    from collections.abc import Iterator

_LINE = re.compile(r"^-- verify: ", re.MULTILINE)
_EXAMPLE = "write one SELECT that returns true, such as `-- verify: SELECT count(*) = 0 FROM jobs WHERE id IS NULL`"
_WRITES = (pb.InsertStmt, pb.UpdateStmt, pb.DeleteStmt, pb.MergeStmt)


def verify_problems(patch: Patch) -> tuple[Problem, ...]:
    """Every `verify:` directive of a patch that is not exactly one query that only reads."""
    lines = (patch.sql.count("\n", 0, match.start()) + 1 for match in _LINE.finditer(patch.sql))
    return tuple(
        Problem(where=f"{patch.id.file_name}:{line}", what=f"verify: {what}", instead=_EXAMPLE)
        for line, query in zip(lines, patch.directives.verify, strict=False)
        for what in _complaints(query)
    )


def _complaints(query: str) -> Iterator[str]:
    try:
        statements = parse_statements(query)
    except SqlSyntaxError as error:
        yield error.message
        return
    if len(statements) != 1:
        yield f"{len(statements)} statements where one query is meant"
        return
    node = statements[0].node
    if not isinstance(node, pb.SelectStmt):
        yield "not a query"
        return
    found = [inner for _, inner in executed_nodes(node)]
    if _contains(found, _WRITES):
        yield "a query that changes rows"
    if _contains(found, (pb.IntoClause,)):
        yield "a query that creates a table"
    if _contains(found, (pb.LockingClause,)):
        yield "a query that locks rows"
    yield from (refusal.what for refusal in refusals_of(node, Transaction.ONE))


def _contains(nodes: list[Node], kinds: tuple[type[Node], ...]) -> bool:
    return any(isinstance(node, kinds) for node in nodes)
