"""`rdspatch repair`: bring back what is missing, by the patches that made it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any

import typer

from rdspatch.adapters.patch_files import load_lock_file
from rdspatch.cli.applying import open_applier
from rdspatch.cli.configuration import patch_directory
from rdspatch.cli.options import DatabaseOption, Format, FormatOption, PatchesOption
from rdspatch.cli.render import print_json, show
from rdspatch.cli.target import new_run, open_database
from rdspatch.core.counted import counted
from rdspatch.core.drift import Drift, DriftKind
from rdspatch.core.lockfile import LockFile
from rdspatch.core.outcome import Outcome
from rdspatch.core.proof import strongest_locks
from rdspatch.core.repair import RepairPlan
from rdspatch.core.run import Run
from rdspatch.core.settings import DEFAULT_REPAIR_LIMIT, MAX_REPAIR_LIMIT
from rdspatch.core.table_size import TableSize
from rdspatch.core.work import Status, Work
from rdspatch.engine.repair import Found, RepairReport, find_repair
from rdspatch.engine.repair import repair as replay_missing
from rdspatch.ports import Database, Session

DIFFERENT = 3


def repair(
    database: DatabaseOption,
    patches: PatchesOption = None,
    limit: Annotated[
        int, typer.Option("--limit", min=1, max=MAX_REPAIR_LIMIT, help="The most patches to replay.")
    ] = DEFAULT_REPAIR_LIMIT,
    dry_run: Annotated[  # noqa: FBT002 - a flag of the command line
        bool,
        typer.Option(
            "--dry-run", help="Say what would be replayed, with its locks and the sizes of tables; change nothing."
        ),
    ] = False,
    form: FormatOption = Format.TEXT,
) -> None:
    """Replay the applied patches whose effects are missing; only those that purely add, and nothing else.

    No SQL is made up: the patches' own text runs again, and is rolled back when it touches anything else than what is
    missing. What was changed, what is extra and what the baseline made is left alone. Exits with 3 when something is
    missing or changed afterwards, or when the repair is refused; with 4 when another run is active.
    """
    lock = load_lock_file(patch_directory(patches))
    run, target = new_run(), open_database(database, lock)
    if dry_run:
        with closing(target.connect(run)) as session:
            found = find_repair(lock, session, limit=limit)
            locks = _locks(found.plan, session)
        report, after = None, found.drift
    else:
        found, report = _repair(lock, target, run, limit)
        locks = ()
        after = (report.after if report else None) or found.drift
    _show(found.plan, report, after, locks, run=run, form=form)
    found.plan.require_no_refusal()
    if report is not None and report.failure is not None:
        from rdspatch.core.account import OF_THIS_RUN, Account, explain  # noqa: PLC0415 - few runs end so

        explain(report.failure, Account.of_outcomes(report.outcomes), source=OF_THIS_RUN)
        raise report.failure
    if after.of(DriftKind.MISSING) or after.of(DriftKind.CHANGED):
        raise typer.Exit(DIFFERENT)


def _repair(lock: LockFile, target: Database, run: Run, limit: int) -> tuple[Found, RepairReport | None]:
    opened, _ = open_applier(target, run, patience=timedelta())
    with closing(opened) as applier:
        found = find_repair(lock, applier.session, limit=limit)
        if found.plan.refusals or not found.plan.replays:
            return found, None
        fresh = Work(status=Status.CONTINUE)
        return found, replay_missing(found.plan, lock, applier=applier, before=fresh, record=_nowhere)


@dataclass(frozen=True, slots=True, kw_only=True)
class _TableLock:
    """What a replay would lock, and how large that is now."""

    patch: str
    table: str
    mode: str
    size: TableSize

    def __str__(self) -> str:
        return f"takes {self.mode} on {self.table}: {self.size}"

    def to_json(self) -> dict[str, Any]:
        return {"patch": self.patch, "table": self.table, "mode": self.mode, **self.size.to_json()}


def _locks(plan: RepairPlan, session: Session) -> tuple[_TableLock, ...]:
    """The strongest lock that each replay takes on each table that is there, with the table's size."""
    wanted = {locked.patch.name: strongest_locks(locked.traces) for locked in plan.replays}
    sizes = session.table_sizes({table for locks in wanted.values() for table in locks})
    return tuple(
        _TableLock(patch=patch, table=table, mode=mode, size=sizes[table])
        for patch, locks in wanted.items()
        for table, mode in locks.items()
        if table in sizes
    )


def _nowhere(_outcome: Outcome) -> None:
    """The command line has no audit; what it replays is in what it prints."""


def _show(
    plan: RepairPlan,
    report: RepairReport | None,
    after: Drift,
    locks: Sequence[_TableLock],
    *,
    run: Run,
    form: Format,
) -> None:
    outcomes = [] if report is None else [outcome.to_json() for outcome in report.outcomes]
    if form is Format.JSON:
        taken = [lock.to_json() for lock in locks]
        print_json({"run_id": run.id, **plan.to_json(), "locks": taken, "outcomes": outcomes, "after": after.to_json()})
        return
    for line in _lines(plan, report, after, locks):
        show(line)


def _lines(plan: RepairPlan, report: RepairReport | None, after: Drift, locks: Sequence[_TableLock]) -> Iterable[str]:
    yield from (f"to heal: {difference}" for difference in plan.heals)
    if report is None:
        for locked in plan.replays:
            yield f"to replay: {locked.patch.name}"
            yield from (f"  {lock}" for lock in locks if lock.patch == locked.patch.name)
    else:
        yield from (f"{outcome.result.value}: {outcome.patch_id}" for outcome in report.outcomes)
    yield from plan.without
    yield from (f"left alone: {left}" for left in plan.leaves)
    if report is None or report.after is not None:
        counts = ", ".join(f"{count} {kind}" for kind, count in after.counts.items() if count)
        yield f"{counted(len(after.differences), 'difference', 'differences')}: {counts}" if counts else "no drift"
