"""A target's ledger as its audit records tell it, for whoever may read the audit and not the database."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from rdspatch.core.ledger import AppliedPatch, Ledger

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rdspatch.core.audit import AuditRecord


def ledger_from_records(records: Iterable[AuditRecord]) -> Ledger:
    """What `patch_applied` records of one target say is applied.

    A patch may have several: a crash can leave two of one application, and a database that was restored is patched
    again. The newest counts.

    Raises:
        ValueError: A record does not say what such a record says; names its sort key.
    """
    return _ledger(map(_row, records))


def readable_ledger(records: Iterable[AuditRecord]) -> Ledger:
    """The same of the records that can be read; the others count for nothing, `rdspatch audit verify` names them."""

    def readable() -> Iterator[AppliedPatch]:
        for record in records:
            with contextlib.suppress(ValueError):
                yield _row(record)

    return _ledger(readable())


def _ledger(found: Iterable[AppliedPatch]) -> Ledger:
    rows: dict[str, AppliedPatch] = {}
    for row in found:
        known = rows.get(row.patch_id)
        if known is None or known.applied_at <= row.applied_at:
            rows[row.patch_id] = row
    return Ledger(applied=tuple(sorted(rows.values(), key=lambda row: (row.applied_at, row.patch_id))))


def _row(record: AuditRecord) -> AppliedPatch:
    try:
        facts = record.facts
        checksum, run_id = facts["checksum"], facts["run_id"]
        applied_at = datetime.fromisoformat(record.at).astimezone(UTC)
    except (KeyError, TypeError, ValueError):
        raise ValueError(f"the record {record.sort} is no record of an applied patch") from None
    return AppliedPatch(
        patch_id=str(record.patch_id),
        checksum=str(checksum),
        run_id=str(run_id),
        run_started_at=record.sort.split("#")[1],
        applied_at=applied_at,
        applied_by="",
        audited=True,
    )
