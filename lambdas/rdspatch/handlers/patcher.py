"""Lambda entry point of the patcher: one action of the workflow per invocation."""

from __future__ import annotations

import os
import traceback
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from rdspatch.adapters.collector import loading

with loading():
    from aws_lambda_powertools.logging import Logger

    from rdspatch.core.account import Account, explain, explain_lasting
    from rdspatch.core.approval import Approval, parse_approval
    from rdspatch.core.audit import AuditEntry, AuditEvent
    from rdspatch.core.errors import (
        AnotherRunActive,
        AuditUnavailable,
        BadInput,
        ConnectionLost,
        DatabaseUnreachable,
        Problem,
        RdspatchError,
        ReadBlocked,
        UnexpectedFailure,
    )
    from rdspatch.core.json_values import kind, shown
    from rdspatch.core.lost import lost_from, patches_lost
    from rdspatch.core.outcome import lasting
    from rdspatch.core.plan import NOTHING_LOST, make_plan
    from rdspatch.core.proven_on import other_version
    from rdspatch.core.request import parse_request
    from rdspatch.core.review import Review, review
    from rdspatch.core.run import Run, parse_run
    from rdspatch.core.strangers.creators import trouble_with_creators
    from rdspatch.core.work import Status, Work
    from rdspatch.engine import inspect
    from rdspatch.engine.apply import apply
    from rdspatch.engine.audit_trail import record_outcomes
    from rdspatch.engine.deadline import Deadline
    from rdspatch.engine.lost import find_lost
    from rdspatch.engine.planning import plan_patches
    from rdspatch.engine.verify import verify
    from rdspatch.handlers import doctor
    from rdspatch.handlers.call import Call
    from rdspatch.handlers.measuring import of_action, publish
    from rdspatch.handlers.wiring import PatcherPorts, patcher_ports

if TYPE_CHECKING:
    from collections.abc import Callable

    from rdspatch.core.ledger import Ledger
    from rdspatch.core.lost import Lost
    from rdspatch.core.plan import OutOfOrder
    from rdspatch.engine.applier import Applier
    from rdspatch.handlers.invocation import InvocationContext

MOST_NAMES = 50
"""Names of pending patches that a plan lists; payloads stay small whatever the number of patches."""

_logger = Logger(service="rdspatch")


def handler(event: Mapping[str, Any], context: InvocationContext) -> dict[str, Any]:
    """Run one action.

    Args:
        event: `{"action": …, "run": {"id", "started_at"}, …}`; see `ACTIONS` for what else each action takes.
        context: Lambda's, for the time left.

    Raises:
        RdspatchError: By name; the workflow retries or catches by it.
        UnexpectedFailure: A defect of ours. The log has where; messages of foreign exceptions may hold data, so they
            are neither raised nor logged.
    """
    try:
        return handle(event, context, _ports())
    except RdspatchError as error:
        _logger.warning(str(error), error=type(error).__name__, **_about(event))
        raise
    except Exception as error:  # noqa: BLE001 - the outermost place; it re-raises under a name without data
        name = type(error).__name__
        frames = traceback.format_tb(error.__traceback__)
        _logger.error("unexpected failure", error=name, at=frames, **_about(event))  # noqa: TRY400 - its text may hold data
        raise UnexpectedFailure(f"{name} in the patcher; the function's log says where") from None


def _about(event: object) -> dict[str, Any]:
    """What a log line says of an event that may be anything."""
    if not isinstance(event, Mapping):
        return {"action": "?", "run": "?"}
    try:
        run = parse_run(event.get("run")).id
    except BadInput:
        run = "?"
    action = event.get("action")
    return {"action": action if isinstance(action, str) and action in ACTIONS else shown(action), "run": run}


@cache
def _ports() -> PatcherPorts:
    return patcher_ports(os.environ)


