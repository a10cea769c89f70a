"""The action `repair`: replay what is missing, and record it step by step."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.logging import Logger

from rdspatch.core.account import explain_lasting
from rdspatch.core.errors import AnotherRunActive, AuditUnavailable
from rdspatch.core.outcome import Outcome, Result
from rdspatch.core.request import parse_request
from rdspatch.core.work import Status, Work
from rdspatch.engine.audit_trail import record_drift, record_repair_plan, record_replay
from rdspatch.engine.repair import find_repair, repair

if TYPE_CHECKING:
    from rdspatch.engine.applier import Applier
    from rdspatch.handlers.call import Call

_logger = Logger(service="rdspatch")


def repair_missing(call: Call) -> dict[str, Any]:
    """Replay what fits into this invocation, record it, and say what is left.

    The answer is the work with `holder`: who holds the run lock when the status is `busy`, else an empty text. The
    schedule gives way to another run; only a session of this very run, left over from a killed invocation, is an
    error that the workflow tries again.
    """
    parse_request(call.event.get("request"), target=call.ports.target)
    before = Work.from_json(call.event.get("work"))
    try:
        applier = call.open_applier()
    except AnotherRunActive as active:
        if active.holder is None or active.holder.is_of(call.run):
            raise
        return replace(before, status=Status.BUSY).to_json() | {"holder": str(active.holder)}
    with closing(applier):
        work = _repair(call, applier, before)
    return work.to_json() | {"holder": ""}


def _repair(call: Call, applier: Applier, before: Work) -> Work:
    ports, lock = call.ports, call.ports.lock_file()
    found = find_repair(lock, applier.session, limit=ports.repair_limit)
    plan = found.plan
    if plan.refusals or not plan.replays:
        record_drift(found.drift, audit=ports.audit, run=call.run, at=ports.clock.now())
        plan.require_no_refusal()
        return Work(status=Status.DONE, applied=before.applied)
    if len(plan.replays) > before.pending:  # else an earlier invocation of this run has recorded it
        record_repair_plan(plan, audit=ports.audit, run=call.run, at=ports.clock.now())
    report = repair(plan, lock, applier=applier, before=before, record=lambda outcome: _record(call, outcome))
    if report.after is not None and (report.failure is not None or report.work.status is Status.DONE):
        record_drift(report.after, audit=ports.audit, run=call.run, at=ports.clock.now())
    if report.failure is not None:
        explain_lasting(report.failure, report.outcomes)
        raise report.failure
    return report.work


def _record(call: Call, outcome: Outcome) -> None:
    try:
        record_replay(outcome, audit=call.ports.audit, run=call.run, at=call.ports.clock.now())
    except AuditUnavailable as error:
        if outcome.result is Result.REPLAYED:
            raise
        _logger.warning(str(error), action="repair", run=call.run.id, error=type(error).__name__)
