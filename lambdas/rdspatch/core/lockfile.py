"""`patches.lock.json`: what each patch was found to be when it was written; reviewed and shipped with it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rdspatch.core.directory import LOCK_FILE
from rdspatch.core.errors import LockFileStale, Problem
from rdspatch.core.statement import RelationName, Statement, StatementKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rdspatch.core.patch import Patch

VERSION = 1
_WRITE_AGAIN = "run `rdspatch lock` and commit the result"


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedPatch:
    """A patch together with what the lock file says of it."""

    patch: Patch
    statements: tuple[Statement, ...]

    def text_of(self, statement: Statement) -> str:
        return self.patch.sql[statement.start : statement.end]

    @property
    def relations(self) -> tuple[RelationName, ...]:
        return tuple(dict.fromkeys(relation for statement in self.statements for relation in statement.relations))


def render(locked: Sequence[LockedPatch]) -> str:
    """The lock file's text: one line a statement, patches in order, the same bytes for the same input."""
    blocks = []
    for entry in locked:
        statements = ",\n".join(
            f"        {json.dumps(_statement_to_json(statement))}" for statement in entry.statements
        )
        blocks.append(
            f"    {json.dumps(entry.patch.name)}: {{\n"
            f'      "checksum": {json.dumps(entry.patch.checksum)},\n'
            f'      "statements": [\n{statements}\n      ]\n'
            "    }",
        )
    body = ",\n".join(blocks)
    return f'{{\n  "version": {VERSION},\n  "patches": {{\n{body}\n  }}\n}}\n'


def read(text: str, patches: Sequence[Patch]) -> tuple[LockedPatch, ...]:
    """Match patches with their lock file.

    Args:
        text: The lock file.
        patches: The patches beside it, in order.

    Returns:
        One locked patch for each patch, in the same order.

    Raises:
        LockFileStale: When the file cannot be read, a patch is missing from it or has another checksum, or it
            names a patch that is not there; with every difference.
    """
    entries = _entries(text)
    problems = [
        Problem(where=patch.id.file_name, what=_difference(patch, entries), instead=_WRITE_AGAIN)
        for patch in patches
        if _difference(patch, entries)
    ]
    names = {patch.name for patch in patches}
    problems += [
        Problem(where=LOCK_FILE, what=f"describes {name}, which is not there", instead=_WRITE_AGAIN)
        for name in entries
        if name not in names
    ]
    if problems:
        raise LockFileStale(problems)
    try:
        return tuple(
            LockedPatch(patch=patch, statements=_statements(entries[patch.name]["statements"], patch))
            for patch in patches
        )
    except (KeyError, TypeError, ValueError) as error:
        raise _unreadable(f"{type(error).__name__}: {error}") from error


def _statements(items: Sequence[Mapping[str, Any]], patch: Patch) -> tuple[Statement, ...]:
    statements = tuple(_statement_from_json(item) for item in items)
    edges = [edge for statement in statements for edge in (statement.start, statement.end)]
    if not statements or edges != sorted(edges) or edges[0] < 0 or edges[-1] > len(patch.sql):
        raise ValueError(f"the statements of {patch.name} do not lie in its text")
    return statements


def _difference(patch: Patch, entries: Mapping[str, Any]) -> str:
    entry = entries.get(patch.name)
    if entry is None:
        return "is not in the lock file"
    recorded = entry.get("checksum") if isinstance(entry, dict) else None
    if recorded != patch.checksum:
        return f"has checksum {patch.checksum}, the lock file says {recorded}"
    return ""


def _entries(text: str) -> Mapping[str, Any]:
    try:
        document = json.loads(text)
    except (RecursionError, ValueError) as error:
        raise _unreadable(str(error)) from error
    if not isinstance(document, dict) or not isinstance(document.get("patches"), dict):
        raise _unreadable("no object of patches in it")
    if document.get("version") != VERSION:
        raise _unreadable(f"version {document.get('version')}, this rdspatch reads {VERSION}")
    entries: Mapping[str, Any] = document["patches"]
    return entries


def _unreadable(why: str) -> LockFileStale:
    return LockFileStale([Problem(where=LOCK_FILE, what=f"cannot be read: {why}", instead=_WRITE_AGAIN)])


def _statement_to_json(statement: Statement) -> dict[str, Any]:
    document: dict[str, Any] = {"line": statement.line, "span": [statement.start, statement.end]}
    if statement.kind is not StatementKind.TRANSACTIONAL:
        document["kind"] = statement.kind.value
    if statement.relations:
        document["relations"] = [_name_to_json(relation) for relation in statement.relations]
    if statement.concurrent:
        document["concurrent"] = True
    if statement.object is not None:
        document["object"] = _name_to_json(statement.object)
    if statement.probe is not None:
        document["probe"] = statement.probe
    return document


def _statement_from_json(document: Mapping[str, Any]) -> Statement:
    start, end = document["span"]
    target = document.get("object")
    return Statement(
        line=int(document["line"]),
        start=int(start),
        end=int(end),
        kind=StatementKind(document.get("kind", StatementKind.TRANSACTIONAL.value)),
        relations=tuple(_name_from_json(item) for item in document.get("relations", ())),
        concurrent=bool(document.get("concurrent", False)),
        object=_name_from_json(target) if target is not None else None,
        probe=document.get("probe"),
    )


def _name_to_json(relation: RelationName) -> str | list[str]:
    return relation.name if relation.schema is None else [relation.schema, relation.name]


def _name_from_json(item: str | Sequence[str]) -> RelationName:
    if isinstance(item, str):
        return RelationName(schema=None, name=item)
    schema, name = item
    return RelationName(schema=schema, name=name)