def handle(event: object, context: InvocationContext, ports: PatcherPorts) -> dict[str, Any]:
    """The same with the ports given; nothing below reads the environment."""
    if not isinstance(event, Mapping):
        raise BadInput([Problem(where="event", what=f"is {kind(event)}, not an object", instead="start the workflow")])
    name = event.get("action")
    if not isinstance(name, str) or name not in ACTIONS:
        instead = f"known are {', '.join(ACTIONS)}"
        raise BadInput([Problem(where="action", what=f"{shown(name)} is unknown", instead=instead)])
    run = parse_run(event.get("run", doctor.RUN if name == doctor.ACTION else None))
    deadline = Deadline.after(ports.clock, context.get_remaining_time_in_millis() / 1000)
    ports = replace(ports, database=ports.database.until(deadline.left_for_answers))
    began = ports.clock.monotonic()
    try:
        answer = ACTIONS[name](Call(event=event, run=run, ports=ports, deadline=deadline))
    except (DatabaseUnreachable, ConnectionLost, AnotherRunActive, ReadBlocked) as error:
        _say_what_is_recorded(error, run, ports)
        raise
    publish(of_action(name, event, answer, seconds=ports.clock.monotonic() - began), dimensions=ports.dimensions)
    _logger.info("done", action=name, run=run.id, answer=answer)
    return answer


def _say_what_is_recorded(error: RdspatchError, run: Run, ports: PatcherPorts) -> None:
    """The try that applied something may have been an earlier one, which nobody but the audit remembers."""
    try:
        account = Account.of_records(ports.audit.of_run(run), run_id=run.id)
    except AuditUnavailable as unavailable:
        _logger.warning(str(unavailable), run=run.id, error=type(unavailable).__name__)
    else:
        explain(error, account, source="The audit has of this run:")


def preflight(call: Call) -> dict[str, Any]:
    """Check input, patches and database, and record what was asked for and why; the database stays as it is.

    The record comes last, so that a function which cannot reach the audit fails before anything is applied. The answer
    is the request with its defaults filled in.
    """
    ports = call.ports
    request = parse_request(call.event.get("input"), target=ports.target)
    ports.lock_file()
    facts = inspect.preflight(ports.database, call.run)
    trouble = trouble_with_creators(facts.creators)
    if trouble:
        _logger.warning(str(trouble), action="preflight", run=call.run.id)
    entry = AuditEntry(event=AuditEvent.REQUESTED, at=ports.clock.now(), facts=request.to_json())
    ports.audit.append([entry], run=call.run)
    return request.to_json()


def plan(call: Call) -> dict[str, Any]:
    """What is pending, as work for apply; refuses what is edited, out of order, misread, or may call what others own.

    Applied patches that no run has recorded yet are work too: apply records them. So are patches that the audit has as
    applied and the ledger has not. An approval of these very patches is recorded; one of others counts for nothing, and
    the answer asks again. The note, sentences after a space where there are some, goes into the messages for people.
    """
    request = parse_request(call.event.get("request"), target=call.ports.target)
    approval = parse_approval(call.event.get("approval"))
    lock, audited = call.ports.lock_file(), call.ports.audit.applied()
    with inspect.reading(call.ports.database, call.run) as session:
        ledger, version = session.read_ledger(), session.server_version()
        lost = find_lost(lock, ledger, audited, session)
        made = plan_patches(lock.patches, ledger, session, out_of_order=request.out_of_order, lost=lost)
    made.require_no_refusal()
    is_done = not made.pending and not ledger.unaudited
    work = Work(status=Status.DONE if is_done else Status.CONTINUE, pending=len(made.pending))
    reviewed = review(made.to_run, ask=approval.ask)
    approved = approval.digest == reviewed.digest
    if reviewed.hazards and approved:
        _record_approval(call, approval, reviewed)
    names = [step.locked.patch.name for step in made.pending[:MOST_NAMES]]
    note = other_version(lock, version) if made.pending else None
    said = (f" {lost}." if lost.rows else "") + (f" Note: {note.cause}." if note else "")
    return work.to_json() | {"patches": names, "note": said} | reviewed.to_json(approved=approved)


