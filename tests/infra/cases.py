"""Executions that take every way through our state machines, told in advance."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from infra.retries import OURS
from tests.infra.judging import Case
from tests.infra.state_machine import inner_machines

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

UNKNOWN: Final = "Something.New"
"""An error that no state names."""

_WORK: Final = {"wait_seconds": 0, "applied": 0, "pending": 2, "patch": "0001", "lock_attempts": 0}
_NOTHING_WAITS: Final = {"needed": False, "digest": "d", "hazards": []}
_WAITS: Final = {"needed": True, "digest": "d", "hazards": [{"patch": "0002", "kind": "destructive"}]}
_RECORD: Final = {"SK": {"S": "RUN#2026-01-31T07:08:09.123Z#run#000000"}, "event": {"S": "planned"}, "hash": {"S": "h"}}
_OLD: Final = [{"snapshot": {"S": f"rdspatch-shop-{number}"}} for number in range(7)]


def _payload(**fields: Any) -> dict[str, Any]:
    return {"result": {"Payload": fields}}


def _mode(mode: str) -> dict[str, Any]:
    return _payload(mode=mode, target="shop", reason="", allow_out_of_order=False)


def _planned(status: str = "continue", *, additive: bool = True, approval: Any = _NOTHING_WAITS) -> dict[str, Any]:
    return _payload(**_WORK | {"status": status}, additive=additive, approval=approval, note="")


def _worked(status: str, **more: Any) -> dict[str, Any]:
    return _payload(**_WORK | {"status": status, "applied": 2} | more)


def _snapshots(*statuses: str) -> list[dict[str, Any]]:
    # An instance's and a cluster's answer at once: each state machine reads its own.
    return [
        {"result": {kind: [{"Status": status}] for kind in ("DbSnapshots", "DbClusterSnapshots")}}
        for status in statuses
    ]


def _drift(**found: Any) -> dict[str, Any]:
    return _payload(**{"missing": 0, "changed": 0, "extra": 0, "unknown": 0, "unjudged": "", "differences": []} | found)


def _health(*, healthy: bool) -> dict[str, Any]:
    return _payload(healthy=healthy, reason="healthy" if healthy else "status degraded", probes=[])


def _described(**of_cluster: Any) -> dict[str, Any]:
    # An instance's and a cluster's answer at once, as above.
    groups = [{"VpcSecurityGroupId": "sg-1", "Status": "active"}, {"VpcSecurityGroupId": "sg-2", "Status": "active"}]
    instance = {
        "DbInstanceIdentifier": "shop-1",
        "DbInstanceClass": "db.r6g.large",
        "DbSubnetGroup": {"DbSubnetGroupName": "isolated"},
        "VpcSecurityGroups": groups,
        "DbParameterGroups": [{"DbParameterGroupName": "ours"}],
        "IamDatabaseAuthenticationEnabled": True,
    }
    cluster = {
        "Engine": "aurora-postgresql",
        "DbSubnetGroup": "isolated",
        "VpcSecurityGroups": groups,
        "DbClusterParameterGroup": "ours",
        "IamDatabaseAuthenticationEnabled": True,
        "DbClusterMembers": [{"DbInstanceIdentifier": "shop-1"}],
        **of_cluster,
    }
    return {"result": {"DbInstances": [instance], "DbClusters": [cluster]}}


DONE: Final[Mapping[str, Any]] = {"result": {}}
GOOD: Final[Mapping[str, list[Any]]] = {
    "RecordStarted": [DONE],
    "Preflight": [_mode("apply")],
    "Plan": [_planned()],
    "AskForApproval": [DONE],
    "AwaitApproval": [{"result": {"approved": True, "by": "ana", "comment": "looks right"}}],
    "TakeSnapshot": [DONE],
    "LookAtSnapshot": _snapshots("available"),
    "FindRecordBeforeSnapshot": [{"result": {"Count": 1, "Items": [_RECORD]}}],
    "RecordSnapshot": [DONE],
    "NoteSnapshot": [DONE],
    "DescribeDatabase": [_described()],
    "DescribeMember": [_described()],
    "FindOldSnapshots": [{"result": {"Items": _OLD[:2]}}],
    "RemoveSnapshot": [DONE],
    "Apply": [_worked("done")],
    "Verify": [_payload(verified=3, audit_hash="h")],
    "CheckHealth": [_health(healthy=True)],
    "RecordHealth": [DONE],
    "Drift": [_drift()],
    "Repair": [_worked("done", holder="")],
    "FindLastRecord": [{"result": {"Count": 1, "Items": [_RECORD]}}],
    "RecordOutcome": [DONE],
    "PublishOutcome": [DONE],
    "Notify": [DONE],
    "FindRun": [{"result": {"Count": 1, "Items": [_RECORD]}}],
    "DescribeRun": [{"result": {"Name": "run", "StartDate": "2026-01-31T07:08:09.123Z"}}],
    "StartRepair": [DONE],
    "NotifyNotStarted": [DONE],
}
"""What every task answers when all goes well."""

_NEEDS_SNAPSHOT: Final = [_planned(additive=False)]
_WAITS_ONCE: Final = [_planned(additive=False, approval=_WAITS), _planned(additive=False)]

TURNS: Final[Mapping[str, Mapping[str, list[Any]]]] = {
    "all is well": {},
    "a plan": {"Preflight": [_mode("plan")]},
    "nothing is pending": {"Plan": [_planned("done")]},
    "more than one call": {"Apply": [_worked("continue"), _worked("done")]},
    "a lock": {"Apply": [_worked("wait"), _worked("done")]},
    "an unknown status": {"Apply": [_worked("perhaps")]},
    "unhealthy": {"CheckHealth": [_health(healthy=False)]},
    "parity": {"Preflight": [_mode("drift")]},
    "drift": {"Preflight": [_mode("drift")], "Drift": [_drift(missing=1, differences=["a"])]},
    "drift that is not known": {
        "Preflight": [_mode("drift")],
        "Drift": [_drift(unknown=1, unjudged=" Unjudged: 0003.")],
    },
    "repair": {"Preflight": [_mode("repair")]},
    "repair goes on": {
        "Preflight": [_mode("repair")],
        "Repair": [_worked("continue", holder=""), _worked("done", holder="")],
    },
    "repair waits": {
        "Preflight": [_mode("repair")],
        "Repair": [_worked("wait", holder=""), _worked("done", holder="")],
    },
    "repair yields": {"Preflight": [_mode("repair")], "Repair": [_worked("busy", holder="pid 42")]},
    "an unknown status of repair": {"Preflight": [_mode("repair")], "Repair": [_worked("perhaps", holder="")]},
    "a snapshot": {"Plan": _NEEDS_SNAPSHOT, "LookAtSnapshot": _snapshots("creating", "available")},
    "a snapshot, and old ones": {"Plan": _NEEDS_SNAPSHOT, "FindOldSnapshots": [{"result": {"Items": _OLD}}]},
    "a snapshot that fails": {"Plan": _NEEDS_SNAPSHOT, "LookAtSnapshot": _snapshots("failed")},
    "a snapshot of a serverless cluster": {
        "Plan": _NEEDS_SNAPSHOT,
        "DescribeDatabase": [_described(ServerlessV2ScalingConfiguration={"MinCapacity": 0.5, "MaxCapacity": 4})],
        "CheckHealth": [_health(healthy=False)],
    },
    "a snapshot of a cluster in several zones": {
        "Plan": _NEEDS_SNAPSHOT,
        "DescribeDatabase": [_described(Engine="postgres", DbClusterInstanceClass="db.m6gd.large")],
        "CheckHealth": [_health(healthy=False)],
    },
    "a snapshot of what RDS does not describe": {
        "Plan": _NEEDS_SNAPSHOT,
        "DescribeDatabase": [{"result": {"DbInstances": [{}], "DbClusters": [{}]}}],
    },
    "a snapshot of a cluster whose member is not described": {
        "Plan": _NEEDS_SNAPSHOT,
        "DescribeMember": [{"result": {"DbInstances": [{}]}}],
    },
    "a snapshot, then unhealthy": {"Plan": _NEEDS_SNAPSHOT, "CheckHealth": [_health(healthy=False)]},
    "approved": {"Plan": _WAITS_ONCE},
    "rejected": {
        "Plan": _WAITS_ONCE,
        "AwaitApproval": [{"result": {"approved": False, "by": "bo", "comment": "not today"}}],
    },
    "no record": {
        "FindLastRecord": [{"result": {"Count": 0, "Items": []}}],
        "FindRun": [{"result": {"Count": 0, "Items": []}}],
    },
    "ended already": {"FindRun": [{"result": {"Count": 1, "Items": [_RECORD | {"event": {"S": "run_ended"}}]}}]},
}
"""What differs from `GOOD`, by what happens then."""

_STATUSES: Final = ("ABORTED", "TIMED_OUT", "FAILED")
_INPUTS: Final[Mapping[str, list[Any]]] = {
    "Begin": [{"run": "run", "execution": "arn", "status": status} for status in _STATUSES],
    "StartRepair": [{"scheduled_at": "2026-01-31T03:17:00Z"}],
}
"""What helpers of the workflow are started with, by their first state; the workflow itself takes `{}`."""


def turns(name: str, definition: Mapping[str, Any]) -> Iterator[Case]:
    """Every turn that the data of a run may take."""
    is_workflow = "RecordStarted" in definition["States"]
    for given in [{}] if is_workflow else _INPUTS[definition["StartAt"]]:
        for answers in TURNS.values():
            yield Case(definition=name, input=given, answers={**GOOD, **answers})


def failures(case: Case, tasks: Mapping[str, Mapping[str, Any]]) -> Iterator[Case]:
    """The same execution, each of some tasks failing: once and for good, by an error of each handler and by another.

    Args:
        case: An execution that comes to these tasks.
        tasks: Their states, by name.
    """
    for name, state in tasks.items():
        # Errors of one handler are treated alike.
        tried_again = {retry["ErrorEquals"][0] for retry in state.get("Retry", ()) if retry["MaxAttempts"]}
        named = tried_again | {
            handler["ErrorEquals"][0] for key in ("Retry", "Catch") for handler in state.get(key, ())
        }
        for error in sorted((named | {UNKNOWN}) - {"States.ALL"}):
            failure = {"error": error, "cause": _cause(error)}
            yield replace(case, answers={**case.answers, name: [failure]})
            if error in tried_again or (error == UNKNOWN and "States.ALL" in tried_again):
                yield replace(case, answers={**case.answers, name: [failure, *case.answers[name]]})


def tasks_of(definition: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Every task, those of inner state machines among them."""
    found = {}
    for name, state in definition["States"].items():
        if state["Type"] == "Task":
            found[name] = state
        for inner in inner_machines(state):
            found |= tasks_of(inner)
    return found


def _cause(error: str) -> str:
    # A function reports JSON, a service plain text.
    return (
        json.dumps({"errorMessage": f"{error} was said", "errorType": error}) if error in OURS else "a service's words"
    )
