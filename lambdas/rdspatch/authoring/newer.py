"""Syntax that an older server reads otherwise than the parser does, mostly without an error.

Tried on PostgreSQL 14 to 18. Number literals: version 15 made a number that runs into a name an error ("trailing junk
after numeric literal"), version 16 made `100_000` and `0x1F` numbers; 14 reads `100 AS _000` where a name may follow.
Words: what became a word of SQL in 16 or 17 is a column or a function of that name to an older server.
"""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from postgast import PgQueryError, scan
from postgast import pg_query_pb2 as pb

from rdspatch.authoring.tree import executed_nodes, text_option
from rdspatch.core.newer_syntax import NewerSyntax

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from rdspatch.authoring.parser import ParsedStatement
    from rdspatch.authoring.tree import Node
    from rdspatch.core.patch import Patch

_COMMENTS: Final = frozenset({pb.Token.SQL_COMMENT, pb.Token.C_COMMENT})
_NUMBERS: Final = frozenset({pb.Token.ICONST, pb.Token.FCONST})
_NUMBERS_SINCE: Final = 16
_WORD_SINCE: Final = 16
_IN_ANOTHER_BASE: Final = re.compile(r"0[xXoObB]_?[0-9a-fA-F]")
_STRINGS: Final = re.compile(r"(?P<dollars>\$[^$]*\$)(?P<body>.*)(?P=dollars)|[eE]?'(?P<quoted>.*)'", re.DOTALL)
_BEFORE_A_TEXT: Final = frozenset({"(", ".", "format", "pg_catalog"})
_CODE: Final = frozenset({"sql", "plpgsql"})
_CONSTRUCTS: Final[Mapping[type[Node], tuple[int, str]]] = MappingProxyType(
    {
        pb.JsonArrayAgg: (16, "JSON_ARRAYAGG"),
        pb.JsonArrayConstructor: (16, "JSON_ARRAY"),
        pb.JsonArrayQueryConstructor: (16, "JSON_ARRAY"),
        pb.JsonObjectAgg: (16, "JSON_OBJECTAGG"),
        pb.JsonObjectConstructor: (16, "JSON_OBJECT"),
        pb.JsonScalarExpr: (17, "JSON_SCALAR"),
        pb.JsonSerializeExpr: (17, "JSON_SERIALIZE"),
        pb.MergeSupportFunc: (17, "MERGE_ACTION"),
    }
)
"""What looks like the call of a function, and is one to an older server."""
_JSON_FUNCTIONS: Final[Mapping[int, str]] = MappingProxyType(
    {pb.JSON_EXISTS_OP: "JSON_EXISTS", pb.JSON_QUERY_OP: "JSON_QUERY", pb.JSON_VALUE_OP: "JSON_VALUE"}
)
_JSON_FUNCTIONS_SINCE: Final = 17


def newer_syntax(patch: Patch, parsed: Sequence[ParsedStatement]) -> tuple[NewerSyntax, ...]:
    """Every place of a patch that an older server than the parser's reads otherwise, in the order of lines.

    Looked at are its statements, its `verify:` queries, the bodies of its functions and DO blocks in SQL and PL/pgSQL,
    and the texts that these EXECUTE.
    """
    found = [*_in_text(patch.sql, 1)]
    for query in patch.directives.verify:
        line = patch.sql.count("\n", 0, max(0, patch.sql.find(query))) + 1
        found += _in_text(query, line)
    for statement in parsed:
        found += _constructs(statement)
        body = _body(statement.node)
        if body:
            line = statement.line + statement.text.count("\n", 0, max(0, statement.text.find(body)))
            found += _in_text(body, line, runs_texts=True)
    return tuple(sorted(dict.fromkeys(found), key=lambda place: place.line))


def _body(node: Node) -> str:
    """What a function or a DO block does, as text; nothing for any other statement, or another language."""
    if isinstance(node, pb.DoStmt):
        options, language = node.args, "plpgsql"
    elif isinstance(node, pb.CreateFunctionStmt):
        options, language = node.options, "sql"
    else:
        return ""
    is_code = (text_option(options, "language") or language) in _CODE
    return (text_option(options, "as") or "") if is_code else ""


def _in_text(text: str, first_line: int, *, runs_texts: bool = False) -> Iterator[NewerSyntax]:
    """The places in SQL or PL/pgSQL that its tokens show.

    Args:
        text: What is read.
        first_line: The line of the file that it starts in.
        runs_texts: Whether `EXECUTE 'text'` runs that text.
    """
    encoded = text.encode()
    try:
        tokens = [token for token in scan(text).tokens if token.token not in _COMMENTS]
    except PgQueryError:
        return
    executes = False
    for token in tokens:
        word = encoded[token.start : token.end].decode()
        line = first_line + encoded.count(b"\n", 0, token.start)
        if token.token in _NUMBERS and ("_" in word or _IN_ANOTHER_BASE.match(word)):
            yield _number(word, line)
        elif token.token == pb.Token.SYSTEM_USER:
            yield _word(word, line)
        elif executes and token.token == pb.Token.SCONST:
            yield from _in_text(_value(word), line)
        executes = runs_texts and (word.lower() == "execute" or (executes and word.lower() in _BEFORE_A_TEXT))


def _value(literal: str) -> str:
    """What a string literal holds, with every line break in its place."""
    found = _STRINGS.fullmatch(literal)
    if found is None:
        return ""
    return found["body"] if found["dollars"] else found["quoted"].replace("''", "'")


def _number(word: str, line: int) -> NewerSyntax:
    plain = word.replace("_", "")
    in_another_base = _IN_ANOTHER_BASE.match(word)
    value = str(int(plain, 0)) if in_another_base else plain
    start = "0" if in_another_base else word.partition("_")[0]
    what = (
        f"`{word}` is one number from PostgreSQL {_NUMBERS_SINCE} on; PostgreSQL 14 reads `{start}` and a name after "
        "it, without an error where a name may stand, and 15 refuses it"
    )
    return NewerSyntax(line=line, since=_NUMBERS_SINCE, what=what, instead=f"write {value}")


def _word(word: str, line: int) -> NewerSyntax:
    what = f"`{word}` is the login from PostgreSQL {_WORD_SINCE} on; before, it is a column of that name"
    return NewerSyntax(line=line, since=_WORD_SINCE, what=what, instead="write session_user")


def _constructs(statement: ParsedStatement) -> Iterator[NewerSyntax]:
    for _, node in executed_nodes(statement.node):
        since, name = _CONSTRUCTS.get(type(node), (0, ""))
        if isinstance(node, pb.JsonFuncExpr) and node.op in _JSON_FUNCTIONS:
            since, name = _JSON_FUNCTIONS_SINCE, _JSON_FUNCTIONS[node.op]
        if since:
            what = (
                f"{name} is SQL's own from PostgreSQL {since} on; before, it is a function of that name, which there "
                "is only where somebody made one"
            )
            instead = "write it with functions of the older version"
            yield NewerSyntax(line=statement.line, since=since, what=what, instead=instead)
