"""Which statements of a patch may make something that its text does not spell out: names, bounds, whole statements."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from postgast import pg_query_pb2 as pb

from rdspatch.authoring.tree import executed_nodes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rdspatch.authoring.parser import ParsedStatement
    from rdspatch.authoring.proof.scratch import ScratchDatabase

_CALLERS = (pb.SelectStmt, pb.CallStmt, pb.InsertStmt, pb.UpdateStmt, pb.DeleteStmt, pb.MergeStmt)
_DDL = re.compile(r"\b(?:execute|create|alter|drop)\b", re.IGNORECASE)
_CHANCE = re.compile(
    r"(?<![\w$\".])(?:random|gen_random_uuid|gen_random_bytes|uuid_generate_v\w+|uuidv[47]|txid_current|"
    r"pg_current_xact_id|pg_backend_pid)(?=\s*\()",
    re.IGNORECASE,
)
_SOURCES = """
SELECT p.prosrc FROM pg_catalog.pg_proc AS p
JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
WHERE n.nspname NOT IN ('pg_catalog', 'information_schema', 'rdspatch')
  AND p.prosrc ~* '\\y(execute|create|alter|drop)\\y'
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Computed:
    """Where a patch computes what it makes."""

    statements: tuple[bool, ...]
    """For each statement, whether it runs code, or a body that code may run."""
    text: str
    """All of that code: the statements, and the functions of the database that make something."""

    @property
    def draws_lots(self) -> bool:
        """Whether it asks for what is another value each time."""
        return _CHANCE.search(self.text) is not None


def computed_in(parsed: Sequence[ParsedStatement], database: ScratchDatabase) -> Computed:
    """Look for it.

    Args:
        parsed: The statements of a patch.
        database: One that has every patch before it.
    """
    runs = any(isinstance(item.node, (pb.DoStmt, *_CALLERS)) for item in parsed)
    made = [item.text for item in parsed if isinstance(item.node, pb.CreateFunctionStmt) and _DDL.search(item.text)]
    sources = [*made, *_sources(database)] if runs else []
    kinds = (pb.DoStmt, *_CALLERS) if sources else (pb.DoStmt,)
    flags = tuple(
        isinstance(item.node, kinds)
        or (runs and isinstance(item.node, pb.CreateFunctionStmt))
        or any(isinstance(node, pb.PartitionBoundSpec) for _, node in executed_nodes(item.node))
        for item in parsed
    )
    texts = [item.text for item, is_computed in zip(parsed, flags, strict=True) if is_computed]
    return Computed(statements=flags, text="\n".join((*texts, *sources)))


def _sources(database: ScratchDatabase) -> list[str]:
    """The functions that are there already and may make something."""
    with database.connect() as connection:
        return [source for (source,) in connection.execute(_SOURCES)]
