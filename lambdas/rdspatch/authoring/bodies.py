"""Statements inside the bodies that a patch runs: DO blocks, and functions that it both creates and calls.

A body is a string to the SQL parser. What can be told from its tokens is told; the server judges the rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from postgast import PgQueryError, scan, unwrap_node
from postgast import pg_query_pb2 as pb

from rdspatch.authoring.parser import ParsedStatement, SqlSyntaxError, parse_statements
from rdspatch.authoring.refused_calls import may_be_refused
from rdspatch.authoring.tree import Node, executed_nodes, names, text_option

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_COMMENTS = frozenset({pb.Token.SQL_COMMENT, pb.Token.C_COMMENT})
_BEFORE_A_STATEMENT = frozenset({";", "begin", "then", "else", "loop", "declare"})
# These mean something else in PL/pgSQL than in SQL: END is no COMMIT, EXECUTE runs no prepared statement.
_NOT_SQL = frozenset({"end", "execute", "declare"})
_BEFORE_A_TABLE = frozenset({"insert", "merge"})
_BETWEEN_TARGETS = frozenset({",", "."})


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyStatement:
    """A statement of a body; `line` counts in the file."""

    node: Node
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Token:
    text: str
    start: int
    end: int


def executed_bodies(statements: Sequence[ParsedStatement]) -> Iterator[BodyStatement]:
    """What the bodies do that run when these statements run."""
    for statement in statements:
        yield from do_block(statement)
    created = [statement for statement in statements if isinstance(statement.node, pb.CreateFunctionStmt)]
    called = _called(statements) if created else frozenset()
    for statement in created:
        if names(statement.node.funcname)[-1] in called:
            yield from _function(statement)


def _called(statements: Sequence[ParsedStatement]) -> frozenset[str]:
    """The names of the functions that the statements and their DO blocks call, without schemas."""
    return frozenset(
        names(node.funcname)[-1]
        for statement in statements
        for root in (statement.node, *(inner.node for inner in do_block(statement)))
        for _, node in executed_nodes(root)
        if isinstance(node, pb.FuncCall)
    )


def do_block(statement: ParsedStatement) -> tuple[BodyStatement, ...]:
    """The statements of a DO block in PL/pgSQL; nothing for any other statement."""
    node = statement.node
    if not isinstance(node, pb.DoStmt) or (text_option(node.args, "language") or "plpgsql") != "plpgsql":
        return ()
    body = text_option(node.args, "as") or ""
    return tuple(_plpgsql(body, _line_of(body, statement)))


def _function(statement: ParsedStatement) -> Iterator[BodyStatement]:
    node = statement.node
    if node.HasField("sql_body"):
        yield BodyStatement(node=unwrap_node(node.sql_body), line=statement.line)
        return
    body = text_option(node.options, "as") or ""
    line = _line_of(body, statement)
    language = text_option(node.options, "language")
    if language == "plpgsql":
        yield from _plpgsql(body, line)
    elif language == "sql":
        yield from (BodyStatement(node=inner.node, line=line + inner.line - 1) for inner in _parsed(body))


def _line_of(body: str, statement: ParsedStatement) -> int:
    return statement.line + statement.text.count("\n", 0, max(0, statement.text.find(body)))


def _plpgsql(body: str, first_line: int) -> Iterator[BodyStatement]:
    tokens = _tokens(body)
    seen: set[int] = set()
    for index, token in enumerate(tokens):
        if index and tokens[index - 1].text.lower() not in _BEFORE_A_STATEMENT:
            continue
        stop = next((place for place in range(index, len(tokens)) if tokens[place].text == ";"), len(tokens))
        for inner in _fragment(body, tokens[index:stop]):
            seen.update(range(index, stop))
            yield BodyStatement(node=inner.node, line=first_line + body.count("\n", 0, token.start))
    for index, token in enumerate(tokens):
        if index not in seen and may_be_refused(_identifier(token)) and _is_call(tokens, index):
            for inner in _parsed("SELECT " + body[_qualified_start(tokens, index) : _call_end(tokens, index)]):
                yield BodyStatement(node=inner.node, line=first_line + body.count("\n", 0, token.start))


def _fragment(body: str, tokens: Sequence[_Token]) -> tuple[ParsedStatement, ...]:
    if not tokens or tokens[0].text.lower() in _NOT_SQL:
        return ()
    body = _without_targets(body, tokens)
    if tokens[0].text.lower() == "perform":
        return _parsed("SELECT" + body[tokens[0].end : tokens[-1].end])
    return _parsed(body[tokens[0].start : tokens[-1].end])


def _without_targets(body: str, tokens: Sequence[_Token]) -> str:
    """The body with blanks for `INTO variable, …` of a statement: an assignment, where SQL would create a table."""
    depth = 0
    for index, token in enumerate(tokens):
        depth += {"(": 1, ")": -1}.get(token.text, 0)
        if depth == 0 and token.text.lower() == "into" and tokens[index - 1].text.lower() not in _BEFORE_A_TABLE:
            end = _end_of_targets(tokens, index + 1)
            return body[: token.start] + " " * (end - token.start) + body[end:]
    return body


def _end_of_targets(tokens: Sequence[_Token], index: int) -> int:
    """Where a list such as `STRICT a, b.c, d[1]` ends: after a name that no comma, dot or bracket follows."""
    if index < len(tokens) and tokens[index].text.lower() == "strict":
        index += 1
    end, brackets = tokens[index - 1].end, 0
    while index < len(tokens):
        text = tokens[index].text
        brackets += {"[": 1, "]": -1}.get(text, 0)
        end = tokens[index].end
        following = tokens[index + 1].text if index + 1 < len(tokens) else ""
        if not brackets and text not in _BETWEEN_TARGETS and following not in {*_BETWEEN_TARGETS, "["}:
            break
        index += 1
    return end


def _parsed(text: str) -> tuple[ParsedStatement, ...]:
    try:
        return parse_statements(text)
    except SqlSyntaxError:
        return ()


def _tokens(body: str) -> tuple[_Token, ...]:
    encoded = body.encode()
    try:
        scanned = [token for token in scan(body).tokens if token.token not in _COMMENTS]
    except PgQueryError:
        return ()
    tokens, position, characters = [], 0, 0
    for token in scanned:
        characters += len(encoded[position : token.start].decode())
        text = encoded[token.start : token.end].decode()
        tokens.append(_Token(text=text, start=characters, end=characters + len(text)))
        position, characters = token.end, characters + len(text)
    return tuple(tokens)


def _identifier(token: _Token) -> str:
    return token.text[1:-1] if token.text.startswith('"') else token.text.lower()


def _is_call(tokens: Sequence[_Token], index: int) -> bool:
    return index + 1 < len(tokens) and tokens[index + 1].text == "("


def _qualified_start(tokens: Sequence[_Token], index: int) -> int:
    is_qualified = index > 1 and tokens[index - 1].text == "."
    return tokens[index - 2 if is_qualified else index].start


def _call_end(tokens: Sequence[_Token], index: int) -> int:
    depth = 0
    for token in tokens[index + 1 :]:
        depth += {"(": 1, ")": -1}.get(token.text, 0)
        if depth == 0:
            return token.end
    return tokens[-1].end
