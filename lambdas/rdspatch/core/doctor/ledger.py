"""The ledger: there, complete and writable, or about to be created."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rdspatch.core.doctor.finding import Finding, ok, problem, warning
from rdspatch.core.strangers.intrusion import told

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from rdspatch.core.lost import Lost
    from rdspatch.core.strangers.intrusion import Intrusion

_TIME = "timestamp with time zone"
COLUMNS: Mapping[str, Mapping[str, str]] = {
    "ledger": {
        "patch_id": "text",
        "checksum": "text",
        "run_id": "text",
        "run_started_at": "text",
        "applied_at": _TIME,
        "applied_by": "text",
        "audited": "boolean",
        "number": "bigint",
    },
    "progress": {
        "patch_id": "text",
        "statement": "integer",
        "mark": "text",
        "run_id": "text",
        "marked_at": _TIME,
    },
}
"""The tables of the schema `rdspatch`."""
_ADDED_LATER = frozenset({"number"})
"""Columns that a ledger of an earlier version lacks; the next run adds them."""
_EARLIER = "it is there and writable; an earlier version made it, and the next run numbers its rows"
_KEEP = "enable the trigger keep_rows of rdspatch.ledger, or make it again as a backup of the whole schema has it"
_RESTORE = "restore the table from a backup: every patch would run again without it"


@dataclass(frozen=True, slots=True, kw_only=True)
class TableSeen:
    """What stands under the name of one of the ledger's tables."""

    is_table: bool
    columns: Mapping[str, str]
    """Types by name."""
    missing_privileges: tuple[str, ...]
    has_row_security: bool = False
    hides_rows: bool = False
    """Whether its row security is in force for the role that patches run as."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerSeen:
    """What stands in the schema `rdspatch`."""

    schema_exists: bool
    may_use_schema: bool
    tables: Mapping[str, TableSeen]
    keeps_rows: bool
    """Whether the trigger is there that lets nobody empty the ledger."""
    intrusions: Sequence[Intrusion] = ()
    """What strangers have at it."""


def judge_ledger(seen: LedgerSeen, *, worker: str, may_create_schemas: bool) -> Finding:
    """Whether the ledger can be used, or created where this database was never patched."""
    if not seen.schema_exists and not seen.intrusions:
        if may_create_schemas:
            return ok("ledger", "there is none yet; the first run creates it")
        instead = f"GRANT CREATE ON DATABASE … TO {worker} for the first run; later ones do not need it"
        return problem("ledger", f"there is none yet, and {worker} may not create the schema rdspatch", instead)
    what, instead = _unusable(seen, worker) if seen.schema_exists else ("", "")
    if what or seen.intrusions:
        return problem("ledger", "; ".join(filter(None, (what, told(seen.intrusions)))), instead)
    return _judge_rows(seen, worker=worker)


def _unusable(seen: LedgerSeen, worker: str) -> tuple[str, str]:
    """What keeps the tables from being used, and what to do; empty where nothing does."""
    for name, columns in COLUMNS.items():
        wrong = _shape_problem(name, seen.tables.get(name), columns)
        if wrong:
            return wrong, _RESTORE
    missing = sorted({privilege for table in seen.tables.values() for privilege in table.missing_privileges})
    if seen.may_use_schema and not missing:
        return "", ""
    lacking = ", ".join([*([] if seen.may_use_schema else ["USAGE on its schema"]), *missing])
    instead = f"let patches run as the role that owns the ledger (owner_role), or give the ledger to {worker}"
    return f"{worker} lacks {lacking}", instead


def _judge_rows(seen: LedgerSeen, *, worker: str) -> Finding:
    """Whether all rows of a usable ledger are seen, and stay."""
    secured = sorted(name for name, table in seen.tables.items() if table.has_row_security)
    if secured:
        return _judge_row_security(secured, seen, worker=worker)
    if not seen.keeps_rows:
        return warning("ledger", "nothing keeps its rows from being removed", _KEEP)
    is_numbered = seen.tables["ledger"].columns.keys() >= _ADDED_LATER
    return ok("ledger", "it is there, complete and writable" if is_numbered else _EARLIER)


def _judge_row_security(secured: Sequence[str], seen: LedgerSeen, *, worker: str) -> Finding:
    instead = "; ".join(
        f"ALTER TABLE rdspatch.{name} NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY" for name in secured
    )
    names = " and ".join(f"rdspatch.{name}" for name in secured)
    if any(seen.tables[name].hides_rows for name in secured):
        return problem("ledger", f"row security of {names} hides rows from {worker}", instead)
    return warning("ledger", f"row security of {names} hides rows from every role but its owner", instead)


def _shape_problem(name: str, table: TableSeen | None, columns: Mapping[str, str]) -> str:
    if table is None:
        return f"the table rdspatch.{name} is missing"
    if not table.is_table:
        return f"rdspatch.{name} is no table"
    wrong = [
        f"{column} is {table.columns.get(column, 'missing')}"
        for column, kind in columns.items()
        if table.columns.get(column, kind if column in _ADDED_LATER else None) != kind
    ]
    return f"rdspatch.{name} has another shape: {', '.join(wrong)}" if wrong else ""


def judge_lost(lost: Lost, files: Collection[str] | None) -> Finding:
    """Whether the ledger has what the audit has as applied.

    Args:
        lost: What it lacks.
        files: The names of the patches that are here; None where nobody knows.
    """
    if not lost.rows:
        return ok("lost patches", "the ledger has every patch that the audit has as applied")
    instead = "start a run: it applies them again, in their order"
    if files is not None and not any(row.patch_id in files for row in lost.rows):
        instead = "deploy the patches that have their files, unless they were given up on purpose"
    return warning("lost patches", str(lost), instead)
