"""What the application's models ask of the database: the columns that each of them selects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rdspatch.core.statement import RelationName

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class MappedModel:
    """One model, as the application queries it."""

    model: str
    """The name of its class, for people."""
    table: RelationName
    """Without a schema where the application finds it by its search path."""
    columns: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        schema, name = self.table.schema, self.table.name
        table = name if schema is None else [schema, name]
        return {"model": self.model, "table": table, "columns": list(self.columns)}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> MappedModel:
        """The inverse of `to_json`. Raises KeyError, TypeError or ValueError for anything else."""
        table = document["table"]
        schema, name = (None, table) if isinstance(table, str) else table
        texts = [document["model"], name, *([] if schema is None else [schema]), *document["columns"]]
        if not all(isinstance(text, str) for text in texts):
            raise TypeError(f"{document!r} holds something else than texts")
        return cls(
            model=document["model"],
            table=RelationName(schema=schema, name=name),
            columns=tuple(document["columns"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedModels:
    """The models that the patches were found to be in parity with."""

    source: str
    """Where they are imported from: `meshapp.models:Base`."""
    checksum: str
    """SHA-256 of the SQL that makes their schema, so that a changed model shows without a server."""
    mapped: tuple[MappedModel, ...]
