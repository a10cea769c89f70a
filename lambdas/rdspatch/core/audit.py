"""Audit records: what each run did, chained by hashes so that a changed or missing record shows.

The workflow writes some of these records without any function, so the hash is one that Step Functions can compute
itself: `States.Hash` over the joined texts of the record, body included as the text that is stored.
"""

from __future__ import annotations

import enum
import hashlib
import json
from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Any

from rdspatch.core.errors import RunEnded

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from rdspatch.core.run import Run

LAST_FUNCTION_SEQ, LAST_SEQ = 899_999, 999_999
"""Sequence numbers from 900000 on belong to the workflow: 900000 is the health check, 999999 the end of the run.

So does 100000, the snapshot before the first patch: what a function records afterwards comes after it.
"""


class AuditEvent(enum.Enum):
    """What a record says happened; each is one word in the audit, the CLI and the docs."""

    RUN_STARTED = "run_started"
    REQUESTED = "requested"
    PATCH_APPLIED = "patch_applied"
    PATCH_FAILED = "patch_failed"
    PATCH_UNKNOWN = "patch_unknown"
    PATCH_NOT_REACHED = "patch_not_reached"
    VERIFIED = "verified"
    DRIFT_CHECKED = "drift_checked"
    REPAIR_PLANNED = "repair_planned"
    PATCH_REPLAYED = "patch_replayed"
    APPROVED = "approved"
    SNAPSHOT_TAKEN = "snapshot_taken"
    HEALTH_CHECKED = "health_checked"
    RUN_ENDED = "run_ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """What a function wants recorded, before it has a place in the chain."""

    event: AuditEvent
    at: datetime
    facts: Mapping[str, Any]
    patch_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRecord:
    """One item of the audit table."""

    partition: str
    sort: str
    run_id: str
    event: str
    at: str
    body: str
    """JSON text; kept as text because the hash covers these very characters."""
    previous_hash: str
    hash: str
    patch_id: str | None = None

    @property
    def facts(self) -> Mapping[str, Any]:
        facts: Mapping[str, Any] = json.loads(self.body)
        return facts

    @property
    def seq(self) -> int:
        return int(self.sort.rpartition("#")[2])


@dataclass(frozen=True, slots=True)
class ChainHead:
    """The newest record that a function of this run can link to; seq 0 and an empty hash when there is none."""

    seq: int = 0
    hash: str = ""


def head_of(newest: Iterable[AuditRecord], *, run: Run) -> ChainHead:
    """Where a function of a run goes on.

    Args:
        newest: The newest records of the run, the newest first, back to the first that a function may follow.
        run: The run, for people.

    Raises:
        RunEnded: The run has its last record: it says which came before it, so nothing can come in between.
    """
    for record in newest:
        if record.seq == LAST_SEQ:
            raise RunEnded(
                f"run {run.id} has its last record already, of {record.at}, and nothing more joins it. What it applied "
                "is in the ledger, and the next run records it: start a new run instead of redriving this one"
            )
        if record.seq <= LAST_FUNCTION_SEQ:
            return ChainHead(record.seq, record.hash)
    return ChainHead()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainBreak:
    """The first record of a run whose links do not hold, and why."""

    sort: str
    reason: str


def partition_key(target: str) -> str:
    return f"TARGET#{target}"


def sort_prefix(run: Run) -> str:
    return f"RUN#{run.started_at}#{run.id}#"


def record_hash(*, previous_hash: str, partition: str, sort: str, event: str, at: str, body: str) -> str:
    """SHA-256, in hexadecimal, of the texts joined by `|`; only the body may hold a `|`, and it comes last."""
    return hashlib.sha256(f"{previous_hash}|{partition}|{sort}|{event}|{at}|{body}".encode()).hexdigest()


def chain(entries: Sequence[AuditEntry], *, run: Run, target: str, head: ChainHead) -> tuple[AuditRecord, ...]:
    """Give entries their place after `head`, in order; the patch's name goes into the body, so the hash covers it."""
    records: list[AuditRecord] = []
    previous = head.hash
    for seq, entry in enumerate(entries, start=head.seq + 1):
        partition, sort = partition_key(target), f"{sort_prefix(run)}{seq:06d}"
        at = entry.at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        about = {} if entry.patch_id is None else {"patch_id": entry.patch_id}
        body = json.dumps({**entry.facts, **about}, sort_keys=True, ensure_ascii=False)
        event = entry.event.value
        digest = record_hash(
            previous_hash=previous,
            partition=partition,
            sort=sort,
            event=event,
            at=at,
            body=body,
        )
        records.append(
            AuditRecord(
                partition=partition,
                sort=sort,
                run_id=run.id,
                event=event,
                at=at,
                body=body,
                previous_hash=previous,
                hash=digest,
                patch_id=entry.patch_id,
            ),
        )
        previous = digest
    return tuple(records)


def find_break(records: Sequence[AuditRecord]) -> ChainBreak | None:
    """The first broken link of one run's records, or None when the chain holds.

    Args:
        records: All records of one run, in the order of their sort keys.
    """
    previous = ""
    for record in records:
        if record.previous_hash != previous:
            return ChainBreak(sort=record.sort, reason="does not follow the record before it")
        expected = record_hash(
            previous_hash=record.previous_hash,
            partition=record.partition,
            sort=record.sort,
            event=record.event,
            at=record.at,
            body=record.body,
        )
        if record.hash != expected or not _is_labelled(record):
            return ChainBreak(sort=record.sort, reason="was changed after it was written")
        previous = record.hash
    return None


def _is_labelled(record: AuditRecord) -> bool:
    """Whether the attributes that the hash leaves out, by which the indexes find the record, agree with the rest."""
    try:
        facts = record.facts
    except ValueError:
        return False
    named = facts.get("patch_id") if isinstance(facts, dict) else None
    return record.patch_id == named and record.sort.split("#")[2:-1] == [record.run_id]
