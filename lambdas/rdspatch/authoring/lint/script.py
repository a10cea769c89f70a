"""A patch as the rules see it: its statements in order, with those inside of its DO blocks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from postgast import PgQueryError, parse_plpgsql
from postgast import pg_query_pb2 as pb

from rdspatch.authoring.bodies import do_block
from rdspatch.authoring.lint.rule import Place, place_of, place_of_line
from rdspatch.authoring.tree import text_option

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rdspatch.authoring.parser import ParsedStatement
    from rdspatch.authoring.tree import Node

_BRANCHES = frozenset({"PLpgSQL_stmt_if", "PLpgSQL_stmt_case"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptStatement:
    """One statement that a patch runs."""

    node: Node
    place: Place
    text: str | None
    """Its text as it stands in the file; None inside of a DO block, whose parts the parser does not place."""
    start: int
    """Where it starts, or its DO block, in characters from 0."""
    guarded: bool = False
    """Whether it runs only when a condition holds, or its failure is caught."""


def script_of(text: str, statements: Sequence[ParsedStatement]) -> tuple[ScriptStatement, ...]:
    """The statements of a patch, and after each DO block what the block runs.

    SQL that a block builds as a string is left to the proof on a scratch server.
    """
    script: list[ScriptStatement] = []
    for statement in statements:
        place = place_of(text, statement.start, statement.end)
        script.append(
            ScriptStatement(node=statement.node, place=place, text=statement.text, start=statement.start),
        )
        inner = do_block(statement)
        guarded = _guarded_lines(statement) if inner else frozenset()
        script += [
            ScriptStatement(
                node=body.node,
                place=place_of_line(text, body.line),
                text=None,
                start=statement.start,
                guarded=body.line in guarded,
            )
            for body in inner
        ]
    return tuple(script)


def _guarded_lines(statement: ParsedStatement) -> frozenset[int]:
    """The lines of the file on which a DO block has statements in a branch, or in a block that catches errors."""
    body = text_option(statement.node.args, "as") or ""
    before = statement.line + statement.text.count("\n", 0, max(0, statement.text.find(body))) - 1
    try:
        trees = parse_plpgsql(statement.text)
    except PgQueryError:
        # The library knows no types outside of pg_catalog in declarations. Any condition is then taken for a guard.
        every = range(statement.line, statement.line + statement.text.count("\n") + 1)
        return frozenset(every if " then" in body.lower().replace("\n", " ") else ())
    return frozenset(before + line for line in _guarded(trees, inside=False))


def _guarded(tree: Any, *, inside: bool) -> Iterator[int]:
    if isinstance(tree, list):
        for item in tree:
            yield from _guarded(item, inside=inside)
    elif isinstance(tree, dict):
        if inside and "lineno" in tree:
            yield tree["lineno"]
        inside = inside or "exceptions" in tree
        for name, value in tree.items():
            yield from _guarded(value, inside=inside or name in _BRANCHES)


def writes(node: Node) -> bool:
    """Whether this is a statement that changes rows."""
    return isinstance(node, pb.InsertStmt | pb.UpdateStmt | pb.DeleteStmt | pb.MergeStmt)