def _record_approval(call: Call, approval: Approval, reviewed: Review) -> None:
    facts = {
        "by": approval.by,
        "comment": approval.comment,
        "digest": reviewed.digest,
        "hazards": reviewed.hazards[:50],
    }
    entry = AuditEntry(event=AuditEvent.APPROVED, at=call.ports.clock.now(), facts=facts)
    call.ports.audit.append([entry], run=call.run)


def apply_pending(call: Call) -> dict[str, Any]:
    """Apply what fits into this invocation, record it, and say what is left.

    A run ends when an earlier invocation of it has recorded what the ledger does not have any more: that was said.
    """
    ports = call.ports
    request = parse_request(call.event.get("request"), target=ports.target)
    before = Work.from_json(call.event.get("work"))
    with closing(call.open_applier()) as applier:
        ledger = applier.read_or_create_ledger()
        gone = lost_from(ledger, ports.audit.applied(call.run))
        if gone:
            raise patches_lost([row.patch_id for row in gone], witness="the audit has as applied by this run")
        report = apply(
            ports.lock_file().patches,
            applier=applier,
            ledger=ledger,
            out_of_order=request.out_of_order,
            before=before,
            lost=_overtaken(call, ledger, applier, out_of_order=request.out_of_order),
        )
        try:
            record_outcomes(
                lasting(report.outcomes, report.failure),
                before=ledger,
                audit=ports.audit,
                session=applier.session,
                run=call.run,
                at=ports.clock.now(),
            )
        except RdspatchError as error:
            if report.failure is None:
                raise
            _logger.warning(str(error), action="apply", run=call.run.id, error=type(error).__name__)
    if report.failure is not None:
        explain_lasting(report.failure, report.outcomes)
        raise report.failure
    return report.work.to_json()


def _overtaken(call: Call, ledger: Ledger, applier: Applier, *, out_of_order: OutOfOrder) -> Lost:
    """What is lost, where the plan would refuse a patch without knowing it; the audit is asked for nothing else."""
    lock = call.ports.lock_file()
    if not make_plan(lock.patches, ledger, out_of_order=out_of_order).refused:
        return NOTHING_LOST
    return find_lost(lock, ledger, call.ports.audit.applied(), applier.session)


def verify_applied(call: Call) -> dict[str, Any]:
    """Check that applied means true and that nothing which the audit has as applied is gone, and record it."""
    ports = call.ports
    parse_request(call.event.get("request"), target=ports.target)
    known = [row.patch_id for row in ports.audit.applied().applied]
    names = verify(ports.lock_file(), database=ports.database, run=call.run, deadline=call.deadline, known=known)
    entry = AuditEntry(event=AuditEvent.VERIFIED, at=ports.clock.now(), facts={"patches": len(names)})
    return {"verified": len(names), "audit_hash": ports.audit.append([entry], run=call.run)}


def check_drift(call: Call) -> dict[str, Any]:
    """Compare the live schema with what the ledger implies, and record it."""
    from rdspatch.handlers import drift  # noqa: PLC0415 - few runs ask for it, and every cold start would pay

    return drift.check_drift(call)


def repair_missing(call: Call) -> dict[str, Any]:
    """Replay the patches whose effects are gone, and record it."""
    from rdspatch.handlers import repair  # noqa: PLC0415 - as for drift

    return repair.repair_missing(call)


ACTIONS: Mapping[str, Callable[[Call], dict[str, Any]]] = {
    "preflight": preflight,
    "plan": plan,
    "apply": apply_pending,
    "verify": verify_applied,
    "drift": check_drift,
    "repair": repair_missing,
    doctor.ACTION: doctor.doctor,
}
"""What may be asked for; beside `run`, preflight takes `input`, the others `request`, apply and repair also `work`."""
