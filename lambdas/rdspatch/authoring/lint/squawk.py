"""Asks the linter squawk about statements, each as a file of its own.

One file a statement, because squawk says nothing more about a file with a statement that it does not understand.
What it cannot know then, which tables the patch itself created, the caller knows better.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from postgast import deparse, scan
from postgast import pg_query_pb2 as pb

from rdspatch.authoring.lint.rules_squawk import NOT_UNDERSTOOD, SQUAWK_RULES
from rdspatch.core.errors import BadSettings, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rdspatch.authoring.lint.rule import Rule
    from rdspatch.authoring.lint.script import ScriptStatement
    from rdspatch.authoring.tree import Node

_PREFIX = "squawk/"
_OPTIONAL = ("ban-set-schema",)
"""Rules that squawk asks only when told to."""
_RULES = {rule.id.removeprefix(_PREFIX): rule for rule in SQUAWK_RULES if not rule.is_asked_here}
_RULES["syntax-error"] = NOT_UNDERSTOOD
_COMMENTS = frozenset({pb.Token.SQL_COMMENT, pb.Token.C_COMMENT})
_EXIT_CODES = (0, 1)
_ASKED = (
    pb.AlterDomainStmt,
    pb.AlterObjectSchemaStmt,
    pb.AlterTableStmt,
    pb.CreateStmt,
    pb.DropStmt,
    pb.IndexStmt,
    pb.ReindexStmt,
    pb.RenameStmt,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SquawkFinding:
    """What squawk found in one statement."""

    statement: int
    """Which of the statements, from 0."""
    rule: Rule
    start: int
    """In characters of the statement's text, from 0; as are both for a statement without a text of its own."""
    end: int


def ask_squawk(statements: Sequence[ScriptStatement]) -> tuple[SquawkFinding, ...]:
    """Every finding of the rules that are on, and one for each statement that squawk does not understand.

    Raises:
        BadSettings: squawk is not installed, or fails.
    """
    asked = {
        number: item.text or _written_again(item.node)
        for number, item in enumerate(statements)
        if isinstance(item.node, _ASKED)
    }
    if not asked:
        return ()
    with tempfile.TemporaryDirectory(prefix="rdspatch-lint-") as folder:
        for number, text in asked.items():
            Path(folder, f"{number}.sql").write_bytes(_without_comments(text))
        # Its own empty configuration, so that none of the project's is found.
        Path(folder, "squawk.toml").touch()
        reported = _run(Path(folder))
    found = [_finding(item, asked) for item in reported if item["rule_name"] in _RULES]
    # One thing that it does not understand leads it to others.
    seen = {item.statement: item for item in reversed(found) if item.rule is NOT_UNDERSTOOD}
    return tuple(item for item in found if seen.get(item.statement, item) is item)


def _finding(item: dict[str, Any], asked: Mapping[int, str]) -> SquawkFinding:
    number = int(Path(item["file"]).stem)
    return SquawkFinding(
        statement=number,
        rule=_RULES[item["rule_name"]],
        start=_position(asked[number], item["line"], item["column"]),
        end=_position(asked[number], item["line_end"], item["column_end"]),
    )


def _without_comments(text: str) -> bytes:
    """The same number of bytes with the comments blank, since one of them could tell squawk to look away."""
    encoded = bytearray(text.encode())
    for token in scan(text).tokens:
        if token.token in _COMMENTS:
            comment = encoded[token.start : token.end]
            encoded[token.start : token.end] = bytes(byte if byte == ord("\n") else ord(" ") for byte in comment)
    return bytes(encoded)


def _written_again(node: Node) -> str:
    tree = pb.ParseResult()
    field = next(field for field in pb.Node.DESCRIPTOR.fields if field.message_type is node.DESCRIPTOR)
    getattr(tree.stmts.add().stmt, field.name).CopyFrom(node)
    text: str = deparse(tree)
    return text


def _run(folder: Path) -> list[dict[str, Any]]:
    done = subprocess.run(  # noqa: S603 - our own words
        [_binary(), "--config=squawk.toml", "--reporter=json", f"--include={','.join(_OPTIONAL)}", "*.sql"],
        cwd=folder,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    try:
        reported = json.loads(done.stdout) if done.returncode in _EXIT_CODES else None
    except ValueError:
        reported = None
    if not isinstance(reported, list):
        message = " / ".join(done.stderr.strip().splitlines()[-3:]) or "no message"
        raise BadSettings([Problem(where="squawk", what=f"exit code {done.returncode}: {message}")])
    return reported


def _binary() -> str:
    beside = Path(sys.executable).parent / "squawk"
    found = str(beside) if beside.is_file() else shutil.which("squawk")
    if found is None:
        instead = "pip install 'rdspatch[authoring]'"
        raise BadSettings([Problem(where="rdspatch lint", what="needs squawk-cli", instead=instead)])
    return found


def _position(text: str, line: int, column: int) -> int:
    """Characters from 0, where squawk counts lines from 0 and columns in bytes."""
    lines = text.split("\n")
    before = sum(len(other) + 1 for other in lines[:line])
    return before + len(lines[line].encode()[:column].decode(errors="ignore"))
