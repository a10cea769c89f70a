"""Runs that have no record of their end: still at work, or cut."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rdspatch.core.recorded_run import RecordedRun

LAST_RECORD_FOLLOWS = timedelta(minutes=20)
"""After an execution that was aborted, or timed out, a state machine of its own writes the last record, 16 minutes
later: its function may have been at work until then."""
_AT_WORK = frozenset({"RUNNING", "PENDING_REDRIVE"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """What Step Functions says of a run's execution."""

    status: str
    """As Step Functions calls it; `NONE` when it knows of no such execution."""
    stopped_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NotAsked:
    """Step Functions could not say."""

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unended:
    """A run without an end."""

    run_id: str
    sort: str
    """The sort key of the record that it lacks."""
    what: str
    is_cut: bool
    """Whether it is over for certain, so that a record is missing; else it may be at work."""

    def to_json(self) -> dict[str, str]:
        return {"run_id": self.run_id, "sort": self.sort, "what": self.what}


def unended(run: RecordedRun, said: Execution | NotAsked, *, now: datetime) -> Unended:
    """What is to be said of a run that has no record of its end.

    Args:
        run: The run; it has a record of ours.
        said: What Step Functions says of it.
        now: The time in UTC.
    """
    what, is_cut = _judge(run, said, now)
    sort = f"RUN#{run.started_at}#{run.id}#999999"
    return Unended(run_id=run.id, sort=sort, what=what, is_cut=is_cut)


def _judge(run: RecordedRun, said: Execution | NotAsked, now: datetime) -> tuple[str, bool]:
    if isinstance(said, NotAsked):
        if run.is_overdue(now):
            return "is missing: the run is over, and no record says how it ended", True
        return f"there is no end yet: the run is at work, or was cut ({said.why})", False
    if said.status in _AT_WORK:
        return f"there is no end yet: the execution is {said.status}", False
    if said.stopped_at is None:
        return "is missing: Step Functions knows of no such execution, and no record says how it ended", True
    at = f"{said.stopped_at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    if now - said.stopped_at < LAST_RECORD_FOLLOWS:
        return (
            f"there is no end yet: the execution ended at {at} as {said.status}, and its last record may follow",
            False,
        )
    return f"is missing: the execution ended at {at} as {said.status}, and no record says so", True
