"""A statement as the lock file writes it: one object, without what is ordinary."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rdspatch.core.statement import RelationName, Statement, StatementKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def statement_to_json(statement: Statement) -> dict[str, Any]:
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


def statement_from_json(document: Mapping[str, Any]) -> Statement:
    """The inverse of `statement_to_json`. Raises KeyError, TypeError or ValueError for anything else."""
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
