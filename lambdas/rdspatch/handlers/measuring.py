"""Numbers about runs, written into the function's log in the form from which CloudWatch takes metrics (EMF).

That needs no permission and no way out of the VPC. The names are what alarms and dashboards look for.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Any, Final

from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

from rdspatch.core.audit import AuditEvent
from rdspatch.core.errors import AuditUnavailable
from rdspatch.core.work import Status, Work

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rdspatch.core.audit import AuditEntry, AuditRecord
    from rdspatch.core.ledger import Ledger
    from rdspatch.core.run import Run
    from rdspatch.ports import AuditLog

NAMESPACE: Final = "rdspatch"


class Metric(enum.Enum):
    """One metric, with its unit."""

    PATCHES_APPLIED = ("PatchesApplied", MetricUnit.Count)
    """Patches that got their record in the audit."""
    LOCK_ATTEMPTS = ("LockAttempts", MetricUnit.Count)
    """Attempts at a lock that others kept."""
    LOCK_WAIT = ("LockWait", MetricUnit.Seconds)
    """What the workflow is asked to wait before the next attempts."""
    ACTION_TIME = ("ActionTime", MetricUnit.Milliseconds)
    """One action of the patcher that came to its end."""
    DRIFT = ("Drift", MetricUnit.Count)
    """Objects that are not as the patches left them, 0 when all are; none where that cannot be judged."""
    REPAIRS = ("Repairs", MetricUnit.Count)
    """Repairs that came to their end, whether or not there was something to replay."""
    AUDIT_FAILURES = ("AuditFailures", MetricUnit.Count)
    """Times that the audit table did not take a record."""


def dimensions_of(target: str, environment: Mapping[str, str]) -> dict[str, str]:
    """Whose numbers they are: of a target, and of the function that Lambda's environment names.

    Databases of several orchestrators of an account may bear one name; each orchestrator has a patcher of its own.
    """
    return {"target": target, "function_name": environment.get("AWS_LAMBDA_FUNCTION_NAME", "local")}


def publish(measured: Mapping[Metric, float], *, dimensions: Mapping[str, str]) -> None:
    """Write one line with these numbers and whose they are."""
    if not measured:
        return
    metrics = EphemeralMetrics(namespace=NAMESPACE)
    for dimension, whose in dimensions.items():
        metrics.add_dimension(dimension, whose)
    for metric, number in measured.items():
        name, unit = metric.value
        metrics.add_metric(name=name, unit=unit, value=number)
    metrics.flush_metrics()


def of_action(
    action: str, event: Mapping[str, Any], answer: Mapping[str, Any], *, seconds: float
) -> dict[Metric, float]:
    """What one action that took `seconds` says about locks, repairs and time."""
    measured = {Metric.ACTION_TIME: seconds * 1000}
    if action not in ("apply", "repair"):
        return measured
    before, after = Work.from_json(event.get("work")), Work.from_json(answer)
    if after.status is Status.WAIT:
        earlier = before.lock_attempts if before.patch == after.patch else 0
        measured |= {Metric.LOCK_ATTEMPTS: after.lock_attempts - earlier, Metric.LOCK_WAIT: after.wait_seconds}
    if action == "repair" and after.status is Status.DONE:
        measured[Metric.REPAIRS] = 1
    return measured


class MeasuredAuditLog:
    """An audit log that counts what it is given, and what it could not take."""

    def __init__(self, audit: AuditLog, *, dimensions: Mapping[str, str]) -> None:
        """Count, as numbers with these dimensions, what goes to `audit`."""
        self._audit = audit
        self._dimensions = dimensions

    def append(self, entries: Sequence[AuditEntry], *, run: Run) -> str:
        """Append, and publish the numbers that the entries hold, once they are recorded.

        Raises:
            AuditUnavailable: The table did not take all of them; that is a number too.
        """
        try:
            digest = self._audit.append(entries, run=run)
        except AuditUnavailable:
            publish({Metric.AUDIT_FAILURES: 1}, dimensions=self._dimensions)
            raise
        publish(_of_entries(entries), dimensions=self._dimensions)
        return digest

    def of_run(self, run: Run) -> Sequence[AuditRecord]:
        """The same as the audit log's."""
        return self._audit.of_run(run)

    def is_recorded(self, patch_id: str, checksum: str) -> bool:
        """The same as the audit log's."""
        return self._audit.is_recorded(patch_id, checksum)

    def applied(self, run: Run | None = None) -> Ledger:
        """The same as the audit log's."""
        return self._audit.applied(run)


def _of_entries(entries: Sequence[AuditEntry]) -> dict[Metric, float]:
    measured: dict[Metric, float] = {}
    applied = sum(entry.event is AuditEvent.PATCH_APPLIED for entry in entries)
    if applied:
        measured[Metric.PATCHES_APPLIED] = applied
    for entry in entries:
        if entry.event is AuditEvent.DRIFT_CHECKED:
            found = sum(entry.facts[kind] for kind in ("missing", "changed", "extra"))
            if found or not entry.facts["unknown"]:  # of what cannot be judged there is no number
                measured[Metric.DRIFT] = found
    return measured
