"""A few rows for every table, so that a patch meets data before it meets production."""

from __future__ import annotations

from rdspatch.authoring.proof.generated.empty import EmptyTable, named_in, note_on
from rdspatch.authoring.proof.generated.fill import ROWS, generate_rows

__all__ = ["ROWS", "EmptyTable", "generate_rows", "named_in", "note_on"]
