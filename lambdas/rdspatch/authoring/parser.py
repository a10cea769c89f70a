"""SQL text to statements, by PostgreSQL's own parser."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from google.protobuf.message import DecodeError
from postgast import PgQueryError, parse, scan, split, unwrap_node
from postgast import pg_query_pb2 as pb

if TYPE_CHECKING:
    from rdspatch.authoring.tree import Node

_COMMENTS = frozenset({pb.Token.SQL_COMMENT, pb.Token.C_COMMENT})


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedStatement:
    """One statement and where it stands."""

    node: Node
    """The statement's node of the parse tree."""
    text: str
    line: int
    """Where it starts, from 1."""
    start: int
    """Where its first token starts, in characters from 0."""
    end: int
    """Where its last token ends, exclusive, before its semicolon and before comments."""


class SqlSyntaxError(Exception):
    """The parser does not take the text; `position` is in characters from 0."""

    def __init__(self, message: str, *, position: int) -> None:
        super().__init__(message)
        self.message = message
        self.position = position


def parse_statements(text: str) -> tuple[ParsedStatement, ...]:
    """Split SQL into statements and parse each.

    Args:
        text: SQL with LF line ends and without NUL.

    Returns:
        The statements in order; empty ones (`;;`) are left out.

    Raises:
        SqlSyntaxError: When PostgreSQL would refuse the text, or an expression is nested too deeply to be judged.
    """
    try:
        raw_statements = parse(text).stmts
    except PgQueryError as error:
        # The library documents bytes; PostgreSQL counts characters, and so does this position.
        raise SqlSyntaxError(error.message, position=max(0, error.cursorpos - 1)) from error
    except DecodeError as error:
        raise SqlSyntaxError("nested too deeply to be judged", position=_too_deep(text)) from error
    encoded = text.encode()
    statements: list[ParsedStatement] = []
    bytes_seen, start, line = 0, 0, 1
    for raw in raw_statements:
        before = encoded[bytes_seen : raw.stmt_location].decode()
        start += len(before)
        line += before.count("\n")
        bytes_seen = raw.stmt_location
        stop = bytes_seen + raw.stmt_len if raw.stmt_len else len(encoded)
        piece = _without_trailing_comments(encoded[bytes_seen:stop].decode())
        statements.append(
            ParsedStatement(
                node=unwrap_node(raw.stmt),
                text=piece,
                line=line,
                start=start,
                end=start + len(piece),
            ),
        )
    return tuple(statements)


def _without_trailing_comments(piece: str) -> str:
    piece = piece.rstrip()
    if "--" not in piece and "/*" not in piece:
        return piece
    last = max(token.end for token in scan(piece).tokens if token.token not in _COMMENTS)
    return piece.encode()[:last].decode()


def _too_deep(text: str) -> int:
    """Where the first statement starts whose tree has more levels than protobuf reads."""
    position = 0
    for piece in split(text):
        position = text.index(piece, position)
        try:
            parse(piece)
        except DecodeError:
            break
        position += len(piece)
    return position + len(text[position:]) - len(text[position:].lstrip())
